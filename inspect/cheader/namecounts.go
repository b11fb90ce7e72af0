package cheader

import (
	"encoding/binary"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// nameCounts says how often a name was used. It is a table of offsets and has no strings in it,
// as there are some ten thousand names.
type nameCounts struct {
	types *btf.Types
	slots []uint32 // as many as a power of two: 1 more than the offset of a name at its first use; 0 is free
	names int
	more  map[uint32]int // uses, where there is more than one, by what is in slots
}

// newNameCounts makes room for n names, and makes more of it for others.
func newNameCounts(t *btf.Types, n int) *nameCounts {
	slots := 1 << 6
	for slots/4*3 < n {
		slots *= 2
	}
	return &nameCounts{types: t, slots: make([]uint32, slots), more: make(map[uint32]int)}
}

// use counts a use of a name, and returns its number, from 1.
func (c *nameCounts) use(off btf.StrOff) int {
	if c.names > len(c.slots)/4*3 {
		c.grow()
	}
	slot := c.find(off)
	if *slot == 0 {
		c.names++
		*slot = uint32(off) + 1
		return 1
	}
	n := max(1, c.more[*slot]) + 1
	c.more[*slot] = n
	return n
}

// find returns the slot of a name, a free one if it is not there.
func (c *nameCounts) find(off btf.StrOff) *uint32 {
	text := c.types.TextFrom(off)
	text = text[:strings.IndexByte(text, 0)+1]
	for i := hashText(text); ; i++ {
		slot := &c.slots[i&uint32(len(c.slots)-1)]
		if *slot == 0 || *slot == uint32(off)+1 || strings.HasPrefix(c.types.TextFrom(btf.StrOff(*slot-1)), text) {
			return slot
		}
	}
}

func (c *nameCounts) grow() {
	old := c.slots
	c.slots = make([]uint32, 2*len(old))
	for _, s := range old {
		if s != 0 {
			*c.find(btf.StrOff(s - 1)) = s
		}
	}
}

func hashText(s string) uint32 {
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
