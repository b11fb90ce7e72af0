package unit

import (
	"math"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// target is what a reference can lead to: a type, a parameter, a function or a variable,
// and where it stands.
type target struct {
	off  uint32
	kind targetKind
	num  uint32 // type number, or index + 1
}

type targetKind uint8

const (
	targetType targetKind = iota
	targetParam
	targetFunc
	targetVar
)

// noType is the number of a type DIE that means void.
const noType = 1<<30 - 1

// targets finds the target at an offset of the unit that is being decoded. A kernel has
// 12 million references, so a look-up is two loads and no branch that a processor would
// guess wrong.
//
// There is a slot for every few bytes of the unit, which has the number of a target. No
// slot has to be emptied for the next unit: numbers go on from unit to unit, and those of
// earlier units are too small. Entries that anything refers to are longer than that, but for a few
// such as a "const void". The second one in the same bytes is in a map.
type targets struct {
	start   uint32            // offset of the unit
	slots   []uint32          // by offset in the unit, divided by slotBytes: first + index in list
	first   uint32            // of this unit's; 0 is in slots that were never used
	list    []uint64          // offset, kind and number, in the order of put
	crowded map[uint32]uint32 // kind and number, by offset
}

// slotBytes is the number of bytes of a unit that share a slot.
const (
	slotBytes = 1 << slotShift
	slotShift = 2
)

// reset empties the table for a unit of size bytes, whose offset is start. If it has to grow, it grows for units of
// room bytes.
func (t *targets) reset(start, size uint32, room int) {
	n := int(size/slotBytes) + 1
	if cap(t.slots) < n {
		t.slots = make([]uint32, max(n, room/slotBytes+1))
	}
	t.slots = t.slots[:n]
	if t.first == 0 || t.first > math.MaxUint32/2 {
		clear(t.slots[:cap(t.slots)])
		t.first = 1
	} else {
		t.first += uint32(len(t.list))
	}
	t.start, t.list = start, t.list[:0]
	clear(t.crowded)
}

// put adds the target at an offset; of two at one offset the first counts. One that is
// far from the unit is left out: see Decoder.nested.
func (t *targets) put(off uint32, kind targetKind, num uint32) {
	packed := uint32(kind)<<30 | num
	i := t.slot(off)
	if i >= uint(len(t.slots)) {
		return
	}
	if s := uint(t.slots[i] - t.first); s < uint(len(t.list)) {
		t.crowd(uint32(t.list[s]>>32), off, packed)
		return
	}
	t.slots[i] = t.first + uint32(len(t.list))
	t.list = append(t.list, uint64(off)<<32|uint64(packed))
}

// slot returns the index of the slot for an offset.
func (t *targets) slot(off uint32) uint { return uint((off - t.start) / slotBytes) }

// crowd adds a target whose slot is taken by one at the offset other.
func (t *targets) crowd(other, off, packed uint32) {
	if other == off {
		return
	}
	if t.crowded == nil {
		t.crowded = make(map[uint32]uint32)
	}
	if _, ok := t.crowded[off]; !ok {
		t.crowded[off] = packed
	}
}

// at returns kind and number of the target at an offset.
func (t *targets) at(off uint32) (packed uint32, ok bool) {
	if i := t.slot(off); i < uint(len(t.slots)) {
		if s := uint(t.slots[i] - t.first); s < uint(len(t.list)) && uint32(t.list[s]>>32) == off {
			return uint32(t.list[s]), true
		}
	}
	if len(t.crowded) > 0 {
		packed, ok = t.crowded[off]
	}
	return packed, ok
}

// get returns the target at an offset.
func (t *targets) get(off uint32) (kind targetKind, num uint32, ok bool) {
	packed, ok := t.at(off)
	return targetKind(packed >> 30), packed & noType, ok
}

// resolve makes edges of references, from the one with index i on, as long as they are
// offsets of types with a number that have a slot. It returns the index of the first one
// that is not, or the number of references. It calls nothing, so that all that it needs
// fits into registers, and would not in its caller.
//
//go:noinline
func (t *targets) resolve(refs []die.Ref, edges []typegraph.Ref, i int) int {
	start, first, slots, list := t.start, t.first, t.slots, t.list
	edges = edges[:len(refs)]
	for ; i < len(refs); i++ {
		off := uint32(refs[i])
		s := uint((off - start) / slotBytes)
		if s >= uint(len(slots)) {
			break
		}
		n := uint(slots[s] - first)
		if n >= uint(len(list)) {
			break
		}
		num := list[n] ^ uint64(off)<<32 // of a type, if that is at this offset
		if num-1 >= firstSynonym-1 {
			break
		}
		edges[i] = typegraph.Local(uint32(num))
	}
	return i
}
