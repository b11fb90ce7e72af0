package diff

import "github.com/gopahole/gopahole/btf"

// names gives numbers to strings, the same one to equal strings of both sides. "" is 0.
type names struct {
	number map[string]uint32
	text   []string // by number
	left   int      // bytes that may still be read
}

// maxNameBytes bounds the names of both sides together. Names in a hostile file may overlap,
// so a small one can have any number of long ones; those of a kernel have about 3 MB.
const maxNameBytes = 1 << 28

// newNames makes room for some, as tables that grow cost as much as what is put into them.
func newNames(some int) *names {
	n := &names{number: make(map[string]uint32, some), text: make([]string, 1, some+1), left: maxNameBytes}
	n.number[""] = 0
	return n
}

func (n *names) of(s string) (uint32, error) {
	if number, ok := n.number[s]; ok {
		return number, n.spend(len(s))
	}
	number := uint32(len(n.text))
	n.number[s] = number
	n.text = append(n.text, s)
	return number, n.spend(len(s))
}

func (n *names) spend(bytes int) error {
	if n.left -= bytes + 1; n.left < 0 {
		return ErrWork
	}
	return nil
}

// name returns the number of the name at an offset. Each offset is read once.
func (s *side) name(off btf.StrOff) (uint32, error) {
	if off == 0 {
		return 0, nil
	}
	if off < s.first {
		return s.base.name(off)
	}
	at := &s.nameAt[off-s.first]
	if known := *at; known != 0 {
		return known - 1, nil
	}
	text, _ := s.types.String(off)
	number, err := s.names.of(text)
	*at = number + 1
	return number, err
}
