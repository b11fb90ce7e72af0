package verify

import (
	"github.com/gopahole/gopahole/btf"
)

// How a type of each kind is resolved (level 2): what it refers to, and which of that
// has to have a size. Structs and prototypes have files of their own.

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
func (r *resolver) reference(id btf.ID, rec btf.Record) (resolved, error) {
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
	if rec.Kind() == btf.KindVar {
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

// mayHaveSize reports whether a type exists and may be an element or member.
func (r *resolver) mayHaveSize(id btf.ID) bool {
	k, ok := r.target(id)
	return ok && !kindRules[k].sizeless
}

// isRegularInt reports whether a type is an INT of 1, 2, 4, 8 or 16 whole bytes.
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

func (r *resolver) datasec(id btf.ID, rec btf.Record) (resolved, error) {
	for _, e := range rec.Secinfos() {
		r.mode = anywhere // of each variable anew
		v := r.b.record(e.Var)
		if v == nil || v.Kind() != btf.KindVar {
			return resolved{}, r.about(id, rec).varAtLevel2(e, "Not a VAR kind member")
		}
		if !r.isDone(e.Var) {
			if err := r.visit(e.Var); err != nil {
				return resolved{}, err
			}
			// The kernel goes on with the next variable after one that it had to resolve first: the
			// sizes of one that comes after its DATASEC are not compared.
			continue
		}
		_, size, ok := r.sized(v.Type())
		switch {
		case !ok:
			return resolved{}, r.about(id, rec).varAtLevel2(e, "Invalid type")
		case e.Size < size && !r.rules.ShortEntries:
			return resolved{}, r.about(id, rec).varAtLevel2(e, "Invalid size")
		}
	}
	r.mode = anywhere
	return resolved{}, nil
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
