package typegraph

import "github.com/gopahole/gopahole/btf"

// class groups the kinds by what the passes do with them.
type class uint8

const (
	classVoid      class = iota
	classPrimitive       // INT, FLOAT: no references
	classEnum            // ENUM, ENUM64
	classFwd             // FWD
	classStruct          // STRUCT, UNION
	classTypedef         // TYPEDEF
	classRef             // merged by what they refer to: PTR, CONST, ..., FUNC_PROTO, DECL_TAG
	classDistinct        // VAR, DATASEC: never merged
)

// policies says what the passes do with each kind. A kind without a row here is
// refused with a *UnknownKindError.
var policies = [...]policy{
	btf.KindInt:       {classPrimitive, true},
	btf.KindPtr:       {classRef, true},
	btf.KindArray:     {classRef, true},
	btf.KindStruct:    {classStruct, true},
	btf.KindUnion:     {classStruct, true},
	btf.KindEnum:      {classEnum, true},
	btf.KindFwd:       {classFwd, true},
	btf.KindTypedef:   {classTypedef, true},
	btf.KindVolatile:  {classRef, true},
	btf.KindConst:     {classRef, true},
	btf.KindRestrict:  {classRef, true},
	btf.KindFunc:      {classRef, true},
	btf.KindFuncProto: {classRef, true},
	btf.KindVar:       {classDistinct, false},
	btf.KindDatasec:   {classDistinct, false},
	btf.KindFloat:     {classPrimitive, true},
	btf.KindDeclTag:   {classRef, false},
	btf.KindTypeTag:   {classRef, true},
	btf.KindEnum64:    {classEnum, true},
}

type policy struct {
	class      class
	comparable bool // equivalence is defined for it (libbpf: btf_dedup_is_equiv)
}

// kindInfo is what is known of a kind: its policy, and what follows from the fields
// of its records.
type kindInfo struct {
	policy
	fixed     uint8 // shape words after the head
	elem      uint8 // shape words per element (vlen of them)
	edges     uint8 // edges before those of the elements
	elemEdges uint8 // edges per element
	refInSize bool  // word 3 of the record is a type ID
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
