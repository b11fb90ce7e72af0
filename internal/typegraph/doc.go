// Package typegraph is the engine of deduplication. Package dedup says what the passes
// do, with an example; here is how.
//
// A graph takes types unit by unit and merges equal ones. There are three kinds:
//
//   - Incremental merges the types of each unit as it is added, and forgets those that
//     another one stands for. It never holds more than the types that are left and one
//     unit.
//   - Deferred merges nearly everything in Finish, with all types at once, as libbpf
//     does.
//   - Split is on top of a base, and a Deferred if it is not told to be an Incremental.
//
// All give libbpf's result, but Incremental cannot always know that it does: then its
// error says which kind of graph to start over with (equivalence.go, overbase.go, openenums.go,
// order.go).
// They share all code but the checks for that, and the compaction after each unit.
//
//	unit 1 ─┐                ┌─ merge primitives and enums         primitives.go, enums.go
//	unit 2 ─┼─► Add ─────────┤  recognise, or compare with
//	  ...  ─┘                │  candidates, structs and typedefs   recognise.go, structs.go, equal.go
//	                         │  merge reference types              reftypes.go
//	                         └─ forget what others stand for       compact.go
//	                            (the last three Incremental only)
//	            │
//	            ▼
//	           Finish ─────── compare structs and typedefs         (not Incremental)
//	                          resolve forwards by name             forwards.go
//	                          merge reference types
//	                          number what is left                  result.go
//
// Types that are there already can be found by other goroutines before the unit is added
// (scout.go), which is then confirmed (confirm.go).
//
// # Types in a graph
//
// The own content of a type, which is its record without the references, is its Shape:
// a number that two types share exactly if their content is the same. So libbpf's
// hashes and field by field tests become one comparison of numbers, and its lists of
// candidates are indexed by shape. A type itself is a node:
//
//	node    shape    own content
//	        start    its references, as IDs, from here on in one array for all nodes
//	        canon    the type that stands for it, once that is decided
//	        hypot    its partner while two types are being compared
//
// The types of a base are nodes as well, but empty ones until the graph comes across
// them (baseload.go).
//
// # Words
//
// These are libbpf's where it has one.
//
//   - Canonical type: the one that stands for a type, perhaps itself (canon; libbpf's
//     map).
//   - Candidate: a type that stands for itself, and may come to stand for others.
//   - Current side of a comparison: the type that is being decided on, and what it
//     leads to. Canonical side: the candidate, and what that leads to.
//   - Hypothetical map: which type of the current side each type of the canonical side
//     has met. Two types are equal if no contradiction turns up (hypot; libbpf's
//     hypot_map).
//   - FWD: a forward declaration. It is bound when a struct or union stands for it.
//   - Primitive types refer to nothing. Reference types are merged by what they refer
//     to: pointers, qualifiers, arrays, prototypes, functions and tags.
//
// # Time
//
// For m references of n types it takes time for m log n, whatever they are, where
// libbpf takes the square or the cube for types that agree for a long way. What cannot
// be told apart in this time is a WorkError, at 512 comparisons for each type; kernels
// need 0.1, or 2.5 when all is deferred. See effort.go and classes.go.
package typegraph
