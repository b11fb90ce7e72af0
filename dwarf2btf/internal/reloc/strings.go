package reloc

import (
	"bytes"
	"math/bits"
	"slices"
	"sort"

	"github.com/gopahole/gopahole/dwarf2btf/internal/texthash"
)

// Strings has the texts of a string section, each once. Objects that ld -r joins keep
// their own copies of nearly the same strings: a module may have 130 MB of strings, of
// which 5 MB differ. With Strings references to equal strings are equal, as in a linked
// file.
//
//	section  | int\0 | list\0 | int\0 | item\0 | ...     not kept
//	starts   | 1000    10000    1000    10000    ...     a bit for each byte
//	numbers  | 1     , 2      , 1     , 3        ...     for each string of the section
//	offsets  | 0 , 1 , 5 , 10 ...                        by number
//	text     | \0 | int\0 | list\0 | item\0
//
// Offset maps an offset of the section to one of text. Its results begin at the section's
// end, so that they are not confused with offsets of the section, which references without
// a relocation have.
type Strings struct {
	size    uint64     // of the section
	text    []byte     // texts with their NULs
	offsets []uint32   // in text, by number of text
	starts  []uint64   // bit set, by offset
	rank    []rank     // by group of words of starts
	numbers numberList // of texts, by number of start
}

const (
	groupWords     = 8        // of starts
	stringChunk    = 64 << 10 // bytes that are read at once
	bytesPerString = 13       // of modules of Linux 6.12: some have 13.4, most more
)

// rank counts the starts before the words of a group. The lower 28 bits are those before
// the group, the others four numbers of 9 bits: those of the group before each pair of
// words.
type rank uint64

const (
	rankBits = 28 // MaxStrings
	pairBits = 9
)

// rankOf counts the starts of a group that has n others before it.
func rankOf(group []uint64, n uint32) (r rank, end uint32) {
	first := n
	r = rank(n)
	for i, word := range group {
		if i%2 == 0 {
			r |= rank(n-first) << (rankBits + i/2*pairBits)
		}
		n += uint32(bits.OnesCount64(word))
	}
	return r, n
}

// group returns the number of starts before the group.
func (r rank) group() uint32 { return uint32(r & (1<<rankBits - 1)) }

// pair returns the number of those before a pair of words of the group, from 0 to 3.
func (r rank) pair(i uint64) uint32 {
	return r.group() + uint32(r>>(rankBits+i*pairBits)&(1<<pairBits-1))
}

// MaxStrings is the size of the largest section for MergeStrings, in bytes: offsets
// stay below those that have another meaning in package die.
const MaxStrings = 1 << 28

// MergeStrings reads a section of strings of up to MaxStrings bytes. read fills p from
// an offset. The result is in m, see [Storage.TakeBack].
func MergeStrings(m *Storage, size uint64, read func(p []byte, off uint64) error) (*Strings, error) {
	s := m.take(size)
	t := takeTextTable(size, s.text, s.offsets)
	defer t.give()
	if m.buf == nil {
		m.buf = make([]byte, stringChunk)
	}
	buf := m.buf[:min(size, stringChunk)]
	have := 0 // bytes of a string that is not complete
	for off := uint64(0); off < size; {
		if have == len(buf) {
			buf = append(buf, make([]byte, len(buf))...) // a new one, as m.buf is full
		}
		n := have + int(min(uint64(len(buf)-have), size-off))
		if err := read(buf[have:n], off); err != nil {
			return nil, err
		}
		base := off - uint64(have) // of buf
		off += uint64(n - have)
		complete := buf[:bytes.LastIndexByte(buf[:n], 0)+1] // strings
		for at := 0; at < len(complete); {
			hash, length := texthash.HashAt(t.seed, complete, at)
			s.add(base+uint64(at), t.intern(hash, complete[at:at+length+1]))
			at += length + 1
		}
		have = copy(buf, buf[len(complete):n])
	}
	s.text, s.offsets, t.text, t.offsets = t.text, t.offsets, nil, nil
	if have > 0 { // it has no end, and gets none
		s.add(size-uint64(have), uint32(len(s.offsets)))
		s.offsets = append(s.offsets, uint32(len(s.text)))
		s.text = append(s.text, buf[:have]...)
	}
	s.rank = slices.Grow(s.rank[:0], len(s.starts)/groupWords+1)
	for n, rest := uint32(0), s.starts; len(rest) > 0; rest = rest[min(groupWords, len(rest)):] {
		var r rank
		r, n = rankOf(rest[:min(groupWords, len(rest))], n)
		s.rank = append(s.rank, r)
	}
	return s, nil
}

// add notes a string that begins at an offset of the section, and the number of its text.
func (s *Strings) add(off uint64, number uint32) {
	s.starts[off/64] |= 1 << (off % 64)
	s.numbers.append(number)
}

// Offset returns the offset that stands for an offset of the section. It is ok if the
// section has it.
func (s *Strings) Offset(off uint64) (merged uint64, ok bool) {
	if off >= s.size {
		return 0, false
	}
	w := off / 64
	upTo := s.starts[w] & (2<<(off%64) - 1)
	// The word before, if that is of the same pair: without a branch, which would be
	// guessed wrong half of the time.
	even := s.starts[w&^1] & -(w & 1)
	n := s.rank[w/groupWords].pair(w%groupWords/2) + uint32(bits.OnesCount64(even)+bits.OnesCount64(upTo)) // starts up to off
	merged = s.size + uint64(s.offsets[s.numbers.at(n-1)])
	if upTo>>(off%64) == 0 {
		merged += off - s.start(n)
	}
	return merged, true
}

// start returns the offset of the n-th start, from 1 on.
func (s *Strings) start(n uint32) uint64 {
	group := sort.Search(len(s.rank), func(i int) bool { return s.rank[i].group() >= n }) - 1
	n -= s.rank[group].group()
	for w := group * groupWords; ; w++ {
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
// texts. It is ok if it is such an offset.
func (s *Strings) Text(merged uint64) (text []byte, ok bool) {
	if i := merged - s.size; merged >= s.size && i < uint64(len(s.text)) {
		return s.text[i:], true
	}
	return nil, false
}

// Texts returns all texts.
func (s *Strings) Texts() []byte { return s.text }
