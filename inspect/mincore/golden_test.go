package mincore_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btf/ext"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/inspect/mincore"
	"github.com/gopahole/gopahole/internal/goldentest"
)

var update = flag.Bool("update", false, "write results into the goldens, and compile the objects")

// objects are those of testdata/relocations.c, in both byte orders.
var objects = []string{"relocations-el.o", "relocations-eb.o"}

// contents returns the types and .BTF.ext of an object.
func contents(t testing.TB, path string) (*btf.Types, []byte) {
	t.Helper()
	types, err := elffile.OpenBTF(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := elffile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := f.SectionData(f.Section(ext.SectionName))
	if err != nil {
		t.Fatal(err)
	}
	return types, data
}

func object(t testing.TB, path string) *mincore.Object {
	t.Helper()
	types, data := contents(t, path)
	o, err := mincore.NewObject(filepath.Base(path), types, data, 8)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestGolden has what the objects need of small kernels, or why it cannot be told. That it
// is what bpftool makes, TestPeerGoldens checks.
func TestGolden(t *testing.T) {
	for _, g := range goldentest.Load(t) {
		t.Run(g.Name(), func(t *testing.T) {
			types := g.Types(t, "types", nil)
			for _, name := range objects {
				var want, failure string
				got, err := mincore.New(object(t, filepath.Join("testdata", name))).Minimize(types, 0)
				if err != nil {
					failure = err.Error()[len(name):] + "\n"
				} else {
					want = goldentest.Dump(t, got)
					if !got.HasLongHeader() {
						t.Error("a short header")
					}
				}
				if *update {
					g.SetOptional("want", want)
					g.SetOptional("error", failure)
					continue
				}
				if diff := cmp.Diff(g.Part("want")+g.Part("error"), want+failure); diff != "" {
					t.Errorf("%s (-want +got)\n%s", name, diff)
				}
			}
			if *update {
				g.Write(t)
			}
		})
	}
}

// TestOwnTypes has an object's own types as the kernel's: all that it asks for is there.
func TestOwnTypes(t *testing.T) {
	for _, name := range objects {
		path := filepath.Join("testdata", name)
		types, _ := contents(t, path)
		got, err := mincore.New(object(t, path)).Minimize(types, 8)
		if err != nil {
			t.Fatal(err)
		}
		if got.ByteOrder() != types.ByteOrder() {
			t.Errorf("%s: %v", name, got.ByteOrder())
		}
		again, err := mincore.New(object(t, path)).Minimize(got, 8)
		if err != nil {
			t.Fatalf("%s: its own result: %v", name, err)
		}
		if diff := cmp.Diff(goldentest.Dump(t, got), goldentest.Dump(t, again)); diff != "" {
			t.Errorf("%s: what is needed of what is needed (-want +got)\n%s", name, diff)
		}
	}
}

// TestSeveral gives the same objects together, and one Minimizer several kernels.
func TestSeveral(t *testing.T) {
	el, eb := object(t, "testdata/relocations-el.o"), object(t, "testdata/relocations-eb.o")
	alone, both := mincore.New(el), mincore.New(el, eb, el)
	for range 2 {
		for _, g := range goldentest.Load(t) {
			types := g.Types(t, "types", nil)
			want, err := alone.Minimize(types, 0)
			if err != nil {
				continue
			}
			got, err := both.Minimize(types, 0)
			if err != nil {
				t.Fatalf("%s: %v", g.Name(), err)
			}
			if diff := cmp.Diff(goldentest.Dump(t, want), goldentest.Dump(t, got)); diff != "" {
				t.Errorf("%s (-want +got)\n%s", g.Name(), diff)
			}
		}
	}
}

// TestNothing has no objects, and split BTF for a kernel's.
func TestNothing(t *testing.T) {
	base := goldentest.Parse(t, "[1] STRUCT 's' size=0 vlen=0\n", nil)
	got, err := mincore.New().Minimize(base, 0)
	if err != nil || got.NumIDs() != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := mincore.New().Minimize(goldentest.Parse(t, "[2] STRUCT 't' size=0 vlen=0\n", base), 0); err == nil {
		t.Error("split BTF is no kernel's")
	}
	if _, err := os.Stat("testdata/relocations.c"); err != nil {
		t.Error(err)
	}
}
