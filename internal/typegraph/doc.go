// Package dedup merges equal types. Its results are those of libbpf's
// btf__dedup, byte for byte.
//
// For m references of n types it takes time for m log n, whatever they are, where
// libbpf takes the square or the cube for types that agree for a long way. What it
// cannot tell apart in this time is an error (WorkError), at 512 comparisons for
// each type; kernels need 0.1, or 2.5 in the deferred mode. See effort.go and classes.go.
//
// Dedup takes any BTF. An encoder that makes types unit by unit does better with
// a Graph, which never holds more than the types that are left and one unit:
//
//	unit 1 ─┐                     ┌─ recognise or compare structs, unions, typedefs
//	unit 2 ─┼─► Graph.Add ────────┼─ merge reference types
//	  ...  ─┘    merge primitives └─ forget what others stand for
//	             and enums                     │
//	                                           ▼
//	           Graph.Finish ───── resolve forwards by name
//	                              merge reference types once more
//	                              number what is left
//
// In the deferred mode, Add only merges primitives and enums; Finish does the rest
// with all types, as libbpf does. Split BTF needs that, and so does input for
// which the incremental mode is not sure (guard.go). The incremental mode goes by a guess of
// the order of candidates, and may ask for a second run (order.go); of a few units
// it keeps everything (original.go). Apart from that, both modes share all code but
// the guards and the compaction.
//
// A type in the graph is a node:
//
//	node    shape      own content, a number of Shapes: two types of equal kind,
//	                   name, size, members, ... have the same
//	        start      its references in a flat array, as node IDs
//	        canon        the node that stands for it, once that is known
//	        hypot        its partner while two types are being compared
//
// Types of a base are nodes as well, but empty ones until the graph comes across
// them (base.go, load.go).
//
// So libbpf's hashes and field by field tests become one comparison of numbers,
// and its lists of candidates are arrays indexed by shape.
//
// Words used throughout: a candidate is a type that stands for itself and may
// come to stand for others; the current side of a comparison is the type that is
// being decided on and what it refers to, the canonical side is the candidate
// and what that refers to. FWD is a forward declaration, resolved or bound when
// a struct or union stands for it. Primitive types refer to nothing; reference
// types are merged by what they refer to: pointers, qualifiers, arrays, function
// prototypes, functions and tags.
package typegraph
