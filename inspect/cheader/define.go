package cheader

import "github.com/gopahole/gopahole/btf"

// prepare writes what has to stand before a use of a type inside another one, in,
// which is 0 at the top level: there the type itself is defined.
//
// By the order of the queue all that must be defined is. What is missing are
// declarations of what is used through pointers.
func (p *printer) prepare(id, in btf.ID) {
	st := &p.states[id]
	if st.has(emitted) || !p.step(id) {
		return
	}
	p.depth++
	p.prepareNew(id, in, st)
	p.depth--
}

// prepareNew is prepare for a type that was not written.
func (p *printer) prepareNew(id, in btf.ID, st *state) {
	rec := p.types.Record(id)
	if st.has(emitting) {
		p.declareLoop(id, in, rec)
		return
	}
	switch rec.Kind() {
	case btf.KindInt:
		p.missingAlias(rec)
		st.set(emitted)
	case btf.KindEnum, btf.KindEnum64:
		if in == 0 {
			p.enum(id, rec, 0)
			p.end()
		}
		st.set(emitted)
	case btf.KindFwd:
		p.fwd(id, rec)
		p.end()
		st.set(emitted)
	case btf.KindTypedef:
		st.set(emitting)
		p.prepare(rec.Type(), id)
		p.typedefOnce(id, rec)
		st.clear(emitting)
		st.set(emitted)
	case btf.KindStruct, btf.KindUnion:
		p.prepareComposite(id, in, rec)
	case btf.KindPtr, btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindTypeTag:
		p.prepare(rec.Type(), in)
	case btf.KindArray:
		p.prepare(rec.Array().Elem, in)
	case btf.KindFuncProto:
		p.prepare(rec.Type(), in)
		for i := range rec.Vlen() {
			p.prepare(rec.Param(i).Type, in)
		}
	}
}

// prepareComposite defines a struct or union at the top level, and declares it
// elsewhere. One without a name is written where it is used; what its members need
// has to stand before the type around it.
func (p *printer) prepareComposite(id, in btf.ID, rec btf.Record) {
	st := &p.states[id]
	named := rec.NameOff() != 0
	st.set(emitting)
	switch {
	case in == 0 || !named:
		around := in
		if named {
			around = id
		}
		for i := range rec.Vlen() {
			p.prepare(rec.Member(i).Type, around)
		}
	case id != in:
		p.declareOnce(id, rec)
	}
	st.clear(emitting)
	if in == 0 {
		p.composite(id, rec, 0)
		p.end()
		st.set(emitted)
	}
}

// declareLoop is prepare for a type that is being defined: something inside it
// refers back to it, through a pointer.
func (p *printer) declareLoop(id, in btf.ID, rec btf.Record) {
	switch rec.Kind() {
	case btf.KindStruct, btf.KindUnion:
		if id != in && rec.NameOff() != 0 {
			p.declareOnce(id, rec)
		}
	case btf.KindTypedef:
		p.typedefOnce(id, rec)
	}
}

// declareOnce writes a forward declaration, unless there is one.
func (p *printer) declareOnce(id btf.ID, rec btf.Record) {
	if st := &p.states[id]; !st.has(declared) {
		p.compositeName(id, rec)
		p.end()
		st.set(declared)
	}
}

// ofCompiler is the typedef that compilers have, of which they refuse another one.
const ofCompiler = "__builtin_va_list"

// typedefOnce writes a typedef, unless that was done early, for what refers to it in
// a loop.
func (p *printer) typedefOnce(id btf.ID, rec btf.Record) {
	if st := &p.states[id]; !st.has(declared) {
		if p.types.Name(id) != ofCompiler {
			p.typedef(id, rec)
			p.end()
		}
		st.set(declared)
	}
}

// end ends a definition.
func (p *printer) end() { p.str(";\n\n") }

// aliases are names that gcc gives types of vectors on ARM without defining them.
var aliases = map[string]string{
	"__Poly8_t":   "unsigned char",
	"__Poly16_t":  "unsigned short",
	"__Poly64_t":  "unsigned long long",
	"__Poly128_t": "unsigned __int128",
}

func (p *printer) missingAlias(rec btf.Record) {
	name, _ := p.types.String(rec.NameOff())
	if alias, ok := aliases[name]; ok {
		p.str("typedef ")
		p.str(alias)
		p.str(" ")
		p.str(name)
		p.end()
	}
}
