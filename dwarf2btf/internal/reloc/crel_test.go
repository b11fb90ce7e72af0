package reloc

import (
	"bytes"
	"debug/elf"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/elffile"
)

// compact makes the relocations of a section compact ones.
func (o *object) compact(data []byte) *object {
	o.sections[2].name, o.sections[2].typ, o.sections[2].data = ".crel.debug_info", elffile.SHTCREL, data
	return o
}

// TestCREL has entries as bytes, written by hand after the definition.
func TestCREL(t *testing.T) {
	for _, tc := range []struct {
		name    string
		machine elf.Machine
		class32 bool
		crel    string // hexadecimal
		data    string
		want    string
	}{
		{"offset, symbol, type and addend", elf.EM_X86_64, false, "0c" + "0f" + "02" + "0a" + "02", "ffffffffffff", "ff42000100ff"},
		{"the second differs in its offset only", elf.EM_X86_64, false, "14" + "07" + "02" + "0a" + "02" + "20", "0000000000000000", "4200010042000100"},
		{"a negative difference of the addend", elf.EM_X86_64, false, "14" + "07" + "02" + "0a" + "02" + "24" + "7f", "0000000000000000", "4200010041000100"},
		{"of the symbol", elf.EM_X86_64, false, "14" + "07" + "02" + "0a" + "02" + "21" + "7f", "0000000000000000", "4200010002000100"},
		{"the field holds the addend", elf.EM_386, true, "08" + "03" + "02" + "01", "02000000", "42000100"},
		{"offsets in units of 4 bytes", elf.EM_X86_64, false, "0e" + "0f" + "02" + "0a" + "02", "ffffffffffffffff", "ffffffff42000100"},
		{"an offset that needs more than its bits", elf.EM_X86_64, false, "0c" + "8f" + "01" + "02" + "0a" + "02",
			strings.Repeat("00", 21), strings.Repeat("00", 17) + "42000100"},
		{"no entry", elf.EM_X86_64, false, "04", "ffff", "ffff"},
		{"a number longer than it must be", elf.EM_X86_64, false, "8c00" + "07" + "8200" + "0a" + "82808000", "00000000", "42000100"},
		{"of 10 bytes", elf.EM_X86_64, false, "0c" + "07" + "02" + "0a" + "feffffffffffffffff7f", "00000000", "3e000100"},
	} {
		data, err := hex.DecodeString(tc.data)
		if err != nil {
			t.Fatal(err)
		}
		crel, err := hex.DecodeString(tc.crel)
		if err != nil {
			t.Fatal(err)
		}
		s, err := section(tc.machine, tc.class32, false, true, data).compact(crel).target(t)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if got, err := s.Data(); err != nil || hex.EncodeToString(got) != tc.want {
			t.Errorf("%s: %x, %v, want %s", tc.name, got, err, tc.want)
		}
	}
}

func TestCRELErrors(t *testing.T) {
	for _, tc := range []struct{ name, crel, want string }{
		{"a count without an end", "80", ".crel.debug_info+0x0: the number of relocations does not end"},
		{"a count of more than 64 bits", "8480808080808080808001", "the number of relocations does not end"},
		{"more than there are bytes", "1c07", "3 relocations are said to be in 1 bytes"},
		{"far more", "fcffffffffffffffff0107", "2305843009213693951 relocations are said to be in 1 bytes"},
		{"an entry without an end", "0c8f", ".crel.debug_info+0x1: relocation 0 of 1 does not end"},
		{"a number without an end", "0c07020a80", "relocation 0 of 1 does not end"},
		{"more bytes", "0c07020a0000", ".crel.debug_info+0x5: 1 bytes after the last relocation"},
		{"past the section", "0cff01020a00", "a relocation is for offset 0x1f of .debug_info, which has 16 bytes"},
		{"an unknown type", "0c07020200", ".debug_info+0x0: .crel.debug_info: unknown relocation type 2"},
	} {
		crel, err := hex.DecodeString(tc.crel)
		if err != nil {
			t.Fatal(err)
		}
		s, err := section(elf.EM_X86_64, false, false, true, make([]byte, 16)).compact(crel).target(t)
		if err == nil {
			_, err = s.Data()
		}
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", tc.name, err, tc.want)
		}
	}
}

// TestCRELLikeRELA writes the same relocations in both forms.
func TestCRELLikeRELA(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 3 * blockLen, 20 * blockLen} {
		for _, inOrder := range []bool{true, false} {
			data := make([]byte, 16*n)
			var list []relocation
			for i := range n {
				list = append(list, relocation{uint64(i*16 + 4*rnd.IntN(3)), []uint32{1, 2, 5}[rnd.IntN(3)],
					[]uint32{1, 10, 12, 14}[rnd.IntN(4)], rnd.Int64() >> rnd.IntN(64)})
			}
			if !inOrder {
				rnd.Shuffle(n, func(i, k int) { list[i], list[k] = list[k], list[i] })
			}
			o := section(elf.EM_X86_64, false, false, true, data, list...)
			s, err := o.target(t)
			if err != nil {
				t.Fatal(err)
			}
			want, err := s.Data()
			if err != nil {
				t.Fatal(err)
			}
			s, err = o.compact(o.crel(true, 2, list...)).target(t)
			if err != nil {
				t.Fatal(err)
			}
			for range 200 {
				off := rnd.IntN(len(data))
				p := make([]byte, rnd.IntN(len(data)-off)+1)
				if err := s.ReadAt(p, uint64(off)); err != nil || !bytes.Equal(p, want[off:off+len(p)]) {
					t.Fatalf("%d entries, in order %v: %d bytes at %#x: %v", n, inOrder, len(p), off, err)
				}
			}
		}
	}
}

// TestSeveralLists has relocations of one section in several ones, which are applied in their order.
func TestSeveralLists(t *testing.T) {
	o := section(elf.EM_MIPS, true, true, true, []byte{0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4}, relocation{0, 2, 2, 16}, relocation{8, 2, 2, 32})
	more := objSection{name: ".rel.debug_info", typ: elf.SHT_REL, info: 2, data: o.relocations(false, relocation{4, 2, 2, 0}, relocation{8, 2, 2, 0})}
	compact := objSection{name: ".crel.debug_info", typ: elffile.SHTCREL, info: 2, data: o.crel(false, 2, relocation{12, 2, 2, 0})}
	o.sections = append(o.sections, more, compact)
	s, err := o.target(t)
	if err != nil {
		t.Fatal(err)
	}
	const want = "00010050" + "00010042" + "000200a0" + "00010044"
	if got, err := s.Data(); err != nil || hex.EncodeToString(got) != want {
		t.Errorf("%x, %v, want %s", got, err, want)
	}
	for off := range 16 { // which cuts fields
		p := make([]byte, 16-off)
		if err := s.ReadAt(p, uint64(off)); err != nil || hex.EncodeToString(p) != want[2*off:] {
			t.Errorf("from %d on: %x, %v", off, p, err)
		}
	}
}

func TestComputations(t *testing.T) {
	// Symbol 1 is .text, at 0x10000; 2 a function there at 0x40.
	for _, tc := range []struct {
		name    string
		machine elf.Machine
		list    []relocation
		want    string // or the error
	}{
		{"rl78: a difference", elf.EM_RL78, []relocation{{4, 2, 0x80, 8}, {4, 1, 0x80, 0}, {4, 0, 0x83, 0}, {4, 0, 0x41, 0}}, "0000000048000000"},
		{"a sum", elf.EM_RX, []relocation{{4, 5, 0x80, 8}, {4, 5, 0x80, 0}, {4, 0, 0x82, 0}, {4, 0, 0x43, 0}}, "0000000070240000"},
		{"a negative", elf.EM_RX, []relocation{{4, 5, 0x80, 0}, {4, 0, 0x81, 0}, {4, 0, 0x46, 0}}, "00000000cc000000"},
		{"two fields", elf.EM_RL78, []relocation{{0, 2, 0x80, 8}, {0, 1, 0x80, 0}, {0, 0, 0x83, 0}, {0, 0, 0x41, 0},
			{4, 2, 0x80, 9}, {4, 1, 0x80, 0}, {4, 0, 0x83, 0}, {4, 0, 0x41, 0}}, "4800000049000000"},
		{"v850", elf.EM_V850, []relocation{{4, 2, 0xe0, 8}, {4, 1, 0xe0, 0}, {4, 0, 0xe2, 0}, {4, 0, 0xa0, 0}}, "0000000048000000"},
		{"mn10300", elf.EM_MN10300, []relocation{{4, 1, 33, 0}, {4, 2, 1, 8}}, "0000000048000000"},
		{"an address after it", elf.EM_MN10300, []relocation{{0, 1, 33, 0}, {0, 2, 1, 8}, {4, 2, 1, 1}}, "4800000041000100"},
		{"msp430, EABI", elf.EM_MSP430, []relocation{{4, 1, 21, 0}, {4, 2, 2, 8}}, "0000000048000000"},
		{"no end", elf.EM_RL78, []relocation{{4, 2, 0x80, 8}}, ".debug_info+0x4: .rela.debug_info: the computation for this field has no end"},
		{"another field", elf.EM_RL78, []relocation{{0, 2, 0x80, 8}, {4, 2, 0x80, 8}},
			".debug_info+0x4: .rela.debug_info: the computation for offset 0x0 has no end"},
		{"too few values", elf.EM_RL78, []relocation{{4, 2, 0x80, 8}, {4, 0, 0x83, 0}}, "relocation type 131 with 1 values to compute with"},
		{"no value", elf.EM_RL78, []relocation{{4, 0, 0x41, 0}}, "relocation type 65 with 0 values to compute with"},
		{"too many values", elf.EM_RL78, []relocation{{4, 2, 0x80, 8}, {4, 2, 0x80, 8}, {4, 0, 0x41, 0}}, "relocation type 65 with 2 values to compute with"},
		{"an unknown computation", elf.EM_RL78, []relocation{{4, 2, 0x80, 8}, {4, 0, 0x84, 0}}, "unknown relocation type 132"},
	} {
		s, err := section(tc.machine, true, false, true, make([]byte, 8), tc.list...).target(t)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		got, err := s.Data()
		if err != nil {
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s: %v, want %s", tc.name, err, tc.want)
			}
		} else if hex.EncodeToString(got) != tc.want {
			t.Errorf("%s: %x, want %s", tc.name, got, tc.want)
		}
	}
}
