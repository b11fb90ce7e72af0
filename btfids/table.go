package btfids

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
)

// SectionName is the name of the section.
const SectionName = ".BTF_ids"

// ErrNone is wrapped by the error of Read for a file without the section or
// without a symbol table: there is nothing to resolve.
var ErrNone = errors.New("no " + SectionName)

// A Table is the section of one file with what its symbols ask for. It does not
// change after Read.
type Table struct {
	order binary.ByteOrder
	data  []byte // of the section, in the file's byte order
	lists [len(listKinds)]list
	sets  []set // by name, see descending
	byOff []int // the same by offset, as indexes into sets; they do not overlap
}

// listKinds are the kinds of types that IDs are asked for, in the order in which
// resolve_btfids writes and warns.
var listKinds = [...]btf.Kind{btf.KindStruct, btf.KindUnion, btf.KindTypedef, btf.KindFunc}

// A list is what is asked for of one kind of types.
type list struct {
	symbols int     // that ask, of which several may ask for one name
	entries []entry // by name, see descending
}

type entry struct {
	name string
	offs []uint64 // places in the section, in the order of the symbols
}

// A set is a sorted part of the section.
type set struct {
	name  string
	off   uint64 // of its count
	count int    // of its IDs
	pairs bool   // a set8
}

// symbol returns the name of the symbol.
func (s *set) symbol() string {
	if s.pairs {
		return prefix + "set8" + separator + s.name
	}
	return prefix + "set" + separator + s.name
}

// Sizes in bytes.
const (
	wordSize = 4
	pairSize = 8
)

// head returns the size of what comes before the first ID.
func (s *set) head() uint64 { return uint64(s.stride()) }

// stride returns the distance between IDs.
func (s *set) stride() int {
	if s.pairs {
		return pairSize
	}
	return wordSize
}

// end returns the offset after the last ID and its flags.
func (s *set) end() uint64 { return s.off + s.head() + uint64(s.count)*uint64(s.stride()) }

// longest returns the length of the longest name, in bytes.
func (l *list) longest() int {
	n := 0
	for i := range l.entries {
		n = max(n, len(l.entries[i].name))
	}
	return n
}

// find returns the entry of that name, or nil.
func (l *list) find(name string) *entry {
	if i, ok := slices.BinarySearchFunc(l.entries, name, func(e entry, name string) int { return descending(e.name, name) }); ok {
		return &l.entries[i]
	}
	return nil
}

// Read reads the section and its symbols. The error wraps ErrNone if there is
// neither, or is a *SymbolError, or says what is wrong with the file.
func Read(f *elffile.File) (*Table, error) {
	section := f.Section(SectionName)
	if section == nil {
		return nil, fmt.Errorf("%s: %w section", f.Name, ErrNone)
	}
	c := collector{file: f, section: section, sets: map[string]set{}}
	for i := range c.lists {
		c.lists[i].offs = map[string][]uint64{}
	}
	switch err := f.Symbols(c.add); {
	case errors.Is(err, elffile.ErrNoSymtab):
		return nil, fmt.Errorf("%s: %w: %w", f.Name, ErrNone, elffile.ErrNoSymtab)
	case err != nil:
		return nil, err
	}
	data, err := f.SectionData(section)
	if err != nil {
		return nil, err
	}
	t := &Table{order: f.Order, data: bytes.Clone(data)}
	for i := range c.lists {
		t.lists[i] = c.lists[i].list()
	}
	if err := c.checkOverlap(); err != nil {
		return nil, err
	}
	for _, name := range slices.SortedFunc(maps.Keys(c.sets), descending) {
		t.byOff = append(t.byOff, len(t.sets))
		t.sets = append(t.sets, c.sets[name])
	}
	slices.SortFunc(t.byOff, func(a, b int) int { return cmp.Compare(t.sets[a].off, t.sets[b].off) })
	return t, nil
}

// IsStripped reports whether the section has contents and no symbol says what of: the symbols
// of a set are those that strip --strip-unneeded removes, as nothing is relocated by them.
func (t *Table) IsStripped() bool {
	for i := range t.lists {
		if t.lists[i].symbols > 0 {
			return false
		}
	}
	return len(t.sets) == 0 && len(bytes.Trim(t.data, "\x00")) > 0
}

// Data returns the contents of the section as they were read. The caller must not
// change them.
func (t *Table) Data() []byte { return t.data }

// WithData returns a table that asks for the same in a section with other contents, of the
// same size.
func (t *Table) WithData(data []byte) *Table {
	c := *t
	c.data = data
	return &c
}

// word returns the word at an offset, or false if it is not whole in the section.
// An offset inside of a word is taken as that of the word.
func (t *Table) word(off uint64) (uint32, bool) {
	off &^= wordSize - 1
	if off > uint64(len(t.data)) || uint64(len(t.data))-off < wordSize {
		return 0, false
	}
	return t.order.Uint32(t.data[off:]), true
}
