package mutate

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"

	form "github.com/gopahole/gopahole/internal/dwarftest"
)

// Cut returns a small file with some units of a linked little-endian ELF file of 64 bits, such as a vmlinux, at random:
// up to n, none of more than maxSize bytes. It has the abbreviations, strings and lists that they need, all of the
// section headers that have addresses, .BTF_ids, and the symbols with names from these units.
func Cut(rng *rand.Rand, r io.ReaderAt, n, maxSize int) ([]byte, error) {
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, err
	}
	if f.Class != elf.ELFCLASS64 || f.ByteOrder != binary.LittleEndian {
		return nil, errors.New("cut: only for little-endian files of 64 bits")
	}
	c := &cutter{f: f}
	if err := c.find(maxSize); err != nil {
		return nil, err
	}
	rng.Shuffle(len(c.units), func(i, j int) { c.units[i], c.units[j] = c.units[j], c.units[i] })
	return c.cut(c.units[:min(n, len(c.units))])
}

type cutter struct {
	f        *elf.File
	units    []cutUnit
	abbrevs  []uint64 // where tables begin, sorted
	sections []newSection
}

type cutUnit struct{ off, size, abbrev uint64 }

// A newSection is one to be written; data are nil for SHT_NOBITS.
type newSection struct {
	elf.SectionHeader
	data []byte
}

// find lists the units.
func (c *cutter) find(maxSize int) error {
	info := c.f.Section(".debug_info")
	if info == nil {
		return errors.New("cut: no .debug_info")
	}
	for at := uint64(0); at+16 < info.Size; {
		var head [16]byte
		if _, err := info.ReadAt(head[:], int64(at)); err != nil {
			return err
		}
		u := cutUnit{off: at, size: 4 + uint64(binary.LittleEndian.Uint32(head[:]))}
		u.abbrev = uint64(binary.LittleEndian.Uint32(head[6:]))
		if binary.LittleEndian.Uint16(head[4:]) >= 5 {
			u.abbrev = uint64(binary.LittleEndian.Uint32(head[8:]))
		}
		c.abbrevs = append(c.abbrevs, u.abbrev)
		if u.size <= uint64(maxSize) {
			c.units = append(c.units, u)
		}
		at += u.size
	}
	slices.Sort(c.abbrevs)
	if len(c.units) == 0 {
		return fmt.Errorf("cut: no unit of at most %d bytes", maxSize)
	}
	return nil
}

// cut writes the file twice: with what the units refer to where it was, and then with what is needed of that.
func (c *cutter) cut(units []cutUnit) ([]byte, error) {
	var info, abbrevs []byte
	all, err := c.f.Section(".debug_abbrev").Data()
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		part := make([]byte, u.size)
		if _, err := c.f.Section(".debug_info").ReadAt(part, int64(u.off)); err != nil {
			return nil, err
		}
		end := uint64(len(all))
		if i, _ := slices.BinarySearch(c.abbrevs, u.abbrev+1); i < len(c.abbrevs) {
			end = c.abbrevs[i]
		}
		at := 6
		if binary.LittleEndian.Uint16(part[4:]) >= 5 {
			at = 8
		}
		binary.LittleEndian.PutUint32(part[at:], uint32(len(abbrevs)))
		info, abbrevs = append(info, part...), append(abbrevs, all[u.abbrev:end]...)
	}
	image := parseImage(writeELF(c.f.FileHeader, []newSection{
		{elf.SectionHeader{Name: ".debug_info", Type: elf.SHT_PROGBITS}, info},
		{elf.SectionHeader{Name: ".debug_abbrev", Type: elf.SHT_PROGBITS}, abbrevs},
	}))
	d := image.debugInfo(".debug_info")
	if d == nil {
		return nil, errors.New("cut: the units cannot be read")
	}
	names, err := c.moveTables(d)
	if err != nil {
		return nil, err
	}
	if err := c.addLoaded(names); err != nil {
		return nil, err
	}
	c.sections = append(c.sections,
		newSection{elf.SectionHeader{Name: ".debug_info", Type: elf.SHT_PROGBITS}, d.bytes},
		newSection{elf.SectionHeader{Name: ".debug_abbrev", Type: elf.SHT_PROGBITS}, abbrevs})
	return writeELF(c.f.FileHeader, c.sections), nil
}

// A table is a section of which parts are kept; moved has where they are now.
type table struct {
	old, new []byte
	moved    map[uint64]uint64
}

// move keeps the part of the table from off to the end that end finds, and returns where it is now.
func (t *table) move(off uint64, end func([]byte) int) uint64 {
	if at, ok := t.moved[off]; ok {
		return at
	}
	if off >= uint64(len(t.old)) {
		return off
	}
	at := uint64(len(t.new))
	t.moved[off] = at
	t.new = append(t.new, t.old[off:][:end(t.old[off:])]...)
	return at
}

// moveTables makes the strings and lists that the units refer to, and returns the names among the strings.
func (c *cutter) moveTables(d *debugInfo) (names map[string]bool, err error) {
	tables := map[string]*table{}
	for _, name := range []string{".debug_str", ".debug_line_str", ".debug_loclists", ".debug_rnglists"} {
		t := &table{moved: map[uint64]uint64{}}
		if s := c.f.Section(name); s != nil {
			if t.old, err = s.Data(); err != nil {
				return nil, err
			}
		}
		if strings.HasSuffix(name, "lists") {
			t.new = []byte{0, 0, 0, 0, 5, 0, 8, 0, 0, 0, 0, 0} // a header, whose length is set below
		}
		tables[name] = t
	}
	names = map[string]bool{}
	for _, a := range d.attrs {
		f := field{a.off, a.size}
		move := func(name string, end func([]byte) int) {
			f.put(d.bytes, d.order, tables[name].move(f.get(d.bytes, d.order), end))
		}
		switch {
		case a.form == form.FormStrp:
			names[stringAt(tables[".debug_str"].old, f.get(d.bytes, d.order))] = true
			move(".debug_str", stringEnd)
		case a.form == form.FormString:
			names[stringAt(d.bytes, uint64(a.off))] = true
		case a.form == form.FormLineStrp:
			move(".debug_line_str", stringEnd)
		case a.form != form.FormSecOffset:
		case a.attr == dwarf.AttrRanges:
			move(".debug_rnglists", rangesEnd)
		case a.attr == dwarf.AttrLocation, a.attr == dwarf.AttrFrameBase:
			move(".debug_loclists", locationsEnd)
		default: // line numbers, views of locations
			f.put(d.bytes, d.order, 0)
		}
	}
	for name, t := range tables {
		if strings.HasSuffix(name, "lists") {
			binary.LittleEndian.PutUint32(t.new, uint32(len(t.new)-4))
		}
	}
	for _, name := range []string{".debug_str", ".debug_line_str", ".debug_loclists", ".debug_rnglists"} {
		c.sections = append(c.sections, newSection{elf.SectionHeader{Name: name, Type: elf.SHT_PROGBITS}, tables[name].new})
	}
	return names, nil
}

func stringEnd(data []byte) int { return bytes.IndexByte(data, 0) + 1 }

// rangesEnd and locationsEnd return the size of a list (DWARF 5, 2.17.3 and 7.7.3).
func rangesEnd(data []byte) int { return listEnd(data, "01222cba", "") }

func locationsEnd(data []byte) int { return listEnd(data, "012220cba", "234578") }

// listEnd reads entries up to kind 0. shapes has the operands of each kind: a number of LEB128 numbers, or c for an
// address, b for two, a for an address and a LEB128 number. Kinds in withExpr end in an expression.
func listEnd(data []byte, shapes, withExpr string) int {
	at := 0
	number := func() (v uint64) {
		v, end := uleb(data, at)
		if end < 0 {
			end = len(data)
		}
		at = end
		return v
	}
	for at < len(data) {
		kind := data[at]
		at++
		if kind == 0 || int(kind) >= len(shapes) {
			break
		}
		switch shapes[kind] {
		case 'a':
			at += 8
			number()
		case 'b':
			at += 16
		case 'c':
			at += 8
		default:
			for range shapes[kind] - '0' {
				number()
			}
		}
		if strings.IndexByte(withExpr, '0'+kind) >= 0 {
			at += int(min(number(), 1<<20))
		}
	}
	return min(at, len(data))
}

// addLoaded puts the headers of sections with addresses in front, with the same indexes as in the file, and adds the
// symbols that have one of names or belong to .BTF_ids.
func (c *cutter) addLoaded(names map[string]bool) error {
	var loaded []newSection
	for _, s := range c.f.Sections[1:] {
		if s.Flags&elf.SHF_ALLOC == 0 {
			break
		}
		n := newSection{s.SectionHeader, nil}
		n.Type, n.Link, n.Info = elf.SHT_NOBITS, 0, 0
		if s.Name == ".BTF" {
			n.Name = ".BTF.full"
		}
		if s.Name == ".BTF_ids" {
			var err error
			if n.data, err = s.Data(); err != nil {
				return err
			}
			n.Type = s.Type
		}
		loaded = append(loaded, n)
	}
	all, err := c.f.Symbols()
	if err != nil {
		return err
	}
	symbols, text := make([]byte, 24), []byte{0}
	for _, s := range all {
		if !names[s.Name] && !strings.HasPrefix(s.Name, "__BTF_ID__") || s.Name == "" || int(s.Section) > len(loaded) {
			continue
		}
		var b [24]byte
		binary.LittleEndian.PutUint32(b[:], uint32(len(text)))
		b[4], b[5] = s.Info, s.Other
		binary.LittleEndian.PutUint16(b[6:], uint16(s.Section))
		binary.LittleEndian.PutUint64(b[8:], s.Value)
		binary.LittleEndian.PutUint64(b[16:], s.Size)
		symbols = append(symbols, b[:]...)
		text = append(append(text, s.Name...), 0)
	}
	c.sections = append(loaded, c.sections...)
	link := uint32(len(c.sections) + 2)
	c.sections = append(c.sections,
		newSection{elf.SectionHeader{Name: ".symtab", Type: elf.SHT_SYMTAB, Link: link, Info: 1, Entsize: 24}, symbols},
		newSection{elf.SectionHeader{Name: ".strtab", Type: elf.SHT_STRTAB}, text})
	return nil
}

// writeELF writes a file with these sections after the one of index 0, and one with their names.
func writeELF(head elf.FileHeader, sections []newSection) []byte {
	names := []byte{0}
	out := make([]byte, 64)
	var headers bytes.Buffer
	headers.Write(make([]byte, 64))
	sections = append(slices.Clone(sections), newSection{elf.SectionHeader{Name: ".shstrtab", Type: elf.SHT_STRTAB}, nil})
	for i, s := range sections {
		h := elf.Section64{
			Name: uint32(len(names)), Type: uint32(s.Type), Flags: uint64(s.Flags), Addr: s.Addr, Size: s.Size,
			Link: s.Link, Info: s.Info, Addralign: 1, Entsize: s.Entsize,
		}
		names = append(append(names, s.Name...), 0)
		if i == len(sections)-1 {
			s.data = names
		}
		for len(out)%8 != 0 {
			out = append(out, 0)
		}
		h.Off = uint64(len(out))
		if s.Type != elf.SHT_NOBITS {
			h.Size = uint64(len(s.data))
			out = append(out, s.data...)
		}
		binary.Write(&headers, binary.LittleEndian, &h) // a bytes.Buffer takes everything
	}
	for len(out)%8 != 0 {
		out = append(out, 0)
	}
	h := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(head.Machine), Version: 1, Shoff: uint64(len(out)), Ehsize: 64, Phentsize: 56,
		Shentsize: 64, Shnum: uint16(len(sections) + 1), Shstrndx: uint16(len(sections)),
	}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_DATA], h.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1
	var first bytes.Buffer
	binary.Write(&first, binary.LittleEndian, &h)
	copy(out, first.Bytes())
	return append(out, headers.Bytes()...)
}
