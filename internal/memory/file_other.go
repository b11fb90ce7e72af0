//go:build !unix

package memory

import "io/fs"

// AddFile is AddInput for a file that was opened.
func AddFile(info fs.FileInfo) {
	if info.Mode().IsRegular() {
		AddInput(info.Size())
	}
}
