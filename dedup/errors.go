package dedup

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// UnknownKindError says that a type is of a kind whose references are not known, so
// that it cannot be renumbered.
type UnknownKindError struct {
	ID   btf.ID
	Kind btf.Kind
}

func (e *UnknownKindError) Error() string { return fmt.Sprintf("[%d]: %s", e.ID, e.Kind.NotKnown()) }

// ErrLoop is wrapped by the error for types that refer to themselves without a
// struct, union or typedef on the way (libbpf: -ELOOP).
var ErrLoop = errors.New("reference loop")

// ErrOpaque is wrapped by the error for a struct, union or typedef that leads to a
// VAR, DATASEC or DECL_TAG, which cannot be compared (libbpf: -EINVAL).
var ErrOpaque = errors.New("a struct, union or typedef refers to a VAR, DATASEC or DECL_TAG")

// TypeError says which type breaks a rule: Err is [ErrLoop] or [ErrOpaque].
type TypeError struct {
	ID   btf.ID
	Kind btf.Kind
	Err  error
}

func (e *TypeError) Error() string { return fmt.Sprintf("type %d (%v): %v", e.ID, e.Kind, e.Err) }
func (e *TypeError) Unwrap() error { return e.Err }

// WorkError says that a type was compared with so many others of its name that the
// time is out of proportion to the size of the input. libbpf, which compares them
// all, would take the square of it or more. Compilers make no such types.
type WorkError struct {
	ID          btf.ID
	Kind        btf.Kind
	Name        string
	Types       int // of the input, without its base
	Comparisons int // pairs of types that were looked at
}

func (e *WorkError) Error() string {
	return fmt.Sprintf("%.200q: type %d (%v): too many types of one name and content that can hardly be told apart: "+
		"%d comparisons for %d types", e.Name, e.ID, e.Kind, e.Comparisons, e.Types)
}

// publicError turns the errors of the engine into those of this package. The IDs of a
// graph that got all types of t at once are those of t.
func publicError(err error, t *btf.Types) error {
	if e := (*typegraph.UnknownKindError)(nil); errors.As(err, &e) {
		return &UnknownKindError{btf.ID(e.ID), e.Kind}
	}
	if e := (*typegraph.TypeError)(nil); errors.As(err, &e) {
		rule := ErrLoop
		if e.Err == typegraph.ErrOpaque {
			rule = ErrOpaque
		}
		return &TypeError{btf.ID(e.ID), e.Kind, rule}
	}
	if e := (*typegraph.WorkError)(nil); errors.As(err, &e) {
		id := btf.ID(e.ID)
		return &WorkError{ID: id, Kind: e.Kind, Name: t.Name(id), Types: e.Types, Comparisons: e.Work}
	}
	return err
}
