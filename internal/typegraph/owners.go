package typegraph

import "math/bits"

// owners finds the first type of a unit that got a type of the graph as its partner. It is a hash
// table of the size of the unit: there is one for each worker, and the graph is large.
//
// An entry is valid as long as the type of the unit has that partner.
type owners struct {
	slots []uint32 // index of a type of the unit, plus one; 0 is free; length a power of two
	shift uint8
}

// noOwner is the owner of a type that none has for a partner.
const noOwner = 1<<32 - 1

// reset empties the table for a unit of n types, of which each gets a partner three times at most.
func (o *owners) reset(n int) {
	size := 4 << bits.Len(uint(n))
	if size > cap(o.slots) {
		o.slots = make([]uint32, size)
	}
	o.slots = o.slots[:size]
	clear(o.slots)
	o.shift = uint8(33-bits.Len(uint(size))) & 31
}

// of returns the owner of a type of the graph, noOwner if there is none.
func (o *owners) of(id uint32, partner []uint32) uint32 {
	mask := uint32(len(o.slots) - 1)
	for i := id * 0x9e3779b1 >> o.shift; ; i = (i + 1) & mask {
		n := o.slots[i] - 1
		if n == noOwner || partner[n] == id {
			return n
		}
	}
}

// add makes a type of the unit, which has this partner, the owner if there is none.
func (o *owners) add(n, id uint32, partner []uint32) {
	mask := uint32(len(o.slots) - 1)
	for i := id * 0x9e3779b1 >> o.shift; ; i = (i + 1) & mask {
		switch m := o.slots[i] - 1; {
		case m == noOwner:
			o.slots[i] = n + 1
			return
		case partner[m] == id: // perhaps n itself, which had it before
			return
		}
	}
}
