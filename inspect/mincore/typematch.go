package mincore

import "github.com/gopahole/gopahole/btf"

// typesMatch reports whether a type has all that the program's has: members by name and
// matching themselves, enumerators by name, equal sizes of integers and arrays. Behind a
// pointer, names and kinds of structs are enough, or a declaration of them. The names of
// the types that it is called for are compared as well, after typedefs are skipped (libbpf:
// bpf_core_types_match).
func (m *matcher) typesMatch(local, target btf.ID, behindPointer bool, level int) (bool, error) {
	if level <= 0 {
		return false, errNested
	}
	for range maxDepth {
		_, l, _, t, err := m.skipBoth(local, target)
		if err != nil {
			return false, err
		}
		if ok, err := m.namesMatch(l.NameOff(), t.NameOff()); err != nil || !ok {
			return false, err
		}
		lk, tk := l.Kind(), t.Kind()
		switch lk {
		case btf.KindFwd:
			return fwdMatches(l, t, behindPointer), nil
		case btf.KindEnum, btf.KindEnum64:
			if !tk.IsAnyEnum() {
				return false, nil
			}
			return m.enumsMatch(l, t)
		case btf.KindStruct, btf.KindUnion:
			if behindPointer {
				return lk == tk || tk == btf.KindFwd && (lk == btf.KindUnion) == t.KindFlag(), nil
			}
			if lk != tk {
				return false, nil
			}
			return m.compositesMatch(l, t, behindPointer, level)
		}
		if lk != tk {
			return false, nil
		}
		switch lk {
		case btf.KindVoid:
			return true, nil
		case btf.KindInt:
			return l.Size() == t.Size() && (l.Int().Encoding^t.Int().Encoding)&btf.EncodingSigned == 0, nil
		case btf.KindPtr:
			behindPointer = true
			local, target = l.Type(), t.Type()
		case btf.KindArray:
			if l.Array().Len != t.Array().Len {
				return false, nil
			}
			local, target = l.Array().Elem, t.Array().Elem
		case btf.KindFuncProto:
			ok, err := m.params(l, t, level, func(local, target btf.ID) (bool, error) {
				return m.typesMatch(local, target, behindPointer, level-1)
			})
			if err != nil || !ok {
				return false, err
			}
			local, target = l.Type(), t.Type()
		default:
			return false, nil
		}
	}
	return false, errNested
}

// fwdMatches is typesMatch for a declaration in the program.
func fwdMatches(l, t btf.Record, behindPointer bool) bool {
	union := l.KindFlag()
	switch t.Kind() {
	case btf.KindFwd:
		return union == t.KindFlag()
	case btf.KindStruct:
		return behindPointer && !union
	case btf.KindUnion:
		return behindPointer && union
	}
	return false
}

// namesMatch compares names without their flavours (libbpf: bpf_core_names_match).
func (m *matcher) namesMatch(local, target btf.StrOff) (bool, error) {
	l, err := m.local.name(local)
	if err != nil {
		return false, err
	}
	if m.target.Text()[target] == 0 {
		return l == "", nil
	}
	return m.hasEssential(target, essential(l))
}

func (m *matcher) enumsMatch(l, t btf.Record) (bool, error) {
	if l.Size() != t.Size() || l.Vlen() > t.Vlen() {
		return false, nil
	}
	for _, le := range l.EnumValues() {
		matched := false
		for _, te := range t.EnumValues() {
			var err error
			if matched, err = m.namesMatch(le.Name, te.Name); err != nil {
				return false, err
			}
			if matched {
				break
			}
		}
		if !matched {
			return false, nil
		}
	}
	return true, nil
}

func (m *matcher) compositesMatch(l, t btf.Record, behindPointer bool, level int) (bool, error) {
	if l.Vlen() > t.Vlen() {
		return false, nil
	}
	for _, lm := range l.Members() {
		matched := false
		for _, tm := range t.Members() {
			same, err := m.namesMatch(lm.Name, tm.Name)
			if err != nil {
				return false, err
			}
			if !same {
				continue
			}
			if matched, err = m.typesMatch(lm.Type, tm.Type, behindPointer, level-1); err != nil {
				return false, err
			}
			if matched {
				break
			}
		}
		if !matched {
			return false, nil
		}
	}
	return true, nil
}
