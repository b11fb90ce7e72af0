package cheader

import "github.com/gopahole/gopahole/btf"

// sequence puts the definitions that a type needs, and its own, into the queue, each
// after what it embeds. viaPointer says that a pointer leads to the type, so that a
// declaration will do if it has a name. strong reports whether the type has to be
// defined before whoever asks.
//
// Only what the path to a type cannot change is remembered: qualifiers, arrays and
// prototypes are gone through each time.
func (p *printer) sequence(id btf.ID, viaPointer bool) (strong bool, err error) {
	st := &p.states[id]
	if st.has(sequenced) {
		return true, nil
	}
	if !p.step(id) {
		return false, p.err
	}
	p.depth++
	strong, err = p.sequenceNew(id, st, viaPointer)
	p.depth--
	return strong, err
}

// sequenceNew is sequence for a type that is not in the queue.
func (p *printer) sequenceNew(id btf.ID, st *state, viaPointer bool) (strong bool, err error) {
	rec := p.types.Record(id)
	if st.has(sequencing) {
		if viaPointer && rec.Kind().IsComposite() && rec.NameOff() != 0 {
			return false, nil
		}
		p.fail(&CycleError{id, p.types.Name(id)})
		return false, p.err
	}
	switch kind := rec.Kind(); kind {
	case btf.KindStruct, btf.KindUnion:
		return p.sequenceComposite(id, rec, viaPointer)
	case btf.KindEnum, btf.KindEnum64, btf.KindFwd:
		if rec.NameOff() != 0 || !st.has(referenced) {
			p.queue = append(p.queue, id)
		}
		st.set(sequenced)
		return true, nil
	case btf.KindTypedef:
		strong, err := p.sequence(rec.Type(), viaPointer)
		if err != nil || viaPointer && !strong {
			return false, err
		}
		p.queue = append(p.queue, id)
		st.set(sequenced)
		return true, nil
	case btf.KindPtr:
		strong, err := p.sequence(rec.Type(), true)
		st.set(sequenced)
		return strong, err
	case btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindTypeTag:
		return p.sequence(rec.Type(), viaPointer)
	case btf.KindArray:
		return p.sequence(rec.Array().Elem, false)
	case btf.KindFuncProto:
		strong, err := p.sequence(rec.Type(), viaPointer)
		for i := 0; i < rec.Vlen() && err == nil; i++ {
			var s bool
			s, err = p.sequence(rec.Param(i).Type, viaPointer)
			strong = strong || s
		}
		return strong, err
	default: // no definition: integers, functions, variables, sections, tags
		st.set(sequenced)
		return false, nil
	}
}

func (p *printer) sequenceComposite(id btf.ID, rec btf.Record, viaPointer bool) (strong bool, err error) {
	st := &p.states[id]
	if viaPointer && rec.NameOff() != 0 {
		return false, nil
	}
	st.set(sequencing)
	for i := range rec.Vlen() {
		if _, err := p.sequence(rec.Member(i).Type, false); err != nil {
			return false, err
		}
	}
	if rec.NameOff() != 0 {
		p.queue = append(p.queue, id)
	}
	st.clear(sequencing)
	st.set(sequenced)
	return true, nil
}

// adds reports whether sequence would put a definition into the queue, without doing it. It
// says so as well where there may be no end, which sequence finds out. work is what may
// still be done.
func (p *printer) adds(id btf.ID, viaPointer bool, work *int) bool {
	st := p.states[id]
	if st.has(sequenced) {
		return false
	}
	if *work--; *work < 0 || p.depth > maxDepth {
		return true
	}
	rec := p.types.Record(id)
	switch kind := rec.Kind(); kind {
	case btf.KindStruct, btf.KindUnion:
		if rec.NameOff() != 0 {
			return !viaPointer
		}
		for i := range rec.Vlen() {
			if p.addsBelow(rec.Member(i).Type, false, work) {
				return true
			}
		}
		return false
	case btf.KindEnum, btf.KindEnum64, btf.KindFwd:
		return rec.NameOff() != 0 || !st.has(referenced)
	case btf.KindTypedef:
		return true
	case btf.KindPtr:
		return p.addsBelow(rec.Type(), true, work)
	case btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindTypeTag:
		return p.addsBelow(rec.Type(), viaPointer, work)
	case btf.KindArray:
		return p.addsBelow(rec.Array().Elem, false, work)
	case btf.KindFuncProto:
		if p.addsBelow(rec.Type(), viaPointer, work) {
			return true
		}
		for i := range rec.Vlen() {
			if p.addsBelow(rec.Param(i).Type, viaPointer, work) {
				return true
			}
		}
	}
	return false
}

// addsBelow is adds for what a type refers to.
func (p *printer) addsBelow(id btf.ID, viaPointer bool, work *int) bool {
	if p.states[id].has(sequenced) {
		return false
	}
	p.depth++
	adds := p.adds(id, viaPointer, work)
	p.depth--
	return adds
}
