package elffile

import (
	"bytes"
	"debug/elf"
	"slices"
)

// An editor changes the sections of one file. It works on the raw bytes of the headers, so
// that what does not change stays the same to the bit.
type editor struct {
	f        *File
	opts     *Options
	header   []byte // the file header
	table    []byte // the section header table
	segments []span

	names      piece
	namesIndex int // section number of names
	headers    piece
	contents   map[int]*piece // by section number
	fixed      []patch        // new data of loaded sections, in place
	anyChange  bool
}

// edit works out how the file has to change to get the contents. The layout says how much
// of it to copy, and the patches what to write after that. The layout is nil if nothing
// has to change.
func (f *File) edit(contents []Content, opts *Options) (*layout, []patch, error) {
	e := &editor{f: f, opts: opts, contents: map[int]*piece{}}
	if err := e.load(); err != nil {
		return nil, nil, err
	}
	for i, c := range contents {
		if c.Name == "" || bytes.IndexByte([]byte(c.Name), 0) >= 0 {
			return nil, nil, f.formatf(0, "%q cannot be the name of a section", c.Name)
		}
		if slices.ContainsFunc(contents[:i], func(d Content) bool { return d.Name == c.Name }) {
			return nil, nil, f.formatf(0, "two contents for one section %s", c.Name)
		}
		if err := e.set(c); err != nil {
			return nil, nil, err
		}
	}
	if !e.anyChange {
		return nil, nil, nil
	}
	if patches, ok := e.sameSize(contents); ok {
		return &layout{f: f, tail: uint64(f.Size), end: uint64(f.Size)}, patches, nil
	}
	l := e.layout()
	if err := l.arrange(); err != nil {
		return nil, nil, err
	}
	e.finish()
	return l, append(append(l.patches(), e.fixed...), patch{data: e.header}), nil
}

func (e *editor) load() error {
	f, w := e.f, e.f.wire()
	if f.hdr.shnum == 0 {
		return f.formatf(uint64(w.shoff), "the file has no section header table")
	}
	e.header = make([]byte, w.ehdr)
	if err := f.readAt(e.header, 0); err != nil {
		return err
	}
	e.headers.old = span{f.hdr.shoff, f.hdr.shoff + uint64(f.hdr.shnum)*w.shdr}
	e.headers.align, e.headers.write = 8, true
	e.table = make([]byte, e.headers.old.size())
	if err := f.readAt(e.table, f.hdr.shoff); err != nil {
		return err
	}
	var err error
	if e.segments, err = f.segments(); err != nil {
		return err
	}
	return e.loadNames()
}

// set changes, adds or removes one section.
func (e *editor) set(c Content) error {
	s, err := e.find(c.Name)
	if err != nil {
		return err
	}
	switch {
	case s == nil && c.Data == nil:
		return nil
	case s == nil:
		e.anyChange = true
		e.unnameInactive(c.Name)
		index := e.newSection()
		e.dropRelocations(index) // a damaged file may have some for a section that is not there
		e.contents[index] = &piece{data: c.Data, write: true, align: 8}
		e.put(index, &Section{nameOff: e.nameOffset(c.Name), Type: elf.SHT_PROGBITS, FileSize: uint64(len(c.Data)), AddrAlign: 1})
		return nil
	}
	e.anyChange = true
	e.dropRelocations(s.Index)
	switch {
	case c.Data == nil:
		e.drop(s)
		return nil
	case e.loaded(s):
		return e.setLoaded(s, c.Data)
	}
	e.contents[s.Index] = &piece{old: s.span(), data: c.Data, write: true, align: tailAlign(s.AddrAlign)}
	n := *s
	if n.Type == elf.SHT_NOBITS {
		// Its address belongs to another file.
		n.Flags, n.Addr, n.AddrAlign = 0, 0, 1
		e.contents[s.Index].old, e.contents[s.Index].align = span{}, 8
	}
	n.Type, n.FileSize = elf.SHT_PROGBITS, uint64(len(c.Data))
	n.Flags &^= elf.SHF_COMPRESSED
	e.put(s.Index, &n)
	return nil
}

// find returns the section of a name, or nil.
func (e *editor) find(name string) (*Section, error) {
	var found *Section
	for i := range e.f.Sections {
		s := &e.f.Sections[i]
		if s.Name != name || s.Type == elf.SHT_NULL {
			continue
		}
		if found != nil {
			return nil, e.f.sectionf(s, 0, "sections %d and %d have this name", found.Index, i)
		}
		if i == e.namesIndex {
			return nil, e.f.sectionf(s, 0, "the section holds the section names")
		}
		found = s
	}
	return found, nil
}

// unnameInactive takes the name from headers that are inactive. Programs that look for
// a section by name alone, as those built on debug/elf do, would find these first.
func (e *editor) unnameInactive(name string) {
	for i := range e.f.Sections {
		s := &e.f.Sections[i]
		if s.Type != elf.SHT_NULL {
			continue
		}
		if n, msg := nameLen(e.names.data, uint64(s.nameOff)); msg == "" && string(e.names.data[s.nameOff:][:n]) == name {
			clear(e.entry(i)[:4])
		}
	}
}

// drop makes a section header inactive (gABI, SHT_NULL). Taking it out of the table would
// change the numbers of the sections after it, and symbols, groups and other headers
// refer to these.
func (e *editor) drop(s *Section) {
	if s.FileSize > 0 && !e.loaded(s) {
		e.contents[s.Index] = &piece{old: s.span(), write: true, align: 1}
	}
	clear(e.entry(s.Index))
}

// dropRelocations removes the relocations of a section that gets other data.
func (e *editor) dropRelocations(index int) {
	for i := range e.f.Sections {
		s := &e.f.Sections[i]
		if (s.Type == elf.SHT_REL || s.Type == elf.SHT_RELA || s.Type == SHTCREL) && uint64(s.Info) == uint64(index) && e.contents[i] == nil {
			e.drop(s)
		}
	}
}

// layout collects what stays and what may move.
func (e *editor) layout() *layout {
	f, w := e.f, e.f.wire()
	l := &layout{f: f, kept: append(f.headerSpans(), e.segments...)}
	for i := range f.Sections {
		if s := &f.Sections[i]; s.FileSize > 0 && e.contents[i] == nil && i != e.namesIndex {
			l.kept = append(l.kept, s.span())
		}
	}
	for i := range len(e.table) / int(w.shdr) { // in the table's order
		if p := e.contents[i]; p != nil {
			l.pieces = append(l.pieces, p)
		}
	}
	e.headers.data = e.table
	l.pieces = append(l.pieces, &e.names, &e.headers)
	return l
}

// tailAlign returns the alignment for the file offset of a section in the tail: that of the
// section, within bounds, for readers that map the file. The format asks for none.
func tailAlign(addrAlign uint64) uint64 {
	if addrAlign > 8 && addrAlign <= 4096 && addrAlign&(addrAlign-1) == 0 {
		return addrAlign
	}
	return 8
}
