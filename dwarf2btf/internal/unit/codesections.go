package unit

import (
	"cmp"
	"debug/elf"
	"slices"
	"sort"

	"github.com/gopahole/gopahole/elffile"
)

// codeSections finds the section that holds the code at an address.
type codeSections struct {
	list []addrRange // ascending
	text uint64      // address of .text
	// linked: addresses in the file keep their distances when it is loaded. Those of an object or
	// module are made up (package reloc), and only offsets in a section mean something.
	linked bool
}

func newCodeSections(f *elffile.File, addrs []uint64) *codeSections {
	c := &codeSections{linked: f.Type != elf.ET_REL}
	for i := range f.Sections {
		s := &f.Sections[i]
		if s.Flags&elf.SHF_ALLOC == 0 || s.Flags&elf.SHF_EXECINSTR == 0 || s.Size == 0 || addrs[i]+s.Size < addrs[i] {
			continue
		}
		if s.Name == ".text" && c.text == 0 {
			c.text = addrs[i]
		}
		c.list = append(c.list, addrRange{addrs[i], s.Size, i})
	}
	slices.SortStableFunc(c.list, func(a, b addrRange) int { return cmp.Compare(a.addr, b.addr) })
	return c
}

// at returns the section of an address and the offset in it. ok is false if there is none, and
// for an offset that BTF has no room for.
func (c *codeSections) at(addr uint64) (section int, offset uint32, ok bool) {
	i := sort.Search(len(c.list), func(i int) bool { return c.list[i].addr > addr }) - 1
	if i < 0 {
		return 0, 0, false
	}
	r := &c.list[i]
	off := addr - r.addr
	return r.index, uint32(off), off < r.size && off == uint64(uint32(off))
}

// findRanges finds the sections that only inlined functions need.
func (s *source) findRanges() error {
	for _, sec := range []struct {
		to   *section
		name string
	}{{&s.ranges, ".debug_ranges"}, {&s.rnglists, ".debug_rnglists"}, {&s.line, ".debug_line"}} {
		*sec.to = debugSection(s.elf, sec.name)
		if err := sec.to.relocate(s.relocs); err != nil {
			return err
		}
	}
	return nil
}
