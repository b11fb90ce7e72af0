package btfids

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/elffile"
)

// A SymbolError is a symbol that says something impossible about the section.
type SymbolError struct {
	File   string
	Symbol string
	Offset uint64 // in the section, in bytes
	Msg    string
}

func (e *SymbolError) Error() string {
	return fmt.Sprintf("%s: %s+%#x: symbol %s: %s", e.File, SectionName, e.Offset, e.Symbol, e.Msg)
}

// prefix begins the name of every symbol that counts. After it come one of symbolWords,
// two underscores, and a name.
const (
	prefix    = "__BTF_ID__"
	separator = "__"
)

// symbolWords are the kinds of symbols, in the order in which resolve_btfids
// compares: "set8" begins with "set". The first ones are those of listKinds.
var symbolWords = [...]string{"struct", "union", "typedef", "func", "set8", "set"}

const (
	wordSet8 = len(listKinds)
	wordSet  = len(listKinds) + 1
)

// A collector makes a Table from symbols.
type collector struct {
	file    *elffile.File
	section *elffile.Section
	lists   [len(listKinds)]collected
	sets    map[string]set // by name
	text    int            // bytes of the names so far
}

// maxText bounds the bytes of all names together. Names may overlap, so a small file can
// have gigabytes of them. A kernel has some hundred KiB.
const maxText = 1 << 26

// collected is a list in the making.
type collected struct {
	symbols int
	offs    map[string][]uint64 // by name
}

func (c *collector) add(sym elffile.Symbol) error {
	if sym.Reserved || sym.Shndx != uint32(c.section.Index) {
		return nil
	}
	rest, ok := strings.CutPrefix(string(sym.Name), prefix)
	if !ok {
		return nil
	}
	if c.text += len(sym.Name); c.text > maxText {
		return fmt.Errorf("%s: the names of the symbols of %s take more than %d bytes", c.file.Name, SectionName, maxText)
	}
	off := sym.Value - c.section.Addr
	refuse := func(format string, args ...any) error {
		return &SymbolError{File: c.file.Name, Symbol: string(sym.Name), Offset: off, Msg: fmt.Sprintf(format, args...)}
	}
	word := slices.IndexFunc(symbolWords[:], func(w string) bool { return strings.HasPrefix(rest, w) })
	if word < 0 {
		return refuse("asks for something that is not known")
	}
	name := rest[len(symbolWords[word]):]
	name = name[min(len(separator), len(name)):] // resolve_btfids does not look at these characters either
	if name == "" {
		return refuse("has no name")
	}
	if word == wordSet || word == wordSet8 {
		return c.addSet(set{name: name, off: off, pairs: word == wordSet8}, sym.Size, refuse)
	}
	if len(name) >= maxFuncName {
		return refuse("has a name of %d bytes with its number, and there are fewer than %d", len(name), maxFuncName)
	}
	if name, ok = cutNumber(name); !ok {
		return refuse("has no number after the name")
	}
	if !c.within(off, wordSize) {
		return refuse("is outside of the section, which has %#x bytes", c.section.Size)
	}
	l := &c.lists[word]
	l.symbols++
	l.offs[name] = append(l.offs[name], off)
	return nil
}

func (c *collector) addSet(s set, size uint64, refuse func(format string, args ...any) error) error {
	if _, ok := c.sets[s.name]; ok {
		return refuse("there is another set of this name")
	}
	stride := uint64(s.stride())
	if size < stride || size/stride > math.MaxInt32 {
		return refuse("size %d is not that of a set", size)
	}
	s.count = int(size/stride) - 1
	if !c.within(s.off, size/stride*stride) {
		return refuse("%d IDs reach past the end of the section, which has %#x bytes", s.count, c.section.Size)
	}
	if s.off%wordSize != 0 {
		return refuse("is not at the start of a word")
	}
	c.sets[s.name] = s
	return nil
}

// checkOverlap refuses sets that share a part of the section: the order of their
// IDs would depend on which one is sorted first.
func (c *collector) checkOverlap() error {
	sets := slices.SortedFunc(maps.Values(c.sets), func(a, b set) int {
		return cmp.Or(cmp.Compare(a.off, b.off), strings.Compare(a.name, b.name))
	})
	for i := range sets {
		if i > 0 && sets[i].off < sets[i-1].end() {
			return &SymbolError{File: c.file.Name, Symbol: sets[i].symbol(), Offset: sets[i].off, Msg: "overlaps with " + sets[i-1].symbol()}
		}
	}
	return nil
}

// within reports whether size bytes at off are in the section, where off is taken
// down to the start of a word.
func (c *collector) within(off, size uint64) bool {
	off &^= wordSize - 1
	return off <= c.section.Size && size <= c.section.Size-off
}

// cutNumber takes NAME out of NAME__N. N has no underscore.
func cutNumber(s string) (string, bool) {
	last := strings.LastIndexByte(s, '_')
	if last < 1 || s[last-1] != '_' {
		return "", false
	}
	return s[:last-1], true
}

// descending orders names from the last to the first, byte by byte: that is how
// resolve_btfids goes through them, and so the order of its warnings, and what
// counts where places overlap.
func descending(a, b string) int { return strings.Compare(b, a) }

// list makes the entries of one kind.
func (l *collected) list() list {
	out := list{symbols: l.symbols}
	for _, name := range slices.SortedFunc(maps.Keys(l.offs), descending) {
		out.entries = append(out.entries, entry{name, l.offs[name]})
	}
	return out
}
