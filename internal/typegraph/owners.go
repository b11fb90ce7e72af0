package typegraph

import "math/bits"

// owners finds the first type of a unit that a type of the graph was met by, and is equal to as far as the two are
// concerned. It is a hash table of the size of the unit: there is one for each worker, and the graph is large.
//
// An entry is valid as long as the type of the unit has a partner: those of a walk that did not end well have none.
type owners struct {
	slots []owned // free if n is 0; length a power of two
	used  int
	shift uint8
}

// owned says that a type of the graph has an owner: index in the unit, plus one.
type owned struct{ id, n uint32 }

// noOwner is the owner of a type that none has met.
const noOwner = 1<<32 - 1

// reset empties the table for a unit of n types.
func (o *owners) reset(n int) {
	size := 4 << bits.Len(uint(n))
	if size > cap(o.slots) {
		o.slots = make([]owned, size)
	}
	o.slots, o.used = o.slots[:size], 0
	clear(o.slots)
	o.shift = uint8(33-bits.Len(uint(size))) & 31
}

// of returns the owner of a type of the graph, noOwner if there is none.
func (o *owners) of(id uint32, partner []uint32) uint32 {
	mask := uint32(len(o.slots) - 1)
	for i := id * 0x9e3779b1 >> o.shift; o.slots[i].n != 0; i = (i + 1) & mask {
		if s := o.slots[i]; s.id == id && partner[s.n-1] != 0 {
			return s.n - 1
		}
	}
	return noOwner
}

// add makes type n of the unit the owner if there is none. It reports whether there was room.
func (o *owners) add(n, id uint32, partner []uint32) bool {
	if 4*o.used >= 3*len(o.slots) {
		return false
	}
	mask := uint32(len(o.slots) - 1)
	i := id * 0x9e3779b1 >> o.shift
	for ; o.slots[i].n != 0; i = (i + 1) & mask {
		if s := o.slots[i]; s.id == id && (s.n == n+1 || partner[s.n-1] != 0) {
			return true
		}
	}
	o.slots[i] = owned{id, n + 1}
	o.used++
	return true
}
