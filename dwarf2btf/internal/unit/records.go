package unit

import (
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// emitStruct is emit for a struct or union, which is remembered in seen, if that is not nil.
func (d *typeBuilder) emitStruct(w, e int, tag typeTag, size uint32, seen *cachedStruct) uint32 {
	shape, start := d.endRecord(w)
	d.structs.last = shape
	if seen != nil {
		seen.put(start, shape)
	}
	return d.addNode(shape, e, tag, size)
}

// endRecord ends the record whose words start at w and returns its shape, and where its words are kept.
func (d *typeBuilder) endRecord(w int) (shape typegraph.Shape, start uint32) {
	words := d.words[w:]
	shape, start, hash, ok := d.s.seen.shapes.lookup(words)
	if !ok {
		shape = d.internShape(words)
		start = d.s.seen.shapes.insert(words, shape, hash)
	}
	d.words = d.words[:w]
	return shape, start
}

// shapeOf ends the record whose words start at w and returns its shape.
func (d *typeBuilder) shapeOf(w int) typegraph.Shape {
	shape, _ := d.endRecord(w)
	return shape
}

// emit ends the record whose words start at w and whose references start at e,
// and gives it the next type number.
func (d *typeBuilder) emit(w, e int, tag typeTag, size uint32) uint32 {
	return d.addNode(d.shapeOf(w), e, tag, size)
}

// addNode appends a type of a known shape, with the references from e on.
func (d *typeBuilder) addNode(shape typegraph.Shape, e int, tag typeTag, size uint32) uint32 {
	d.cu.refs = append(d.cu.refs, d.refs[e:]...)
	d.refs = d.refs[:e]
	return d.endNode(shape, tag, size)
}

// endNode appends a type of a known shape whose references are the last edges.
func (d *typeBuilder) endNode(shape typegraph.Shape, tag typeTag, size uint32) uint32 {
	c := d.cu
	c.Types.Shapes = append(c.Types.Shapes, shape)
	c.Types.Start = append(c.Types.Start, uint32(len(c.refs)))
	c.types = append(c.types, typeInfo{size, tag})
	n := uint32(len(c.types))
	if n >= firstSynonym {
		d.cur.Fail(d.cur.At, "too many types")
	}
	return n
}

// addResolved appends a type with one reference when the others are resolved.
func (d *typeBuilder) addResolved(w int, target typegraph.Ref) uint32 {
	u := &d.cu.Types
	u.Edges = append(u.Edges, target)
	num := d.endNode(d.shapeOf(w), tagOther, 0)
	u.Start[num] = uint32(len(u.Edges))
	return num
}

// internShape replaces the keys of a record by identities and interns it.
func (d *typeBuilder) internShape(words []uint32) typegraph.Shape {
	own := len(d.words)
	d.words = append(d.words, words...)
	canon := d.words[own:]
	d.identify(canon)
	s := d.s.shapes.Intern(canon)
	d.words = d.words[:own]
	return s
}

// identify replaces the keys of a record by identities.
func (d *typeBuilder) identify(words []uint32) {
	k := btf.KindOf(words[1])
	enum := k == btf.KindEnum || k == btf.KindEnum64
	NameWords(words, func(i int) {
		if words[i] = d.id(words[i]); words[i] == 0 && enum && i > 0 {
			d.cur.Fail(d.cur.At, "enumerator without a name")
		}
	})
}
