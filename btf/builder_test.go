package btf_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/gopahole/gopahole/btf"
)

// allKinds adds one of everything; testdata/libbpf/add.c does the same.
func allKinds(order binary.ByteOrder) *btf.Builder {
	b := btf.NewBuilder(order, nil)
	i := b.AddInt("int", 4, btf.EncodingSigned)
	p := b.AddPtr(b.NextID() + 1) // forward
	b.AddStruct("s", 8, btf.Member{Name: "f1", Type: i}, btf.Member{Name: "f2", Type: i, Offset: 32, Width: 16})
	b.AddStruct("", 4, btf.Member{Type: i, Offset: 1 << 31})
	b.AddUnion("u", 4, btf.Member{Name: "f1", Type: i, Width: 255})
	b.AddArray(i, i, 10)
	b.AddEnum("e1", 4, btf.EnumValue{Name: "v1", Value: 1}, btf.EnumValue{Name: "v2", Value: math.MaxUint32})
	b.AddEnum("", 1, btf.EnumValue{Name: "n", Value: math.MinInt32})
	b.AddEnum64("e64", 8, true, btf.Enum64Value{Name: "m1", Value: math.MaxUint64})
	b.AddEnum64("", 8, false, btf.Enum64Value{Name: "max", Value: math.MaxUint64})
	b.AddFwd("fs", btf.FwdStruct)
	b.AddFwd("fu", btf.FwdUnion)
	b.AddFwd("fe", btf.FwdEnum)
	b.AddTypedef("t", i)
	b.AddVolatile(p)
	b.AddConst(p)
	b.AddRestrict(p)
	b.AddFunc("f", btf.LinkageExtern, b.NextID()+1)
	b.AddFuncProto(i, btf.Param{Name: "p1", Type: i}, btf.Param{})
	v := b.AddVar("v", btf.LinkageGlobal, i)
	b.AddDatasec(".data", 12, btf.Secinfo{Var: v, Offset: 4, Size: 8})
	b.AddFloat("float", 4)
	b.AddDeclTag("tag", v, -1)
	b.AddDeclAttr("attr", 18, 1)
	b.AddTypeTag("tt", i)
	b.AddTypeAttr("ta", i)
	return b
}

// One of everything, as libbpf's btf__add functions write it. The text is
// what bpftool prints for it.
func TestBuilder(t *testing.T) {
	b := allKinds(nil)
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	want := `[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] PTR '(anon)' type_id=3
[3] STRUCT 's' size=8 vlen=2
	'f1' type_id=1 bits_offset=0
	'f2' type_id=1 bits_offset=32 bitfield_size=16
[4] STRUCT '(anon)' size=4 vlen=1
	'(anon)' type_id=1 bits_offset=2147483648
[5] UNION 'u' size=4 vlen=1
	'f1' type_id=1 bits_offset=0 bitfield_size=255
[6] ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=10
[7] ENUM 'e1' encoding=UNSIGNED size=4 vlen=2
	'v1' val=1
	'v2' val=4294967295
[8] ENUM '(anon)' encoding=SIGNED size=1 vlen=1
	'n' val=-2147483648
[9] ENUM64 'e64' encoding=SIGNED size=8 vlen=1
	'm1' val=-1LL
[10] ENUM64 '(anon)' encoding=UNSIGNED size=8 vlen=1
	'max' val=18446744073709551615ULL
[11] FWD 'fs' fwd_kind=struct
[12] FWD 'fu' fwd_kind=union
[13] ENUM 'fe' encoding=UNSIGNED size=4 vlen=0
[14] TYPEDEF 't' type_id=1
[15] VOLATILE '(anon)' type_id=2
[16] CONST '(anon)' type_id=2
[17] RESTRICT '(anon)' type_id=2
[18] FUNC 'f' type_id=19 linkage=extern
[19] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2
	'p1' type_id=1
	'(anon)' type_id=0
[20] VAR 'v' type_id=1, linkage=global
[21] DATASEC '.data' size=12 vlen=1
	type_id=20 offset=4 size=8 (VAR 'v')
[22] FLOAT 'float' size=4
[23] DECL_TAG 'tag' type_id=20 component_idx=-1
[24] DECL_TAG 'attr' type_id=18 component_idx=1
[25] TYPE_TAG 'tt' type_id=1
[26] TYPE_TAG 'ta' type_id=1
`
	if diff := cmp.Diff(want, dump(t, types)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for id, want := range map[btf.ID]bool{3: true, 4: false, 8: true, 7: false, 9: true, 10: false, 23: false, 24: true, 25: false, 26: true} {
		if got := btf.KindFlag(types.Record(id)[1]); got != want {
			t.Errorf("[%d]: kind_flag %v, want %v", id, got, want)
		}
	}
	if want := "\x00int\x00s\x00f1\x00f2\x00u\x00e1\x00v1\x00v2\x00n\x00e64\x00m1\x00max\x00fs\x00fu\x00fe\x00t\x00f\x00p1\x00v\x00.data\x00float\x00tag\x00attr\x00tt\x00ta\x00"; string(types.Strings()) != want {
		t.Errorf("strings %q, want %q", types.Strings(), want)
	}

	// The builder can go on; what it returned does not change.
	before := types.Bytes()
	b.AddTypedef("later", 1)
	if more, err := b.Build(); err != nil || more.NumIDs() != types.NumIDs()+1 {
		t.Errorf("second Build: %v", err)
	}
	if !bytes.Equal(types.Bytes(), before) {
		t.Error("the first result changed")
	}
}

// The same calls give the same types and strings as in libbpf, and with a
// layout section, where the header has the same length, the same blob.
func TestBuilderAgainstLibbpf(t *testing.T) {
	build := func(b *btf.Builder) *btf.Types {
		t.Helper()
		types, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		return types
	}
	same := func(name string, base, got *btf.Types) {
		t.Helper()
		sameAsLibbpf(t, name, base, got)
	}
	plain := build(allKinds(binary.LittleEndian))
	big := build(allKinds(binary.BigEndian))
	same("plain.btf", nil, plain)
	same("plain-big.btf", nil, big)
	same("layout.btf", nil, plain.WithLayout(true))
	same("layout-big.btf", nil, big.WithLayout(true))

	b := btf.NewBuilder(nil, plain)
	b.AddTypedef("f1", 1)
	b.AddStruct("new", 4, btf.Member{Name: "int", Type: 27}, btf.Member{Name: "new", Type: 27})
	split := build(b)
	same("split.btf", plain, split)

	b = btf.NewBuilder(nil, split)
	b.AddTypedef("new", 28)
	b.AddTypedef("ta", 28)
	b.AddTypedef("own", 28)
	same("split-split.btf", split, build(b))
}

// sameAsLibbpf compares types with a blob that libbpf wrote.
func sameAsLibbpf(t *testing.T, name string, base, got *btf.Types) {
	t.Helper()
	raw, err := os.ReadFile("testdata/libbpf/" + name)
	if err != nil {
		t.Fatal(err)
	}
	want, err := btf.Parse(raw, base)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if got.ByteOrder() != want.ByteOrder() || !slices.Equal(got.Words(), want.Words()) {
		t.Errorf("%s: (-want +got)\n%s", name, cmp.Diff(dump(t, want), dump(t, got)))
	}
	if !bytes.Equal(got.Strings(), want.Strings()) {
		t.Errorf("%s: strings %q, want %q", name, got.Strings(), want.Strings())
	}
	if got.HasLayout() && !bytes.Equal(got.Bytes(), raw) {
		t.Errorf("%s: blob\n%x, want\n%x", name, got.Bytes(), raw)
	}
}

// The refusals of libbpf's btf__add functions, and two of our own: a plain
// member whose offset would not fit beside a bitfield, and a NUL in a name.
func TestBuilderRefuses(t *testing.T) {
	member := func(m btf.Member) func(*btf.Builder) {
		return func(b *btf.Builder) { b.AddStruct("s", 8, m) }
	}
	tests := []struct {
		name string
		add  func(b *btf.Builder)
		want string
	}{
		{"int without a name", func(b *btf.Builder) { b.AddInt("", 4, 0) }, `[1] INT "": name is empty`},
		{"int of 3 bytes", func(b *btf.Builder) { b.AddInt("i", 3, 0) }, `[1] INT "i": size 3 is not 1, 2, 4, 8 or 16`},
		{"int of 0 bytes", func(b *btf.Builder) { b.AddInt("i", 0, 0) }, `[1] INT "i": size 0 is not 1, 2, 4, 8 or 16`},
		{"int of 32 bytes", func(b *btf.Builder) { b.AddInt("i", 32, 0) }, `[1] INT "i": size 32 is not 1, 2, 4, 8 or 16`},
		{"int with encoding 8", func(b *btf.Builder) { b.AddInt("i", 4, 8) }, `[1] INT "i": encoding 0x8 has unknown bits`},
		{"float without a name", func(b *btf.Builder) { b.AddFloat("", 4) }, `[1] FLOAT "": name is empty`},
		{"float of 3 bytes", func(b *btf.Builder) { b.AddFloat("f", 3) }, `[1] FLOAT "f": size 3 is not 2, 4, 8, 12 or 16`},
		{"typedef without a name", func(b *btf.Builder) { b.AddTypedef("", 0) }, `[1] TYPEDEF "": name is empty`},
		{"type tag without a value", func(b *btf.Builder) { b.AddTypeTag("", 0) }, `[1] TYPE_TAG "": name is empty`},
		{"locations without a section", func(b *btf.Builder) { b.AddLocsec("") }, `[1] LOCSEC "": name is empty`},
		{"location of no bytes", func(b *btf.Builder) { b.AddLocParam(0, btf.LocReg, 1) }, `[1] LOC_PARAM "": size 0 is not in 1 to 16`},
		{"location of 17 bytes", func(b *btf.Builder) { b.AddLocParam(17, btf.LocReg, 1) }, `[1] LOC_PARAM "": size 17 is not in 1 to 16`},
		{"type attribute without a value", func(b *btf.Builder) { b.AddTypeAttr("", 0) }, `[1] TYPE_TAG "": name is empty`},
		{"decl tag without a value", func(b *btf.Builder) { b.AddDeclTag("", 0, -1) }, `[1] DECL_TAG "": name is empty`},
		{"decl tag on component -2", func(b *btf.Builder) { b.AddDeclAttr("t", 0, -2) }, `[1] DECL_TAG "t": component -2 is below -1`},
		{"fwd without a name", func(b *btf.Builder) { b.AddFwd("", btf.FwdUnion) }, `[1] FWD "": name is empty`},
		{"enum fwd without a name", func(b *btf.Builder) { b.AddFwd("", btf.FwdEnum) }, `[1] ENUM "": name is empty`},
		{"fwd of what", func(b *btf.Builder) { b.AddFwd("f", 3) }, `[1] FWD "f": unknown kind of forward declaration 3`},
		{"func without a name", func(b *btf.Builder) { b.AddFunc("", 0, 1) }, `[1] FUNC "": name is empty`},
		{"func linkage 3", func(b *btf.Builder) { b.AddFunc("f", 3, 1) }, `[1] FUNC "f": unknown linkage 3`},
		{"var without a name", func(b *btf.Builder) { b.AddVar("", 0, 1) }, `[1] VAR "": name is empty`},
		{"var linkage 3", func(b *btf.Builder) { b.AddVar("v", 3, 1) }, `[1] VAR "v": unknown linkage 3`},
		{"datasec without a name", func(b *btf.Builder) { b.AddDatasec("", 1) }, `[1] DATASEC "": name is empty`},
		{"enum of 3 bytes", func(b *btf.Builder) { b.AddEnum("e", 3) }, `[1] ENUM "e": size 3 is not 1, 2, 4 or 8`},
		{"enum of 16 bytes", func(b *btf.Builder) { b.AddEnum64("e", 16, false) }, `[1] ENUM64 "e": size 16 is not 1, 2, 4 or 8`},
		{"enumerator without a name", func(b *btf.Builder) { b.AddEnum("e", 4, btf.EnumValue{Value: 1}) }, `[1] ENUM "e": enumerator without a name`},
		{"enumerator of ENUM64 without a name", func(b *btf.Builder) { b.AddEnum64("e", 4, true, btf.Enum64Value{}) },
			`[1] ENUM64 "e": enumerator without a name`},
		{"enumerator too large", func(b *btf.Builder) { b.AddEnum("e", 4, btf.EnumValue{Name: "v", Value: 1 << 32}) },
			`[1] ENUM "e": enumerator "v": 4294967296 does not fit in 32 bits`},
		{"enumerator too small", func(b *btf.Builder) {
			b.AddEnum("e", 4, btf.EnumValue{Name: "v", Value: math.MinInt32 - 1})
		}, `[1] ENUM "e": enumerator "v": -2147483649 does not fit in 32 bits`},
		{"unaligned member without a width", member(btf.Member{Name: "m", Offset: 1}), `[1] STRUCT "s": member "m": bitfield width 0 is not in 1 to 255`},
		{"bitfield of 256 bits", member(btf.Member{Name: "m", Width: 256}), `[1] STRUCT "s": member "m": bitfield width 256 is not in 1 to 255`},
		{"bitfield too far", member(btf.Member{Name: "m", Offset: 1 << 24, Width: 1}),
			`[1] STRUCT "s": member "m": bit offset 16777216 does not fit beside a bitfield`},
		{"plain member too far, bitfield after it", func(b *btf.Builder) {
			b.AddStruct("s", 8, btf.Member{Name: "m", Offset: 1 << 24}, btf.Member{Name: "b", Width: 1})
		}, `[1] STRUCT "s": member "m": bit offset 16777216 does not fit beside a bitfield`},
		{"union member with an offset", func(b *btf.Builder) { b.AddUnion("u", 8, btf.Member{Name: "m", Offset: 8}) },
			`[1] UNION "u": member "m": bit offset 8 in a union`},
		{"too many members", func(b *btf.Builder) { b.AddDatasec("d", 1, make([]btf.Secinfo, 1<<24)...) },
			`[1] DATASEC "d": 16777216 elements, at most 16777215 fit`},
		{"NUL in a name", func(b *btf.Builder) { b.AddTypedef("a\x00b", 0) }, `string "a\x00b" has a NUL byte`},
		{"reference to nothing", func(b *btf.Builder) { b.AddConst(2) }, "BTF types+0x8: [1] CONST: type 2 does not exist, the last one is 1"},
		{"func of no prototype", func(b *btf.Builder) { b.AddFunc("f", 0, 1) }, "BTF types+0x8: [1] FUNC: type 1 is not a FUNC_PROTO"},
	}
	for _, test := range tests {
		b := btf.NewBuilder(nil, nil)
		test.add(b)
		if _, err := b.Build(); err == nil || err.Error() != test.want {
			t.Errorf("%s:\n got %v\nwant %s", test.name, err, test.want)
		}
	}
}

// The first refusal stays, and nothing is added after it.
func TestBuilderSticks(t *testing.T) {
	b := btf.NewBuilder(nil, nil)
	b.AddInt("bad", 3, 0)
	first := b.Err()
	if id := b.AddPtr(0); id != 0 {
		t.Errorf("AddPtr after a refusal returns %d", id)
	}
	b.AddFloat("bad", 3)
	if off := b.AddString("more"); off != 0 || b.NextID() != 1 {
		t.Errorf("string at %d, next ID %d", off, b.NextID())
	}
	if first == nil || b.Err() != first {
		t.Errorf("error changed from %v to %v", first, b.Err())
	}
}

// Split BTF: IDs and strings go on, strings of the base are used, over two
// levels.
func TestBuilderSplit(t *testing.T) {
	ar, err := txtar.ParseFile("testdata/split.txtar")
	if err != nil {
		t.Fatal(err)
	}
	b := btf.NewBuilder(binary.BigEndian, nil)
	i := b.AddInt("int", 4, btf.EncodingSigned)
	v := b.AddVar("counter", btf.LinkageGlobal, i)
	base, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	b = btf.NewBuilder(nil, base)
	s := b.AddStruct("point", 8, btf.Member{Name: "int", Type: i}, btf.Member{Name: "y", Type: i, Offset: 32})
	p := b.AddPtr(s)
	b.AddFuncProto(0, btf.Param{Name: "counter", Type: p})
	b.AddDatasec(".data", 4, btf.Secinfo{Var: v, Size: 4})
	split, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	if got := dump(t, split); got != string(ar.Files[1].Data) {
		t.Errorf("split:\n%s", got)
	}
	if got, want := string(split.Strings()), "point\x00y\x00.data\x00"; got != want {
		t.Errorf("strings %q, want %q", got, want)
	}
	if split.ByteOrder() != binary.BigEndian || split.StringStart() != btf.StrOff(len(base.Strings())) || split.FirstID() != 3 {
		t.Errorf("order %v, strings from %d, IDs from %d", split.ByteOrder(), split.StringStart(), split.FirstID())
	}

	b = btf.NewBuilder(nil, split)
	b.AddTypedef("y", s)
	b.AddTypedef("counter", p)
	top, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	if len(top.Strings()) != 0 || top.Name(7) != "y" || top.Name(8) != "counter" || top.Name(3) != "point" || top.Name(1) != "int" {
		t.Errorf("strings %q, names %q %q %q %q", top.Strings(), top.Name(7), top.Name(8), top.Name(3), top.Name(1))
	}
	back, err := btf.Parse(top.Bytes(), split)
	if err != nil || dump(t, back) != dump(t, top) {
		t.Errorf("third level read back: %v", err)
	}
}

// Of many types WriteTo writes a piece at a time.
func TestWriteToPieces(t *testing.T) {
	for _, n := range []int{8191, 8192, 8193, 30_000} { // INTs of 4 words
		b := btf.NewBuilder(nil, nil)
		for i := range n {
			b.AddInt(fmt.Sprint("int", i%100), 4, 0)
		}
		types, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		for _, types := range []*btf.Types{types, types.WithLayout(true), reorder(t, binary.BigEndian, types)} {
			var buf bytes.Buffer
			if n, err := types.WriteTo(&buf); err != nil || n != int64(buf.Len()) || !bytes.Equal(buf.Bytes(), types.Bytes()) {
				t.Errorf("%d types: %d bytes of %d, %v", types.NumIDs(), n, len(types.Bytes()), err)
			}
		}
		for room := range 9 {
			w := &fullWriter{room: room * 20_000}
			want := min(int64(w.room), int64(len(types.Bytes())))
			if n, err := types.WriteTo(w); n != want || (err == nil) != (n == int64(len(types.Bytes()))) {
				t.Errorf("%d types, room for %d bytes: %d, %v", n, room, n, err)
			}
		}
	}
}

// fullWriter has room for a number of bytes.
type fullWriter struct{ room int }

func (w *fullWriter) Write(p []byte) (int, error) {
	n := min(len(p), w.room)
	w.room -= n
	if n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, nil
}

// The bytes of a small blob, written down by hand.
func TestBytes(t *testing.T) {
	b := btf.NewBuilder(nil, nil)
	b.AddInt("int", 4, btf.EncodingSigned)
	le, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	be := reorder(t, binary.BigEndian, le)
	tests := []struct {
		name  string
		types *btf.Types
		want  string
	}{
		{"little endian", le, "9feb0100 18000000 00000000 10000000 10000000 05000000" +
			"01000000 00000001 04000000 20000001 00 696e7400"},
		{"big endian", be, "eb9f0100 00000018 00000000 00000010 00000010 00000005" +
			"00000001 01000000 00000004 01000020 00 696e7400"},
		{"layout", le.WithLayout(true), "9feb0100 20000000 00000000 10000000 60000000 05000000 10000000 50000000" +
			"01000000 00000001 04000000 20000001" +
			"00000000 04000000 00000000 0c000000 000c0000 000c0000 00080000 00000000 00000000 00000000" +
			"00000000 00000000 00000000 00080000 04000000 000c0000 00000000 04000000 00000000 000c0000" +
			"00 696e7400"},
	}
	for _, test := range tests {
		if got, want := hex.EncodeToString(test.types.Bytes()), strings.ReplaceAll(test.want, " ", ""); got != want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, want)
		}
		var buf bytes.Buffer
		if n, err := test.types.WriteTo(&buf); err != nil || n != int64(buf.Len()) || test.types.Size() != buf.Len() || !bytes.Equal(buf.Bytes(), test.types.Bytes()) {
			t.Errorf("%s: WriteTo: %d, %v", test.name, n, err)
		}
	}
	if got := le.WithLayout(true).WithLayout(false).Bytes(); !bytes.Equal(got, le.Bytes()) {
		t.Errorf("layout on and off: %x", got)
	}
	if _, err := le.WriteTo(failingWriter{}); err != os.ErrClosed {
		t.Errorf("WriteTo: %v", err)
	}
	if err := le.Dump(failingWriter{}); err != os.ErrClosed {
		t.Errorf("Dump: %v", err)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

// A small blob can have more bytes of names than anyone could add.
func TestBuilderLongNames(t *testing.T) {
	const n, length = 1 << 10, 1 << 20
	text := "\x00" + strings.Repeat("a", length) + "\x00"
	var words []uint32
	for range n {
		words = append(words, 1, btf.Info(btf.KindStruct, 0, false), 0)
	}
	src, err := btf.New(nil, nil, words, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		add  func(b *btf.Builder)
	}{
		{"string", func(b *btf.Builder) {
			for range n {
				b.AddString(text[1 : 1+length])
			}
		}},
		{"record", func(b *btf.Builder) {
			for id := src.FirstID(); id < src.NumIDs(); id++ {
				b.AddRecord(src.Record(id), src)
			}
		}},
		{"types", func(b *btf.Builder) { b.AddTypes(src) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := btf.NewBuilder(nil, nil)
			tc.add(b)
			if _, err := b.Build(); err == nil || !strings.Contains(err.Error(), "the names so far have more than") {
				t.Errorf("%v", err)
			}
		})
	}
}
