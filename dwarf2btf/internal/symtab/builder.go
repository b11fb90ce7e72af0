package symtab

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// maxArena bounds the memory for names, in bytes. Symbols may share the bytes
// of a string table, so a small hostile file could name gigabytes. A kernel
// has a few megabytes.
const maxArena = 1 << 28

// ErrNames says that the names of the symbols are longer in sum than any real
// file has them.
var ErrNames = errors.New("symbol names take more than 256 MiB")

// Builder collects symbols. The zero value is ready.
type Builder struct {
	// Objects says for which sections Table.HasObject will be asked; nil is all
	// of them. Set it before the first Add.
	Objects func(shndx uint32) bool

	arena   []byte
	keys    nameSet // tag 0
	objects nameSet // tag is the section index plus one
	symbols []symbol
}

type symbol struct {
	addr uint64
	name span
	key  uint32
}

// Add takes the next symbol of the table: its name without the final NUL
// (valid during the call), its value, the low 4 bits of st_info, and its
// section index. Symbols other than FUNC and OBJECT are ignored. The only
// error is ErrNames.
func (b *Builder) Add(name []byte, value uint64, typ byte, shndx uint32) error {
	if b.keys.slots == nil {
		b.keys, b.objects = newNameSet(), newNameSet()
	}
	switch elf.SymType(typ & 0xf) {
	case elf.STT_FUNC:
		return b.addFunc(name, value)
	case elf.STT_OBJECT:
		return b.addObject(name, shndx)
	}
	return nil
}

func (b *Builder) addFunc(name []byte, value uint64) error {
	key := name
	if dot := bytes.IndexByte(name, '.'); dot >= 0 {
		if isPart(name[dot:]) {
			return nil
		}
		key = name[:dot]
	}
	n, known := b.keys.find(b.arena, key, 0)
	sym := symbol{addr: value, key: n}
	if known && len(name) == len(key) {
		sym.name = b.keys.spans[n]
	} else {
		var err error
		if sym.name, err = b.store(name); err != nil {
			return err
		}
		if !known {
			sym.key = b.keys.add(b.arena, span{sym.name.off, uint32(len(key))}, 0)
		}
	}
	b.symbols = append(b.symbols, sym)
	return nil
}

func (b *Builder) addObject(name []byte, shndx uint32) error {
	if shndx == math.MaxUint32 || b.Objects != nil && !b.Objects(shndx) {
		return nil
	}
	if _, known := b.objects.find(b.arena, name, shndx+1); known {
		return nil
	}
	sp, err := b.store(name)
	if err == nil {
		b.objects.add(b.arena, sp, shndx+1)
	}
	return err
}

func (b *Builder) store(name []byte) (span, error) {
	if len(name) > maxArena-len(b.arena) {
		return span{}, ErrNames
	}
	off := len(b.arena)
	b.arena = append(b.arena, name...)
	return span{uint32(off), uint32(len(name))}, nil
}

// isPart and isOptimized judge a name from its first '.' on.
func isPart(suffix []byte) bool {
	return bytes.Contains(suffix, []byte(".cold")) || bytes.Contains(suffix, []byte(".part"))
}

func isOptimized(suffix []byte) bool {
	return bytes.Contains(suffix, []byte(".constprop")) || bytes.Contains(suffix, []byte(".isra"))
}

// Build returns the table. The Builder must not be used afterwards.
func (b *Builder) Build() *Table {
	n := len(b.keys.spans)
	t := &Table{
		arena:   b.arena,
		keys:    b.keys,
		objects: b.objects,
		first:   make([]uint32, n+1),
		symbols: make([]tableSymbol, len(b.symbols)),
	}
	rank := sortKeys(&t.keys, t.arena)

	// A counting sort by entry keeps the order of the symbols.
	for _, s := range b.symbols {
		t.first[rank[s.key]+1]++
	}
	for i := range n {
		t.first[i+1] += t.first[i]
	}
	next := slices.Clone(t.first)
	for _, s := range b.symbols {
		e := rank[s.key]
		t.symbols[next[e]] = tableSymbol{s.addr, s.name}
		next[e]++
	}
	t.markAmbiguous()
	t.indexPlaces()
	*b = Builder{}
	return t
}

// sortKeys renumbers a name set by the order of its names and returns the new
// number of each old one.
func sortKeys(s *nameSet, arena []byte) []uint32 {
	// The first eight bytes of a name decide most comparisons.
	type keyed struct {
		prefix uint64
		span   span
		number uint32
	}
	all := make([]keyed, len(s.spans))
	for i, sp := range s.spans {
		all[i] = keyed{prefix(arena[sp.off : sp.off+sp.len]), sp, uint32(i)}
	}
	slices.SortFunc(all, func(a, b keyed) int {
		if a.prefix != b.prefix {
			if a.prefix < b.prefix {
				return -1
			}
			return 1
		}
		return bytes.Compare(arena[a.span.off:a.span.off+a.span.len], arena[b.span.off:b.span.off+b.span.len])
	})
	rank := make([]uint32, len(all))
	for i, k := range all {
		rank[k.number] = uint32(i)
		s.spans[i] = k.span
	}
	for i := range s.slots {
		if sl := &s.slots[i]; sl.number != 0 {
			sl.number = rank[sl.number-1] + 1
		}
	}
	return rank
}

// prefix is the first eight bytes of a name, compared like the name; names
// have no NUL, so a shorter one sorts first.
func prefix(name []byte) uint64 {
	if len(name) >= 8 {
		return binary.BigEndian.Uint64(name)
	}
	var b [8]byte
	copy(b[:], name)
	return binary.BigEndian.Uint64(b[:])
}
