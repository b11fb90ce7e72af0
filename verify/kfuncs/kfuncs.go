// Package kfuncs finds out whether the BTF of a kernel or module lets BPF programs
// call the functions that it offers them.
//
// A kernel function is listed in a set of the section .BTF_ids. The kernel looks
// it up there by its ID; a BPF program, or the header it is compiled with, by the
// FUNC of that name with a DECL_TAG "bpf_kfunc", which pahole writes from 1.27 on.
// Since Linux 7.0 a function with implicit arguments has a second form, whose name
// ends in _impl and which has them (tools/bpf/resolve_btfids).
//
// Stable are exported names, and which parts a function lacks.
package kfuncs

import (
	"fmt"
	"io"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/kfunc"
)

// A Set is what a file offers to BPF programs.
type Set struct {
	Funcs []Kfunc // in the order of their symbols
	// Flags has the flags by the IDs of .BTF_ids; it is nil before resolve_btfids has
	// filled it.
	Flags map[btf.ID]uint32
}

// A Kfunc is a function that BPF programs may call.
type Kfunc struct {
	Name  string
	Flags uint32 // KF_*, linux/btf.h
}

const implicitArgs = 1 << 16 // KF_IMPLICIT_ARGS

// Read returns what the ELF file offers. A file without .BTF_ids offers nothing.
// For one with .BTF_ids that has no symbols of it, because it was stripped, the error
// wraps ErrNoSymbols.
func Read(name string, r io.ReaderAt, size int64) (*Set, error) {
	f, err := elffile.New(name, r, size)
	if err != nil {
		return nil, err
	}
	return ReadFile(f)
}

// ReadFile is [Read] for a file that is open.
func ReadFile(f *elffile.File) (*Set, error) {
	ids := f.Section(".BTF_ids")
	if ids == nil || !ids.HasData() {
		return new(Set), nil
	}
	c := kfunc.NewCollector(uint32(ids.Index))
	err := f.Symbols(func(s elffile.Symbol) error {
		c.Add(s.Name, s.Value, s.Size, s.Shndx)
		return nil
	})
	if err != nil {
		return nil, err
	}
	data, err := f.SectionData(ids)
	if err != nil {
		return nil, err
	}
	if c.Stripped(data) {
		return nil, fmt.Errorf("%s: %w with symbols of .BTF_ids", f.Name, ErrNoSymbols)
	}
	list, err := c.Kfuncs(ids.Addr, data, f.Order)
	if err != nil {
		return nil, err
	}
	set := new(Set)
	for _, k := range list {
		set.Funcs = append(set.Funcs, Kfunc{k.Name, uint32(k.Flags)})
	}
	for _, p := range c.Pairs(ids.Addr, data, f.Order) {
		if p.ID == 0 {
			continue // not resolved
		}
		if set.Flags == nil {
			set.Flags = map[btf.ID]uint32{}
		}
		set.Flags[btf.ID(p.ID)] = uint32(p.Flags)
	}
	return set, nil
}

// ErrNoSymbols says that nothing is known of the functions: the file has .BTF_ids
// and no symbol table, or none with symbols of that section.
var ErrNoSymbols = elffile.ErrNoSymtab

// A Part is something that a function needs.
type Part uint8

const (
	Func  Part = iota // the FUNC of its name
	Tag               // the DECL_TAG bpf_kfunc on it
	Impl              // the FUNC with its implicit arguments, NAME_impl
	Entry             // the ID of the FUNC in a set of .BTF_ids, if that is filled in
	parts
)

func (p Part) String() string {
	return [...]string{"FUNC", "tag bpf_kfunc", "FUNC with implicit arguments", "ID in .BTF_ids"}[p]
}

// A Gap is a function that lacks something.
type Gap struct {
	Kfunc
	Missing []Part
}

// An Audit says what functions lack.
type Audit struct {
	Total int        // functions
	Moved int        // functions whose flags stand at the symbol of another one
	Lacks [parts]int // functions that lack a part, by Part
	Gaps  []Gap      // in the order of the set
}

// Complete reports whether no function lacks anything.
func (r *Audit) Complete() bool { return len(r.Gaps) == 0 }

// impl is the end of the name of a function's form with implicit arguments.
const impl = "_impl"

// Check looks for each function of the set in the types of the same file.
func Check(types *btf.Types, set *Set) *Audit {
	ids, tagged := index(types, set)
	r := &Audit{Total: len(set.Funcs)}
	for _, k := range set.Funcs {
		f := Gap{Kfunc: k}
		id := ids[k.Name]
		if flags, ok := set.Flags[id]; ok && id != 0 {
			if flags != f.Flags {
				r.Moved++
			}
			f.Flags = flags // resolve_btfids sorts them with the IDs
		} else if set.Flags != nil {
			f.Missing = append(f.Missing, Entry)
		}
		if id == 0 {
			f.Missing = append(f.Missing, Func)
		}
		if id == 0 || !tagged[id] {
			f.Missing = append(f.Missing, Tag)
		}
		if f.Flags&implicitArgs != 0 && ids[k.Name+impl] == 0 {
			f.Missing = append(f.Missing, Impl)
		}
		slices.Sort(f.Missing)
		for _, p := range f.Missing {
			r.Lacks[p]++
		}
		if f.Missing != nil {
			r.Gaps = append(r.Gaps, f)
		}
	}
	return r
}

// ByName returns the flags of the functions in a set, by their names. The types are those of
// the same file.
func (s *Set) ByName(types *btf.Types) map[string]uint32 {
	ids, _ := index(types, s)
	flags := make(map[string]uint32, len(s.Funcs))
	for _, k := range s.Funcs {
		flags[k.Name] = k.Flags
		if sorted, ok := s.Flags[ids[k.Name]]; ok && ids[k.Name] != 0 {
			flags[k.Name] = sorted // resolve_btfids sorts them with the IDs
		}
	}
	return flags
}

// tag marks kfuncs.
const tag = "bpf_kfunc"

// index returns the first FUNC of each name that matters, which is the one that
// resolve_btfids uses, and the types with the tag.
func index(types *btf.Types, set *Set) (ids map[string]btf.ID, tagged map[btf.ID]bool) {
	ids, tagged = map[string]btf.ID{}, map[btf.ID]bool{}
	longest := 0 // name
	for _, k := range set.Funcs {
		ids[k.Name], ids[k.Name+impl] = 0, 0
		longest = max(longest, len(k.Name)+len(impl))
	}
	for id, rec := range types.All() {
		switch rec.Kind() {
		case btf.KindFunc:
			name := types.NameUpTo(id, longest)
			if first, wanted := ids[name]; wanted && first == 0 {
				ids[name] = id
			}
		case btf.KindDeclTag:
			if types.NameUpTo(id, len(tag)) == tag && rec.Component() == -1 && !rec.KindFlag() {
				tagged[rec.Type()] = true
			}
		}
	}
	return ids, tagged
}
