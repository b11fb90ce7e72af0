package symtab

import "math"

// Table is the finished table. It may be used from several goroutines.
type Table struct {
	arena   []byte
	keys    nameSet // numbers are entries
	objects nameSet
	first   []uint32          // entry e has the symbols first[e] to first[e+1]
	symbols []tableSymbol     // by entry, then in symbol table order
	ambig   []uint64          // bit set of entries
	places  map[int32][]place // by entry, of those with more than scanLimit symbols
}

type tableSymbol struct {
	addr uint64
	name span
}

// Len returns the number of entries.
func (t *Table) Len() int { return len(t.keys.spans) }

// Find returns the entry of a key. A name with a '.' has none.
func (t *Table) Find(name []byte) (entry int32, ok bool) {
	n, ok := t.keys.find(t.arena, name, 0)
	return int32(n), ok
}

// Key returns the key of an entry. The bytes belong to the table.
func (t *Table) Key(entry int32) []byte { return t.bytes(t.keys.spans[entry]) }

// NumSymbols returns the number of symbols of an entry, at least 1.
func (t *Table) NumSymbols(entry int32) int {
	return int(t.first[entry+1] - t.first[entry])
}

// Symbol returns full name and value of the i-th symbol of an entry. The bytes
// belong to the table.
func (t *Table) Symbol(entry, i int32) (name []byte, value uint64) {
	s := t.symbols[t.first[entry]+uint32(i)]
	return t.bytes(s.name), s.addr
}

// Ambiguous reports whether the symbols of an entry have different addresses:
// the name then does not tell which function is meant. It is never true of the
// last entry, since pahole 1.32 looks at an entry when it comes to the next
// one.
func (t *Table) Ambiguous(entry int32) bool {
	return t.ambig[entry/64]>>(entry%64)&1 != 0
}

// HasAddr reports whether a symbol of the entry has this value.
func (t *Table) HasAddr(entry int32, addr uint64) bool {
	_, ok := t.at(entry, addr)
	return ok
}

// SymAt returns the first symbol of the entry at addr whose name has a suffix
// (".isra.0"), for Symbol. -1 is none; nothing is at address 0, which stands
// for "no address".
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
// Only sections that Builder.Objects accepted are known.
func (t *Table) HasObject(name []byte, shndx uint32) bool {
	if shndx == math.MaxUint32 {
		return false
	}
	_, ok := t.objects.find(t.arena, name, shndx+1)
	return ok
}

func (t *Table) symbolsOf(entry int32) []tableSymbol {
	return t.symbols[t.first[entry]:t.first[entry+1]]
}

func (t *Table) bytes(s span) []byte {
	return t.arena[s.off : s.off+s.len : s.off+s.len]
}

func (t *Table) markAmbiguous() {
	n := t.Len()
	t.ambig = make([]uint64, n/64+1)
	for e := int32(0); int(e) < n-1; e++ {
		if conflicting(t.symbolsOf(e)) {
			t.ambig[e/64] |= 1 << (e % 64)
		}
	}
}

// conflicting reports whether an address other than 0 is followed by a
// different one (pahole 1.32: elf_function__has_ambiguous_address).
func conflicting(symbols []tableSymbol) bool {
	last := uint64(0)
	for _, s := range symbols {
		if last != 0 && last != s.addr {
			return true
		}
		last = s.addr
	}
	return false
}
