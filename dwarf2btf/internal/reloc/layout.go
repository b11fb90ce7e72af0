package reloc

import (
	"debug/elf"
	"fmt"

	"github.com/gopahole/gopahole/internal/elfio"
)

// Addresses are where libdwfl places the sections of an object.
type Addresses struct {
	// Of is by section number. It is sh_addr of the file for sections that are not
	// loaded.
	Of []uint64
	// Bias is what relocations add to Of: not 0 if the file had addresses already.
	Bias uint64
}

const (
	layoutBase  = 0x10000 // libdwfl: OFFLINE_REDZONE
	layoutAlign = 0x100   // libdwfl: REL_MIN_ALIGN
)

// Layout gives the loaded sections of an object addresses: one behind the other,
// in the order of the section table, from 0x10000 on (libdwfl:
// __libdwfl_elf_address_range). Addresses that some linkers leave in a few section
// headers of a module are taken for a layout only if nothing was placed before.
//
// The error is about an alignment that is no power of two.
func Layout(f *elfio.File) (*Addresses, error) {
	l := layouter{sections: f.Sections, addrs: make([]uint64, len(f.Sections)), first: true}
	l.start, l.end, l.base = layoutBase, layoutBase, alignUp(layoutBase, layoutAlign)
	for i := range f.Sections {
		l.addrs[i] = f.Sections[i].Addr
	}
	for i := 1; i < len(f.Sections); i++ {
		s := &f.Sections[i]
		if s.Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		if align := alignment(s); align&(align-1) != 0 {
			return nil, &elfio.FormatError{File: f.Name, Section: s.Name, Msg: fmt.Sprintf("alignment %#x is no power of two", align)}
		}
		l.place(i)
	}
	if l.bias != 0 {
		l.bias = l.base - l.bias
	}
	return &Addresses{Of: l.addrs, Bias: l.bias}, nil
}

// layouter is the state of Layout between two sections.
type layouter struct {
	sections   []elfio.Section
	addrs      []uint64
	base       uint64 // of the object
	start, end uint64 // of what was placed
	bias       uint64 // lowest address that the file had
	first      bool
}

// place gives section i its address.
func (l *layouter) place(i int) {
	s := &l.sections[i]
	align := alignment(s)
	next := alignUp(l.end, align)
	switch {
	case s.Addr == 0 || l.bias == 0 && l.end > l.start && l.end != next:
		l.addrs[i] = next
		switch {
		case l.end == l.base:
			l.start, l.base = next, next
		case l.base&(align-1) != 0:
			// The largest alignment so far: begin again at a multiple of it.
			l.restart(i, align)
			return
		}
		l.end = l.addrs[i] + s.Size
	default:
		if l.first || l.end < s.Addr+s.Size {
			l.end = s.Addr + s.Size
		}
		if l.first || l.bias > s.Addr {
			l.bias = s.Addr
		}
		if (s.Addr-l.bias+l.base)&(align-1) != 0 {
			l.base = alignUp(l.base, align) + l.bias&(align-1)
		}
	}
	l.first = false
}

// restart places the sections up to last anew, from a multiple of align on.
func (l *layouter) restart(last int, align uint64) {
	l.base = alignUp(l.base, align)
	l.start, l.end = l.base, l.base
	for i := 1; i <= last; i++ {
		if s := &l.sections[i]; s.Flags&elf.SHF_ALLOC != 0 {
			l.addrs[i] = alignUp(l.end, alignment(s))
			l.end = l.addrs[i] + s.Size
		}
	}
}

// alignment returns the alignment of a section; that of compressed data is that of
// the header in front of them, and such sections are not loaded.
func alignment(s *elfio.Section) uint64 { return max(s.AddrAlign, 1) }

func alignUp(addr, align uint64) uint64 { return (addr + align - 1) &^ (align - 1) }
