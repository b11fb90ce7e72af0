package dedup

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/goldentest"
)

// TestDocExample checks that the example of the package comment is true.
func TestDocExample(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	text, result, found := strings.Cut(string(doc), "// The result:\n")
	if !found {
		t.Fatal("the package comment has no result")
	}
	types, err := btf.ParseText(preformatted(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Dedup(context.Background(), types, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(preformatted(result), goldentest.Dump(t, out)); diff != "" {
		t.Errorf("(-doc +Dedup)\n%s", diff)
	}
}

// preformatted returns the indented lines of a comment.
func preformatted(comment string) string {
	var b strings.Builder
	for line := range strings.Lines(comment) {
		if rest, ok := strings.CutPrefix(line, "//\t"); ok {
			b.WriteString(rest)
		}
	}
	return b.String()
}
