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
	res, err := r.resolve(id, kind, rec)
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

// stopsAt tells whether a walk stops at a kind (kernel: env_type_is_resolve_sink).
func (r *resolver) stopsAt(k btf.Kind) bool {
	switch r.mode {
	case fromPointer:
		return !k.IsModifier() && k != btf.KindPtr
	case fromStruct:
		return !k.IsModifier() && !k.IsComposite() && k != btf.KindArray
	}
	return !needsWalk(k)
}

// needsWalk tells whether a kind refers to others and is resolved. A FUNC_PROTO
// is checked apart.
func needsWalk(k btf.Kind) bool {
	switch k {
	case btf.KindPtr, btf.KindStruct, btf.KindUnion, btf.KindArray, btf.KindVar, btf.KindFunc, btf.KindDeclTag, btf.KindDatasec:
		return true
	}
	return k.IsModifier()
}

// isSource tells whether nothing but a DATASEC or DECL_TAG may refer to a kind.
func isSource(k btf.Kind) bool {
	return k == btf.KindVar || k == btf.KindDatasec || k == btf.KindDeclTag
}

// hasNoSize tells whether a kind never has one.
func hasNoSize(k btf.Kind) bool {
	switch k {
	case btf.KindVoid, btf.KindFwd, btf.KindFunc, btf.KindFuncProto, btf.KindDeclTag:
		return true
	}
	return false
}

// isDone tells whether a type is resolved; what is in a base is.
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
	case hasNoSize(kind), kind.IsModifier(), kind == btf.KindVar:
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

// resolve is the rule of each kind.
func (r *resolver) resolve(id btf.ID, kind btf.Kind, rec btf.Record) (resolved, error) {
	switch kind {
	case btf.KindStruct, btf.KindUnion:
		return resolved{}, r.composite(id, rec)
	case btf.KindArray:
		return r.array(id, rec)
	case btf.KindPtr, btf.KindVar:
		return r.reference(id, kind, rec)
	case btf.KindDatasec:
		return resolved{}, r.datasec(id, rec)
	case btf.KindFunc:
		return r.function(id, rec)
	case btf.KindDeclTag:
		return r.declTag(id, rec)
	}
	return r.modifier(id, rec)
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
	return k, !isSource(k)
}

func (r *resolver) modifier(id btf.ID, rec btf.Record) (resolved, error) {
	to := rec.Type()
	if _, ok := r.target(to); !ok {
		return resolved{}, r.about(id, rec).fail("Invalid type_id")
	}
	if err := r.need(to); err != nil {
		return resolved{}, err
	}
	return r.end(id, rec, to)
}

// reference resolves a PTR or VAR. A modifier that was resolved from a struct
// ends at a pointer that nobody has followed; here it has to be.
func (r *resolver) reference(id btf.ID, kind btf.Kind, rec btf.Record) (resolved, error) {
	to := rec.Type()
	next, ok := r.target(to)
	if !ok {
		return resolved{}, r.about(id, rec).fail("Invalid type_id")
	}
	if err := r.need(to); err != nil {
		return resolved{}, err
	}
	if next.IsModifier() {
		end := r.b.resolution(to).id
		if rec := r.b.record(end); rec != nil && rec.Kind() == btf.KindPtr {
			if err := r.need(end); err != nil {
				return resolved{}, err
			}
		}
	}
	if kind == btf.KindVar {
		end, _, ok := r.sized(to)
		if !ok {
			return resolved{}, r.about(id, rec).fail("Invalid type_id")
		}
		return resolved{id: end}, nil
	}
	return r.end(id, rec, to)
}

// end returns where a modifier or pointer to a resolved type ends: at something
// with a size, void, a FWD or a FUNC_PROTO.
func (r *resolver) end(id btf.ID, rec btf.Record, to btf.ID) (resolved, error) {
	if end, _, ok := r.sized(to); ok {
		return resolved{id: end}, nil
	}
	if r.isDone(to) {
		to = r.b.resolution(to).id
	}
	switch last := r.b.record(to); {
	case last == nil:
	case last.Kind() == btf.KindVoid, last.Kind() == btf.KindFwd, last.Kind() == btf.KindFuncProto:
		return resolved{id: to}, nil
	}
	return resolved{}, r.about(id, rec).fail("Invalid type_id")
}

func (r *resolver) array(id btf.ID, rec btf.Record) (resolved, error) {
	elem, index, n := rec.Array().Elem, rec.Array().Index, rec.Array().Len
	if !r.mayHaveSize(index) {
		return resolved{}, r.about(id, rec).fail("Invalid index")
	}
	if err := r.need(index); err != nil {
		return resolved{}, err
	}
	end, _, ok := r.sized(index)
	if !ok || !r.isRegularInt(end) {
		return resolved{}, r.about(id, rec).fail("Invalid index")
	}
	if !r.mayHaveSize(elem) {
		return resolved{}, r.about(id, rec).fail("Invalid elem")
	}
	if err := r.need(elem); err != nil {
		return resolved{}, err
	}
	end, size, ok := r.sized(elem)
	switch {
	case !ok:
		return resolved{}, r.about(id, rec).fail("Invalid elem")
	case r.b.record(end).Kind() == btf.KindInt && !r.isRegularInt(end):
		return resolved{}, r.about(id, rec).fail("Invalid array of int")
	case uint64(n)*uint64(size) > 1<<32-1:
		return resolved{}, r.about(id, rec).fail("Array size overflows U32_MAX")
	}
	return resolved{id: end, size: n * size}, nil
}

// mayHaveSize tells whether a type exists and may be an element or member.
func (r *resolver) mayHaveSize(id btf.ID) bool {
	k, ok := r.target(id)
	return ok && !hasNoSize(k)
}

// isRegularInt tells whether a type is an INT of 1, 2, 4, 8 or 16 whole bytes.
func (r *resolver) isRegularInt(id btf.ID) bool {
	rec := r.b.record(id)
	if rec.Kind() != btf.KindInt {
		return false
	}
	i := rec.Int()
	switch i.Bits {
	case 8, 16, 32, 64, 128:
		return i.Offset == 0
	}
	return false
}

func (r *resolver) datasec(id btf.ID, rec btf.Record) error {
	for _, e := range rec.Secinfos() {
		r.mode = anywhere // of each variable anew
		v := r.b.record(e.Var)
		if v == nil || v.Kind() != btf.KindVar {
			return r.about(id, rec).varAtLevel2(e, "Not a VAR kind member")
		}
		if !r.isDone(e.Var) {
			if err := r.visit(e.Var); err != nil {
				return err
			}
			// The kernel goes on behind a variable that it had to resolve first: the
			// sizes of one that comes after its DATASEC are not compared.
			continue
		}
		_, size, ok := r.sized(v.Type())
		switch {
		case !ok:
			return r.about(id, rec).varAtLevel2(e, "Invalid type")
		case e.Size < size:
			return r.about(id, rec).varAtLevel2(e, "Invalid size")
		}
	}
	r.mode = anywhere
	return nil
}

// varAtLevel2 and memberAtLevel2 are findings about an element, whose type the
// log of level 2 shows in a line before.
func (r *resolver) varAtLevel2(e btf.Secinfo, message string) *Finding {
	f := r.failVar(e, message)
	f.Line = r.b.typeLine(r.id, r.rec, true, "") + "\n" + f.Line
	return f
}

func (r *resolver) memberAtLevel2(m btf.RawMember, message string) *Finding {
	f := r.failMember(m, message)
	f.Line = r.b.typeLine(r.id, r.rec, true, "") + "\n" + f.Line
	return f
}

// function checks a FUNC: it has a prototype, whose parameters have names.
func (r *resolver) function(id btf.ID, rec btf.Record) (resolved, error) {
	p := r.b.record(rec.Type())
	if p == nil || p.Kind() != btf.KindFuncProto {
		return resolved{}, r.about(id, rec).fail("Invalid type_id")
	}
	for i, param := range p.Params() {
		if param.Name == 0 && param.Type != 0 {
			return resolved{}, r.about(id, rec).failArg(i)
		}
	}
	return resolved{id: rec.Type()}, nil
}

func (r *resolver) declTag(id btf.ID, rec btf.Record) (resolved, error) {
	target := r.b.record(rec.Type())
	if target == nil {
		return resolved{}, r.about(id, rec).fail("Invalid type_id")
	}
	kind := target.Kind()
	switch kind {
	case btf.KindFunc, btf.KindStruct, btf.KindUnion, btf.KindVar, btf.KindTypedef:
	default:
		return resolved{}, r.about(id, rec).fail("Invalid type_id")
	}
	if err := r.need(rec.Type()); err != nil {
		return resolved{}, err
	}
	if component := rec.Component(); component != -1 {
		n := 0 // of a VAR or TYPEDEF
		switch kind {
		case btf.KindStruct, btf.KindUnion:
			n = target.Vlen()
		case btf.KindFunc:
			n = r.b.record(target.Type()).Vlen()
		}
		if component < 0 || component >= n {
			return resolved{}, r.about(id, rec).fail("Invalid component_idx")
		}
	}
	return resolved{id: rec.Type()}, nil
}
