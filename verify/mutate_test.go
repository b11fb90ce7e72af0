package verify_test

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/gopahole/gopahole/btf"
)

// randomBTF returns BTF with up to n types. It is mostly valid; IDs and names
// are what makes it interesting.
func randomBTF(r *rand.Rand, n int) []byte {
	b := newBuilder()
	names := []string{"a", "b", "int", "c.d", "_x", "bad name", "9", "é", "$"}
	name := func() string {
		if r.IntN(60) == 0 {
			return names[len(names)-1-r.IntN(4)]
		}
		return names[r.IntN(5)]
	}
	maybe := func() string {
		if r.IntN(3) == 0 {
			return ""
		}
		return name()
	}
	n = 1 + r.IntN(n)
	id := func() uint32 {
		switch r.IntN(20) {
		case 0:
			return 0
		case 1:
			return uint32(n + r.IntN(3))
		case 2, 3, 4:
			return uint32(1 + r.IntN(3))
		}
		return uint32(1 + r.IntN(n))
	}
	size := func() uint32 { return []uint32{1, 2, 4, 8, 16, 64, 12, 0, 1 << 31}[r.IntN(9)*r.IntN(2)+r.IntN(2)*0+0] }
	flag := func(odds int) bool { return r.IntN(odds) == 0 }
	basic := func(i int) {
		switch r.IntN(4) {
		case 0:
			b.t(name(), btf.Info(btf.KindEnum, 1, flag(2)), []uint32{1, 2, 4, 8}[r.IntN(4)], b.s(name()), r.Uint32())
		case 1:
			b.t(name(), info(btf.KindFloat, 0), []uint32{2, 4, 8, 12, 16}[r.IntN(5)])
		default:
			bytes := []uint32{1, 2, 4, 8, 16}[r.IntN(5)]
			bits, off := 8*bytes, uint32(0)
			if flag(6) {
				bits = 1 + r.Uint32N(bits)
				off = r.Uint32N(8*bytes - bits + 1)
			}
			b.t(name(), info(btf.KindInt, 0), bytes, btf.IntWord([]btf.Encoding{0, 1, 2, 4}[r.IntN(4)], uint8(off), uint8(bits)))
		}
	}
	for i := range n {
		if i < 3 {
			basic(i)
			continue
		}
		switch btf.Kind(r.IntN(24)) {
		case btf.KindPtr, 20:
			b.t("", info(btf.KindPtr, 0), id())
		case btf.KindArray:
			b.t("", info(btf.KindArray, 0), 0, id(), id(), []uint32{0, 1, 3, 100, 1 << 30}[r.IntN(5)])
		case btf.KindStruct, btf.KindUnion, 21, 22:
			kind := []btf.Kind{btf.KindStruct, btf.KindUnion}[r.IntN(2)]
			m := r.IntN(4)
			kf := flag(3)
			var tail []uint32
			off := uint32(0)
			for range m {
				word := off
				if kf && flag(2) {
					word |= uint32(r.IntN(40)) << 24
				}
				tail = append(tail, b.s(maybe()), id(), word)
				if kind == btf.KindStruct {
					off += []uint32{0, 8, 32, 64, 3, 16, 128}[r.IntN(7)]
				}
			}
			sz := []uint32{off/8 + 4, off/8 + 8, off/8 + 16, off / 8, off/8 + 100}[r.IntN(5)]
			b.t(maybe(), btf.Info(kind, m, kf), sz, tail...)
		case btf.KindEnum, btf.KindInt, btf.KindFloat:
			basic(i)
		case btf.KindEnum64:
			b.t(maybe(), btf.Info(btf.KindEnum64, 1, flag(2)), 8, b.s(name()), r.Uint32(), r.Uint32())
		case btf.KindFwd:
			b.t(name(), btf.Info(btf.KindFwd, 0, flag(2)), 0)
		case btf.KindTypedef:
			b.t(name(), info(btf.KindTypedef, 0), id())
		case btf.KindVolatile, btf.KindConst, btf.KindRestrict, 23:
			b.t("", info([]btf.Kind{btf.KindVolatile, btf.KindConst, btf.KindRestrict}[r.IntN(3)], 0), id())
		case btf.KindFunc:
			b.t(name(), info(btf.KindFunc, r.IntN(2)), id())
		case btf.KindFuncProto:
			p := r.IntN(4)
			var tail []uint32
			for range p {
				tail = append(tail, b.s(maybe()), id())
			}
			if p > 0 && flag(3) {
				tail[len(tail)-1], tail[len(tail)-2] = 0, 0
			}
			b.t("", info(btf.KindFuncProto, p), id(), tail...)
		case btf.KindVar:
			b.t(name(), info(btf.KindVar, 0), id(), uint32(r.IntN(2)))
		case btf.KindDatasec:
			m := r.IntN(3)
			var tail []uint32
			off := uint32(0)
			for range m {
				sz := []uint32{1, 4, 8, 16, 100}[r.IntN(5)]
				tail = append(tail, id(), off, sz)
				off += sz + uint32(r.IntN(2))
			}
			b.t([]string{".data", "x", "?foo bar"}[r.IntN(3)], info(btf.KindDatasec, m), off+1, tail...)
		case btf.KindDeclTag:
			b.t(name(), btf.Info(btf.KindDeclTag, 0, flag(4)), id(), []uint32{^uint32(0), 0, 1, 2, 5}[r.IntN(5)])
		case btf.KindTypeTag:
			b.t(name(), btf.Info(btf.KindTypeTag, 0, flag(4)), id())
		default:
			basic(i)
		}
		_ = size
	}
	return b.blob()
}

// mutate changes a copy of raw in up to four places.
func mutate(r *rand.Rand, raw []byte) []byte {
	raw = append([]byte(nil), raw...)
	for range 1 + r.IntN(4)*r.IntN(2) {
		raw = mutateOnce(r, raw)
	}
	return raw
}

var interesting = []uint32{0, 1, 2, 3, 4, 7, 8, 16, 24, 31, 32, 33, 64, 127, 128, 129, 255, 256, 0xffff, 0x10000, 0xfffff, 0x100000,
	0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xffffff00, 0xffffffff}

func mutateOnce(r *rand.Rand, raw []byte) []byte {
	le := binary.LittleEndian
	if len(raw) < 28 {
		if len(raw) > 0 {
			raw[r.IntN(len(raw))] ^= 1 << r.IntN(8)
		}
		return raw
	}
	words := len(raw) / 4
	hdr := le.Uint32(raw[4:])
	typeOff, typeLen := uint64(hdr)+uint64(le.Uint32(raw[8:])), uint64(le.Uint32(raw[12:]))
	var recs []int // offsets of the records
	if end := typeOff + typeLen; typeOff%4 == 0 && end <= uint64(len(raw)) {
		for at := typeOff; at+12 <= end; {
			info := le.Uint32(raw[at+4:])
			n, ok := btf.RecordWords(btf.KindOf(info), btf.VlenOf(info))
			if !ok || at+4*uint64(n) > end {
				break
			}
			recs = append(recs, int(at))
			at += 4 * uint64(n)
		}
	}
	put := func(at int, v uint32) { le.PutUint32(raw[at:], v) }
	get := func(at int) uint32 { return le.Uint32(raw[at:]) }
	value := func(old uint32) uint32 {
		switch r.IntN(5) {
		case 0:
			return old + 1
		case 1:
			return old - 1
		case 2:
			return r.Uint32N(uint32(len(recs)) + 3)
		case 3:
			return old ^ 1<<r.IntN(32)
		}
		return interesting[r.IntN(len(interesting))]
	}
	if len(recs) > 0 && r.IntN(10) > 2 {
		at := recs[r.IntN(len(recs))]
		info := get(at + 4)
		n, _ := btf.RecordWords(btf.KindOf(info), btf.VlenOf(info))
		switch r.IntN(6) {
		case 0: // kind, vlen or flag
			switch r.IntN(4) {
			case 0:
				put(at+4, info^1<<31)
			case 1:
				put(at+4, btf.Info(btf.Kind(r.IntN(21)), btf.VlenOf(info), btf.KindFlag(info)))
			case 2:
				put(at+4, btf.Info(btf.KindOf(info), btf.VlenOf(info)+r.IntN(3)-1, btf.KindFlag(info)))
			default:
				put(at+4, value(info))
			}
		case 1: // name
			put(at, value(get(at)))
		case 2:
			put(at+8, value(get(at+8)))
		case 3: // refer to another type
			var refs []int
			for w, rec := 0, btf.Record(wordsOf(raw[at:at+4*n])); w < n; w++ {
				if rec.FieldAt(w) == btf.FieldType {
					refs = append(refs, w)
				}
			}
			if len(refs) > 0 {
				put(at+4*refs[r.IntN(len(refs))], r.Uint32N(uint32(len(recs))+2))
			}
		case 4: // swap with another of the same length
			other := recs[r.IntN(len(recs))]
			oinfo := get(other + 4)
			if on, _ := btf.RecordWords(btf.KindOf(oinfo), btf.VlenOf(oinfo)); on == n {
				a, b := append([]byte(nil), raw[at:at+4*n]...), append([]byte(nil), raw[other:other+4*n]...)
				copy(raw[at:], b)
				copy(raw[other:], a)
			}
		default:
			w := at + 4*r.IntN(n)
			put(w, value(get(w)))
		}
		return raw
	}
	switch r.IntN(8) {
	case 0:
		raw[r.IntN(len(raw))] ^= 1 << r.IntN(8)
	case 1:
		w := 4 * r.IntN(words)
		put(w, value(get(w)))
	case 2:
		a, b := 4*r.IntN(words), 4*r.IntN(words)
		x, y := get(a), get(b)
		put(a, y)
		put(b, x)
	case 3:
		raw = raw[:r.IntN(len(raw))]
	case 4: // header
		w := 4 * r.IntN(6)
		put(w, value(get(w)))
	case 5: // a byte of the strings
		if off := uint64(hdr) + uint64(get(16)); off < uint64(len(raw)) {
			raw[int(off)+r.IntN(len(raw)-int(off))] = []byte{0, ' ', 'a', '0', '$', '.', 0xc3, 0xa9, 0x7f, 0xd7, '\n'}[r.IntN(11)]
		}
	case 6: // shorten both sections in step with the header
		put(12, get(12)-uint32(4*r.IntN(4)))
		put(16, get(16)-uint32(4*r.IntN(4)))
	default:
		raw = append(raw, byte(r.IntN(2)))
	}
	return raw
}

func wordsOf(raw []byte) []uint32 {
	w := make([]uint32, len(raw)/4)
	for i := range w {
		w[i] = binary.LittleEndian.Uint32(raw[4*i:])
	}
	return w
}
