package typegraph

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// class groups the kinds by what the passes do with them.
type class uint8

const (
	classVoid     class = iota
	classPrim           // INT, FLOAT: no references
	classEnum           // ENUM, ENUM64
	classFwd            // FWD
	classStruct         // STRUCT, UNION
	classTypedef        // TYPEDEF
	classRef            // merged by what they refer to: PTR, CONST, ..., FUNC_PROTO, DECL_TAG
	classDistinct       // VAR, DATASEC: never merged
)

// policies says what the passes do with each kind. A kind without a row here is
// refused with a *UnknownKindError.
var policies = [...]policy{
	btf.KindInt:       {classPrim, true},
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
	btf.KindFloat:     {classPrim, true},
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
	fixed     uint8 // shape words after the first three
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

// shapeInfo is what the passes need to know of a shape, in one small record so
// that all of them stay in the cache.
type shapeInfo struct {
	name  uint32
	edges uint32
	kind  btf.Kind
	class class
	plain bool // two nodes of this and of another plain shape are never equivalent
	bits  uint8
}

// comparable reports whether equivalence is defined for the shape.
func (f *shapeInfo) comparable() bool { return f.bits&infoOpaque == 0 && f.class != classVoid }

const (
	infoKflag  = 1 << iota // kind_flag is set
	infoEmpty              // vlen is 0
	infoArray              // ARRAY: equivalence looks at the second edge first
	infoOpaque             // no equivalence is defined (VAR, DATASEC, DECL_TAG)
)

// describe computes the shapeInfo of words, or says why they are no record.
func describe(words []uint32) (shapeInfo, error) {
	if len(words) < 3 {
		return shapeInfo{}, fmt.Errorf("shape of %d words", len(words))
	}
	kind, vlen := btf.KindOf(words[1]), btf.VlenOf(words[1])
	k := lookupKind(kind)
	if k == nil {
		return shapeInfo{}, &UnknownKindError{Kind: kind}
	}
	n, edges := 3+int(k.fixed), int(k.edges)
	if k.elements {
		n += vlen * int(k.elem)
		edges += vlen * int(k.elemEdges)
	}
	if n != len(words) {
		return shapeInfo{}, fmt.Errorf("%v shape of %d words, want %d", kind, len(words), n)
	}
	info := shapeInfo{name: words[0], edges: uint32(edges), kind: kind, class: k.class}
	info.plain = k.comparable && k.class != classFwd && k.class != classEnum
	if btf.KindFlag(words[1]) {
		info.bits |= infoKflag
	}
	if vlen == 0 {
		info.bits |= infoEmpty
	}
	if kind == btf.KindArray {
		info.bits |= infoArray
	}
	if !k.comparable {
		info.bits |= infoOpaque
	}
	return info, nil
}

// fwdFits reports whether a FWD of this shape may stand for a type of kind
// real (kind_flag 0: struct, 1: union).
func (f *shapeInfo) fwdFits(real btf.Kind) bool {
	if f.bits&infoKflag != 0 {
		return real == btf.KindUnion
	}
	return real == btf.KindStruct
}
