// Package kfunc finds the kernel functions that BPF programs may call: those
// that a kernel or module lists in its .BTF_ids section in a set marked with
// BTF_SET8_KFUNCS (linux/btf_ids.h).
//
//	__BTF_ID__set8__NAME    u32 count, u32 flags (bit 0: kfuncs), then pairs
//	__BTF_ID__func__NAME__N u32 ID, u32 kfunc flags: one pair of a set
//
// The section is an array of words of the file's byte order; the symbols say
// what is where.
package kfunc

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
)

// Flags are the flags of a kfunc (linux/btf.h, KF_*).
type Flags uint32

// The flags an encoder acts on.
const (
	FastCall Flags = 1 << 12 // KF_FASTCALL
	ArenaRet Flags = 1 << 13 // KF_ARENA_RET: the returned pointer is in an arena
	ArenaArg Flags = 1 << 14 // KF_ARENA_ARG1, and one bit up KF_ARENA_ARG2
)

// Kfunc is one function of a kfunc set.
type Kfunc struct {
	Name  string
	Flags Flags
}

// Pair is one entry of a kfunc set.
type Pair struct {
	ID    uint32 // of a FUNC, 0 before resolve_btfids
	Flags Flags
}

const (
	prefix     = "__BTF_ID__"
	setPrefix  = prefix + "set8__"
	funcPrefix = prefix + "func__"

	pairSize = 8      // bytes of a pair, and of the head of a set
	isKfuncs = 1 << 0 // BTF_SET8_KFUNCS, in the second word of the head
)

// OffsetError is a kfunc whose symbol points outside of the section.
type OffsetError struct {
	Func string
	// Offset is relative to the section, Size the size of the section, in bytes.
	Offset, Size uint64
}

func (e *OffsetError) Error() string {
	return fmt.Sprintf(".BTF_ids: kfunc %s at offset %#x, past the end of the section (%#x bytes)", e.Func, e.Offset, e.Size)
}

// Collector takes the symbols of a file and then the data of .BTF_ids.
type Collector struct {
	shndx uint32
	sets  []area
	funcs []candidate
	asks  bool // a symbol says what some of the section is of
}

type area struct{ start, end uint64 } // half open

type candidate struct {
	name  string
	value uint64
}

// NewCollector returns a collector for symbols of the section with index
// shndx.
func NewCollector(shndx uint32) *Collector { return &Collector{shndx: shndx} }

// Add takes the next symbol of the symbol table; the name is valid during the
// call.
func (c *Collector) Add(name []byte, value, size uint64, shndx uint32) {
	if shndx != c.shndx {
		return
	}
	c.asks = c.asks || bytes.HasPrefix(name, []byte(prefix))
	if bytes.HasPrefix(name, []byte(setPrefix)) {
		c.sets = append(c.sets, area{value, value + size})
	} else if f, ok := funcName(name); ok {
		c.funcs = append(c.funcs, candidate{string(f), value})
	}
}

// Join appends what another collector has taken, of symbols that follow.
func (c *Collector) Join(next *Collector) {
	c.sets, c.funcs, c.asks = append(c.sets, next.sets...), append(c.funcs, next.funcs...), c.asks || next.asks
}

// funcName takes the name of the function out of __BTF_ID__func__NAME__N. N
// has no '_' (pahole 1.32: get_func_name).
func funcName(symbol []byte) ([]byte, bool) {
	rest, ok := bytes.CutPrefix(symbol, []byte(funcPrefix))
	if !ok {
		return nil, false
	}
	last := bytes.LastIndexByte(rest, '_')
	if last < 1 || rest[last-1] != '_' {
		return nil, false
	}
	return rest[:last-1], true
}

// Kfuncs returns the functions that lie in a kfunc set, each once, in order of
// their first symbols; the last symbol of a function decides its flags. addr is
// the section's sh_addr: symbol values are addresses, or offsets in the section where it
// is 0. data are the section's bytes; a section without bytes (NOBITS) has no kfuncs. The
// error is an *OffsetError.
func (c *Collector) Kfuncs(addr uint64, data []byte, order binary.ByteOrder) ([]Kfunc, error) {
	sets := union(c.kfuncSets(addr, data, order))
	var all []Kfunc
	seen := map[string]int{}
	for _, f := range c.funcs {
		if !contains(sets, f.value) {
			continue
		}
		off := f.value - addr
		if size := uint64(len(data)); off > size || size-off < pairSize {
			return nil, &OffsetError{Func: f.name, Offset: off, Size: size}
		}
		flags := Flags(order.Uint32(data[off+4:]))
		if i, ok := seen[f.name]; ok {
			all[i].Flags = flags
			continue
		}
		seen[f.name] = len(all)
		all = append(all, Kfunc{f.name, flags})
	}
	return all, nil
}

// kfuncSets returns the sets that are marked as sets of kfuncs and begin in the section.
func (c *Collector) kfuncSets(addr uint64, data []byte, order binary.ByteOrder) []area {
	sets := make([]area, 0, len(c.sets))
	for _, s := range c.sets {
		off := s.start - addr
		if off < uint64(len(data)) && uint64(len(data))-off >= pairSize && s.start < s.end &&
			order.Uint32(data[off+4:])&isKfuncs != 0 {
			sets = append(sets, s)
		}
	}
	return sets
}

// Misplaced reports whether an entry of a kfunc set has an ID already, and entries of
// that set differ in these flags: then the set is sorted by ID, while Kfuncs goes by
// symbols, and flags are those of another function.
func (c *Collector) Misplaced(addr uint64, data []byte, order binary.ByteOrder, flags Flags) bool {
	for _, s := range c.kfuncSets(addr, data, order) {
		filled, mixed := false, false
		set := data[s.start-addr:]
		set = set[:min(s.end-s.start, uint64(len(set)))]
		for at := pairSize; at+pairSize <= len(set); at += pairSize {
			filled = filled || order.Uint32(set[at:]) != 0
			mixed = mixed || (order.Uint32(set[at+4:])^order.Uint32(set[pairSize+4:]))&uint32(flags) != 0
		}
		if filled && mixed {
			return true
		}
	}
	return false
}

// Stripped reports whether the section has contents and no symbol says what of, as in a file
// that was stripped of symbols by which nothing is relocated.
func (c *Collector) Stripped(data []byte) bool {
	return !c.asks && len(bytes.Trim(data, "\x00")) > 0
}

// Pairs returns the entries of the kfunc sets in the order of the section. Before
// resolve_btfids runs, symbols say which function an entry is for. After it has filled
// in the IDs and sorted each set by them, only the ID does. Where sets overlap, the first
// one counts; of those that begin together, the larger.
func (c *Collector) Pairs(addr uint64, data []byte, order binary.ByteOrder) []Pair {
	sets := c.kfuncSets(addr, data, order)
	slices.SortFunc(sets, func(a, b area) int { // the larger first
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	var pairs []Pair
	last := uint64(0)
	for _, s := range sets {
		if s.start < last {
			continue
		}
		last = s.end
		set := data[s.start-addr:]
		set = set[:min(s.end-s.start, uint64(len(set)))]
		for at := pairSize; at+pairSize <= len(set); at += pairSize {
			pairs = append(pairs, Pair{order.Uint32(set[at:]), Flags(order.Uint32(set[at+4:]))})
		}
	}
	return pairs
}

// union sorts areas and joins those that overlap or are adjacent: the only question is
// whether a symbol is in one of them, and hostile input may have many.
func union(areas []area) []area {
	slices.SortFunc(areas, func(a, b area) int { return cmp.Compare(a.start, b.start) })
	joined := areas[:0]
	for _, a := range areas {
		if n := len(joined); n > 0 && a.start <= joined[n-1].end {
			joined[n-1].end = max(joined[n-1].end, a.end)
		} else {
			joined = append(joined, a)
		}
	}
	return joined
}

// contains reports whether value is in one of the areas, which union made.
func contains(areas []area, value uint64) bool {
	// The first area that ends after value is the only one that can have it.
	i, _ := slices.BinarySearchFunc(areas, value, func(a area, v uint64) int {
		if a.end <= v {
			return -1
		}
		return 1
	})
	return i < len(areas) && areas[i].start <= value
}
