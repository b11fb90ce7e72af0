package reloc

import (
	"bytes"
	"debug/elf"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/elffile"
)

// section describes a section .debug_info with relocations, after .text. Symbol 1 is .text, 2 a function there at
// 0x40, 3 .debug_info, 4 undefined, 5 absolute, 6 common, 7 in a section that does not exist, 8 to 10 in
// sections that belong to the machine.
func section(machine elf.Machine, class32, big, rela bool, data []byte, list ...relocation) *object {
	o := &object{machine: machine, class32: class32, big: big, symbols: []objSymbol{
		{shndx: 1}, {value: 0x40, shndx: 1}, {shndx: 2}, {value: 0x99}, {value: 0x1234, shndx: elf.SHN_ABS}, {value: 16, shndx: elf.SHN_COMMON}, {shndx: 77},
		{value: 32, shndx: 0xff02}, {value: 0x30, shndx: 0xff00}, {value: 8, shndx: 0xff04},
	}}
	typ, name := elf.SHT_RELA, ".rela.debug_info"
	if !rela {
		typ, name = elf.SHT_REL, ".rel.debug_info"
	}
	o.sections = []objSection{
		{name: ".text", flags: elf.SHF_ALLOC, size: 0x100, typ: elf.SHT_NOBITS},
		{name: ".debug_info", data: data},
		{name: name, typ: typ, info: 2, data: o.relocations(rela, list...)},
	}
	return o
}

// target opens the section that o relocates.
func (o *object) target(t testing.TB) (*Section, error) {
	t.Helper()
	f := o.open(t)
	addrs, err := Layout(f)
	if err != nil {
		return nil, err
	}
	r, err := newFile(f, addrs)
	if err != nil {
		return nil, err
	}
	return r.Section(&f.Sections[2])
}

func TestApply(t *testing.T) {
	le, be := false, true
	for _, tc := range []struct {
		name    string
		machine elf.Machine
		class32 bool
		big     bool
		rela    bool
		data    string // hexadecimal
		list    []relocation
		want    string
	}{
		{"no relocation", elf.EM_X86_64, false, le, true, "1122", []relocation{{0, 7, 0, 5}}, "1122"},
		{"64 bits: what the field holds does not count", elf.EM_X86_64, false, le, true, "1111111111111111", []relocation{{0, 2, 1, 2}}, "4200010000000000"},
		{"32 bits between other bytes", elf.EM_X86_64, false, le, true, "ffffffffffff", []relocation{{1, 2, 10, 2}}, "ff42000100ff"},
		{"negative addend", elf.EM_X86_64, false, le, true, "00000000", []relocation{{0, 3, 10, -2}}, "feffffff"},
		{"8 and 16 bits", elf.EM_X86_64, false, le, true, "000000", []relocation{{0, 2, 14, 1}, {1, 2, 12, 1}}, "414100"},
		{"no symbol: the addend", elf.EM_X86_64, false, le, true, "00000000", []relocation{{0, 0, 10, 7}}, "07000000"},
		{"undefined symbol: nothing", elf.EM_X86_64, false, le, true, "11111111", []relocation{{0, 4, 10, 7}}, "11111111"},
		{"absolute symbol", elf.EM_X86_64, false, le, true, "00000000", []relocation{{0, 5, 10, 1}}, "35120000"},
		{"common symbol: its value is an alignment", elf.EM_X86_64, false, le, true, "00000000", []relocation{{0, 6, 10, 1}}, "01000000"},
		{"offset of a thread-local variable", elf.EM_X86_64, false, le, true, "2222222222222222", []relocation{{0, 2, 17, 1}}, "2222222222222222"},
		{"out of order", elf.EM_X86_64, false, le, true, "0000000000000000", []relocation{{4, 0, 10, 4}, {0, 0, 10, 1}}, "0100000004000000"},
		{"twice", elf.EM_X86_64, false, le, true, "00000000", []relocation{{0, 0, 10, 4}, {0, 0, 10, 1}}, "01000000"},
		{"x32: 64 bits", elf.EM_X86_64, true, le, true, "1111111111111111", []relocation{{0, 2, 1, 2}}, "4200010000000000"},
		{"i386: the field holds the addend", elf.EM_386, true, le, false, "02000000", []relocation{{0, 2, 1, 0}}, "42000100"},
		{"the addend is negative", elf.EM_386, true, le, false, "ffffffff", []relocation{{0, 2, 1, 0}}, "3f000100"},
		{"arm, big-endian", elf.EM_ARM, true, be, false, "00000002", []relocation{{0, 2, 2, 0}}, "00010042"},
		{"aarch64", elf.EM_AARCH64, false, le, true, "000000000000000000000000", []relocation{{0, 2, 257, 0}, {8, 3, 258, 9}}, "400001000000000009000000"},
		{"ppc64", elf.EM_PPC64, false, be, true, "000000000000000000000000", []relocation{{0, 2, 38, 0}, {8, 3, 1, 9}}, "000000000001004000000009"},
		{"ppc", elf.EM_PPC, true, be, true, "00000000", []relocation{{0, 2, 1, 0}}, "00010040"},
		{"s390", elf.EM_S390, false, be, true, "000000000000000000000000", []relocation{{0, 2, 22, 0}, {8, 3, 4, 9}}, "000000000001004000000009"},
		{"mips without addends", elf.EM_MIPS, true, be, false, "00000001", []relocation{{0, 2, 2, 0}}, "00010041"},
		{"mips64, big-endian", elf.EM_MIPS, false, be, true, "000000000000000000000000", []relocation{{0, 2, 18, 1}, {8, 3, 2, 9}}, "000000000001004100000009"},
		{"mips64, little-endian", elf.EM_MIPS, false, le, true, "000000000000000000000000",
			[]relocation{{0, 2, 18, 1}, {8, 3, 2, 9}}, "410001000000000009000000"},
		{"sparc, unaligned", elf.EM_SPARCV9, false, be, true, "000000000000000000000000",
			[]relocation{{0, 2, 54, 1}, {8, 3, 23, 9}}, "000000000001004100000009"},
		{"riscv: a difference is an addition and a subtraction", elf.EM_RISCV, false, le, true, "03000000",
			[]relocation{{0, 2, 35, 0x20}, {0, 1, 39, 0x10}}, "53000000"},
		{"in 16 and 64 bits", elf.EM_RISCV, false, le, true, "00000000000000000000",
			[]relocation{{0, 2, 34, 4}, {0, 2, 38, 1}, {2, 1, 36, 9}, {2, 1, 40, 10}}, "0300ffffffffffffffff"},
		{"in LEB128: nothing", elf.EM_RISCV, false, le, true, "8000", []relocation{{0, 2, 60, 4}, {0, 2, 61, 1}}, "8000"},
		{"the field holds an addend, too", elf.EM_SH, true, le, true, "02000000", []relocation{{0, 2, 1, 1}}, "43000100"},
		{"superh without addends", elf.EM_SH, true, le, false, "02000000", []relocation{{0, 2, 1, 0}}, "42000100"},
		{"xtensa: one type with, one without", elf.EM_XTENSA, true, le, true, "0200000002000000",
			[]relocation{{0, 2, 1, 1}, {4, 2, 64, 1}}, "4300010041000100"},
		{"24 bits", elf.EM_Z80, true, le, true, "11111111", []relocation{{0, 2, 5, 1}}, "41000111"},
		{"24 bits, big-endian", elf.EM_68HC11, true, be, true, "11111111", []relocation{{1, 2, 11, 1}}, "11010041"},
		{"ilp32", elf.EM_AARCH64, true, le, true, "00000000", []relocation{{0, 2, 1, 1}}, "41000100"},
		{"numbers that depend on the order", elf.EM_IA_64, false, be, true, "0000000000000000", []relocation{{0, 2, 36, 1}}, "0001004100000000"},
		{"an older number of the machine", 0x1057, true, le, true, "00000000", []relocation{{0, 2, 1, 1}}, "41000100"},
		{"symbol in a reserved section: common", elf.EM_X86_64, false, le, true, "00000000", []relocation{{0, 8, 10, 1}}, "01000000"},
		{"allocated common of MIPS", elf.EM_MIPS, true, be, false, "00000001", []relocation{{0, 9, 2, 0}}, "00000031"},
		{"the same of others", elf.EM_X86_64, false, le, true, "00000000", []relocation{{0, 9, 10, 1}}, "01000000"},
		{"undefined of MIPS", elf.EM_MIPS, true, be, false, "00000001", []relocation{{0, 10, 2, 0}}, "00000001"},
		{"loongarch", elf.EM_LOONGARCH, false, le, true, "0000000000000000", []relocation{{0, 2, 1, 0}, {4, 2, 50, 4}, {4, 2, 55, 1}}, "4000010003000000"},
	} {
		data, err := hex.DecodeString(tc.data)
		if err != nil {
			t.Fatal(err)
		}
		s, err := section(tc.machine, tc.class32, tc.big, tc.rela, data, tc.list...).target(t)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		got, err := s.Data()
		if err != nil || hex.EncodeToString(got) != tc.want {
			t.Errorf("%s: %x, %v, want %s", tc.name, got, err, tc.want)
		}
	}
}

// TestMachines checks that each machine has types for what every object with DWARF needs.
func TestMachines(t *testing.T) {
	all := map[elf.Machine]types{}
	for m := range elf.Machine(math.MaxUint16) {
		if t := machineTypes(m); t != nil {
			all[m] = t
		}
	}
	if len(all) < 20 {
		t.Fatalf("%d machines", len(all))
	}
	for m, types := range others() {
		if all[m] != nil {
			t.Errorf("%v is in two tables", m)
		}
		all[m] = types
	}
	all[1<<15] = msp430X
	for m, types := range all {
		sizes := map[uint8]bool{}
		for typ, r := range types {
			if r == (rule{}) {
				continue
			}
			needs := r.op == opSet || r.op.inPlace() || r.op == opStore
			if needs != (r.size == 1 || r.size == 2 || r.size == 3 || r.size == 4 || r.size == 8) || r.op == opUnknown && typ != 0 {
				t.Errorf("%v: type %d: %+v", m, typ, r)
			}
			if r.op == opSet || r.op == opInPlace {
				sizes[r.size] = true
			}
		}
		if !sizes[4] {
			t.Errorf("%v: nothing for an offset of 4 bytes", m)
		}
	}
	for m, same := range sameAs() {
		if all[same] == nil || all[m] != nil {
			t.Errorf("%v is said to be %v", m, same)
		}
	}
}

// TestWindows reads a section in pieces, which cut fields in two.
func TestWindows(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, inOrder := range []bool{true, false} {
		for _, n := range []int{1, 50, 3000} { // more than a block
			data := make([]byte, 16*n)
			for i := range data {
				data[i] = byte(rnd.Uint32())
			}
			var list []relocation
			for i := range n {
				off := uint64(i*16 + rnd.IntN(8))
				list = append(list, []relocation{{off, 2, 2, rnd.Int64()}, {off, 2, 1, 7}, {off, 2, 56, 7}, {off, 2, 34, 9}}[rnd.IntN(4)])
				if i%7 == 0 { // at one place, and in order
					list = append(list, relocation{off, 2, 35, 100}, relocation{off, 2, 39, 77})
				}
			}
			if !inOrder {
				// Pieces of it, as several assemblers might write it.
				third := len(list) / 3
				list = append(list[2*third:len(list):len(list)], list[:2*third]...)
			}
			s, err := section(elf.EM_RISCV, false, false, true, data, list...).target(t)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := s.Data()
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Equal(whole, data) {
				t.Fatal("nothing was relocated")
			}
			for range 2000 {
				off := rnd.IntN(len(data))
				p := make([]byte, rnd.IntN(min(len(data)-off, 1+rnd.IntN(50_000))+1))
				if err := s.ReadAt(p, uint64(off)); err != nil {
					t.Fatal(err)
				}
				if want := whole[off : off+len(p)]; !bytes.Equal(p, want) {
					t.Fatalf("%d entries, in order %v: %d bytes at %#x: %x\nwant %x", len(list), inOrder, len(p), off, p, want)
				}
			}
		}
	}
}

// Sections are read in turn, and have the same blocks with other entries.
func TestSectionsInTurn(t *testing.T) {
	data := make([]byte, 64)
	var sections []*Section
	for addend := range int64(3) {
		s, err := section(elf.EM_X86_64, false, false, true, data, relocation{8, 2, 1, addend}, relocation{40, 2, 1, 7 + addend}).target(t)
		if err != nil {
			t.Fatal(err)
		}
		sections = append(sections, s)
	}
	for range 3 {
		for _, at := range []uint64{0, 32} {
			var first byte
			for i, s := range sections {
				p := make([]byte, 32)
				if err := s.ReadAt(p, at); err != nil {
					t.Fatal(err)
				}
				if i == 0 {
					first = p[8]
				} else if p[8] != first+byte(i) {
					t.Errorf("section %d at %d: %x, the first has %x", i, at, p[8], first)
				}
			}
		}
	}
}

// TestHasty reads sections whose relocations are taken to be in order.
func TestHasty(t *testing.T) {
	defer func(n int) { HastyBlocks = n }(HastyBlocks)
	HastyBlocks = 2
	const n = 5 * blockLen / 2
	data := make([]byte, 16*n)
	ordered := make([]relocation, n)
	for i := range ordered {
		ordered[i] = relocation{uint64(16 * i), 2, 1, int64(i)}
	}
	swapped := func(i, k int) []relocation {
		list := slices.Clone(ordered)
		list[i], list[k] = list[k], list[i]
		return list
	}
	for _, c := range []struct {
		name      string
		list      []relocation
		read, end error // of ReadAt of the second half, and of CheckOrder
	}{
		{"in order", ordered, nil, nil},
		{"in what is read", swapped(2*n/3, 2*n/3+5), ErrOrder, ErrOrder},
		{"in what is not read", swapped(7, 8), nil, ErrOrder},
		{"in another block", swapped(9, n-9), ErrOrder, ErrOrder},
		{"the first of a block", swapped(blockLen, 4), nil, nil}, // which is seen at once, like the next
		{"the last of all", swapped(n-1, 4), nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			open := func(hasty bool) (*File, *Section) {
				o := section(elf.EM_X86_64, false, false, true, data, c.list...)
				f := o.open(t)
				addrs, err := Layout(f)
				if err != nil {
					t.Fatal(err)
				}
				r, err := newFile(f, addrs)
				if err != nil {
					t.Fatal(err)
				}
				r.Hasty = hasty
				s, err := r.Section(f.Section(".debug_info"))
				if err != nil {
					t.Fatal(err)
				}
				return r, s
			}
			_, eager := open(false)
			want, err := eager.Data()
			if err != nil {
				t.Fatal(err)
			}
			f, s := open(true)
			got := make([]byte, len(data)/2)
			if err := s.ReadAt(got, uint64(len(data)/2)); err != c.read {
				t.Fatalf("ReadAt: %v, want %v", err, c.read)
			} else if c.end == nil && !bytes.Equal(got, want[len(data)/2:]) {
				t.Error("other bytes")
			}
			if err := f.CheckOrder(); err != c.end {
				t.Errorf("CheckOrder: %v, want %v", err, c.end)
			}
		})
	}
}

func TestNoRelocations(t *testing.T) {
	o := section(elf.EM_X86_64, false, false, true, make([]byte, 8))
	if s, err := o.target(t); s != nil || err != nil {
		t.Errorf("%v, %v", s, err)
	}
	// Those of another section.
	o = section(elf.EM_X86_64, false, false, true, make([]byte, 8), relocation{0, 1, 1, 0})
	o.sections[2].info = 1
	if s, err := o.target(t); s != nil || err != nil {
		t.Errorf("%v, %v", s, err)
	}
}

func TestErrors(t *testing.T) {
	x86 := func(list ...relocation) *object {
		return section(elf.EM_X86_64, false, false, true, make([]byte, 16), list...)
	}
	with := func(o *object, change func(*object)) *object {
		change(o)
		return o
	}
	for _, tc := range []struct {
		name string
		o    *object
		want string
	}{
		{"unknown type", x86(relocation{4, 1, 2, 0}), ".debug_info+0x4: .rela.debug_info: unknown relocation type 2 of machine EM_X86_64"},
		{"large type", x86(relocation{4, 1, 1 << 31, 0}), "unknown relocation type 2147483648"},
		{"addition without addend", section(elf.EM_RISCV, false, false, false, make([]byte, 16),
			relocation{0, 1, 35, 0}), ".rel.debug_info: unknown relocation type 35"},
		{"several types in one, mips64", section(elf.EM_MIPS, false, false, true, make([]byte, 16),
			relocation{0, 1, 18<<8 | 18, 0}), "unknown relocation type 4626"},
		{"symbol out of range", x86(relocation{4, 11, 10, 0}), ".debug_info+0x4: .rela.debug_info: symbol 11 of 11"},
		{"symbol in no section", x86(relocation{4, 7, 10, 0}), "symbol 7 is in a section that does not exist"},
		{"past the section", x86(relocation{16, 1, 10, 0}), ".rela.debug_info+0x0: a relocation is for offset 0x10 of .debug_info, which has 16 bytes"},
		{"far past it", x86(relocation{^uint64(0), 1, 10, 0}), "offset 0xffffffffffffffff of .debug_info"},
		{"across the end", x86(relocation{9, 1, 1, 0}), ".debug_info+0x9: .rela.debug_info: the field has 8 bytes, the section has only 7 more"},
		{"half an entry", with(x86(relocation{0, 1, 10, 0}),
			func(o *object) { o.sections[2].data = o.sections[2].data[:23] }),
			".rela.debug_info+0x0: the section ends inside a relocation"},
		{"half an entry at the end", with(x86(relocation{0, 1, 10, 0}, relocation{4, 1, 10, 0}),
			func(o *object) { o.sections[2].data = o.sections[2].data[:47] }),
			".rela.debug_info+0x18: the section ends inside a relocation"},
		{"entries of another size", with(x86(relocation{0, 1, 10, 0}), func(o *object) { o.sections[2].entsize = 8 }),
			".rela.debug_info+0x0: relocations of 8 bytes each, 24 are usual here"},
		{"a section of a type that is not known, by its number", with(x86(relocation{0, 1, 10, 0}), func(o *object) {
			o.sections[2] = objSection{name: ".x", typ: 0x60000007, info: 2, flags: elf.SHF_INFO_LINK, data: []byte{1}}
		}), ".x+0x0: relocations of .debug_info in a section of type 0x60000007, which is not known"},
		{"by number and symbols", with(x86(relocation{0, 1, 10, 0}), func(o *object) {
			o.sections[2] = objSection{name: ".x", typ: 0x20, info: 2, link: 4, data: []byte{1}}
		}), "in a section of type 0x20"},
		{"by its name", with(x86(relocation{0, 1, 10, 0}), func(o *object) {
			o.sections[2] = objSection{name: ".crel.debug_info", data: []byte{1}}
		}), ".crel.debug_info+0x0: relocations of .debug_info in a section of type 0x1"},
		{"a reserved section number", with(x86(relocation{0, 1, 10, 0}),
			func(o *object) { o.symbols[0].shndx = 0xff40 }),
			"symbol 1 has a reserved section number without a known meaning"},
		{"another symbol table", with(x86(relocation{0, 1, 10, 0}), func(o *object) { o.sections[2].link = 1 }),
			"the symbols are said to be in section 1, which is not the symbol table"},
		{"unknown machine", section(elf.EM_VPP500, true, false, true, make([]byte, 16), relocation{0, 1, 1, 0}),
			"relocations of machine EM_VPP500 are not supported: encode a file in which they were applied, that is, the linked one"},
		{"as many as there is no need for", section(elf.EM_X86_64, false, false, true, make([]byte, 4000),
			slices.Repeat([]relocation{{1000, 1, 10, 0}}, blockLen+1)...),
			".rela.debug_info+0x0: more than 1024 relocations within 512 bytes of .debug_info, at 0x3e8"},
		{"the same, out of order", section(elf.EM_X86_64, false, false, true, make([]byte, 4000),
			slices.Repeat([]relocation{{1000, 1, 10, 0}, {999, 1, 10, 0}}, blockLen)...),
			"more than 1024 relocations within 512 bytes of .debug_info, at 0x3e7"},
		{"odd alignment", with(x86(relocation{0, 1, 10, 0}), func(o *object) { o.sections[0].align = 12 }), ".text+0x0: alignment 0xc is no power of two"},
	} {
		s, err := tc.o.target(t)
		if err == nil {
			_, err = s.Data()
		}
		if err == nil || !strings.HasPrefix(err.Error(), "test.o: ") || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", tc.name, err, tc.want)
		}
		if fe, ok := err.(*elffile.FormatError); !ok || fe.Section == "" {
			t.Errorf("%s: %#v is no error about a section", tc.name, err)
		}
	}
}

// TestUntouched checks that an entry which nobody asks for is no error: one unit of many may have it.
func TestUntouched(t *testing.T) {
	s, err := section(elf.EM_X86_64, false, false, true, make([]byte, 16), relocation{0, 0, 10, 3}, relocation{8, 1, 2, 0}).target(t)
	if err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 8)
	if err := s.ReadAt(p, 0); err != nil || p[0] != 3 {
		t.Errorf("%x, %v", p, err)
	}
	if err := s.ReadAt(p, 8); err == nil {
		t.Error("no error")
	}
	if err := s.ReadAt(p, 9); err == nil || !strings.Contains(err.Error(), "8 bytes wanted here") {
		t.Errorf("past the end: %v", err)
	}
}

func TestReferencesToMergedStrings(t *testing.T) {
	const names = "int\x00list\x00int\x00"
	o := section(elf.EM_X86_64, false, false, true, make([]byte, 24), relocation{0, 11, 10, 0},
		relocation{4, 11, 10, 9}, relocation{8, 11, 10, 6}, relocation{16, 11, 10, 13})
	o.sections = append(o.sections, objSection{name: ".debug_str", data: []byte(names)})
	o.symbols = append(o.symbols, objSymbol{shndx: 4})
	f := o.open(t)
	r, err := newFileWith(f, make([]uint64, len(f.Sections)), &f.Sections[4])
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Section(&f.Sections[2])
	if err != nil {
		t.Fatal(err)
	}
	strs := merge(t, names)
	r.MergeStrings(strs)
	p := make([]byte, 16)
	if err := s.ReadAt(p, 0); err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := 0; i < 12; i += 4 {
		text, _ := strs.Text(uint64(p[i]))
		got = append(got, strings.Split(string(text), "\x00")[0])
	}
	if p[0] != p[4] || got[0] != "int" || got[2] != "st" || p[12] != 0 {
		t.Errorf("%x: %q", p, got)
	}
	if err := s.ReadAt(p[:4], 16); err == nil || !strings.Contains(err.Error(), ".debug_info+0x10: .rela.debug_info: no string at offset 0xd of its section") {
		t.Error(err)
	}
}
