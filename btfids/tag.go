package btfids

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

const (
	kfuncTag    = "bpf_kfunc"
	fastcallTag = "bpf_fastcall"

	// maxFuncName bounds the name of a function, with its zero byte (linux:
	// KSYM_NAME_LEN).
	maxFuncName = 512
)

// TagKfuncs gives the functions that set8s of the table call kernel functions what
// BPF programs and the verifier look for, as the build of Linux 7.3 does after an
// encoder that was not asked for it:
//
//   - the declaration tag bpf_kfunc, and with the flag KF_FASTCALL bpf_fastcall;
//   - with KF_IMPLICIT_ARGS, what ImplicitArgs does;
//   - in its prototype the type tag address_space(1) for pointers into an arena, which
//     flags tell of the result and of the first two parameters, and names of any.
//
// Tags and strings are added even where they exist; package dedup merges them. New
// types come after the others. The table may be nil.
//
// The error is a *KfuncError, or says that there would be more types than make sense.
func TagKfuncs(types *btf.Types, t *Table) (*btf.Types, []SetWarning, error) {
	if t == nil {
		return types, nil, nil
	}
	kfuncs, warnings, err := t.kfuncs(types)
	if err != nil || len(kfuncs) == 0 {
		return types, warnings, err
	}
	e := newEditor(types, types.FirstID(), maxFuncName)
	e.fresh = true // dedup finds equal strings, and an index of those of a kernel takes most of the time
	for _, k := range kfuncs {
		if err := e.tagKfunc(k); err != nil {
			return nil, nil, err
		}
		if e.words > maxNewWords || e.read > maxText {
			return nil, nil, fmt.Errorf("kernel functions: more than %d words of types to add, or %d bytes of names to look at", maxNewWords, maxText)
		}
	}
	types, err = e.finish()
	return types, warnings, err
}

// tagKfunc does all for one function.
func (e *editor) tagKfunc(k kfunc) error {
	e.addTag(kfuncTag, k.id)
	if k.flags&fastcall != 0 {
		e.addTag(fastcallTag, k.id)
	}
	if k.flags&implicitArgs != 0 {
		if len(k.name)+len(implSuffix) >= maxFuncName {
			return &KfuncError{k.name, fmt.Sprintf(": function name is too long: with %s it has %d bytes", implSuffix, len(k.name)+len(implSuffix))}
		}
		e.hideImplicit(k.id)
	}
	return e.tagArena(k)
}

// addTag adds a declaration tag for a function.
func (e *editor) addTag(name string, f btf.ID) {
	tag := e.add(uint32(e.addString(name)), btf.Info(btf.KindDeclTag, 0, false), uint32(f), ^uint32(0)) // component_idx -1
	e.tagsOf[f] = append(e.tagsOf[f], tag)
}
