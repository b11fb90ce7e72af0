package relocate

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// walkReferences looks at everything that the split types refer to.
func (c *checker) walkReferences() {
	n := c.split.NumIDs()
	for id := c.first; id < n; id++ {
		rec := c.split.Record(id)
		if kind := btf.KindOf(rec[1]); !kind.Known() && c.unknown == nil {
			c.unknown = &Error{Errno: EINVAL, ID: id, Reason: fmt.Sprintf("[%d] is of the unknown kind %d", id, uint8(kind))}
		}
		c.scratch = btf.AppendRefs(c.scratch[:0], rec)
		for _, w := range c.scratch {
			ref := btf.ID(rec[w])
			switch {
			case ref >= n:
				c.danger(DanglingID, id, "%s refers to [%d], the last type is [%d]", c.label(id), ref, n-1)
				if c.dangling == nil {
					c.dangling = &stop{Crashes, id, fmt.Sprintf("refers to [%d], which does not exist: the new ID is read from outside of a table", ref)}
				}
			case ref < c.first:
				c.referenced[ref] = true
			}
		}
	}
	if c.hasEmptyBase() {
		c.danger(EmptyBase, 0, emptyBase)
	}
}

// walkMembers follows the members of every STRUCT and UNION to what they hold by
// value, through modifiers and arrays, as the kernel does to find embedded
// types. The kernel takes for granted that such a walk ends.
func (c *checker) walkMembers() {
	for id := c.first; id < c.split.NumIDs(); id++ {
		rec := c.split.Record(id)
		if !isComposite(btf.KindOf(rec[1])) {
			continue
		}
		c.scratch = btf.AppendRefs(c.scratch[:0], rec)
		for _, w := range c.scratch {
			end := c.endOf(btf.ID(rec[w]))
			switch {
			case end == endless && c.stuck == nil:
				c.stuck = &stop{Hangs, id, fmt.Sprintf("the member of type [%d] is one of itself: types refer to each other in a circle", rec[w])}
			case end == dangles && c.stuck == nil:
				c.stuck = &stop{Crashes, id, fmt.Sprintf("the member of type [%d] leads to a type that does not exist", rec[w])}
			case end == endless || end == dangles || end >= c.first || end == 0:
			case isComposite(btf.KindOf(c.distilled.Record(end)[1])):
				c.embedded[end] = true
			}
		}
	}
	for id := c.first; id < c.split.NumIDs(); id++ {
		if c.endOf(id) == endless {
			c.danger(Endless, id, "%s is one of itself: types refer to each other in a circle", c.label(id))
		}
	}
}

// What endOf returns instead of an ID.
const (
	endless btf.ID = 1<<32 - 1
	dangles btf.ID = 1<<32 - 2
)

// chainEnds remembers the ends of chains, by ID of a split type: 0 for not known.
type chainEnds []btf.ID

// endOf returns the end of a chain of modifiers and arrays that begins at id:
// the first type of another kind, or void, or endless, or dangles. Each type of
// the split BTF is walked over once.
func (c *checker) endOf(id btf.ID) btf.ID {
	if c.ends == nil {
		c.ends = make(chainEnds, c.split.NumIDs()-c.first)
	}
	const unknown, void = 0, 1<<32 - 3 // in ends
	start := id
	var end btf.ID
	for {
		if id >= c.first && id < c.split.NumIDs() {
			if end = c.ends[id-c.first]; end != unknown {
				break
			}
			c.ends[id-c.first] = endless // if the walk comes here again
		}
		next, more := c.inside(id)
		if !more {
			if end = next; end == 0 {
				end = void
			}
			break
		}
		id = next
	}
	// Again, to note the end.
	for id = start; id >= c.first && id < c.split.NumIDs() && c.ends[id-c.first] != end; {
		c.ends[id-c.first] = end
		id, _ = c.inside(id)
	}
	if end == void {
		return 0
	}
	return end
}

// inside returns what a modifier or array is of, and true, or the end of the
// chain. Distilled types are ends: a valid base has no modifiers.
func (c *checker) inside(id btf.ID) (btf.ID, bool) {
	if id < c.first {
		return id, false
	}
	rec := c.split.Record(id)
	if rec == nil {
		return dangles, false
	}
	switch btf.KindOf(rec[1]) {
	case btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindTypedef, btf.KindTypeTag:
		return btf.ID(rec[2]), true
	case btf.KindArray:
		return btf.ID(rec[3]), true
	}
	return id, false
}
