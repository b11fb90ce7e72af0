package typegraph

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

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
	infoOpaque             // no equivalence is defined
)

// describe computes the shapeInfo of words, or says why they are no record.
func describe(words []uint32) (shapeInfo, error) {
	if len(words) < headWords {
		return shapeInfo{}, fmt.Errorf("shape of %d words", len(words))
	}
	head := btf.Record(words) // of which a shape has the same three words
	kind, vlen := head.Kind(), head.Vlen()
	k := lookupKind(kind)
	if k == nil {
		return shapeInfo{}, &UnknownKindError{Kind: kind}
	}
	n, edges := headWords+int(k.fixed), int(k.edges)
	if k.elements {
		n += vlen * int(k.elem)
		edges += vlen * int(k.elemEdges)
	}
	if n != len(words) {
		return shapeInfo{}, fmt.Errorf("%v shape of %d words, want %d", kind, len(words), n)
	}
	info := shapeInfo{name: uint32(head.NameOff()), edges: uint32(edges), kind: kind, class: k.class}
	info.plain = k.equiv == compared && k.class != classFwd && k.class != classEnum
	if head.KindFlag() {
		info.bits |= infoKflag
	}
	if vlen == 0 {
		info.bits |= infoEmpty
	}
	if kind == btf.KindArray {
		info.bits |= infoArray
	}
	if k.equiv != compared {
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
