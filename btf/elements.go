package btf

import "iter"

// name is String for an offset that may not exist, as in types of ParseLoose.
func (t *Types) name(off StrOff) string {
	s, _ := t.String(off)
	return s
}

// TextFrom returns the strings from an offset on, in the section that has it: the one at the
// offset, a NUL byte, and others. It is for those who do not want to know first how long the
// string is. Past the end there is the empty string.
func (t *Types) TextFrom(off StrOff) string {
	for off < t.strStart {
		t = t.base
	}
	if off -= t.strStart; uint64(off) < uint64(len(t.text)) {
		return t.text[off:]
	}
	return "\x00"
}

// Members returns the members of a STRUCT or UNION, with their numbers, which a
// DECL_TAG refers to. There are none for IDs of other kinds.
func (t *Types) Members(id ID) iter.Seq2[int, Member] {
	return func(yield func(int, Member) bool) {
		for i, m := range t.Record(id).Members() {
			if !yield(i, Member{t.name(m.Name), m.Type, m.Offset, m.Width}) {
				return
			}
		}
	}
}

// Params returns the parameters of a FUNC_PROTO, with their numbers, which a
// DECL_TAG refers to. There are none for IDs of other kinds.
func (t *Types) Params(id ID) iter.Seq2[int, Param] {
	return func(yield func(int, Param) bool) {
		for i, p := range t.Record(id).Params() {
			if !yield(i, Param{t.name(p.Name), p.Type}) {
				return
			}
		}
	}
}

// EnumValues returns the enumerators of an ENUM or ENUM64, with their numbers.
// Where the record's KindFlag is set, values are two's complement of 64 bits, for
// an ENUM too: int64(Value) is the value then. There are none for IDs of other
// kinds.
func (t *Types) EnumValues(id ID) iter.Seq2[int, Enum64Value] {
	return func(yield func(int, Enum64Value) bool) {
		for i, v := range t.Record(id).EnumValues() {
			if !yield(i, Enum64Value{t.name(v.Name), v.Value}) {
				return
			}
		}
	}
}

// Secinfos returns the entries of a DATASEC, with their numbers. There are none
// for IDs of other kinds.
func (t *Types) Secinfos(id ID) iter.Seq2[int, Secinfo] { return t.Record(id).Secinfos() }
