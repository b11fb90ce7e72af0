package debugfile

import (
	"debug/elf"
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/elffile"
)

// PairSections finds for each loaded section of a debug file d that of the file f: the
// result is indexed by section number of d and has section numbers of f, 0 for sections
// that are not loaded. Section numbers differ, as each file lacks what the other one has,
// but not the order (libdwfl: dwfl_offline_section_address).
func PairSections(d, f *elffile.File) ([]int, error) {
	pairs := make([]int, len(d.Sections))
	next := 1
	for i := range d.Sections {
		s := &d.Sections[i]
		if !loaded(s) {
			continue
		}
		for next < len(f.Sections) && (!loaded(&f.Sections[next]) || f.Sections[next].Name != s.Name) {
			next++
		}
		if next >= len(f.Sections) {
			return nil, fmt.Errorf("it has section %s, which %s does not have in that place", s.Name, f.Name)
		}
		pairs[i] = next
		next++
	}
	return pairs, nil
}

// sameSections checks that two files have the same loaded sections. That is all there
// is to see where neither a build ID nor a checksum says that they belong together.
func sameSections(d, f *elffile.File) error {
	pairs, err := PairSections(d, f)
	if err != nil {
		return err
	}
	n := 0
	for i, j := range pairs {
		if j == 0 {
			continue
		}
		n++
		if s, t := &d.Sections[i], &f.Sections[j]; s.Size != t.Size || s.Addr != t.Addr {
			return fmt.Errorf("its section %s has %d bytes at %#x, %d bytes at %#x are wanted", s.Name, s.Size, s.Addr, t.Size, t.Addr)
		}
	}
	if n == 0 {
		return errors.New("it has no loaded section, and neither a build ID nor a checksum says that it is the right one")
	}
	return nil
}

func loaded(s *elffile.Section) bool { return s.Type != elf.SHT_NULL && s.Flags&elf.SHF_ALLOC != 0 }
