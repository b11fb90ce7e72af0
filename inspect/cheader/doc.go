// Package cheader writes BTF as a C header, as "bpftool btf dump file FILE format c"
// does: the vmlinux.h that BPF programs include.
//
// # Order
//
// C wants a definition before what embeds it, and a declaration before what points
// to it. Types are taken in the order of bpftool (see [Options]), and what a type
// needs comes before it:
//
//	struct a { struct b x; struct c *y; };
//	           strong       weak
//
// A strong link wants b defined first. A weak one goes through a pointer to a named
// type: a forward declaration of c is enough, and is written only if c was not
// defined by then. An anonymous type has no declaration, so what it embeds is
// strong however it was reached. A cycle of strong links has no C form; see
// [CycleError].
//
// # Names
//
// BTF may have several types of one name, C may not. The second gets ___2 after its
// name, and so on: tags of structs, unions and enums in one space of names,
// typedefs and enumerators in another.
//
// # Layout
//
// Offsets are kept by what C can say: bit-fields without a name fill holes that the
// compiler would not leave by itself, and a struct whose members are not aligned is
// packed. Layouts that no compiler makes may come out differently.
package cheader
