package dwarf2btf

import (
	"io"

	"github.com/gopahole/gopahole/elffile"
)

// File is an open ELF file, the input of [Convert]. Name is what errors call it.
type File = elffile.File

// Open opens an ELF file by name. The caller closes it. What is no ELF file and
// what is damaged gives an error that says so, a missing file that of package os.
func Open(name string) (*File, error) { return elffile.Open(name) }

// NewFile makes a File of size bytes from r, which has to allow concurrent reads.
func NewFile(name string, r io.ReaderAt, size int64) (*File, error) {
	return elffile.New(name, r, size)
}
