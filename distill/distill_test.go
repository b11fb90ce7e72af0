package distill_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/internal/goldentest"
)

func TestRefused(t *testing.T) {
	const base = `[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] FUNC_PROTO '(anon)' ret_type_id=0 vlen=0
[3] FUNC 'fn' type_id=2 linkage=static
[4] VAR 'v' type_id=1, linkage=static
[5] DATASEC '.data' size=4 vlen=1
	type_id=4 offset=0 size=4
[6] DECL_TAG 'tag' type_id=3 component_idx=-1
[7] PTR '(anon)' type_id=4
[8] ENUM 'odd' encoding=UNSIGNED size=3 vlen=0
`
	for _, tc := range []struct {
		name, split, want string
		kind              btf.Kind // of a KindError
	}{
		{"tag on a function of the base", "[9] DECL_TAG 'x' type_id=3 component_idx=-1\n", "[3] FUNC 'fn'", btf.KindFunc},
		{"variable of the base", "[9] DATASEC '.bss' size=4 vlen=1\n\ttype_id=4 offset=0 size=4\n", "[4] VAR 'v'", btf.KindVar},
		{"variable behind a pointer", "[9] VAR 'p' type_id=7, linkage=static\n", "[4] VAR 'v'", btf.KindVar},
		{"section of the base", "[9] PTR '(anon)' type_id=5\n", "[5] DATASEC '.data'", btf.KindDatasec},
		{"tag of the base", "[9] PTR '(anon)' type_id=6\n", "[6] DECL_TAG 'tag'", btf.KindDeclTag},
		{"enum of a size that the format does not have", "[9] PTR '(anon)' type_id=8\n", "size 3 is not 1, 2, 4 or 8", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, out, err := distill.Distill(goldentest.Parse(t, tc.split, goldentest.Parse(t, base, nil)), distill.Options{})
			if err == nil || b != nil || out != nil {
				t.Fatalf("got %v, %v, %v", b, out, err)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %q has no %q", err, tc.want)
			}
			kind := new(distill.KindError)
			if is := errors.As(err, &kind); is != (tc.kind != 0) || is && kind.Kind != tc.kind {
				t.Errorf("error %#v, want a KindError of %v", err, tc.kind)
			}
		})
	}
}

func TestNotSplit(t *testing.T) {
	_, _, err := distill.Distill(goldentest.Parse(t, "[1] PTR '(anon)' type_id=0\n", nil), distill.Options{})
	if !errors.Is(err, distill.ErrNotSplit) {
		t.Errorf("got %v", err)
	}
}

// Kinds that only a layout section describes may refer to anything.
func TestUnknownKind(t *testing.T) {
	header := []uint32{0x0001eb9f, 32, 0, 12, 12 + 168, 2, 12, 168}
	words := append(header, 1, btf.Info(41, 0, false), 0)
	words = append(words, make([]uint32, 42)...) // layout: no kind has more than the head
	var raw []byte
	for _, w := range words {
		raw = binary.LittleEndian.AppendUint32(raw, w)
	}
	base := goldentest.Parse(t, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n", nil)
	split, err := btf.Parse(append(raw, "x\x00"...), base)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = distill.Distill(split, distill.Options{})
	if kind := new(distill.KindError); !errors.As(err, &kind) || kind.Kind != 41 || kind.ID != 2 {
		t.Errorf("got %v", err)
	}
}

// Both results are in the byte order of the input, and have the short header.
func TestForm(t *testing.T) {
	for _, g := range goldens(t) {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			oldBase := reorder(t, order, g.base, g.base.Base())
			base, split, err := distill.Distill(reorder(t, order, g.split, oldBase).WithLayout(true), distill.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, types := range []*btf.Types{base, split} {
				if types.ByteOrder() != order || types.HasLayout() {
					t.Errorf("%s: %v and layout %v from %v", g.Path, types.ByteOrder(), types.HasLayout(), order)
				}
				back, err := btf.Parse(types.Bytes(), types.Base())
				if err != nil {
					t.Fatalf("%s: %v", g.Path, err)
				}
				if !bytes.Equal(back.Bytes(), types.Bytes()) || order.Uint32(types.Bytes()[4:]) != 24 {
					t.Errorf("%s: %v: not what it was when read again", g.Path, order)
				}
			}
			if split.Base() != base || base.Base() != nil {
				t.Errorf("%s: the split types are not over the distilled base", g.Path)
			}
		}
	}
}

func reorder(t *testing.T, order binary.ByteOrder, types, base *btf.Types) *btf.Types {
	t.Helper()
	c, err := btf.New(order, base, types.Words(), types.Strings())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Kernels count void as a type only if there is another one, so a base that types are
// split from must not be empty. Nothing refers to the type that it gets instead.
func TestEmptyBase(t *testing.T) {
	base := goldentest.Parse(t, `[1] INT 'long unsigned int' size=8 bits_offset=0 nr_bits=64 encoding=(none)
[2] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[3] PTR '(anon)' type_id=0
`, nil)
	for _, split := range []string{
		"[4] PTR '(anon)' type_id=0\n",
		"[4] TYPEDEF 'p' type_id=3\n",
		"[4] STRUCT 's' size=8 vlen=1\n\t'int' type_id=3 bits_offset=0\n",
	} {
		got, out, err := distill.Distill(goldentest.Parse(t, split, base), distill.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if text := goldentest.Dump(t, got); text != "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n" {
			t.Errorf("%q: base is\n%s", split, text)
		}
		for id, rec := range out.Own() {
			for ref := range rec.Refs() {
				if ref == 1 {
					t.Errorf("%q: [%d] refers to the type of the base", split, id)
				}
			}
		}
	}
}

// What is to be kept is treated as if a split type referred to it.
func TestKeep(t *testing.T) {
	base := goldentest.Parse(t, `[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] STRUCT 'foo' size=4 vlen=1
	'm' type_id=1 bits_offset=0
[3] TYPEDEF 'foo_t' type_id=2
[4] FUNC_PROTO '(anon)' ret_type_id=0 vlen=0
[5] FUNC 'fn' type_id=4 linkage=static
[6] UNION 'bar' size=4 vlen=0
`, nil)
	split := goldentest.Parse(t, "[7] PTR '(anon)' type_id=6\n", base)
	got, out, err := distill.Distill(split, distill.Options{Keep: []btf.ID{0, 3, 3, 7, 100}})
	if err != nil {
		t.Fatal(err)
	}
	want := "[1] STRUCT 'foo' size=4 vlen=0\n[2] UNION 'bar' size=4 vlen=0\n"
	wantOut := "[3] PTR '(anon)' type_id=2\n[4] TYPEDEF 'foo_t' type_id=1\n"
	if goldentest.Dump(t, got) != want || goldentest.Dump(t, out) != wantOut {
		t.Errorf("base\n%ssplit\n%s", goldentest.Dump(t, got), goldentest.Dump(t, out))
	}
	if _, _, err := distill.Distill(split, distill.Options{Keep: []btf.ID{5}}); !errors.As(err, new(*distill.KindError)) {
		t.Errorf("a function is kept: %v", err)
	}
}
