// Package libbpf names the versions of libbpf whose results can be had: pahole and
// resolve_btfids get from libbpf what is not theirs, deduplication above all, and
// versions differ in bytes. Packages that have an option Compat take a [Version].
//
// What differs:
//
//	         typedefs of a base   arrays in the identity check   layout     distilled base
//	libbpf-1.7  are not found     without their elements         none       no types: broken
//	libbpf-1.8  are found         without their elements         20 kinds   no types: broken
//	libbpf-1.9  are found         with index and elements        23 kinds   no types: empty; FUNCs are copied
//
// The identity check is whether two types of the unit at hand may stand for one (libbpf:
// btf_dedup_identical_types). A distilled base without types confuses libbpf up to 1.8;
// see package distill for what is written in its place.
//
// # What is stable
//
// The names, which command lines have. A version is added when results differ.
package libbpf
