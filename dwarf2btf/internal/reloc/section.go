package reloc

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/gopahole/gopahole/elffile"
)

// Section has the relocations of one section. Its methods may be called from
// several goroutines.
type Section struct {
	f      *File
	target *elffile.Section // what they are for
	lists  []*list          // in most files one; they are applied one after the other
}

// A list is a section of relocations.
type list struct {
	f      *File
	rel    *elffile.Section // the relocations
	target *elffile.Section // what they are for
	format format

	number uint64 // no other list of the process has it
	once   sync.Once
	err    error
	blocks []uint64    // offset of the first entry of each block
	states []crelState // with CREL, where each block begins, and at last the end
	sorted []entry     // all entries, if the file has them out of order

	data []byte // the section, if it is in memory

	checked []atomic.Bool // by block, of a hasty list: its entries are in order
	last    uint64        // the offset of its last entry
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

	// Which block of which list is in raw, 0 if it is none: units share blocks with the one
	// before, and one worker reads several of them.
	list  uint64 // its number
	index int

	around []byte // see ReadAt
}

var blockPool = sync.Pool{New: func() any { return new(block) }}

// index reads all entries once, to find out where which are.
func (s *list) index() error {
	s.once.Do(func() { s.err = s.makeIndex() })
	return s.err
}

func (s *list) makeIndex() error {
	b := blockPool.Get().(*block)
	defer blockPool.Put(b)
	if err := s.load(); err != nil {
		return err
	}
	if s.f.Hasty && s.inFile() && s.numBlocks() >= HastyBlocks {
		if ok, err := s.blockStarts(b); err != nil {
			return err
		} else if ok {
			s.f.mu.Lock()
			s.f.hasty = append(s.f.hasty, s)
			s.f.mu.Unlock()
			return nil
		}
		s.blocks, s.checked = nil, nil
	}
	scan := s.scan
	if s.format.crel {
		scan = s.scanCREL
	}
	last, inOrder, err := scan(b)
	if err != nil {
		return err
	}
	if len(s.blocks) > 0 && last >= s.target.Size {
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

// scan notes the first offset of each block, and returns the highest offset, and
// whether they do not go down.
func (s *list) scan(b *block) (last uint64, inOrder bool, err error) {
	inOrder = true
	for i := 0; i < s.numBlocks(); i += indexBlocks {
		raw, err := s.raw(b, i, indexBlocks)
		if err != nil {
			return 0, false, err
		}
		for part := raw; len(part) > 0; part = part[min(blockLen*s.format.size, uint64(len(part))):] {
			s.blocks = append(s.blocks, s.format.offset(part))
		}
		end, ordered := s.format.inOrder(raw, last)
		last, inOrder = end, inOrder && ordered
	}
	return last, inOrder, nil
}

// sort reads all entries and brings them into order.
func (s *list) sort(b *block) error {
	var all []entry
	for i := range s.blocks {
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

// load has the section in memory if that costs little: it is read to see the order, and again for each
// unit, of which some have parts of a block.
func (s *list) load() error {
	if data, ok := s.f.file.SectionInMemory(s.rel); ok {
		s.data = data
	} else if data := s.f.Room.list(s.rel.Size); data != nil {
		if err := s.f.file.ReadSectionAt(s.rel, data, 0); err != nil {
			return err
		}
		s.data = data
	}
	return nil
}

func (s *list) numBlocks() int {
	n := s.rel.Size / s.format.size
	return int((n + blockLen - 1) / blockLen)
}

// block returns the entries of block i. They are valid until the next use of b.
func (s *list) block(b *block, i int) ([]entry, error) {
	if s.sorted != nil {
		return s.sorted[i*blockLen : min((i+1)*blockLen, len(s.sorted))], nil
	}
	if s.format.crel {
		return s.blockCREL(b, i)
	}
	raw, err := s.raw(b, i, 1)
	if err != nil {
		return nil, err
	}
	b.entries = s.format.decode(b.entries[:0], raw)
	return b.entries, nil
}

// inFile reports whether entries are in the usual format and in the order of the file, so that
// they need not be decoded first.
func (s *list) inFile() bool { return s.sorted == nil && !s.format.crel && s.format.usual() }

// blockBytes returns the entries of block i as they are in the file, see inFile. They are valid
// until the next use of b.
func (s *list) blockBytes(b *block, i int) ([]byte, error) {
	if s.data == nil && b.list == s.number && b.index == i {
		return b.raw[:min(blockLen*usualSize, s.rel.Size-uint64(i)*blockLen*usualSize)], nil
	}
	raw, err := s.raw(b, i, 1)
	if err == nil && s.checked != nil {
		err = s.checkBlock(raw, i)
	}
	if err == nil && s.data == nil {
		b.list, b.index = s.number, i
	}
	return raw, err
}

// raw returns the bytes of n blocks from block i on, or of those that there are. They
// are valid until the next use of b.
func (s *list) raw(b *block, i, n int) ([]byte, error) {
	off := uint64(i) * blockLen * s.format.size
	return s.bytes(b, off, min(uint64(n)*blockLen*s.format.size, s.rel.Size-off))
}

// bytes returns a piece of the section, which must not be changed. It is valid until the next use of b.
func (s *list) bytes(b *block, off, size uint64) ([]byte, error) {
	if s.data != nil {
		return s.data[off:][:size:size], nil
	}
	if uint64(cap(b.raw)) < size {
		b.raw = make([]byte, size)
	}
	raw := b.raw[:size]
	b.list = 0
	return raw, s.f.file.ReadSectionAt(s.rel, raw, off)
}

// ReadAt fills p with the relocated bytes of the section from offset off on. It
// reads all of p or returns an error.
func (s *Section) ReadAt(p []byte, off uint64) error {
	for _, l := range s.lists {
		if err := l.index(); err != nil {
			return err
		}
	}
	b := blockPool.Get().(*block)
	defer blockPool.Put(b)
	if len(p) == 0 {
		return s.f.file.ReadSectionAt(s.target, p, off)
	}
	lo := off - min(off, maxField-1)
	hi := min(off+uint64(len(p))+maxField-1, s.target.Size)
	read := func() error {
		b.around = slices.Grow(b.around[:0], int(hi-lo))[:hi-lo]
		return s.f.file.ReadSectionAt(s.target, b.around, lo)
	}
	// What is around a small read, such as that of a header, is read at once.
	small := len(p) <= smallRead && off+uint64(len(p)) <= s.target.Size
	if small {
		if err := read(); err != nil {
			return err
		}
		copy(p, b.around[off-lo:])
	} else if err := s.f.file.ReadSectionAt(s.target, p, off); err != nil {
		return err
	}
	partial, err := s.relocate(b, p, off)
	if err != nil || !partial {
		return err
	}
	// A field is only partly in p. With the bytes around p, all such fields are
	// complete.
	if !small {
		if err := read(); err != nil {
			return err
		}
	}
	if _, err := s.relocate(b, b.around, lo); err != nil {
		return err
	}
	copy(p, b.around[off-lo:])
	return nil
}

// smallRead is the number of bytes of a small read.
const smallRead = 2 << 10

// Data returns the whole section.
func (s *Section) Data() ([]byte, error) {
	if s.target.Size > math.MaxInt {
		return nil, s.f.errorf(s.target, 0, "%d bytes are too many for this machine", s.target.Size)
	}
	p := make([]byte, s.target.Size)
	return p, s.ReadAt(p, 0)
}

// relocate applies the entries of all lists to p, the bytes of the section from offset off on, but
// for fields that are only partly in p. partial says that there are any.
func (s *Section) relocate(b *block, p []byte, off uint64) (partial bool, err error) {
	for _, l := range s.lists {
		c, err := l.relocate(b, p, off)
		if err != nil {
			return false, err
		}
		partial = partial || c
	}
	return partial, nil
}

// relocate applies the entries of a list to p, the bytes of the section from offset off
// on; see apply for partial.
func (s *list) relocate(b *block, p []byte, off uint64) (partial bool, err error) {
	from, end := off-min(off, maxField-1), off+uint64(len(p))
	first := sort.Search(len(s.blocks), func(i int) bool { return s.blocks[i] >= from })
	t := task{list: s, p: p, off: off}
	for i := max(first-1, 0); i < len(s.blocks) && s.blocks[i] < end; i++ {
		if s.inFile() {
			raw, err := s.blockBytes(b, i)
			if err != nil {
				return false, err
			}
			k := sort.Search(len(raw)/usualSize, func(k int) bool { return s.format.offset(raw[k*usualSize:]) >= from })
			if err := t.applyUsual(raw[k*usualSize:]); err != nil {
				return false, err
			}
			continue
		}
		entries, err := s.block(b, i)
		if err != nil {
			return false, err
		}
		k := sort.Search(len(entries), func(k int) bool { return entries[k].off >= from })
		if err := t.apply(entries[k:]); err != nil {
			return false, err
		}
	}
	return t.partial, t.finish()
}
