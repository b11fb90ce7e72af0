package reloc

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"sync"

	"github.com/gopahole/gopahole/internal/elfio"
)

// Section has the relocations of one section. Its methods may be called from
// several goroutines.
type Section struct {
	f      *File
	rel    *elfio.Section // the relocations
	target *elfio.Section // what they are for
	format format

	once   sync.Once
	err    error
	blocks []uint64 // offset of the first entry of each block
	sorted []entry  // all entries, if the file has them out of order
}

const (
	blockLen = 1024         // entries; 24 KiB in most files
	minSpan  = blockLen / 2 // bytes from one block to the next: the differences in LEB128 of a list come near to it
	maxField = 8            // bytes

	indexBlocks = 4 // that are read at once when nothing but the order is looked at
)

// block is storage for the entries of a block.
type block struct {
	raw     []byte
	entries []entry
}

var blockPool = sync.Pool{New: func() any { return new(block) }}

// index reads all entries once, to find out where which are.
func (s *Section) index() error {
	s.once.Do(func() { s.err = s.makeIndex() })
	return s.err
}

func (s *Section) makeIndex() error {
	b := blockPool.Get().(*block)
	defer blockPool.Put(b)
	last, inOrder := uint64(0), true
	for i := 0; i < s.numBlocks(); i += indexBlocks {
		raw, err := s.raw(b, i, indexBlocks)
		if err != nil {
			return err
		}
		for part := raw; len(part) > 0; part = part[min(blockLen*s.format.size, uint64(len(part))):] {
			s.blocks = append(s.blocks, s.format.offset(part))
		}
		end, ordered := s.format.inOrder(raw, last)
		last, inOrder = end, inOrder && ordered
	}
	if last >= s.target.Size {
		return s.f.errorf(s.rel, 0, "a relocation is for offset %#x of %s, which has %d bytes", last, s.target.Name, s.target.Size)
	}
	if !inOrder {
		if err := s.sort(b); err != nil {
			return err
		}
	}
	// A small read must not take long, however often it is repeated.
	for i := 1; i < len(s.blocks); i++ {
		if s.blocks[i]-s.blocks[i-1] < minSpan {
			return s.f.errorf(s.rel, 0, "more than %d relocations within %d bytes of %s, at %#x", blockLen, minSpan, s.target.Name, s.blocks[i-1])
		}
	}
	return nil
}

// sort reads all entries and brings them into order.
func (s *Section) sort(b *block) error {
	var all []entry
	for i := range s.numBlocks() {
		entries, err := s.block(b, i)
		if err != nil {
			return err
		}
		all = append(all, entries...)
	}
	// Those for one field keep their order.
	slices.SortStableFunc(all, func(a, b entry) int { return cmp.Compare(a.off, b.off) })
	s.sorted = all
	for i := range s.blocks {
		s.blocks[i] = all[i*blockLen].off
	}
	return nil
}

func (s *Section) numBlocks() int {
	n := s.rel.Size / s.format.size
	return int((n + blockLen - 1) / blockLen)
}

// block returns the entries of block i. They are valid until b is used again.
func (s *Section) block(b *block, i int) ([]entry, error) {
	if s.sorted != nil {
		return s.sorted[i*blockLen : min((i+1)*blockLen, len(s.sorted))], nil
	}
	raw, err := s.raw(b, i, 1)
	if err != nil {
		return nil, err
	}
	b.entries = s.format.decode(b.entries[:0], raw)
	return b.entries, nil
}

// raw returns the bytes of n blocks from block i on, or of those that there are. They
// are valid until b is used again.
func (s *Section) raw(b *block, i, n int) ([]byte, error) {
	off := uint64(i) * blockLen * s.format.size
	size := min(uint64(n)*blockLen*s.format.size, s.rel.Size-off)
	if uint64(cap(b.raw)) < size {
		b.raw = make([]byte, size)
	}
	raw := b.raw[:size]
	return raw, s.f.file.ReadSectionAt(s.rel, raw, off)
}

// ReadAt fills p with the relocated bytes of the section from offset off on. It
// reads all of p or returns an error.
func (s *Section) ReadAt(p []byte, off uint64) error {
	if err := s.index(); err != nil {
		return err
	}
	cut, err := s.read(p, off)
	if err != nil || !cut {
		return err
	}
	// A field lies across the start or the end of p. With the bytes around them all
	// fields that are partly in p are complete.
	lo := off - min(off, maxField-1)
	hi := min(off+uint64(len(p))+maxField-1, s.target.Size)
	around := make([]byte, hi-lo)
	if _, err := s.read(around, lo); err != nil {
		return err
	}
	copy(p, around[off-lo:])
	return nil
}

// Data returns the whole section.
func (s *Section) Data() ([]byte, error) {
	if s.target.Size > math.MaxInt {
		return nil, s.f.errorf(s.target, 0, "%d bytes are too many for this machine", s.target.Size)
	}
	p := make([]byte, s.target.Size)
	return p, s.ReadAt(p, 0)
}

// read is ReadAt without fields that are only partly in p; cut: there are any.
func (s *Section) read(p []byte, off uint64) (cut bool, err error) {
	if err := s.f.file.ReadSectionAt(s.target, p, off); err != nil || len(p) == 0 {
		return false, err
	}
	from, end := off-min(off, maxField-1), off+uint64(len(p))
	first := sort.Search(len(s.blocks), func(i int) bool { return s.blocks[i] >= from })
	b := blockPool.Get().(*block)
	defer blockPool.Put(b)
	for i := max(first-1, 0); i < len(s.blocks) && s.blocks[i] < end; i++ {
		entries, err := s.block(b, i)
		if err != nil {
			return false, err
		}
		k := sort.Search(len(entries), func(k int) bool { return entries[k].off >= from })
		c, err := s.apply(p, off, entries[k:])
		if err != nil {
			return false, err
		}
		cut = cut || c
	}
	return cut, nil
}
