package cheader_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/inspect/cheader"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/internal/peer"
)

// sameHeader compares a header with bpftool's, of the same file, and says where they
// part.
func sameHeader(t testing.TB, types *btf.Types, o cheader.Options, args ...string) []byte {
	t.Helper()
	args = append(args, "format", "c")
	if o.Unsorted {
		args = append(args, "unsorted")
	}
	// There is one __builtin_va_list, see TestBuiltin.
	want := bytes.ReplaceAll(peer.Bpftool(t, args...), []byte(" __builtin_va_list___2 "), []byte(" __builtin_va_list "))
	var got bytes.Buffer
	if err := cheader.Write(&got, types, o); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got.Bytes(), want) {
		return want
	}
	g, w := bytes.Split(got.Bytes(), []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range min(len(g), len(w)) {
		if !bytes.Equal(g[i], w[i]) {
			t.Fatalf("unsorted %v, line %d:\n got %q\nwant %q", o.Unsorted, i+1, g[i], w[i])
		}
	}
	t.Fatalf("unsorted %v: %d lines, bpftool writes %d", o.Unsorted, len(g), len(w))
	return nil
}

// write puts types into a file that bpftool can read.
func write(t testing.TB, path string, types *btf.Types) string {
	t.Helper()
	if err := os.WriteFile(path, types.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPeerGoldens checks the goldens against bpftool.
func TestPeerGoldens(t *testing.T) {
	dir := peer.Scratch(t)
	for _, g := range goldentest.Load(t) {
		t.Run(g.Name(), func(t *testing.T) {
			types := g.Types(t, "types", nil)
			file := write(t, filepath.Join(dir, g.Name()), types)
			for _, unsorted := range []bool{false, true} {
				sameHeader(t, types, cheader.Options{Unsorted: unsorted}, "btf", "dump", "file", file)
			}
		})
	}
}

// modulesCompared is how many modules of a kernel are compared, and each 20th header is compiled; peer.SweepVar asks
// for more, and has all of them compiled.
const modulesCompared = 70

// TestPeerKernels compares the headers of whole kernels, and of modules on one, as they
// were shipped, and has gcc and clang compile those of the kernels.
func TestPeerKernels(t *testing.T) {
	if testing.Short() {
		t.Skip("compares whole kernels; runs without -short")
	}
	dir := peer.Scratch(t)
	for _, kernel := range []string{"61c", "612c", "72c"} {
		t.Run(kernel, func(t *testing.T) {
			base, err := elffile.OpenBTF(peer.Vmlinux(t, kernel), nil)
			if err != nil {
				t.Fatal(err)
			}
			file := write(t, filepath.Join(dir, kernel), base)
			sameHeader(t, base, cheader.Options{Unsorted: true}, "btf", "dump", "file", file)
			compiles(t, filepath.Join(dir, kernel+".c"), sameHeader(t, base, cheader.Options{}, "btf", "dump", "file", file))
			compareModules(t, dir, kernel, file, base)
		})
	}
}

// compiles has gcc and clang compile a header.
func compiles(t *testing.T, path string, header []byte) {
	t.Helper()
	if err := os.WriteFile(path, header, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, compiler := range [][]string{{"gcc"}, {"clang", "--target=bpf"}} {
		args := append(compiler[1:], "-fsyntax-only", "-w", "-std=gnu11", path)
		if res := peer.Run(t, peer.Get(t).Command(compiler[0], args...)); res.ExitCode != 0 {
			t.Errorf("%s: %s", compiler[0], res.Stderr)
		}
	}
}

func compareModules(t *testing.T, dir, kernel, baseFile string, base *btf.Types) {
	modules := peer.SomeModules(t, kernel, modulesCompared)
	compared := 0
	for _, m := range modules {
		types, err := elffile.OpenBTF(m, base)
		if err != nil {
			continue // without BTF
		}
		file := write(t, filepath.Join(dir, "module"), types)
		// What a module adds is at the end if types are in the order of IDs.
		header := sameHeader(t, types, cheader.Options{Unsorted: compared%2 == 0}, "-B", baseFile, "btf", "dump", "file", file)
		if compared%20 == 0 || peer.Sweeping() {
			compiles(t, filepath.Join(dir, "module.c"), header)
		}
		compared++
	}
	t.Logf("%d modules have been compared", compared)
	if compared < len(modules)/2 {
		t.Errorf("of %d", len(modules))
	}
}
