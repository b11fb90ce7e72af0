package typegraph

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// ErrNeedRaw says that the merged mode of a Graph cannot be sure to give the
// result of the raw mode for its input. The caller starts over with a Graph in
// raw mode. Guard tells which check found it.
var ErrNeedRaw = errors.New("dedup: needs the raw mode")

// Guard is the check that ended the merged mode; guard.go explains each.
type Guard uint8

// The guards.
const (
	GuardNone      Guard = iota
	GuardIdentity        // two types of a unit stand for one of the graph, and are not plainly the same
	GuardCandidate       // more than one candidate is equivalent, and there are no primitive types
	GuardEnum            // a forward-declared enum has several definitions
	GuardBinding         // types of a unit taken as copies ended up as different ones
	GuardEarlier         // a unit with structs refers to earlier reference types
	GuardAnonFwd         // a FWD without a name
	GuardWork            // comparisons take more time than there are types for
	numGuards
)

var guardNames = [numGuards]string{"none", "identity", "candidate", "enum", "binding", "earlier", "anonymous forward", "work"}

func (g Guard) String() string {
	if g < numGuards {
		return guardNames[g]
	}
	return fmt.Sprintf("guard %d", uint8(g))
}

// needRawError carries the guard that fired.
type needRawError struct{ guard Guard }

func (e *needRawError) Error() string        { return ErrNeedRaw.Error() + " (" + e.guard.String() + ")" }
func (e *needRawError) Is(target error) bool { return target == ErrNeedRaw }

// FiredGuard returns the guard behind an ErrNeedRaw, or GuardNone.
func FiredGuard(err error) Guard {
	if e := (*needRawError)(nil); errors.As(err, &e) {
		return e.guard
	}
	return GuardNone
}

// NeedCountError says that the merged mode of a Graph tried candidates in an
// order that is not libbpf's, because it did not know how many primitive types
// there are. The caller starts over with this number in GraphOptions.
type NeedCountError struct {
	Primitives uint64 // of the whole input, for GraphOptions
}

func (e *NeedCountError) Error() string {
	return fmt.Sprintf("dedup: has to start over, with %d primitive types", e.Primitives)
}

// UnknownKindError says that a type is of a kind whose references are not
// known, so that it cannot be renumbered.
type UnknownKindError struct{ Kind btf.Kind }

func (e *UnknownKindError) Error() string { return fmt.Sprintf("unknown %v", e.Kind) }

// ErrLoop is wrapped by the error for types that refer to themselves without a
// struct, union or typedef on the way (libbpf: -ELOOP).
var ErrLoop = errors.New("reference loop")

// ErrOpaque is wrapped by the error for a struct, union or typedef that leads
// to a VAR, DATASEC or DECL_TAG, which cannot be compared (libbpf: -EINVAL).
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
