package btfids

import (
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// arenaTag is the attribute of what is in an arena of BPF, which clang has as
// address space 1.
const arenaTag = "address_space(1)"

// arenaSuffixes end the names of parameters that point into an arena.
var arenaSuffixes = []string{"__arena", "__arena__nullable"}

// tagArena gives a kernel function a prototype of its own in which pointers into an
// arena say so, if it has such pointers: those that flags tell, of the result and of
// the first two parameters, and those that names of parameters tell.
//
//	FUNC_PROTO (p: PTR ──► T)   becomes   FUNC_PROTO (p: PTR ──► TYPE_TAG address_space(1) ──► T)
//
// The tag has the kind_flag, as attributes have. Others may share the old prototype,
// which stays.
func (e *editor) tagArena(k kfunc) error {
	proto := slices.Clone(e.record(e.protoOf(k.id)))
	arena := e.arenaParams(k, proto)
	if k.flags&arenaReturn == 0 && len(arena) == 0 {
		return nil
	}
	var err error
	if k.flags&arenaReturn != 0 {
		var result btf.ID
		if result, err = e.arenaPointer(k, proto.Type()); err != nil {
			return err
		}
		proto.SetType(result)
	}
	// The prototype comes before the pointers of its parameters, so proto is changed after it was added.
	e.protos[k.id] = e.add(proto...)
	i := -1 // of the parameter; the result is a reference too, and the first one
	proto.MapRefs(func(id btf.ID) btf.ID {
		if err == nil && len(arena) > 0 && arena[0] == i {
			id, err = e.arenaPointer(k, id)
			arena = arena[1:]
		}
		i++
		return id
	})
	return err
}

// arenaParams returns the indexes of the parameters that point into an arena.
func (e *editor) arenaParams(k kfunc, proto btf.Record) []int {
	var arena []int
	for i, p := range proto.Params() {
		name := e.string(p.Name)
		e.read += len(name)
		switch {
		case i == 0 && k.flags&arenaFirst != 0, i == 1 && k.flags&arenaSecond != 0,
			slices.ContainsFunc(arenaSuffixes, func(suffix string) bool { return strings.HasSuffix(name, suffix) }):
			arena = append(arena, i)
		}
		if e.read > maxText {
			break // which the caller refuses
		}
	}
	return arena
}

// arenaPointer adds a pointer to the same in an arena.
func (e *editor) arenaPointer(k kfunc, id btf.ID) (btf.ID, error) {
	ptr := e.record(id)
	if ptr.Kind() != btf.KindPtr {
		return 0, &KfuncError{k.name, ": arena type is not a pointer"}
	}
	if to := e.record(ptr.Type()); to.Kind() == btf.KindTypeTag && to.KindFlag() && e.string(to.NameOff()) == arenaTag {
		since, before := kernel.BuildSince(func(b *kernel.Build) bool { return b.Sets })
		return 0, &KfuncError{k.name, ": its arena pointer has the tag " + arenaTag + " already, from the encoder: " +
			"encode without the feature attributes, as builds of Linux " + since + " do, or do as Linux " + before + " does (--kfuncs=tags)"}
	}
	tag := e.add(uint32(e.addString(arenaTag)), btf.Info(btf.KindTypeTag, 0, true), uint32(ptr.Type()))
	return e.add(0, btf.Info(btf.KindPtr, 0, false), uint32(tag)), nil
}
