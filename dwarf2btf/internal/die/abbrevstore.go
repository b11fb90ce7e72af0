package die

import (
	"sync"
	"sync/atomic"

	"github.com/gopahole/gopahole/dwarf2btf/internal/texthash"
)

// A Store keeps compiled declarations of units of one kind, found by their bytes. All units of a
// kernel together have 9,000 different ones, and one unit has a hundred or two of them. Any number of
// tables may share a store, in any goroutines: only what is new takes a lock.
//
// Most look-ups miss the caches of the processor, so each reads few bytes, in one place.
type Store struct {
	kind unitKind
	seed texthash.Seed

	known atomic.Pointer[knownAbbrevs]
	full  atomic.Bool // it has more than it should, and is to be emptied

	mu    sync.Mutex // held to add
	n     int        // in known.list
	bytes int        // of their declarations
	text  []byte     // free rest of a block
	abbrs []Abbrev   // the same
	ops   []op       // the same
}

// knownAbbrevs is a table that is never more than half full. What it has does not change any more; when there
// is no room left, a larger one takes its place.
type knownAbbrevs struct {
	slots []atomic.Uint64 // open addressing, length a power of two: 32 bits of hash, and an index into list plus one
	list  []knownAbbrev   // as many as there is room for
}

// knownAbbrev is one of them.
type knownAbbrev struct {
	decl []byte // what comes after the code
	abbr *Abbrev
}

const (
	minAbbrevSlots = 1 << 12
	abbrevBlock    = 1 << 7
	opsBlock       = 1 << 10
	textBlock      = 1 << 13

	// maxStored and maxStoredText bound what is kept.
	maxStored     = 1 << 16
	maxStoredText = 1 << 24 // bytes

	// keptStored and keptStoredText bound what is kept from file to file.
	keptStored     = 1 << 12
	keptStoredText = 1 << 18 // bytes
)

// StoreFor returns a store for units such as u: s if it is one, or else one that is empty. s may be nil.
func StoreFor(s *Store, u *Unit) *Store {
	if kind := u.kind(); s == nil || s.kind != kind {
		return newStore(kind, minAbbrevSlots)
	}
	return s
}

// Large reports whether a store, if it is one, has so much that it is not kept for another file. Nobody adds to it.
func (s *Store) Large() bool { return s != nil && (s.n > keptStored || s.bytes > keptStoredText) }

func newStore(kind unitKind, slots int) *Store {
	s := &Store{kind: kind, seed: texthash.NewSeed()}
	s.reset(slots)
	return s
}

// reset forgets all declarations. Those that tables have stay as they are.
func (s *Store) reset(slots int) {
	s.n, s.bytes = 0, 0
	s.full.Store(false)
	s.known.Store(&knownAbbrevs{slots: make([]atomic.Uint64, slots), list: make([]knownAbbrev, slots/8)})
}

// emptyIfFull empties a store that has more than it should.
func (s *Store) emptyIfFull() {
	if !s.full.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full.Load() {
		s.reset(minAbbrevSlots)
	}
}

// find returns the declaration with these bytes, nil if it is not known.
func (s *Store) find(decl []byte, hash uint64) *Abbrev {
	a, _ := s.known.Load().find(decl, hash)
	return a
}

// find returns the declaration with these bytes, or nil and the slot where it belongs.
func (t *knownAbbrevs) find(decl []byte, hash uint64) (a *Abbrev, slot uint32) {
	h := uint32(hash >> 32)
	mask := uint32(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		at := t.slots[i].Load()
		if at == 0 {
			return nil, i
		}
		// What others have added since may be in a longer list only.
		if n := uint32(at) - 1; uint32(at>>32) == h && n < uint32(len(t.list)) {
			if k := &t.list[n]; string(k.decl) == string(decl) {
				return k.abbr, i
			}
		}
	}
}

// add keeps a declaration with its two programs, and returns it as it is kept: another table may have been
// faster.
func (s *Store) add(decl []byte, hash uint64, read *Abbrev, ops, skip []op) *Abbrev {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.known.Load()
	if a, _ := t.find(decl, hash); a != nil {
		return a
	}
	if s.n == len(t.list) {
		t = s.grow(t)
	}
	a := &cut(&s.abbrs, 1, abbrevBlock)[0]
	*a = *read
	a.ops, a.skip = cut(&s.ops, len(ops), opsBlock), cut(&s.ops, len(skip), opsBlock)
	copy(a.ops, ops)
	copy(a.skip, skip)
	a.layout, a.quick, a.step = classify(a), quickMember(a), fixedStep(a.skip)
	text := cut(&s.text, len(decl), textBlock)
	copy(text, decl)

	_, slot := t.find(decl, hash)
	t.list[s.n] = knownAbbrev{text, a}
	s.n, s.bytes = s.n+1, s.bytes+len(decl)
	t.slots[slot].Store(hash>>32<<32 | uint64(s.n)) // from here on others see it
	if s.n > maxStored || s.bytes > maxStoredText {
		s.full.Store(true)
	}
	return a
}

// grow publishes a table with room for more.
func (s *Store) grow(old *knownAbbrevs) *knownAbbrevs {
	t := &knownAbbrevs{slots: old.slots, list: make([]knownAbbrev, 2*len(old.list))}
	copy(t.list, old.list)
	if 2*len(t.list) > len(t.slots) {
		t.slots = make([]atomic.Uint64, 2*len(old.slots))
		mask := uint32(len(t.slots) - 1)
		for j := range old.slots {
			at := old.slots[j].Load()
			if at == 0 {
				continue
			}
			i := uint32(at>>32) & mask
			for t.slots[i].Load() != 0 {
				i = (i + 1) & mask
			}
			t.slots[i].Store(at)
		}
	}
	s.known.Store(t)
	return t
}

// cut takes n elements from what is left of a block, or of a new one. What is large is no part of a block.
func cut[E any](rest *[]E, n, block int) []E {
	if n > block/4 {
		return make([]E, n)
	}
	if n > len(*rest) {
		*rest = make([]E, block)
	}
	part := (*rest)[:n:n]
	*rest = (*rest)[n:]
	return part
}
