package mincore_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btf/ext"
	"github.com/gopahole/gopahole/inspect/mincore"
	"github.com/gopahole/gopahole/internal/goldentest"
)

// relocations makes .BTF.ext.
func relocations(relos ...ext.CoreRelo) []byte {
	var b bytes.Buffer
	put := func(words ...uint32) { _ = binary.Write(&b, binary.LittleEndian, words) }
	put(0x0001eb9f, 32, 0, 0, 0, 0, 0, uint32(12+16*len(relos)), 16, 0, uint32(len(relos)))
	for _, r := range relos {
		put(r.Insn, uint32(r.Type), uint32(r.Access), uint32(r.Kind))
	}
	return b.Bytes()
}

// program has types and the texts of accesses, which are the names of declarations.
func program(t testing.TB, text string, accesses ...string) (*btf.Types, []btf.StrOff) {
	t.Helper()
	types := goldentest.Parse(t, text, nil)
	b := btf.NewBuilder(types.ByteOrder(), nil)
	b.AddTypes(types)
	var offs []btf.StrOff
	for _, a := range accesses {
		offs = append(offs, b.AddString(a))
	}
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return types, offs
}

const small = `[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] STRUCT 's' size=8 vlen=3
	'a' type_id=1 bits_offset=0
	'(anon)' type_id=3 bits_offset=32
	'bit' type_id=1 bits_offset=63 bitfield_size=1
[3] ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=2
[4] ENUM 'e' encoding=UNSIGNED size=4 vlen=1
	'E' val=0
[5] STRUCT '(anon)' size=0 vlen=0
[6] FUNC_PROTO '(anon)' ret_type_id=0 vlen=0
[7] FUNC 'f' type_id=6 linkage=global
`

// TestMalformed has relocations that do not fit the program's types.
func TestMalformed(t *testing.T) {
	for _, c := range []struct {
		name   string
		kind   ext.CoreKind
		typ    btf.ID
		access string
		msg    string
	}{
		{"a kind of the future", 13, 2, "0", "kind 13 of s: not known"},
		{"a large kind", 1 << 31, 2, "0", "not known"},
		{"no type", ext.FieldExists, 8, "0", "there is no type 8"},
		{"no access", ext.FieldExists, 2, "", "no list of numbers"},
		{"words", ext.FieldExists, 2, "0:a", "no list of numbers"},
		{"a colon first", ext.FieldExists, 2, ":0", "no list of numbers"},
		{"a colon last", ext.FieldExists, 2, "0:", "no list of numbers"},
		{"a space", ext.FieldExists, 2, "0 1", "no list of numbers"},
		{"a sign", ext.FieldExists, 2, "+0", "no list of numbers"},
		{"two colons", ext.FieldExists, 2, "0::1", "no list of numbers"},
		{"a negative number", ext.FieldExists, 2, "0:-1", "no list of numbers"},
		{"a large number", ext.FieldExists, 2, "0:2147483648", "no list of numbers"},
		{"a long number", ext.FieldExists, 2, strings.Repeat("0", 1000), "no list of numbers"},
		{"many numbers", ext.FieldExists, 2, strings.Repeat("0:", 64) + "0", "more than 64"},
		{"a member that is not there", ext.FieldExists, 2, "0:3", "member 3 of 3"},
		{"an element that is not there", ext.FieldExists, 2, "0:1:2", "element 2 of 2"},
		{"into an int", ext.FieldExists, 2, "0:0:0", "goes into a INT"},
		{"a field of void", ext.FieldExists, 0, "0", "no size"},
		{"a field of a function", ext.FieldExists, 7, "0", "no size"},
		{"the sign of an element", ext.FieldSigned, 2, "0:1:1", "element"},
		{"an access in a type", ext.TypeExists, 2, "0:1", "not 0"},
		{"another access of a type", ext.TypeSize, 2, "1", "not 0"},
		{"the size of void", ext.TypeSize, 0, "0", "without a name"},
		{"the size of a function", ext.TypeSize, 7, "0", "no size"},
		{"no enum", ext.EnumvalValue, 2, "0", "no enumerator"},
		{"no enumerator", ext.EnumvalValue, 4, "1", "no enumerator"},
		{"two enumerators", ext.EnumvalValue, 4, "0:0", "no enumerator"},
		{"no name", ext.TypeExists, 5, "0", "without a name"},
	} {
		types, access := program(t, small, c.access)
		_, err := mincore.NewObject("o", types, relocations(ext.CoreRelo{Insn: 8, Type: c.typ, Access: access[0], Kind: c.kind}), 0)
		var relo *mincore.ReloError
		if !errors.As(err, &relo) || relo.Insn != 8 || !strings.Contains(err.Error(), c.msg) {
			t.Errorf("%s: %v, want %q", c.name, err, c.msg)
		}
	}
	types, _ := program(t, small)
	if _, err := mincore.NewObject("o", types, relocations(ext.CoreRelo{Type: 2, Access: 1 << 30}), 0); err == nil {
		t.Error("an access outside the strings")
	}
}

// TestBounded has types that libbpf never ends with, or not in reasonable time.
func TestBounded(t *testing.T) {
	const head = "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n[2] STRUCT 's' size=8 vlen=1\n\t'm' type_id=1 bits_offset=0\n"
	wide := func(form string) string { // 40 types, each twice in the one before
		var b strings.Builder
		b.WriteString("[1] STRUCT 's' size=8 vlen=2\n\t'(anon)' type_id=2 bits_offset=0\n\t'(anon)' type_id=2 bits_offset=0\n")
		for i := 2; i < 42; i++ {
			fmt.Fprintf(&b, form, i, i+1)
		}
		b.WriteString("[42] STRUCT '(anon)' size=0 vlen=0\n")
		return b.String()
	}
	for _, c := range []struct {
		name, local, kernel string
		kind                ext.CoreKind
		access              string
	}{
		{"a qualifier of itself", head, "[1] STRUCT 's' size=8 vlen=1\n\t'm' type_id=2 bits_offset=0\n[2] CONST '(anon)' type_id=2\n", ext.FieldExists, "0:0"},
		{"anonymous members, doubled", head, wide("[%[1]d] STRUCT '(anon)' size=8 vlen=2\n\t'(anon)' type_id=%[2]d bits_offset=0\n\t'(anon)' type_id=%[2]d bits_offset=0\n"),
			ext.FieldExists, "0:0"},
		{"a pointer to itself", "[1] PTR '(anon)' type_id=1\n[2] TYPEDEF 's' type_id=1\n", "[1] PTR '(anon)' type_id=1\n[2] TYPEDEF 's' type_id=1\n",
			ext.TypeExists, "0"},
		{"a prototype of itself", "[1] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2\n\t'a' type_id=1\n\t'b' type_id=1\n[2] TYPEDEF 's' type_id=1\n",
			"[1] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2\n\t'a' type_id=1\n\t'b' type_id=1\n[2] TYPEDEF 's' type_id=1\n", ext.TypeExists, "0"},
		{"a struct in itself", "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n[2] STRUCT 's' size=8 vlen=1\n\t'm' type_id=2 bits_offset=0\n",
			"[1] STRUCT 's' size=8 vlen=1\n\t'm' type_id=1 bits_offset=0\n", ext.TypeMatches, "0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			types, access := program(t, c.local, c.access)
			o, err := mincore.NewObject("o", types, relocations(ext.CoreRelo{Type: 2, Access: access[0], Kind: c.kind}), 0)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := mincore.New(o).Minimize(goldentest.Parse(t, c.kernel, nil), 0); err == nil {
				t.Errorf("%d types", got.NumIDs()-1)
			}
		})
	}
	types, access := program(t, "[1] CONST '(anon)' type_id=1\n[2] TYPEDEF 's' type_id=1\n", "0:0")
	if _, err := mincore.NewObject("o", types, relocations(ext.CoreRelo{Type: 2, Access: access[0]}), 0); !errors.Is(err, mincore.ErrWork) {
		t.Errorf("a qualifier of itself in the program: %v", err)
	}
}

// TestLoops has a type that refers to itself as C allows, through pointers, and marking ends.
func TestLoops(t *testing.T) {
	const text = `[1] STRUCT 's' size=16 vlen=2
	'next' type_id=2 bits_offset=0
	'call' type_id=3 bits_offset=64
[2] PTR '(anon)' type_id=1
[3] PTR '(anon)' type_id=4
[4] FUNC_PROTO '(anon)' ret_type_id=0 vlen=1
	'by_value' type_id=1
`
	for kind, want := range map[ext.CoreKind]string{
		ext.TypeExists: "[1] STRUCT 's' size=16 vlen=0\n", ext.TypeMatches: text,
	} {
		types, access := program(t, text, "0")
		if got := goldentest.Dump(t, minimal(t, types, types, ext.CoreRelo{Type: 1, Access: access[0], Kind: kind})); got != want {
			t.Errorf("%v: %s", kind, got)
		}
	}
}

// TestNameTwice has a name twice, first with an incompatible type in an anonymous member,
// as no compiler has it.
func TestNameTwice(t *testing.T) {
	const kernel = `[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] STRUCT 's' size=16 vlen=3
	'(anon)' type_id=3 bits_offset=0
	'other' type_id=1 bits_offset=64
	'(anon)' type_id=5 bits_offset=96
[3] STRUCT '(anon)' size=8 vlen=1
	'm' type_id=4 bits_offset=0
[4] PTR '(anon)' type_id=1
[5] STRUCT '(anon)' size=4 vlen=1
	'm' type_id=1 bits_offset=0
`
	const want = `[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] STRUCT 's' size=16 vlen=1
	'(anon)' type_id=3 bits_offset=96
[3] STRUCT '(anon)' size=4 vlen=1
	'm' type_id=1 bits_offset=0
`
	types, access := program(t, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"+
		"[2] STRUCT 's' size=4 vlen=1\n\t'm' type_id=1 bits_offset=0\n", "0:0")
	target := goldentest.Parse(t, kernel, nil)
	if got := goldentest.Dump(t, minimal(t, types, target, ext.CoreRelo{Type: 2, Access: access[0]})); got != want {
		t.Error(got)
	}
}

// minimal is what one relocation needs.
func minimal(t testing.TB, program, kernel *btf.Types, relo ext.CoreRelo) *btf.Types {
	t.Helper()
	o, err := mincore.NewObject("o", program, relocations(relo), 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := mincore.New(o).Minimize(kernel, 0)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// FuzzMinimize: whatever program and kernel there are, it ends, is the same each time, and
// what it makes needs nothing more of itself.
func FuzzMinimize(f *testing.F) {
	types, data := contents(f, "testdata/relocations-el.o")
	for _, g := range goldentest.Load(f) {
		f.Add(types.Bytes(), data, g.Types(f, "types", nil).Bytes())
	}
	f.Add(types.Bytes(), data, types.Bytes())
	f.Fuzz(func(t *testing.T, raw, data, kernel []byte) {
		own, err := btf.Parse(raw, nil)
		if err != nil {
			t.Skip("nothing that can be read")
		}
		target, err := btf.Parse(kernel, nil)
		if err != nil {
			t.Skip("nothing that can be read")
		}
		o, err := mincore.NewObject("o", own, data, 8)
		if err != nil {
			t.Skip("nothing that can be read")
		}
		m := mincore.New(o)
		got, err := m.Minimize(target, 8)
		again, err2 := m.Minimize(target, 8)
		if fmt.Sprint(err) != fmt.Sprint(err2) || err == nil && !bytes.Equal(got.Bytes(), again.Bytes()) {
			t.Fatal("two runs differ")
		}
		if err != nil {
			return
		}
		if got.NumIDs() > target.NumIDs() || len(got.Words()) > len(target.Words()) {
			t.Fatalf("%d types of %d", got.NumIDs(), target.NumIDs())
		}
		if _, err := btf.Parse(got.Bytes(), nil); err != nil {
			t.Fatal(err)
		}
	})
}
