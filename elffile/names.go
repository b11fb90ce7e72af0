package elffile

import (
	"bytes"
	"debug/elf"
)

// loadNames reads the section names. They move to a new section if there is none, or if
// theirs is part of a segment and so cannot grow.
func (e *editor) loadNames() error {
	e.names.align = 1
	e.namesIndex = int(e.f.hdr.shstrndx)
	if e.namesIndex != 0 {
		s := &e.f.Sections[e.namesIndex]
		e.names.data = make([]byte, s.FileSize)
		if err := e.f.readAt(e.names.data, s.Offset); err != nil {
			return err
		}
		if !e.loaded(s) {
			e.names.old = s.span()
			return nil
		}
	} else {
		// Nobody could read the names that the headers refer to.
		for i := range e.f.Sections {
			clear(e.entry(i)[:4])
		}
	}
	e.namesIndex = e.newSection()
	e.put(e.namesIndex, &Section{nameOff: e.nameOffset(".shstrtab"), Type: elf.SHT_STRTAB, AddrAlign: 1})
	return nil
}

// nameOffset returns the offset of a section name. A name that is not there, not even as the
// end of another one, is added.
func (e *editor) nameOffset(name string) uint32 {
	data := e.names.data
	if i := bytes.Index(data, append([]byte(name), 0)); i >= 0 {
		return uint32(i)
	}
	if len(data) == 0 || data[len(data)-1] != 0 {
		data = append(data, 0)
	}
	off := len(data)
	e.names.data = append(append(data, name...), 0)
	e.names.write = true
	return uint32(off)
}
