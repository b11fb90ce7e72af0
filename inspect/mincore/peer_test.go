package mincore_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/inspect/mincore"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/internal/peer"
)

// compile makes a BPF object of a source, without its DWARF.
func compile(t testing.TB, target, source, output string, args ...string) {
	t.Helper()
	for _, command := range [][]string{
		append([]string{"clang", "--target=" + target, "-g", "-O2", "-w", "-c", source, "-o", output}, args...),
		{"llvm-strip", "-g", output},
	} {
		if res := peer.Run(t, peer.Get(t).Command(command[0], command[1:]...)); res.ExitCode != 0 {
			t.Fatalf("%q: %s", command, res.Stderr)
		}
	}
}

// put copies a file to where peers see it.
func put(t testing.TB, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestPeerObjects compiles the objects of testdata anew.
func TestPeerObjects(t *testing.T) {
	dir := peer.Scratch(t)
	for _, of := range []struct{ source, target, object string }{
		{"relocations.c", "bpfel", objects[0]},
		{"relocations.c", "bpfeb", objects[1]},
		{"modules.c", "bpfel", "modules-el.o"},
	} {
		source := put(t, filepath.Join(dir, of.source), read(t, filepath.Join("testdata", of.source)))
		made := filepath.Join(dir, of.object)
		compile(t, of.target, source, made, "-ffile-prefix-map="+peer.Get(t).Inside(dir)+"=.")
		kept := filepath.Join("testdata", of.object)
		if *update {
			put(t, kept, read(t, made))
		} else if !bytes.Equal(read(t, made), read(t, kept)) {
			t.Errorf("%s is not what clang makes of %s", kept, of.source)
		}
	}
}

// same compares what objects need with bpftool's result: its bytes, or that it fails.
func same(t testing.TB, dir, kernel string, types *btf.Types, paths ...string) {
	t.Helper()
	var all []*mincore.Object
	for _, path := range paths {
		all = append(all, object(t, path))
	}
	output := filepath.Join(dir, "want.btf")
	args := append([]string{"gen", "min_core_btf", kernel, output}, paths...)
	res := peer.Run(t, peer.Get(t).Command("bpftool", args...))
	got, err := mincore.New(all...).Minimize(types, 0)
	switch {
	case err != nil && res.ExitCode == 0:
		t.Errorf("%s, %q: %v, and bpftool makes it", kernel, paths, err)
	case err == nil && res.ExitCode != 0:
		t.Errorf("%s, %q: %d types, and bpftool fails: %s", kernel, paths, got.NumIDs()-1, res.Stderr)
	case err == nil && !bytes.Equal(got.Bytes(), read(t, output)):
		want, err := btf.Parse(read(t, output), nil)
		if err == nil && want.ByteOrder() != got.ByteOrder() && goldentest.Dump(t, want) == goldentest.Dump(t, got) {
			return // bpftool's is in the order of this machine, whatever the kernel's is
		}
		t.Errorf("%s, %q: other bytes\n%s\nwant\n%s", kernel, paths, goldentest.Dump(t, got), goldentest.Dump(t, want))
	}
}

// TestPeerGoldens checks the goldens against bpftool.
func TestPeerGoldens(t *testing.T) {
	dir := peer.Scratch(t)
	var paths []string
	for _, name := range objects {
		paths = append(paths, put(t, filepath.Join(dir, name), read(t, filepath.Join("testdata", name))))
	}
	for _, g := range goldentest.Load(t) {
		types := g.Types(t, "types", nil)
		kernel := put(t, filepath.Join(dir, g.Name()), types.Bytes())
		for i := range paths {
			same(t, dir, kernel, types, paths[i])
		}
		same(t, dir, kernel, types, paths...)
	}
}

// TestPeerKernels compares what programs need of kernels, and of the same types in other
// forms: sorted, in part, read again. The programs are compiled with the types of each.
func TestPeerKernels(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles programs with the types of whole kernels; runs without -short")
	}
	dir := peer.Scratch(t)
	source := read(t, "testdata/programs.c")
	names := []string{"61c", "612c", "72c"}
	var paths []string
	for _, name := range names {
		put(t, filepath.Join(dir, "vmlinux.h"), peer.Bpftool(t, "btf", "dump", "file", peer.Vmlinux(t, name), "format", "c"))
		put(t, filepath.Join(dir, "programs.c"), source)
		for _, target := range []string{"bpfel", "bpfeb"} {
			path := filepath.Join(dir, name+target+".o")
			compile(t, target, filepath.Join(dir, "programs.c"), path, "-D__TARGET_ARCH_x86", "-I"+peer.Get(t).Inside(dir))
			paths = append(paths, path)
		}
	}
	kernels := 0
	for _, name := range names {
		types, err := elffile.OpenBTF(peer.Vmlinux(t, name), nil)
		if err != nil {
			t.Fatal(err)
		}
		for form, types := range forms(t, types) {
			kernel := put(t, filepath.Join(dir, name+form), types.Bytes())
			for _, path := range paths {
				same(t, dir, kernel, types, path)
			}
			same(t, dir, kernel, types, paths...)
			kernels++
		}
	}
	if kernels < 20 {
		t.Errorf("%d kernels were compared", kernels)
	}
}

// forms are types in forms that other builds would give them.
func forms(t testing.TB, types *btf.Types) map[string]*btf.Types {
	t.Helper()
	sorted, err := btf.SortByName(types)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*btf.Types{"as-is": types, "sorted": sorted, "layout": types.WithLayout(true)}
	for seed := range 5 {
		all[fmt.Sprint("changed", seed)] = changed(t, types, seed)
	}
	return all
}

// changed drops, renames and moves members of structs, as other versions and
// configurations do.
func changed(t testing.TB, types *btf.Types, seed int) *btf.Types {
	t.Helper()
	b := btf.NewBuilder(types.ByteOrder(), nil)
	n := seed
	for id, rec := range types.All() {
		n = (n*1103515245 + 12345) & 0x7fffffff
		if rec.Kind() != btf.KindStruct || n>>16%3 != 0 {
			b.AddRecord(rec, types)
			continue
		}
		var members []btf.Member
		for i, m := range types.Members(id) {
			switch (n>>8 + i) % 11 {
			case 0:
				continue
			case 1:
				m.Name += "_new"
			case 2:
				if m.Width == 0 && m.Offset < 1<<20 {
					m.Offset += 64
				}
			}
			members = append(members, m)
		}
		name := types.Name(id)
		if n>>20%16 == 0 && name != "" && !strings.HasSuffix(name, "_") {
			name += "___flavour"
		}
		b.AddStruct(name, rec.Size()+8, members...)
	}
	changed, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return changed
}
