// Package source reads kernels out of the packages that distributions ship them in, as
// streams: nothing is unpacked to disk.
//
//	operands --List--> inputs --Packages--> packages --Members--> vmlinux, modules
//
// An [Input] is a file or directory that a user names. A [Package] is what has a name, a
// version and kernels in it:
//
//	.deb .ddeb   ar with control.tar and data.tar
//	.rpm         a lead, two headers and a cpio archive, of rpm 4 and 6
//	tar, cpio    of files of a kernel, or of packages
//	a directory  of files of a kernel; packages below it are inputs of their own
//
// each with what it is compressed with: gzip, xz, zstd, bzip2, lzma, or nothing. The
// contents tell the format, not the name. A [Member] is a vmlinux or a module in a package,
// in the order of the package. [Member.Spool] makes it readable at any offset, in memory or
// in a file without a name.
//
// # What is not believed
//
// Names in packages are never names of files here. Sizes in headers allocate nothing. What
// unpacks to much more than it is, or to more than a package of kernels has, or is nested
// without end, is an error: see [Limits].
//
// # Libraries
//
// tar and bzip2 are the standard library's; gzip, zstd, xz, lzma and cpio those of modules
// that are kept. ar and the headers of rpm are read here: the known packages for ar panic
// on damaged headers or take them for empty files, and the kept one for rpm brings OpenPGP
// into every start of the program.
package source
