package btf

import "fmt"

// Kind says what a record describes (linux/btf.h, BTF_KIND_*).
type Kind uint8

// The kinds, with their numbers on the wire. KindVoid is never written by a
// producer; the kernel's header calls it UNKN.
const (
	KindVoid      Kind = 0
	KindInt       Kind = 1
	KindPtr       Kind = 2
	KindArray     Kind = 3
	KindStruct    Kind = 4
	KindUnion     Kind = 5
	KindEnum      Kind = 6
	KindFwd       Kind = 7
	KindTypedef   Kind = 8
	KindVolatile  Kind = 9
	KindConst     Kind = 10
	KindRestrict  Kind = 11
	KindFunc      Kind = 12
	KindFuncProto Kind = 13
	KindVar       Kind = 14
	KindDatasec   Kind = 15
	KindFloat     Kind = 16
	KindDeclTag   Kind = 17
	KindTypeTag   Kind = 18
	KindEnum64    Kind = 19
	KindLocParam  Kind = 20
	KindLocProto  Kind = 21
	KindLocsec    Kind = 22
)

// String returns the kind's name as bpftool prints it; kinds without a name
// come out with their number.
func (k Kind) String() string {
	if name := k.info().name; name != "" && (k == 0 || k.Known()) {
		return name
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Known reports whether this package knows the records of k. Void is not
// known: it has no record.
func (k Kind) Known() bool { return recordLayouts[k].size != 0 }

// IsComposite reports whether k has members: STRUCT and UNION (libbpf:
// btf_is_composite).
func (k Kind) IsComposite() bool { return recordLayouts[k].class&composite != 0 }

// IsAnyEnum reports whether k is ENUM or ENUM64 (libbpf: btf_is_any_enum).
func (k Kind) IsAnyEnum() bool { return recordLayouts[k].class&anyEnum != 0 }

// IsQualifier reports whether k adds something to one other type: CONST,
// VOLATILE, RESTRICT and TYPE_TAG (libbpf: btf_is_mod).
func (k Kind) IsQualifier() bool { return recordLayouts[k].class&qualifier != 0 }

// IsModifier reports whether k is a qualifier or TYPEDEF (kernel:
// btf_type_is_modifier).
func (k Kind) IsModifier() bool { return recordLayouts[k].class&(qualifier|typedef) != 0 }

// HasSize reports whether the third word of a record is a size in bytes.
func (k Kind) HasSize() bool { return recordLayouts[k].class&hasSize != 0 }

// HasRef reports whether the third word of a record is a type ID.
func (k Kind) HasRef() bool { return recordLayouts[k].ref != 0 }

// maxKind is the largest kind that an info word can have.
const maxKind = 1<<7 - 1

// A Field says what a word of a record is.
type Field uint8

// The fields. Of a FieldValue only the kind's own accessors know what it means.
const (
	FieldUnused Field = iota // always 0
	FieldValue               // a number, flags, or several of them packed
	FieldSize                // a size in bytes
	FieldType                // a type ID
	FieldName                // a string offset
)

// Fields says what the words of a kind's records are. Words 0 and 1 are the same
// for all kinds: the name, and the info word.
type Fields struct {
	SizeOrType Field   // of word 2
	Tail       []Field // of the words from 3 on
	Elem       []Field // of each of the vlen elements after them; nil if there are none
}

// Fields returns the fields of k, all empty for void and for unknown kinds. The
// caller must not write to them.
func (k Kind) Fields() Fields { return k.info().Fields }

func (k Kind) info() *kindInfo {
	if k > maxKind {
		k = KindVoid
	}
	return &kinds[k]
}

// A kindInfo is all that this package knows of a kind. The length of a record,
// where its IDs and names are, the layout section, the predicates of Kind and
// both directions of the text form follow from it; package typegraph takes the
// fields from here too.
type kindInfo struct {
	name  string // in text
	class kindClass
	Fields

	// The text form: what follows the name on the first line, and what is on the
	// line of an element, after its name if it has one.
	text, elemText []textItem
	// kflagUntold is set if kind_flag means something that the text does not show.
	kflagUntold bool
	note        textNote
	elemKey     string // what the array of elements is called in JSON
}

// kindClass is what kinds have in common.
type kindClass uint8

const (
	composite kindClass = 1 << iota
	anyEnum
	qualifier
	typedef
	hasSize // follows from the fields
)

// kinds is the one table of kinds. A new kind is a row here, and its number above;
// ARCHITECTURE.md says what other packages need.
//
// libbpf's field iterator reports word 2 of a FWD as an ID, which is always 0.
// It is unused here: nothing is referred to, and renumbering it could only do
// harm.
var kinds = [maxKind + 1]kindInfo{
	KindVoid: {name: "VOID"},
	KindInt: {
		name:   "INT",
		Fields: Fields{SizeOrType: FieldSize, Tail: []Field{FieldValue}}, // encoding, bit offset, bits
		text:   []textItem{{" size=", asNumber, 2}, {" bits_offset=", asIntOffset, 3}, {" nr_bits=", asIntBits, 3}, {" encoding=", asIntEncoding, 3}},
	},
	KindPtr: {
		name:   "PTR",
		Fields: Fields{SizeOrType: FieldType},
		text:   typeText,
	},
	KindArray: {
		name:   "ARRAY",
		Fields: Fields{Tail: []Field{FieldType, FieldType, FieldValue}}, // element, index, nelems
		text:   []textItem{{" type_id=", asNumber, 3}, {" index_type_id=", asNumber, 4}, {" nr_elems=", asNumber, 5}},
	},
	KindStruct: {
		name:        "STRUCT",
		class:       composite,
		Fields:      Fields{SizeOrType: FieldSize, Elem: []Field{FieldName, FieldType, FieldValue}}, // offset
		text:        sizeText,
		elemText:    memberText,
		kflagUntold: true,
		elemKey:     "members",
	},
	KindUnion: {
		name:        "UNION",
		class:       composite,
		Fields:      Fields{SizeOrType: FieldSize, Elem: []Field{FieldName, FieldType, FieldValue}}, // offset
		text:        sizeText,
		elemText:    memberText,
		kflagUntold: true,
		elemKey:     "members",
	},
	KindEnum: {
		name:     "ENUM",
		class:    anyEnum,
		Fields:   Fields{SizeOrType: FieldSize, Elem: []Field{FieldName, FieldValue}},
		text:     enumText,
		elemText: []textItem{{" val=", asEnumValue, 1}},
		elemKey:  "values",
	},
	KindFwd: {
		name: "FWD",
		text: []textItem{{" fwd_kind=", asFwdKind, 1}},
	},
	KindTypedef: {
		name:   "TYPEDEF",
		class:  typedef,
		Fields: Fields{SizeOrType: FieldType},
		text:   typeText,
	},
	KindVolatile: {
		name:   "VOLATILE",
		class:  qualifier,
		Fields: Fields{SizeOrType: FieldType},
		text:   typeText,
	},
	KindConst: {
		name:   "CONST",
		class:  qualifier,
		Fields: Fields{SizeOrType: FieldType},
		text:   typeText,
	},
	KindRestrict: {
		name:   "RESTRICT",
		class:  qualifier,
		Fields: Fields{SizeOrType: FieldType},
		text:   typeText,
	},
	KindFunc: {
		name:   "FUNC",
		Fields: Fields{SizeOrType: FieldType},
		text:   []textItem{{" type_id=", asNumber, 2}, {" linkage=", asVlenLinkage, 1}},
	},
	KindFuncProto: {
		name:     "FUNC_PROTO",
		Fields:   Fields{SizeOrType: FieldType, Elem: []Field{FieldName, FieldType}},
		text:     []textItem{{" ret_type_id=", asNumber, 2}, {" vlen=", asVlen, 1}},
		elemText: []textItem{{" type_id=", asNumber, 1}},
		elemKey:  "params",
	},
	KindVar: {
		name:   "VAR",
		Fields: Fields{SizeOrType: FieldType, Tail: []Field{FieldValue}}, // linkage
		text:   []textItem{{" type_id=", asNumber, 2}, {", linkage=", asLinkage, 3}},
	},
	KindDatasec: {
		name:     "DATASEC",
		Fields:   Fields{SizeOrType: FieldSize, Elem: []Field{FieldType, FieldValue, FieldSize}}, // offset
		text:     sizeText,
		elemText: []textItem{{"type_id=", asNumber, 0}, {" offset=", asNumber, 1}, {" size=", asNumber, 2}},
		note:     noteTarget,
		elemKey:  "vars",
	},
	KindFloat: {
		name:   "FLOAT",
		Fields: Fields{SizeOrType: FieldSize},
		text:   []textItem{{" size=", asNumber, 2}},
	},
	KindDeclTag: {
		name:        "DECL_TAG",
		Fields:      Fields{SizeOrType: FieldType, Tail: []Field{FieldValue}}, // component_idx
		text:        []textItem{{" type_id=", asNumber, 2}, {" component_idx=", asSigned, 3}},
		kflagUntold: true,
	},
	KindTypeTag: {
		name:        "TYPE_TAG",
		class:       qualifier,
		Fields:      Fields{SizeOrType: FieldType},
		text:        typeText,
		kflagUntold: true,
	},
	KindEnum64: {
		name:     "ENUM64",
		class:    anyEnum,
		Fields:   Fields{SizeOrType: FieldSize, Elem: []Field{FieldName, FieldValue, FieldValue}}, // low, high
		text:     enumText,
		elemText: []textItem{{" val=", asEnum64Value, 1}},
		elemKey:  "values",
	},
	KindLocParam: {
		name:    "LOC_PARAM",
		Fields:  Fields{SizeOrType: FieldSize, Tail: []Field{FieldValue}, Elem: []Field{FieldValue}}, // flags; values
		text:    []textItem{{" size=", asNumber, 2}, {" flags=", asHex, 3}, {" vlen=", asVlen, 1}},
		note:    noteLocation,
		elemKey: "values",
	},
	KindLocProto: {
		name:     "LOC_PROTO",
		Fields:   Fields{Elem: []Field{FieldType}},
		text:     []textItem{{" vlen=", asVlen, 1}},
		elemText: []textItem{{"type_id=", asNumber, 0}},
		note:     noteLocParam,
		elemKey:  "params",
	},
	KindLocsec: {
		name:     "LOCSEC",
		Fields:   Fields{Elem: []Field{FieldType, FieldType, FieldValue}}, // FUNC, LOC_PROTO, offset
		text:     []textItem{{" vlen=", asVlen, 1}},
		elemText: []textItem{{"func_type_id=", asNumber, 0}, {" loc_proto_type_id=", asNumber, 1}, {" offset=", asNumber, 2}},
		note:     noteName,
		elemKey:  "locs",
	},
}

// What several kinds have in common.
var (
	typeText   = []textItem{{" type_id=", asNumber, 2}}
	sizeText   = []textItem{{" size=", asNumber, 2}, {" vlen=", asVlen, 1}}
	enumText   = []textItem{{" encoding=", asEnumEncoding, 1}, {" size=", asNumber, 2}, {" vlen=", asVlen, 1}}
	memberText = []textItem{{" type_id=", asNumber, 1}, {" bits_offset=", asMemberOffset, 2}}
)
