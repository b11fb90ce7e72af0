package reloc

import "github.com/gopahole/gopahole/elffile"

// Compact relocations (generic ABI, SHT_CREL; LLVM: CREL). The section is a header in
// ULEB128, count * 8 + has addends * 4 + shift, and entries of differences to the one
// before:
//
//	byte      offset (5 bits, 4 with addends) | more | flags: symbol, type, addend differ
//	ULEB128   the higher bits of the offset, if there are more
//	SLEB128   symbol, type, addend, those that differ
//
// Without addends the field holds the addend, as with SHT_REL.

// crelState is where the entries of a block begin.
type crelState struct {
	pos  uint64 // in the section
	last entry  // before the block; its offset is not shifted
}

const (
	maxLEB   = 10           // bytes of a value of 64 bits
	maxCREL  = 1 + 4*maxLEB // bytes of an entry
	crelRead = 1 << 16      // bytes that are read at once
)

// crelHeader reads the header of a section.
func (f *File) crelHeader(s *elffile.Section) (format format, count, size uint64, err error) {
	p := make([]byte, min(maxLEB, s.Size))
	if err := f.file.ReadSectionAt(s, p, 0); err != nil {
		return format, 0, 0, err
	}
	hdr, rest, ok := uleb(p)
	if !ok {
		return format, 0, 0, f.errorf(s, 0, "the number of relocations does not end")
	}
	format.rela, format.shift = hdr&4 != 0, uint8(hdr&3)
	count, size = hdr/8, uint64(len(p)-len(rest))
	if count > s.Size-size {
		return format, 0, 0, f.errorf(s, 0, "%d relocations are said to be in %d bytes", count, s.Size-size)
	}
	return format, count, size, nil
}

// scanCREL is scan for a compact section; it notes the states as well.
func (s *list) scanCREL(b *block) (last uint64, inOrder bool, err error) {
	_, count, pos, err := s.f.crelHeader(s.rel)
	if err != nil {
		return 0, false, err
	}
	var e entry
	inOrder = true
	for n := uint64(0); n < count; {
		raw, err := s.bytes(b, pos, min(crelRead, s.rel.Size-pos))
		if err != nil {
			return 0, false, err
		}
		for rest := raw; n < count && (len(rest) >= maxCREL || pos+uint64(len(rest)) == s.rel.Size); n++ {
			before := crelState{pos, e}
			next, ok := s.format.crelEntry(rest, &e)
			if !ok {
				return 0, false, s.f.errorf(s.rel, pos, "relocation %d of %d does not end", n, count)
			}
			pos += uint64(len(rest) - len(next))
			rest = next
			off := s.format.crelOffset(&e)
			if n%blockLen == 0 {
				s.states, s.blocks = append(s.states, before), append(s.blocks, off)
			}
			inOrder = inOrder && off >= last
			last = max(last, off)
		}
	}
	if pos != s.rel.Size {
		return 0, false, s.f.errorf(s.rel, pos, "%d bytes after the last relocation", s.rel.Size-pos)
	}
	s.states = append(s.states, crelState{pos: pos})
	return last, inOrder, nil
}

// blockCREL returns the entries of block i. They are valid until the next use of b.
func (s *list) blockCREL(b *block, i int) ([]entry, error) {
	st := &s.states[i]
	raw, err := s.bytes(b, st.pos, s.states[i+1].pos-st.pos)
	if err != nil {
		return nil, err
	}
	b.entries = b.entries[:0]
	for e, ok := st.last, true; len(raw) > 0; {
		if raw, ok = s.format.crelEntry(raw, &e); !ok {
			return nil, s.f.errorf(s.rel, st.pos, "the file has changed")
		}
		out := e
		out.off = s.format.crelOffset(&e)
		b.entries = append(b.entries, out)
	}
	return b.entries, nil
}

// crelEntry changes e, the entry before, to the one that p begins with, and returns what
// comes after it. It is ok if it ends within p.
func (m *format) crelEntry(p []byte, e *entry) (rest []byte, ok bool) {
	if len(p) == 0 {
		return nil, false
	}
	flags := 2
	if m.rela {
		flags = 3
	}
	b := p[0]
	p = p[1:]
	e.off += uint64(b&0x7f) >> flags
	ok = true
	if b >= 0x80 {
		var high uint64
		high, p, ok = uleb(p)
		e.off += high << (7 - flags)
	}
	var d int64
	if ok && b&1 != 0 {
		d, p, ok = sleb(p)
		e.sym += uint32(d)
	}
	if ok && b&2 != 0 {
		d, p, ok = sleb(p)
		e.typ += uint32(d)
	}
	if ok && m.rela && b&4 != 0 {
		d, p, ok = sleb(p)
		e.addend += uint64(d)
	}
	return p, ok
}

// crelOffset returns the offset of an entry in its section.
func (m *format) crelOffset(e *entry) uint64 {
	off := e.off << m.shift
	if !m.class64 {
		off = uint64(uint32(off))
	}
	return off
}

// uleb reads an unsigned LEB128 number; ok: it ends within p and has no more than 64 bits.
func uleb(p []byte) (v uint64, rest []byte, ok bool) {
	for i := range min(len(p), maxLEB) {
		if i == maxLEB-1 && p[i] > 1 {
			break
		}
		v |= uint64(p[i]&0x7f) << (7 * i)
		if p[i] < 0x80 {
			return v, p[i+1:], true
		}
	}
	return 0, nil, false
}

// sleb reads a signed LEB128 number; ok as above.
func sleb(p []byte) (v int64, rest []byte, ok bool) {
	for i := range min(len(p), maxLEB) {
		v |= int64(p[i]&0x7f) << (7 * i)
		if p[i] < 0x80 {
			if shift := 7 * (i + 1); shift < 64 && p[i]&0x40 != 0 {
				v |= -1 << shift
			}
			return v, p[i+1:], true
		}
	}
	return 0, nil, false
}
