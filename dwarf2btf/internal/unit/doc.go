// Package unit decodes the units of DWARF: a unit goes in, a CU comes out.
//
//	Input ──► Open ──► File ──► NewDecoder, one for each worker
//	                     │          │ Decode: unit i
//	                     │          ▼
//	                     │         CU     types as shapes and edges, functions and variables
//	                     ▼          │
//	               TakeReports ◄────┘     one CU after the other
//
// A [File] is what all units of an input share: sections, symbols, names and shapes. A
// [Decoder] walks the entries of a unit, which give types, functions, parameters and
// variables their content and their references. A reference is a die.Ref, the offset of
// another entry, until the unit is complete. Then resolve.go turns references into
// numbers, and signatures.go works out what the encoder wants to know of functions and
// variables. The exported part of a [CU] is what the encoder reads.
//
// The order of types is that in which pahole 1.32 numbers them, as the order decides which
// of several equal types stays.
//
// Where a CU has several units, they are those of a whole file that refer to each other
// ([Decoder.DecodeMerged]), type units that signatures lead to (typeunits.go), units of a
// supplementary file (supplementary.go), or a split unit in the place of its skeleton
// (split.go).
//
// Nothing here knows the order of CUs, other files, or the graph of types.
package unit
