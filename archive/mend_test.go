package archive

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/source"
	"github.com/gopahole/gopahole/internal/packtest"
)

// TestMend: what was lost or damaged after a run is as it was after the next one, with a record or without.
func TestMend(t *testing.T) {
	inputs := write(t, map[string][]byte{"x.deb": packtest.Deb(debianMeta("x"), "xz", kernelFiles(t)[:3]...)})
	for _, tc := range []struct {
		name   string
		layout Layout
		prefix string // of the objects that suffer
		damage func(path string) error
		again  bool
		want   string // of the error; "" for none
	}{
		{name: "a kernel is gone", layout: BTFHub, prefix: "debian/", damage: os.Remove},
		{name: "BTF is gone", layout: CAS, prefix: "btf/", damage: os.Remove},
		{name: "BTF is damaged", layout: CAS, prefix: "btf/", damage: func(path string) error { return os.WriteFile(path, []byte("x"), 0o644) }, again: true},
		{name: "the record is empty", layout: CAS, prefix: "index/", damage: func(path string) error { return os.Truncate(path, 0) }},
		{name: "the record is cut off", layout: CAS, prefix: "index/", damage: func(path string) error { return os.Truncate(path, 100) }},
		{name: "the record is of a newer version", layout: CAS, prefix: "index/",
			damage: func(path string) error { return os.WriteFile(path, []byte(`{"index":99}`+"\n"), 0o644) }, want: "a newer gopahole wrote it"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			st, o := open(t, dir), options(tc.layout)
			if _, err := Run(t.Context(), st, inputs, o); err != nil {
				t.Fatal(err)
			}
			want, n := digest(t, dir), 0
			for key := range objects(t, dir) {
				if strings.HasPrefix(key, tc.prefix) {
					n++
					if err := tc.damage(filepath.Join(dir, key)); err != nil {
						t.Fatal(err)
					}
				}
			}
			if n == 0 || digest(t, dir) == want {
				t.Fatal("nothing was damaged")
			}
			o.Again = tc.again
			sum, err := Run(t.Context(), st, inputs, o)
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Fatalf("%v", err)
				}
				return
			}
			if err != nil || sum != (Summary{Done: 1}) || digest(t, dir) != want {
				t.Errorf("%+v, %v, the same: %v", sum, err, digest(t, dir) == want)
			}
		})
	}
}

// TestNoPlace: a package of an unknown distribution has no place in BTFHub's layout, and its record tells of no object.
func TestNoPlace(t *testing.T) {
	st := open(t, t.TempDir())
	inputs := write(t, map[string][]byte{"x.deb": packtest.Deb(packtest.Meta{Name: "x", Version: "1", Arch: "amd64"}, "xz", kernelFiles(t)[:3]...)})
	if sum, err := Run(t.Context(), st, inputs, options(BTFHub)); err != nil || sum.Failed != 1 {
		t.Fatal(sum, err)
	}
	states, err := States(t.Context(), st)
	if err != nil || len(states) != 1 || len(states[0].Missing) > 0 || !strings.Contains(states[0].Record.Package.Error, "--distribution=") {
		t.Errorf("%+v, %v", states, err)
	}
	for _, e := range record(t, st).Entries {
		if e.Status == index.Done || e.Object != "" {
			t.Errorf("%+v", e)
		}
	}
}

// TestSecondName: objects below a directory with two names are there, although only one of them is listed.
func TestSecondName(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "debian/13"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("13", filepath.Join(dir, "debian/trixie")); err != nil {
		t.Fatal(err)
	}
	st, o := open(t, dir), options(BTFHub)
	o.Distribution = "debian/trixie"
	inputs := write(t, map[string][]byte{"x.deb": packtest.Deb(debianMeta("x"), "xz", kernelFiles(t)[:1]...)})
	for want := range 2 {
		if sum, err := Run(t.Context(), st, inputs, o); err != nil || sum != (Summary{Done: 1, Before: want}) {
			t.Fatal(sum, err)
		}
	}
	if states, err := States(t.Context(), st); err != nil || len(states) != 1 || len(states[0].Missing) > 0 {
		t.Errorf("%+v, %v", states, err)
	}
}

// TestBuiltAgain: a tree whose kernel was built again is not done, even if no file has another size.
func TestBuiltAgain(t *testing.T) {
	tree := t.TempDir()
	name := filepath.Join(tree, "vmlinux-"+release)
	data := file(t, "guide/vmlinux-6.12")
	st := open(t, t.TempDir())
	for i := range 2 {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
		inputs, err := source.List([]string{tree})
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := Run(t.Context(), st, inputs, options(CAS)); err != nil || sum != (Summary{Done: 1}) {
			t.Errorf("time %d: %+v, %v", i, sum, err)
		}
		at := bytes.LastIndex(data, []byte("int"))
		if at < 0 {
			t.Fatal("nothing in it is called int")
		}
		data[at] = 'I'
	}
}

// TestSuperseded: a file that was cut off so early that it does not say its name failed until the whole one is done,
// whatever the download called it.
func TestSuperseded(t *testing.T) {
	deb := debianMeta("linux-image-x-dbg")
	deb.Version = "1:" + deb.Version
	rpm := packtest.Meta{Name: "kernel-debuginfo", Version: "6.12.0", Release: "1.fc40", Arch: "x86_64"}
	whole := write(t, map[string][]byte{
		"a.deb": packtest.Deb(deb, "gz", kernelFiles(t)[:1]...),
		"b.rpm": packtest.RPM(rpm, "gz", kernelFiles(t)[:1]...),
	})
	superseded := map[string]bool{
		"linux-image-x-dbg_6.12.1-1+deb13u1_amd64.deb":        true,
		"linux-image-x-dbg_6.12.1-1%2bdeb13u1_amd64.deb":      true,
		"linux-image-x-dbg_1%3a6.12.1-1%2bdeb13u1_amd64.ddeb": true,
		"kernel-debuginfo-6.12.0-1.fc40.x86_64.rpm":           true,
		"linux-image-x-dbg_6.12.1-2_amd64.deb":                false,
		"kernel-debuginfo-6.12.0-1.fc40.aarch64.rpm":          false,
		"other.deb": false,
	}
	cut := make(map[string][]byte)
	for name := range superseded {
		cut[name] = []byte("!<arch>\nand no more of " + name)
	}
	inputs := write(t, cut)
	st := open(t, t.TempDir())
	for step, inputs := range [][]source.Input{inputs, whole} {
		if _, err := Run(t.Context(), st, inputs, options(CAS)); err != nil {
			t.Fatal(err)
		}
		states, err := States(t.Context(), st)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, s := range states {
			name, broken := strings.CutPrefix(s.Record.Package.Name, "file_")
			if want := step == 1 && superseded[name]; s.Superseded != want {
				t.Errorf("%s: superseded %v, want %v", s.Key, s.Superseded, want)
			}
			if broken {
				n++
			}
		}
		if n != len(superseded) {
			t.Errorf("%d of %d files", n, len(superseded))
		}
	}
}
