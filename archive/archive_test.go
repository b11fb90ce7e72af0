package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/source"
	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/packtest"
	"github.com/gopahole/gopahole/module"
)

const release = "6.12.0-example" // of the kernel in testdata/guide

// file returns a file of testdata.
func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("../testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// kernelFiles are a kernel with its modules, in the order of the names.
func kernelFiles(t testing.TB) []packtest.File {
	dir := "usr/lib/debug/lib/modules/" + release + "/kernel/"
	return []packtest.File{
		{Name: "usr/lib/debug/boot/vmlinux-" + release, Data: file(t, "guide/vmlinux-6.12")},
		{Name: dir + "driver.ko", Data: file(t, "guide/driver.ko")},
		{Name: dir + "keeps.ko", Data: file(t, "guide/keeps.ko")},
		{Name: dir + "none.ko", Data: file(t, "guide/driver.ko")[:64]},
	}
}

// encoded returns the BTF that the steps of a build make of these files, by what their objects
// are called in BTFHub's layout.
func encoded(t testing.TB) map[string][]byte {
	t.Helper()
	made := make(map[string][]byte)
	var base *dwarf2btf.Base
	for _, name := range []string{"vmlinux-6.12", "driver.ko", "keeps.ko"} {
		f, err := elffile.Open("../testdata/guide/" + name)
		if err != nil {
			t.Fatal(err)
		}
		steps, err := module.Build(release, dwarf2btf.Options{Base: base}, module.BuildOptions{KeepBase: true})
		if err != nil {
			t.Fatal(err)
		}
		m := module.New(f)
		if err := module.Run(t.Context(), m, steps...); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if base == nil {
			if base, err = dwarf2btf.NewBase(m.BTF, dwarf2btf.BaseOptions{}); err != nil {
				t.Fatal(err)
			}
			made[release+".btf"] = m.BTF.Bytes()
			continue
		}
		made[release+"/"+strings.TrimSuffix(name, ".ko")+".btf"] = m.BTF.Bytes()
	}
	return made
}

func debianMeta(name string) packtest.Meta {
	return packtest.Meta{Name: name, Version: "6.12.1-1+deb13u1", Arch: "amd64", Maintainer: "Debian Kernel Team <debian-kernel@lists.debian.org>"}
}

// write writes packages by their names and returns them as inputs.
func write(t testing.TB, packages map[string][]byte) []source.Input {
	t.Helper()
	dir := t.TempDir()
	for name, data := range packages {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	inputs, err := source.List([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	return inputs
}

// options for a run with modules.
func options(layout Layout) Options {
	return Options{Layout: layout, Modules: true, Jobs: 2, Memory: 256 << 20, Encoder: "gopahole test", Spool: source.Spool{Memory: 1 << 20}}
}

// objects returns all objects of a directory.
func objects(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		all[rel], err = os.ReadFile(name)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return all
}

// digest is one over all objects of a directory.
func digest(t testing.TB, dir string) string {
	t.Helper()
	sum := sha256.New()
	all := objects(t, dir)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(sum, "%q %x\n", key, sha256.Sum256(all[key]))
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

func open(t testing.TB, dir string) store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// record is the only record of an archive.
func record(t testing.TB, st store.Store) *index.Record {
	t.Helper()
	var found *index.Record
	for l, err := range index.List(t.Context(), st) {
		if err != nil || l.Err != nil || found != nil {
			t.Fatalf("%v: %v, %v", l.Key, err, l.Err)
		}
		found = l.Record
	}
	if found == nil {
		t.Fatal("no record")
	}
	return found
}

func untar(t testing.TB, r io.Reader, err error) map[string][]byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string][]byte)
	for a := tar.NewReader(r); ; {
		h, err := a.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if !h.ModTime.Equal(h.ModTime.Truncate(0)) || h.ModTime.Unix() != 0 || h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Mode != 0o644 {
			t.Errorf("%s says more than its name: %+v", h.Name, h)
		}
		if files[h.Name], err = io.ReadAll(a); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBTFHub: the objects have the names that BTFHub gives them, and in them is the BTF that a
// build makes.
func TestBTFHub(t *testing.T) {
	want := encoded(t)
	fedora := packtest.Meta{Name: "kernel-debuginfo", Version: "6.12.0", Release: "1.fc40", Arch: "x86_64"}
	for name, data := range map[string][]byte{
		"modules last":          packtest.Deb(debianMeta("linux-image-x-dbg"), "xz", kernelFiles(t)...),
		"modules first":         packtest.RPM(fedora, "zst", reversed(kernelFiles(t))...),
		"modules first, slow":   packtest.RPM(fedora, "xz", reversed(kernelFiles(t))...),
		"modules first, little": packtest.RPM(fedora, "lzma", reversed(kernelFiles(t))...),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			st := open(t, dir)
			o := options(BTFHub)
			if name == "modules first, little" {
				o.Stash = 2500 // there is room for one of them
			}
			sum, err := Run(t.Context(), st, write(t, map[string][]byte{"x.deb": data}), o)
			if err != nil || sum.Failed != 1 { // none.ko
				t.Fatalf("%+v, %v", sum, err)
			}
			place := "debian/13/x86_64/" + release
			if name != "modules last" {
				place = "fedora/40/x86_64/" + release
			}
			all := objects(t, dir)
			keys := slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(k string) bool { return strings.HasPrefix(k, index.Prefix) })
			if keep := []string{place + ".btf.tar.xz", place + ".modules.tar.zst"}; !slices.Equal(keys, keep) {
				t.Fatalf("%q, want %q", keys, keep)
			}
			x, err := xz.NewReader(bytes.NewReader(all[keys[0]]))
			got := untar(t, x, err)
			if len(got) != 1 {
				t.Errorf("%d files in the archive of the kernel", len(got))
			}
			z, err := zstd.NewReader(bytes.NewReader(all[keys[1]]))
			maps.Copy(got, untar(t, z, err))
			if !maps.EqualFunc(got, want, bytes.Equal) {
				t.Errorf("%q, want %q, or their BTF is another one", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
			}
		})
	}
}

func reversed(files []packtest.File) []packtest.File {
	files = slices.Clone(files)
	slices.Reverse(files)
	return files
}

// TestCAS: each BTF is there once, under its digest, and the records lead to it.
func TestCAS(t *testing.T) {
	want := encoded(t)
	dir := t.TempDir()
	st := open(t, dir)
	one, two := debianMeta("one"), debianMeta("two")
	inputs := write(t, map[string][]byte{"one.deb": packtest.Deb(one, "xz", kernelFiles(t)[:3]...), "two.deb": packtest.Deb(two, "gz", kernelFiles(t)[:3]...)})
	if sum, err := Run(t.Context(), st, inputs, options(CAS)); err != nil || sum != (Summary{Done: 2}) {
		t.Fatalf("%+v, %v", sum, err)
	}
	all := objects(t, dir)
	got := make(map[string]bool)
	for key, data := range all {
		if strings.HasPrefix(key, index.Prefix) {
			continue
		}
		d, err := zstd.NewReader(nil)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := d.DecodeAll(data, nil)
		if err != nil || key != index.ObjectKey(digestOf(raw)) {
			t.Errorf("%s: %v", key, err)
		}
		got[digestOf(raw)] = true
	}
	if len(got) != len(want) {
		t.Errorf("%d objects, want %d", len(got), len(want))
	}
	for name, raw := range want {
		if !got[digestOf(raw)] {
			t.Errorf("the BTF of %s is not there", name)
		}
	}
	n := 0
	for l, err := range index.List(t.Context(), st) {
		if err != nil || l.Err != nil {
			t.Fatal(err, l.Err)
		}
		n++
		for _, e := range l.Record.Entries {
			if _, ok := all[e.Object]; !ok || e.Object != index.ObjectKey(e.Digest) || e.Release != release || e.Architecture != "x86_64" || e.Verdict == "" {
				t.Errorf("%+v", e)
			}
		}
	}
	if n != 2 {
		t.Errorf("%d records", n)
	}
}

// TestRecord: what there is to say about each file is in the record.
func TestRecord(t *testing.T) {
	dir := t.TempDir()
	st := open(t, dir)
	files := append(kernelFiles(t), packtest.File{Name: "lib/modules/5.4.0/kernel/old.ko", Data: file(t, "guide/driver.ko")},
		packtest.File{Name: "boot/vmlinux-9.9.9", Data: []byte("no kernel")})
	if sum, err := Run(t.Context(), st, write(t, map[string][]byte{"x.rpm": packtest.RPM(packtest.Meta{Name: "k"}, "", files...)}), options(CAS)); err != nil || sum != (Summary{Failed: 1}) {
		t.Fatalf("%+v, %v", sum, err)
	}
	var got []string
	for _, e := range record(t, st).Entries {
		got = append(got, fmt.Sprintf("%s %s %s %s", e.Kind, e.Module, e.Status, e.Error))
	}
	want := []string{
		"vmlinux  failed not an ELF file",
		"module old failed there is no vmlinux of Linux 5.4.0 with debugging information in the package",
		"vmlinux  done ",
		"module driver done ",
		"module keeps done ",
		"module none failed ",
	}
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("%s, want %s", got[i], want[i])
		}
	}
}

// packages are what the tests below work on: kernels, one that is broken, and text.
func packages(t testing.TB) map[string][]byte {
	one := packtest.Deb(debianMeta("one"), "xz", kernelFiles(t)[:3]...)
	return map[string][]byte{
		"one.deb":    one,
		"two.rpm":    packtest.RPM(packtest.Meta{Name: "two", Version: "6.12.0", Release: "1.el9", Arch: "x86_64", Maintainer: "CentOS"}, "xz", reversed(kernelFiles(t)[:3])...),
		"three.deb":  packtest.Deb(debianMeta("three"), "", packtest.File{Name: "boot/vmlinux-6.13.0-example", Data: file(t, "guide/vmlinux-6.13")}),
		"four.deb":   packtest.Deb(debianMeta("linux-image-9.9.9-dbg"), "", packtest.File{Name: "boot/vmlinux-9.9.9", Data: []byte("no kernel")}),
		"text.deb":   []byte("no package"),
		"six.tar.gz": packtest.Compress("gz", packtest.Tar(packtest.File{Name: "seven.deb", Data: packtest.Deb(debianMeta("seven"), "zst", kernelFiles(t)[:1]...)})),
		"cut.deb":    one[:len(one)-100],
	}
}

// undisturbed is the digest of an archive of packages.
func undisturbed(t testing.TB, inputs []source.Input, o Options) string {
	dir := t.TempDir()
	if _, err := Run(t.Context(), open(t, dir), inputs, o); err != nil {
		t.Fatal(err)
	}
	return digest(t, dir)
}

// TestSame: the result does not depend on workers, on the order of the work or on memory, and
// a second run changes nothing.
func TestSame(t *testing.T) {
	inputs := write(t, packages(t))
	for _, layout := range []Layout{BTFHub, CAS} {
		want := undisturbed(t, inputs, options(layout))
		for _, change := range []func(*Options){
			func(o *Options) { o.Jobs = 1 }, func(o *Options) { o.Jobs = 7; o.Memory = 4 << 30 }, func(o *Options) { o.Memory = 1 }, func(o *Options) { o.Spool.Memory = 0 },
		} {
			o := options(layout)
			change(&o)
			dir := t.TempDir()
			st := &puts{Store: open(t, dir)}
			shuffled := slices.Clone(inputs)
			slices.Reverse(shuffled)
			first, err := Run(t.Context(), st, shuffled, o)
			if err != nil || digest(t, dir) != want {
				t.Errorf("%s, %d jobs: another result (%v)", layout, o.Jobs, err)
			}
			st.keys = nil
			again, err := Run(t.Context(), st, inputs, o)
			if err != nil || again != (Summary{first.Done, first.Failed, first.Done + first.Failed}) || len(st.keys) > 0 {
				t.Errorf("%s: the second run: %+v after %+v, puts %q, %v", layout, again, first, st.keys, err)
			}
		}
	}
}

// puts notes what is put, and fails from a number of puts on.
type puts struct {
	store.Store
	mu    sync.Mutex
	keys  []string
	fails int // from this one on; 0 for never
	err   error
	after bool // it fails when it is done
}

func (p *puts) Put(ctx context.Context, key string, size int64, r io.Reader) error {
	return p.change(key, func() error { return p.Store.Put(ctx, key, size, r) })
}

func (p *puts) Update(ctx context.Context, key string, f func([]byte) ([]byte, store.Change, error)) error {
	changed := false
	err := p.Store.Update(ctx, key, func(old []byte) (data []byte, c store.Change, err error) {
		if data, c, err = f(old); err != nil || c == store.Keep {
			return nil, store.Keep, err
		}
		changed = true
		if err := p.change(key, func() error { return nil }); err != nil && !p.after {
			return nil, store.Keep, err
		}
		return data, c, nil
	})
	if err == nil && changed && p.after {
		return p.fault()
	}
	return err
}

// change notes a change, which may fail.
func (p *puts) change(key string, do func() error) error {
	p.mu.Lock()
	p.keys = append(p.keys, key)
	p.mu.Unlock()
	if err := p.fault(); err != nil && !p.after {
		return err
	}
	if err := do(); err != nil || !p.after {
		return err
	}
	return p.fault()
}

// fault is the error of a change that was noted, nil for those that succeed.
func (p *puts) fault() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fails > 0 && len(p.keys) >= p.fails {
		return p.err
	}
	return nil
}

// TestFaults: a store that fails at any put ends the run with its error. The next one goes on
// and puts nothing again that is complete but what it could not know of; in the end the result
// is that of a run without faults.
func TestFaults(t *testing.T) {
	inputs := write(t, packages(t))
	gone := errors.New("the store is gone")
	for _, layout := range []Layout{BTFHub, CAS} {
		o := options(layout)
		want := undisturbed(t, inputs, o)
		for _, after := range []bool{false, true} {
			for n := 1; ; n++ {
				dir := t.TempDir()
				st := &puts{Store: open(t, dir), fails: n, err: gone, after: after}
				if _, err := Run(t.Context(), st, inputs, o); err == nil {
					break // so many puts there are not
				} else if !errors.Is(err, gone) {
					t.Fatalf("%s, put %d: %v", layout, n, err)
				}
				again := &puts{Store: open(t, dir)}
				if _, err := Run(t.Context(), again, inputs, o); err != nil {
					t.Fatal(err)
				}
				if digest(t, dir) != want {
					t.Errorf("%s, put %d fails, after it was done: %v: another result", layout, n, after)
				}
				for _, key := range again.keys {
					if strings.HasPrefix(key, "btf/") && slices.Contains(st.keys[:n-1], key) {
						t.Errorf("%s, put %d fails: %s is put again", layout, n, key)
					}
				}
			}
		}
	}
}

// TestWorkers: two runs at the same time do no harm.
func TestWorkers(t *testing.T) {
	inputs := write(t, packages(t))
	for _, layout := range []Layout{BTFHub, CAS} {
		o := options(layout)
		want := undisturbed(t, inputs, o)
		dir := t.TempDir()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if _, err := Run(context.Background(), open(t, dir), inputs, o); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if digest(t, dir) != want {
			t.Errorf("%s: another result", layout)
		}
	}
}

// TestOnePlace: of two kernels of one release, the same one stays whichever comes last.
func TestOnePlace(t *testing.T) {
	one := packtest.Deb(debianMeta("one"), "xz", kernelFiles(t)[:2]...)
	other := kernelFiles(t)[:1]
	other[0].Data = bytes.ReplaceAll(file(t, "guide/vmlinux-6.13"), []byte("6.13.0-example"), []byte("6.12.0-example"))
	two := packtest.Deb(debianMeta("two"), "xz", other...)
	var digests []string
	for _, order := range [][]string{{"one", "two"}, {"two", "one"}} {
		dir := t.TempDir()
		for _, name := range order {
			data := map[string][]byte{"one": one, "two": two}[name]
			if sum, err := Run(t.Context(), open(t, dir), write(t, map[string][]byte{name + ".deb": data}), options(BTFHub)); err != nil || sum.Done != 1 {
				t.Fatal(sum, err)
			}
		}
		digests = append(digests, digest(t, dir))
	}
	if digests[0] != digests[1] {
		t.Error("the result depends on the order")
	}
}

// TestMore: a run that is asked for more than was done does it, and one that is asked for less
// does not.
func TestMore(t *testing.T) {
	inputs := write(t, map[string][]byte{"one.deb": packtest.Deb(debianMeta("one"), "xz", kernelFiles(t)[:3]...)})
	st := open(t, t.TempDir())
	for i, tc := range []struct {
		modules, distill, again bool
		before                  int
	}{{before: 0}, {before: 1}, {modules: true}, {modules: true, before: 1}, {before: 1}, {modules: true, distill: true}, {modules: true, distill: true, again: true}} {
		o := options(CAS)
		o.Modules, o.Distill, o.Again = tc.modules, tc.distill, tc.again
		if sum, err := Run(t.Context(), st, inputs, o); err != nil || sum != (Summary{Done: 1, Before: tc.before}) {
			t.Errorf("run %d: %+v, %v", i, sum, err)
		}
	}
	for _, e := range record(t, st).Entries {
		if e.Kind == "module" && e.DistilledBase == "" {
			t.Errorf("%s has no distilled base", e.Module)
		}
	}
}

// TestOwn: the BTF that files have is compared with what was encoded.
func TestOwn(t *testing.T) {
	made := encoded(t)
	with := func(name string, raw []byte) []byte {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, file(t, "guide/"+name), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := elffile.SetSections(path, []elffile.Content{{Name: ".BTF", Data: raw}}, elffile.Options{NoSync: true}); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	raw := func(name string) []byte { return made[release+name] }
	for _, tc := range []struct {
		name           string
		vmlinux, ko    []byte
		kernel, module string // verdicts
	}{
		{"equal", raw(".btf"), raw("/driver.btf"), "equal", "equal"},
		{"of another kernel", raw("/driver.btf"), raw("/driver.btf"), "unknown", "unknown"},
		{"of another module", raw(".btf"), raw("/keeps.btf"), "equal", "different"},
		{"damaged", raw(".btf"), raw("/driver.btf")[:40], "equal", "unknown"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := kernelFiles(t)[:2]
			files[0].Data, files[1].Data = with("vmlinux-6.12", tc.vmlinux), with("driver.ko", tc.ko)
			dir := t.TempDir()
			st := open(t, dir)
			if _, err := Run(t.Context(), st, write(t, map[string][]byte{"x.deb": packtest.Deb(debianMeta("x"), "", files...)}), options(BTFHub)); err != nil {
				t.Fatal(err)
			}
			entries := record(t, st).Entries
			if len(entries) != 2 || entries[0].Own == nil || entries[1].Own == nil {
				t.Fatalf("%+v", entries)
			}
			if got := []string{entries[0].Own.Verdict, entries[1].Own.Verdict}; got[0] != tc.kernel || got[1] != tc.module {
				t.Errorf("%q, want %s, %s (%+v)", got, tc.kernel, tc.module, entries[1].Own)
			}
			if _, ok := objects(t, dir)["debian/13/x86_64/"+release+".hasbtf"]; !ok {
				t.Error("no marker that the kernel has BTF")
			}
		})
	}
}

// TestMarkers: a kernel that failed has a marker with the reason, until it is done.
func TestMarkers(t *testing.T) {
	dir := t.TempDir()
	marker := "debian/13/x86_64/" + release + ".failed"
	meta := debianMeta("linux-image-" + release + "-dbg")
	good := packtest.Deb(meta, "xz", kernelFiles(t)[:1]...)
	empty := packtest.Deb(meta, "", packtest.File{Name: "boot/vmlinux-" + release, Data: []byte("no kernel")})
	for _, tc := range []struct {
		data []byte
		want string // in the marker; "" for none
	}{
		{good[:len(good)-80], "truncated"},
		{empty, "there is no kernel with debugging information in it"},
		{good[:len(good)-80], "there is no kernel"}, // of two reasons the greater one, whichever comes first
		{good, ""},
	} {
		if _, err := Run(t.Context(), open(t, dir), write(t, map[string][]byte{"x.deb": tc.data}), options(BTFHub)); err != nil {
			t.Fatal(err)
		}
		why, ok := objects(t, dir)[marker]
		if ok != (tc.want != "") || !strings.Contains(string(why), tc.want) {
			t.Errorf("%q, %v, want %q", why, ok, tc.want)
		}
	}
}

func TestDistribution(t *testing.T) {
	debian, ubuntu := "Debian Kernel Team <debian-kernel@lists.debian.org>", "Ubuntu Kernel Team <kernel-team@lists.ubuntu.com>"
	for _, tc := range []struct {
		p    source.Package
		want string
	}{
		{source.Package{Format: "deb", Name: "linux-image-6.12.117+deb13-amd64-dbg", Version: "6.12.117-1", Maintainer: debian}, "debian/13"},
		{source.Package{Format: "deb", Name: "linux-image-6.1.0-1-dbg", Version: "6.1.9-1~bpo11+1", Maintainer: debian}, "debian/11"},
		{source.Package{Format: "deb", Name: "linux-image-6.1.0-1-dbg", Version: "6.1.9-1", Maintainer: debian}, ""},
		{source.Package{Format: "deb", Name: "linux-image-unsigned-5.4.0-26-generic-dbgsym", Version: "5.4.0-26.30~18.04.1", Maintainer: ubuntu}, "ubuntu/18.04"},
		{source.Package{Format: "deb", Name: "linux-image-unsigned-5.4.0-26-generic-dbgsym", Version: "5.4.0-26.30", Maintainer: ubuntu}, ""},
		{source.Package{Format: "rpm", Name: "kernel-debuginfo", Version: "4.18.0-80.el8", Maintainer: "CentOS"}, "centos/8"},
		{source.Package{Format: "rpm", Name: "kernel-debuginfo", Version: "4.18.0-80.el8", Maintainer: "Red Hat, Inc."}, "rhel/8"},
		{source.Package{Format: "rpm", Name: "kernel-uek-debuginfo", Version: "5.4.17-2011.el7uek", Maintainer: "Oracle America"}, "ol/7"},
		{source.Package{Format: "rpm", Name: "kernel-debuginfo", Version: "5.3.7-301.fc31", Maintainer: "Fedora Project"}, "fedora/31"},
		{source.Package{Format: "rpm", Name: "kernel-debuginfo", Version: "4.14.101-91.76.amzn2", Maintainer: "Amazon.com"}, "amzn/2"},
		{source.Package{Format: "tree", Name: "debian13"}, ""},
	} {
		if got := (&runner{}).distribution(&tc.p); got != tc.want {
			t.Errorf("%s %s: %q, want %q", tc.p.Name, tc.p.Version, got, tc.want)
		}
	}
	if got := (&runner{Options: Options{Distribution: "ubuntu/20.04"}}).distribution(&source.Package{}); got != "ubuntu/20.04" {
		t.Error(got)
	}
}

// TestGate: nobody is let in beyond the room, everybody is let in at last, and who gives up
// leaves no hole.
func TestGate(t *testing.T) {
	g := newGate(10)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	all, err := g.enter(ctx, 99) // more than there is is all of it
	if err != nil {
		t.Fatal(err)
	}
	gaveUp := make(chan error)
	go func() {
		_, err := g.enter(ctx, 5)
		gaveUp <- err
	}()
	for {
		g.mu.Lock()
		n := len(g.queue)
		g.mu.Unlock()
		if n > 0 {
			break
		}
	}
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	all()
	all() // twice is once
	var wg sync.WaitGroup
	var mu sync.Mutex
	in := int64(0)
	for i := range int64(50) {
		wg.Go(func() {
			leave, err := g.enter(t.Context(), i%7+1)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			if in += i%7 + 1; in > 10 {
				t.Errorf("%d of 10 are in", in)
			}
			mu.Unlock()
			mu.Lock()
			in -= i%7 + 1
			mu.Unlock()
			leave()
		})
	}
	wg.Wait()
	if g.room != 10 {
		t.Errorf("%d of 10 are left", g.room)
	}
}
