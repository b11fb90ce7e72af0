package cheader_test

import (
	"errors"
	"flag"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/cheader"
	"github.com/gopahole/gopahole/internal/goldentest"
)

var update = flag.Bool("update", false, "write the headers into the goldens")

// header returns types as a header.
func header(t testing.TB, types *btf.Types, o cheader.Options) string {
	t.Helper()
	var w strings.Builder
	if err := cheader.Write(&w, types, o); err != nil {
		t.Fatal(err)
	}
	return w.String()
}

// body is what differs from one header to another.
func body(t testing.TB, text string) string {
	t.Helper()
	_, text, ok := strings.Cut(text, "#define __bpf_fastcall\n#endif\n#endif\n\n")
	body, _, end := strings.Cut(text, "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute pop\n")
	if !ok || !end {
		t.Fatal("the text has no beginning or end")
	}
	return body
}

// TestGolden has the text of small types. That it is bpftool's, TestPeerGoldens checks.
func TestGolden(t *testing.T) {
	for _, g := range goldentest.Load(t) {
		t.Run(g.Name(), func(t *testing.T) {
			types := g.Types(t, "types", nil)
			got := map[string]string{
				"want.sorted":   body(t, header(t, types, cheader.Options{})),
				"want.unsorted": body(t, header(t, types, cheader.Options{Unsorted: true})),
			}
			for part, text := range got {
				if *update {
					g.Set(part, text)
				} else if diff := cmp.Diff(g.Part(part), text); diff != "" {
					t.Errorf("%s (-want +got)\n%s", part, diff)
				}
			}
			if *update {
				g.Write(t)
			}
		})
	}
}

// TestRoots asks for one type: it comes with what it needs and nothing else.
func TestRoots(t *testing.T) {
	for _, g := range goldentest.Load(t) {
		if g.Name() != "order" {
			continue
		}
		types := g.Types(t, "types", nil)
		id, _ := types.Find(btf.KindStruct, "d")
		got := body(t, header(t, types, cheader.Options{Roots: []btf.ID{id}}))
		want := "struct late;\n\ntypedef struct late late_t;\n\ntypedef void (*fn_t)(late_t *arg);\n\n" +
			"struct late {\n\tfn_t call;\n};\n\nstruct d {\n\tstruct {\n\t\tstruct late inner;\n\t} *through;\n};\n\n"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		var noID *cheader.IDError
		err := cheader.Write(&strings.Builder{}, types, cheader.Options{Roots: []btf.ID{id, types.NumIDs()}})
		if !errors.As(err, &noID) || noID.ID != types.NumIDs() {
			t.Errorf("a root that does not exist: %v", err)
		}
		return
	}
	t.Fatal("no golden of that name")
}

// TestPointerSize has long and pointers of 4 bytes, as types say or as the caller says.
func TestPointerSize(t *testing.T) {
	const text = `[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] PTR '(anon)' type_id=1
[3] STRUCT 's' size=16 vlen=2
	'p' type_id=2 bits_offset=0
	'q' type_id=2 bits_offset=64
`
	types := goldentest.Parse(t, text, nil)
	for pointer, want := range map[int]string{
		0: "struct s {\n\tint *p;\n\tint *q;\n};",
		4: "struct s {\n\tint *p;\n\tlong: 32;\n\tint *q;\n\tlong: 32;\n};",
	} {
		if got := header(t, types, cheader.Options{PointerSize: pointer}); !strings.Contains(got, want) {
			t.Errorf("size %d: no %q in\n%s", pointer, want, got)
		}
	}
	long := goldentest.Parse(t, text+"[4] INT 'long int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n", nil)
	if got := header(t, long, cheader.Options{}); !strings.Contains(got, "\tlong: 32;\n\tint *q;") {
		t.Errorf("long of 4 bytes:\n%s", got)
	}
}

// TestBuiltin: a module whose base has another __builtin_va_list, as those of Debian's 7.2 have, refers to the compiler's.
func TestBuiltin(t *testing.T) {
	const text = `[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] TYPEDEF '__builtin_va_list' type_id=1
[3] TYPEDEF '__builtin_va_list' type_id=1
[4] TYPEDEF 'va_list' type_id=2
[5] TYPEDEF 'va_list' type_id=3
[6] STRUCT '__builtin_va_list' size=4 vlen=1
	'n' type_id=1 bits_offset=0
`
	const want = "typedef __builtin_va_list va_list;\n\ntypedef __builtin_va_list va_list___2;\n\nstruct __builtin_va_list {\n\tint n;\n};\n\n"
	if got := body(t, header(t, goldentest.Parse(t, text, nil), cheader.Options{Unsorted: true})); !strings.HasPrefix(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
