package reloc

import (
	"bytes"
	"hash/maphash"
	"math/bits"
	"sort"
	"sync"
)

// Strings has the texts of a string section, each once. Objects that ld -r joins
// bring their own copies of nearly the same strings: a module may have 130 MB of
// them, and 5 MB that are different. References to equal strings become equal, as in
// a linked file.
//
//	section  | int\0 | list\0 | int\0 | item\0 | ...     not kept
//	starts   | 1000    10000    1000    10000    ...     a bit for each byte
//	place    | 1     , 5      , 1     , 10       ...     for each string of the section
//	text     | \0 | int\0 | list\0 | item\0
//
// Offset maps a place of the section to one of text. So that it is not taken for an
// offset of the section, where unrelocated references may lead, it begins behind the
// section's end.
type Strings struct {
	size   uint64   // of the section
	text   []byte   // texts with their NULs
	starts []uint64 // bit set, by offset
	rank   []uint32 // starts before each group of words of starts
	place  []uint32 // in text, by number of start
}

const (
	rankWords   = 4 // words of a group
	stringChunk = 256 << 10
)

// MaxStrings is the size of the largest section for MergeStrings, in bytes: offsets
// stay below those that have another meaning in package die.
const MaxStrings = 1 << 28

// MergeStrings reads a section of strings of up to MaxStrings bytes. read fills p from
// an offset.
func MergeStrings(size uint64, read func(p []byte, off uint64) error) (*Strings, error) {
	s := &Strings{size: size, starts: make([]uint64, (size+63)/64), place: make([]uint32, 0, size/14)} // modules of Linux 6.12 have 14.5 bytes a string
	t := takeTextTable(size)
	defer t.give()
	buf := make([]byte, min(size, stringChunk))
	have := 0 // bytes of a string that is not complete
	for off := uint64(0); off < size; {
		if have == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
		}
		n := have + int(min(uint64(len(buf)-have), size-off))
		if err := read(buf[have:n], off); err != nil {
			return nil, err
		}
		base := off - uint64(have) // of buf
		off += uint64(n - have)
		rest := buf[:n]
		for {
			k, ok := t.next(rest)
			if !ok {
				break
			}
			s.add(base+uint64(n-len(rest)), k.place)
			rest = rest[k.end-k.place:]
		}
		have = copy(buf, rest)
	}
	s.text, t.text = t.text, nil
	if have > 0 { // it has no end, and gets none
		s.add(size-uint64(have), uint32(len(s.text)))
		s.text = append(s.text, buf[:have]...)
	}
	s.rank = make([]uint32, 0, len(s.starts)/rankWords+1)
	for n, rest := uint32(0), s.starts; len(rest) > 0; rest = rest[min(rankWords, len(rest)):] {
		s.rank = append(s.rank, n)
		for _, w := range rest[:min(rankWords, len(rest))] {
			n += uint32(bits.OnesCount64(w))
		}
	}
	return s, nil
}

// add notes a string that begins at an offset of the section.
func (s *Strings) add(off uint64, place uint32) {
	s.starts[off/64] |= 1 << (off % 64)
	s.place = append(s.place, place)
}

// Offset returns the offset that stands for one of the section; ok: it is in it.
func (s *Strings) Offset(off uint64) (merged uint64, ok bool) {
	if off >= s.size {
		return 0, false
	}
	w := off / 64
	upTo := s.starts[w] & (2<<(off%64) - 1)
	n := s.rank[w/rankWords] + uint32(bits.OnesCount64(upTo)) // starts up to off
	for i := w &^ (rankWords - 1); i < w; i++ {
		n += uint32(bits.OnesCount64(s.starts[i]))
	}
	merged = s.size + uint64(s.place[n-1])
	if upTo>>(off%64) == 0 {
		merged += off - s.start(n)
	}
	return merged, true
}

// start returns the offset of the n-th start, from 1 on.
func (s *Strings) start(n uint32) uint64 {
	group := sort.Search(len(s.rank), func(i int) bool { return s.rank[i] >= n }) - 1
	n -= s.rank[group]
	for w := group * rankWords; ; w++ {
		word := s.starts[w]
		if k := uint32(bits.OnesCount64(word)); n > k {
			n -= k
			continue
		}
		for ; n > 1; n-- {
			word &= word - 1
		}
		return uint64(w)*64 + uint64(bits.TrailingZeros64(word))
	}
}

// Text returns the bytes from an offset on that Offset returned, up to the end of all
// texts; ok: it is one.
func (s *Strings) Text(merged uint64) (text []byte, ok bool) {
	if i := merged - s.size; merged >= s.size && i < uint64(len(s.text)) {
		return s.text[i:], true
	}
	return nil, false
}

// textTable has distinct texts and numbers them. Objects list strings that they have
// in common in nearly the same order, so that three in four are found where one looks
// first: they are what came behind the one before, the last time.
type textTable struct {
	text  []byte
	spans []textSpan // by number; 0 is the empty text
	after []uint32   // number of the text that came last behind each one
	last  uint32     // number of the last text

	seed  maphash.Seed
	slots []textSlot // open addressing, length a power of two
}

type textSpan struct{ place, end uint32 } // with the NUL

// textSlot is free if number is 0, which is not in the table.
type textSlot struct{ hash, number uint32 }

// textTables are those that are not in use. Of one module's texts the next one has
// most again, so a table has about the right size.
var textTables sync.Pool

// maxPooledSlots bounds the tables that are kept.
const maxPooledSlots = 1 << 16

// takeTextTable returns an empty table for a section of some size, in bytes.
func takeTextTable(size uint64) *textTable {
	t, _ := textTables.Get().(*textTable)
	if t == nil {
		t = &textTable{seed: maphash.MakeSeed(), slots: make([]textSlot, 1<<12)}
	}
	const room = 512 << 10 // bytes
	t.text = make([]byte, 1, min(size/8*5, room)+1)
	t.spans, t.after, t.last = append(t.spans[:0], textSpan{0, 1}), append(t.after[:0], 0), 0
	return t
}

// give takes back a table.
func (t *textTable) give() {
	if t.text = nil; len(t.slots) <= maxPooledSlots {
		clear(t.slots)
		textTables.Put(t)
	}
}

// next returns the place of the text that p begins with. ok is false if its NUL is
// missing.
func (t *textTable) next(p []byte) (k textSpan, ok bool) {
	n := t.after[t.last]
	k = t.spans[n]
	if size := int(k.end - k.place); size > len(p) || string(p[:size]) != string(t.text[k.place:k.end]) {
		i := bytes.IndexByte(p, 0)
		if i < 0 {
			return k, false
		}
		n = t.intern(p[:i+1])
		t.after[t.last] = n
		k = t.spans[n]
	}
	t.last = n
	return k, true
}

// intern returns the number of a text, which ends with a NUL, and adds it if it is new.
func (t *textTable) intern(text []byte) uint32 {
	if len(text) == 1 {
		return 0
	}
	h := uint32(maphash.Bytes(t.seed, text))
	mask := uint32(len(t.slots) - 1)
	i := h & mask
	for ; t.slots[i].number != 0; i = (i + 1) & mask {
		if sl := &t.slots[i]; sl.hash == h {
			if k := t.spans[sl.number]; string(t.text[k.place:k.end]) == string(text) {
				return sl.number
			}
		}
	}
	n := uint32(len(t.spans))
	place := uint32(len(t.text))
	t.text = append(t.text, text...)
	t.spans = append(t.spans, textSpan{place, uint32(len(t.text))})
	t.after = append(t.after, 0)
	t.slots[i] = textSlot{h, n}
	if 2*len(t.spans) > len(t.slots) {
		t.grow()
	}
	return n
}

func (t *textTable) grow() {
	old := t.slots
	t.slots = make([]textSlot, 2*len(old))
	mask := uint32(len(t.slots) - 1)
	for _, sl := range old {
		if sl.number == 0 {
			continue
		}
		i := sl.hash & mask
		for t.slots[i].number != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = sl
	}
}
