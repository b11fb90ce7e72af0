// Package dedup removes duplicate types from BTF. Its results are those of libbpf's
// btf__dedup, byte for byte.
//
// Compilers describe the types of each compile unit anew: a kernel has its "struct
// list_head" some thousand times. Types are equal if they look the same and everything
// that they lead to does, in circles as well. What makes it hard are forward
// declarations: one unit only declares what another one defines, and both are to end
// up as the same type.
//
// # An example
//
// These are the types of two units, one after the other. The first one has seen no
// more of struct list than its name.
//
//	[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
//	[2] STRUCT 'item' size=16 vlen=2
//		'n' type_id=1 bits_offset=0
//		'list' type_id=3 bits_offset=64
//	[3] PTR '(anon)' type_id=4
//	[4] FWD 'list' fwd_kind=struct
//
//	[5] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
//	[6] STRUCT 'list' size=8 vlen=1
//		'first' type_id=7 bits_offset=0
//	[7] PTR '(anon)' type_id=8
//	[8] STRUCT 'item' size=16 vlen=2
//		'n' type_id=5 bits_offset=0
//		'list' type_id=9 bits_offset=64
//	[9] PTR '(anon)' type_id=6
//
// Dedup goes through them several times. Each pass decides on some kinds of types, in
// the order of their IDs: either a type stands for itself, or an earlier one stands for
// it, which then is its canonical type.
//
//   - Strings. Equal names get one offset, so that names can be compared as numbers.
//   - Primitive types, which refer to nothing: [5] is [1]. The FWD [4] is the only one
//     of its name.
//   - Structs, unions and typedefs. [2] and [6] are the first of their name and
//     content: they stand for themselves, and become candidates for what follows. For
//     [8] there is the candidate [2]. Suppose they were equal. Then their members would
//     have to be: [5] and [1] are, and [9] and [3] would be if [6] and [4] were. A FWD
//     may be the struct of its name. So nothing speaks against it, and [8] is [2]. On
//     the way it has turned out what the FWD stands for: [4] is [6]. The pointers are
//     not decided yet.
//   - Forward declarations that no comparison came across are resolved by their names,
//     if just one struct or union has it. Here none is left.
//   - Types that consist of references, such as pointers. A type comes after those that
//     it refers to. [3] now leads to [6], and [7] to [2]. [9] leads to [6] as [3] does:
//     [9] is [3].
//   - What is left moves together, and all references get the new numbers:
//
// The result:
//
//	[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
//	[2] STRUCT 'item' size=16 vlen=2
//		'n' type_id=1 bits_offset=0
//		'list' type_id=3 bits_offset=64
//	[3] PTR '(anon)' type_id=4
//	[4] STRUCT 'list' size=8 vlen=1
//		'first' type_id=5 bits_offset=0
//	[5] PTR '(anon)' type_id=2
//
// # Time
//
// For m references of n types it takes time for m log n, whatever the types are. libbpf
// takes the square or the cube for types of one name that agree for a long way. Where
// libbpf's result cannot be found out in that time, the outcome is a [*WorkError];
// kernels are far away from it.
//
// The types of the result, and the errors, are stable. The time that an input takes
// before it is given up is not.
package dedup
