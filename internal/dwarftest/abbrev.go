package dwarftest

import "fmt"

// An abbrevTable collects the abbreviations of a unit, or of all units, in the order of their first use.
type abbrevTable struct {
	offset  uint64 // in .debug_abbrev
	codeOf  func(n int) uint64
	codes   map[string]uint64 // by content
	content []string          // by number, beginning after the code
}

func newAbbrevTable(offset uint64, codeOf func(n int) uint64) *abbrevTable {
	if codeOf == nil {
		codeOf = func(n int) uint64 { return uint64(n) + 1 }
	}
	return &abbrevTable{offset: offset, codeOf: codeOf, codes: map[string]uint64{}}
}

// code returns the code of the abbreviation that fits the DIE.
func (t *abbrevTable) code(d *DIE, hasChildren bool) (uint64, error) {
	var b buffer
	b.uleb(uint64(d.Tag))
	if hasChildren {
		b.data = append(b.data, 1)
	} else {
		b.data = append(b.data, 0)
	}
	for _, a := range d.Attrs {
		b.uleb(uint64(a.Attr))
		b.uleb(uint64(a.Form))
		if a.Form == FormImplicitConst {
			n, ok := integer(a.Value)
			if !ok {
				return 0, fmt.Errorf("%v: implicit_const of type %T", a.Attr, a.Value)
			}
			b.sleb(int64(n))
		}
	}
	b.data = append(b.data, 0, 0)
	code, ok := t.codes[string(b.data)]
	if !ok {
		code = t.codeOf(len(t.content))
		t.codes[string(b.data)] = code
		t.content = append(t.content, string(b.data))
	}
	return code, nil
}

func (t *abbrevTable) write(b *buffer) {
	for n, content := range t.content {
		b.uleb(t.codeOf(n))
		b.bytes([]byte(content))
	}
	b.data = append(b.data, 0)
}
