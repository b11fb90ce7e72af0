package dwarftest

import (
	"debug/elf"
	"fmt"
)

// A sectionHeader is what the section header table says about a section.
type sectionHeader struct {
	name             uint64 // offset in .shstrtab
	typ              elf.SectionType
	flags            elf.SectionFlag
	addr, off, size  uint64
	link, info       uint64
	align, entrySize uint64
}

// elf writes the ELF header, one PT_LOAD header per allocated section, the sections and the section header table.
func (f *File) elf(debug []Section) ([]byte, error) {
	class, ehsize, phentsize, shentsize := elf.ELFCLASS64, 64, 56, 64
	if f.Class32 {
		class, ehsize, phentsize, shentsize = elf.ELFCLASS32, 52, 32, 40
	}
	addrSize := f.addrSize()
	sections := append(f.Sections[:len(f.Sections):len(f.Sections)], debug...)
	if len(f.Symbols) > 0 {
		symtab, strtab, firstGlobal, err := f.symtab(sections)
		if err != nil {
			return nil, err
		}
		sections = append(sections, Section{Name: ".symtab", Type: elf.SHT_SYMTAB, Align: uint64(addrSize), Data: symtab, Size: firstGlobal},
			Section{Name: ".strtab", Type: elf.SHT_STRTAB, Align: 1, Data: strtab})
	}
	names := stringTable{}
	names.offset("")
	for _, s := range sections {
		names.offset(s.Name)
	}
	names.offset(".shstrtab")
	sections = append(sections, Section{Name: ".shstrtab", Type: elf.SHT_STRTAB, Align: 1, Data: names.data})

	loads := 0
	if f.Type != elf.ET_REL {
		for _, s := range sections {
			if s.Flags&elf.SHF_ALLOC != 0 {
				loads++
			}
		}
	}
	contents := buffer{order: f.order()} // everything after the program headers
	start := uint64(ehsize + loads*phentsize)
	headers := []sectionHeader{{}}
	for i, s := range sections {
		h := sectionHeader{name: names.offset(s.Name), typ: s.Type, flags: s.Flags, addr: s.Addr, size: uint64(len(s.Data)), align: s.Align}
		if h.typ == 0 {
			h.typ = elf.SHT_PROGBITS
		}
		h.align = max(h.align, 1)
		for (start+contents.len())%h.align != 0 {
			contents.uint(1, 0)
		}
		h.off = start + contents.len()
		switch h.typ {
		case elf.SHT_NOBITS:
			h.size = s.Size
		case elf.SHT_SYMTAB:
			h.link, h.info, h.entrySize = uint64(i)+2, s.Size, uint64(f.symbolSize())
			contents.bytes(s.Data)
		case elf.SHT_REL, elf.SHT_RELA:
			h.link, h.info = sectionNumber(sections, ".symtab"), sectionNumber(sections, s.For)
			contents.bytes(s.Data)
		default:
			contents.bytes(s.Data)
		}
		if s.Flags&elf.SHF_STRINGS != 0 {
			h.entrySize = 1
		}
		headers = append(headers, h)
	}
	for (start+contents.len())%8 != 0 {
		contents.uint(1, 0)
	}

	out := buffer{order: f.order()}
	data := elf.ELFDATA2LSB
	if out.order.Uint16([]byte{0, 1}) == 1 {
		data = elf.ELFDATA2MSB
	}
	out.bytes([]byte{0x7f, 'E', 'L', 'F', byte(class), byte(data), byte(elf.EV_CURRENT), 0, 0, 0, 0, 0, 0, 0, 0, 0})
	typ, machine := f.Type, f.Machine
	if typ == 0 {
		typ = elf.ET_EXEC
	}
	if machine == 0 {
		machine = elf.EM_X86_64
	}
	out.uint(2, uint64(typ))
	out.uint(2, uint64(machine))
	out.uint(4, uint64(elf.EV_CURRENT))
	out.uint(addrSize, 0) // entry
	phoff := uint64(0)
	if loads > 0 {
		phoff = uint64(ehsize)
	}
	out.uint(addrSize, phoff)
	out.uint(addrSize, start+contents.len())
	out.uint(4, 0)
	for _, v := range []int{ehsize, phentsize, loads, shentsize, len(headers), len(headers) - 1} {
		out.uint(2, uint64(v))
	}
	if f.Type != elf.ET_REL {
		for _, h := range headers {
			if h.flags&elf.SHF_ALLOC != 0 {
				f.programHeader(&out, h)
			}
		}
	}
	out.bytes(contents.data)
	for _, h := range headers {
		out.uint(4, h.name)
		out.uint(4, uint64(h.typ))
		for _, v := range []uint64{uint64(h.flags), h.addr, h.off, h.size} {
			out.uint(addrSize, v)
		}
		out.uint(4, h.link)
		out.uint(4, h.info)
		out.uint(addrSize, h.align)
		out.uint(addrSize, h.entrySize)
	}
	return out.data, nil
}

// sectionNumber returns the number of the first section of a name, 0 if there is none.
func sectionNumber(sections []Section, name string) uint64 {
	for i := range sections {
		if sections[i].Name == name {
			return uint64(i) + 1
		}
	}
	return 0
}

func (f *File) programHeader(out *buffer, h sectionHeader) {
	n := f.addrSize()
	flags := uint64(elf.PF_R)
	if h.flags&elf.SHF_WRITE != 0 {
		flags |= uint64(elf.PF_W)
	}
	if h.flags&elf.SHF_EXECINSTR != 0 {
		flags |= uint64(elf.PF_X)
	}
	fileSize := h.size
	if h.typ == elf.SHT_NOBITS {
		fileSize = 0
	}
	out.uint(4, uint64(elf.PT_LOAD))
	if !f.Class32 {
		out.uint(4, flags)
	}
	for _, v := range []uint64{h.off, h.addr, h.addr, fileSize, h.size} {
		out.uint(n, v)
	}
	if f.Class32 {
		out.uint(4, flags)
	}
	out.uint(n, h.align)
}

func (f *File) symbolSize() int {
	if f.Class32 {
		return 16
	}
	return 24
}

// symtab returns the contents of .symtab and .strtab, and the number of the first symbol that is not local.
func (f *File) symtab(sections []Section) (symtab, strtab []byte, firstGlobal uint64, err error) {
	names := stringTable{}
	names.offset("")
	b := buffer{order: f.order()}
	b.bytes(make([]byte, f.symbolSize()))
	firstGlobal = uint64(len(f.Symbols)) + 1
	for i, s := range f.Symbols {
		index := uint64(0)
		switch s.Section {
		case "":
		case "*ABS*":
			index = uint64(elf.SHN_ABS)
		default:
			if index = sectionNumber(sections, s.Section); index == 0 {
				return nil, nil, 0, fmt.Errorf("symbol %s: no section %s", s.Name, s.Section)
			}
		}
		if s.Bind != elf.STB_LOCAL {
			firstGlobal = min(firstGlobal, uint64(i)+1)
		}
		info := uint64(s.Bind)<<4 | uint64(s.Type)
		b.uint(4, names.offset(s.Name))
		if f.Class32 {
			b.uint(4, s.Value)
			b.uint(4, s.Size)
			b.uint(1, info)
			b.uint(1, 0)
			b.uint(2, index)
			continue
		}
		b.uint(1, info)
		b.uint(1, 0)
		b.uint(2, index)
		b.uint(8, s.Value)
		b.uint(8, s.Size)
	}
	return b.data, names.data, firstGlobal, nil
}
