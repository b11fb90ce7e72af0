package btfids

import (
	"fmt"
	"slices"
	"sort"

	"github.com/gopahole/gopahole/btf"
)

const (
	implSuffix = "_impl"

	// maxQualifiers bounds how many qualifiers are followed: they may form a circle
	// (linux: MAX_RESOLVE_DEPTH).
	maxQualifiers = 32
)

// implicitTypes are the structs that implicit parameters point to.
var implicitTypes = []string{"bpf_prog_aux", "btf_struct_meta"}

// ImplicitArgs shows BPF programs the kernel functions without the parameters
// that the verifier fills in. For a function that has the declaration tag
// bpf_kfunc, and the flag KF_IMPLICIT_ARGS in a set8 of the table,
//
//	FUNC f      ──► FUNC_PROTO (a, b, struct bpf_prog_aux *)
//
// becomes
//
//	FUNC f_impl ──► FUNC_PROTO (a, b, struct bpf_prog_aux *)
//	FUNC f      ──► FUNC_PROTO (a, b)
//
// where f_impl gets the other tags of f. If there is a FUNC f_impl already, because
// the source has such a function, it stays as it is. New types come after the others
// (resolve_btfids of Linux 7.2: btf2btf). The table may be nil.
//
// Functions of the base are not changed, but the kernel's tool adds types for
// those that a module lists, and so does this. The error says that there would be
// more types than make sense.
func ImplicitArgs(types *btf.Types, t *Table) (*btf.Types, error) {
	if t == nil {
		return types, nil
	}
	e := newEditor(types, 1, t.lists[slices.Index(listKinds[:], btf.KindFunc)].longest())
	for _, f := range t.implicitFuncs(types, e.tags) {
		e.hideImplicit(f)
		if e.words > maxNewWords {
			return nil, fmt.Errorf("functions with implicit arguments: more than %d words of types to add", maxNewWords)
		}
	}
	if len(e.records) == 0 {
		return types, nil
	}
	return e.finish()
}

// implicitFuncs returns the FUNCs to change, once for every bpf_kfunc tag.
func (t *Table) implicitFuncs(types *btf.Types, tags []btf.ID) []btf.ID {
	funcs := &t.lists[slices.Index(listKinds[:], btf.KindFunc)]
	var found []btf.ID
	longest := funcs.longest()
	for _, tag := range tags {
		if !isKfuncTag(types, tag) {
			continue
		}
		f := types.Record(tag).Type()
		if types.Record(f).Kind() != btf.KindFunc {
			continue
		}
		if e := funcs.find(types.NameUpTo(f, longest)); e != nil && t.kfuncFlags(e)&implicitArgs != 0 {
			found = append(found, f)
		}
	}
	return found
}

// kfuncFlags returns the flags of a function in the first set8 that has it, or 0.
func (t *Table) kfuncFlags(e *entry) uint32 {
	first, at := len(t.sets), uint64(0)
	for _, off := range e.offs {
		if i, ok := t.set8Of(off); ok && i < first {
			first, at = i, off
		}
	}
	if first == len(t.sets) {
		return 0
	}
	flags, _ := t.word(at + wordSize)
	return flags
}

// set8Of returns the index in t.sets of the set8 that the pair at an offset belongs
// to.
func (t *Table) set8Of(off uint64) (int, bool) {
	next := sort.Search(len(t.byOff), func(i int) bool { return t.sets[t.byOff[i]].off >= off })
	if next == 0 {
		return 0, false
	}
	i := t.byOff[next-1]
	s := &t.sets[i]
	return i, s.pairs && off+pairSize <= s.end()
}

// hideImplicit changes one function.
func (e *editor) hideImplicit(f btf.ID) {
	linkage, proto := e.types.Record(f).Linkage(), e.protoOf(f)
	impl := e.types.Name(f) + implSuffix
	if !e.impls[impl] {
		e.impls[impl] = true
		id := e.add(uint32(e.addString(impl)), btf.Info(btf.KindFunc, int(linkage), false), uint32(proto))
		for _, tag := range e.tagsOf[f] {
			rec := e.record(tag)
			name := e.string(rec.NameOff())
			if name != kfuncTag {
				e.add(uint32(e.addString(name)), btf.Info(btf.KindDeclTag, 0, rec.KindFlag()), uint32(id), uint32(rec.Component()))
			}
		}
	}
	e.protos[f] = e.addShortened(e.record(proto))
}

// addShortened adds a FUNC_PROTO with the parameters of proto before the first
// implicit one.
func (e *editor) addShortened(proto btf.Record) btf.ID {
	var params []uint32
	n := 0
	for _, p := range proto.Params() {
		if e.isImplicit(p.Type) {
			break
		}
		params = append(params, uint32(e.addString(e.string(p.Name))), uint32(p.Type))
		n++
	}
	return e.add(append([]uint32{0, btf.Info(btf.KindFuncProto, n, false), uint32(proto.Type())}, params...)...)
}

// isImplicit reports whether a parameter of that type is filled in by the
// verifier.
func (e *editor) isImplicit(id btf.ID) bool {
	ptr := e.unqualified(id)
	if ptr.Kind() != btf.KindPtr {
		return false
	}
	target := e.unqualified(ptr.Type())
	if target.Kind() != btf.KindStruct {
		return false
	}
	name, _ := e.types.String(target.NameOff())
	return slices.Contains(implicitTypes, name)
}

// unqualified returns the record of a type without its qualifiers and type tags,
// or nil for void and for a chain that does not end.
func (e *editor) unqualified(id btf.ID) btf.Record {
	for range maxQualifiers {
		rec := e.types.Record(id)
		if !rec.Kind().IsQualifier() {
			return rec
		}
		id = rec.Type()
	}
	return nil
}
