package elffile

import "bytes"

// WithSymbols returns a file that reads like f, but with the symbol table of d, as that of a
// debug file for one that was stripped. number has the section numbers of f by those of d,
// 0 for sections that f does not have. The table is read into memory, so that d may be
// closed. f has to stay open; the result need not be closed. For a d without a symbol table
// the error wraps [ErrNoSymtab].
func (f *File) WithSymbols(d *File, number []int) (*File, error) {
	t, err := d.SymbolTable()
	if err != nil {
		return nil, err
	}
	data, err := d.SectionData(t.section)
	if err != nil {
		return nil, err
	}
	held, table := *d, *t.section
	held.closer, held.whole, held.r = nil, nil, bytes.NewReader(data)
	table.z, table.Offset, table.FileSize = nil, 0, table.Size
	t.f, t.section, t.number = &held, &table, number
	view := *f
	view.closer, view.whole, view.symbols = nil, nil, t
	return &view, nil
}
