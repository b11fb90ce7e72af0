package unit

import (
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// Encodings of base types (DWARF 5, 7.8).
const (
	ateBoolean        = 0x02
	ateComplexFloat   = 0x03
	ateFloat          = 0x04
	ateSigned         = 0x05
	ateSignedChar     = 0x06
	ateImaginaryFloat = 0x09
)

// fakeInt is the name that pahole 1.32 gives to integers whose size BTF does
// not know, such as the 24-bit ones that compilers use in location expressions.
const fakeInt = "__SANITIZED_FAKE_INT__"

// otherNames are names that may be needed and are not in the sections of strings.
const otherNames = fakeInt + "\x00.data..percpu\x00bpf_kfunc\x00bpf_fastcall\x00address_space(1)\x00"

// base encodes a DW_TAG_base_type.
func (d *Decoder) base(a *die.Abbrev) {
	at := d.cur.At
	d.cur.Attrs(a)
	name := d.key(die.Name)
	bits := uint16(d.num(die.ByteSize) * 8) // pahole 1.32 keeps 16 bits
	enc := d.num(die.Encoding)
	d.cur.SkipChildren(a)
	if d.nameIs(name, "") {
		d.cur.Fail(at, "base type without a name")
	}
	size := uint32(bits+7) / 8
	w := len(d.words)
	tag := tagBase
	isInt := false
	var encoding uint32
	switch {
	case enc == ateSigned || enc == ateSignedChar:
		tag, isInt, encoding = tagBaseSigned, true, 1
	case enc == ateBoolean:
		isInt, encoding = true, 4
	case d.s.opts.Features.Has(features.Float) && enc == ateFloat:
		if !isFloatSize(size) {
			d.noForm(at, "floating-point type %q of %d bytes", d.keyBytes(name), size)
			d.opaque(at, size)
			return
		}
		d.words = append(d.words, name, btf.Info(btf.KindFloat, 0, false), size)
	case d.s.opts.Features.Has(features.Float) && (enc == ateComplexFloat || enc == ateImaginaryFloat):
		if !d.s.opts.BestEffort {
			d.noForm(at, "complex and imaginary floating-point type %q", d.keyBytes(name))
		}
		if enc == ateComplexFloat && isFloatSize(size/2) && size%2 == 0 {
			d.complexNumber(at, name, size)
			return
		}
		if enc == ateComplexFloat || !isFloatSize(size) {
			d.noForm(at, "complex and imaginary floating-point type %q of %d bytes", d.keyBytes(name), size)
			d.opaque(at, size)
			return
		}
		d.words = append(d.words, name, btf.Info(btf.KindFloat, 0, false), size)
	default:
		isInt = true
	}
	raw := size
	if isInt {
		if size == 0 || size&(size-1) != 0 || size > 16 {
			name, size = keyInterned|d.s.names.Intern([]byte(fakeInt)), 4
		}
		d.words = append(d.words, name, btf.Info(btf.KindInt, 0, false), size, encoding<<24|size*8)
	}
	num := d.emit(w, len(d.refs), tag, raw)
	d.record(at, targetType, num)
	if d.cu.IntType == 0 && d.nameIs(name, "int") {
		d.cu.IntType = num
	}
}

// modifier encodes const, volatile and restrict.
func (d *Decoder) modifier(a *die.Abbrev) {
	at := d.cur.At
	target := d.typeOf(a)
	d.cur.SkipChildren(a)
	kind, tag := btf.KindConst, tagConst
	switch a.Tag {
	case die.TagVolatileType:
		kind, tag = btf.KindVolatile, tagModifier
	case die.TagRestrictType:
		kind, tag = btf.KindRestrict, tagModifier
	}
	d.record(at, targetType, d.reference(kind, 0, target, tag))
}

// reference adds a type that consists of a name and one reference.
func (d *typeBuilder) reference(kind btf.Kind, name nameKey, target die.Ref, tag typeTag) uint32 {
	if name == 0 && d.plain[kind] != 0 {
		d.cu.refs = append(d.cu.refs, target)
		return d.endNode(d.plain[kind], tag, 0)
	}
	shape := d.nameShape(name, btf.Info(kind, 0, false))
	if name == 0 {
		d.plain[kind] = shape
	}
	d.cu.refs = append(d.cu.refs, target)
	return d.endNode(shape, tag, 0)
}

// plainReference encodes a plain pointer or qualified type, which is every second type of a
// unit, by the shortest way.
func (d *typeBuilder) plainReference(a *die.Abbrev) {
	at, target := d.cur.At, d.cur.ReadPlain(a)
	if int(target) >= len(d.cur.Data) {
		d.cur.Fail(at, "reference to %#x leaves the unit", target)
	}
	if target != 0 {
		target += die.Off(d.delta)
	}
	kind, tag := btf.KindPtr, tagPointer
	switch a.Tag {
	case die.TagConstType:
		kind, tag = btf.KindConst, tagConst
	case die.TagVolatileType:
		kind, tag = btf.KindVolatile, tagModifier
	}
	d.record(at, targetType, d.reference(kind, 0, die.AtOffset(uint32(target)), tag))
}

// nameShape returns the shape of types that consist of a name, and perhaps a
// reference.
func (d *typeBuilder) nameShape(name nameKey, info uint32) typegraph.Shape {
	c := d.named.at(name ^ info)
	if !c.is(name, info) {
		d.words = append(d.words, name, info, 0)
		*c = cachedName{name, info, d.shapeOf(len(d.words) - 3)}
	}
	return c.shape
}

// maxNamed is the largest number of slots of the cache of nameShape. Most are
// typedefs, of which a kernel has 5,000.
const maxNamed = 1 << 13

// cachedName is the shape of types of this name and info word.
type cachedName struct {
	name  nameKey
	info  uint32
	shape typegraph.Shape
}

func (c *cachedName) is(name nameKey, info uint32) bool {
	return c.name == name && c.info == info && c.shape != 0
}

// typedef encodes a DW_TAG_typedef and its decl tags.
func (d *Decoder) typedef(a *die.Abbrev) {
	at := d.cur.At
	first := len(d.cu.declTags)
	name, target := d.nameAndType(a)
	d.children(a, func(k *die.Abbrev) { d.annotation(k, -1) })
	if d.nameIs(name, "") {
		if !d.s.opts.BestEffort {
			d.noForm(at, "typedef without a name")
		}
		d.cu.declTags = d.cu.declTags[:first]
		d.synonym(at, target)
		return
	}
	num := d.reference(btf.KindTypedef, name, target, tagTypedef)
	d.ownTags(first, num)
	d.record(at, targetType, num)
}

// children calls f for each child of the DIE read last. f has to consume the
// child: its attributes and its children.
func (d *Decoder) children(a *die.Abbrev, f func(k *die.Abbrev)) {
	if !a.Children {
		return
	}
	d.enter()
	for {
		k := d.cur.Next()
		if k == nil {
			break
		}
		f(k)
	}
	d.depth--
}

// annotation collects a btf_decl_tag from a DW_TAG_LLVM_annotation child (clang)
// and steps over any other DIE.
func (d *Decoder) annotation(k *die.Abbrev, component int32) {
	if k.Tag != die.TagLLVMAnnotation && k.Tag != die.TagGNUAnnotation {
		d.skip(k)
		return
	}
	d.cur.Attrs(k)
	name, value := d.key(die.Name), d.key(die.ConstValue)
	d.cur.SkipChildren(k)
	if d.s.opts.Features.Has(features.DeclTag) && d.nameIs(name, "btf_decl_tag") {
		d.cu.declTags = append(d.cu.declTags, declTag{component: component, value: value})
	}
}

// ownTags gives the decl tags collected since first to a type.
func (d *typeBuilder) ownTags(first int, num uint32) {
	for i := first; i < len(d.cu.declTags); i++ {
		if d.cu.declTags[i].typ == 0 {
			d.cu.declTags[i].typ = num
		}
	}
}

// gnuChain follows DW_AT_GNU_annotation from the DIE read last through gcc's
// DW_TAG_GNU_annotation entries, and calls f with the name and the value of each
// until f returns false. A chain in a circle has no end, and neither do many that
// share a long one: an error.
func (d *reader) gnuChain(have die.SlotSet, v *die.Value, f func(name, value nameKey) bool) {
	if !have.Has(die.GNUAnnotation) {
		return
	}
	next := *v
	for n := 0; ; n++ {
		off, ok := d.within(&next)
		if !ok || off >= uint64(len(d.cur.Data)) {
			return
		}
		// An entry with a chain has more bytes than compilers need steps for it.
		if d.steps++; n > maxChain || d.steps > len(d.cur.Data) {
			d.cur.Fail(d.cur.At, "chains of annotations do not end")
		}
		a, have, vals := d.cur.ReadAt(die.Off(off))
		if a == nil || a.Tag != die.TagGNUAnnotation {
			return
		}
		var name, value nameKey
		if have.Has(die.Name) {
			name = d.keyOf(&vals[die.Name])
		}
		if have.Has(die.ConstValue) {
			value = d.keyOf(&vals[die.ConstValue])
		}
		if !f(name, value) || !have.Has(die.GNUAnnotation) {
			return
		}
		next = vals[die.GNUAnnotation]
	}
}

// pointer encodes a DW_TAG_pointer_type with its type tags: PTR → tag … → target.
// clang lists them as children in source order, so the last one is nearest to
// the pointer; gcc chains them from the nearest on (pahole 1.32).
func (d *Decoder) pointer(a *die.Abbrev) {
	at := d.cur.At
	if a.Simple() {
		d.record(at, targetType, d.reference(btf.KindPtr, 0, d.simpleType(a), tagPointer))
		return
	}
	d.cur.Attrs(a)
	target := d.ref(die.Type)
	if !a.Children && !d.cur.Have.Has(die.GNUAnnotation) {
		d.record(at, targetType, d.reference(btf.KindPtr, 0, target, tagPointer))
		return
	}
	have, chain := d.cur.Have, d.cur.V[die.GNUAnnotation]
	tags := d.s.opts.Features.Has(features.TypeTag)
	tagged := false
	d.children(a, func(k *die.Abbrev) {
		if k.Tag != die.TagLLVMAnnotation && k.Tag != die.TagGNUAnnotation {
			d.skip(k)
			return
		}
		d.cur.Attrs(k)
		name, value := d.key(die.Name), d.key(die.ConstValue)
		d.cur.SkipChildren(k)
		if tags && d.nameIs(name, "btf_type_tag") {
			target = die.Numbered(d.reference(btf.KindTypeTag, value, target, tagOther))
			tagged = true
		}
	})
	if tags && !tagged {
		first := true
		pointee := target
		d.gnuChain(have, &chain, func(name, value nameKey) bool {
			if !d.nameIs(name, "btf_type_tag") {
				return false
			}
			// The reference of the tag before leads to this one.
			num := d.reference(btf.KindTypeTag, value, pointee, tagOther)
			if first {
				target = die.Numbered(num)
			} else {
				d.cu.refs[len(d.cu.refs)-2] = die.Numbered(num)
			}
			first = false
			return true
		})
	}
	d.record(at, targetType, d.reference(btf.KindPtr, 0, target, tagPointer))
}

// array encodes a DW_TAG_array_type: one ARRAY a dimension, innermost first, or
// one for all.
func (d *Decoder) array(a *die.Abbrev) {
	const maxDimensions = 64 // pahole 1.32
	at := d.cur.At
	elem, size := d.typeAndSize(a)
	var dims [maxDimensions]uint32
	n := 0
	if a.Children {
		d.enter()
		for k := d.cur.Next(); k != nil; k = d.cur.Next() {
			if k.Tag != die.TagSubrangeType || n == maxDimensions {
				d.skip(k)
				continue
			}
			dims[n] = d.elements(k)
			n++
		}
		d.depth--
	}
	tag := tagOther
	if n == 0 {
		tag = tagFlat
	}
	switch {
	case d.s.flatArrays: // of none it is one element
		for i := 1; i < n; i++ {
			dims[0] *= dims[i]
		}
		if n == 0 {
			dims[0] = 1
		}
		n = 1
	case n == 0:
		n = 1
	}
	var num uint32
	for i := n - 1; i >= 0; i-- {
		d.cu.refs = append(d.cu.refs, elem, die.IndexType)
		num = d.endNode(d.arrayShape(dims[i]), tag, size)
		elem = die.Numbered(num)
	}
	d.cu.NeedInt = true
	d.record(at, targetType, num)
}

// arrayShape returns the shape of arrays of n elements.
func (d *typeBuilder) arrayShape(n uint32) typegraph.Shape {
	c := &d.arrays[n%uint32(len(d.arrays))]
	if c.shape == 0 || c.n != n {
		d.words = append(d.words, 0, btf.Info(btf.KindArray, 0, false), 0, n)
		*c = cachedArray{n, d.shapeOf(len(d.words) - 4)}
	}
	return c.shape
}

// cachedArray is the shape of arrays with n elements.
type cachedArray struct {
	n     uint32
	shape typegraph.Shape
}

// enumeration encodes a DW_TAG_enumeration_type.
func (d *Decoder) enumeration(a *die.Abbrev) {
	at := d.cur.At
	d.cur.Attrs(a)
	if d.cur.Have.Has(die.Signature) {
		d.declared(a)
		return
	}
	name, raw, underlying := d.key(die.Name), uint32(d.num(die.ByteSize)), d.ref(die.Type)
	size := raw
	if size == 0 {
		size = 4
	}
	if size != 1 && size != 2 && size != 4 && size != 8 {
		d.noForm(at, "enumeration of %d bytes", size)
		d.cur.SkipChildren(a)
		d.opaque(at, size)
		return
	}
	enum64 := d.s.opts.Features.Has(features.Enum64)
	kind := btf.KindEnum
	if size > 4 && enum64 {
		kind = btf.KindEnum64
	}
	w, e := len(d.words), len(d.refs)
	d.words = append(d.words, name, 0, size)
	n, signed := 0, false
	d.children(a, func(k *die.Abbrev) {
		switch k.Tag {
		case die.TagEnumerator:
		case die.TagSubprogram: // a method in Rust
			d.subprogram(k)
			return
		default:
			d.skip(k)
			return
		}
		kat := d.cur.At
		key, value := d.nameAndValue(k)
		d.cur.SkipChildren(k)
		if key == 0 || key == keyPacked {
			if !d.s.opts.BestEffort {
				d.cur.Fail(kat, "enumerator without a name")
			}
			d.noForm(kat, "enumerator without a name")
			return
		}
		n++
		switch {
		case kind == btf.KindEnum64:
			d.words = append(d.words, key, uint32(value), uint32(value>>32))
		case !enum64:
			d.words = append(d.words, key, uint32(value))
		default:
			if v := int64(value); v < -1<<31 || v > 1<<32-1 {
				if !d.s.opts.BestEffort {
					d.cur.Fail(kat, "enumerator value %d does not fit in 32 bits", v)
				}
				d.noForm(kat, "enumerator value %d of more than 32 bits", v)
				n--
				return
			} else if v < 0 {
				signed = true
			}
			d.words = append(d.words, key, uint32(value))
		}
	})
	if !d.checkVlen(at, n) {
		d.words, n = d.words[:w+3], 0
	}
	d.words[w+1] = btf.Info(kind, n, signed)
	var num uint32
	if kind == btf.KindEnum64 && underlying != 0 {
		num = d.postpone(pendingShape{enum: underlying}, w, e, tagEnum, raw)
	} else {
		num = d.emit(w, e, tagEnum, raw)
		if signed && underlying != 0 && d.s.opts.Verbose != nil {
			d.cu.SignedEnums = append(d.cu.SignedEnums, Enum{num, underlying})
		}
	}
	d.record(at, targetType, num)
}

// MaxVlen is the largest number of members that kernels before 7.2 and libbpf
// 1.7 can read.
const MaxVlen = 0xffff

// checkVlen reports whether a type may have n members. It returns with best effort
// only if it may not, and then the type has none.
func (d *Decoder) checkVlen(at die.Off, n int) bool {
	if n <= MaxVlen {
		return true
	}
	if !d.s.opts.BestEffort {
		d.cur.Fail(at, "type with %d members: BTF has at most %d", n, MaxVlen)
	}
	d.noForm(at, "a list of %d members, more than %d,", n, MaxVlen)
	return false
}

// postpone adds a type whose shape is completed when the references are resolved.
func (d *typeBuilder) postpone(p pendingShape, w, e int, tag typeTag, size uint32) uint32 {
	p.words = append([]uint32(nil), d.words[w:]...)
	d.identify(p.words)
	d.words = d.words[:w]
	p.num = d.addNode(0, e, tag, size)
	d.cu.pending = append(d.cu.pending, p)
	return p.num
}

// subroutine encodes a DW_TAG_subroutine_type.
func (d *Decoder) subroutine(a *die.Abbrev) {
	at := d.cur.At
	result, size := d.typeAndSize(a)
	if a.Simple() && d.plainPrototype(a, at, result) {
		return
	}
	w, e := len(d.words), len(d.refs)
	d.words = append(d.words, 0, 0, 0)
	d.refs = append(d.refs, result)
	vararg := false
	if a.Children {
		d.enter()
		for {
			k := d.cur.Next()
			if k == nil {
				break
			}
			switch k.Tag {
			case die.TagFormalParameter:
				name, typ := d.nameAndType(k)
				d.words, d.refs = append(d.words, name), append(d.refs, typ)
				d.cur.SkipChildren(k)
			case die.TagUnspecifiedParameters:
				vararg = true
				d.skip(k)
			case die.TagSubrangeType:
				d.skip(k)
			default:
				d.entry(k, false)
			}
		}
		d.depth--
	}
	if vararg {
		d.words = append(d.words, 0)
		d.refs = append(d.refs, 0)
	}
	n := len(d.words) - w - 3
	if !d.checkVlen(at, n) {
		d.words, d.refs, n = d.words[:w+3], d.refs[:e+1], 0
	}
	d.words[w+1] = btf.Info(btf.KindFuncProto, n, false)
	d.record(at, targetType, d.emit(w, e, tagOther, size))
}

// plainPrototype encodes a function type of C, whose parameters have no names. It
// reports whether it is one.
func (d *Decoder) plainPrototype(a *die.Abbrev, at die.Off, result die.Ref) bool {
	first := len(d.cu.refs)
	edges, ok := append(d.cu.refs, result), true
	if a.Children {
		edges, ok = d.cur.Parameters(edges, d.delta)
	}
	n := len(edges) - first - 1
	if !ok || n >= len(d.prototypes) {
		d.cu.refs = edges[:first]
		return false
	}
	d.cu.refs = edges
	if d.prototypes[n] == 0 {
		w := len(d.words)
		d.words = append(d.words, 0, btf.Info(btf.KindFuncProto, n, false), 0)
		for range n {
			d.words = append(d.words, 0)
		}
		d.prototypes[n] = d.shapeOf(w)
	}
	d.record(at, targetType, d.endNode(d.prototypes[n], tagOther, 0))
	return true
}
