package relocate

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// walkReferences looks at everything that the split types refer to.
func (c *checker) walkReferences() {
	n := c.split.NumIDs()
	for id := c.first; id < n; id++ {
		rec := c.split.Record(id)
		if kind := rec.Kind(); !kind.Known() && c.unknown == nil {
			c.unknown = &Error{Errno: kernel.EINVAL, ID: id, Reason: fmt.Sprintf("[%d]: %s", id, kind.NotKnown())}
		}
		for ref := range rec.Refs() {
			switch {
			case ref >= n:
				c.defect(DanglingID, id, func() string {
					return fmt.Sprintf("%s refers to [%d], the last type is [%d]", c.label(id), ref, n-1)
				})
				if c.dangling == nil {
					c.dangling = &stop{Crashes, id, fmt.Sprintf("refers to [%d], which does not exist: "+
						"the new ID is read from outside of a table", ref)}
				}
			case ref < c.first:
				c.referenced[ref] = true
			}
		}
	}
	if c.hasEmptyBase() {
		c.defect(EmptyBase, 0, func() string { return emptyBase })
	}
}

// walkMembers follows the members of every STRUCT and UNION to what they hold by
// value, through modifiers and arrays, as the kernel does to find embedded
// types. The kernel assumes that such a walk ends.
func (c *checker) walkMembers() {
	for id := c.first; id < c.split.NumIDs(); id++ {
		rec := c.split.Record(id)
		for _, m := range rec.Members() {
			end := c.chainFrom(m.Type).end
			switch {
			case end == endless && c.stuck == nil:
				c.stuck = &stop{Hangs, id, fmt.Sprintf("the member of type [%d] is one of itself: types refer to each other in a circle", m.Type)}
			case end == dangles && c.stuck == nil:
				c.stuck = &stop{Crashes, id, fmt.Sprintf("the member of type [%d] leads to a type that does not exist", m.Type)}
			case end == endless || end == dangles || end >= c.first || end == 0:
			case c.distilled.Record(end).Kind().IsComposite():
				c.embedded[end] = true
			}
		}
	}
	for id := c.first; id < c.split.NumIDs(); id++ {
		if c.chainFrom(id).end == endless {
			c.defect(Endless, id, func() string {
				return c.label(id) + " is one of itself: types refer to each other in a circle"
			})
		}
	}
}

// chain is what a chain of modifiers and arrays comes to.
type chain struct {
	end   btf.ID // the first type of another kind, or void, or endless, or dangles
	elems uint64 // of all arrays together; 1 without arrays, at most mostElems
	known bool
}

// Ends of chains that are no IDs.
const (
	endless btf.ID = 1<<32 - 1
	dangles btf.ID = 1<<32 - 2
)

// mostElems bounds the number of elements: more do not fit into any struct.
const mostElems = 1 << 32

// chainFrom returns what the chain that begins at id comes to. Each split type is
// walked over once.
func (c *checker) chainFrom(id btf.ID) chain {
	if c.chains == nil {
		c.chains = make([]chain, c.split.NumIDs()-c.first)
	}
	c.path = c.path[:0]
	var result chain
	for {
		if own := id >= c.first && id < c.split.NumIDs(); own {
			known := &c.chains[id-c.first]
			if known.known {
				result = *known
				break
			}
			*known = chain{end: endless, known: true} // if the walk comes here again
			c.path = append(c.path, id)
		}
		next, more := c.inside(id)
		if !more {
			result = chain{end: next, elems: 1, known: true}
			break
		}
		id = next
	}
	for i := len(c.path) - 1; i >= 0; i-- {
		if rec := c.split.Record(c.path[i]); rec.Kind() == btf.KindArray {
			result.elems = min(result.elems*uint64(rec.Array().Len), mostElems)
		}
		c.chains[c.path[i]-c.first] = result
	}
	return result
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
	switch kind := rec.Kind(); {
	case kind.IsModifier():
		return rec.Type(), true
	case kind == btf.KindArray:
		return rec.Array().Elem, true
	}
	return id, false
}
