package unit

import (
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// typeBuilder gives types their shapes, numbers and references, and finds the targets of
// references when a unit is complete.
type typeBuilder struct {
	reader
	targets targets // of the unit
	nested  bool    // a unit was imported: targets may lack entries of the importer

	// Records under construction and their references. As entries are nested, these are
	// stacks.
	words []uint32
	refs  []die.Ref

	caches
}

// caches remember what the next unit is likely to have again. What they find saves a
// look-up in tables that workers share, see seen, or an entry's way through its attributes.
type caches struct {
	structs structCache

	plain      [btf.KindEnum64 + 1]typegraph.Shape // of nameless types that consist of a reference
	named      cache[cachedName]
	arrays     [256]cachedArray    // by number of elements, modulo
	prototypes [32]typegraph.Shape // of prototypes without names, by number of parameters
}
