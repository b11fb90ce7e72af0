package names

import (
	"math/bits"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/texthash"
	"github.com/gopahole/gopahole/internal/memory"
)

// Base finds the strings of a base by content. It can be used by any number of tables at the
// same time. A kernel has 110,000 strings, so that a process which encodes one small module
// would spend much of its time to index them: a table that is the first one to ask does without,
// see Table.Expect.
type Base struct {
	seed  texthash.Seed
	text  string // the strings of the base and of its bases
	asked atomic.Bool
	index func() *baseIndex
}

// NewBase returns the strings of t. Of several equal ones the first counts
// (libbpf: btf__find_str).
func NewBase(t *btf.Types) *Base {
	n := &Base{seed: texthash.NewSeed(), text: allStrings(t)}
	n.index = sync.OnceValue(func() *baseIndex { return newIndex(n) })
	return n
}

// baseIndex has all strings of a base. A slot has 4 bytes, so that the table is no larger
// than the caches.
type baseIndex struct {
	slots []uint32 // offset, below a part of the hash; 0 = free; length a power of two
	shift uint8    // bits of an offset
}

func newIndex(n *Base) *baseIndex {
	text := n.text
	shift := offsetBits(text)
	count := strings.Count(text, "\x00")
	size := 1 << bits.Len(uint(count)+uint(count)/2)
	slots := memory.Make[uint32](size, size)
	// A page that is read before it is written to is faulted in twice.
	for i := 0; i < len(slots); i += 1024 {
		slots[i] = 0
	}
	mask := uint32(len(slots) - 1)
	for at := 0; at < len(text); {
		h, size := texthash.HashAt(n.seed, text, at)
		if size > 0 {
			i := h & mask
			for slots[i] != 0 {
				if slots[i]>>shift == h>>shift && n.is(slots[i]&(1<<shift-1), text[at:at+size]) {
					break
				}
				i = (i + 1) & mask
			}
			if slots[i] == 0 {
				slots[i] = h>>shift<<shift | uint32(at)
			}
		}
		at += size + 1
	}
	return &baseIndex{slots, shift}
}

// allStrings returns the strings of t and of its bases.
func allStrings(t *btf.Types) string {
	if t.Base() == nil {
		return t.Text()
	}
	return allStrings(t.Base()) + t.Text()
}

// is reports whether the string at an offset is s.
func (n *Base) is(off uint32, s string) bool {
	rest := n.text[off:]
	return len(rest) > len(s) && rest[len(s)] == 0 && rest[:len(s)] == s
}

// find returns the offset of a string with this hash, 0 if the base has none.
func (n *Base) find(h uint32, s []byte) uint32 {
	t := n.index()
	mask := uint32(len(t.slots) - 1)
	tag := h >> t.shift
	for i := h & mask; ; i = (i + 1) & mask {
		v := t.slots[i]
		if v == 0 {
			return 0
		}
		if v>>t.shift != tag {
			continue
		}
		off := v & (1<<t.shift - 1)
		if off-1 >= uint32(len(n.text))-1 || n.text[off-1] != 0 { // in a damaged file only
			continue
		}
		if rest := n.text[off:]; len(rest) > len(s) && rest[len(s)] == 0 && rest[:len(s)] == string(s) {
			return off
		}
	}
}

// bytes returns a copy of the string at an offset.
func (n *Base) bytes(off uint32) []byte {
	return []byte(n.text[off:][:n.size(off)])
}

func (n *Base) size(off uint32) int { return strings.IndexByte(n.text[off:], 0) }
