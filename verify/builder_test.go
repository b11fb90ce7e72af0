package verify_test

import (
	"encoding/binary"

	"github.com/gopahole/gopahole/btf"
)

// A builder makes blobs of any content, also of what package btf would not
// write.
type builder struct {
	words []uint32
	strs  []byte
	start uint32 // offset of the first string

	// edit changes the header before it is written: hdr_len, type_off, type_len,
	// str_off, str_len, layout_off, layout_len. What is more than 24 bytes of
	// hdr_len is written.
	edit   func(h []uint32)
	layout []byte
	extra  []byte // after the last section
	big    bool   // in big-endian order
}

func newBuilder() *builder { return &builder{strs: []byte{0}} }

// newSplit returns a builder for what is split from base.
func newSplit(base *builder) *builder { return &builder{start: base.start + uint32(len(base.strs))} }

// s returns the offset of a string, which it adds; that of "" is 0.
func (b *builder) s(name string) uint32 {
	if name == "" {
		return 0
	}
	off := b.start + uint32(len(b.strs))
	b.strs = append(append(b.strs, name...), 0)
	return off
}

// t adds a record.
func (b *builder) t(name string, info, word2 uint32, tail ...uint32) {
	off := b.s(name)
	b.words = append(append(b.words, off, info, word2), tail...)
}

func info(k btf.Kind, vlen int) uint32  { return btf.Info(k, vlen, false) }
func kinfo(k btf.Kind, vlen int) uint32 { return btf.Info(k, vlen, true) } // with kind_flag

const all = ^uint32(0) // component_idx of a tag on all of its target

// Records of each kind in their usual form.

func (b *builder) int(name string, size uint32) { b.bits(name, size, 0, 8*size) }
func (b *builder) bits(name string, size, offset, bits uint32) {
	b.t(name, info(btf.KindInt, 0), size, btf.IntWord(btf.EncodingSigned, uint8(offset), uint8(bits)))
}
func (b *builder) ptr(to uint32)                      { b.t("", info(btf.KindPtr, 0), to) }
func (b *builder) constant(to uint32)                 { b.t("", info(btf.KindConst, 0), to) }
func (b *builder) typedef(name string, to uint32)     { b.t(name, info(btf.KindTypedef, 0), to) }
func (b *builder) tag(name string, to uint32)         { b.t(name, info(btf.KindTypeTag, 0), to) }
func (b *builder) array(of, index, n uint32)          { b.t("", info(btf.KindArray, 0), 0, of, index, n) }
func (b *builder) float(name string, size uint32)     { b.t(name, info(btf.KindFloat, 0), size) }
func (b *builder) fwd(name string, union bool)        { b.t(name, btf.Info(btf.KindFwd, 0, union), 0) }
func (b *builder) variable(name string, of uint32)    { b.t(name, info(btf.KindVar, 0), of, 0) }
func (b *builder) function(name string, proto uint32) { b.t(name, info(btf.KindFunc, 1), proto) }
func (b *builder) declTag(name string, of, comp uint32) {
	b.t(name, info(btf.KindDeclTag, 0), of, comp)
}
func (b *builder) composite(k btf.Kind, flag bool, name string, size uint32, members ...member) {
	off := b.s(name)
	var tail []uint32
	for _, m := range members {
		tail = append(tail, b.s(m.name), m.of, m.word)
	}
	b.words = append(append(b.words, off, btf.Info(k, len(members), flag), size), tail...)
}
func (b *builder) structure(name string, size uint32, members ...member) {
	b.composite(btf.KindStruct, false, name, size, members...)
}

// bitStruct has the kind_flag.
func (b *builder) bitStruct(size uint32, members ...member) {
	b.composite(btf.KindStruct, true, "", size, members...)
}
func (b *builder) bitUnion(size uint32, members ...member) {
	b.composite(btf.KindUnion, true, "", size, members...)
}

type member struct {
	name     string
	of, word uint32
}

func m(name string, of, bit uint32) member            { return member{name, of, bit} }
func field(name string, of, width, bit uint32) member { return member{name, of, width<<24 | bit} }
func (b *builder) enum(name string, size uint32, values ...string) {
	off := b.s(name)
	var tail []uint32
	for i, v := range values {
		tail = append(tail, b.s(v), uint32(i))
	}
	b.words = append(append(b.words, off, info(btf.KindEnum, len(values)), size), tail...)
}

type param struct {
	name string
	of   uint32
}

func (b *builder) proto(ret uint32, params ...param) {
	var tail []uint32
	for _, p := range params {
		tail = append(tail, b.s(p.name), p.of)
	}
	b.t("", info(btf.KindFuncProto, len(params)), ret, tail...)
}

type entry struct{ id, offset, size uint32 }

func (b *builder) section(name string, size uint32, entries ...entry) {
	off := b.s(name)
	var tail []uint32
	for _, e := range entries {
		tail = append(tail, e.id, e.offset, e.size)
	}
	b.words = append(append(b.words, off, info(btf.KindDatasec, len(entries)), size), tail...)
}

// blob returns the bytes.
func (b *builder) blob() []byte {
	typeLen := uint32(4 * len(b.words))
	h := []uint32{24, 0, typeLen, typeLen, uint32(len(b.strs)), 0, 0}
	if b.layout != nil {
		h[0], h[3], h[5], h[6] = 32, typeLen+uint32(len(b.layout)), typeLen, uint32(len(b.layout))
	}
	if b.edit != nil {
		b.edit(h)
	}
	var order binary.AppendByteOrder = binary.LittleEndian
	if b.big {
		order = binary.BigEndian
	}
	raw := append(order.AppendUint16(nil, 0xeb9f), 1, 0)
	for i, w := range h {
		if i < 5 || b.layout != nil {
			raw = order.AppendUint32(raw, w)
		}
	}
	for _, w := range b.words {
		raw = order.AppendUint32(raw, w)
	}
	raw = append(raw, b.layout...)
	return append(append(raw, b.strs...), b.extra...)
}

// smallest is the smallest BTF that a kernel accepts.
func smallest() []byte {
	b := newBuilder()
	b.ptr(0)
	return b.blob()
}
