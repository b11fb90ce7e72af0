package unit

import "github.com/gopahole/gopahole/dwarf2btf/internal/die"

// reader reads the attributes of the entries of a unit, in the terms of a CU: names as
// keys, references as offsets of the CU, numbers. It also says what is wrong with them.
// Which entries there are, and what becomes of them, is the business of others.
type reader struct {
	cuTypes
	openUnit
	single bool // the CU has one unit

	producer struct { // of the last unit
		key   nameKey
		clang bool
	}
}

// openUnit is the unit that is being decoded.
type openUnit struct {
	src      *source
	info     *section     // .debug_info or .debug_types
	part     contribution // in a package
	cur      die.Cursor
	table    die.Table
	tab      tableKey     // what table was compiled for
	buf      []byte       // the unit
	delta    uint32       // of offsets in the unit: section offset minus cu.base
	ctx      *unitContext // what outlives the decoding
	attrs    unitAttrs
	skeleton *skeleton
	steps    int // of chains of annotations
}
