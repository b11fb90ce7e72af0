// Package module gives a module everything that a kernel's build would give it for
// BTF, in one pass: what a build up to Linux 6.19 does with pahole and
// resolve_btfids, and one from Linux 7.0 on with scripts/gen-btf.sh and the two.
//
//	                      up to 6.19    from 7.0 on
//	encode, split             x             x         package dwarf2btf
//	hide implicit arguments                 x         package btfids
//	distill the base      from 6.11 on      x         package distill
//	sort by name                            x         package btf
//	resolve .BTF_ids          x             x         package btfids
//	ask the kernel            x             x         package verify
//	embed, one write          x             x
//
// Which step is for which release stands in the table of package kernel. Nothing is
// written unless the kernel that loads the module would take the result: a [Generator]
// has its BTF, and judges by its release, or where that is not known by the one in the
// module's vermagic.
package module
