// Package unpack opens files in the forms in which kernels, modules and their BTF are
// shipped, and gives access to what is in them.
//
//	plain          read where it is
//	.gz .xz .zst   decompressed; the contents tell the format, not the name
//	a pipe         read to its end, compressed or not
//	a boot image   bzImage (vmlinuz, also of s390), Image, zImage, zboot and unified kernel
//	               images: the vmlinux in it, or the kernel's BTF where the image has no ELF file
//
// What has to be decompressed is kept in memory, piece by piece, so that a small file
// cannot ask for much. [Format.Compress] is the way back, for results that replace a
// compressed file.
//
// # What is stable
//
// Exported names. Formats may be added. The bytes of a compressed file can differ from one
// version to another; its contents cannot.
package unpack
