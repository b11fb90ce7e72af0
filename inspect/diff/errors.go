package diff

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// A CycleError is about types without a name that lead back to themselves. Compilers make no
// such ones: names are in between.
type CycleError struct{ ID btf.ID }

func (e *CycleError) Error() string {
	return fmt.Sprintf("type %d has no name and leads back to itself, so it cannot be compared by its contents", e.ID)
}

// A KindError is about a kind of type that is not compared: one that is not known, or one of
// BTF inline, which says nothing of how types lie in memory.
type KindError struct {
	ID   btf.ID
	Kind btf.Kind
}

func (e *KindError) Error() string {
	return fmt.Sprintf("type %d is a %v, a kind that cannot be compared", e.ID, e.Kind)
}

// ErrWork is the error for names or types that would take too long to compare. Compilers
// make no such ones.
var ErrWork = errors.New("comparing takes too many steps; compilers make no such types")
