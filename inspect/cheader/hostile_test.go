package cheader_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/cheader"
	"github.com/gopahole/gopahole/internal/goldentest"
)

// TestNoForm has types that C cannot say, or not in a reasonable length.
func TestNoForm(t *testing.T) {
	var cycle *cheader.CycleError
	var work *cheader.WorkError
	for _, c := range []struct {
		name, text string
		want       any
	}{
		{"a struct that contains itself", "[1] STRUCT 's' size=4 vlen=1\n\t'm' type_id=1 bits_offset=0\n", &cycle},
		{"two that contain each other", "[1] STRUCT 's' size=4 vlen=1\n\t'm' type_id=2 bits_offset=0\n" +
			"[2] UNION 'u' size=4 vlen=1\n\t'm' type_id=1 bits_offset=0\n", &cycle},
		{"an anonymous one through a pointer", "[1] STRUCT '(anon)' size=8 vlen=1\n\t'm' type_id=2 bits_offset=0\n" +
			"[2] PTR '(anon)' type_id=1\n", &cycle},
		{"a typedef of itself", "[1] TYPEDEF 't' type_id=2\n[2] CONST '(anon)' type_id=1\n", &work},
		{"a pointer to itself", "[1] PTR '(anon)' type_id=1\n", &work},
		{"qualifiers in a ring", "[1] CONST '(anon)' type_id=2\n[2] VOLATILE '(anon)' type_id=1\n", &work},
		{"a prototype of itself", "[1] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1\n\t'p' type_id=1\n", &work},
		{"anonymous types, doubled", doubled("STRUCT '(anon)' size=4 vlen=2\n\t'a' type_id=%[2]d bits_offset=0\n\t'b' type_id=%[2]d bits_offset=0\n"), &work},
		{"prototypes, doubled", doubled("FUNC_PROTO '(anon)' ret_type_id=%[2]d vlen=1\n\t'p' type_id=%[2]d\n"), &work},
		{"pointers, nested deep", nested("CONST '(anon)' type_id=%d\n", 100_000), &work},
		{"a hole of 4 GB", "[1] STRUCT 's' size=4294967295 vlen=0\n", &work},
	} {
		t.Run(c.name, func(t *testing.T) {
			types := goldentest.Parse(t, c.text, nil)
			for _, o := range []cheader.Options{{Unsorted: true}, {Roots: []btf.ID{types.NumIDs() - 1}}} {
				var n counter
				err := cheader.Write(&n, types, o)
				if err == nil || !errors.As(err, c.want) {
					t.Errorf("error %v, want a %T", err, c.want)
				}
				if n > 64<<20 {
					t.Errorf("%d bytes were written", n)
				}
			}
			// Sorted, the first type is left out, which may be the one. It still ends.
			_ = cheader.Write(io.Discard, types, cheader.Options{})
		})
	}
}

// doubled has 64 types, each of which is the one before twice, and a name for the last.
func doubled(form string) string { return nested(form, 64) + "[65] TYPEDEF 't' type_id=64\n" }

// nested has n types, each of which is of the one before.
func nested(form string, n int) string {
	var text strings.Builder
	text.WriteString("[1] STRUCT '(anon)' size=4 vlen=0\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&text, "[%d] "+form, i+1, i)
	}
	return text.String()
}

type counter int

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// TestNames has names that would be lines of their own.
func TestNames(t *testing.T) {
	types := goldentest.Parse(t, "[1] STRUCT 'a\x1b[2J' size=0 vlen=0\n[2] TYPEDEF 'b\u202e' type_id=1\n", nil)
	got := header(t, types, cheader.Options{})
	for _, want := range []string{`struct a\x1b[2J {};`, `typedef struct a\x1b[2J b\u202e;`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// FuzzWrite: whatever types there are, the text ends, is the same each time, and
// holds no bytes that a terminal obeys.
func FuzzWrite(f *testing.F) {
	for _, g := range goldentest.Load(f) {
		f.Add(g.Types(f, "types", nil).Bytes(), false)
		f.Add(g.Types(f, "types", nil).Bytes(), true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, unsorted bool) {
		types, err := btf.Parse(raw, nil)
		if err != nil {
			t.Skip("nothing that can be read")
		}
		o := cheader.Options{Unsorted: unsorted}
		var first, second strings.Builder
		err1 := cheader.Write(&first, types, o)
		err2 := cheader.Write(&second, types, o)
		if first.String() != second.String() || fmt.Sprint(err1) != fmt.Sprint(err2) {
			t.Fatal("two runs differ")
		}
		if i := strings.IndexAny(first.String(), "\x1b\r\x00"); i >= 0 {
			t.Fatalf("byte %#x at %d", first.String()[i], i)
		}
		var all strings.Builder
		if err := cheader.WriteSortingAll(&all, types); !unsorted && err1 == nil && err == nil && all.String() != first.String() {
			t.Fatal("with all types sorted, the header is another one")
		}
		if err1 == nil && !strings.HasSuffix(first.String(), "#endif /* __VMLINUX_H__ */\n") {
			t.Fatal("no end, and no error")
		}
	})
}
