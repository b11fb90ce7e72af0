package mutate

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// elfChanges are for the headers, symbols, relocations and notes of ELF files.
var elfChanges = []change{
	{"ELF: identification", 1, onImage(func(m *Mutator, im *image) []byte {
		im.data[4+m.IntN(12)] = byte(m.edge(1, uint64(im.data[4])))
		return im.data
	})},
	{"ELF: file header", 4, onImage(func(m *Mutator, im *image) []byte {
		return im.set(m, among(m, im.fields))
	})},
	{"ELF: machine", 1, onImage(func(m *Mutator, im *image) []byte {
		machine := among(m, machines)
		im.fields[ehMachine].put(im.data, im.order, uint64(machine))
		return im.data
	})},
	{"ELF: section header", 10, onSection(func(m *Mutator, im *image, s section) []byte {
		return im.set(m, im.field(s, m.IntN(10)))
	})},
	{"ELF: section type", 4, onSection(func(m *Mutator, im *image, s section) []byte {
		kind := among(m, sectionTypes)
		im.field(s, shType).put(im.data, im.order, uint64(kind))
		return im.data
	})},
	{"ELF: section flags", 2, onSection(func(m *Mutator, im *image, s section) []byte {
		f := im.field(s, shFlags)
		flag := among(m, sectionFlags)
		f.put(im.data, im.order, f.get(im.data, im.order)^uint64(flag))
		return im.data
	})},
	{"ELF: link or info to another section", 4, onSection(func(m *Mutator, im *image, s section) []byte {
		im.field(s, shLink+m.IntN(2)).put(im.data, im.order, m.Uint64N(uint64(len(im.sections)+2)))
		return im.data
	})},
	{"ELF: name of another section", 4, onSection(func(m *Mutator, im *image, s section) []byte {
		other := among(m, im.sections)
		im.field(s, shName).put(im.data, im.order, im.field(other, shName).get(im.data, im.order))
		return im.data
	})},
	{"ELF: place of another section", 3, onSection(func(m *Mutator, im *image, s section) []byte {
		other := among(m, im.sections)
		for _, n := range [][]int{{shOffset}, {shOffset, shSize}}[m.IntN(2)] {
			im.field(s, n).put(im.data, im.order, im.field(other, n).get(im.data, im.order))
		}
		return im.data
	})},
	{"ELF: section shortened", 3, onSection(func(m *Mutator, im *image, s section) []byte {
		if s.size == 0 {
			return nil
		}
		im.field(s, shSize).put(im.data, im.order, m.Uint64N(s.size))
		return im.data
	})},
	{"ELF: headers swapped", 1, onSection(func(m *Mutator, im *image, s section) []byte {
		other := among(m, im.sections)
		n := sum(im.sizes(sectionHeader))
		a, b := im.data[s.header:][:n], im.data[other.header:][:n]
		saved := bytes.Clone(a)
		copy(a, b)
		copy(b, saved)
		return im.data
	})},
	{"ELF: program header", 2, onImage(func(m *Mutator, im *image) []byte {
		phoff, n := im.header(ehPhoff), im.header(ehPhnum)
		if n == 0 || phoff > uint64(len(im.data)) {
			return nil
		}
		sizes := im.sizes(programHeader)
		f := among(m, layout(int(phoff)+int(m.Uint64N(n))*sum(sizes), sizes))
		if !f.in(im.data) {
			return nil
		}
		return im.set(m, f)
	})},
	{"ELF: symbol", 6, onKind(elf.SHT_SYMTAB, func(m *Mutator, im *image, s section) []byte {
		return im.setRecord(m, im.records(s, im.sizes(symbolEntry)))
	})},
	{"ELF: relocation", 6, onKind(elf.SHT_RELA, func(m *Mutator, im *image, s section) []byte {
		return im.setRecord(m, im.entries(s))
	})},
	{"ELF: relocation of another", 2, onKind(elf.SHT_RELA, func(m *Mutator, im *image, s section) []byte {
		all := im.entries(s)
		if len(all) == 0 {
			return nil
		}
		to, from := among(m, all), among(m, all)
		n := m.IntN(len(to))
		to[n].put(im.data, im.order, from[n].get(im.data, im.order))
		return im.data
	})},
	{"ELF: relocations out of order", 1, onKind(elf.SHT_RELA, func(m *Mutator, im *image, s section) []byte {
		data := im.contents(s)
		n := sum(im.sizes(relaEntry))
		if len(data) < 2*n {
			return nil
		}
		m.Shuffle(len(data)/n, func(i, j int) {
			a, b := data[i*n:][:n], data[j*n:][:n]
			saved := bytes.Clone(a)
			copy(a, b)
			copy(b, saved)
		})
		return im.data
	})},
	{"ELF: symbol's name", 2, onKind(elf.SHT_SYMTAB, func(m *Mutator, im *image, s section) []byte {
		names := im.contents(im.at(int(s.link)))
		if len(names) == 0 {
			return nil
		}
		at, n := m.part(names)
		for i := range min(n, 1+m.IntN(3)) {
			names[at+i] = m.nameByte()
		}
		return im.data
	})},
	{"ELF: note", 1, onKind(elf.SHT_NOTE, func(m *Mutator, im *image, s section) []byte {
		notes := im.contents(s)
		if len(notes) < 12 {
			return nil
		}
		return im.set(m, field{int(s.off) + 4*m.IntN(3), 4})
	})},
	{"ELF: section compressed", 2, onSection(func(m *Mutator, im *image, s section) []byte {
		data := im.contents(s)
		if len(data) == 0 || len(data) > 1<<22 || !strings.HasPrefix(s.name, ".debug") {
			return nil
		}
		return im.compress(m, s, data)
	})},
	{"ELF: compression header", 2, onSection(func(m *Mutator, im *image, s section) []byte {
		flags := elf.SectionFlag(im.field(s, shFlags).get(im.data, im.order))
		if len(im.contents(s)) < 24 || flags&elf.SHF_COMPRESSED == 0 {
			return nil
		}
		return im.set(m, among(m, layout(int(s.off), im.sizes([2][]int{{4, 4, 4}, {4, 4, 8, 8}}))))
	})},
	{"ELF: section of another file", 3, onImage(func(m *Mutator, im *image) []byte {
		other := parseImage(m.other())
		if other == nil || len(other.sections) == 0 {
			return nil
		}
		from := among(m, other.sections)
		to, ok := im.section(from.name)
		if data := other.contents(from); ok && data != nil && to.header != 0 && len(data) < 1<<22 {
			return im.replace(to, data)
		}
		return nil
	})},
	{"ELF: bytes of a section", 6, onSection(func(m *Mutator, im *image, s section) []byte {
		data := im.contents(s)
		if len(data) == 0 {
			return nil
		}
		for range 1 + m.IntN(3) {
			data[m.IntN(len(data))] = byte(m.edge(1, 0x20))
		}
		return im.data
	})},
}

var (
	machines = []elf.Machine{
		elf.EM_386, elf.EM_X86_64, elf.EM_ARM, elf.EM_AARCH64, elf.EM_S390, elf.EM_PPC64, elf.EM_MIPS, elf.EM_RISCV,
		elf.EM_SPARCV9, elf.EM_PARISC, elf.EM_SH, elf.EM_LOONGARCH, elf.EM_BPF, elf.EM_AVR, elf.EM_MSP430, elf.EM_68K,
	}

	// sectionTypes has CREL and ones that belong to systems, processors, and nobody.
	sectionTypes = []elf.SectionType{
		elf.SHT_NULL, elf.SHT_PROGBITS, elf.SHT_SYMTAB, elf.SHT_STRTAB, elf.SHT_RELA, elf.SHT_NOTE, elf.SHT_NOBITS,
		elf.SHT_REL, elf.SHT_GROUP, elf.SHT_SYMTAB_SHNDX, 0x40000014, 0x60000000, 0x70000001, 0x13,
	}

	sectionFlags = []elf.SectionFlag{
		elf.SHF_ALLOC, elf.SHF_COMPRESSED, elf.SHF_GROUP, elf.SHF_MERGE, elf.SHF_STRINGS, elf.SHF_INFO_LINK,
	}

	// preferred are parts of the names of sections that types are read from.
	preferred = []string{
		".debug_info", ".debug_abbrev", ".debug_str", ".debug_loc", ".debug_addr", ".BTF", "symtab", "strtab",
	}
)

// nameByte is one that names have, or should not have.
func (m *Mutator) nameByte() byte {
	return among(m, []byte{0, 0, '_', 'a', '.', ' ', '\n', 0x1b, 0x7f, 0x80, 0xff, '$', '"', '0'})
}

func onImage(f func(m *Mutator, im *image) []byte) func(*Mutator, []byte) []byte {
	return func(m *Mutator, data []byte) []byte {
		im := parseImage(data)
		if im == nil {
			return nil
		}
		return f(m, im)
	}
}

// onSection changes a section, more often one with types in it than another.
func onSection(f func(m *Mutator, im *image, s section) []byte) func(*Mutator, []byte) []byte {
	return onImage(func(m *Mutator, im *image) []byte {
		var of []section
		for _, s := range im.sections {
			of = append(of, s)
			for _, part := range preferred {
				if strings.Contains(s.name, part) {
					of = append(of, s, s, s)
				}
			}
		}
		if len(of) == 0 {
			return nil
		}
		return f(m, im, among(m, of))
	})
}

// onKind changes a section of a type; SHT_RELA also stands for SHT_REL, and prefers that of .debug_info.
func onKind(kind elf.SectionType, f func(m *Mutator, im *image, s section) []byte) func(*Mutator, []byte) []byte {
	return onImage(func(m *Mutator, im *image) []byte {
		var of []section
		for _, s := range im.sections {
			if s.kind == kind || kind == elf.SHT_RELA && s.kind == elf.SHT_REL {
				of = append(of, s)
				if strings.Contains(s.name, ".debug") {
					of = append(of, s, s)
				}
			}
		}
		if len(of) == 0 {
			return nil
		}
		return f(m, im, among(m, of))
	})
}

// set gives a field another value.
func (im *image) set(m *Mutator, f field) []byte {
	if !f.in(im.data) {
		return nil
	}
	n := uint64(len(im.data))
	f.put(im.data, im.order, m.edge(f.size, f.get(im.data, im.order), n, uint64(len(im.sections)), n/2))
	return im.data
}

// setRecord gives fields of some records another value.
func (im *image) setRecord(m *Mutator, all [][]field) []byte {
	if len(all) == 0 {
		return nil
	}
	n := 1
	if m.one(4) {
		n = 1 + m.IntN(min(len(all), 50))
	}
	which := m.IntN(len(all[0]))
	for range n {
		im.set(m, among(m, all)[which])
	}
	return im.data
}

// compress compresses a section, with the right header.
func (im *image) compress(m *Mutator, s section, data []byte) []byte {
	var packed bytes.Buffer
	kind := uint64(elf.COMPRESS_ZLIB)
	if m.one(2) {
		w := zlib.NewWriter(&packed)
		w.Write(data) // a bytes.Buffer takes everything
		w.Close()
	} else {
		kind = uint64(elf.COMPRESS_ZSTD)
		w, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
		packed.Write(w.EncodeAll(data, nil))
		w.Close()
	}
	head := layout(0, im.sizes([2][]int{{4, 4, 4}, {4, 4, 8, 8}}))
	values := []uint64{kind, uint64(len(data)), 1}
	if im.is64 {
		values = []uint64{kind, 0, uint64(len(data)), 1}
	}
	header := make([]byte, head[len(head)-1].off+head[len(head)-1].size)
	for i, f := range head {
		f.put(header, im.order, values[i])
	}
	flags := im.field(s, shFlags)
	flags.put(im.data, im.order, flags.get(im.data, im.order)|uint64(elf.SHF_COMPRESSED))
	return im.replace(s, append(header, packed.Bytes()...))
}
