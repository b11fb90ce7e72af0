package unpack

import (
	"io"
	"io/fs"
	"os"
	"sync"
)

// A Mapping is the contents of a [File] with those that are in the page cache where they are
// there: what [github.com/gopahole/gopahole/btf.Load] reads from it, it need not copy.
//
// Another program may change a file that is mapped. Then the bytes change, too, and where the
// file becomes shorter there are none: a goroutine that reads them gets a fault, which is a
// panic after [debug.SetPanicOnFault]. So what was made of a mapping counts if it is not
// Changed afterwards.
type Mapping struct {
	*File
	file   *os.File // nil: not mapped
	at     int64    // where the contents are in it
	before fs.FileInfo
	mu     sync.Mutex
	parts  [][]byte
}

// Map returns the contents in memory. The Mapping can be used after f was closed, but for what
// it has to read, and has to be closed as well.
func (f *File) Map() *Mapping {
	m := &Mapping{File: f}
	if f.file == nil {
		return m
	}
	r := f.r
	if part, ok := r.(*io.SectionReader); ok { // of a boot image
		r, m.at, _ = part.Outer()
	}
	if _, ok := r.(*io.SectionReader); ok {
		return m
	}
	if m.file = again(f.file); m.file != nil {
		m.before, _ = m.file.Stat()
	}
	return m
}

// maxMapped is how many bytes are mapped at a time. The BTF of a kernel has a third. Pages of a
// file are in the process's memory as well once they were used, and nothing bounds how many,
// where room for a copy has to be asked for.
const maxMapped = 64 << 20

// Bytes returns n bytes from an offset on, and nil where they cannot be had without a copy.
// They must not be written to, nor used after Close.
func (m *Mapping) Bytes(off, n int64) []byte {
	if off < 0 || n <= 0 || n > maxMapped || off > m.size-n {
		return nil
	}
	if m.before == nil {
		return nil
	}
	off += m.at
	skip := off % int64(os.Getpagesize())
	if n+skip != int64(int(n+skip)) {
		return nil
	}
	part := mapFile(m.file, off-skip, int(n+skip))
	if part == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.parts = append(m.parts, part)
	return part[skip:][:n:n]
}

// Name returns the name under which the file was opened; "" if nothing is mapped.
func (m *Mapping) Name() string {
	if m.file == nil {
		return ""
	}
	return m.file.Name()
}

// Changed reports whether the file is another one than when it was mapped.
func (m *Mapping) Changed() bool {
	if m.file == nil {
		return false
	}
	now, err := m.file.Stat()
	return err != nil || m.before == nil || now.Size() != m.before.Size() || !now.ModTime().Equal(m.before.ModTime())
}

// Close ends the use of the bytes. It does not close the File.
func (m *Mapping) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, part := range m.parts {
		unmap(part)
	}
	m.parts = nil
	if m.file == nil {
		return nil
	}
	return m.file.Close()
}
