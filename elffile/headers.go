package elffile

import (
	"debug/elf"
	"slices"
)

// newSection returns the number of a free section header: one that was dropped earlier, or
// a new one at the end of the table.
func (e *editor) newSection() int {
	size := int(e.f.wire().shdr)
	num := len(e.table) / size
	for i := 1; i < num; i++ {
		if e.contents[i] == nil && !slices.ContainsFunc(e.entry(i), func(b byte) bool { return b != 0 }) {
			return i
		}
	}
	e.table = append(e.table, make([]byte, size)...)
	return num
}

// entry returns the raw section header.
func (e *editor) entry(index int) []byte {
	size := int(e.f.wire().shdr)
	return e.table[index*size:][:size:size]
}

// put writes a section header.
func (e *editor) put(index int, s *Section) {
	p, o := e.entry(index), e.f.Order
	o.PutUint32(p, s.nameOff)
	o.PutUint32(p[4:], uint32(s.Type))
	w := e.f.wire().word
	p = p[8:]
	for _, v := range []uint64{uint64(s.Flags), s.Addr, s.Offset, s.FileSize} {
		e.f.putWord(p, v)
		p = p[w:]
	}
	o.PutUint32(p, s.Link)
	o.PutUint32(p[4:], s.Info)
	e.f.putWord(p[8:], s.AddrAlign)
	e.f.putWord(p[8+w:], s.EntSize)
}

// finish enters the new places into the section headers and the file header.
func (e *editor) finish() {
	f, w, o := e.f, e.f.wire(), e.f.Order
	setPlace := func(index int, p *piece) {
		f.putWord(e.entry(index)[8+2*w.word:], p.place)
		f.putWord(e.entry(index)[8+3*w.word:], uint64(len(p.data)))
	}
	for index, p := range e.contents {
		if p.data != nil {
			setPlace(index, p)
		}
	}
	setPlace(e.namesIndex, &e.names)

	// Section header 0 has the numbers that do not fit 16 bits, and no others: some readers
	// refuse those.
	f.putWord(e.header[w.shoff:], e.headers.place)
	num := uint64(len(e.table)) / w.shdr
	null := e.entry(0)
	if num >= uint64(elf.SHN_LORESERVE) {
		o.PutUint16(e.header[w.shnum:], 0)
		f.putWord(null[8+3*w.word:], num)
	} else {
		if o.Uint16(e.header[w.shnum:]) == 0 {
			f.putWord(null[8+3*w.word:], 0)
		}
		o.PutUint16(e.header[w.shnum:], uint16(num))
	}
	if e.namesIndex >= int(elf.SHN_LORESERVE) {
		o.PutUint16(e.header[w.shstrndx:], uint16(elf.SHN_XINDEX))
		o.PutUint32(null[8+4*w.word:], uint32(e.namesIndex))
	} else {
		if o.Uint16(e.header[w.shstrndx:]) == uint16(elf.SHN_XINDEX) {
			o.PutUint32(null[8+4*w.word:], 0)
		}
		o.PutUint16(e.header[w.shstrndx:], uint16(e.namesIndex))
	}
}
