package typegraph

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// Reason says why types cannot be merged unit by unit; equivalence.go explains each.
type Reason uint8

// The reasons.
const (
	ReasonNone      Reason = iota
	ReasonIdentity         // two types of a unit stand for one of the graph, and are not plainly the same
	ReasonCandidate        // more than one candidate is equivalent, and there are no primitive types
	ReasonEnum             // a forward-declared enum has several definitions; over a base, see openenums.go
	ReasonBinding          // types of a unit taken as copies ended up as different ones
	ReasonEarlier          // a unit with structs refers to earlier reference types
	ReasonAnonFwd          // a FWD without a name
	ReasonWork             // comparisons take more time than there are types for
	ReasonBaseFwd          // a struct meets a FWD that may or may not be of the base
	ReasonBase             // the base has types that are equal, or an enum that is declared forward
	numReasons
)

var reasonNames = [numReasons]string{"none", "identity", "candidate", "enum", "binding", "earlier", "anonymous forward", "work", "forward of the base", "base"}

func (r Reason) String() string {
	if r < numReasons {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// NeedDeferredError says that an [Incremental] graph cannot be sure to give libbpf's
// result for its input. The caller starts over with a [Deferred].
type NeedDeferredError struct{ Reason Reason }

func (e *NeedDeferredError) Error() string {
	return "types cannot be merged unit by unit (" + e.Reason.String() + ")"
}

// NeedCountError says that an [Incremental] graph tried candidates in an order that is
// not libbpf's, because it did not know how many primitive types there are. The caller
// starts over with this number in [IncrementalOptions].
type NeedCountError struct {
	Primitives uint64 // of the whole input
}

func (e *NeedCountError) Error() string {
	return fmt.Sprintf("dedup: has to start over, with %d primitive types", e.Primitives)
}

// UnknownKindError says that a type is of a kind whose references are not
// known, so that it cannot be renumbered.
type UnknownKindError struct {
	ID   uint32 // of the type, or 0 for a shape
	Kind btf.Kind
}

func (e *UnknownKindError) Error() string {
	if e.ID == 0 {
		return e.Kind.NotKnown()
	}
	return fmt.Sprintf("[%d]: %s", e.ID, e.Kind.NotKnown())
}

// BaseError says that a type of the base is damaged, with a *btf.ParseError. Types of a base
// are checked when a graph comes across them.
type BaseError struct{ Err error }

func (e *BaseError) Error() string { return "base: " + e.Err.Error() }
func (e *BaseError) Unwrap() error { return e.Err }

// ErrLoop is wrapped by the error for types that refer to themselves without a
// struct, union or typedef on the way (libbpf: -ELOOP).
var ErrLoop = errors.New("reference loop")

// ErrOpaque is wrapped by the error for a struct, union or typedef that leads
// to a VAR, DATASEC or DECL_TAG, which cannot be compared (libbpf: -EINVAL). A LOC_PROTO
// or LOCSEC cannot either, but there libbpf takes the two for different.
var ErrOpaque = errors.New("a struct, union or typedef refers to a VAR, DATASEC or DECL_TAG")

// TypeError says which type of the graph breaks a rule. The ID is a graph ID.
type TypeError struct {
	ID   uint32
	Kind btf.Kind
	Err  error
}

func (e *TypeError) Error() string { return fmt.Sprintf("type %d (%v): %v", e.ID, e.Kind, e.Err) }
func (e *TypeError) Unwrap() error { return e.Err }

// WorkError says that a type is compared with so many others of its name that the
// time is out of proportion: see effort.go. libbpf, which compares them all, would
// take the square of it.
type WorkError struct {
	ID    uint32 // of the graph
	Kind  btf.Kind
	Name  uint32 // identity
	Types int    // that were added
	Work  int    // pairs of types that were looked at
}

func (e *WorkError) Error() string {
	return fmt.Sprintf("type %d (%v): too many types of one name and content that can hardly be told apart: "+
		"%d comparisons for %d types", e.ID, e.Kind, e.Work, e.Types)
}
