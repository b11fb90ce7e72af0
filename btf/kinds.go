package btf

import "fmt"

// ID numbers a type. 0 is void and has no record; the first type of a base
// blob is 1, the first of a split blob follows the last of its base.
type ID uint32

// StrOff is an offset into the string sections of a blob and of its bases,
// taken as one: the strings of a base come first. 0 is the empty string and
// stands for "no name".
type StrOff uint32

// Kind says what a record describes (linux/btf.h, BTF_KIND_*).
type Kind uint8

// The kinds, with their numbers on the wire. KindVoid is never written by a
// producer; the kernel's header calls it UNKN.
const (
	KindVoid      Kind = 0
	KindInt       Kind = 1
	KindPtr       Kind = 2
	KindArray     Kind = 3
	KindStruct    Kind = 4
	KindUnion     Kind = 5
	KindEnum      Kind = 6
	KindFwd       Kind = 7
	KindTypedef   Kind = 8
	KindVolatile  Kind = 9
	KindConst     Kind = 10
	KindRestrict  Kind = 11
	KindFunc      Kind = 12
	KindFuncProto Kind = 13
	KindVar       Kind = 14
	KindDatasec   Kind = 15
	KindFloat     Kind = 16
	KindDeclTag   Kind = 17
	KindTypeTag   Kind = 18
	KindEnum64    Kind = 19
)

// String returns the kind's name as bpftool prints it; kinds without a name
// come out with their number.
func (k Kind) String() string {
	if name := k.info().name; name != "" && (k == 0 || k.Known()) {
		return name
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Known reports whether this package knows the records of k. Void is not
// known: it has no record.
func (k Kind) Known() bool { return recordLayouts[k].size != 0 }

// IsComposite reports whether k has members: STRUCT and UNION (libbpf:
// btf_is_composite).
func (k Kind) IsComposite() bool { return recordLayouts[k].class&composite != 0 }

// IsAnyEnum reports whether k is ENUM or ENUM64 (libbpf: btf_is_any_enum).
func (k Kind) IsAnyEnum() bool { return recordLayouts[k].class&anyEnum != 0 }

// IsQualifier reports whether k adds something to one other type: CONST,
// VOLATILE, RESTRICT and TYPE_TAG (libbpf: btf_is_mod).
func (k Kind) IsQualifier() bool { return recordLayouts[k].class&qualifier != 0 }

// IsModifier reports whether k is a qualifier or TYPEDEF (kernel:
// btf_type_is_modifier).
func (k Kind) IsModifier() bool { return recordLayouts[k].class&(qualifier|typedef) != 0 }

// HasSize reports whether the third word of a record is a size in bytes.
func (k Kind) HasSize() bool { return recordLayouts[k].class&hasSize != 0 }

// HasRef reports whether the third word of a record is a type ID.
func (k Kind) HasRef() bool { return recordLayouts[k].ref != 0 }

// MaxVlen is the largest count that fits an info word (linux/btf.h,
// BTF_MAX_VLEN). Older kernels, 6.12 among them, read 16 bits only; whether a
// target takes more than 65535 is for a verifier to say.
const MaxVlen = 1<<24 - 1

// Info packs the second word of a record: vlen in bits 0 to 23, kind in bits
// 24 to 30, kind_flag in bit 31. vlen above MaxVlen loses its high bits.
func Info(kind Kind, vlen int, kflag bool) uint32 {
	info := uint32(kind&0x7f)<<24 | uint32(vlen)&MaxVlen
	if kflag {
		info |= 1 << 31
	}
	return info
}

// KindOf returns the kind in an info word.
func KindOf(info uint32) Kind { return Kind(info >> 24 & 0x7f) }

// VlenOf returns the vlen in an info word: the number of members, values,
// params or secinfos. For FUNC it is the linkage, for the other kinds 0.
func VlenOf(info uint32) int { return int(info & MaxVlen) }

// KindFlag returns the kind_flag of an info word.
func KindFlag(info uint32) bool { return info>>31 != 0 }

// Linkage of a FUNC (in its vlen) or a VAR (in its tail word).
type Linkage uint32

// The linkages (btf.rst, BTF_KIND_FUNC and BTF_KIND_VAR).
const (
	LinkageStatic Linkage = 0
	LinkageGlobal Linkage = 1
	LinkageExtern Linkage = 2
)

// Encoding is what the bits of an INT mean (btf.rst, BTF_KIND_INT). The kernel
// takes at most one of the flags.
type Encoding uint8

// The encodings; 0 is a plain unsigned integer.
const (
	EncodingSigned Encoding = 1 << 0
	EncodingChar   Encoding = 1 << 1
	EncodingBool   Encoding = 1 << 2
)

// IntWord packs the tail word of an INT. offset and bits are in bits.
func IntWord(enc Encoding, offset, bits uint8) uint32 {
	return uint32(enc&0xf)<<24 | uint32(offset)<<16 | uint32(bits)
}

// SplitIntWord is the inverse of IntWord.
func SplitIntWord(w uint32) (enc Encoding, offset, bits uint8) {
	return Encoding(w >> 24 & 0xf), uint8(w >> 16), uint8(w)
}

// SplitMemberWord takes the third word of a member apart. With the kind_flag
// of the STRUCT or UNION set, the high 8 bits are the width of a bitfield (0:
// not a bitfield); without it, all 32 bits are the offset. Both in bits.
func SplitMemberWord(w uint32, kflag bool) (offset, width uint32) {
	if kflag {
		return w & (1<<24 - 1), w >> 24
	}
	return w, 0
}
