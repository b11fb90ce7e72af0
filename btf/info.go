package btf

// ID numbers a type. 0 is void and has no record; the first type of a base
// blob is 1, the first of a split blob follows the last of its base.
type ID uint32

// StrOff is an offset into the string sections of a blob and of its bases,
// taken as one: the strings of a base come first. 0 is the empty string and
// stands for "no name".
type StrOff uint32

// MaxVlen is the largest count that fits an info word (linux/btf.h,
// BTF_MAX_VLEN). Older kernels, 6.12 among them, read 16 bits only; whether a
// kernel accepts more than 65535 is for a verifier to say.
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
// accepts at most one of the flags.
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
