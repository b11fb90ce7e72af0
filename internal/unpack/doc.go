// Package unpack opens files that may be compressed as a whole, as
// distributions ship kernel modules: .ko.xz, .ko.zst, .ko.gz. The contents tell,
// not the name. Files that are not compressed are read where they are; the
// others are decompressed into memory, no further than a limit.
package unpack
