package reloc

import (
	"debug/elf"
	"encoding/binary"
	"math/bits"

	"github.com/gopahole/gopahole/elffile"
)

// An entry is a relocation.
type entry struct {
	off    uint64 // of the field, in its section
	addend uint64 // 0 if the field holds it
	sym    uint32 // symbol number
	typ    uint32
}

// format is how the entries of a section are written.
type format struct {
	size    uint64 // of an entry in bytes
	class64 bool
	rela    bool // with addends
	big     bool
	mips64  bool  // the info has fields of its own
	crel    bool  // compact; size, mips64 mean nothing then
	shift   uint8 // of the offsets, with crel
}

func (f *File) format(s *elffile.Section) (m format, err error) {
	if s.Type == elffile.SHTCREL {
		m, _, _, err = f.crelHeader(s)
		m.crel = true
	}
	m.class64, m.big = f.file.Class64, f.file.Order == binary.ByteOrder(binary.BigEndian)
	if m.crel {
		return m, err
	}
	m.rela = s.Type == elf.SHT_RELA
	m.mips64 = m.class64 && f.file.Machine == elf.EM_MIPS
	m.size = 8
	if m.class64 {
		m.size *= 2
	}
	if m.rela {
		m.size += m.size / 2
	}
	if s.Size%m.size != 0 {
		return m, f.errorf(s, s.Size-s.Size%m.size, "the section ends inside a relocation")
	}
	if s.EntSize != 0 && s.EntSize != m.size {
		return m, f.errorf(s, 0, "relocations of %d bytes each, %d are usual here", s.EntSize, m.size)
	}
	return m, nil
}

// usualSize is the size of an entry of the usual format, in bytes.
const usualSize = 24

// usual: the format of nearly all modules, which is decoded in tighter loops.
func (m *format) usual() bool { return m.class64 && m.rela && !m.big && !m.mips64 }

// offset returns what the entry that p begins with is for.
func (m *format) offset(p []byte) uint64 {
	e := m.entry(p)
	return e.off
}

// inOrder tells whether the entries in p are for offsets that do not go down, from
// last on. end is the highest one.
func (m *format) inOrder(p []byte, last uint64) (end uint64, ok bool) {
	ok = true
	if m.usual() {
		for ; len(p) >= 24; p = p[24:] {
			off := binary.LittleEndian.Uint64(p)
			ok = ok && off >= last
			last = max(last, off)
		}
		return last, ok
	}
	for ; uint64(len(p)) >= m.size; p = p[m.size:] {
		off := m.offset(p)
		ok = ok && off >= last
		last = max(last, off)
	}
	return last, ok
}

// decode appends the entries in p to list.
func (m *format) decode(list []entry, p []byte) []entry {
	if m.usual() {
		for ; len(p) >= 24; p = p[24:] {
			info := binary.LittleEndian.Uint64(p[8:])
			list = append(list, entry{binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[16:]), uint32(info >> 32), uint32(info)})
		}
		return list
	}
	for ; uint64(len(p)) >= m.size; p = p[m.size:] {
		list = append(list, m.entry(p))
	}
	return list
}

func (m *format) entry(p []byte) (e entry) {
	if !m.class64 {
		info := m.uint32(p[4:])
		e = entry{off: uint64(m.uint32(p)), sym: info >> 8, typ: info & 0xff}
		if m.rela {
			e.addend = uint64(int32(m.uint32(p[8:])))
		}
		return e
	}
	e.off = m.uint64(p)
	if m.mips64 {
		// Symbol, special symbol, and three types that follow each other: 64-bit MIPS
		// ABI, "Relocation". The later ones are 0 for an address.
		e.sym = m.uint32(p[8:])
		e.typ = uint32(p[15]) | uint32(p[14])<<8 | uint32(p[13])<<16 | uint32(p[12])<<24
	} else {
		info := m.uint64(p[8:])
		e.sym, e.typ = uint32(info>>32), uint32(info)
	}
	if m.rela {
		e.addend = m.uint64(p[16:])
	}
	return e
}

// Calls through binary.ByteOrder take three times as long.

func (m *format) uint32(p []byte) uint32 {
	v := binary.LittleEndian.Uint32(p)
	if m.big {
		v = bits.ReverseBytes32(v)
	}
	return v
}

func (m *format) uint64(p []byte) uint64 {
	v := binary.LittleEndian.Uint64(p)
	if m.big {
		v = bits.ReverseBytes64(v)
	}
	return v
}
