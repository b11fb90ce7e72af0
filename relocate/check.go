package relocate

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// ErrNotSplit says that there is nothing to relocate: the types have no base.
var ErrNotSplit = errors.New("relocate: not split BTF")

// ErrSplitBase says that the base of the types is split BTF itself, which no
// .BTF.base is.
var ErrSplitBase = errors.New("relocate: the distilled base is split BTF")

// Check says what a kernel with the target as its BTF does with split types and their
// distilled base, and changes nothing. It accepts types of btf.ParseLoose. What kernels
// refuse before they relocate, such as bad names, sizes, flags and kinds, it does not
// look for: see package verify.
//
// What is wrong with the types is in the Result. The error is ErrNotSplit or
// ErrSplitBase, or wraps ErrTooMany or ErrLongNames: then there is no Result.
func Check(split *btf.Types, target *Target) (*Result, error) {
	c, err := check(split, target)
	if err != nil {
		return nil, err
	}
	return &c.result, nil
}

func check(split *btf.Types, target *Target) (*checker, error) {
	distilled := split.Base()
	switch {
	case distilled == nil:
		return nil, ErrNotSplit
	case distilled.Base() != nil:
		return nil, ErrSplitBase
	}
	c := &checker{
		split:      split,
		distilled:  distilled,
		target:     target,
		first:      split.FirstID(),
		embedded:   make([]bool, split.FirstID()),
		referenced: make([]bool, split.FirstID()),
		names:      make(map[btf.StrOff]btf.ID),
	}
	c.result.firstID, c.result.numIDs, c.result.newFirst = c.first, split.NumIDs(), target.types.NumIDs()
	c.walkReferences()
	c.walkMembers()
	if err := c.match(); err != nil {
		return nil, err
	}
	c.walkNames()
	c.checkLayout()
	c.decide()
	return c, nil
}

// checker is the state of one check. What ends relocation is noted where it is
// found, and decide picks what a kernel meets first.
type checker struct {
	split, distilled *btf.Types
	target           *Target
	first            btf.ID // of the split types

	embedded   []bool                // by distilled ID
	referenced []bool                // by distilled ID
	names      map[btf.StrOff]btf.ID // by offset of a distilled name: the type of the target that gives it the new one
	chains     []chain               // by ID of a split type, less first
	path       []btf.ID              // scratch
	pairs      int                   // comparisons so far
	defects    [numDefects]int

	stuck     *stop       // where following members ends badly
	ambiguous []ambiguity // second candidates, those with the smallest ID
	dangling  *stop       // the first reference to a type that does not exist
	unknown   *Error      // the first type of an unknown kind
	unnamed   *Error      // the first string that has no new offset

	result Result
}

// stop is a place where a kernel crashes or hangs.
type stop struct {
	outcome Outcome
	id      btf.ID // the split type that it is at
	why     string
}

// ambiguity is a second candidate for a distilled type.
type ambiguity struct {
	distilled *Distilled // nil: void, which a nameless type of the target is taken for
	id        btf.ID     // of the candidate
}

// secondMatch notes the second candidate of a distilled type.
func (c *checker) secondMatch(d *Distilled, id btf.ID) { c.addAmbiguity(ambiguity{d, id}) }

func (c *checker) addAmbiguity(a ambiguity) {
	switch {
	case len(c.ambiguous) > 0 && a.id > c.ambiguous[0].id:
		return
	case len(c.ambiguous) > 0 && a.id < c.ambiguous[0].id:
		c.ambiguous = c.ambiguous[:0]
	}
	c.ambiguous = append(c.ambiguous, a)
}

// decide fills in the outcome: the first problem in the order of the kernel.
func (c *checker) decide() {
	r := &c.result
	refuse := func(e *Error) { r.Outcome, r.Refusal = Refused, e }
	stopAt := func(s *stop) {
		r.Outcome, r.Why = s.outcome, fmt.Sprintf("[%d]: %s", s.id, s.why)
	}
	invalid := c.firstInvalid()
	ambiguous := c.firstAmbiguity()
	unmatched := c.firstUnmatched()
	switch {
	case c.target.types == c.distilled:
		refuse(&Error{Errno: kernel.EINVAL, Reason: "the target is the distilled base itself"})
	case invalid != nil:
		refuse(invalid)
	case c.stuck != nil:
		stopAt(c.stuck)
	case ambiguous != nil:
		refuse(ambiguous)
	case unmatched != nil:
		refuse(unmatched)
	case c.unknown != nil && (c.dangling == nil || c.unknown.ID <= c.dangling.id):
		refuse(c.unknown)
	case c.dangling != nil:
		stopAt(c.dangling)
	case c.unnamed != nil:
		refuse(c.unnamed)
	case c.hasEmptyBase():
		r.Outcome, r.Why = Misread, emptyBase
	}
}

const emptyBase = "the distilled base has no types: kernels number the split types from 0 then, " +
	"and take every ID for that of the next type"

// hasEmptyBase reports whether the base is what kernels cannot count: void is a
// type to them only if there is another one (Linux 7.2, kernel/bpf/btf.c:
// btf_add_type).
func (c *checker) hasEmptyBase() bool { return c.first == 1 && c.split.NumIDs() > 1 }

// firstInvalid returns the error for the first type that a distilled base
// cannot have.
func (c *checker) firstInvalid() *Error {
	for i := range c.result.Distilled {
		d := &c.result.Distilled[i]
		switch {
		case d.State != Invalid:
		case !canBeDistilled(d.Kind):
			return &Error{Errno: kernel.EINVAL, ID: d.ID,
				Message: fmt.Sprintf("type [%d] in distilled based BTF has unexpected kind [%d]", d.ID, d.Kind)}
		default:
			return &Error{Errno: kernel.EINVAL, ID: d.ID,
				Message: fmt.Sprintf("type [%d], kind [%d] is invalid for distilled base BTF; it is anonymous", d.ID, d.Kind)}
		}
	}
	return nil
}

// firstAmbiguity returns the error for the first second candidate.
func (c *checker) firstAmbiguity() *Error {
	c.findVoid()
	if len(c.ambiguous) == 0 {
		return nil
	}
	first := c.ambiguous[0]
	if len(c.ambiguous) > 1 { // of the same candidate
		place := make([]int, c.first)
		for i, id := range c.sortedTable() {
			place[id] = i
		}
		for _, a := range c.ambiguous[1:] {
			if place[a.distilledID()] < place[first.distilledID()] {
				first = a
			}
		}
	}
	d := first.distilled
	if d == nil {
		return &Error{Errno: kernel.EINVAL,
			Message: fmt.Sprintf("base BTF id [%d] maps to invalid distilled base BTF id [0]", first.id)}
	}
	return &Error{Errno: kernel.EINVAL, ID: d.ID,
		Message: fmt.Sprintf("distilled base BTF type '%s' [%d], size %d has multiple candidates of the same size "+
			"(ids [%d, %d]) in base BTF",
			d.Name, d.ID, c.target.types.Record(first.id).SizeOrType(), first.id, d.Accepted[0].ID)}
}

func (a ambiguity) distilledID() btf.ID {
	if a.distilled == nil {
		return 0
	}
	return a.distilled.ID
}

// findVoid looks for a type of the target that has a name, but an empty one.
// Void, which has none, is in the table of distilled types by its empty name,
// with size 0, and finding it there is an error.
func (c *checker) findVoid() {
	for id := c.target.first[""]; id != 0; id = c.target.next[id] {
		if !c.target.needSize[id] || keySize(c.target.types.Record(id)) == 0 {
			c.addAmbiguity(ambiguity{nil, id})
			return
		}
	}
}

// firstUnmatched returns the error for the first distilled type that nothing
// was found for.
func (c *checker) firstUnmatched() *Error {
	for i := range c.result.Distilled {
		if d := &c.result.Distilled[i]; d.State != Invalid && d.NumAccepted == 0 {
			return &Error{Errno: kernel.EINVAL, ID: d.ID,
				Message: fmt.Sprintf("distilled base BTF type '%s' [%d] is not mapped to base BTF id", d.Name, d.ID)}
		}
	}
	return nil
}
