package typegraph

// owners finds the first type of a unit that a type of the graph was met by, and is equal to as far as the two are
// concerned. It is a hash table of the size of the unit: there is one for each worker, and the graph is large.
//
// An entry is valid as long as the type of the unit has a partner: those of a walk that did not end well have none.
type owners struct {
	slots []owned // free if n is 0
	used  int
}

// owned says that a type of the graph has an owner: index in the unit, plus one.
type owned struct{ id, n uint32 }

// noOwner says that there is no room for an owner.
const noOwner = 1<<32 - 1

// reset empties the table for a unit of n types.
func (o *owners) reset(n int) {
	size := 3*n + 4
	if size > cap(o.slots) {
		o.slots = make([]owned, size+size/8)
	}
	o.slots, o.used = o.slots[:size], 0
	clear(o.slots)
}

// claim makes type n of the unit the owner of a type of the graph if that has none. It returns the owner, noOwner
// if there is no room for one.
func (o *owners) claim(n, id uint32, partner []uint32) uint32 {
	slots := o.slots
	i := int(uint64(id*0x9e3779b1) * uint64(len(slots)) >> 32)
	for slots[i].n != 0 {
		if s := slots[i]; s.id == id && (s.n == n+1 || partner[s.n-1] != 0) {
			return s.n - 1
		}
		if i++; i == len(slots) {
			i = 0
		}
	}
	if 4*o.used >= 3*len(slots) {
		return noOwner
	}
	slots[i] = owned{id, n + 1}
	o.used++
	return n
}
