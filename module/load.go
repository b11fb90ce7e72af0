package module

import (
	"context"
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/verify"
)

// An OtherBaseError says that split BTF was made on another base than the one that was
// named, on which it would be nonsense.
type OtherBaseError struct {
	Origin verify.Origin
	Base   *btf.Types
}

func (e *OtherBaseError) Error() string {
	return fmt.Sprintf("its BTF was made on another base, with %s; --base has %d types and %d bytes of strings",
		describeOrigin(e.Origin), e.Base.NumIDs()-1, e.Base.StringEnd())
}

func describeOrigin(o verify.Origin) string {
	switch {
	case o.IDs == 0:
		return fmt.Sprintf("%d bytes of strings", o.StringBytes)
	case o.StringBytes == 0:
		return fmt.Sprintf("%d types", o.IDs-1)
	}
	return fmt.Sprintf("%d types and %d bytes of strings", o.IDs-1, o.StringBytes)
}

// ErrOtherOrder says that a module is for another machine than the base.
var ErrOtherOrder = errors.New("its BTF is of the other byte order than the base")

// Load parses the split BTF that a module has. Nothing in the format says on what base
// it was made, but it mostly can be guessed. The error is an *OtherBaseError,
// ErrOtherOrder, or says that the BTF stands alone or is damaged.
func Load(s *btf.Sections, base *btf.Types) Step {
	return Step{"load", func(_ context.Context, m *Module) error {
		if _, err := btf.Parse(s.BTF, nil); err == nil {
			return errors.New("its BTF stands alone, and is not split from a base")
		}
		types, err := btf.Parse(s.BTF, base)
		origin := verify.GuessOrigin(s.BTF)
		if origin.IDs != 0 && origin.IDs != int(base.NumIDs()) || origin.StringBytes != 0 && origin.StringBytes != int(base.StringEnd()) {
			return &OtherBaseError{origin, base}
		}
		if err == nil && types.ByteOrder() != base.ByteOrder() {
			return ErrOtherOrder
		}
		m.BTF = types
		return err
	}}
}
