package layout_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/inspect/layout"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/internal/peer"
)

// same compares what print writes with what pahole writes.
func same(t *testing.T, types *btf.Types, o layout.Options, print func(p *layout.Printer) error, args ...string) {
	t.Helper()
	res := peer.Pahole(t, append([]string{"-F", "btf"}, args...)...)
	if res.ExitCode != 0 {
		t.Fatalf("pahole: %s", res.Stderr)
	}
	var buf bytes.Buffer
	if err := print(layout.NewPrinter(&buf, types, o)); err != nil {
		t.Fatal(err)
	}
	got, want := bytes.Split(buf.Bytes(), []byte("\n")), bytes.Split([]byte(res.Stdout), []byte("\n"))
	for i := range min(len(got), len(want)) {
		if !bytes.Equal(got[i], want[i]) {
			t.Fatalf("%q, line %d:\n got %q\nwant %q", args, i+1, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%q: %d lines, pahole prints %d", args, len(got), len(want))
	}
}

func write(t *testing.T, path string, types *btf.Types) string {
	t.Helper()
	if err := os.WriteFile(path, types.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func all(p *layout.Printer) error { return p.All(layout.Filter{}) }

// TestPeerGoldens checks the goldens against pahole.
func TestPeerGoldens(t *testing.T) {
	dir := peer.Scratch(t)
	for _, g := range goldentest.Load(t) {
		t.Run(g.Name(), func(t *testing.T) {
			types := g.Types(t, "types", nil)
			file := write(t, filepath.Join(dir, g.Name()), types)
			for _, v := range variants {
				same(t, types, v.options, all, append(v.flags, file)...)
			}
		})
	}
}

// TestPeerKernels compares all structs and unions of kernels, and of modules on one.
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
			for _, v := range variants {
				same(t, base, v.options, all, append(v.flags, file)...)
			}
			var o layout.Options
			same(t, base, o, func(p *layout.Printer) error { return p.Sizes(layout.Filter{}) }, "--sizes", file)
			same(t, base, o, func(p *layout.Printer) error { return p.Members(layout.Filter{}) }, "--nr_members", file)
			same(t, base, o, func(p *layout.Printer) error { return p.All(layout.Filter{Holes: 2}) }, "--holes=2", file)
			same(t, base, o, func(p *layout.Printer) error { return p.Sizes(layout.Filter{StructsOnly: true}) }, "--sizes", "--structs", file)
			same(t, base, o, func(p *layout.Printer) error { return p.Sizes(layout.Filter{UnionsOnly: true}) }, "--sizes", "--unions", file)
			for _, name := range []string{"list_head", "task_struct", "spinlock", "qspinlock"} {
				id, ok := base.Find(btf.KindStruct, name)
				if !ok {
					t.Fatalf("no struct %s", name)
				}
				same(t, base, o, func(p *layout.Printer) error { return p.Containing(layout.Filter{}, id) }, "--contains="+name, file)
				same(t, base, o, func(p *layout.Printer) error { return p.PointingTo(layout.Filter{}, id) }, "--find_pointers_to="+name, file)
			}
			compareModules(t, dir, kernel, file, base)
		})
	}
}

// modulesCompared is how many modules of a kernel are compared; peer.SweepVar asks for more.
const modulesCompared = 15

func compareModules(t *testing.T, dir, kernel, baseFile string, base *btf.Types) {
	modules := peer.SomeModules(t, kernel, modulesCompared)
	compared := 0
	for _, m := range modules {
		types, err := elffile.OpenBTF(m, base)
		if err != nil {
			continue // without BTF
		}
		file := write(t, filepath.Join(dir, "module"), types)
		same(t, types, layout.Options{}, all, "--btf_base="+baseFile, file)
		compared++
	}
	t.Logf("%d modules have been compared", compared)
	if compared < len(modules)/2 {
		t.Errorf("of %d", len(modules))
	}
}
