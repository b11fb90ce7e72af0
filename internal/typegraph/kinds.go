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

// kindInfo is a row of the kinds table.
type kindInfo struct {
	class      class
	fixed      uint8 // shape words after the first three
	elem       uint8 // shape words per element (vlen of them)
	edges      uint8 // edges before those of the elements
	elemEdges  uint8 // edges per element
	refInSize  bool  // word 3 of the record is a type ID
	comparable bool  // equivalence is defined for it (libbpf: btf_dedup_is_equiv)
}

var kinds = [...]kindInfo{
	btf.KindInt:       {class: classPrim, fixed: 1, comparable: true},
	btf.KindPtr:       {class: classRef, edges: 1, refInSize: true, comparable: true},
	btf.KindArray:     {class: classRef, fixed: 1, edges: 2, comparable: true},
	btf.KindStruct:    {class: classStruct, elem: 2, elemEdges: 1, comparable: true},
	btf.KindUnion:     {class: classStruct, elem: 2, elemEdges: 1, comparable: true},
	btf.KindEnum:      {class: classEnum, elem: 2, comparable: true},
	btf.KindFwd:       {class: classFwd, comparable: true},
	btf.KindTypedef:   {class: classTypedef, edges: 1, refInSize: true, comparable: true},
	btf.KindVolatile:  {class: classRef, edges: 1, refInSize: true, comparable: true},
	btf.KindConst:     {class: classRef, edges: 1, refInSize: true, comparable: true},
	btf.KindRestrict:  {class: classRef, edges: 1, refInSize: true, comparable: true},
	btf.KindFunc:      {class: classRef, edges: 1, refInSize: true, comparable: true},
	btf.KindFuncProto: {class: classRef, elem: 1, edges: 1, elemEdges: 1, refInSize: true, comparable: true},
	btf.KindVar:       {class: classDistinct, fixed: 1, edges: 1, refInSize: true},
	btf.KindDatasec:   {class: classDistinct, elem: 2, elemEdges: 1},
	btf.KindFloat:     {class: classPrim, comparable: true},
	btf.KindDeclTag:   {class: classRef, fixed: 1, edges: 1, refInSize: true},
	btf.KindTypeTag:   {class: classRef, edges: 1, refInSize: true, comparable: true},
	btf.KindEnum64:    {class: classEnum, elem: 3, comparable: true},
}

// Supports reports whether types of a kind can be merged.
func Supports(kind btf.Kind) bool { return lookupKind(kind) != nil }

// lookupKind returns the row of a kind, or nil for void and unknown kinds.
func lookupKind(kind btf.Kind) *kindInfo {
	if int(kind) >= len(kinds) || kinds[kind].class == classVoid {
		return nil
	}
	return &kinds[kind]
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
	if k.elem != 0 { // vlen of a FUNC is its linkage
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
