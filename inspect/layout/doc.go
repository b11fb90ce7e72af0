// Package layout shows how structs and unions lie in memory, as "pahole -F btf" does:
// offsets and sizes of members, holes, padding, and where cache lines begin.
//
//	struct list_head {
//		struct list_head *         next;                 /*     0     8 */
//		struct list_head *         prev;                 /*     8     8 */
//
//		/* size: 16, cachelines: 1, members: 2 */
//		/* last cacheline: 16 bytes */
//	};
//
// BTF does not say of a struct that it is packed or aligned. Both are inferred from
// offsets and sizes, by pahole's rules, so that what is printed would be compiled to
// the same layout. Some of these rules mark types inside of others, so the order of
// printing has a say: a [Printer] remembers what it has inferred.
package layout
