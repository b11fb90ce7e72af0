package symtab

import (
	"bytes"
	"hash/maphash"
	"math"
)

// Table is the finished table. It may be used from several goroutines.
type Table struct {
	strings  []byte
	symbols  []symbol // in symbol table order
	seed     maphash.Seed
	shards   [shards]shard
	greatest int32  // entry with the greatest key
	longest  uint32 // key, in bytes
	objects  nameSet
	addrs    map[int32][]atAddr // by entry, of those with more than scanLimit symbols
}

// Len returns the number of symbols. Entries are below.
func (t *Table) Len() int { return len(t.symbols) }

// Find returns the entry of a key. A name with a '.' has none.
func (t *Table) Find(key []byte) (entry int32, ok bool) {
	if len(t.symbols) == 0 || len(key) > t.LongestKey() {
		return 0, false
	}
	s := t.slotOf(hashOf(t.seed, key))
	if s.last == 0 {
		return 0, false
	}
	for i := t.symbols[s.last-1].next; ; i = t.symbols[i].next {
		if bytes.Equal(t.Key(int32(i)), key) {
			return int32(i), true
		}
		if i == s.last-1 {
			return 0, false
		}
	}
}

// LongestKey and LongestObject return the length in bytes of the longest key and of
// the longest name for HasObject. Longer names need not be asked for.
func (t *Table) LongestKey() int    { return int(t.longest) }
func (t *Table) LongestObject() int { return int(t.objects.longest) }

// Key returns the key of an entry. The bytes belong to the table.
func (t *Table) Key(entry int32) []byte {
	s := &t.symbols[entry]
	return t.bytes(s.keySpan())
}

// Symbol returns full name and value of a symbol. The bytes belong to the table.
func (t *Table) Symbol(sym int32) (name []byte, value uint64) {
	s := &t.symbols[sym]
	return t.bytes(s.name), s.addr
}

// Ambiguous reports whether the symbols of an entry have different addresses:
// the name then does not tell which function is meant. It is never true of the
// entry with the greatest key: pahole 1.32 judges an entry when it gets to the next one.
//
// An address of 0 is not compared with the one after it (pahole 1.32:
// elf_function__has_ambiguous_address).
func (t *Table) Ambiguous(entry int32) bool {
	if entry == t.greatest {
		return false
	}
	last := uint64(0)
	for i := entry; i >= 0; i = t.follow(i) {
		addr := t.symbols[i].addr
		if last != 0 && last != addr {
			return true
		}
		last = addr
	}
	return false
}

// HasPlain reports whether a symbol of the entry has its key as name, without a suffix.
func (t *Table) HasPlain(entry int32) bool {
	for i := entry; i >= 0; i = t.follow(i) {
		if s := &t.symbols[i]; s.name.len == s.key {
			return true
		}
	}
	return false
}

// HasAddr reports whether a symbol of the entry has this value.
func (t *Table) HasAddr(entry int32, addr uint64) bool {
	_, ok := t.at(entry, addr)
	return ok
}

// SymAt returns the first symbol of the entry at addr whose name has a suffix
// (".isra.0"). -1 is none; nothing is at address 0, which stands for "no address".
func (t *Table) SymAt(entry int32, addr uint64) int32 {
	if addr == 0 {
		return -1
	}
	p, _ := t.at(entry, addr)
	return p.sym
}

// OptimizedAt reports whether a symbol of the entry at addr, other than 0,
// tells by its suffix that gcc changed the function's parameters.
func (t *Table) OptimizedAt(entry int32, addr uint64) bool {
	if addr == 0 {
		return false
	}
	p, _ := t.at(entry, addr)
	return p.optimized
}

// HasObject reports whether section shndx has an OBJECT symbol of that name.
// Only sections that the builder was told of are known.
func (t *Table) HasObject(name []byte, shndx uint32) bool {
	return shndx != math.MaxUint32 && len(name) <= t.LongestObject() && t.objects.has(t.strings, name, shndx)
}

func (t *Table) bytes(s span) []byte { return textOf(t.strings, s) }

func textOf(strings []byte, s span) []byte { return strings[s.off : s.off+s.len : s.off+s.len] }

func (s *symbol) keySpan() span { return span{s.name.off, s.key} }

// NameAt returns the full name of the first symbol of an entry at addr, nil if there is none.
func (t *Table) NameAt(entry int32, addr uint64) []byte {
	for i := entry; i >= 0; i = t.follow(i) {
		if t.symbols[i].addr == addr {
			return t.bytes(t.symbols[i].name)
		}
	}
	return nil
}

// Each calls yield with the symbols of an entry, in the order of the symbol table.
func (t *Table) Each(entry int32, yield func(name []byte, addr uint64)) {
	for i := entry; i >= 0; i = t.follow(i) {
		yield(t.bytes(t.symbols[i].name), t.symbols[i].addr)
	}
}
