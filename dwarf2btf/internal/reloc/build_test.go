package reloc

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"testing"

	"github.com/gopahole/gopahole/elffile"
)

// object is a relocatable file to be written.
type object struct {
	machine  elf.Machine
	class32  bool
	big      bool
	sections []objSection // from number 1 on
	symbols  []objSymbol  // from number 1 on; there is no .symtab without any
}

type objSection struct {
	name    string
	typ     elf.SectionType // SHT_PROGBITS if 0
	flags   elf.SectionFlag
	addr    uint64
	align   uint64
	size    uint64 // of a section without data
	info    uint32 // with relocations: the number of the section that they are for
	link    uint32 // with relocations: of the symbol table, the right one if 0
	entsize uint64
	data    []byte
}

type objSymbol struct {
	value uint64
	shndx elf.SectionIndex
	name  string
}

// relocation is an entry to be written.
type relocation struct {
	off    uint64
	sym    uint32
	typ    uint32
	addend int64
}

func (o *object) order() binary.ByteOrder {
	if o.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// put appends values of fixed size.
func (o *object) put(b []byte, values ...any) []byte {
	for _, v := range values {
		b, _ = binary.Append(b, o.order(), v)
	}
	return b
}

// relocations returns the data of a section of type SHT_RELA, or SHT_REL without addends.
func (o *object) relocations(rela bool, list ...relocation) (b []byte) {
	for _, r := range list {
		switch {
		case o.class32:
			b = o.put(b, uint32(r.off), r.sym<<8|r.typ)
		case o.machine == elf.EM_MIPS:
			b = append(o.put(b, r.off, r.sym), byte(r.typ>>24), byte(r.typ>>16), byte(r.typ>>8), byte(r.typ))
		default:
			b = o.put(b, r.off, uint64(r.sym)<<32|uint64(r.typ))
		}
		switch {
		case rela && o.class32:
			b = o.put(b, int32(r.addend))
		case rela:
			b = o.put(b, r.addend)
		}
	}
	return b
}

// crel returns the data of a section of compact relocations, with offsets in units of 1 << shift.
func (o *object) crel(addends bool, shift uint, list ...relocation) []byte {
	flags, hdr := 2, uint64(len(list))*8+uint64(shift)
	if addends {
		flags, hdr = 3, hdr+4
	}
	b := binary.AppendUvarint(nil, hdr)
	var last relocation
	for _, r := range list {
		off := (r.off - last.off) >> shift
		var first byte
		var rest []byte
		for i, d := range []int64{int64(int32(r.sym - last.sym)), int64(int32(r.typ - last.typ)), r.addend - last.addend}[:flags] {
			if d != 0 {
				first |= 1 << i
				rest = appendSLEB(rest, d)
			}
		}
		first |= byte(off << flags & 0x7f)
		if high := off >> (7 - flags); high != 0 {
			rest = append(binary.AppendUvarint(nil, high), rest...)
			first |= 0x80
		}
		b = append(append(b, first), rest...)
		last = r
	}
	return b
}

func appendSLEB(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		if v >>= 7; v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// image writes the file: header, section data, section headers.
func (o *object) image() []byte {
	sections := append([]objSection{{}}, o.sections...)
	symtab := uint32(0)
	if len(o.symbols) > 0 {
		symtab = uint32(len(sections))
		names := []byte{0}
		syms := make([]byte, 24)
		if o.class32 {
			syms = syms[:16]
		}
		for _, s := range o.symbols {
			name := uint32(len(names))
			names = append(append(names, s.name...), 0)
			if o.class32 {
				syms = o.put(syms, name, uint32(s.value), uint32(0), uint16(elf.STT_SECTION), uint16(s.shndx))
			} else {
				syms = o.put(syms, name, uint16(elf.STT_SECTION)<<8>>8, uint16(s.shndx), s.value, uint64(0))
			}
		}
		sections = append(sections, objSection{name: ".symtab", typ: elf.SHT_SYMTAB, data: syms, link: symtab + 1},
			objSection{name: ".strtab", typ: elf.SHT_STRTAB, data: names})
	}
	names := []byte{0}
	ehdr, shdr := 64, 64
	if o.class32 {
		ehdr, shdr = 52, 40
	}
	sections = append(sections, objSection{name: ".shstrtab", typ: elf.SHT_STRTAB})
	var nameOff []uint32
	for _, s := range sections {
		nameOff = append(nameOff, uint32(len(names)))
		names = append(append(names, s.name...), 0)
	}
	sections[len(sections)-1].data = names

	var body, headers []byte
	for i, s := range sections {
		for (ehdr+len(body))%8 != 0 {
			body = append(body, 0)
		}
		switch {
		case i == 0:
			headers = append(headers, make([]byte, shdr)...)
			continue
		case s.typ == 0:
			s.typ = elf.SHT_PROGBITS
		}
		if (s.typ == elf.SHT_REL || s.typ == elf.SHT_RELA || s.typ == elffile.SHTCREL) && s.link == 0 {
			s.link = symtab
		}
		s.size = max(s.size, uint64(len(s.data)))
		off := ehdr + len(body)
		body = append(body, s.data...)
		if o.class32 {
			headers = o.put(headers, nameOff[i], uint32(s.typ), uint32(s.flags), uint32(s.addr), uint32(off),
				uint32(s.size), s.link, s.info, uint32(s.align), uint32(s.entsize))
		} else {
			headers = o.put(headers, nameOff[i], uint32(s.typ), uint64(s.flags), s.addr, uint64(off), s.size, s.link, s.info, s.align, s.entsize)
		}
	}
	for (ehdr+len(body))%8 != 0 {
		body = append(body, 0)
	}
	class, data := elf.ELFCLASS64, elf.ELFDATA2LSB
	if o.class32 {
		class = elf.ELFCLASS32
	}
	if o.big {
		data = elf.ELFDATA2MSB
	}
	file := append([]byte(elf.ELFMAG), byte(class), byte(data), 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	file = o.put(file, uint16(elf.ET_REL), uint16(o.machine), uint32(1))
	if shoff := ehdr + len(body); o.class32 {
		file = o.put(file, uint32(0), uint32(0), uint32(shoff))
	} else {
		file = o.put(file, uint64(0), uint64(0), uint64(shoff))
	}
	file = o.put(file, uint32(0), uint16(ehdr), uint16(0), uint16(0), uint16(shdr), uint16(len(sections)), uint16(len(sections)-1))
	return append(append(file, body...), headers...)
}

// open writes the file and reads it.
func (o *object) open(t testing.TB) *elffile.File {
	t.Helper()
	image := o.image()
	f, err := elffile.New("test.o", bytes.NewReader(image), int64(len(image)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// newFile returns the relocations of a file, with all its symbols.
func newFile(f *elffile.File, addrs []uint64) (*File, error) { return newFileWith(f, addrs, nil) }

// newFileWith is newFile with a section of strings.
func newFileWith(f *elffile.File, addrs []uint64, strs *elffile.Section) (*File, error) {
	r := NewFile(f, addrs, strs)
	return r, f.Symbols(func(s elffile.Symbol) error {
		r.AddSymbol(&s)
		return nil
	})
}

// relocated returns the contents of a section with its relocations applied, nil if it has none.
func relocated(f *elffile.File, addrs []uint64, section *elffile.Section) ([]byte, error) {
	r, err := newFile(f, addrs)
	if err != nil {
		return nil, err
	}
	s, err := r.Section(section)
	if err != nil || s == nil {
		return nil, err
	}
	return s.Data()
}
