package typegraph

import "github.com/gopahole/gopahole/btf"

// AppendRecord appends the BTF record of a type to dst: shape gives its own
// content, edges its references in the order of Unit, and name turns a name
// identity into a string offset. The shape must be one that Graph.Add accepts,
// with as many edges as it has references.
func AppendRecord(dst, shape, edges []uint32, name func(uint32) uint32) []uint32 {
	kind, vlen := btf.KindOf(shape[1]), btf.VlenOf(shape[1])
	dst = append(dst, name(shape[0]), shape[1], shape[2])
	k := lookupKind(kind)
	if k.refInSize {
		dst[len(dst)-1] = edges[0]
		edges = edges[1:]
	}
	tail := shape[3:]
	switch kind {
	case btf.KindInt, btf.KindVar, btf.KindDeclTag:
		dst = append(dst, tail[0])
	case btf.KindArray:
		dst = append(dst, edges[0], edges[1], tail[0])
	case btf.KindStruct, btf.KindUnion:
		for i := range vlen {
			dst = append(dst, name(tail[2*i]), edges[i], tail[2*i+1])
		}
	case btf.KindEnum:
		for i := range vlen {
			dst = append(dst, name(tail[2*i]), tail[2*i+1])
		}
	case btf.KindEnum64:
		for i := range vlen {
			dst = append(dst, name(tail[3*i]), tail[3*i+1], tail[3*i+2])
		}
	case btf.KindFuncProto:
		for i := range vlen {
			dst = append(dst, name(tail[i]), edges[i])
		}
	case btf.KindDatasec:
		for i := range vlen {
			dst = append(dst, edges[i], tail[2*i], tail[2*i+1])
		}
	}
	return dst
}

// SplitRecord is the inverse of AppendRecord: it appends the shape words of a
// record to shape and its references to edges. Name identities are the string
// offsets in the record. The kind must be known and the record complete.
func SplitRecord(shape, edges, rec []uint32) (_, _ []uint32) {
	kind, vlen := btf.KindOf(rec[1]), btf.VlenOf(rec[1])
	shape = append(shape, rec[0], rec[1], rec[2])
	k := lookupKind(kind)
	if k.refInSize {
		shape[len(shape)-1] = 0
		edges = append(edges, rec[2])
	}
	tail := rec[3:]
	switch kind {
	case btf.KindInt, btf.KindVar, btf.KindDeclTag:
		shape = append(shape, tail[0])
	case btf.KindArray:
		shape = append(shape, tail[2])
		edges = append(edges, tail[0], tail[1])
	case btf.KindStruct, btf.KindUnion:
		for i := range vlen {
			shape = append(shape, tail[3*i], tail[3*i+2])
			edges = append(edges, tail[3*i+1])
		}
	case btf.KindEnum, btf.KindEnum64:
		shape = append(shape, tail...)
	case btf.KindFuncProto:
		for i := range vlen {
			shape = append(shape, tail[2*i])
			edges = append(edges, tail[2*i+1])
		}
	case btf.KindDatasec:
		for i := range vlen {
			shape = append(shape, tail[3*i+1], tail[3*i+2])
			edges = append(edges, tail[3*i])
		}
	}
	return shape, edges
}
