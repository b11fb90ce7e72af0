package reloc

import (
	"debug/elf"
	"fmt"

	"github.com/gopahole/gopahole/elffile"
)

// layoutBase is the address of the first section, if its alignment is not larger
// (libdwfl: OFFLINE_REDZONE).
const layoutBase = 0x10000

// Layout returns the addresses that libdwfl gives to the sections of an object, by
// section number: loaded ones follow one another from 0x10000 on, in the
// order of the section table (libdwfl: __libdwfl_elf_address_range). Addresses that
// the file has for them, as some linkers leave in modules, are ignored. Sections
// that are not loaded keep theirs, which is 0.
//
// The error is about an alignment that is no power of two.
func Layout(f *elffile.File) ([]uint64, error) {
	addrs := make([]uint64, len(f.Sections))
	base := uint64(layoutBase)
	end := base
	for i := range f.Sections {
		s := &f.Sections[i]
		if !loaded(s) {
			addrs[i] = s.Addr
			continue
		}
		align := alignment(s)
		if align&(align-1) != 0 {
			return nil, &elffile.FormatError{File: f.Name, Section: s.Name, Msg: fmt.Sprintf("alignment %#x is no power of two", align)}
		}
		addrs[i] = alignUp(end, align)
		switch {
		case end == base:
			base = addrs[i]
		case base&(align-1) != 0:
			// The largest alignment so far: begin again at a multiple of it.
			base = alignUp(base, align)
			end = place(f.Sections[:i+1], addrs, base)
			continue
		}
		end = addrs[i] + s.Size
	}
	return addrs, nil
}

// place gives sections addresses from base on and returns the end of the last one.
func place(sections []elffile.Section, addrs []uint64, base uint64) (end uint64) {
	end = base
	for i := range sections {
		if s := &sections[i]; loaded(s) {
			addrs[i] = alignUp(end, alignment(s))
			end = addrs[i] + s.Size
		}
	}
	return end
}

// loaded reports whether a section has an address; the null section has none whatever
// its flags are.
func loaded(s *elffile.Section) bool { return s.Index > 0 && s.Flags&elf.SHF_ALLOC != 0 }

func alignment(s *elffile.Section) uint64 { return max(s.AddrAlign, 1) }

func alignUp(addr, align uint64) uint64 { return (addr + align - 1) &^ (align - 1) }
