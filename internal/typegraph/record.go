package typegraph

import "github.com/gopahole/gopahole/btf"

// headWords is the number of words that records and shapes of all kinds begin with.
const headWords = 3

// AppendRecord appends the BTF record of a type to dst: shape gives its own
// content, edges its references in the order of Unit, and name turns a name
// identity into a string offset. The shape must be one that Graph.Add accepts,
// with as many edges as it has references.
func AppendRecord(dst, shape, edges []uint32, name func(uint32) uint32) []uint32 {
	head := btf.Record(shape) // of which a shape has the same three words
	k := &kinds[head.Kind()]
	dst = append(dst, name(uint32(head.NameOff())), head.Info(), head.SizeOrType())
	if k.refInSize {
		dst[len(dst)-1] = edges[0]
		edges = edges[1:]
	}
	words := shape[headWords:]
	for _, f := range k.tail {
		if f == btf.FieldType {
			dst, edges = append(dst, edges[0]), edges[1:]
		} else {
			dst, words = append(dst, words[0]), words[1:]
		}
	}
	if !k.elements {
		return dst
	}
	if k.namedRefs {
		for _, e := range edges[:head.Vlen()] {
			dst = append(dst, name(words[0]), e)
			if k.elem > 1 {
				dst = append(dst, words[1])
			}
			words = words[k.elem:]
		}
		return dst
	}
	for range head.Vlen() {
		for _, f := range k.elemFields {
			switch f {
			case btf.FieldType:
				dst, edges = append(dst, edges[0]), edges[1:]
			case btf.FieldName:
				dst, words = append(dst, name(words[0])), words[1:]
			default:
				dst, words = append(dst, words[0]), words[1:]
			}
		}
	}
	return dst
}

// SplitRecord is the inverse of AppendRecord: it appends the shape words of a
// record to shape and its references to edges. Name identities are the string
// offsets in the record. The kind must be known and the record complete.
func SplitRecord(shape, edges []uint32, rec btf.Record) (_, _ []uint32) {
	k := &kinds[rec.Kind()]
	shape = append(shape, rec[:headWords]...)
	if k.refInSize {
		shape[len(shape)-1] = 0
		edges = append(edges, rec.SizeOrType())
	}
	words := rec[headWords:]
	for _, f := range k.tail {
		if f == btf.FieldType {
			edges = append(edges, words[0])
		} else {
			shape = append(shape, words[0])
		}
		words = words[1:]
	}
	if k.elemEdges == 0 {
		return append(shape, words...), edges
	}
	if k.namedRefs {
		for n := int(k.elem) + 1; len(words) >= n; words = words[n:] {
			shape, edges = append(shape, words[0]), append(edges, words[1])
			if n > 2 {
				shape = append(shape, words[2])
			}
		}
		return shape, edges
	}
	for len(words) > 0 {
		for _, f := range k.elemFields {
			if f == btf.FieldType {
				edges = append(edges, words[0])
			} else {
				shape = append(shape, words[0])
			}
			words = words[1:]
		}
	}
	return shape, edges
}
