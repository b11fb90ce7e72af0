package btf_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// intBase is [1] INT 'int' and the string section it needs.
func intBase(t testing.TB) *btf.Types {
	t.Helper()
	b := btf.NewBuilder(nil, nil)
	b.AddInt("int", 4, btf.EncodingSigned)
	base, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// Each way to break the format, with the place and the words of the error.
func TestParseMalformed(t *testing.T) {
	u32 := func(off int, v uint32) func([]byte) {
		return func(h []byte) { binary.LittleEndian.PutUint32(h[off:], v) }
	}
	info := btf.Info
	base := intBase(t)
	int32Words := []uint32{1, info(btf.KindInt, 0, false), 4, 32}
	types := func(words ...uint32) blob { return blob{words: words, strs: "\x00int\x00"} }
	tests := []struct {
		name string
		raw  []byte
		base *btf.Types
		want string
	}{
		{"nothing", nil, nil, "BTF header+0x0: 0 bytes, a header has at least 24"},
		{"23 bytes", types().bytes()[:23], nil, "BTF header+0x0: 23 bytes, a header has at least 24"},
		{"magic", append([]byte("ELF!"), make([]byte, 20)...), nil, "BTF header+0x0: no BTF: it begins with 45 4c"},
		{"version", blob{strs: "\x00", edit: func(h []byte) { h[2] = 2 }}.bytes(), nil, "BTF header+0x2: version 2 is not supported"},
		{"flags", blob{strs: "\x00", edit: func(h []byte) { h[3] = 0x80 }}.bytes(), nil, "BTF header+0x3: flags 0x80 are not supported"},
		{"header too short", blob{strs: "\x00", edit: u32(4, 23)}.bytes(), nil, "BTF header+0x4: header length 23, the blob has 25 bytes"},
		{"header longer than the blob", blob{strs: "\x00", edit: u32(4, 26)}.bytes(), nil, "BTF header+0x4: header length 26, the blob has 25 bytes"},
		{"huge header", blob{strs: "\x00", edit: u32(4, 0xffffffff)}.bytes(), nil, "BTF header+0x4: header length 4294967295, the blob has 25 bytes"},
		{"strings cut off", blob{strs: "\x00", edit: u32(20, 2)}.bytes(), nil, "BTF header+0x10: strings at 0+2 end after the blob's 1 bytes"},
		{"string offset overflows", blob{strs: "\x00", edit: u32(16, 0xffffffff)}.bytes(), nil,
			"BTF header+0x10: strings at 4294967295+1 end after the blob's 1 bytes"},
		{"types reach into strings", blob{words: int32Words, strs: "\x00int\x00", edit: u32(12, 20)}.bytes(), nil,
			"BTF header+0x8: types at 0+20 reach into the strings at 16"},
		{"type length overflows", blob{words: int32Words, strs: "\x00int\x00", edit: u32(12, 0xfffffffc)}.bytes(), nil,
			"BTF header+0x8: types at 0+4294967292 reach into the strings at 16"},
		{"types not aligned", blob{words: int32Words, strs: "\x00int\x00",
			edit: func(h []byte) { u32(8, 2)(h); u32(12, 12)(h) }}.bytes(), nil,
			"BTF header+0x8: type offset 2 is not aligned to 4 bytes"},
		{"types not words", blob{words: int32Words, strs: "\x00int\x00", edit: u32(12, 14)}.bytes(), nil,
			"BTF header+0xc: type length 14 is not made of words"},
		{"layout not aligned", blob{layout: make([]byte, 8), strs: "\x00",
			edit: func(h []byte) { u32(24, 2)(h); u32(28, 4)(h) }}.bytes(), nil,
			"BTF header+0x18: layout offset 2 is not aligned to 4 bytes"},
		{"layout not records", blob{layout: make([]byte, 8), strs: "\x00", edit: u32(28, 6)}.bytes(), nil,
			"BTF header+0x1c: layout length 6 is not made of 4-byte records"},
		{"layout over types", blob{words: int32Words, layout: make([]byte, 8), strs: "\x00int\x00",
			edit: u32(24, 12)}.bytes(), nil, "BTF header+0x18: layout at 12+8 is not between types and strings"},
		{"layout over strings", blob{words: int32Words, layout: make([]byte, 8), strs: "\x00int\x00",
			edit: u32(24, 20)}.bytes(), nil, "BTF header+0x18: layout at 20+8 is not between types and strings"},
		{"layout offset overflows", blob{layout: make([]byte, 8), strs: "\x00", edit: u32(24, 0xfffffffc)}.bytes(), nil,
			"BTF header+0x18: layout at 4294967292+8 is not between types and strings"},

		{"no strings", blob{}.bytes(), nil, "BTF strings+0x0: section is empty: split BTF, its base is missing"},
		{"first string not empty", blob{strs: "int\x00"}.bytes(), nil, "BTF strings+0x0: first string is not empty: split BTF, its base is missing"},
		{"last string open", blob{strs: "\x00int"}.bytes(), nil, "BTF strings+0x3: last string is not terminated"},
		{"last string of split open", blob{strs: "x"}.bytes(), base, "BTF strings+0x0: last string is not terminated"},

		{"record cut in the head", types(0, info(btf.KindPtr, 0, false), 0, 1, 2).bytes(), nil, "BTF types+0xc: [2]: 8 bytes left, a record has at least 12"},
		{"record cut in the tail", types(1, info(btf.KindInt, 0, false), 4).bytes(), nil, "BTF types+0x0: [1] INT: record of 16 bytes, 12 left"},
		{"members cut off", types(1, info(btf.KindStruct, btf.MaxVlen, false), 4).bytes(), nil,
			"BTF types+0x0: [1] STRUCT: record of 201326592 bytes, 12 left"},
		{"in split BTF", blob{words: []uint32{0, info(btf.KindArray, 0, false), 0}}.bytes(), base, "BTF types+0x0: [2] ARRAY: record of 24 bytes, 12 left"},
		{"void", types(0, 0, 0).bytes(), nil, "BTF types+0x0: [1]: kind 0 has no records"},
		{"kind 40", types(0, info(40, 0, false), 0).bytes(), nil, "BTF types+0x0: [1]: kind 40 is not known, and without a layout section nothing tells how long its records are; a newer gopahole may know it"},
		{"kind beyond the layout", blob{words: []uint32{0, info(41, 0, false), 0}, layout: make([]byte, 41*4),
			strs: "\x00"}.bytes(), nil, "BTF types+0x0: [1]: kind 41 is not known, and the layout section ends before it; a newer gopahole may know it"},
		{"layout not of words", blob{words: []uint32{0, info(1, 0, false), 4, 32, 0, info(40, 0, false), 0},
			layout: append(make([]byte, 40*4), 8, 6, 0, 0), strs: "\x00"}.bytes(), nil,
			"BTF types+0x10: [2]: kind 40: layout of 8 and 6 bytes is not made of words"},
		{"unknown kind cut off", blob{words: []uint32{0, info(40, 2, false), 0},
			layout: append(make([]byte, 40*4), 4, 8, 0, 0), strs: "\x00"}.bytes(), nil,
			"BTF types+0x0: [1] kind 40: record of 32 bytes, 12 left"},

		{"name", types(5, info(btf.KindFwd, 0, false), 0).bytes(), nil, "BTF types+0x0: [1] FWD: string offset 5 is outside the strings"},
		{"name in split BTF", blob{words: []uint32{7, info(btf.KindFwd, 0, false), 0}, strs: "a\x00"}.bytes(), base,
			"BTF types+0x0: [2] FWD: string offset 7 is outside the strings"},
		{"name of an unknown kind", blob{words: []uint32{1, info(40, 0, false), 0}, layout: make([]byte, 41*4),
			strs: "\x00"}.bytes(), nil, "BTF types+0x0: [1] kind 40: string offset 1 is outside the strings"},
		{"member name", types(0, info(btf.KindStruct, 2, false), 4, 0, 0, 0, 9, 0, 0).bytes(), nil,
			"BTF types+0x18: [1] STRUCT: string offset 9 is outside the strings"},
		{"member type", types(0, info(btf.KindUnion, 2, false), 4, 0, 0, 0, 1, 2, 0).bytes(), nil,
			"BTF types+0x1c: [1] UNION: type 2 does not exist, the last one is 1"},
		{"enumerator name", types(0, info(btf.KindEnum, 1, false), 4, 5, 0).bytes(), nil, "BTF types+0xc: [1] ENUM: string offset 5 is outside the strings"},
		{"enumerator name, 64 bits", types(0, info(btf.KindEnum64, 1, false), 4, 5, 0, 0).bytes(), nil,
			"BTF types+0xc: [1] ENUM64: string offset 5 is outside the strings"},
		{"param name", types(0, info(btf.KindFuncProto, 1, false), 0, 5, 0).bytes(), nil,
			"BTF types+0xc: [1] FUNC_PROTO: string offset 5 is outside the strings"},
		{"param type", types(0, info(btf.KindFuncProto, 1, false), 0, 0, 5).bytes(), nil,
			"BTF types+0x10: [1] FUNC_PROTO: type 5 does not exist, the last one is 1"},
		{"return type", types(0, info(btf.KindFuncProto, 0, false), 5).bytes(), nil, "BTF types+0x8: [1] FUNC_PROTO: type 5 does not exist, the last one is 1"},
		{"target", types(0, info(btf.KindPtr, 0, false), 0xffffffff).bytes(), nil, "BTF types+0x8: [1] PTR: type 4294967295 does not exist, the last one is 1"},
		{"element", types(0, info(btf.KindArray, 0, false), 0, 2, 0, 1).bytes(), nil, "BTF types+0xc: [1] ARRAY: type 2 does not exist, the last one is 1"},
		{"index", types(0, info(btf.KindArray, 0, false), 0, 0, 2, 1).bytes(), nil, "BTF types+0x10: [1] ARRAY: type 2 does not exist, the last one is 1"},
		{"variable of a section", types(1, info(btf.KindDatasec, 1, false), 4, 2, 0, 4).bytes(), nil,
			"BTF types+0xc: [1] DATASEC: type 2 does not exist, the last one is 1"},
		{"tagged type", types(1, info(btf.KindDeclTag, 0, false), 2, 0).bytes(), nil, "BTF types+0x8: [1] DECL_TAG: type 2 does not exist, the last one is 1"},
		{"func of a type that is no prototype", types(append(int32Words, 1, info(btf.KindFunc, 1, false),
			1)...).bytes(), nil, "BTF types+0x18: [2] FUNC: type 1 is not a FUNC_PROTO"},
		{"func of void", types(1, info(btf.KindFunc, 1, false), 0).bytes(), nil, "BTF types+0x8: [1] FUNC: type 0 is not a FUNC_PROTO"},
		{"type of split BTF", blob{words: []uint32{0, info(btf.KindPtr, 0, false), 3}}.bytes(), base,
			"BTF types+0x8: [2] PTR: type 3 does not exist, the last one is 2"},
	}
	for _, test := range tests {
		types, err := btf.Parse(test.raw, test.base)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s:\n got %v\nwant %s", test.name, err, test.want)
			continue
		}
		var pe *btf.ParseError
		if !errors.As(err, &pe) || types != nil {
			t.Errorf("%s: error is a %T, types %v", test.name, err, types)
		}
		needsBase := bytes.HasSuffix([]byte(test.want), []byte("its base is missing"))
		if errors.Is(err, btf.ErrNeedBase) != needsBase {
			t.Errorf("%s: ErrNeedBase: %v", test.name, !needsBase)
		}
	}
}

// What libbpf reads although no producer writes it.
func TestParseTolerates(t *testing.T) {
	words := []uint32{1, btf.Info(btf.KindInt, 0, false), 4, 32}
	plain := blob{words: words, strs: "\x00int\x00"}.bytes()
	gap := bytes.Clone(plain[:24])
	binary.LittleEndian.PutUint32(gap[8:], 8)
	binary.LittleEndian.PutUint32(gap[16:], 26)
	gap = append(gap, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	gap = append(gap, plain[24:40]...)
	gap = append(gap, 0xee, 0xee)
	gap = append(gap, plain[40:]...)
	gap = append(gap, "trailing"...)
	long := bytes.Clone(plain)
	long[4] = 32
	long = slices.Insert(long, 24, make([]byte, 8)...)
	tests := []struct {
		name        string
		raw         []byte
		want        []byte // as it is written
		unknownHead bool
	}{
		{"gaps and trailing bytes", gap, plain, false},
		{"32 bytes of header, no layout", blob{words: words, strs: "\x00int\x00", extra: []byte{}}.bytes(), long, false},
		{"longer header, zero", blob{words: words, strs: "\x00int\x00", extra: make([]byte, 5)}.bytes(), long, false},
		{"longer header, not zero", blob{words: words, strs: "\x00int\x00", extra: []byte{0, 0, 1}}.bytes(), long, true},
	}
	for _, test := range tests {
		types, err := btf.Parse(test.raw, nil)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if !bytes.Equal(types.Bytes(), test.want) {
			t.Errorf("%s: written as %x, want %x", test.name, types.Bytes(), test.want)
		}
		if short := types.WithLongHeader(false).Bytes(); !bytes.Equal(short, plain) {
			t.Errorf("%s: written with the short header as %x, want %x", test.name, short, plain)
		}
		if got := types.WithLongHeader(false).WithLongHeader(true).Bytes(); !bytes.Equal(got, long) {
			t.Errorf("%s: written with the long header as %x, want %x", test.name, got, long)
		}
		if types.HasUnknownHeader() != test.unknownHead {
			t.Errorf("%s: HasUnknownHeader is %v", test.name, types.HasUnknownHeader())
		}
	}
}

// A header of 28 bytes ends in the middle of the layout fields; they are not
// looked at, and not lost in silence.
func TestParseHalfLayoutHeader(t *testing.T) {
	raw := blob{strs: "\x00"}.bytes()
	binary.LittleEndian.PutUint32(raw[4:], 28)
	raw = append(raw[:24:24], 0, 0, 0, 9, 0)
	types, err := btf.Parse(raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	if types.HasLayout() || !types.HasUnknownHeader() {
		t.Errorf("layout %v, unknown header %v", types.HasLayout(), types.HasUnknownHeader())
	}
}

// Kinds that only the layout section knows are stepped over, kept, dumped by
// name and written back in either order; split BTF uses its base's table.
func TestUnknownKinds(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		raw := unknownKinds(order)
		types, err := btf.Parse(raw, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := "[1] UNKNOWN 'u'\n[2] UNKNOWN '(anon)'\n[3] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=(none)\n"
		if got := dump(t, types); got != want {
			t.Errorf("%v: dump\n%s", order, got)
		}
		if rec := types.Record(2); len(rec) != 8 || rec[7] != 4 {
			t.Errorf("%v: record %x", order, rec)
		}
		if got := types.Bytes(); !bytes.Equal(got, raw) {
			t.Errorf("%v: written as\n%x, want\n%x", order, got, raw)
		}
		split, err := btf.Parse(blob{words: []uint32{1, btf.Info(41, 1, false), 7, 8, 9, 10}}.bytes(), types)
		if err != nil {
			t.Fatalf("%v: split: %v", order, err)
		}
		if got := dump(t, split); got != "[4] UNKNOWN 'u'\n" {
			t.Errorf("%v: split:\n%s", order, got)
		}
		if _, err := btf.Parse(blob{words: []uint32{1, btf.Info(40, 0, false), 7, 8, 9}}.bytes(), split); err != nil {
			t.Errorf("%v: split of split: %v", order, err)
		}
		if _, err := btf.Parse(types.WithLayout(false).Bytes(), nil); err == nil {
			t.Errorf("%v: unknown kinds are read without a layout section", order)
		}
	}
}

// What is looked up goes through the chain of bases, and nothing is there
// outside of it.
func TestLookups(t *testing.T) {
	base := intBase(t)
	b := btf.NewBuilder(nil, base)
	b.AddTypedef("word", 1)
	split, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	if base.NumIDs() != 2 || split.FirstID() != 2 || split.NumIDs() != 3 || split.Base() != base {
		t.Errorf("IDs: base ends at %d, split is %d to %d", base.NumIDs(), split.FirstID(), split.NumIDs())
	}
	for id, want := range map[btf.ID]string{0: "", 1: "int", 2: "word", 3: "", 1<<32 - 1: ""} {
		if got := split.Name(id); got != want {
			t.Errorf("Name(%d) = %q", id, got)
		}
		if got := split.Record(id) != nil; got != (want != "") {
			t.Errorf("Record(%d) exists: %v", id, got)
		}
	}
	if base.Record(2) != nil {
		t.Error("the base knows a type of the split BTF")
	}
	for off, want := range map[btf.StrOff]string{0: "", 1: "int", 2: "nt", 4: "", 5: "word", 9: ""} {
		if got, ok := split.String(off); got != want || !ok {
			t.Errorf("String(%d) = %q, %v", off, got, ok)
		}
	}
	for _, off := range []btf.StrOff{10, 1<<32 - 1} {
		if s, ok := split.String(off); ok {
			t.Errorf("String(%d) = %q", off, s)
		}
	}
	if _, ok := base.String(5); ok {
		t.Error("the base knows a string of the split BTF")
	}
	if rec := split.Record(1); cap(rec) != len(rec) {
		t.Error("a record can be appended to in place")
	}
}

func TestFindString(t *testing.T) {
	base, err := btf.New(nil, nil, nil, []byte("\x00a\x00bc\x00a\x00\x00"))
	if err != nil {
		t.Fatal(err)
	}
	split, err := btf.New(nil, base, nil, []byte("bc\x00d\x00d\x00"))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 { // the index is made at the first question, whoever asks
		wg.Go(func() {
			if off, ok := split.FindString("d"); off != 12 || !ok {
				t.Errorf("FindString(d) = %d, %v", off, ok)
			}
		})
	}
	wg.Wait()
	for s, want := range map[string]btf.StrOff{"": 0, "a": 1, "bc": 3, "d": 12} {
		if got, ok := split.FindString(s); got != want || !ok {
			t.Errorf("FindString(%q) = %d, %v, want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"c", "b", "a\x00bc"} {
		if off, ok := split.FindString(s); ok {
			t.Errorf("FindString(%q) = %d: not a whole string", s, off)
		}
	}
	if _, ok := base.FindString("d"); ok {
		t.Error("the base finds a string of the split BTF")
	}
}

// New takes any implementation of an order, and the base's if there is none.
func TestNewOrder(t *testing.T) {
	strs := []byte{0}
	native, err := btf.New(binary.NativeEndian, nil, nil, strs)
	if err != nil {
		t.Fatal(err)
	}
	if o := native.ByteOrder(); o != binary.LittleEndian && o != binary.BigEndian {
		t.Errorf("native order is %v", o)
	}
	big, err := btf.New(binary.BigEndian, nil, nil, strs)
	if err != nil {
		t.Fatal(err)
	}
	split, err := btf.New(nil, big, nil, nil)
	if err != nil || split.ByteOrder() != binary.BigEndian {
		t.Errorf("order of split BTF: %v, %v", split.ByteOrder(), err)
	}
	if plain, err := btf.New(nil, nil, nil, strs); err != nil || plain.ByteOrder() != binary.LittleEndian {
		t.Errorf("order by default: %v, %v", plain.ByteOrder(), err)
	}
	if _, err := btf.New(nil, nil, []uint32{0, btf.Info(btf.KindPtr, 0, false), 2}, strs); err == nil {
		t.Error("New takes a dangling reference")
	}
}
