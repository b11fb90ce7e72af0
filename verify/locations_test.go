package verify_test

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// linuxInline is the row of kernels that know BTF inline.
var linuxInline = func() *kernel.Release {
	for _, r := range kernel.All() {
		if r.Knows(btf.KindLocsec) {
			return r
		}
	}
	panic("no row knows LOCSEC")
}()

func (b *builder) locParam(size uint32, flags btf.LocFlags, values ...uint32) {
	b.t("", info(btf.KindLocParam, len(values)), size, append([]uint32{uint32(flags)}, values...)...)
}
func (b *builder) locProto(ids ...uint32) { b.t("", info(btf.KindLocProto, len(ids)), 0, ids...) }

type site struct{ function, proto, offset uint32 }

func (b *builder) locsec(name string, sites ...site) {
	var tail []uint32
	for _, s := range sites {
		tail = append(tail, s.function, s.proto, s.offset)
	}
	b.t(name, info(btf.KindLocsec, len(sites)), 0, tail...)
}

const (
	signed, constant, addr = btf.LocSigned, btf.LocConst, btf.LocAddr
	reg, deref, offset     = btf.LocReg, btf.LocDeref, btf.LocOffset
)

// TestLocations has what the kernel was posted to say of each record of BTF inline:
// want is the message at level 1, or after "L2 " that of BPF_BTF_LOAD alone.
func TestLocations(t *testing.T) {
	param := func(size uint32, flags btf.LocFlags, values ...uint32) func(*builder) {
		return func(b *builder) { b.locParam(size, flags, values...) }
	}
	of := func(kind btf.Kind, flag bool, nameIt string, word2 uint32, tail ...uint32) func(*builder) {
		n := len(tail)
		switch kind {
		case btf.KindLocParam:
			n--
		case btf.KindLocsec:
			n /= 3
		}
		return func(b *builder) { b.t(nameIt, btf.Info(kind, n, flag), word2, tail...) }
	}
	// [1] INT, [2] FUNC_PROTO of two parameters, [3] FUNC
	function := func(b *builder) {
		b.int("int", 4)
		b.proto(0, param2("a"), param2("b"))
		b.function("f", 2)
	}
	after := func(rest func(b *builder)) func(*builder) {
		return func(b *builder) { function(b); rest(b) }
	}
	for _, tc := range []struct {
		name string
		make func(b *builder)
		want string
	}{
		{"size 0", param(0, reg, 1), "Unexpected size"},
		{"size 17", param(17, reg, 1), "Unexpected size"},
		{"size 16", param(16, reg, 1), ""},
		{"size 3", param(3, reg, 1), ""},
		{"a name", of(btf.KindLocParam, false, "n", 4, uint32(reg), 1), "Invalid name"},
		{"a name of a LOC_PROTO", of(btf.KindLocProto, false, "n", 0), "Invalid name"},
		{"kind_flag", of(btf.KindLocParam, true, "", 4, uint32(reg), 1), "Invalid btf_info kind_flag"},
		{"kind_flag of a LOC_PROTO", of(btf.KindLocProto, true, "", 0), "Invalid btf_info kind_flag"},
		{"kind_flag of a LOCSEC", of(btf.KindLocsec, true, ".text", 0), "Invalid btf_info kind_flag"},
		{"vlen 0", param(4, reg), "Invalid vlen"},
		{"vlen 0 before flags", param(4, 0), "Invalid vlen"},
		{"flags 0", param(4, 0, 1), "Invalid flags"},
		{"flags 0x1: SIGNED alone", param(4, signed, 1), "Invalid flags"},
		{"flags 0x4: ADDR alone", param(4, addr, 1), "Invalid flags"},
		{"flags 0x5", param(4, addr|signed, 1), "Invalid flags"},
		{"flags 0x7: a signed address", param(8, constant|addr|signed, 1, 2), "Invalid flags"},
		{"flags 0xA: CONST and REG", param(4, constant|reg, 1), "Invalid flags"},
		{"flags 0x9: SIGNED register", param(4, reg|signed, 1), "Invalid flags"},
		{"flags 0x19: SIGNED memory", param(4, reg|deref|signed, 1), "Invalid flags"},
		{"flags 0x40", param(4, 0x40, 1), "Invalid flags"},
		{"flags 0x48", param(4, reg|0x40, 1), "Invalid flags"},
		{"flags 0x10: DEREF alone", param(4, deref, 1), "Invalid flags"},
		{"flags 0x30", param(4, deref|offset, 1, 2), "Invalid flags"},
		{"flags 0x20: OFFSET alone", param(4, offset, 1), "Invalid flags"},
		{"CONST of 4 bytes", param(4, constant, 1), ""},
		{"CONST of 4 bytes in two values", param(4, constant, 1, 0), ""},
		{"CONST of 8 bytes", param(8, constant, 1, 2), ""},
		{"signed CONST of 2 bytes", param(2, constant|signed, 1), ""},
		{"an address", param(8, constant|addr, 1, 2), ""},
		{"an address of 4 bytes", param(4, constant|addr, 1), ""},
		{"CONST of 8 bytes in one value", param(8, constant, 1), "Invalid vlen"},
		{"CONST of 5 bytes in one value", param(5, constant, 1), "Invalid vlen"},
		{"an address of 8 bytes in one value", param(8, constant|addr, 1), "Invalid vlen"},
		{"CONST of 16 bytes", param(16, constant, 1, 2), "Invalid vlen"},
		{"CONST of 9 bytes", param(9, constant, 1, 2), "Invalid vlen"},
		{"CONST of three values", param(8, constant, 1, 2, 3), "Invalid vlen"},
		{"a pair of registers", param(16, reg, 1, 2), ""},
		{"memory at a register", param(4, reg|deref, 1), ""},
		{"memory at an offset", param(4, reg|deref|offset, 1, 8), ""},
		{"memory at a signed offset of 64 bits", param(4, reg|deref|offset|signed, btf.LocFrameBase, 8, 0), ""},
		{"a sum", param(4, reg|offset, 1, 8), ""},
		{"three registers", param(4, reg, 1, 2, 3), "Invalid vlen"},
		{"memory at two registers", param(4, reg|deref, 1, 2), "Invalid vlen"},
		{"an offset without a value", param(4, reg|deref|offset, 1), "Invalid vlen"},
		{"an offset of 96 bits", param(4, reg|deref|offset, 1, 2, 3, 4), "Invalid vlen"},

		{"LOC_PROTO of nothing", func(b *builder) { b.locProto() }, ""},
		{"LOC_PROTO of an unknown location", func(b *builder) { b.locProto(0) }, ""},
		{"LOC_PROTO of an INT", func(b *builder) { b.int("int", 4); b.locProto(1) }, "L2 Invalid loc_param#1"},
		{"LOC_PROTO with an INT", func(b *builder) {
			b.int("int", 4)
			b.locParam(4, reg, 1)
			b.locProto(2, 0, 1)
		}, "L2 Invalid loc_param#3"},
		{"LOC_PROTO of what does not exist", func(b *builder) { b.int("int", 4); b.locProto(9) }, "L2 Invalid loc_param#1"},
		{"LOC_PROTO that is of a type", of(btf.KindLocProto, false, "", 1), "L2 Invalid loc_proto type"},
		{"LOC_PROTO before its LOC_PARAM", func(b *builder) { b.locProto(2); b.locParam(4, reg, 1) }, ""},

		{"LOCSEC without a name", of(btf.KindLocsec, false, "", 0), "Invalid name"},
		{"LOCSEC with a name that is none", of(btf.KindLocsec, false, "\x01", 0), "Invalid name"},
		{"LOCSEC of nothing", of(btf.KindLocsec, false, ".text", 0), ""},
		{"LOCSEC that is of a type", of(btf.KindLocsec, false, ".text", 1), "L2 Invalid locsec type"},
		{"LOCSEC", after(func(b *builder) { b.locProto(0, 0); b.locsec("inline.text", site{3, 4, 0x40}) }), ""},
		{"LOCSEC with FUNC 0", after(func(b *builder) { b.locProto(0, 0); b.locsec(".text", site{0, 4, 0}) }), "Invalid func"},
		{"LOCSEC with FUNC 0x100000", after(func(b *builder) { b.locProto(0, 0); b.locsec(".text", site{1 << 20, 4, 0}) }), "Invalid func"},
		{"LOCSEC with LOC_PROTO 0", after(func(b *builder) { b.locProto(0, 0); b.locsec(".text", site{3, 0, 0}) }), "Invalid loc_proto"},
		{"LOCSEC with an INT for the FUNC", after(func(b *builder) { b.locProto(0, 0); b.locsec(".text", site{1, 4, 0}) }), "L2 Invalid func#1"},
		{"LOCSEC with a FUNC_PROTO for the FUNC", after(func(b *builder) { b.locProto(0, 0); b.locsec(".text", site{2, 4, 0}) }), "L2 Invalid func#1"},
		{"LOCSEC with a FUNC that does not exist", after(func(b *builder) { b.locProto(0, 0); b.locsec(".text", site{9, 4, 0}) }), "L2 Invalid func#1"},
		{"LOCSEC with an INT for the LOC_PROTO", after(func(b *builder) { b.locProto(0, 0); b.locsec(".text", site{3, 1, 0}) }), "L2 Invalid loc_proto#1"},
		{"LOCSEC with a LOC_PROTO that does not exist",
			after(func(b *builder) { b.locProto(0, 0); b.locsec(".text", site{3, 4, 0}, site{3, 9, 0}) }), "L2 Invalid loc_proto#2"},
		{"FUNC with two parameters and one location", after(func(b *builder) {
			b.locProto(0)
			b.locsec(".text", site{3, 4, 0})
		}), "L2 Mismatched vlen for loc_proto#1"},
		{"T2-D: FUNC with two parameters and three locations", after(func(b *builder) {
			b.locProto(0, 0)
			b.locProto(0, 0, 0)
			b.locsec("inline.text", site{3, 4, 64}, site{3, 5, 64})
		}), "L2 Mismatched vlen for loc_proto#2"},
		{"entries in any order", after(func(b *builder) {
			b.locProto(0, 0)
			b.locsec(".text", site{3, 4, 9}, site{3, 4, 1}, site{3, 4, 9}, site{3, 4, all})
		}), ""},

		{"PTR to a LOC_PROTO", func(b *builder) { b.locProto(); b.ptr(1) }, "L2 Invalid type_id"},
		{"TYPEDEF of a LOC_PROTO", func(b *builder) { b.locProto(); b.typedef("t", 1) }, "L2 Invalid type_id"},
		{"PTR to a LOCSEC", func(b *builder) { b.locsec("s"); b.ptr(1) }, "L2 Invalid type_id"},
		{"PTR to a LOC_PARAM", func(b *builder) { b.locParam(4, reg, 1); b.ptr(1) }, "L2 Invalid type_id"},
		{"member of type LOC_PARAM", func(b *builder) { b.locParam(4, reg, 1); b.structure("s", 4, m("m", 1, 0)) }, "L2 Invalid member"},
		{"member of type LOC_PROTO", func(b *builder) { b.locProto(); b.structure("s", 4, m("m", 1, 0)) }, "L2 Invalid member"},
		{"array of LOC_PARAM", func(b *builder) { b.int("int", 4); b.locParam(4, reg, 1); b.array(2, 1, 1) }, "L2 Invalid elem"},
		{"VAR of type LOC_PARAM", func(b *builder) { b.locParam(4, reg, 1); b.variable("v", 1) }, "L2 Invalid type_id"},
		{"parameter of type LOC_PARAM", func(b *builder) { b.locParam(4, reg, 1); b.proto(0, param2Of("p", 1)) }, "L2 Invalid arg#1"},
		{"parameter of type LOCSEC", func(b *builder) { b.locsec("s"); b.proto(0, param2Of("p", 1)) }, "L2 Invalid arg#1"},
		{"return type LOC_PROTO", func(b *builder) { b.locProto(); b.proto(1) }, "L2 Invalid return type"},
		{"tag of a LOC_PARAM", func(b *builder) { b.locParam(4, reg, 1); b.declTag("t", 1, all) }, "L2 Invalid type_id"},

		{"tail of a LOC_PARAM cut", func(b *builder) { b.locParam(4, reg, 1); b.words = b.words[:4] }, "meta_left:4 meta_needed:8"},
		{"tail of a LOC_PROTO cut", func(b *builder) { b.locProto(0, 0); b.words = b.words[:4] }, "meta_left:4 meta_needed:8"},
		{"tail of a LOCSEC cut", func(b *builder) { b.locsec("s", site{}); b.words = b.words[:5] }, "meta_left:8 meta_needed:12"},
		{"kind 23", func(b *builder) { b.t("", info(23, 0), 0) }, "Invalid kind:23"},
	} {
		b := newBuilder()
		tc.make(b)
		raw := b.blob()
		level2, late := strings.CutPrefix(tc.want, "L2 ")
		level1 := level2
		if late {
			level1 = ""
		}
		for load, want := range map[bool]string{false: level1, true: level2} {
			rep := verify.Check(raw, verify.Options{Release: linuxInline, Load: load})
			got := ""
			if rep.Refusal != nil {
				got = rep.Refusal.Message
				if rep.Refusal.Cause == "" {
					t.Errorf("%s: no cause: %+v", tc.name, rep.Refusal)
				}
			}
			if got != want {
				t.Errorf("%s, load %v: %q, want %q", tc.name, load, got, want)
			}
		}
		if first := firstNewKind(b.words); first != 0 {
			for _, r := range append(kernel.Rules(), linux73) {
				rep := verify.Check(raw, verify.Options{Release: r})
				if f := rep.Refusal; f == nil || f.Message != fmt.Sprintf("Invalid kind:%d", first) {
					t.Errorf("%s: Linux %v: %+v", tc.name, r, f)
				}
			}
		}
	}
}

func param2(name string) param              { return param{name, 1} }
func param2Of(name string, of uint32) param { return param{name, of} }

// firstNewKind returns the first kind of BTF inline among records, which are all whole
// up to it.
func firstNewKind(words []uint32) btf.Kind {
	for len(words) > 2 {
		kind := btf.KindOf(words[1])
		if kind > btf.KindEnum64 {
			return kind
		}
		n, _ := btf.RecordWords(kind, btf.VlenOf(words[1]))
		words = words[n:]
	}
	return 0
}

// TestLocParamForms compares the check of flags and values with the table of forms that
// linux/btf.h has, for all flags, sizes and counts.
func TestLocParamForms(t *testing.T) {
	counts := func(flags btf.LocFlags, size uint32) []int {
		switch flags {
		case 0x2, 0x3, 0x6:
			switch {
			case size > 8:
				return nil
			case size > 4:
				return []int{2}
			}
			return []int{1, 2}
		case 0x8:
			return []int{1, 2}
		case 0x18:
			return []int{1}
		case 0x28, 0x29, 0x38, 0x39:
			return []int{2, 3}
		}
		return nil
	}
	for flags := range btf.LocFlags(0x80) {
		for size := uint32(1); size <= 16; size++ {
			for n := range 5 {
				b := newBuilder()
				b.locParam(size, flags, make([]uint32, n)...)
				rep := asKernel(b.blob(), nil, linuxInline)
				if want := slices.Contains(counts(flags, size), n); rep.Accepted() != want {
					t.Errorf("flags %#x, size %d, %d values: %v", uint32(flags), size, n, rep.Refusal)
				}
			}
		}
	}
}

// FuzzLocations makes BTF inline of bytes, well formed or nearly so:
//
//   - BPF_BTF_LOAD accepts nothing that a kernel refuses as its own;
//   - kernels before BTF inline refuse what has one of the kinds;
//   - what BPF_BTF_LOAD accepts refers to what it should: FUNC, LOC_PROTO of as many
//     parameters, LOC_PARAM with values that the text form can tell;
//   - what is accepted at level 1 can be read, or refers to what does not exist: that is
//     said to be a hazard;
//   - both byte orders are judged alike.
func FuzzLocations(f *testing.F) {
	f.Add([]byte{3, 2, 0, 8, 1, 5, 1, 0, 9, 1, 3, 7, 0})
	f.Add([]byte{3, 4, 0x29, 8, 3, 3, 4, 0x18, 4, 1})
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b := locationsOf(data)
		raw := b.blob()
		own, load := asKernel(raw, nil, linuxInline), asProgram(raw, linuxInline)
		check(t, own)
		check(t, load)
		if load.Accepted() && !own.Accepted() {
			t.Fatalf("accepted by BPF_BTF_LOAD and refused as vmlinux: %v", own.Refusal)
		}
		b.big = true
		if big := asProgram(b.blob(), linuxInline); big.Verdict() != load.Verdict() {
			t.Fatalf("%v in big-endian order, else %v", big.Verdict(), load.Verdict())
		}
		if firstNewKind(b.words) != 0 && asKernel(raw, nil, linux72).Accepted() {
			t.Fatal("Linux 7.2 accepts it")
		}
		if own.Accepted() {
			_, err := btf.Parse(raw, nil)
			readable(t, raw, own, err)
		}
		if !load.Accepted() {
			return
		}
		types, err := btf.Parse(raw, nil)
		if err != nil {
			t.Fatal(err)
		}
		for id, rec := range types.Own() {
			for _, site := range rec.LocSites() {
				function, proto := types.Record(site.Func), types.Record(site.Proto)
				if function.Kind() != btf.KindFunc || proto.Kind() != btf.KindLocProto || types.Record(function.Type()).Vlen() != proto.Vlen() {
					t.Fatalf("[%d] has %+v", id, site)
				}
			}
			for _, param := range rec.LocParams() {
				if param != 0 && types.Record(param).Kind() != btf.KindLocParam {
					t.Fatalf("[%d] has [%d]", id, param)
				}
			}
		}
		var text strings.Builder
		if err := types.Dump(&text); err != nil || strings.Contains(text.String(), "(invalid)") {
			t.Fatalf("%v\n%s", err, text.String())
		}
	})
}

// locationsOf makes a FUNC of 0 to 3 parameters and what the bytes say.
func locationsOf(data []byte) *builder {
	next := func(n int) uint32 {
		if len(data) == 0 {
			return 0
		}
		v := int(data[0]) % n
		data = data[1:]
		return uint32(v)
	}
	b := newBuilder()
	b.int("int", 4)
	b.proto(0, slices.Repeat([]param{{"p", 1}}, int(next(4)))...)
	b.function("f", 2)
	for id := uint32(4); len(data) > 0 && id < 50; id++ {
		switch next(5) {
		case 0, 1:
			values := make([]uint32, next(5))
			for i := range values {
				values[i] = binary.LittleEndian.Uint32([]byte{byte(next(256)), byte(next(256)), 0, byte(next(256))})
			}
			b.locParam(next(18), btf.LocFlags(next(0x42)), values...)
		case 2, 3:
			ids := make([]uint32, next(4))
			for i := range ids {
				ids[i] = next(int(id) + 3)
			}
			b.locProto(ids...)
		case 4:
			sites := make([]site, next(4))
			for i := range sites {
				sites[i] = site{next(4), next(int(id) + 3), next(256) << bits.Len8(uint8(i))}
			}
			b.locsec([]string{".text", "", "inline.text"}[next(3)], sites...)
		}
	}
	return b
}
