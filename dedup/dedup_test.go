package dedup

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/internal/unitgen"
)

// typesOf makes BTF of records and strings.
func typesOf(t *testing.T, base *btf.Types, words []uint32, strs string) *btf.Types {
	t.Helper()
	types, err := btf.New(nil, base, words, []byte(strs))
	if err != nil {
		t.Fatal(err)
	}
	return types
}

func intRecord(name uint32) []uint32 {
	return []uint32{name, btf.Info(btf.KindInt, 0, false), 4, 32}
}

// TestStrings has strings that are there twice or not used. They are sorted out
// before types are compared, unless the caller wants the strings left alone.
func TestStrings(t *testing.T) {
	const strs = "\x00unused\x00b\x00a\x00b\x00x\x00"
	const unused, b1, a, b2, x = 1, 8, 10, 12, 14
	words := slices.Concat(intRecord(b1), intRecord(a), intRecord(b2),
		[]uint32{0, btf.Info(btf.KindStruct, 2, false), 8, x, 1, 0, b2, 3, 32},
		[]uint32{0, btf.Info(btf.KindStruct, 2, false), 8, x, 1, 0, b1, 1, 32})
	in := typesOf(t, nil, words, strs)

	out, err := Dedup(context.Background(), in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(out.Strings()), "\x00b\x00a\x00x\x00"; got != want {
		t.Errorf("strings %q, want %q", got, want)
	}
	if n := out.NumIDs(); n != 4 {
		t.Errorf("%d types, want 3", n-1)
	}

	out, err = Dedup(context.Background(), in, Options{KeepStrings: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(out.Strings()); got != strs {
		t.Errorf("kept strings %q, want %q", got, strs)
	}
	if n := out.NumIDs(); n != 6 {
		t.Errorf("with kept strings %d types, want 5", n-1)
	}
}

// TestSplitStrings has names of the split part that the base has as well.
func TestSplitStrings(t *testing.T) {
	base := typesOf(t, nil, intRecord(1), "\x00int\x00")
	const first = 5
	words := slices.Concat(intRecord(first), intRecord(1), intRecord(first+4), []uint32{first + 9, btf.Info(btf.KindTypedef, 0, false), 2})
	in := typesOf(t, base, words, "int\x00long\x00in\x00")
	out, err := Dedup(context.Background(), in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(out.Strings()), "long\x00in\x00"; got != want {
		t.Errorf("strings %q, want %q", got, want)
	}
	if diff := goldentest.Dump(t, out); diff != "[2] INT 'long' size=4 bits_offset=0 nr_bits=32 encoding=(none)\n[3] TYPEDEF 'in' type_id=1\n" {
		t.Error(diff)
	}
	if out.Base() != base {
		t.Error("the base is another one")
	}
}

// TestBaseOfBase dedups against two levels of base.
func TestBaseOfBase(t *testing.T) {
	base := typesOf(t, nil, intRecord(1), "\x00int\x00")
	middle := typesOf(t, base, slices.Concat(intRecord(5), []uint32{0, btf.Info(btf.KindPtr, 0, false), 1}), "long\x00")
	words := slices.Concat(intRecord(10), intRecord(14), []uint32{0, btf.Info(btf.KindPtr, 0, false), 4}, []uint32{0, btf.Info(btf.KindPtr, 0, false), 5})
	in := typesOf(t, middle, words, "int\x00long\x00")
	out, err := Dedup(context.Background(), in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := goldentest.Dump(t, out), "[4] PTR '(anon)' type_id=2\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestUnchanged checks what Dedup must leave alone: its input, and the form of
// the blob.
func TestUnchanged(t *testing.T) {
	words := slices.Concat(intRecord(1), intRecord(1), []uint32{0, btf.Info(btf.KindPtr, 0, false), 2})
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, layout := range []bool{false, true} {
			in, err := btf.New(order, nil, slices.Clone(words), []byte("\x00int\x00"))
			if err != nil {
				t.Fatal(err)
			}
			in = in.WithLayout(layout)
			before := in.Bytes()
			out, err := Dedup(context.Background(), in, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(in.Bytes(), before) {
				t.Error("the input has changed")
			}
			if out.NumIDs() != 3 || out.ByteOrder() != order || out.HasLayout() != layout {
				t.Errorf("%d types, %v, layout %v", out.NumIDs()-1, out.ByteOrder(), out.HasLayout())
			}
		}
	}
}

func TestDedupErrors(t *testing.T) {
	ptr := btf.Info(btf.KindPtr, 0, false)
	loop := typesOf(t, nil, []uint32{0, ptr, 2, 0, ptr, 1}, "\x00")
	if _, err := Dedup(context.Background(), loop, Options{}); !errors.Is(err, ErrLoop) || !strings.HasPrefix(err.Error(), "dedup: type ") {
		t.Errorf("a loop: %v", err)
	}
	structOfVar := []uint32{2, btf.Info(btf.KindStruct, 1, false), 8, 1, 2, 0}
	variable := []uint32{1, btf.Info(btf.KindVar, 0, false), 1, 0}
	opaque := typesOf(t, nil, slices.Concat(intRecord(1), variable, structOfVar,
		[]uint32{2, btf.Info(btf.KindStruct, 1, false), 8, 1, 5, 0}, variable), "\x00a\x00b\x00")
	var broken *TypeError
	if _, err := Dedup(context.Background(), opaque, Options{}); !errors.Is(err, ErrOpaque) || !errors.As(err, &broken) || broken.ID != 5 {
		t.Errorf("structs of variables: %v", err)
	}
	unknown, err := btf.Parse(layoutBlob(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	var uk *UnknownKindError
	if _, err := Dedup(context.Background(), unknown, Options{}); !errors.As(err, &uk) || uk.Kind != 40 {
		t.Errorf("kind 40: %v", err)
	}
	split := typesOf(t, unknown, nil, "")
	if _, err := Dedup(context.Background(), split, Options{}); !errors.As(err, &uk) || !strings.Contains(err.Error(), "base: [1]") {
		t.Errorf("kind 40 in the base: %v", err)
	}
}

// layoutBlob is BTF with a type of kind 40, whose size is in the layout section.
func layoutBlob(t *testing.T) []byte {
	t.Helper()
	le := binary.LittleEndian
	var b []byte
	b = le.AppendUint16(b, 0xeb9f)
	b = append(b, 1, 0)
	layout := make([]byte, 4*41)
	for _, n := range []int{32, 0, 12, 12 + len(layout), 1, 12, len(layout)} {
		b = le.AppendUint32(b, uint32(n))
	}
	b = le.AppendUint32(le.AppendUint32(le.AppendUint32(b, 0), 40<<24), 0)
	return append(append(b, layout...), 0)
}

// Names that overlap would have more bytes in the result than anyone could use.
func TestOverlappingNames(t *testing.T) {
	const n, length = 1 << 8, 1 << 20
	var words []uint32
	for i := range uint32(n) {
		words = append(words, 1+i, btf.Info(btf.KindStruct, 0, false), 0)
	}
	types, err := btf.New(nil, nil, words, []byte("\x00"+strings.Repeat("a", length)+"\x00"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Dedup(context.Background(), types, Options{}); err == nil || !strings.Contains(err.Error(), "dedup: the names have more than") {
		t.Errorf("%v", err)
	}
}

// TestWorkError looks at what the error says.
func TestWorkError(t *testing.T) {
	// Structs of one name with arrays of different elements.
	var b unitgen.Unit
	b.Add(unitgen.IntWords(1))
	for i := range uint32(5000) {
		b.Add(unitgen.StructWords(2, 1), 3*i+3)
		b.Add(unitgen.Head(0, btf.KindArray, 0, false, 0, 4), 3*i+4, 1)
		b.Add(unitgen.StructWords(10+i, 1), 1)
	}
	_, err := Dedup(context.Background(), unitgen.Types(t, nil, nil, []*unitgen.Unit{&b}), Options{})
	work := (*WorkError)(nil)
	if !errors.As(err, &work) || work.Name != "n2" || !strings.HasPrefix(err.Error(), `dedup: "n2": type `) {
		t.Errorf("error %v, want a WorkError about n2", err)
	}
}

// TestCancelled has a context that ends before the work does.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	types := typesOf(t, nil, intRecord(1), "\x00a\x00")
	if _, err := Dedup(ctx, types, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}
