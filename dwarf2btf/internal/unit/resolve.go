package unit

import (
	"slices"
	"sort"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// resolveUnit resolves the references within the unit just decoded. What leads to
// another unit (merged mode only) stays as it is until finish.
//
// A unit may have been imported in the middle of another one, and is resolved when that
// one is: what belongs to another unit is left alone.
func (d *typeBuilder) resolveUnit(u *die.Unit, f firsts) {
	c := d.cu
	find := d.targets.get
	if d.nested {
		find = newFinder(c.targets[f.target:]).find
	}
	r := resolver{find: find, actual: d.actual, start: d.delta, end: d.delta + u.Len}
	refs := c.refs
	if d.single {
		d.resolveEdgesHere()
		f.ref = len(refs)
	}
	for i := f.ref; i < len(refs); i++ {
		if e := refs[i]; e.IsOffset() && r.inside(e.Offset()) {
			refs[i] = d.resolveType(&r, e.Offset())
		}
	}
	for i := f.fn; i < len(c.funcs); i++ {
		fn := &c.funcs[i]
		if !r.inside(fn.off) {
			continue
		}
		r.resolve(&fn.refs.typ, &fn.typ, targetType, &c.cross)
		r.resolve(&fn.refs.origin, &fn.origin, targetFunc, &c.cross)
		r.resolve(&fn.refs.spec, &fn.spec, targetFunc, &c.cross)
	}
	for i := f.param; i < len(c.params); i++ {
		p := &c.params[i]
		if !r.inside(p.off) {
			continue
		}
		r.resolve(&p.refs.typ, &p.typ, targetType, &c.cross)
		r.resolve(&p.refs.origin, &p.origin, targetParam, &c.cross)
	}
	r.resolveInlined(c, f.inlined)
	for i := f.v; i < len(c.vars); i++ {
		v := &c.vars[i]
		if !r.inside(v.off) {
			continue
		}
		r.resolve(&v.refs.typ, &v.typ, targetType, &c.cross)
		r.resolve(&v.refs.spec, &v.spec, targetVar, &c.cross)
	}
}

// resolveEdgesHere is resolveEdges for a CU of one unit.
func (d *typeBuilder) resolveEdgesHere() {
	c := d.cu
	refs := c.refs
	edges := slices.Grow(c.Types.Edges[:0], len(refs))[:len(refs)]
	c.Types.Edges = edges
	for i := d.targets.resolve(refs, edges, 0); i < len(refs); i = d.targets.resolve(refs, edges, i+1) {
		if r := refs[i]; r.IsOffset() {
			edges[i] = typegraph.Local(d.otherType(r.Offset()))
		} else {
			edges[i] = d.edgeHere(i, r)
		}
	}
	c.edgesDone = true
}

// edgeHere is the edge for a reference that is no offset. Index types are noted, and
// come with the encoder.
func (d *typeBuilder) edgeHere(i int, r die.Ref) typegraph.Ref {
	switch r {
	case 0:
		return typegraph.Void
	case die.IndexType:
		d.cu.IndexEdges = append(d.cu.IndexEdges, uint32(i))
		return typegraph.Void
	}
	return typegraph.Local(r.Number())
}

// otherType is the type number for an offset of a CU of one unit where no type with a
// number stands: another type may be meant.
func (d *typeBuilder) otherType(off uint32) uint32 {
	return d.typeAt(&resolver{find: d.targets.get, end: maxOffset}, off)
}

// missingType is the type number of a reference to what is no type with a number:
// void, by intention or for want of a type.
func (d *typeBuilder) missingType(off uint32, kind targetKind, ok bool) uint32 {
	if !ok || kind != targetType {
		d.s.unresolved(d.cu.where(d.info, off))
	}
	return 0
}

// typeAt returns the type number at an offset.
func (d *typeBuilder) typeAt(r *resolver, off uint32) uint32 {
	if off = d.actual(r, off); off == 0 {
		return 0
	}
	kind, num, ok := r.find(off)
	if ok && kind == targetType && num != noType {
		return num
	}
	return d.missingType(off, kind, ok)
}

// resolveType resolves a reference to the type at an offset of the unit.
func (d *typeBuilder) resolveType(r *resolver, off uint32) die.Ref {
	if off = d.actual(r, off); !r.inside(off) {
		return die.AtOffset(off) // a type unit is still to come
	}
	return die.Numbered(d.typeAt(r, off))
}

// resolver resolves references within one unit.
type resolver struct {
	find       func(off uint32) (targetKind, uint32, bool)
	actual     func(r *resolver, off uint32) uint32
	start, end uint32 // offsets of the unit, half open
}

func (r *resolver) inside(off uint32) bool { return off >= r.start && off < r.end }

// resolve turns a reference into the number of its target, 0 if there is none of the kind.
// References to other units stay as they are, and are counted.
func (r *resolver) resolve(ref *die.Ref, num *uint32, kind targetKind, cross *int) {
	if *ref == 0 {
		return
	}
	off := ref.Offset()
	if kind == targetType {
		if off = r.actual(r, off); off == 0 {
			*ref = 0
			return
		}
	}
	if !r.inside(off) {
		*ref = die.AtOffset(off)
		*cross++
		return
	}
	*ref = 0
	if k, n, ok := r.find(off); ok && k == kind && n != noType {
		*num = n
	}
}

// finder finds targets by offset with a binary search. Of a unit that was decoded
// twice, where it stands and where it is imported, the second time counts.
type finder struct{ sorted []target }

func newFinder(targets []target) *finder {
	f := &finder{sorted: append([]target(nil), targets...)}
	sort.SliceStable(f.sorted, func(i, j int) bool { return f.sorted[i].off < f.sorted[j].off })
	return f
}

func (f *finder) find(off uint32) (targetKind, uint32, bool) {
	i := sort.Search(len(f.sorted), func(i int) bool { return f.sorted[i].off > off }) - 1
	if i >= 0 && f.sorted[i].off == off {
		return f.sorted[i].kind, f.sorted[i].num, true
	}
	return 0, 0, false
}

// crossResolver returns a resolver that finds all targets of a CU of several units.
func (d *typeBuilder) crossResolver() *resolver {
	return &resolver{find: newFinder(d.cu.targets).find, actual: d.actual, end: maxOffset}
}

// resolveEdges makes the edges of the references: what leads to another unit of a merged
// CU is looked up, and index types are noted.
func (d *typeBuilder) resolveEdges() {
	c := d.cu
	if c.edgesDone {
		return
	}
	var cross *resolver
	edges := slices.Grow(c.Types.Edges[:0], len(c.refs))
	for i, r := range c.refs {
		if !r.IsOffset() {
			edges = append(edges, d.edgeHere(i, r))
			continue
		}
		if cross == nil {
			cross = d.crossResolver()
		}
		edges = append(edges, typegraph.Local(d.typeAt(cross, r.Offset())))
	}
	c.Types.Edges = edges
}

// resolveCross resolves the other references between units of a merged CU.
func (d *typeBuilder) resolveCross() {
	c := d.cu
	if c.cross == 0 {
		return
	}
	r := d.crossResolver()
	c.eachReference(func(ref *die.Ref, num *uint32, kind targetKind) { r.resolve(ref, num, kind, &c.cross) })
}

// eachReference calls f with all references of functions, parameters and variables, and
// with the kind of what each leads to.
func (c *CU) eachReference(f func(ref *die.Ref, num *uint32, kind targetKind)) {
	for i := range c.funcs {
		fn := &c.funcs[i]
		f(&fn.refs.typ, &fn.typ, targetType)
		f(&fn.refs.origin, &fn.origin, targetFunc)
		f(&fn.refs.spec, &fn.spec, targetFunc)
	}
	for i := range c.params {
		p := &c.params[i]
		f(&p.refs.typ, &p.typ, targetType)
		f(&p.refs.origin, &p.origin, targetParam)
	}
	for i := range c.vars {
		v := &c.vars[i]
		f(&v.refs.typ, &v.typ, targetType)
		f(&v.refs.spec, &v.spec, targetVar)
	}
	for i := range c.inlined {
		f(&c.inlined[i].origin, &c.inlined[i].fn, targetFunc)
	}
	for i := range c.inlinedParams {
		f(&c.inlinedParams[i].origin, &c.inlinedParams[i].param, targetParam)
	}
}

// completeShapes gives the postponed types their shapes, now that the types they
// depend on are known.
func (d *Decoder) completeShapes() error {
	c := d.cu
	if len(c.pending)+len(c.SignedEnums) == 0 {
		return nil
	}
	r := &resolver{find: d.targets.get, end: maxOffset}
	if !d.single {
		r = d.crossResolver()
	}
	at := func(ref die.Ref) (num uint32) {
		if k, num, ok := r.find(d.actual(r, ref.Offset())); ok && k == targetType && num != noType {
			return num
		}
		return 0
	}
	isSigned := func(ref die.Ref) bool {
		num := at(ref)
		return num != 0 && c.types[num-1].tag == tagBaseSigned
	}
	c.SignedEnums = slices.DeleteFunc(c.SignedEnums, func(e Enum) bool { return !isSigned(e.underlying) })
	for i := range c.pending {
		p := &c.pending[i]
		if p.enum != 0 && isSigned(p.enum) {
			p.words[1] = btf.Info(btf.KindEnum64, btf.VlenOf(p.words[1]), true)
		}
		if p.memberPointer {
			num := at(p.target)
			d.completeMemberPointer(p, num != 0 && btf.KindOf(d.s.shapes.Words(c.Types.Shapes[num-1])[1]) == btf.KindFuncProto)
		}
		for _, m := range p.member {
			typ := c.Types.Edges[int(c.Types.Start[p.num-1])+m.edge].Number()
			size, offset := d.completeMember(p, m, typ)
			if size > 255 || offset > maxBitOffset {
				return &die.Error{Section: p.info.name, Offset: p.unit.Offset, Msg: "bit-field has no BTF encoding"}
			}
			p.words[m.word] = uint32(offset) | size<<24
		}
		if len(p.member) > 0 {
			p.words[1] = btf.Info(btf.KindOf(p.words[1]), btf.VlenOf(p.words[1]), anyBitfield(p.words))
		}
		c.Types.Shapes[p.num-1] = d.s.shapes.Intern(p.words)
	}
	return nil
}

// completeMember returns width and position of a bit-field whose storage unit is
// as large as its type (DWARF 3, 5.5.6).
func (d *Decoder) completeMember(p *pendingShape, m pendingMember, typ uint32) (size uint32, offset uint64) {
	storage, _ := d.typeSize(d.strip(typ))
	if storage == 0 {
		return m.bitSize, m.byteOff * 8
	}
	return d.bitfield(m, m.dataOff, uint32(storage))
}

// anyBitfield reports whether a member of the record is a bit-field or not at a
// whole byte, which makes the kind flag necessary.
func anyBitfield(words []uint32) bool {
	for i := 4; i < len(words); i += 2 {
		if words[i]>>24 != 0 || words[i]%8 != 0 {
			return true
		}
	}
	return false
}
