// Package catalog finds BTF in an archive: by the release of a kernel and the name of a module, by build ID, or by digest.
// It reads the index of the archive once, and again when that may have grown.
package catalog
