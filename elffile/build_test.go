package elffile

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// testELF describes an ELF file to build. Section 0 and .shstrtab, the last one,
// are added to the sections.
type testELF struct {
	class32  bool
	big      bool
	typ      elf.Type
	sections []testSection
	loaded   []int // numbers of the sections in the one PT_LOAD segment, which have to follow each other
	extended bool  // numbers in section header 0 although they would fit
	trailer  []byte

	tableAlign int // of the section headers; 0: 8
}

type testSection struct {
	name       string
	typ        elf.SectionType // 0: SHT_PROGBITS
	flags      elf.SectionFlag
	addr       uint64
	data       []byte
	size       uint64 // of SHT_NOBITS
	link, info uint32
	align      uint64
	entSize    uint64
}

func (e *testELF) wire() *wire {
	if e.class32 {
		return &wire32
	}
	return &wire64
}

func (e *testELF) build() []byte {
	w := e.wire()
	o := testOrder{e.big, e.class32}
	names := []byte{0}
	nameOff := func(s string) uint32 {
		off := len(names)
		names = append(append(names, s...), 0)
		return uint32(off)
	}

	phnum := min(len(e.loaded), 1)
	body := make([]byte, int(w.ehdr)+phnum*int(w.phdr)) // headers are filled in at the end
	table := make([]byte, w.shdr)
	var spans []span
	add := func(s testSection) {
		if s.typ == 0 {
			s.typ = elf.SHT_PROGBITS
		}
		for s.align > 1 && uint64(len(body))%s.align != 0 {
			body = append(body, 0)
		}
		off, size := uint64(len(body)), uint64(len(s.data))
		if s.typ == elf.SHT_NOBITS {
			size = s.size
		} else {
			body = append(body, s.data...)
		}
		spans = append(spans, span{off, uint64(len(body))})
		table = o.u32(table, nameOff(s.name), uint32(s.typ))
		table = o.words(table, uint64(s.flags), s.addr, off, size)
		table = o.u32(table, s.link, s.info)
		table = o.words(table, s.align, s.entSize)
	}
	for _, s := range e.sections {
		add(s)
	}
	shstrndx := nameOff(".shstrtab")
	table = o.u32(table, shstrndx, uint32(elf.SHT_STRTAB))
	table = o.words(table, 0, 0, uint64(len(body)), uint64(len(names)))
	table = o.u32(table, 0, 0)
	table = o.words(table, 1, 0)
	body = append(body, names...)
	for len(body)%cmp.Or(e.tableAlign, 8) != 0 {
		body = append(body, 0)
	}

	num := len(e.sections) + 2
	shnum, names16 := uint16(num), uint16(num-1)
	null := [2]uint32{} // number of sections, section of the names
	if num >= int(elf.SHN_LORESERVE) || e.extended {
		null[0], shnum = uint32(num), 0
	}
	if num-1 >= int(elf.SHN_LORESERVE) || e.extended {
		null[1], names16 = uint32(num-1), uint16(elf.SHN_XINDEX)
	}
	copy(table[8+3*w.word:], o.words(nil, uint64(null[0])))
	copy(table[8+4*w.word:], o.u32(nil, null[1]))
	class, data := elf.ELFCLASS64, elf.ELFDATA2LSB
	if e.class32 {
		class = elf.ELFCLASS32
	}
	if e.big {
		data = elf.ELFDATA2MSB
	}
	machine := elf.EM_X86_64
	switch {
	case e.class32 && e.big:
		machine = elf.EM_MIPS
	case e.class32:
		machine = elf.EM_386
	case e.big:
		machine = elf.EM_S390
	}
	hdr := append([]byte(elf.ELFMAG), byte(class), byte(data), byte(elf.EV_CURRENT))
	hdr = append(hdr, make([]byte, elf.EI_NIDENT-len(hdr))...)
	hdr = o.u16(hdr, uint16(e.typ), uint16(machine))
	hdr = o.u32(hdr, 1)
	phoff := uint64(0)
	if phnum > 0 {
		phoff = w.ehdr
	}
	hdr = o.words(hdr, 0, phoff, uint64(len(body)))
	hdr = o.u32(hdr, 0)
	hdr = o.u16(hdr, uint16(w.ehdr), uint16(w.phdr), uint16(phnum), uint16(w.shdr), shnum, names16)
	if phnum > 0 {
		first, last := spans[e.loaded[0]-1], spans[e.loaded[len(e.loaded)-1]-1]
		addr, size := e.sections[e.loaded[0]-1].addr, last.end-first.start
		hdr = o.u32(hdr, uint32(elf.PT_LOAD))
		if e.class32 {
			hdr = o.u32(hdr, uint32(first.start), uint32(addr), uint32(addr), uint32(size), uint32(size), uint32(elf.PF_R), 1)
		} else {
			hdr = o.u32(hdr, uint32(elf.PF_R))
			hdr = o.words(hdr, first.start, addr, addr, size, size, 1)
		}
	}
	copy(body, hdr)
	return append(append(body, table...), e.trailer...)
}

// testOrder appends numbers.
type testOrder struct{ big, class32 bool }

func (o testOrder) append() binary.AppendByteOrder {
	if o.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (o testOrder) u16(p []byte, vs ...uint16) []byte {
	for _, v := range vs {
		p = o.append().AppendUint16(p, v)
	}
	return p
}

func (o testOrder) u32(p []byte, vs ...uint32) []byte {
	for _, v := range vs {
		p = o.append().AppendUint32(p, v)
	}
	return p
}

func (o testOrder) words(p []byte, vs ...uint64) []byte {
	for _, v := range vs {
		if o.class32 {
			p = o.append().AppendUint32(p, uint32(v))
		} else {
			p = o.append().AppendUint64(p, v)
		}
	}
	return p
}

// symbol appends a symbol table entry.
func (o testOrder) symbol(p []byte, name uint32, info byte, shndx uint16, value, size uint64) []byte {
	if o.class32 {
		p = o.u32(p, name, uint32(value), uint32(size))
		return o.u16(append(p, info, 0), shndx)
	}
	p = o.u16(append(o.u32(p, name), info, 0), shndx)
	return o.words(p, value, size)
}

// note appends a note whose parts are padded to align.
func (o testOrder) note(p []byte, align int, owner string, typ uint32, desc string) []byte {
	pad := func() {
		for len(p)%align != 0 {
			p = append(p, 0)
		}
	}
	p = o.u32(p, uint32(len(owner)+1), uint32(len(desc)), typ)
	p = append(append(p, owner...), 0)
	pad()
	p = append(p, desc...)
	pad()
	return p
}

// eachClass runs a test for both classes and byte orders.
func eachClass(t *testing.T, test func(t *testing.T, e testELF, o testOrder)) {
	for _, c := range []struct {
		name         string
		class32, big bool
	}{{"elf64le", false, false}, {"elf64be", false, true}, {"elf32le", true, false}, {"elf32be", true, true}} {
		t.Run(c.name, func(t *testing.T) {
			test(t, testELF{class32: c.class32, big: c.big, typ: elf.ET_REL}, testOrder{c.big, c.class32})
		})
	}
}

// ordinary returns the sections of a small object file with symbols.
func ordinary(o testOrder) []testSection {
	entry := uint64(wire64.sym)
	if o.class32 {
		entry = wire32.sym
	}
	var syms []byte
	syms = o.symbol(syms, 0, 0, 0, 0, 0)
	syms = o.symbol(syms, 1, elf.ST_INFO(elf.STB_LOCAL, elf.STT_FUNC), 1, 0x10, 0x20)
	syms = o.symbol(syms, 7, elf.ST_INFO(elf.STB_GLOBAL, elf.STT_OBJECT), uint16(elf.SHN_ABS), 0x30, 4)
	return []testSection{
		{name: ".text", flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, data: bytes.Repeat([]byte{0x90}, 77), align: 16},
		{name: ".bss", typ: elf.SHT_NOBITS, flags: elf.SHF_ALLOC | elf.SHF_WRITE, size: 1 << 30, align: 8},
		{name: ".debug_str", data: []byte("alpha\x00beta\x00"), align: 1},
		{name: ".symtab", typ: elf.SHT_SYMTAB, data: syms, link: 5, info: 2, align: 8, entSize: entry},
		{name: ".strtab", typ: elf.SHT_STRTAB, data: []byte("\x00first\x00second\x00"), align: 1},
	}
}

func mustNew(t testing.TB, data []byte) *File {
	t.Helper()
	f, err := New("test.o", bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// writeFile writes a file of the test and returns its path.
func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
