package dwarf2btf

import (
	"bytes"
	"errors"
	"io"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/names"
	"github.com/gopahole/gopahole/internal/baseindex"
	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// A BaseCache keeps indexes of bases in a directory, for programs that encode one module and
// end, as those of a kernel's build. Results are those without it. Whatever is wrong with the
// directory or a file in it, a base is then read and indexed as [NewBase] does, and Note is told.
//
// An index is used for a base of the same BTF only, which is compared in full. Files of other users,
// but for root, and what others can write to are not read, see the package comment of
// internal/baseindex.
type BaseCache struct {
	Dir  string       // made when it is first needed
	Max  int64        // bytes of all indexes; the least recently used make room
	Note func(string) // may be nil
}

// LoadBase reads a base from a file of size bytes: BTF, or an ELF file with it, that stands alone
// ([btf.ErrNeedBase]). It is for one [Convert], which checks what it comes across, as with
// [btf.LoadLoose], and so are the errors. If r has a method Bytes(off, n int64) []byte, as a
// mapped file has, the BTF is compared with that of an index where this returns it. Nothing of that is
// used afterwards.
func (c *BaseCache) LoadBase(r io.ReaderAt, size int64, opts BaseOptions) (*Base, error) {
	copied := struct{ io.ReaderAt }{r} // without Bytes
	found, err := btf.Find(r, size)
	if err != nil || found == nil {
		return loadBase(copied, size, opts)
	}
	note := func(s string) {
		if c.Note != nil {
			c.Note(s)
		}
	}
	var b *Base
	add := baseindex.New(c.Dir, c.Max, note).Get(found, func(x *baseindex.Index) (err error) {
		b, err = indexedBase(x, opts)
		return err
	})
	if add != nil {
		b = addBase(add, found, opts)
	}
	if b != nil {
		return b, nil
	}
	return loadBase(copied, size, opts)
}

// addBase reads and indexes a base, and keeps the index. It returns nil if that cannot be done:
// why is found out by those who read it without a cache.
func addBase(add *baseindex.Addition, s *io.SectionReader, opts BaseOptions) *Base {
	defer add.Drop()
	raw, err := readRaw(s)
	if err != nil {
		return nil
	}
	b, err := loadBase(bytes.NewReader(raw), int64(len(raw)), opts)
	if err != nil {
		return nil
	}
	if _, err := btf.ParseIndexed(raw, b.types.Starts()); err == nil { // or it is of another byte order
		add.Put(raw, b.parts()...)
	}
	return b
}

// loadBase reads and indexes a base.
func loadBase(r io.ReaderAt, size int64, opts BaseOptions) (*Base, error) {
	types, err := btf.LoadLoose(r, size, nil)
	if err != nil {
		return nil, err
	}
	return NewBase(types, opts)
}

func readRaw(s *io.SectionReader) ([]byte, error) {
	raw, err := memory.TryMake[byte](int(s.Size()), int(s.Size()), "the BTF of the base")
	if err != nil {
		return nil, err
	}
	if n, err := s.ReadAt(raw, 0); n < len(raw) {
		return nil, err
	}
	return raw, nil
}

// Words of the part with facts.
const (
	factFlattens = iota // arrays are flat
	numFacts
)

// parts returns the tables of an index of the base.
func (b *Base) parts() []baseindex.Part {
	facts := make([]uint32, numFacts)
	if b.flattens() {
		facts[factFlattens] = 1
	}
	return []baseindex.Part{
		{Kind: baseindex.Starts, Words: b.types.Starts()},
		{Kind: baseindex.Names, Words: b.names.AppendIndex(nil)},
		{Kind: baseindex.Types, Words: b.dedup.AppendIndex(nil)},
		{Kind: baseindex.Facts, Words: facts},
	}
}

// indexedBase makes a base of an index.
func indexedBase(x *baseindex.Index, opts BaseOptions) (*Base, error) {
	types, err := btf.ParseIndexed(x.Raw, x.Part(baseindex.Starts))
	if err != nil {
		return nil, err
	}
	if err := checkStrings(types); err != nil {
		return nil, err
	}
	b := &Base{types: types, compat: opts.Compat}
	if b.names, err = names.NewIndexedBase(types, x.Part(baseindex.Names)); err != nil {
		return nil, err
	}
	if b.dedup, err = typegraph.NewIndexedBase(types, x.Part(baseindex.Types)); err != nil {
		return nil, err
	}
	facts := x.Part(baseindex.Facts)
	if len(facts) != numFacts {
		return nil, errors.New("facts are missing")
	}
	b.flattens = func() bool { return facts[factFlattens] != 0 }
	return b, nil
}
