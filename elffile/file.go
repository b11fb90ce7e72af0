package elffile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gopahole/gopahole/outfile"
)

// A File is an open ELF file. Its methods, except Close, may be called from several
// goroutines. Nobody may change its fields.
type File struct {
	Name     string // as errors call it
	Order    binary.ByteOrder
	Class64  bool
	Machine  elf.Machine
	OSABI    elf.OSABI
	Flags    uint32 // e_flags: what they mean depends on Machine
	Type     elf.Type
	Size     int64     // of the decompressed file, in bytes
	Sections []Section // indexed by section number, [0] being the null section; empty without a table

	// Alone says that Name is no path, as that of a file in an archive, so that no other file is looked for beside it
	// or anywhere. Whoever opens the file may set it before any use.
	Alone bool

	r      io.ReaderAt
	whole  *[]byte // the file, if it is small
	closer io.Closer
	opened *outfile.State
	hdr    header

	symbols *SymbolTable // of another file, see WithSymbols
}

// Opened returns the state of the file when [Open] opened it, for [Options.Opened]. It is
// nil for a file of [New].
func (f *File) Opened() *outfile.State { return f.opened }

// New reads the headers of an ELF file of size bytes from r, which has to allow concurrent
// reads. The name is for errors only. Every section is checked against the size here,
// once: the Size of a [Section] can be trusted for an allocation afterwards. A small file
// is read as a whole. Errors are *[NotELFError], *[FormatError], and those of r.
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

// Close ends the use of f. No other method may be running. It closes the file if [Open]
// opened it.
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

// ReadAt reads the file itself, with its headers: f is an [io.ReaderAt].
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
