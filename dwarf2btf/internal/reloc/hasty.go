package reloc

import (
	"errors"
	"sync/atomic"
)

// A list of relocations is used from the beginning to the end, if it is in order, as all are
// that assemblers and linkers write. To find out whether it is, all of it has to be read: for
// a large module that is as much as its DWARF, and a second time after the reading that applies
// it. A hasty list takes it to be in order. It reads the first entry of each block, and
// looks at the others when the block is used, or in CheckOrder, when everything else is done.
// Whoever meets an ErrOrder starts over without haste.

// ErrOrder says that relocations are out of order, so that those that were applied may not be
// all for their place.
var ErrOrder = errors.New("relocations are out of order")

// HastyBlocks is the number of blocks from which on a list is hasty. Tests change it.
var HastyBlocks = 256

// blockStarts notes the first offset of each block. It is not ok if these are out of order, or
// what makeIndex refuses, which has a look at all entries first.
func (s *list) blockStarts(b *block) (ok bool, err error) {
	n := s.rel.Size / s.format.size
	last := uint64(0)
	for i := uint64(0); i < n; i += blockLen {
		raw, err := s.bytes(b, i*s.format.size, s.format.size)
		if err != nil {
			return false, err
		}
		off := s.format.offset(raw)
		if i > 0 && (off < last || off-last < minSpan) {
			return false, nil
		}
		s.blocks = append(s.blocks, off)
		last = off
	}
	raw, err := s.bytes(b, (n-1)*s.format.size, s.format.size)
	if err != nil {
		return false, err
	}
	s.last = s.format.offset(raw)
	s.checked = make([]atomic.Bool, len(s.blocks))
	return s.last >= last && s.last < s.target.Size, nil
}

// checkBlock looks at the entries of block i of a hasty list.
func (s *list) checkBlock(raw []byte, i int) error {
	if s.checked[i].Load() {
		return nil
	}
	end := s.last
	if i+1 < len(s.blocks) {
		end = s.blocks[i+1]
	}
	if last, ok := s.format.inOrder(raw, s.blocks[i]); !ok || last > end {
		return ErrOrder
	}
	s.checked[i].Store(true)
	return nil
}

// CheckOrder looks at what was not used of hasty lists. The error is ErrOrder or one of reading.
func (f *File) CheckOrder() error {
	b := blockPool.Get().(*block)
	defer blockPool.Put(b)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.hasty {
		for i := range s.checked {
			if s.checked[i].Load() {
				continue
			}
			if _, err := s.blockBytes(b, i); err != nil {
				return err
			}
		}
	}
	return nil
}
