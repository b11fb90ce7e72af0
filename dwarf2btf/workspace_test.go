package dwarf2btf

import (
	"context"
	"encoding/binary"
	"path/filepath"
	"runtime"
	"testing"
	"unsafe"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// What a workspace holds does not grow with the number of inputs.
func TestWorkspaceDoesNotGrow(t *testing.T) {
	paths, err := filepath.Glob("../testdata/dwarf/*-clang-dwarf5.elf")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d objects, error %v", len(paths), err)
	}
	encode := func(path string, base *Base) *Result {
		f, err := elffile.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		// Some end with an error, which is as good here.
		res, _ := Convert(context.Background(), []*elffile.File{f}, Options{Base: base, Features: features.Default(), Jobs: 1})
		return res
	}
	base, err := NewBase(encode("../testdata/dwarf/mix-clang-dwarf5.elf", nil).BTF, BaseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	heap := func(rounds int) int {
		for range rounds {
			for _, path := range paths {
				encode(path, base)
			}
		}
		if len(base.free) != 1 {
			t.Fatalf("%d workspaces", len(base.free))
		}
		w := base.free[0]
		empty := typegraph.NewSplit(base.dedup, typegraph.SplitOptions{}).Shapes().Len()
		if w.names.Len() != 0 || w.shapes.Len() != empty || int(w.split.NumIDs()) != int(base.types.NumIDs()) {
			t.Errorf("%d names, %d shapes and %d types are left", w.names.Len(), w.shapes.Len()-empty, int(w.split.NumIDs())-int(base.types.NumIDs()))
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := heap(3)
	// A round brings some thousand types and names.
	if after := heap(30); after > before+100_000 {
		t.Errorf("%d bytes more after 30 rounds", after-before)
	}
	runtime.KeepAlive(base)
}

// An entry of a DATASEC, of which there are many with the feature global_var, does not
// grow by accident.
func TestSecVarSize(t *testing.T) {
	if size := unsafe.Sizeof(secVar{}); size != 12 {
		t.Errorf("secVar has %d bytes, want 12", size)
	}
}

// TestLargeWorkspace: a workspace that a large input has made large is not kept for others.
func TestLargeWorkspace(t *testing.T) {
	b := btf.NewBuilder(binary.LittleEndian, nil)
	b.AddInt("int", 4, btf.EncodingSigned)
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	base, err := NewBase(types, BaseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		info uint64
		kept int
	}{{0, 1}, {1 << 20, 1}, {64 << 20, 0}} {
		base.free = nil
		base.giveBack(base.borrow(c.info, true))
		if len(base.free) != c.kept {
			t.Errorf("%d bytes of .debug_info: %d workspaces kept, want %d", c.info, len(base.free), c.kept)
		}
	}
}
