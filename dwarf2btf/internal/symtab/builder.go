package symtab

import (
	"bytes"
	"debug/elf"
	"errors"
	"hash/maphash"
	"math"
	"math/bits"

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

// Builder collects symbols.
type Builder struct {
	objects func(shndx uint32) bool
	text    uint64 // bytes of the names so far
	table   Table
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

// NewBuilder returns a builder for the symbols of a table of about n, whose names
// lie in a string table. The string table must not be changed afterwards, and
// stays in memory as long as the Table does. objects says for which sections
// Table.HasObject will be asked; nil is all of them.
func NewBuilder(strings []byte, n int, objects func(shndx uint32) bool) *Builder {
	n = min(n, maxReserved)
	slots := 1 << bits.Len(uint(n))
	b := &Builder{objects: objects}
	b.table = Table{
		strings: strings,
		symbols: memory.Make[symbol](0, n/8*5), // kernels have at least 3/8 of others
		slots:   memory.Make[slot](slots, slots),
		seed:    maphash.MakeSeed(),
		objects: newNameSet(),
	}
	return b
}

// Add takes the next symbol of the table: offset and length of its name in the
// string table, its value, the low 4 bits of st_info, and its section index. Symbols
// other than FUNC and OBJECT are ignored. The only error is ErrNames.
func (b *Builder) Add(off, size uint32, value uint64, typ byte, shndx uint32) error {
	switch elf.SymType(typ & 0xf) {
	case elf.STT_FUNC:
		return b.addFunc(span{off, size}, value)
	case elf.STT_OBJECT:
		return b.addObject(span{off, size}, shndx)
	}
	return nil
}

func (b *Builder) addFunc(name span, value uint64) error {
	t := &b.table
	text := t.bytes(name)
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
	t.add(symbol{addr: value, name: name, key: uint32(len(key))}, key)
	return nil
}

func (b *Builder) addObject(name span, shndx uint32) error {
	if shndx == math.MaxUint32 || b.objects != nil && !b.objects(shndx) {
		return nil
	}
	if err := b.count(name); err != nil {
		return err
	}
	b.table.objects.add(b.table.strings, name, shndx)
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
	t := b.table
	*b = Builder{}
	t.indexAddrs()
	return &t
}
