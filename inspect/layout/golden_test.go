package layout_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/layout"
	"github.com/gopahole/gopahole/internal/goldentest"
)

var update = flag.Bool("update", false, "write the layouts into the goldens")

// variants are what types are printed with.
var variants = []struct {
	part    string
	options layout.Options
	flags   []string // of pahole
}{
	{"want", layout.Options{}, nil},
	{"want.expanded", layout.Options{Expand: true}, []string{"--expand_types"}},
	{"want.hex", layout.Options{Hex: true}, []string{"--hex"}},
}

// TestGolden has the text of small types. That it is pahole's, TestPeerGoldens checks.
func TestGolden(t *testing.T) {
	for _, g := range goldentest.Load(t) {
		t.Run(g.Name(), func(t *testing.T) {
			types := g.Types(t, "types", nil)
			for _, v := range variants {
				var buf bytes.Buffer
				if err := layout.NewPrinter(&buf, types, v.options).All(layout.Filter{}); err != nil {
					t.Fatal(err)
				}
				if *update {
					g.Set(v.part, buf.String())
				} else if diff := cmp.Diff(g.Part(v.part), buf.String()); diff != "" {
					t.Errorf("%s (-want +got)\n%s", v.part, diff)
				}
			}
			if *update {
				g.Write(t)
			}
		})
	}
}

// TestPointerSize has types that do not say how large pointers are.
func TestPointerSize(t *testing.T) {
	types := goldentest.Parse(t, "[1] PTR '(anon)' type_id=0\n[2] STRUCT 's' size=16 vlen=2\n"+
		"\t'a' type_id=1 bits_offset=0\n\t'b' type_id=1 bits_offset=64\n", nil)
	for pointer, holes := range map[int]int{0: 0, 8: 0, 4: 1} {
		var buf bytes.Buffer
		if err := layout.NewPrinter(&buf, types, layout.Options{PointerSize: pointer}).Sizes(layout.Filter{}); err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("s\t16\t%d\n", holes); buf.String() != want {
			t.Errorf("pointers of %d bytes: %q, want %q", pointer, buf.String(), want)
		}
	}
}

// TestTooDeep has types that contain themselves, or nest too deep.
func TestTooDeep(t *testing.T) {
	var deep strings.Builder
	deep.WriteString("[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n")
	for i := range 5000 {
		fmt.Fprintf(&deep, "[%d] STRUCT '(anon)' size=4 vlen=1\n\t'm' type_id=%d bits_offset=0\n", i+2, i+1)
	}
	deep.WriteString("[5002] STRUCT 's' size=4 vlen=1\n\t'm' type_id=5001 bits_offset=0\n")
	for name, text := range map[string]string{
		"a struct in itself":    "[1] STRUCT 's' size=4 vlen=1\n\t'm' type_id=1 bits_offset=0\n",
		"through an array":      "[1] STRUCT 's' size=4 vlen=1\n\t'm' type_id=2 bits_offset=0\n[2] ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=1\n",
		"a ring of qualifiers":  "[1] CONST '(anon)' type_id=2\n[2] VOLATILE '(anon)' type_id=1\n[3] STRUCT 's' size=4 vlen=1\n\t'm' type_id=1 bits_offset=0\n",
		"a ring of pointers":    "[1] PTR '(anon)' type_id=1\n[2] STRUCT 's' size=8 vlen=1\n\t'm' type_id=1 bits_offset=0\n",
		"a ring of tags":        "[1] TYPE_TAG 'a' type_id=2\n[2] TYPE_TAG 'b' type_id=1\n[3] STRUCT 's' size=8 vlen=1\n\t'm' type_id=1 bits_offset=0\n",
		"a prototype of itself": "[1] PTR '(anon)' type_id=2\n[2] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1\n\t'p' type_id=1\n[3] STRUCT 's' size=8 vlen=1\n\t'm' type_id=1 bits_offset=0\n",
		"a parameter of itself": "[1] FUNC_PROTO '(anon)' ret_type_id=0 vlen=1\n\t'p' type_id=1\n[2] PTR '(anon)' type_id=1\n[3] STRUCT 's' size=8 vlen=1\n\t'm' type_id=2 bits_offset=0\n",
		"a constant of itself":  "[1] CONST '(anon)' type_id=1\n[2] STRUCT 's' size=8 vlen=1\n\t'm' type_id=1 bits_offset=0\n",
		"an array of that":      "[1] CONST '(anon)' type_id=1\n[2] ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=1\n[3] STRUCT 's' size=8 vlen=1\n\t'm' type_id=2 bits_offset=0\n",
		"structs, doubled":      doubled("STRUCT '(anon)' size=4 vlen=2\n\t'a' type_id=%[2]d bits_offset=0\n\t'b' type_id=%[2]d bits_offset=0\n"),
		"unions, doubled":       doubled("UNION '(anon)' size=4 vlen=2\n\t'a' type_id=%[2]d bits_offset=0\n\t'b' type_id=%[2]d bits_offset=0\n"),
		"prototypes, doubled":   doubled("FUNC_PROTO '(anon)' ret_type_id=%[2]d vlen=1\n\t'p' type_id=%[2]d\n"),
		"5000 structs":          deep.String(),
	} {
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			err := layout.NewPrinter(&buf, goldentest.Parse(t, text, nil), layout.Options{}).All(layout.Filter{})
			if tooDeep := (*layout.DepthError)(nil); !errors.As(err, &tooDeep) {
				t.Errorf("error %v, want a DepthError", err)
			}
			if buf.Len() != 0 {
				t.Errorf("half a type was printed: %.100q", buf.String())
			}
		})
	}
}

// TestWholeTypes has a struct that can be printed before one that contains itself: its text is there, and what the
// file says of the size of the other one.
func TestWholeTypes(t *testing.T) {
	types := goldentest.Parse(t, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"+
		"[2] STRUCT 'good' size=4 vlen=1\n\t'i' type_id=1 bits_offset=0\n"+
		"[3] STRUCT 'bad' size=8 vlen=2\n\t'i' type_id=1 bits_offset=0\n\t'm' type_id=3 bits_offset=64\n", nil)
	var all, good, sizes bytes.Buffer
	err := layout.NewPrinter(&all, types, layout.Options{}).All(layout.Filter{})
	if tooDeep := (*layout.DepthError)(nil); !errors.As(err, &tooDeep) {
		t.Errorf("error %v, want a DepthError", err)
	}
	if err := layout.NewPrinter(&good, types, layout.Options{}).Print(2); err != nil {
		t.Fatal(err)
	}
	if all.String() != good.String() || good.Len() == 0 {
		t.Errorf("%q, want %q", all.String(), good.String())
	}
	if err := layout.NewPrinter(&sizes, types, layout.Options{}).Sizes(layout.Filter{}); err != nil {
		t.Fatal(err)
	}
	if want := "good\t4\t0\nbad\t8\t1\n"; sizes.String() != want {
		t.Errorf("%q, want %q", sizes.String(), want)
	}
}

// doubled has types each of which is the one before twice, and a struct of the last.
func doubled(form string) string {
	var text strings.Builder
	text.WriteString("[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n")
	for i := 2; i <= 64; i++ {
		fmt.Fprintf(&text, "[%d] "+form, i, i-1)
	}
	text.WriteString("[65] STRUCT 's' size=4 vlen=1\n\t'm' type_id=64 bits_offset=0\n")
	return text.String()
}

// FuzzPrint: whatever types there are, the text ends, is the same each time, and holds
// no bytes that a terminal obeys.
func FuzzPrint(f *testing.F) {
	for _, g := range goldentest.Load(f) {
		f.Add(g.Types(f, "types", nil).Bytes(), false)
		f.Add(g.Types(f, "types", nil).Bytes(), true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, expand bool) {
		types, err := btf.Parse(raw, nil)
		if err != nil {
			t.Skip("nothing that can be read")
		}
		var first, second bytes.Buffer
		o := layout.Options{Expand: expand, Hex: expand}
		err1 := layout.NewPrinter(&first, types, o).All(layout.Filter{})
		err2 := layout.NewPrinter(&second, types, o).All(layout.Filter{})
		if !bytes.Equal(first.Bytes(), second.Bytes()) || fmt.Sprint(err1) != fmt.Sprint(err2) {
			t.Fatal("two runs differ")
		}
		lists := layout.NewPrinter(&first, types, o)
		lists.Packable(layout.Filter{})
		lists.Sizes(layout.Filter{})
		if i := bytes.IndexAny(first.Bytes(), "\x1b\r\x00"); i >= 0 {
			t.Fatalf("byte %#x at %d", first.Bytes()[i], i)
		}
	})
}
