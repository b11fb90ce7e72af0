package unit

import (
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// cuTypes answers questions on the types and functions of a CU that are complete: what they
// lead to, how large they are, and how they are laid out.
type cuTypes struct {
	s  *File
	cu *CU // under construction
}

// strip follows typedefs and modifiers.
func (d *cuTypes) strip(typ uint32) uint32 {
	for range maxChain {
		if typ == 0 {
			return 0
		}
		switch d.cu.types[typ-1].tag {
		case tagTypedef, tagConst, tagModifier:
			typ = d.target(typ)
		default:
			return typ
		}
	}
	return 0
}

// target returns the first reference of a type.
func (d *cuTypes) target(typ uint32) uint32 {
	u := &d.cu.Types
	if u.Start[typ-1] == u.Start[typ] {
		return 0
	}
	return u.Edges[u.Start[typ-1]].Number()
}

// typeSize returns the size of a type in bytes as pahole 1.32 computes it
// (tag__size): through typedefs and modifiers, arrays as a whole, a struct of one
// byte without members as nothing. known is false for types that have none.
func (d *cuTypes) typeSize(typ uint32) (size uint64, known bool) {
	factor := uint64(1)
	for range maxChain {
		if typ == 0 {
			return 0, false
		}
		words := d.s.shapes.Words(d.cu.Types.Shapes[typ-1])
		switch d.cu.types[typ-1].tag {
		case tagPointer:
			return factor * uint64(d.s.addrSize), true
		case tagBase, tagBaseSigned:
			return factor * uint64(d.cu.types[typ-1].size), true
		case tagStruct, tagClass, tagUnion:
			if d.cu.types[typ-1].size == 1 && btf.VlenOf(words[1]) == 0 {
				return 0, true
			}
			return factor * uint64(d.cu.types[typ-1].size), true
		case tagEnum:
			return factor * uint64(words[2]), true
		}
		switch btf.KindOf(words[1]) {
		case btf.KindFuncProto:
			if n := d.cu.types[typ-1].size; n != 0 {
				return factor * uint64(n), true
			}
			return factor * uint64(d.s.addrSize), true
		case btf.KindArray:
			if d.cu.types[typ-1].tag != tagFlat {
				factor *= uint64(words[3])
			}
		}
		typ = d.target(typ)
	}
	return 0, false
}

func (d *cuTypes) namedParams(f *function) bool {
	for i := f.first; i < f.last; i++ {
		if d.cu.params[i].name == 0 {
			return false
		}
	}
	return true
}

// paramSize is the size of a parameter's type as the location rules take it:
// DW_AT_byte_size, following types that have none; pointers have one address
// (pahole 1.32: get_type_byte_size).
func (d *cuTypes) paramSize(typ uint32) uint64 {
	for range maxChain {
		if typ == 0 {
			return 0
		}
		if d.cu.types[typ-1].tag == tagPointer {
			return uint64(d.s.addrSize)
		}
		if n := d.cu.types[typ-1].size; n != 0 {
			return uint64(n)
		}
		switch d.cu.types[typ-1].tag {
		case tagStruct, tagClass, tagUnion, tagEnum, tagBase, tagBaseSigned:
			return 0
		}
		typ = d.target(typ)
	}
	return 0
}

// memberAt returns the member of a struct that begins at a byte offset. Types
// without a size are followed.
func (d *cuTypes) memberAt(typ uint32, off uint64) (trueMember, bool) {
	for range maxChain {
		if typ == 0 {
			return trueMember{}, false
		}
		if d.cu.types[typ-1].size != 0 || d.cu.types[typ-1].tag == tagStruct {
			break
		}
		typ = d.target(typ)
	}
	if typ == 0 || d.cu.types[typ-1].tag != tagStruct {
		return trueMember{}, false
	}
	words := d.s.shapes.Words(d.cu.Types.Shapes[typ-1])
	if btf.KindOf(words[1]) != btf.KindStruct {
		return trueMember{}, false
	}
	start := d.cu.Types.Start[typ-1]
	for i := range btf.VlenOf(words[1]) {
		bits := words[3+2*i+1]
		if btf.KindFlag(words[1]) {
			bits &= 0xffffff
		}
		if uint64(bits) != off*8 {
			continue
		}
		m := trueMember{name: words[3+2*i], typ: d.cu.Types.Edges[start+uint32(i)].Number()}
		return m, m.name != 0 && m.typ != 0
	}
	return trueMember{}, false
}

// signatureChanged reports whether clang says that the function does not follow
// the calling convention.
func (d *cuTypes) signatureChanged(f *function) bool {
	switch {
	case !f.unit.clang || f.flags&fnInlined != 0:
		return false
	case f.flags&fnHasOrigin == 0:
		return f.flags&fnNoCall != 0
	}
	return f.origin != 0 && d.cu.funcs[f.origin-1].flags&fnNoCall != 0
}

// isStruct reports whether a type is a structure, also through const and typedef.
func (d *cuTypes) isStruct(typ uint32) bool {
	for range maxChain {
		if typ == 0 {
			return false
		}
		switch d.cu.types[typ-1].tag {
		case tagStruct:
			return true
		case tagConst, tagTypedef:
			typ = d.target(typ)
		default:
			return false
		}
	}
	return false
}

// uncertain reports whether a packed struct is among the parameters that are not
// passed in registers: where it lies on the stack cannot be told.
func (d *cuTypes) uncertain(f *function) bool {
	n := uint32(d.s.convention.Count)
	for k := f.first + n; k < f.last; k++ {
		typ := d.cu.params[k].cur
		if typ == 0 {
			continue
		}
		if t := d.cu.types[typ-1].tag; t != tagStruct && t != tagClass {
			continue
		}
		if d.s.shapes.Words(d.cu.Types.Shapes[typ-1])[0] == 0 {
			continue
		}
		if d.packed(typ) {
			return true
		}
	}
	return false
}

// edgesOf returns the references of a type of this CU.
func (d *cuTypes) edgesOf(typ uint32) []typegraph.Ref {
	u := &d.cu.Types
	return u.Edges[u.Start[typ-1]:u.Start[typ]]
}
