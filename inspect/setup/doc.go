// Package setup says whether the build of a kernel, or of a module outside of its tree, will come with BTF, and if not,
// what is in the way. It reads what a build reads: the configuration, the conditions of Kconfig, the makefiles' idea of
// an encoder, and the vmlinux that modules are encoded on. [Open] looks at a directory, [Tree.Checks] says what comes of it.
//
// Nothing is built and nothing is changed. What cannot be known before a build is Unknown, not fine.
//
// # What is stable
//
// States and names of checks. Texts are for people and may change.
package setup
