package btf_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

func mustBuild(t testing.TB, b *btf.Builder) *btf.Types {
	t.Helper()
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// libbpfBase and libbpfSplit are what testdata/libbpf/edit.c works on.
func libbpfBase(t *testing.T) *btf.Types {
	t.Helper()
	return mustBuild(t, allKinds(binary.LittleEndian))
}

func libbpfSplit(t *testing.T, base *btf.Types) *btf.Types {
	t.Helper()
	b := btf.NewBuilder(nil, base)
	b.AddTypedef("f1", 1)
	b.AddStruct("new", 4, btf.Member{Name: "int", Type: 27}, btf.Member{Name: "new", Type: 27})
	return mustBuild(t, b)
}

// The types of one BTF go after those of another: references among them move,
// strings that are there are used again.
func TestAddTypes(t *testing.T) {
	plain := libbpfBase(t)
	b := allKinds(binary.LittleEndian)
	if id := b.AddTypes(plain); id != 27 {
		t.Errorf("the first added type is [%d]", id)
	}
	sameAsLibbpf(t, "append.btf", nil, mustBuild(t, b))
}

// Split BTF goes after other types over the same base: references into the
// base stay, so do names of the base.
func TestAddTypesSplit(t *testing.T) {
	plain := libbpfBase(t)
	split := libbpfSplit(t, plain)
	b := btf.NewBuilder(nil, plain)
	b.AddTypedef("mine", 14)
	if id := b.AddTypes(split); id != 28 {
		t.Errorf("the first added type is [%d]", id)
	}
	if id := b.AddTypes(split); id != 30 {
		t.Errorf("added again, the first type is [%d]", id)
	}
	sameAsLibbpf(t, "append-split.btf", plain, mustBuild(t, b))
}

// Types without a base go after split BTF, and their references with them;
// the order in which the other blob is written does not matter.
func TestAddTypesToSplit(t *testing.T) {
	base := intBase(t)
	o := btf.NewBuilder(binary.BigEndian, nil)
	i := o.AddInt("int", 4, 0)
	o.AddConst(o.AddPtr(i))
	b := btf.NewBuilder(nil, base)
	b.AddTypes(mustBuild(t, o))
	got := mustBuild(t, b)
	want := "[2] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=(none)\n[3] PTR '(anon)' type_id=2\n[4] CONST '(anon)' type_id=3\n"
	if text := dump(t, got); text != want {
		t.Errorf("got\n%s", text)
	}
	if len(got.Strings()) != 0 || got.ByteOrder() != binary.LittleEndian {
		t.Errorf("strings %q, %v", got.Strings(), got.ByteOrder())
	}
}

func TestAddTypesRefuses(t *testing.T) {
	base := intBase(t)
	split := mustBuild(t, btf.NewBuilder(nil, base))
	unknown, err := btf.Parse(unknownKinds(binary.LittleEndian), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		to   *btf.Types // base of the builder
		add  *btf.Types
		want string
	}{
		{"split BTF to a base", nil, split, "split BTF over another base"},
		{"split BTF over an equal base that is another", intBase(t), split, "split BTF over another base"},
		{"split BTF over the base's base", split, mustBuild(t, btf.NewBuilder(nil, base)), "split BTF over another base"},
		{"an unknown kind", nil, unknown, `kind 40 "u": kind 40 is not known, nor what its records refer to`},
	} {
		b := btf.NewBuilder(nil, test.to)
		next := b.NextID()
		if id := b.AddTypes(test.add); id != 0 || b.NextID() != next {
			t.Errorf("%s: added as [%d]", test.name, id)
		}
		if err := b.Err(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if b.AddTypes(base) != 0 {
			t.Errorf("%s: the refusal does not stick", test.name)
		}
	}
}
