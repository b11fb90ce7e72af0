package mincore

import "github.com/gopahole/gopahole/btf"

// skipBoth is skip for a pair of types.
func (m *matcher) skipBoth(local, target btf.ID) (lid btf.ID, l btf.Record, tid btf.ID, t btf.Record, err error) {
	if err = m.work.spend(1); err != nil {
		return
	}
	if lid, l, err = m.local.skip(local); err != nil {
		return
	}
	tid, t, err = m.target.skip(target)
	return
}

// plainInts reports whether two INTs fill their bytes from the first bit on.
func plainInts(a, b btf.Record) bool { return a.Int().Offset == 0 && b.Int().Offset == 0 }

// fieldsCompatible reports whether a member of one type may be read as one of the other:
// kinds have to agree, not sizes (libbpf: bpf_core_fields_are_compat).
func (m *matcher) fieldsCompatible(local, target btf.ID) (bool, error) {
	for {
		_, l, _, t, err := m.skipBoth(local, target)
		if err != nil {
			return false, err
		}
		if l.Kind().IsComposite() && t.Kind().IsComposite() {
			return true, nil
		}
		if !sameKind(l.Kind(), t.Kind()) {
			return false, nil
		}
		switch l.Kind() {
		case btf.KindPtr, btf.KindFloat:
			return true, nil
		case btf.KindFwd, btf.KindEnum, btf.KindEnum64:
			return m.sameOrNone(l.NameOff(), t.NameOff())
		case btf.KindInt:
			return plainInts(l, t), nil
		case btf.KindArray:
			local, target = l.Array().Elem, t.Array().Elem
		default:
			return false, nil
		}
	}
}

// sameOrNone reports whether names are the same but for a flavour, or one is empty.
func (m *matcher) sameOrNone(local, target btf.StrOff) (bool, error) {
	l, err := m.local.name(local)
	if err != nil {
		return false, err
	}
	t, err := m.target.name(target)
	return l == "" || t == "" || essential(l) == essential(t), err
}

// typesCompatible reports whether a type is there: kinds agree, through pointers, arrays and
// prototypes. Names below the first do not count (libbpf: bpf_core_types_are_compat).
func (m *matcher) typesCompatible(local, target btf.ID, level int) (bool, error) {
	if !sameKind(m.local.Record(local).Kind(), m.target.Record(target).Kind()) {
		return false, nil
	}
	for range maxDepth {
		_, l, _, t, err := m.skipBoth(local, target)
		if err != nil {
			return false, err
		}
		if !sameKind(l.Kind(), t.Kind()) {
			return false, nil
		}
		switch l.Kind() {
		case btf.KindVoid, btf.KindStruct, btf.KindUnion, btf.KindEnum, btf.KindEnum64, btf.KindFwd:
			return true, nil
		case btf.KindInt:
			return plainInts(l, t), nil
		case btf.KindPtr:
			local, target = l.Type(), t.Type()
		case btf.KindArray:
			local, target = l.Array().Elem, t.Array().Elem
		case btf.KindFuncProto:
			ok, err := m.params(l, t, level, func(local, target btf.ID) (bool, error) {
				lid, _, tid, _, err := m.skipBoth(local, target)
				if err != nil {
					return false, err
				}
				return m.typesCompatible(lid, tid, level-1)
			})
			if err != nil || !ok {
				return false, err
			}
			local, _, target, _, err = m.skipBoth(l.Type(), t.Type())
			if err != nil {
				return false, err
			}
		default:
			return false, nil
		}
	}
	return false, errNested
}

// params compares the parameters of prototypes.
func (m *matcher) params(l, t btf.Record, level int, same func(local, target btf.ID) (bool, error)) (bool, error) {
	if l.Vlen() != t.Vlen() {
		return false, nil
	}
	for i, p := range l.Params() {
		if level <= 0 {
			return false, errNested
		}
		if ok, err := same(p.Type, t.Param(i).Type); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}
