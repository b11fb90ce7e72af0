package die

import "github.com/gopahole/gopahole/dwarf2btf/internal/texthash"

// abbrevStore keeps compiled declarations, found by their bytes. All units of a
// kernel together have 9,000 different ones, and one unit has a hundred or two of them.
// Most look-ups miss the caches of the processor, so each reads few bytes, in one place.
type abbrevStore struct {
	seed texthash.Seed

	slots []uint64 // open addressing, length a power of two: 32 bits of hash, and an index plus one
	list  []storedAbbrev
	text  []byte
	abbrs []Abbrev // free rest of a block
	ops   []op     // free rest of a block
}

// storedAbbrev is one of them.
type storedAbbrev struct {
	start, end uint32 // of the bytes after the code, in text
	abbr       *Abbrev
}

const (
	minAbbrevSlots = 1 << 12
	abbrevBlock    = 1 << 7
	opsBlock       = 1 << 10

	// maxStored and maxStoredText bound what is kept.
	maxStored     = 1 << 16
	maxStoredText = 1 << 24 // bytes

	// keptStored and keptStoredText bound what is kept from file to file.
	keptStored     = 1 << 12
	keptStoredText = 1 << 18 // bytes
)

// full reports whether it has more than it should, and is to be emptied.
func (s *abbrevStore) full() bool { return len(s.list) > maxStored || len(s.text) > maxStoredText }

// reset empties the store.
func (s *abbrevStore) reset(slots int) {
	*s = abbrevStore{seed: texthash.NewSeed(), slots: make([]uint64, slots)}
}

// find returns the declaration with these bytes, or nil and the slot where it belongs.
func (s *abbrevStore) find(decl []byte, hash uint64) (a *Abbrev, slot uint32) {
	h := uint32(hash >> 32)
	mask := uint32(len(s.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch at := s.slots[i]; {
		case at == 0:
			return nil, i
		case uint32(at>>32) == h:
			if k := &s.list[uint32(at)-1]; string(s.text[k.start:k.end]) == string(decl) {
				return k.abbr, i
			}
		}
	}
}

// add keeps a declaration at the slot that find has returned. A declaration that is
// longer than what is left of 4 GB is not kept.
func (s *abbrevStore) add(decl []byte, hash uint64, slot uint32, a *Abbrev) {
	if uint64(len(s.text))+uint64(len(decl)) > 1<<32-1 {
		return
	}
	start := uint32(len(s.text))
	s.text = append(s.text, decl...)
	s.list = append(s.list, storedAbbrev{start, uint32(len(s.text)), a})
	s.slots[slot] = hash>>32<<32 | uint64(len(s.list))
	if 2*len(s.list) <= len(s.slots) {
		return
	}
	old := s.slots
	s.slots = make([]uint64, 2*len(old))
	mask := uint32(len(s.slots) - 1)
	for _, at := range old {
		if at == 0 {
			continue
		}
		i := uint32(at>>32) & mask
		for s.slots[i] != 0 {
			i = (i + 1) & mask
		}
		s.slots[i] = at
	}
}

// newAbbrev returns memory for a declaration, with a copy of its ops.
func (s *abbrevStore) newAbbrev(ops []op) (*Abbrev, []op) {
	if len(s.abbrs) == 0 {
		s.abbrs = make([]Abbrev, abbrevBlock)
	}
	a := &s.abbrs[0]
	s.abbrs = s.abbrs[1:]
	n := len(ops)
	if n > opsBlock/4 {
		return a, append([]op(nil), ops...)
	}
	if n > len(s.ops) {
		s.ops = make([]op, opsBlock)
	}
	copied := s.ops[:n:n]
	s.ops = s.ops[n:]
	copy(copied, ops)
	return a, copied
}
