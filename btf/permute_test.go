package btf_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// reversed maps the own IDs of t to the opposite order.
func reversed(t *btf.Types) []btf.ID {
	var to []btf.ID
	for id := t.FirstID(); id < t.NumIDs(); id++ {
		to = append(to, t.NumIDs()-1-(id-t.FirstID()))
	}
	return to
}

func TestPermute(t *testing.T) {
	plain := libbpfBase(t)
	got, err := btf.Permute(plain, reversed(plain))
	if err != nil {
		t.Fatal(err)
	}
	sameAsLibbpf(t, "permute.btf", nil, got)
	again, err := btf.Permute(got.WithLayout(true), reversed(got))
	if err != nil || !bytes.Equal(again.Bytes(), plain.WithLayout(true).Bytes()) {
		t.Errorf("twice: %v", err)
	}

	split := libbpfSplit(t, plain)
	if got, err = btf.Permute(split, reversed(split)); err != nil {
		t.Fatal(err)
	}
	sameAsLibbpf(t, "permute-split.btf", plain, got)
}

func TestPermuteRefuses(t *testing.T) {
	base, err := btf.ParseText("[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n[2] PTR '(anon)' type_id=1\n[3] CONST '(anon)' type_id=2\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	split, err := btf.ParseText("[4] PTR '(anon)' type_id=3\n[5] PTR '(anon)' type_id=4\n", base)
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := btf.Parse(unknownKinds(binary.LittleEndian), nil)
	if err != nil {
		t.Fatal(err)
	}
	longHeader, err := btf.Parse(blob{strs: "\x00", extra: []byte{0, 0, 1}}.bytes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		types *btf.Types
		to    []btf.ID
		want  string
	}{
		{"too few IDs", base, []btf.ID{1, 2}, "permute: 2 IDs for 3 types"},
		{"one for void", base, []btf.ID{0, 1, 2, 3}, "permute: 4 IDs for 3 types"},
		{"void", base, []btf.ID{1, 0, 2}, "permute: [2] cannot become [0]: the types go from 1 to 3"},
		{"past the end", base, []btf.ID{1, 4, 2}, "permute: [2] cannot become [4]: the types go from 1 to 3"},
		{"twice the same", base, []btf.ID{3, 1, 3}, "permute: [1] and [3] cannot both become [3]"},
		{"into the base", split, []btf.ID{4, 3}, "permute: [5] cannot become [3]: the types go from 4 to 5"},
		{"the base's types too", split, []btf.ID{1, 2, 3, 4, 5}, "permute: 5 IDs for 2 types"},
		{"unknown kinds", unknown, []btf.ID{3, 2, 1}, "permute: [2]: kind 41 is not known, nor what its records refer to"},
		{"an unknown header", longHeader, nil, "permute: the header has fields that are not known"},
	} {
		before := test.types.Bytes()
		got, err := btf.Permute(test.types, test.to)
		if got != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if !bytes.Equal(test.types.Bytes(), before) {
			t.Errorf("%s: the types have changed", test.name)
		}
	}
}

// Types without a name come first, the others by the bytes of their names;
// equal ones keep their order. The base is left alone.
func TestSortByName(t *testing.T) {
	base := intBase(t)
	b := btf.NewBuilder(nil, base)
	b.AddTypedef("b", 1)
	b.AddTypedef("ab", 2)
	b.AddPtr(3)
	b.AddTypedef("B", 4)
	b.AddFwd("b", btf.FwdStruct)
	b.AddConst(6)
	b.AddTypedef("a", 7)
	b.AddTypedef("\xff", 8)
	got, err := btf.SortByName(mustBuild(t, b))
	if err != nil {
		t.Fatal(err)
	}
	want := `[2] PTR '(anon)' type_id=6
[3] CONST '(anon)' type_id=8
[4] TYPEDEF 'B' type_id=2
[5] TYPEDEF 'a' type_id=3
[6] TYPEDEF 'ab' type_id=7
[7] TYPEDEF 'b' type_id=1
[8] FWD 'b' fwd_kind=struct
[9] TYPEDEF '\xff' type_id=5
`
	if text := dump(t, got); text != want {
		t.Errorf("got\n%s", text)
	}
	empty, err := btf.SortByName(mustBuild(t, btf.NewBuilder(nil, base)))
	if err != nil || empty.NumIDs() != empty.FirstID() {
		t.Errorf("no types: %v", err)
	}
}

// Any order and back is the same blob, and what a name stands for does not
// depend on the order.
func TestPermuteBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, g := range goldens(t) {
		for _, types := range g.types(t) {
			to := reversed(types)
			rng.Shuffle(len(to), func(i, j int) { to[i], to[j] = to[j], to[i] })
			got, err := btf.Permute(types, to)
			if err != nil {
				t.Fatalf("%s: %v", g.name, err)
			}
			back := make([]btf.ID, len(to))
			for i, id := range to {
				old := types.FirstID() + btf.ID(i)
				back[id-types.FirstID()] = old
				a, b := types.Record(old), got.Record(id)
				if a[0] != b[0] || a[1] != b[1] || len(a) != len(b) {
					t.Errorf("%s: [%d] is not [%d]", g.name, id, old)
				}
			}
			same, err := btf.Permute(got, back)
			if err != nil || !slices.Equal(same.Words(), types.Words()) {
				t.Errorf("%s: there and back: %v", g.name, err)
			}
		}
	}
}

// WithByteOrder changes what is written, not what is read.
func TestWithByteOrder(t *testing.T) {
	types := libbpfBase(t)
	big := types.WithByteOrder(binary.BigEndian)
	if big.ByteOrder() != binary.BigEndian || types.ByteOrder() != binary.LittleEndian {
		t.Errorf("%v, %v", big.ByteOrder(), types.ByteOrder())
	}
	sameAsLibbpf(t, "plain-big.btf", nil, big)
	swapped, err := btf.Parse(big.Bytes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := swapped.WithByteOrder(binary.LittleEndian).Bytes(); !bytes.Equal(got, types.Bytes()) {
		t.Error("there and back, the blob differs")
	}
	// What was read in the other order can be added to and written in it.
	b := btf.NewBuilder(swapped.ByteOrder(), nil)
	b.AddTypes(swapped)
	v := b.AddVar("some", btf.LinkageGlobal, 1)
	more, err := btf.Parse(mustBuild(t, b).Bytes(), nil)
	if err != nil || more.ByteOrder() != binary.BigEndian || more.Name(v) != "some" || more.Record(v)[2] != 1 || more.Record(v)[3] != uint32(btf.LinkageGlobal) {
		t.Errorf("added to: %v", err)
	}
	if got := mustBuild(t, btf.NewBuilder(nil, big)).WithByteOrder(nil).ByteOrder(); got != binary.BigEndian {
		t.Errorf("split BTF without an order of its own: %v", got)
	}
}
