package baseindex

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/gopahole/gopahole/outfile"
)

// A Cache is a directory of indexes.
type Cache struct {
	dir  string
	max  int64 // bytes of all files
	note func(string)
}

// New returns the cache in a directory, which need not exist. Its files take max bytes at most.
// note is told why an index cannot be used or kept.
func New(dir string, max int64, note func(string)) *Cache { return &Cache{dir, max, note} }

// ending is that of the names of files.
const ending = ".idx"

// nameBytes is how many bytes of a digest a name has, in hexadecimal digits.
const nameBytes = 16

// Get calls use with the index of the BTF that s reads, if there is one. use returns an error if
// it cannot make anything of it. Where what s is a section of has a method Bytes(off, n int64) []byte,
// the BTF is compared where that returns it, and read if that is nil: a file is best mapped. Without an index, the caller may make it: add is nil if it has
// one, or should not make it, because another process does, or nothing can be kept. Whoever gets
// an add has to call its Drop in the end.
//
// An index is in memory for as long as the process runs, and belongs to all that use it: nobody
// may write to it.
func (c *Cache) Get(s *io.SectionReader, use func(*Index) error) (add *Addition) {
	name, err := nameOf(s)
	if err != nil {
		return nil // whoever reads the base finds out
	}
	path := filepath.Join(c.dir, name)
	if err = c.open(path, s, use); err == nil {
		return nil
	}
	missing := errors.Is(err, fs.ErrNotExist)
	if !missing {
		c.notef("%s is not used: %v", path, err)
	}
	if errors.Is(err, errUntrusted) {
		return nil
	}
	if add, err = c.begin(path); err != nil && missing {
		c.notef("nothing is kept in %s: %v", c.dir, err)
	}
	return add
}

func (c *Cache) notef(format string, args ...any) { c.note("cache: " + fmt.Sprintf(format, args...)) }

// used is how long a use stays unnoted: it need not be exact, and costs the file system something.
const used = time.Hour

// open maps an index, compares it with the base, and has it used.
func (c *Cache) open(path string, s *io.SectionReader, use func(*Index) error) error {
	data, info, err := mapFile(c.dir, path)
	if err != nil {
		return err
	}
	x, err := parse(data)
	if err == nil {
		err = x.compare(s)
	}
	if err == nil {
		err = use(x)
	}
	if err != nil {
		unmap(data)
		return err
	}
	if now := time.Now(); now.Sub(info.ModTime()) > used {
		os.Chtimes(path, now, now)
	}
	return nil
}

var errOtherBase = errors.New("of another base")

// piece is the size of what is compared at once: small enough for the caches next to the
// processor.
const piece = 128 << 10

// compare returns errOtherBase if the base is not the one of the index.
func (x *Index) compare(s *io.SectionReader) error {
	if s.Size() != int64(len(x.Raw)) {
		return errOtherBase
	}
	if base := inMemory(s); base != nil {
		return x.compareMapped(base)
	}
	buf := make([]byte, min(piece, len(x.Raw)))
	for at := 0; at < len(x.Raw); {
		part := buf[:min(len(buf), len(x.Raw)-at)]
		if n, err := s.ReadAt(part, int64(at)); n < len(part) {
			return err
		}
		if !bytes.Equal(part, x.Raw[at:][:len(part)]) {
			return errOtherBase
		}
		at += len(part)
	}
	return nil
}

// inMemory returns what s reads where it is in memory, nil if it is not.
func inMemory(s *io.SectionReader) []byte {
	r, off, n := s.Outer()
	if m, ok := r.(interface{ Bytes(off, n int64) []byte }); ok {
		return m.Bytes(off, n)
	}
	return nil
}

// compareMapped compares a base whose file may be cut short, or have a page that cannot be read.
func (x *Index) compareMapped(base []byte) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch fault := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }:
			err = fmt.Errorf("a page of it or of the base is missing: %v", fault)
		default:
			panic(fault)
		}
	}()
	if !bytes.Equal(base, x.Raw) {
		return errOtherBase
	}
	return nil
}

// nameOf returns the name of the file for a base: of its length, and of samples from beginning to
// end.
func nameOf(s *io.SectionReader) (string, error) {
	const samples, size = 32, 256
	buf := make([]byte, 16, 16+samples*size)
	binary.LittleEndian.PutUint64(buf, uint64(s.Size()))
	binary.LittleEndian.PutUint64(buf[8:], Version)
	for i := range int64(samples) {
		part := buf[len(buf):][:min(size, s.Size())]
		if n, err := s.ReadAt(part, (s.Size()-int64(len(part)))*i/(samples-1)); n < len(part) {
			return "", err
		}
		buf = buf[:len(buf)+len(part)]
	}
	sum := sha256.Sum256(buf)
	return hex.EncodeToString(sum[:nameBytes]) + ending, nil
}

// An Addition is an index that is being made. No other process makes one meanwhile.
type Addition struct {
	cache *Cache
	path  string
	lock  *os.File
}

// begin returns nil without an error if another process adds something.
func (c *Cache) begin(path string) (*Addition, error) {
	lock, err := lockDir(c.dir)
	if err != nil || lock == nil {
		return nil, err
	}
	return &Addition{c, path, lock}, nil
}

// Drop ends the addition.
func (a *Addition) Drop() { a.lock.Close() }

// Put keeps an index of the BTF raw.
func (a *Addition) Put(raw []byte, parts ...Part) {
	f := contents(raw, parts)
	if f.size() > min(a.cache.max, maxFile) {
		a.cache.notef("an index of %d bytes is not kept in %s: it is larger than the cache may be", f.size(), a.cache.dir)
		return
	}
	a.cache.makeRoom(a.path, f.size())
	err := a.clear()
	if err == nil {
		err = outfile.Write(a.path, f, outfile.Options{})
	}
	if err != nil {
		a.cache.notef("nothing is kept: %v", err)
	}
}

// clear removes what is no file of ours from the place of an index.
func (a *Addition) clear() error {
	info, err := os.Lstat(a.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular() && trusted(info) == nil {
		return nil
	}
	return os.Remove(a.path)
}
