package reloc

import (
	"bytes"
	"debug/elf"
	"testing"

	"github.com/gopahole/gopahole/elffile"
)

// FuzzRelocate relocates a section with any entries. What a section says when it is read as a whole, it says when it is
// read in pieces, and what cannot be right is an error.
func FuzzRelocate(f *testing.F) {
	known := []elf.Machine{elf.EM_X86_64, elf.EM_386, elf.EM_RISCV, elf.EM_MIPS, elf.EM_S390, elf.EM_LOONGARCH, elf.EM_SH, elf.EM_RL78, elf.EM_MSP430}
	const class32, big, rela, crel = 1, 2, 4, 8
	for machine, m := range known {
		o := object{machine: m}
		f.Add(o.relocations(true, relocation{0, 1, 1, 8}, relocation{8, 2, 10, 4}, relocation{4, 3, 35, 1},
			relocation{4, 1, 39, 6}), make([]byte, 32), uint8(machine), uint8(rela), uint16(3), uint8(9))
		o.class32 = true
		f.Add(o.relocations(false, relocation{1, 2, 1, 0}, relocation{12, 3, 2, 0}), make([]byte, 32), uint8(machine), uint8(class32), uint16(3), uint8(9))
		f.Add(o.crel(true, 0, relocation{0, 1, 1, 8}, relocation{8, 2, 10, 4}, relocation{8, 2, 2, 4}),
			make([]byte, 32), uint8(machine), uint8(crel), uint16(3), uint8(9))
		f.Add(o.crel(false, 1, relocation{4, 2, 2, 0}, relocation{12, 3, 1, 0}), make([]byte, 32), uint8(machine), uint8(crel|class32), uint16(3), uint8(9))
	}
	f.Fuzz(func(t *testing.T, rels, data []byte, machine, flags uint8, at uint16, n uint8) {
		o := section(known[int(machine)%len(known)], flags&class32 != 0, flags&big != 0, flags&rela != 0, data)
		o.sections[2].data = rels
		if flags&crel != 0 {
			o.sections[2].typ = elffile.SHTCREL
		}
		s, err := o.target(t)
		if err != nil || s == nil {
			return
		}
		whole, err := s.Data()
		if err != nil {
			return
		}
		off := min(int(at), len(data))
		p := make([]byte, min(int(n), len(data)-off))
		if err := s.ReadAt(p, uint64(off)); err != nil {
			t.Fatalf("%d bytes at %#x: %v", len(p), off, err)
		}
		if want := whole[off : off+len(p)]; !bytes.Equal(p, want) && !overlapping(t, s) {
			t.Fatalf("%d bytes at %#x: %x, want %x", len(p), off, p, want)
		}
	})
}

// overlapping reports whether fields overlap without being the same. Then the result depends on where a reader begins;
// no assembler writes this.
func overlapping(t *testing.T, s *Section) bool {
	t.Helper()
	last := entry{}
	end := uint64(0)
	b := new(block)
	l := s.lists[0]
	for i := range l.blocks {
		entries, err := l.block(b, i)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if int(e.typ) >= len(s.f.rules) || s.f.rules[e.typ].op == opLeave {
				continue
			}
			if e.off < end && (e.off != last.off || s.f.rules[e.typ].size != s.f.rules[last.typ].size) {
				return true
			}
			if s.f.rules[e.typ].op >= opStacked {
				continue // without a field of its own, or for that of others
			}
			last, end = e, max(end, e.off+uint64(s.f.rules[e.typ].size))
		}
	}
	return false
}
