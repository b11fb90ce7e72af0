package dwarf2btf

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
)

// TestStorageIsForgotten: what a conversion leaves in the memory that the next one uses changes
// nothing for that, whichever came before and whether that had an error.
func TestStorageIsForgotten(t *testing.T) {
	paths := storagePaths(t)
	newBase := baseMaker(t)
	want := make(map[string]string)
	encode := func(path string, base *Base) ([]byte, string) { return encodeOver(t.Context(), t, path, base, 1) }
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

// TestStorageInUse: conversions over one base that run at the same time, with any number of workers, and some of which are
// cancelled, have what they have alone.
func TestStorageInUse(t *testing.T) {
	paths := storagePaths(t)
	newBase := baseMaker(t)
	want := make(map[string]string)
	for _, path := range paths {
		want[path] = fmt.Sprint(encodeOver(t.Context(), t, path, newBase(), 1))
	}
	base := newBase()
	var all sync.WaitGroup
	for n := range uint64(4) {
		all.Go(func() {
			r := rand.New(rand.NewPCG(n, 3))
			for _, i := range r.Perm(len(paths)) {
				ctx, cancel := context.WithCancel(t.Context())
				cancelled := r.IntN(4) == 0
				if cancelled {
					time.AfterFunc(time.Duration(r.IntN(int(2*time.Millisecond))), cancel)
				}
				jobs := 1 << r.IntN(4)
				got := fmt.Sprint(encodeOver(ctx, t, paths[i], base, jobs))
				if got != want[paths[i]] && !(cancelled && strings.Contains(got, context.Canceled.Error())) {
					t.Errorf("%s with %d workers differs from what it is alone", paths[i], jobs)
				}
				cancel()
			}
		})
	}
	all.Wait()
	if n := len(base.storage); n > 4 {
		t.Errorf("%d storages for 4 conversions at a time", n)
	}
}

// storagePaths are objects of both byte orders.
func storagePaths(t *testing.T) (paths []string) {
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
	return paths
}

// encodeOver encodes a file over a base. An error is its message.
func encodeOver(ctx context.Context, t *testing.T, path string, base *Base, jobs int) (btf []byte, message string) {
	f, err := elffile.Open(path)
	if err != nil {
		t.Error(err)
		return nil, ""
	}
	defer f.Close()
	res, err := Convert(ctx, []*elffile.File{f}, Options{Base: base, Features: features.Default(), Jobs: jobs})
	if err != nil {
		return nil, err.Error()
	}
	if res.BTF == nil {
		return nil, ""
	}
	return res.BTF.Bytes(), ""
}

// baseMaker returns a function that makes the same base again and again.
func baseMaker(t *testing.T) func() *Base {
	f, err := elffile.Open("../testdata/dwarf/mix-gcc-dwarf5.elf")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	res, err := Convert(t.Context(), []*elffile.File{f}, Options{Features: features.Default(), Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	return func() *Base {
		base, err := NewBase(res.BTF, BaseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return base
	}
}
