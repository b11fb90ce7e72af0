package elffile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/gopahole/gopahole/internal/hugepage"
	"github.com/gopahole/gopahole/internal/memlimit"
	"github.com/gopahole/gopahole/internal/pagecache"
	"github.com/gopahole/gopahole/outfile"
	"github.com/gopahole/gopahole/unpack"
)

// A File is an open ELF file. It does not change after Open or New until Close, and
// all other methods may be called from several goroutines.
type File struct {
	Name     string
	Order    binary.ByteOrder
	Class64  bool
	Machine  elf.Machine
	OSABI    elf.OSABI
	Flags    uint32 // of the machine
	Type     elf.Type
	Size     int64     // of the file, in bytes
	Sections []Section // indexed by section number; [0] is the null section, none in a file without a table

	r      io.ReaderAt
	whole  *[]byte // the file, if it is small
	closer io.Closer
	opened *outfile.State
	hdr    header
}

// Opened returns the file as it was when Open opened it, nil for a file of New.
func (f *File) Opened() *outfile.State { return f.opened }

// Open opens an ELF file, which may be compressed. A missing file gives the error of package os, what is
// no ELF file a *NotELFError, a damaged one a *FormatError.
func Open(name string) (*File, error) {
	// Opening a pipe would wait for its writer: look first.
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if err := regular(name, info); err != nil {
		return nil, err
	}
	r, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	memlimit.AddFile(info)
	f, err := newFromFile(name, r)
	if err != nil {
		r.Close()
		return nil, err
	}
	f.closer = r
	return f, nil
}

func newFromFile(name string, r *os.File) (*File, error) {
	info, err := r.Stat()
	if err != nil {
		return nil, err
	}
	if err := regular(name, info); err != nil {
		return nil, err
	}
	f, err := New(name, pagecache.NewReader(r), info.Size())
	if errors.As(err, new(*NotELFError)) {
		if unpacked, packedErr := unpack.Compressed(r); packedErr != nil {
			return nil, fmt.Errorf("%s: %w", name, packedErr)
		} else if unpacked != nil {
			f, err = New(name, unpacked, unpacked.Size())
		}
	}
	if err == nil {
		f.opened = outfile.StateOf(name, info)
	}
	return f, err
}

func regular(name string, info fs.FileInfo) error {
	reason := ""
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		reason = "is a directory"
	case mode&fs.ModeNamedPipe != 0:
		reason = "is a named pipe"
	case mode&fs.ModeSocket != 0:
		reason = "is a socket"
	case mode&fs.ModeDevice != 0:
		reason = "is a device"
	default:
		reason = "is not a regular file"
	}
	return &NotELFError{File: name, Reason: reason}
}

// New reads the headers of an ELF file of size bytes. The name is used in errors
// only. Every section is checked against the size here, once: Size of a Section
// can be trusted for an allocation afterwards.
//
// A small file is read as a whole here: most modules are, and reading theirs piece
// by piece took 90 system calls for each, a sixth of the time.
func New(name string, r io.ReaderAt, size int64) (*File, error) {
	whole := readWhole(r, size)
	if whole != nil {
		r = bytes.NewReader(*whole)
	}
	f, err := parse(name, r, size)
	if err != nil {
		return nil, err
	}
	f.whole = whole
	for i := range f.Sections {
		if err := f.initCompression(&f.Sections[i]); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// maxWhole is the size of a small file, in bytes.
const maxWhole = 4 << 20

// wholePool has the memory of small files that were closed, for the next ones.
var wholePool sync.Pool

// readWhole returns a file, nil if it is not small. Errors are found again when the
// place is read that they are about.
func readWhole(r io.ReaderAt, size int64) *[]byte {
	if size <= 0 || size > maxWhole {
		return nil
	}
	data, _ := wholePool.Get().(*[]byte)
	if data == nil || int64(cap(*data)) < size {
		data = new([]byte)
		*data = hugepage.Make[byte](int(size), int(size))
	}
	*data = (*data)[:size]
	if n, _ := r.ReadAt(*data, 0); n < len(*data) {
		wholePool.Put(data)
		return nil
	}
	return data
}

// parse reads the file header and the section table.
func parse(name string, r io.ReaderAt, size int64) (*File, error) {
	f := &File{Name: name, Size: size, r: r}
	if err := f.readHeader(); err != nil {
		return nil, err
	}
	if err := f.readSections(); err != nil {
		return nil, err
	}
	return f, nil
}

// Close ends the use of f, when no other method runs any more. It closes the file if
// Open opened it.
func (f *File) Close() error {
	if f.whole != nil {
		f.r = closedReader{}
		wholePool.Put(f.whole)
		f.whole = nil
	}
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// closedReader is in the place of a small file after Close.
type closedReader struct{}

func (closedReader) ReadAt([]byte, int64) (int, error) { return 0, fs.ErrClosed }

// ReadAt reads the file as it is, as [io.ReaderAt] wants it.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.r.ReadAt(p, off) }

// inFile reports whether n bytes at offset off lie in the file.
func (f *File) inFile(off, n uint64) bool {
	size := uint64(f.Size)
	return off <= size && n <= size-off
}

// readAt fills p from the file. The caller has checked that the place lies in
// the file, so that an early end means the file became shorter since.
func (f *File) readAt(p []byte, off uint64) error {
	n, err := f.r.ReadAt(p, int64(off))
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return f.formatf(off+uint64(n), "the file ends here, its size was %d bytes when it was opened", f.Size)
	}
	return fmt.Errorf("%s: reading %d bytes at %#x: %w", f.Name, len(p), off, err)
}
