package typegraph

import "github.com/gopahole/gopahole/btf"

// class groups the kinds by what the passes do with them.
type class uint8

const (
	classVoid      class = iota
	classPrimitive       // INT, FLOAT, LOC_PARAM: no references
	classEnum            // ENUM, ENUM64
	classFwd             // FWD
	classStruct          // STRUCT, UNION
	classTypedef         // TYPEDEF
	classRef             // merged by what they refer to: PTR, CONST, ..., FUNC_PROTO, DECL_TAG, LOC_PROTO
	classDistinct        // VAR, DATASEC, LOCSEC: never merged
)

// policies says what the passes do with each kind. A kind without a row here is
// refused with a *UnknownKindError.
var policies = [...]policy{
	btf.KindInt:       {classPrimitive, compared},
	btf.KindPtr:       {classRef, compared},
	btf.KindArray:     {classRef, compared},
	btf.KindStruct:    {classStruct, compared},
	btf.KindUnion:     {classStruct, compared},
	btf.KindEnum:      {classEnum, compared},
	btf.KindFwd:       {classFwd, compared},
	btf.KindTypedef:   {classTypedef, compared},
	btf.KindVolatile:  {classRef, compared},
	btf.KindConst:     {classRef, compared},
	btf.KindRestrict:  {classRef, compared},
	btf.KindFunc:      {classRef, compared},
	btf.KindFuncProto: {classRef, compared},
	btf.KindVar:       {classDistinct, refused},
	btf.KindDatasec:   {classDistinct, refused},
	btf.KindFloat:     {classPrimitive, compared},
	btf.KindDeclTag:   {classRef, refused},
	btf.KindTypeTag:   {classRef, compared},
	btf.KindEnum64:    {classEnum, compared},
	btf.KindLocParam:  {classPrimitive, compared},
	btf.KindLocProto:  {classRef, different},
	btf.KindLocsec:    {classDistinct, different},
}

type policy struct {
	class class
	equiv equiv
}

// equiv is what a comparison makes of two types of a kind that have one name and are
// not the same type already (libbpf: btf_dedup_is_equiv).
type equiv uint8

const (
	compared  equiv = iota
	refused         // it ends with an error
	different       // they are not equal, whatever they say
)

// kindInfo is what is known of a kind: its policy, and what follows from the fields
// of its records.
type kindInfo struct {
	policy
	fixed     uint8 // shape words after the head
	elem      uint8 // shape words per element (vlen of them)
	edges     uint8 // edges before those of the elements
	elemEdges uint8 // edges per element
	refInSize bool  // word 3 of the record is a type ID
	namedRefs bool  // an element is a name, a reference, and at most one other word, as members and parameters are
	elements  bool  // there are vlen elements; vlen of a FUNC is its linkage

	tail, elemFields []btf.Field
}

// kinds has a row for all values of btf.Kind.
var kinds = func() (all [1 << 8]kindInfo) {
	for kind, p := range policies {
		f := btf.Kind(kind).Fields()
		k := kindInfo{policy: p, tail: f.Tail, elemFields: f.Elem, elements: len(f.Elem) > 0}
		k.edges, k.fixed = countRefs(f.Tail)
		k.elemEdges, k.elem = countRefs(f.Elem)
		if k.refInSize = f.SizeOrType == btf.FieldType; k.refInSize {
			k.edges++
		}
		k.namedRefs = len(f.Elem) >= 2 && len(f.Elem) <= 3 && f.Elem[0] == btf.FieldName && f.Elem[1] == btf.FieldType && k.elemEdges == 1
		all[kind] = k
	}
	return all
}()

// countRefs counts the fields that are edges, and those that are words of a shape.
func countRefs(fields []btf.Field) (refs, others uint8) {
	for _, f := range fields {
		if f == btf.FieldType {
			refs++
		} else {
			others++
		}
	}
	return refs, others
}

// Supports reports whether types of a kind can be merged.
func Supports(kind btf.Kind) bool { return lookupKind(kind) != nil }

// lookupKind returns the row of a kind, or nil for void and unknown kinds.
func lookupKind(kind btf.Kind) *kindInfo {
	if k := &kinds[kind]; k.class != classVoid {
		return k
	}
	return nil
}
