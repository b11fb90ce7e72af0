package btf_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/peer"
)

// sameJSON compares DumpJSON with bpftool's output, and says where they part.
func sameJSON(t testing.TB, types *btf.Types, args ...string) {
	t.Helper()
	for _, form := range []struct {
		flag   string
		indent bool
	}{{"-j", false}, {"-p", true}} {
		want := peer.Bpftool(t, append([]string{form.flag}, args...)...)
		var got bytes.Buffer
		if err := types.DumpJSON(&got, form.indent); err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(got.Bytes(), want) {
			continue
		}
		g := got.Bytes()
		at := 0
		for at < min(len(g), len(want)) && g[at] == want[at] {
			at++
		}
		from := max(0, at-60)
		t.Errorf("bpftool %s, byte %d:\n got ...%.120s\nwant ...%.120s", form.flag, at, g[min(from, len(g)):], want[min(from, len(want)):])
	}
}

func TestPeerJSON(t *testing.T) {
	dir := peer.Scratch(t)
	for _, g := range goldens(t) {
		types := g.types(t)[0]
		if strings.Contains(g.base, "LOC") { // bpftool does not know the kinds
			continue
		}
		file := filepath.Join(dir, "golden.btf")
		if err := os.WriteFile(file, types.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Run(g.name, func(t *testing.T) { sameJSON(t, types, "btf", "dump", "file", file) })
	}
	for _, kernel := range []string{"61c", "612c", "72c"} {
		vmlinux := peer.Vmlinux(t, kernel)
		base := load(t, vmlinux, nil)
		t.Run(kernel, func(t *testing.T) { sameJSON(t, base, "btf", "dump", "file", vmlinux) })
		modules := peer.SomeModules(t, kernel, modulesCompared)
		compared := 0
		for _, m := range modules {
			types, err := btf.Open(m, base)
			if err != nil {
				continue // without BTF
			}
			sameJSON(t, types, "-B", vmlinux, "btf", "dump", "file", m)
			compared++
		}
		t.Logf("%s: %d modules have been compared", kernel, compared)
		if compared < len(modules)/2 {
			t.Errorf("%s: of %d", kernel, len(modules))
		}
	}
}

// modulesCompared is how many modules of a kernel are compared; peer.SweepVar asks for more.
const modulesCompared = 70
