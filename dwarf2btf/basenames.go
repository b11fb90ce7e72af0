package dwarf2btf

import (
	"hash/maphash"
	"math/bits"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// baseNames finds the strings of a base by content. It does not change once it is
// made. A kernel has 110,000 of them, and a process that encodes one small module
// spends much of its time here: a slot has 4 bytes, so that the table is no larger
// than the caches.
type baseNames struct {
	seed  maphash.Seed
	text  string   // the strings of the base and of its bases
	slots []uint32 // offset, below a part of the hash; 0 = free; length a power of two
	shift uint8    // bits of an offset
}

// newBaseNames indexes the strings of t. Of several equal ones the first counts
// (libbpf: btf__find_str).
func newBaseNames(t *btf.Types) *baseNames {
	n := &baseNames{seed: maphash.MakeSeed(), text: allStrings(t)}
	n.shift = uint8(bits.Len(uint(len(n.text))))
	count := strings.Count(n.text, "\x00")
	n.slots = make([]uint32, 1<<bits.Len(uint(count)+uint(count)/2))
	for at := 0; at < len(n.text); {
		size := strings.IndexByte(n.text[at:], 0)
		if size > 0 {
			s := n.text[at : at+size]
			h := uint32(maphash.String(n.seed, s))
			if off, slot := lookupName(n, h, s); off == 0 {
				n.slots[slot] = h>>n.shift<<n.shift | uint32(at)
			}
		}
		at += size + 1
	}
	return n
}

// allStrings returns the strings of t and of its bases.
func allStrings(t *btf.Types) string {
	if t.Base() == nil {
		return t.Text()
	}
	return allStrings(t.Base()) + t.Text()
}

// find returns the offset of a string with this hash, 0 if the base has none.
func (n *baseNames) find(h uint32, s []byte) uint32 {
	off, _ := lookupName(n, h, s)
	return off
}

// lookupName also returns the slot at which a search ended.
func lookupName[T string | []byte](n *baseNames, h uint32, s T) (off, slot uint32) {
	mask := uint32(len(n.slots) - 1)
	tag := h >> n.shift
	for i := h & mask; ; i = (i + 1) & mask {
		v := n.slots[i]
		if v == 0 {
			return 0, i
		}
		if v>>n.shift != tag {
			continue
		}
		off := v & (1<<n.shift - 1)
		if rest := n.text[off:]; len(rest) > len(s) && rest[len(s)] == 0 && string(rest[:len(s)]) == string(s) {
			return off, i
		}
	}
}

// bytes returns a copy of the string at an offset.
func (n *baseNames) bytes(off uint32) []byte {
	return []byte(n.text[off:][:n.size(off)])
}

func (n *baseNames) size(off uint32) int { return strings.IndexByte(n.text[off:], 0) }
