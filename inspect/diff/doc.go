// Package diff says in what two BTFs differ, in the terms of those who use them: members that
// moved, sizes, values of enumerators, prototypes, tags, and what came or went.
//
//	old, new --identify--> an identity for each type --pair--> definitions by name
//	                                                              |
//	                                          changes <--compare--+
//
// # Identity
//
// IDs mean nothing, as each build numbers types anew. A type that has a name is known by its
// sort and name; whether it has changed is said once, where it is defined, and not of all
// that refers to it. A declaration (FWD) is known as what it declares, and ENUM64 as ENUM. A
// type without a name is known by its contents, in the place where it is used: two pointers
// are the same if they lead to the same, two structs without a name if their members are.
// Identities are exact, no hashes, and shared by both sides, so equal numbers mean equal
// types.
//
// # Names that are there several times
//
// BTF of a kernel may have several structs of a name, from files that do not know each other.
// Definitions that both sides have go away first; what is left over is compared in the order
// of sizes, and then of members.
//
// # What is passed over
//
// Where variables stand in their section changes with each build, so of a DATASEC only names
// count. Enumerators of enums without a name are compared one by one, as programs use them.
package diff
