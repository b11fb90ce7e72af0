package unit

import "github.com/gopahole/gopahole/btf"

// DWARF does not say that a struct is packed. pahole 1.32 infers it from the
// layout (class__infer_packed_attributes): no hole and no padding, and yet a
// member that is not at a multiple of its natural alignment, or a size that is
// none. A struct with holes is not packed, but may show that the structs within
// it are.

// member is one member of a struct with what the layout depends on.
type layoutMember struct {
	typ      uint32 // type number, without typedefs and modifiers
	bit      uint64 // offset in bits
	width    uint64 // of a bit-field, in bits; 0 for other members
	size     uint64 // of the type, in bytes
	byteOff  uint64 // of the member, or of a bit-field's storage unit, in bytes
	bitfield bool
}

// packed reports whether a struct type is packed as far as can be inferred.
// Answers are kept for the CU: a later one may depend on an earlier one.
func (d *cuTypes) packed(typ uint32) bool {
	if p, ok := d.cu.packed[typ]; ok {
		return p
	}
	p := d.inferPacked(typ)
	d.cu.packed[typ] = p
	return p
}

func (d *cuTypes) inferPacked(typ uint32) bool {
	members := d.layout(typ)
	size := uint64(d.cu.types[typ-1].size)
	if hasHoles(members, size) {
		for _, m := range members {
			if m.typ == 0 || !d.isClass(m.typ) {
				continue
			}
			if m.byteOff%d.alignment(m.typ, 0) != 0 {
				d.cu.packed[m.typ] = true
			}
		}
		return false
	}
	widest := uint64(1)
	for _, m := range members {
		a := d.alignment(m.typ, 0)
		widest = max(widest, a)
		if m.byteOff%a != 0 {
			return true
		}
	}
	return size%widest != 0
}

// isClass reports whether a type is a structure or class.
func (d *cuTypes) isClass(typ uint32) bool {
	t := d.cu.types[typ-1].tag
	return t == tagStruct || t == tagClass
}

// layout returns the members of a struct.
func (d *cuTypes) layout(typ uint32) []layoutMember {
	words := d.s.shapes.Words(d.cu.Types.Shapes[typ-1])
	k := btf.KindOf(words[1])
	if k != btf.KindStruct && k != btf.KindUnion {
		return nil
	}
	edges := d.edgesOf(typ)
	members := make([]layoutMember, 0, len(edges))
	for i, e := range edges {
		word := words[3+2*i+1]
		m := layoutMember{bit: uint64(word)}
		if btf.KindFlag(words[1]) {
			m.bit, m.width = uint64(word&0xffffff), uint64(word>>24)
			m.bitfield = m.width != 0
		}
		m.size, _ = d.typeSize(e.Number())
		m.typ = d.strip(e.Number())
		m.byteOff = m.bit / 8
		if m.bitfield && m.size != 0 {
			m.byteOff = m.bit / (8 * m.size) * m.size
		}
		members = append(members, m)
	}
	return members
}

// hasHoles reports whether bytes lie between members of a struct or after the
// last one. size is in bytes.
func hasHoles(members []layoutMember, size uint64) bool {
	var last, end, width uint64 // in bits: seen so far; end and width of the storage unit of bit-fields
	end = size * 8
	inside := false // of a run of bit-fields
	for _, m := range members {
		if inside && last < min(m.bit, end) {
			last = min(m.bit, end)
		}
		if m.bitfield {
			if start := m.byteOff * 8; last < start && start <= m.bit {
				if m.byteOff > last/8 {
					return true
				}
				last = start
			}
			stop := m.bit + m.width
			if stop > end || m.size*8 > width {
				width = m.size * 8
				end = m.byteOff*8 + width
				if stop > end {
					end += width
				}
			}
			last, inside = stop, true
			continue
		}
		if m.bit/8 > last/8 {
			return true
		}
		last = m.bit + m.size*8
		end, width, inside = last, 0, false
	}
	if inside {
		last = min(size*8, end)
	}
	return size != last/8
}

// alignment is the natural alignment of a type in bytes, at least 1. Answers are
// kept, as a structure may be part of many; depth bounds the recursion, and one
// that is part of itself counts as 1 there.
func (d *cuTypes) alignment(typ uint32, depth int) uint64 {
	if typ == 0 || depth > maxLayout {
		return 1
	}
	var a uint64
	switch d.cu.types[typ-1].tag {
	case tagPointer:
		a = uint64(d.s.addrSize)
	case tagBase, tagBaseSigned:
		a = uint64(d.cu.types[typ-1].size)
	case tagEnum:
		a = uint64(d.s.shapes.Words(d.cu.Types.Shapes[typ-1])[2])
	case tagStruct, tagClass, tagUnion:
		if a, ok := d.cu.aligned[typ]; ok {
			return a
		}
		d.cu.aligned[typ] = 1
		for _, m := range d.layout(typ) {
			a = max(a, d.alignment(m.typ, depth+1))
		}
		d.cu.aligned[typ] = max(a, 1)
	default:
		words := d.s.shapes.Words(d.cu.Types.Shapes[typ-1])
		if btf.KindOf(words[1]) == btf.KindArray {
			return d.alignment(d.strip(d.target(typ)), depth+1)
		}
	}
	return max(a, 1)
}

// maxLayout is how deep structures and arrays may be parts of each other.
const maxLayout = 1000
