package dwarf2btf

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
)

// TestStorageIsForgotten: what a conversion leaves in the memory that the next one uses changes
// nothing for that, whichever came before and whether that had an error.
func TestStorageIsForgotten(t *testing.T) {
	var paths []string
	for _, pattern := range []string{"*-dwarf5.o", "*-dwarf4.o", "*-gcc-dwarf5.elf"} {
		found, err := filepath.Glob("../testdata/dwarf/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	if len(paths) < 20 {
		t.Fatalf("%d objects", len(paths))
	}
	encode := func(path string, base *Base) (btf []byte, message string) {
		f, err := elffile.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		res, err := Convert(context.Background(), []*elffile.File{f}, Options{Base: base, Features: features.Default(), Jobs: 1})
		if err != nil {
			return nil, err.Error()
		}
		if res.BTF == nil {
			return nil, ""
		}
		return res.BTF.Bytes(), ""
	}
	f, err := elffile.Open("../testdata/dwarf/mix-gcc-dwarf5.elf")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	res, err := Convert(context.Background(), []*elffile.File{f}, Options{Features: features.Default(), Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	newBase := func() *Base {
		base, err := NewBase(res.BTF, BaseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return base
	}
	want := make(map[string]string)
	for _, path := range paths {
		want[path] = fmt.Sprint(encode(path, newBase()))
	}
	base, r := newBase(), rand.New(rand.NewPCG(1, 2))
	var before string
	for range 3 {
		for _, i := range r.Perm(len(paths)) {
			if got := fmt.Sprint(encode(paths[i], base)); got != want[paths[i]] {
				t.Fatalf("%s after %s differs from what it is alone", paths[i], before)
			}
			before = paths[i]
		}
	}
	if len(base.storage) != 1 {
		t.Errorf("%d storages for one conversion at a time", len(base.storage))
	}
	if !slices.ContainsFunc(paths, func(p string) bool { b, _ := encode(p, base); return bytes.Contains(b, []byte("int")) }) {
		t.Error("nothing was encoded")
	}
}
