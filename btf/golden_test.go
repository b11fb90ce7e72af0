package btf_test

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/gopahole/gopahole/btf"
)

// golden is a txtar archive of testdata: text forms that are their own
// expectation. split is empty where the archive has none.
type golden struct {
	name        string
	base, split string
}

func goldens(t testing.TB) []golden {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	var all []golden
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		g := golden{name: filepath.Base(file)}
		for _, f := range ar.Files {
			switch f.Name {
			case "base":
				g.base = string(f.Data)
			case "split":
				g.split = string(f.Data)
			default:
				t.Fatalf("%s: unknown part %s", file, f.Name)
			}
		}
		all = append(all, g)
	}
	return all
}

// types parses the parts of a golden.
func (g golden) types(t testing.TB) []*btf.Types {
	t.Helper()
	base, err := btf.ParseText(g.base, nil)
	if err != nil {
		t.Fatalf("%s: %v", g.name, err)
	}
	if g.split == "" {
		return []*btf.Types{base}
	}
	split, err := btf.ParseText(g.split, base)
	if err != nil {
		t.Fatalf("%s: %v", g.name, err)
	}
	return []*btf.Types{base, split}
}

func dump(t testing.TB, types *btf.Types) string {
	t.Helper()
	var buf bytes.Buffer
	if err := types.Dump(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// reorder returns types that write in the given order.
func reorder(t testing.TB, order binary.ByteOrder, types *btf.Types) *btf.Types {
	t.Helper()
	c, err := btf.New(order, types.Base(), types.Words(), types.Strings())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Text becomes types, types become the same text: directly, and through blobs
// of both byte orders with and without a layout section.
func TestGoldens(t *testing.T) {
	for _, g := range goldens(t) {
		for i, types := range g.types(t) {
			want := []string{g.base, g.split}[i]
			if diff := cmp.Diff(want, dump(t, types)); diff != "" {
				t.Errorf("%s: text to text (-want +got):\n%s", g.name, diff)
			}
			for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
				for _, layout := range []bool{false, true} {
					blob := reorder(t, order, types).WithLayout(layout).Bytes()
					back, err := btf.Parse(blob, types.Base())
					if err != nil {
						t.Fatalf("%s: %v, layout %v: %v", g.name, order, layout, err)
					}
					if diff := cmp.Diff(want, dump(t, back)); diff != "" {
						t.Errorf("%s: %v, layout %v (-want +got):\n%s", g.name, order, layout, diff)
					}
					if back.ByteOrder() != order || back.HasLayout() != layout {
						t.Errorf("%s: %v, layout %v: came back as %v, %v", g.name, order, layout, back.ByteOrder(), back.HasLayout())
					}
					if !bytes.Equal(back.Bytes(), blob) {
						t.Errorf("%s: %v, layout %v: written again, the bytes differ", g.name, order, layout)
					}
				}
			}
		}
	}
}
