// Package unpack opens files that may be compressed as a whole, as distributions ship
// kernel modules: .ko.xz, .ko.zst, .ko.gz. The contents tell, not the name. Files that
// are not compressed are read where they are; others are decompressed into memory, piece
// by piece ([Store]), so that a small file cannot ask for much.
//
// In images that boot loaders start (package kimage) the kernel is found and unpacked.
//
// [Pack] is the way back, for results that replace a compressed file.
package unpack
