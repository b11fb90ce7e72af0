package btfids

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// setOfKfuncs is the flag of a set8 whose functions BPF programs may call
// (linux/btf_ids.h: BTF_SET8_KFUNCS).
const setOfKfuncs = 1 << 0

// Flags of kernel functions in a set8 (linux/btf.h).
const (
	fastcall     = 1 << 12 // KF_FASTCALL
	arenaReturn  = 1 << 13 // KF_ARENA_RET
	arenaFirst   = 1 << 14 // KF_ARENA_ARG1
	arenaSecond  = 1 << 15 // KF_ARENA_ARG2
	implicitArgs = 1 << 16 // KF_IMPLICIT_ARGS: the verifier fills in the last parameters

	// EncodedFlags are those that an encoder which tags kernel functions looks at.
	EncodedFlags = fastcall | arenaReturn | arenaFirst | arenaSecond
	// TagFlags and ImplicitFlags are those that TagKfuncs and ImplicitArgs look at.
	TagFlags      = EncodedFlags | implicitArgs
	ImplicitFlags = implicitArgs
)

// A kfunc is a function that a set8 of kernel functions lists.
type kfunc struct {
	id    btf.ID // of its FUNC
	name  string
	flags uint32
	set   string // the first one that has it
}

// A KfuncError says that a kernel function cannot get the types that its flags ask
// for.
type KfuncError struct {
	Name string
	Msg  string // what follows the name
}

func (e *KfuncError) Error() string { return fmt.Sprintf("kfunc %.512s%s", e.Name, e.Msg) }

// A SetWarning is an entry of a set8 of kernel functions that stands for no function
// of the file, which gets no tag then.
type SetWarning struct {
	Set   string
	Entry int    // counted from 0
	Name  string // "": no symbol says which function it is
}

// String returns the line that resolve_btfids prints.
func (w SetWarning) String() string {
	if w.Name == "" {
		return fmt.Sprintf("WARN: resolve_btfids: no BTF ID symbol for %s entry %d", w.Set, w.Entry)
	}
	return fmt.Sprintf("WARN: resolve_btfids: no BTF func for kfunc %s in %s", w.Name, w.Set)
}

// kfuncs returns the functions of all set8s with the flag setOfKfuncs, by ID. Each is
// the first own FUNC of its name: a module cannot tag functions of its base.
func (t *Table) kfuncs(types *btf.Types) ([]kfunc, []SetWarning, error) {
	var warnings []SetWarning
	entries, err := t.kfuncEntries()
	if err != nil {
		return nil, nil, err
	}
	funcs := ownFuncs(types, entries)
	found := make(map[btf.ID]kfunc)
	for _, e := range entries {
		id := funcs[e.name]
		if id == 0 {
			warnings = append(warnings, SetWarning{e.set, e.index, e.name})
			continue
		}
		k, ok := found[id]
		if ok && k.flags != e.flags {
			return nil, nil, &KfuncError{e.name, fmt.Sprintf(" has inconsistent flags across BTF ID sets: 0x%x != 0x%x "+
				"(sets %.512s and %.512s)",
				k.flags, e.flags, k.set, e.set)}
		}
		if !ok {
			found[id] = kfunc{id: id, name: e.name, flags: e.flags, set: e.set}
		}
	}
	kfuncs := make([]kfunc, 0, len(found))
	for _, k := range found {
		kfuncs = append(kfuncs, k)
	}
	slices.SortFunc(kfuncs, func(a, b kfunc) int { return cmp.Compare(a.id, b.id) })
	return kfuncs, warnings, nil
}

// A kfuncEntry is an entry of a set8 of kernel functions.
type kfuncEntry struct {
	set   string
	index int
	name  string // "" without a symbol
	flags uint32
}

// kfuncEntries returns the entries of all sets of kernel functions, set after set in
// the order of resolve_btfids. Their names come from symbols of any kind.
func (t *Table) kfuncEntries() ([]kfuncEntry, error) {
	var entries []kfuncEntry
	var names map[uint64]string
	for _, s := range t.sets {
		if flags, _ := t.word(s.off + wordSize); !s.pairs || flags&setOfKfuncs == 0 {
			continue
		}
		if names == nil {
			names = t.namesByPlace()
		}
		for i := range s.count {
			off := s.off + s.head() + uint64(i)*pairSize
			flags, _ := t.word(off + wordSize)
			entries = append(entries, kfuncEntry{s.name, i, names[off], flags})
			if names[off] == twoNames {
				return nil, fmt.Errorf("entry %d of set8 %.512s has symbols of two names: which kernel function it is, is not known", i, s.name)
			}
		}
	}
	return entries, nil
}

// twoNames is in the place of a name where there are two. No name has a zero byte.
const twoNames = "\x00"

// namesByPlace returns the names that symbols ask for by their offset in the section.
func (t *Table) namesByPlace() map[uint64]string {
	names := make(map[uint64]string)
	for i := range t.lists {
		for _, e := range t.lists[i].entries {
			for _, off := range e.offs {
				if name, ok := names[off]; ok && name != e.name {
					names[off] = twoNames
				} else {
					names[off] = e.name
				}
			}
		}
	}
	return names
}

// ownFuncs returns the first own FUNC of each name in entries that has one.
func ownFuncs(types *btf.Types, entries []kfuncEntry) map[string]btf.ID {
	longest := 0
	funcs := make(map[string]btf.ID, len(entries))
	for _, e := range entries {
		if e.name != "" {
			funcs[e.name] = 0
			longest = max(longest, len(e.name))
		}
	}
	if longest == 0 {
		return funcs
	}
	for id, rec := range types.Own() {
		if rec.Kind() != btf.KindFunc {
			continue
		}
		name := types.NameUpTo(id, longest)
		if first, ok := funcs[name]; ok && first == 0 {
			funcs[name] = id
		}
	}
	return funcs
}
