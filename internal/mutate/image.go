package mutate

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
)

// An image is an ELF file as far as its headers can be read.
type image struct {
	data     []byte
	order    binary.ByteOrder
	is64     bool
	fields   []field // of the file header
	sections []section
}

// A section is one header, which may lie about the rest.
type section struct {
	index     int
	header    int // where it is
	name      string
	kind      elf.SectionType
	off, size uint64
	link      uint32
	info      uint32
}

// Fields of headers, by size: those of ELF files of 32 bits, then of 64.
var (
	fileHeader    = [2][]int{{2, 2, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2}, {2, 2, 4, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2}}
	sectionHeader = [2][]int{{4, 4, 4, 4, 4, 4, 4, 4, 4, 4}, {4, 4, 8, 8, 8, 8, 4, 4, 8, 8}}
	programHeader = [2][]int{{4, 4, 4, 4, 4, 4, 4, 4}, {4, 4, 8, 8, 8, 8, 8, 8}}
	symbolEntry   = [2][]int{{4, 4, 4, 1, 1, 2}, {4, 1, 1, 2, 8, 8}}
	relEntry      = [2][]int{{4, 4}, {8, 8}}
	relaEntry     = [2][]int{{4, 4, 4}, {8, 8, 8}}
)

// Positions in fileHeader.
const (
	ehType, ehMachine, ehPhoff, ehShoff, ehPhnum, ehShentsize, ehShnum, ehShstrndx = 0, 1, 4, 5, 9, 10, 11, 12
)

// Positions in sectionHeader.
const (
	shName, shType, shFlags, shAddr, shOffset, shSize, shLink, shInfo, shAddralign, shEntsize = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
)

// layout returns the fields of a record at off.
func layout(off int, sizes []int) []field {
	fields := make([]field, len(sizes))
	for i, size := range sizes {
		fields[i] = field{off, size}
		off += size
	}
	return fields
}

func sum(sizes []int) int {
	n := 0
	for _, size := range sizes {
		n += size
	}
	return n
}

// maxSections is how many are looked at.
const maxSections = 2000

// parseImage reads the headers of an ELF file, or returns nil.
func parseImage(data []byte) *image {
	if len(data) < 64 || !bytes.HasPrefix(data, []byte(elf.ELFMAG)) {
		return nil
	}
	im := &image{data: data, order: binary.LittleEndian, is64: data[elf.EI_CLASS] == byte(elf.ELFCLASS64)}
	if data[elf.EI_DATA] == byte(elf.ELFDATA2MSB) {
		im.order = binary.BigEndian
	}
	im.fields = layout(16, im.sizes(fileHeader))
	shoff, n := im.header(ehShoff), im.header(ehShnum)
	size := sum(im.sizes(sectionHeader))
	for i := range min(n, maxSections) {
		at := shoff + i*uint64(size)
		if shoff > uint64(len(data)) || at+uint64(size) > uint64(len(data)) {
			break
		}
		s := section{index: int(i), header: int(at)}
		get := func(n int) uint64 { return im.field(s, n).get(data, im.order) }
		s.kind, s.off, s.size = elf.SectionType(get(shType)), get(shOffset), get(shSize)
		s.link, s.info = uint32(get(shLink)), uint32(get(shInfo))
		im.sections = append(im.sections, s)
	}
	if names := im.contents(im.at(int(im.header(ehShstrndx)))); names != nil {
		for i := range im.sections {
			s := &im.sections[i]
			s.name = stringAt(names, im.field(*s, shName).get(data, im.order))
		}
	}
	return im
}

func stringAt(table []byte, off uint64) string {
	if off >= uint64(len(table)) {
		return ""
	}
	name, _, _ := bytes.Cut(table[off:], []byte{0})
	return string(name)
}

// sizes chooses the column of this class.
func (im *image) sizes(table [2][]int) []int {
	if im.is64 {
		return table[1]
	}
	return table[0]
}

func (im *image) header(n int) uint64 { return im.fields[n].get(im.data, im.order) }

// field returns a field of a section's header.
func (im *image) field(s section, n int) field {
	return layout(s.header, im.sizes(sectionHeader))[n]
}

// at returns the section of an index; one without a header if there is none.
func (im *image) at(index int) section {
	if index <= 0 || index >= len(im.sections) {
		return section{}
	}
	return im.sections[index]
}

// section returns the first section of a name.
func (im *image) section(name string) (section, bool) {
	i := slices.IndexFunc(im.sections, func(s section) bool { return s.name == name })
	if i < 0 {
		return section{}, false
	}
	return im.sections[i], true
}

// contents returns the bytes of a section in place, or nil if they are not in the file.
func (im *image) contents(s section) []byte {
	if s.header == 0 || s.kind == elf.SHT_NOBITS || s.off > uint64(len(im.data)) || s.size > uint64(len(im.data))-s.off {
		return nil
	}
	return im.data[s.off:][:s.size:s.size]
}

// named returns the contents of a section, nil without or if they are compressed.
func (im *image) named(name string) []byte {
	s, ok := im.section(name)
	if !ok || im.field(s, shFlags).get(im.data, im.order)&uint64(elf.SHF_COMPRESSED) != 0 {
		return nil
	}
	return im.contents(s)
}

// replace returns the file with other contents of a section. Longer ones go to the end of the file.
func (im *image) replace(s section, contents []byte) []byte {
	data := im.data
	if uint64(len(contents)) > s.size || im.contents(s) == nil {
		for len(data)%8 != 0 {
			data = append(data, 0)
		}
		im.field(s, shOffset).put(data, im.order, uint64(len(data)))
		data = append(data, contents...)
	} else {
		copy(data[s.off:], contents)
	}
	im.field(s, shSize).put(data, im.order, uint64(len(contents)))
	return data
}

// relocations returns the section with the relocations of another.
func (im *image) relocations(of section) (section, bool) {
	for _, s := range im.sections {
		if (s.kind == elf.SHT_RELA || s.kind == elf.SHT_REL) && int(s.info) == of.index && s.index != 0 {
			return s, true
		}
	}
	return section{}, false
}

// entries returns the fields of each entry of a section with relocations.
func (im *image) entries(s section) [][]field {
	sizes := im.sizes(relEntry)
	if s.kind == elf.SHT_RELA {
		sizes = im.sizes(relaEntry)
	}
	return im.records(s, sizes)
}

// records returns the fields of each record of a section in the file.
func (im *image) records(s section, sizes []int) [][]field {
	if im.contents(s) == nil {
		return nil
	}
	n := sum(sizes)
	var all [][]field
	for at := int(s.off); at+n <= int(s.off+s.size); at += n {
		all = append(all, layout(at, sizes))
	}
	return all
}
