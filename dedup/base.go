package dedup

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// Base is the types of a base and of what that is split from, in the form that
// graphs of split BTF start with. It does not change: any number of graphs can
// share it.
//
// Name identities are string offsets. If the base has a string twice, these are
// two names, as they are for libbpf, which compares offsets as well. Names that
// the base does not have get identities from the end of its strings on.
type Base struct {
	Shapes *Shapes // of the base alone; see NewShapesOver
	Unit   *Unit   // for GraphOptions; local numbers are type IDs
}

// NewBase reads the types of a base. The error is a *UnknownKindError, wrapped,
// for a kind whose references are not known.
func NewBase(t *btf.Types) (*Base, error) {
	c := &converter{shapes: NewShapes()}
	unit, err := c.base(t)
	if err != nil {
		return nil, fmt.Errorf("dedup: %w", err)
	}
	return &Base{Shapes: c.shapes, Unit: unit}, nil
}
