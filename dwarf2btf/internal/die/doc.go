// Package die reads debugging information entries: unit headers, abbreviation
// tables and the attributes that an encoder of BTF needs, nothing else.
//
// The reader is a cursor over the bytes of one unit. Abbreviations are compiled
// once per table into short programs (DWARF 5, 7.5.3): runs of attributes that
// nobody asks for become one step over a fixed number of bytes, wanted attributes
// become one store into a slot. Reading a DIE is then one loop over a handful of
// operations, without allocation.
//
//	unit:   [length][version][type][address size][abbreviation offset] DIE DIE ... 0
//	DIE:    [abbreviation code] attribute values in the order of the abbreviation
//	                            children ... 0, when the abbreviation says so
//
// Offsets of type [Off] are relative to the first byte of the unit, header
// included, as DW_FORM_ref1..8 count them.
//
// Malformed input: every length is checked before it is used. Reading past the
// end of the unit is left to Go's bounds checks; [Guard] turns that panic into a
// [*Error] at the unit's boundary, so the inner loop has no error returns. The
// package is not safe for concurrent use of one Cursor; tables are read-only
// after they are compiled.
package die
