package btf

import "iter"

// A Record is one type as it is in a blob, in host order: three words that all
// kinds have, and the tail of its kind (see the package comment). It is a view
// of its Types, which must not be written to.
//
// The nil Record is that of void, and of types that do not exist: its kind is
// KindVoid, and it has no name, no size and no elements. Other records come from
// Types, or are as long as [RecordWords] says; methods panic on shorter ones.
//
// Methods that are about one kind return the zero value, or nothing, for others,
// unless they take an index. Names are offsets into the strings of the Types
// that the record is from; the methods of [Types] resolve them.
type Record []uint32

// Kind returns the kind.
func (r Record) Kind() Kind { return KindOf(r.Info()) }

// Info returns the info word, which packs kind, vlen and kind_flag.
func (r Record) Info() uint32 {
	if len(r) < head {
		return 0
	}
	return r[1]
}

// Vlen returns the number of members, enumerators, parameters or section
// entries. Of a FUNC it is the linkage, of other kinds 0 (libbpf: btf_vlen).
func (r Record) Vlen() int { return VlenOf(r.Info()) }

// KindFlag returns the kind_flag. It says that a STRUCT or UNION has bitfields,
// an ENUM or ENUM64 negative values, that a FWD is of a union, and that a tag is
// a C attribute (libbpf: btf_kflag).
func (r Record) KindFlag() bool { return KindFlag(r.Info()) }

// NameOff returns the offset of the name, 0 for none (libbpf: name_off).
func (r Record) NameOff() StrOff {
	if len(r) < head {
		return 0
	}
	return StrOff(r[0])
}

// SizeOrType returns the third word, which is what the kind makes of it.
func (r Record) SizeOrType() uint32 {
	if len(r) < head {
		return 0
	}
	return r[2]
}

// Size returns the size in bytes of an INT, FLOAT, STRUCT, UNION, ENUM, ENUM64
// or DATASEC, and of what a LOC_PARAM locates.
func (r Record) Size() uint32 {
	if !r.Kind().HasSize() {
		return 0
	}
	return r[2]
}

// Type returns the type that a PTR, TYPEDEF, CONST, VOLATILE, RESTRICT,
// TYPE_TAG, DECL_TAG or VAR is of, the prototype of a FUNC, and what a
// FUNC_PROTO returns.
func (r Record) Type() ID { return ID(r.SizeOrType() & recordLayouts[r.Kind()].ref) }

// SetType changes what Type returns. The record must be a copy of the caller's own.
func (r Record) SetType(id ID) {
	if r.Kind().HasRef() {
		r[2] = uint32(id)
	}
}

// IntData is what an INT says besides its size.
type IntData struct {
	Encoding Encoding
	Offset   uint8 // of the value in its bytes, in bits; 0 in all that compilers make
	Bits     uint8 // of the value
}

// Int returns what an INT says besides its size.
func (r Record) Int() IntData {
	if r.Kind() != KindInt {
		return IntData{}
	}
	enc, off, bits := SplitIntWord(r[3])
	return IntData{enc, off, bits}
}

// Array is what an ARRAY says.
type Array struct {
	Elem, Index ID
	Len         uint32 // in elements
}

// Array returns what an ARRAY says.
func (r Record) Array() Array {
	if r.Kind() != KindArray {
		return Array{}
	}
	return Array{ID(r[3]), ID(r[4]), r[5]}
}

// Linkage returns the linkage of a FUNC or VAR.
func (r Record) Linkage() Linkage {
	switch r.Kind() {
	case KindFunc:
		return Linkage(r.Vlen())
	case KindVar:
		return Linkage(r[3])
	}
	return 0
}

// Component returns which member or parameter of its type a DECL_TAG is about,
// counted from 0, or -1 for the type itself (libbpf: component_idx).
func (r Record) Component() int {
	if r.Kind() != KindDeclTag {
		return 0
	}
	return int(int32(r[3]))
}

// Elements of records. Their names are offsets; [Types] has the same with names.

// A RawMember is a [Member] with the offset of its name.
type RawMember struct {
	Name   StrOff
	Type   ID
	Offset uint32 // in bits
	Width  uint32 // of a bitfield, in bits; 0: not a bitfield
}

// A RawParam is a [Param] with the offset of its name.
type RawParam struct {
	Name StrOff
	Type ID
}

// A RawEnumValue is an enumerator of an ENUM or ENUM64 with the offset of its
// name. Value is sign-extended to 64 bits if the record's KindFlag is set.
type RawEnumValue struct {
	Name  StrOff
	Value uint64
}

// Words of an element.
const (
	memberWords  = 3
	paramWords   = 2
	enumWords    = 2
	enum64Words  = 3
	secinfoWords = 3
)

// Member returns member i of a STRUCT or UNION.
func (r Record) Member(i int) RawMember {
	m := r[head+memberWords*i:][:memberWords]
	off, width := SplitMemberWord(m[2], KindFlag(r[1]))
	return RawMember{StrOff(m[0]), ID(m[1]), off, width}
}

// Param returns parameter i of a FUNC_PROTO.
func (r Record) Param(i int) RawParam {
	p := r[head+paramWords*i:][:paramWords]
	return RawParam{StrOff(p[0]), ID(p[1])}
}

// EnumValue returns enumerator i of an ENUM or ENUM64.
func (r Record) EnumValue(i int) RawEnumValue {
	if r.Kind() == KindEnum64 {
		v := r[head+enum64Words*i:][:enum64Words]
		return RawEnumValue{StrOff(v[0]), uint64(v[2])<<32 | uint64(v[1])}
	}
	v := r[head+enumWords*i:][:enumWords]
	if r.KindFlag() {
		return RawEnumValue{StrOff(v[0]), uint64(int64(int32(v[1])))}
	}
	return RawEnumValue{StrOff(v[0]), uint64(v[1])}
}

// Secinfo returns entry i of a DATASEC.
func (r Record) Secinfo(i int) Secinfo {
	s := r[head+secinfoWords*i:][:secinfoWords]
	return Secinfo{ID(s[0]), s[1], s[2]}
}

// Members returns the members of a STRUCT or UNION, with their numbers.
func (r Record) Members() iter.Seq2[int, RawMember] {
	return func(yield func(int, RawMember) bool) { each(r, r.Kind().IsComposite(), r.Member, yield) }
}

// Params returns the parameters of a FUNC_PROTO, with their numbers.
func (r Record) Params() iter.Seq2[int, RawParam] {
	return func(yield func(int, RawParam) bool) { each(r, r.Kind() == KindFuncProto, r.Param, yield) }
}

// EnumValues returns the enumerators of an ENUM or ENUM64, with their numbers.
func (r Record) EnumValues() iter.Seq2[int, RawEnumValue] {
	return func(yield func(int, RawEnumValue) bool) { each(r, r.Kind().IsAnyEnum(), r.EnumValue, yield) }
}

// Secinfos returns the entries of a DATASEC, with their numbers.
func (r Record) Secinfos() iter.Seq2[int, Secinfo] {
	return func(yield func(int, Secinfo) bool) { each(r, r.Kind() == KindDatasec, r.Secinfo, yield) }
}

// each yields the elements of a record if it is of the kind for them.
func each[E any](r Record, has bool, at func(i int) E, yield func(int, E) bool) {
	if !has {
		return
	}
	for i := range r.Vlen() {
		if !yield(i, at(i)) {
			return
		}
	}
}
