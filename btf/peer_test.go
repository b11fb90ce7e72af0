package btf_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/internal/peer"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/internal/splittest"
)

// load reads a file as Load does for the command.
func load(t testing.TB, path string, base *btf.Types) *btf.Types {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	types, err := btf.Load(f, st.Size(), base)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return types
}

// sameDump compares Dump with bpftool's output, to the byte. A diff of whole
// kernels would not end, so the first line that differs is shown.
func sameDump(t testing.TB, types *btf.Types, want []byte) {
	t.Helper()
	var buf bytes.Buffer
	if err := types.Dump(&buf); err != nil {
		t.Fatal(err)
	}
	got := buf.Bytes()
	if bytes.Equal(got, want) {
		return
	}
	g, w := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range min(len(g), len(w)) {
		// bpftool writes names as they are, we so that they keep to their line.
		if plain, ok := quote.Original(string(bytes.TrimPrefix(g[i], []byte("\t")))); ok && plain == string(bytes.TrimPrefix(w[i], []byte("\t"))) {
			continue
		}
		if !bytes.Equal(g[i], w[i]) {
			t.Fatalf("line %d:\n got %q\nwant %q", i+1, g[i], w[i])
		}
	}
	if len(g) != len(w) {
		t.Fatalf("%d lines, bpftool writes %d", len(g), len(w))
	}
}

// sameText compares what ParseText makes of bpftool's text with the types it
// came from: every word, names by what they say.
func sameText(t testing.TB, types *btf.Types, text []byte) {
	t.Helper()
	back, err := btf.ParseText(string(text), types.Base())
	if err != nil {
		t.Fatal(err)
	}
	if back.NumIDs() != types.NumIDs() {
		t.Fatalf("read back: %d IDs, want %d", back.NumIDs(), types.NumIDs())
	}
	for id := types.FirstID(); id < types.NumIDs(); id++ {
		got, want := slices.Clone(back.Record(id)), slices.Clone(types.Record(id))
		var names []string
		want.MapNames(func(off btf.StrOff) btf.StrOff {
			n, _ := types.String(off)
			names = append(names, n)
			return 0
		})
		got.MapNames(func(off btf.StrOff) btf.StrOff {
			if n, _ := back.String(off); len(names) == 0 || n != names[0] {
				t.Fatalf("read back: [%d]: name %q, want %q", id, n, names)
			}
			names = names[1:]
			return 0
		})
		if !slices.Equal(got, want) {
			t.Fatalf("read back: [%d]: record %x, want %x", id, got, want)
		}
	}
}

// The .BTF sections of kernels as their distribution built them: read from
// ELF, dumped like bpftool, written back byte for byte.
func TestPeerVmlinux(t *testing.T) {
	for _, kernel := range []string{"612c", "61c"} {
		t.Run(kernel, func(t *testing.T) {
			path := peer.Vmlinux(t, kernel)
			types := load(t, path, nil)
			text := peer.DumpRaw(t, path)
			sameDump(t, types, text)
			sameText(t, types, text)

			if !bytes.Equal(types.Bytes(), filetest.Section(t, path, ".BTF")) {
				t.Error("Bytes differs from the section that was read")
			}
		})
	}
}

// A detached file as pahole makes it comes back to the byte: header policy,
// section order and string section are those of libbpf.
func TestPeerDetached(t *testing.T) {
	enc, err := peer.Get(t).Encode(peer.Vmlinux(t, "612c"), "--btf_features=default")
	if err != nil || enc.Path == "" {
		t.Fatalf("pahole: %v: %s", err, enc.Output)
	}
	types := load(t, enc.Path, nil)
	sameDump(t, types, peer.DumpRaw(t, enc.Path))
	want, err := os.ReadFile(enc.Path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(types.Bytes(), want) {
		t.Error("Bytes differs from the file that was read")
	}
}

// libbpf 1.8 writes headers of 32 bytes whether there is a layout section or
// not. We keep them, or write the same blob with 24.
func TestPeerLongHeader(t *testing.T) {
	vmlinux, dir := peer.Vmlinux(t, "612c"), peer.Scratch(t)
	out := filepath.Join(dir, "module.btf")
	cmd := peer.Get(t).Command("pahole", "-J", "--btf_features=default", "--btf_encode_detached="+out, "--btf_base="+vmlinux, module(t, "xt_mac.ko"))
	if res := peer.Run(t, peer.WithLibbpf18(cmd)); res.ExitCode != 0 {
		t.Fatalf("pahole: exit status %d: %s", res.ExitCode, res.Stderr)
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if raw[4] != 32 {
		t.Fatalf("header of %d bytes: not what this test is about", raw[4])
	}
	types := load(t, out, load(t, vmlinux, nil))
	sameDump(t, types, peer.Bpftool(t, "-B", vmlinux, "btf", "dump", "file", out, "format", "raw"))
	if !bytes.Equal(types.Bytes(), raw) {
		t.Error("Bytes differs from the file that was read")
	}
	got := types.WithLongHeader(false).Bytes()
	if got[4] != 24 || !bytes.Equal(got[8:24], raw[8:24]) || !bytes.Equal(got[24:], raw[32:]) {
		t.Error("with the short header it is not the file without the last 8 bytes of its header")
	}
}

// module returns the path of a module of the 6.12 kernel.
func module(t testing.TB, name string) string {
	t.Helper()
	for _, path := range peer.Modules(t, "612c") {
		if filepath.Base(path) == name {
			return path
		}
	}
	t.Fatalf("no module %s", name)
	return ""
}

// Split BTF of modules over the BTF of their kernel.
func TestPeerModules(t *testing.T) {
	vmlinux := peer.Vmlinux(t, "612c")
	base := load(t, vmlinux, nil)
	for _, name := range []string{"xfs.ko", "kvm.ko", "nf_tables.ko", "xt_mac.ko"} {
		t.Run(name, func(t *testing.T) {
			path := module(t, name)
			types := load(t, path, base)
			text := peer.Bpftool(t, "-B", vmlinux, "btf", "dump", "file", path, "format", "raw")
			sameDump(t, types, text)
			sameText(t, types, text)
			if !bytes.Equal(types.Bytes(), filetest.Section(t, path, ".BTF")) {
				t.Error("Bytes differs from the section that was read")
			}
		})
	}
}

// What our writer makes of the goldens, of odd words and of kinds nobody knows,
// reads the same in bpftool: both byte orders, with and without a layout section.
func TestPeerReadsOurs(t *testing.T) {
	dir := peer.Scratch(t)
	file := func(name string, types *btf.Types) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, types.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, g := range goldens(t) {
		types := g.types(t)
		if !splittest.Knows(types[0]) {
			continue
		}
		basePath := file("base.btf", types[0])
		for i, part := range types {
			for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
				for _, layout := range []bool{false, true} {
					part := reorder(t, order, part).WithLayout(layout)
					args := []string{"btf", "dump", "file", file("own.btf", part), "format", "raw"}
					if i > 0 {
						args = append([]string{"-B", basePath}, args...)
					}
					t.Run(fmt.Sprintf("%s/%d/%v/%v", g.name, i, order, layout), func(t *testing.T) {
						sameDump(t, part, peer.Bpftool(t, args...))
					})
				}
			}
		}
	}
	t.Run("unknown words", func(t *testing.T) {
		sameDump(t, oddTypes(t), peer.DumpRaw(t, file("odd.btf", oddTypes(t))))
	})
	t.Run("unknown kinds", func(t *testing.T) {
		types, err := btf.Parse(unknownKinds(binary.LittleEndian), nil)
		if err != nil {
			t.Fatal(err)
		}
		sameDump(t, types, peer.DumpRaw(t, file("unknown.btf", types)))
	})
}
