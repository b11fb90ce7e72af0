package module

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// A KindsWarning says that BTF has types of kinds that only newer versions of gopahole may
// know. They are passed over, by the lengths in its layout section.
type KindsWarning struct{ Kinds []btf.Kind }

func (w KindsWarning) String() string {
	var names []string
	for _, k := range w.Kinds {
		names = append(names, k.String())
	}
	return fmt.Sprintf("its BTF has types of %s, which this gopahole does not know and passes over: a newer one may know more",
		strings.Join(names, ", "))
}

// CheckKinds warns of types of kinds that are not known, in BTF and its bases.
func CheckKinds() Step {
	return Step{"check kinds", func(_ context.Context, m *Module) error {
		var kinds []btf.Kind
		for types := m.BTF; types != nil; types = types.Base() {
			kinds = append(kinds, types.UnknownKinds()...)
		}
		if len(kinds) > 0 {
			slices.Sort(kinds)
			m.warn(KindsWarning{slices.Compact(kinds)})
		}
		return nil
	}}
}
