package die

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf/internal/reloc"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

// input is what a test reads units from.
type input struct {
	order                      binary.ByteOrder
	info, types, abbrev        []byte
	str, lineStr               []byte
	strOffsets, addr, rnglists []byte
}

// open reads the sections with DWARF of an ELF file. Sections that are absent
// are empty.
func open(t testing.TB, path string) *input {
	t.Helper()
	f, err := elffile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := &input{order: f.Order}
	read := f.SectionData
	if f.Type == elf.ET_REL {
		read = relocated(t, f)
	}
	for name, p := range map[string]*[]byte{
		".debug_info": &in.info, ".debug_types": &in.types, ".debug_abbrev": &in.abbrev,
		".debug_str": &in.str, ".debug_line_str": &in.lineStr,
		".debug_str_offsets": &in.strOffsets, ".debug_addr": &in.addr, ".debug_rnglists": &in.rnglists,
	} {
		s := f.Section(name)
		if s == nil || !s.HasData() {
			continue
		}
		data, err := read(s)
		if err != nil {
			t.Fatal(err)
		}
		*p = data
	}
	return in
}

// relocated returns what SectionData does, after relocation.
func relocated(t testing.TB, f *elffile.File) func(*elffile.Section) ([]byte, error) {
	t.Helper()
	addrs, err := reloc.Layout(f)
	if err != nil {
		t.Fatal(err)
	}
	r := reloc.NewFile(f, addrs, nil)
	if err := f.Symbols(func(sym elffile.Symbol) error { r.AddSymbol(&sym); return nil }); err != nil {
		t.Fatal(err)
	}
	return func(target *elffile.Section) ([]byte, error) {
		s, err := r.Section(target)
		switch {
		case err != nil:
			return nil, err
		case s == nil:
			return f.SectionData(target)
		}
		return s.Data()
	}
}

// build is open for a file from Go literals.
func build(t testing.TB, f *dwarftest.File) *input {
	t.Helper()
	return open(t, f.WriteFile(t, "a.elf"))
}

// readAt reads a section that is in memory.
func readAt(data []byte) func(p []byte, off uint64) error {
	return func(p []byte, off uint64) error {
		if off > uint64(len(data)) || uint64(len(p)) > uint64(len(data))-off {
			return fmt.Errorf("read of %d bytes at %#x: the section has %d", len(p), off, len(data))
		}
		copy(p, data[off:])
		return nil
	}
}

// units scans .debug_info, or .debug_types.
func (in *input) units(types bool) ([]Unit, error) {
	if types {
		return ScanUnits(".debug_types", uint64(len(in.types)), in.order, true, readAt(in.types))
	}
	return ScanUnits(".debug_info", uint64(len(in.info)), in.order, false, readAt(in.info))
}

// start compiles the abbreviations of a unit of .debug_info and places a cursor
// at its first DIE.
func (in *input) start(c *Cursor, t *Table, u *Unit) error {
	c.Big = in.order == binary.ByteOrder(binary.BigEndian)
	if u.AbbrevOff > uint64(len(in.abbrev)) {
		return errors.New("abbreviations are past the end of .debug_abbrev")
	}
	if err := t.Compile(in.abbrev[u.AbbrevOff:], u.AbbrevOff, u); err != nil {
		return err
	}
	c.Start(".debug_info", u, in.info[u.Offset:u.Offset+uint64(u.Len)], t)
	return nil
}

// walk calls entry for every DIE and null entry of a started unit, in order, with
// the attributes read. a is nil for null entries. An error is what a caller of
// the package would see.
func walk(c *Cursor, entry func(a *Abbrev)) (err error) {
	defer c.Guard(&err)
	for c.More() {
		a := c.Next()
		if a != nil {
			c.Attrs(a)
		}
		entry(a)
	}
	c.Stop()
	return nil
}

// first places a cursor at the first DIE of the only unit of a file.
func first(t testing.TB, in *input) *Cursor {
	t.Helper()
	units, err := in.units(false)
	if err != nil || len(units) == 0 {
		t.Fatalf("%d units, error %v", len(units), err)
	}
	c := new(Cursor)
	if err := in.start(c, new(Table), &units[0]); err != nil {
		t.Fatal(err)
	}
	return c
}
