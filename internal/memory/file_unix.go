//go:build unix

package memory

import (
	"io/fs"
	"syscall"
)

// AddFile is AddInput for a file that was opened: it has as much as is on the disk, of
// which a sparse file has less than its size.
func AddFile(info fs.FileInfo) {
	size := info.Size()
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		size = min(size, int64(st.Blocks)*512)
	}
	if info.Mode().IsRegular() {
		AddInput(size)
	}
}
