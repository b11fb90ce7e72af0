package verify

import (
	"errors"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// resolved is what level 2 knows of a type.
type resolved struct {
	state state
	// id is the type that a modifier, pointer or variable ends at, and size the
	// bytes of an array.
	id   btf.ID
	size uint32
}

type state uint8

const (
	untouched state = iota
	waiting         // on the stack, for the types it refers to
	done
	broken // has a finding of its own
)

// A mode says where a walk stops (kernel: enum resolve_mode). A pointer may
// point to a struct that has it as a member: a walk that began at a pointer does
// not enter structs, one that began at a struct does not follow pointers.
type mode uint8

const (
	anywhere    mode = iota // no pointer, struct or array was met
	fromPointer             // through pointers and modifiers
	fromStruct              // through structs, arrays and modifiers
)

// What ends a walk without a finding about the type it has come to.
var (
	errDepth  = errors.New("too many types wait for each other")
	errLoop   = errors.New("a type waits for itself")
	errBroken = errors.New("a type has a finding already")
)

// A resolver finds for each type whether it ends at something with a size (kernel:
// btf_check_all_types).
type resolver struct {
	*checker
	stack []btf.ID // the types that wait
	mode  mode
}

// graph checks the types with all they refer to. It returns false if there was
// something wrong.
func (c *checker) graph() bool {
	b := c.b
	c.walkBase()
	r := &resolver{checker: c}
	b.resolved = make([]resolved, len(b.index))
	ok := true
	first := b.firstID
	if b.base == nil {
		first = 1
	}
	for id := first; id < b.numIDs(); id++ {
		err := r.top(id)
		if err == nil {
			continue
		}
		ok = false
		if f := new(Finding); errors.As(err, &f) && !c.put(f) {
			break
		}
	}
	c.id, c.rec = 0, nil
	return ok
}

// top checks one type, as the kernel does in its outermost loop.
func (r *resolver) top(id btf.ID) error {
	rec := r.b.record(id)
	if needsWalk(rec.Kind()) && !r.isDone(id) {
		if err := r.walk(id); err != nil {
			return err
		}
	}
	if rec.Kind() == btf.KindFuncProto {
		r.id, r.rec = id, rec
		return r.proto(id, rec)
	}
	return nil
}

// walk resolves a type and what it needs. That depth or loop is reported for the
// type at which the walk began.
func (r *resolver) walk(id btf.ID) error {
	r.mode = anywhere
	r.stack = r.stack[:0]
	err := r.visit(id)
	if err == nil {
		return nil
	}
	for _, waits := range r.stack {
		r.b.resolved[waits-r.b.firstID].state = broken
	}
	r.id, r.rec = id, r.b.record(id)
	switch err {
	case errDepth:
		f := r.fail("Exceeded max resolving depth:32")
		f.Errno = kernel.E2BIG
		return f
	case errLoop:
		f := r.fail("Loop detected")
		f.Errno = kernel.EEXIST
		return f
	}
	return err
}

// visit resolves a type that is not done.
func (r *resolver) visit(id btf.ID) error {
	b := r.b
	if len(r.stack) == kernel.MaxDepth {
		return errDepth
	}
	at := &b.resolved[id-b.firstID]
	switch at.state {
	case waiting:
		return errLoop
	case broken:
		return errBroken
	}
	at.state = waiting
	r.stack = append(r.stack, id)
	rec := b.record(id)
	kind := rec.Kind()
	if r.mode == anywhere {
		switch kind {
		case btf.KindPtr:
			r.mode = fromPointer
		case btf.KindStruct, btf.KindUnion, btf.KindArray:
			r.mode = fromStruct
		}
	}
	res, err := kindRules[kind].resolve(r, id, rec)
	if err != nil {
		return err
	}
	r.stack = r.stack[:len(r.stack)-1]
	res.state = done
	*at = res
	return nil
}

// need resolves a type that another refers to, unless the mode stops at it.
func (r *resolver) need(id btf.ID) error {
	if r.stopsAt(r.b.record(id).Kind()) || r.isDone(id) {
		return nil
	}
	return r.visit(id)
}

// stopsAt reports whether a walk stops at a kind (kernel: env_type_is_resolve_sink).
func (r *resolver) stopsAt(k btf.Kind) bool {
	switch r.mode {
	case fromPointer:
		return !k.IsModifier() && k != btf.KindPtr
	case fromStruct:
		return !k.IsModifier() && !k.IsComposite() && k != btf.KindArray
	}
	return !needsWalk(k)
}

// isDone reports whether a type is resolved; what is in a base is.
func (r *resolver) isDone(id btf.ID) bool {
	return id < r.b.firstID || r.b.resolved[id-r.b.firstID].state == done
}

// resolution returns what is known of a type, which may be in the base.
func (b *blob) resolution(id btf.ID) resolved {
	for id < b.firstID {
		b = b.base
	}
	return b.resolved[id-b.firstID]
}

// sized returns the type with a size that a type is or stands for, and the size
// in bytes; false if there is none (kernel: btf_type_id_size).
func (r *resolver) sized(id btf.ID) (end btf.ID, size uint32, ok bool) {
	b := r.b
	rec := b.record(id)
	if rec == nil {
		return 0, 0, false
	}
	kind := rec.Kind()
	if kind.IsModifier() || kind == btf.KindVar {
		id = b.resolution(id).id
		if rec = b.record(id); rec == nil {
			return 0, 0, false
		}
		kind = rec.Kind()
	}
	switch {
	case kindRules[kind].sizeless, kind.IsModifier(), kind == btf.KindVar:
		return 0, 0, false
	case kind == btf.KindArray:
		size = b.resolution(id).size
	case kind == btf.KindPtr:
		size = r.ptrSize
	default:
		size = rec.Size()
	}
	return id, size, true
}

// about makes a type the one that findings are about, for at the end of each
// reference another one is.
func (r *resolver) about(id btf.ID, rec btf.Record) *resolver {
	r.id, r.rec = id, rec
	return r
}

// target returns the kind that a reference goes to, or false for one that it
// cannot.
func (r *resolver) target(id btf.ID) (btf.Kind, bool) {
	rec := r.b.record(id)
	if rec == nil {
		return 0, false
	}
	k := rec.Kind()
	return k, !kindRules[k].source
}
