//go:build !(linux && (amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x))

package pagecache

import (
	"io"
	"os"
)

// NewReader returns a reader of a file.
func NewReader(f *os.File) io.ReaderAt { return f }
