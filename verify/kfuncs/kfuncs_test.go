package kfuncs_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/dwarftest"
	"github.com/gopahole/gopahole/internal/peer"
	"github.com/gopahole/gopahole/verify/kfuncs"
)

const all = ^uint32(0)

// types has FUNCs 2 a, with the tag, 4 b, without, 5 and 6 c, of which the second
// has it, 8 d_impl and 9 d.
func types(t *testing.T) *btf.Types {
	t.Helper()
	f := btf.Info(btf.KindFunc, 1, false)
	tag := btf.Info(btf.KindDeclTag, 0, false)
	strs := []byte("\x00a\x00b\x00c\x00bpf_kfunc\x00d_impl\x00d\x00bpf_fastcall\x00")
	at := func(s string) uint32 { return uint32(bytes.Index(strs, []byte("\x00"+s+"\x00"))) + 1 }
	words := slices.Concat(
		[]uint32{0, btf.Info(btf.KindFuncProto, 0, false), 0},
		[]uint32{at("a"), f, 1},
		[]uint32{at("bpf_kfunc"), tag, 2, all},
		[]uint32{at("b"), f, 1},
		[]uint32{at("c"), f, 1},
		[]uint32{at("c"), f, 1},
		[]uint32{at("bpf_kfunc"), tag, 6, all},
		[]uint32{at("d_impl"), f, 1},
		[]uint32{at("d"), f, 1},
		[]uint32{at("bpf_kfunc"), tag, 9, all},
		// None of these is the tag of a kernel function.
		[]uint32{at("bpf_fastcall"), tag, 4, all},
		[]uint32{at("bpf_kfunc"), btf.Info(btf.KindDeclTag, 0, true), 4, all},
	)
	parsed, err := btf.New(binary.LittleEndian, nil, words, strs)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestAudit(t *testing.T) {
	const implicit = 1 << 16
	for _, tc := range []struct {
		name string
		set  kfuncs.Set
		want map[string][]kfuncs.Part
	}{
		{"complete", kfuncs.Set{Funcs: []kfuncs.Kfunc{{"a", 0}}}, nil},
		{"no tag", kfuncs.Set{Funcs: []kfuncs.Kfunc{{"a", 0}, {"b", 0}}}, map[string][]kfuncs.Part{"b": {kfuncs.Tag}}},
		{"the first FUNC of a name counts", kfuncs.Set{Funcs: []kfuncs.Kfunc{{"c", 0}}}, map[string][]kfuncs.Part{"c": {kfuncs.Tag}}},
		{"no FUNC", kfuncs.Set{Funcs: []kfuncs.Kfunc{{"x", 0}}}, map[string][]kfuncs.Part{"x": {kfuncs.Func, kfuncs.Tag}}},
		{"implicit arguments", kfuncs.Set{Funcs: []kfuncs.Kfunc{{"d", implicit}, {"a", implicit}}}, map[string][]kfuncs.Part{"a": {kfuncs.Impl}}},
		{"filled in, sorted by ID", kfuncs.Set{
			Funcs: []kfuncs.Kfunc{{"d", 0}, {"a", implicit}}, // flags of the other, as it stands in the section
			Flags: map[btf.ID]uint32{2: 0, 9: implicit},
		}, nil},
		{"filled in with other IDs", kfuncs.Set{Funcs: []kfuncs.Kfunc{{"a", 0}, {"d", 0}}, Flags: map[btf.ID]uint32{3: 0, 9: 0}},
			map[string][]kfuncs.Part{"a": {kfuncs.Entry}}},
	} {
		rep := kfuncs.Check(types(t), &tc.set)
		got := map[string][]kfuncs.Part{}
		lacks := 0
		for _, f := range rep.Gaps {
			got[f.Name] = f.Missing
			lacks += len(f.Missing)
		}
		if moved := rep.Moved; (moved == 2) != (tc.name == "filled in, sorted by ID") || moved == 1 {
			t.Errorf("%s: flags of %d functions by their IDs", tc.name, moved)
		}
		if tc.want == nil {
			tc.want = map[string][]kfuncs.Part{}
		}
		sum := 0
		for _, n := range rep.Lacks {
			sum += n
		}
		if !reflect.DeepEqual(got, tc.want) || rep.Total != len(tc.set.Funcs) || rep.Complete() != (len(got) == 0) || sum != lacks {
			t.Errorf("%s: %v, want %v; %+v", tc.name, got, tc.want, rep)
		}
	}
}

// open opens a file until the test ends.
func open(t *testing.T, path string) (*os.File, int64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return f, info.Size()
}

func TestRead(t *testing.T) {
	path := "../../testdata/dwarf/kfuncs-gcc-dwarf5.elf"
	f, size := open(t, path)
	set, err := kfuncs.Read(path, f, size)
	if err != nil {
		t.Fatal(err)
	}
	want := []kfuncs.Kfunc{{"kf_simple", 0}, {"kf_quick", 0x1000}, {"kf_arena_return", 0x2000},
		{"kf_arena_all", 0xe000}, {"kf_missing", 0}, {"kf__under__score", 1}}
	if !reflect.DeepEqual(set.Funcs, want) || set.Flags != nil {
		t.Errorf("%+v", set)
	}
	if _, err := kfuncs.Read(path, f, 100); err == nil {
		t.Error("a part of a file was read")
	}

	path = "../../testdata/dwarf/no-symtab.elf"
	f, size = open(t, path)
	if set, err := kfuncs.Read(path, f, size); err != nil || len(set.Funcs) != 0 {
		t.Errorf("a file without .BTF_ids: %+v, %v", set, err)
	}
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "stripped.elf")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := elffile.SetSections(path, []elffile.Content{{Name: ".BTF_ids", Data: make([]byte, 16)}}, elffile.Options{}); err != nil {
		t.Fatal(err)
	}
	f, size = open(t, path)
	if _, err := kfuncs.Read(path, f, size); !errors.Is(err, kfuncs.ErrNoSymbols) {
		t.Errorf("a file without symbols: %v", err)
	}

	// A symbol table is left by strip --strip-unneeded.
	file := dwarftest.File{
		Sections: []dwarftest.Section{{Name: ".text", Data: make([]byte, 8)}, {Name: ".BTF_ids", Data: []byte{0, 0, 0, 0, 1, 0, 0, 0}}},
		Symbols:  []dwarftest.Symbol{{Name: "init_module", Section: ".text"}},
	}
	image := file.Build(t)
	if _, err := kfuncs.Read("m.ko", bytes.NewReader(image), int64(len(image))); !errors.Is(err, kfuncs.ErrNoSymbols) {
		t.Errorf("a file with other symbols: %v", err)
	}
}

// TestKernels: what Debian ships is complete where its pahole wrote the tags.
func TestKernels(t *testing.T) {
	for _, tc := range []struct {
		kernel string
		tags   bool
	}{{"61c", false}, {"612c", true}} {
		path := peer.Vmlinux(t, tc.kernel)
		f, size := open(t, path)
		set, err := kfuncs.Read(path, f, size)
		if err != nil {
			t.Fatal(err)
		}
		base, err := btf.Load(f, size, nil)
		if err != nil {
			t.Fatal(err)
		}
		rep := kfuncs.Check(base, set)
		t.Logf("%s: %d kernel functions, %v lack something", tc.kernel, rep.Total, rep.Lacks)
		if tc.tags && (rep.Total < 100 || !rep.Complete() || set.Flags == nil) {
			t.Errorf("%s: %+v", tc.kernel, rep)
		}
		total := 0
		for i, path := range peer.Modules(t, tc.kernel) {
			if testing.Short() && i%20 != 0 {
				continue
			}
			f, size := open(t, path)
			set, err := kfuncs.Read(path, f, size)
			if err != nil {
				t.Fatal(err)
			}
			if len(set.Funcs) == 0 {
				f.Close()
				continue
			}
			types, err := btf.Load(f, size, base)
			if err != nil {
				t.Fatal(err)
			}
			f.Close()
			rep := kfuncs.Check(types, set)
			if total += rep.Total; tc.tags && !rep.Complete() {
				t.Errorf("%s: %+v", path, rep)
			}
		}
		t.Logf("%s: %d in modules", tc.kernel, total)
	}
}
