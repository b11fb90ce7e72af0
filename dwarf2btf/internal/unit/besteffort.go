package unit

import (
	"bytes"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
)

// What stands for types without a BTF form, if the caller would rather have the rest
// than nothing (Options.BestEffort):
//
//	_Atomic T                    T
//	a reference                  a pointer
//	a complex number             a struct of its two parts
//	an interface                 a struct, as a class
//	a typedef without a name     its type
//	a qualifier that C lacks     its type
//	a module                     what is in it
//	anything else that has a     a struct without members of that size, so that what
//	size                         holds it keeps its layout
//	a member or an enumerator    nothing

// withoutForm encodes a DIE whose tag BTF has no form for.
func (d *Decoder) withoutForm(a *die.Abbrev) {
	if !d.s.opts.BestEffort {
		d.noForm(d.cur.At, "%s", tagName(a.Tag))
	}
	switch a.Tag {
	case die.TagAtomicType:
		d.transparent(a)
	case die.TagReferenceType, die.TagRvalueReferenceType:
		d.pointer(a)
	case die.TagInterfaceType:
		d.structure(a)
	case die.TagPtrToMemberType:
		d.memberPointer(a)
	default:
		at := d.cur.At
		d.noForm(at, "%s", tagName(a.Tag))
		d.cur.Attrs(a)
		size := uint32(d.num(die.ByteSize))
		d.cur.SkipChildren(a)
		d.opaque(at, size)
	}
}

// passedOver encodes a DIE that pahole 1.32 passes over, so that what refers to it is
// void. It reports whether it is one with a meaning.
func (d *Decoder) passedOver(a *die.Abbrev) bool {
	switch a.Tag {
	case die.TagPackedType, die.TagSharedType, die.TagImmutableType, die.TagThrownType, die.TagSubrangeType, die.TagDynamicType:
		d.transparent(a)
	case die.TagModule:
		d.cur.SkipAttrs(a)
		if a.Children {
			d.siblings(false)
		}
	case die.TagSetType, die.TagFileType, die.TagCoarrayType:
		d.withoutForm(a)
	default:
		return false
	}
	return true
}

// transparent encodes a type that stands for the one it refers to.
func (d *Decoder) transparent(a *die.Abbrev) {
	at := d.cur.At
	d.cur.Attrs(a)
	target := d.ref(die.Type)
	d.cur.SkipChildren(a)
	d.synonym(at, target)
}

// opaque encodes size bytes of which nothing is known.
func (d *Decoder) opaque(at die.Off, size uint32) {
	w := len(d.words)
	d.words = append(d.words, 0, btf.Info(btf.KindStruct, 0, false), size)
	d.record(at, targetType, d.emit(w, len(d.refs), tagStruct, size))
}

// memberPointer encodes a C++ pointer to a member as its bytes. Their number depends
// on the member, which may follow (Itanium C++ ABI, 2.3).
func (d *Decoder) memberPointer(a *die.Abbrev) {
	at := d.cur.At
	d.noForm(at, "%s", tagName(a.Tag))
	d.cur.Attrs(a)
	size, target := uint32(d.num(die.ByteSize)), d.ref(die.Type)
	d.cur.SkipChildren(a)
	if size != 0 {
		d.opaque(at, size)
		return
	}
	w := len(d.words)
	d.words = append(d.words, 0, btf.Info(btf.KindStruct, 0, false), 0)
	d.record(at, targetType, d.postpone(pendingShape{memberPointer: true, target: target, unit: *d.cur.Unit}, w, len(d.refs), tagStruct, 0))
}

// completeMemberPointer gives a pointer to a member its size.
func (d *Decoder) completeMemberPointer(p *pendingShape, isFunction bool) {
	size := uint32(d.s.addrSize)
	if isFunction {
		size *= 2 // an adjustment of the object's address comes after the function's
	}
	p.words[2] = size
	d.cu.types[p.num-1].size = size
}

// complexNumber encodes a complex floating-point type of size bytes.
func (d *Decoder) complexNumber(at die.Off, name nameKey, size uint32) {
	half := size / 2
	w, e := len(d.words), len(d.refs)
	d.words = append(d.words, keyInterned|d.intern(partName(d.keyBytes(name), half)), btf.Info(btf.KindFloat, 0, false), half)
	part := d.emit(w, e, tagBase, half)
	d.words = append(d.words, 0, btf.Info(btf.KindStruct, 2, false), size,
		keyInterned|d.intern([]byte("real")), 0, keyInterned|d.intern([]byte("imag")), half*8)
	d.refs = append(d.refs, die.Numbered(part), die.Numbered(part))
	d.record(at, targetType, d.emit(w, e, tagStruct, size))
}

// partName returns the name of the type of both parts of a complex number: what its
// own name says, or else what C calls a number of that many bytes.
func partName(name []byte, size uint32) []byte {
	for _, prefix := range []string{"complex ", "_Complex "} {
		if rest, ok := bytes.CutPrefix(name, []byte(prefix)); ok {
			return rest
		}
	}
	switch size {
	case 2:
		return []byte("_Float16")
	case 4:
		return []byte("float")
	case 8:
		return []byte("double")
	}
	return []byte("long double")
}

// isFloatSize reports whether BTF has floating-point numbers of size bytes (btf.rst,
// BTF_KIND_FLOAT).
func isFloatSize(size uint32) bool {
	switch size {
	case 2, 4, 8, 12, 16:
		return true
	}
	return false
}
