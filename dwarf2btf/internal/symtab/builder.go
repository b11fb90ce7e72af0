package symtab

import (
	"bytes"
	"debug/elf"
	"errors"
	"hash/maphash"
	"math"

	"github.com/gopahole/gopahole/internal/memory"
)

// maxText bounds the bytes of all names together. Symbols may share the bytes of
// a string table, so a small hostile file could name gigabytes. A kernel has a
// few megabytes.
const maxText = 1 << 28

// maxReserved bounds the symbols that memory is reserved for: a sparse file may claim any
// number. A large kernel has half as many.
const maxReserved = 1 << 20

// ErrNames says that the names of the symbols are longer in sum than those of any real
// file.
var ErrNames = errors.New("symbol names take more than 256 MiB")

// Builder collects symbols, all of a table or those of one part of it, see [Join].
type Builder struct {
	strings  []byte
	objects  func(shndx uint32) bool
	seed     maphash.Seed
	symbols  []symbol
	keyed    [shards][]keyed // symbols by the hashes of their keys
	found    []object
	text     uint64 // bytes of the names so far
	greatest int32  // symbol with the greatest key, the first of several
	longest  uint32 // key, in bytes
}

// span is a piece of the string table.
type span struct{ off, len uint32 }

// symbol is one FUNC symbol. Those whose keys have one hash form a ring in symbol
// table order.
type symbol struct {
	addr uint64
	name span
	key  uint32 // length in bytes of the key, with which the name begins
	next uint32 // symbol in the ring
}

// keyed is a symbol, by its index, with the hash of its key.
type keyed struct{ hash, sym uint32 }

// object is an OBJECT symbol of a section that is asked for.
type object struct {
	name  span
	shndx uint32
}

// NewBuilder returns a builder for the symbols of a table of about n, whose names
// lie in a string table. The string table must not be changed afterwards, and
// stays in memory as long as the Table does. objects says for which sections
// Table.HasObject will be asked; nil is all of them.
func NewBuilder(strings []byte, n int, objects func(shndx uint32) bool) *Builder {
	b := &Builder{strings: strings, objects: objects, seed: maphash.MakeSeed()}
	b.reserve(n)
	return b
}

// Part returns a builder for about n symbols that follow those of other parts of the same
// table. Each part may be filled by another goroutine.
func (b *Builder) Part(n int) *Builder {
	p := &Builder{strings: b.strings, objects: b.objects, seed: b.seed}
	p.reserve(n)
	return p
}

func (b *Builder) reserve(n int) {
	n = min(n, maxReserved) / 8 * 5 // kernels have at least 3/8 of others
	b.symbols = memory.Make[symbol](0, n)
	for i := range b.keyed {
		b.keyed[i] = make([]keyed, 0, n/shards)
	}
}

// Add takes the next symbol of the table: offset and length of its name in the
// string table, its value, the low 4 bits of st_info, and its section index. Symbols
// other than FUNC and OBJECT are ignored. The only error is ErrNames.
func (b *Builder) Add(off, size uint32, value uint64, typ byte, shndx uint32) error {
	switch elf.SymType(typ & 0xf) {
	case elf.STT_FUNC:
		return b.addFunc(span{off, size}, value)
	case elf.STT_OBJECT:
		return b.addObject(object{span{off, size}, shndx})
	}
	return nil
}

func (b *Builder) addFunc(name span, value uint64) error {
	text := textOf(b.strings, name)
	key := text
	if dot := bytes.IndexByte(text, '.'); dot >= 0 {
		if isPart(text[dot:]) {
			return nil
		}
		key = text[:dot]
	}
	if err := b.count(name); err != nil {
		return err
	}
	n := uint32(len(b.symbols))
	s := symbol{addr: value, name: name, key: uint32(len(key)), next: n}
	b.symbols = append(b.symbols, s)
	b.longest = max(b.longest, s.key)
	if n == 0 || bytes.Compare(key, textOf(b.strings, b.symbols[b.greatest].keySpan())) > 0 {
		b.greatest = int32(n)
	}
	h := hashOf(b.seed, key)
	k := &b.keyed[shardOf(h)]
	*k = append(*k, keyed{h, n})
	return nil
}

func (b *Builder) addObject(o object) error {
	if o.shndx == math.MaxUint32 || b.objects != nil && !b.objects(o.shndx) {
		return nil
	}
	if err := b.count(o.name); err != nil {
		return err
	}
	b.found = append(b.found, o)
	return nil
}

func (b *Builder) count(name span) error {
	if b.text += uint64(name.len); b.text > maxText {
		return ErrNames
	}
	return nil
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
	t, _ := Join([]*Builder{b}, func(n int, f func(int)) { // it has counted its names
		for i := range n {
			f(i)
		}
	})
	return t
}
