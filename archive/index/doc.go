// Package index is what an archive says of itself: which kernels and modules are in it, from
// which packages, and where their BTF is.
//
// Each package has an object of its own, so that no two writers ever meet in one:
//
//	index/NAME_VERSION_ARCH_IDENTITY.jsonl
//
// It has a line of JSON for the package, a [Package], and one for each kernel and module, an
// [Entry], in the order of their paths. It is written last: a package whose object is there is
// done, and what it refers to is there.
//
// # What is stable
//
// Keys, and the fields with their meaning; new fields may come.
package index
