package btfids

import (
	"fmt"
	"slices"
	"sort"

	"github.com/gopahole/gopahole/btf"
)

const (
	implSuffix = "_impl"

	// maxQualifiers bounds the way to a type behind qualifiers, which may lead
	// nowhere (linux: MAX_RESOLVE_DEPTH).
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
// where f_impl gets the other tags of f; if there is a FUNC f_impl, as of a
// function that is written so in the source, it stays as it is. New types come
// behind the others (resolve_btfids of Linux 7.2: btf2btf). The table may be nil.
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
		f := btf.ID(types.Record(tag)[2])
		if target := types.Record(f); target == nil || btf.KindOf(target[1]) != btf.KindFunc {
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
	behind := sort.Search(len(t.byOff), func(i int) bool { return t.sets[t.byOff[i]].off >= off })
	if behind == 0 {
		return 0, false
	}
	i := t.byOff[behind-1]
	s := &t.sets[i]
	return i, s.pairs && off+pairSize <= s.end()
}

// hideImplicit changes one function.
func (e *editor) hideImplicit(f btf.ID) {
	linkage, proto := btf.VlenOf(e.types.Record(f)[1]), e.protoOf(f)
	impl := e.types.Name(f) + implSuffix
	if !e.impls[impl] {
		e.impls[impl] = true
		id := e.add(uint32(e.addString(impl)), btf.Info(btf.KindFunc, linkage, false), uint32(proto))
		for _, tag := range e.tagsOf[f] {
			rec := e.record(tag)
			name := e.string(btf.StrOff(rec[0]))
			if name != kfuncTag {
				e.add(uint32(e.addString(name)), btf.Info(btf.KindDeclTag, 0, btf.KindFlag(rec[1])), uint32(id), rec[3])
			}
		}
	}
	e.protos[f] = e.addShortened(e.record(proto))
}

// addShortened adds a FUNC_PROTO with the parameters of proto before the first
// implicit one.
func (e *editor) addShortened(proto []uint32) btf.ID {
	rec := []uint32{0, 0, proto[2]}
	params := 0
	for p := proto[3:]; len(p) >= 2 && !e.isImplicit(btf.ID(p[1])); p = p[2:] {
		rec = append(rec, uint32(e.addString(e.string(btf.StrOff(p[0])))), p[1])
		params++
	}
	rec[1] = btf.Info(btf.KindFuncProto, params, false)
	return e.add(rec...)
}

// isImplicit reports whether a parameter of that type is filled in by the
// verifier.
func (e *editor) isImplicit(id btf.ID) bool {
	ptr := e.unqualified(id)
	if ptr == nil || btf.KindOf(ptr[1]) != btf.KindPtr {
		return false
	}
	target := e.unqualified(btf.ID(ptr[2]))
	if target == nil || btf.KindOf(target[1]) != btf.KindStruct {
		return false
	}
	name, _ := e.types.String(btf.StrOff(target[0]))
	return slices.Contains(implicitTypes, name)
}

// unqualified returns the record of a type without its qualifiers and type tags,
// or nil for void and for a chain that does not end.
func (e *editor) unqualified(id btf.ID) []uint32 {
	for range maxQualifiers {
		rec := e.types.Record(id)
		if rec == nil {
			return nil
		}
		switch btf.KindOf(rec[1]) {
		case btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindTypeTag:
			id = btf.ID(rec[2])
		default:
			return rec
		}
	}
	return nil
}
