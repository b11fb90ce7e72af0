package btf

import (
	"maps"
	"slices"
)

// UnknownKinds returns the kinds of own types that this package does not know, in
// ascending order. Only a layout section says how long their records are, and nothing what
// they mean: they are of a newer Linux.
func (t *Types) UnknownKinds() []Kind {
	if t.layout == nil {
		return nil // such types would not have been read
	}
	unknown := map[Kind]bool{}
	for _, rec := range t.Own() {
		if k := rec.Kind(); !k.Known() {
			unknown[k] = true
		}
	}
	return slices.Sorted(maps.Keys(unknown))
}
