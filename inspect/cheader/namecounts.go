package cheader

import (
	"encoding/binary"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// nameCounts says how often a name was used. It is a table of offsets, with no strings in it,
// as there are some ten thousand names.
type nameCounts struct {
	slots []nameCount // as many as a power of two; a free one has no uses
	names int
}

// A nameCount is a name at its first use, and how often it was used.
type nameCount struct {
	off  btf.StrOff
	hash uint32
	uses int
}

// use counts a use of a name, and returns its number, from 1.
func (c *nameCounts) use(t *btf.Types, off btf.StrOff) int {
	if c.names >= len(c.slots)/2 {
		c.grow()
	}
	text := t.TextFrom(off)
	text = text[:strings.IndexByte(text, 0)]
	hash := hashName(text)
	slot := c.slot(hash, func(s *nameCount) bool {
		return s.off == off || strings.HasPrefix(t.TextFrom(s.off), text) && t.TextFrom(s.off)[len(text)] == 0
	})
	if slot.uses == 0 {
		c.names++
		slot.off, slot.hash = off, hash
	}
	slot.uses++
	return slot.uses
}

// slot returns the slot of a name, a free one if it is not there.
func (c *nameCounts) slot(hash uint32, same func(*nameCount) bool) *nameCount {
	for i := hash; ; i++ {
		s := &c.slots[i&uint32(len(c.slots)-1)]
		if s.uses == 0 || s.hash == hash && same(s) {
			return s
		}
	}
}

func (c *nameCounts) grow() {
	old := c.slots
	c.slots = make([]nameCount, max(1<<10, 2*len(old)))
	for _, s := range old {
		if s.uses > 0 {
			*c.slot(s.hash, func(*nameCount) bool { return false }) = s
		}
	}
}

func hashName(s string) uint32 {
	const prime = 0x9e3779b97f4a7c15
	h := uint64(len(s)) * prime
	for ; len(s) >= 8; s = s[8:] {
		h = (h ^ binary.LittleEndian.Uint64([]byte(s[:8]))) * prime
		h ^= h >> 32
	}
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return uint32(h ^ h>>32)
}
