package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/peer"
)

// TestDKMS builds a package of two modules with dkms for a kernel whose build of modules finds no vmlinux, with the hook
// of contrib/dkms. Whatever happens, the build succeeds.
func TestDKMS(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: builds modules several times")
	}
	d := newDKMS(t)
	release := d.prepare(t, "612c")
	vmlinux := peer.Vmlinux(t, "612c")
	nothing := func(t *testing.T, modules []string, log string, want ...string) {
		t.Helper()
		for _, module := range modules {
			if got := btfSections(t, module); got != "" {
				t.Errorf("%s: sections %q", filepath.Base(module), got)
			}
		}
		for _, text := range want {
			if !strings.Contains(log, text) {
				t.Errorf("%q is missing in\n%s", text, log)
			}
		}
	}

	t.Run("with a base", func(t *testing.T) {
		modules, log := d.build(t, release, "GOPAHOLE_BASE="+d.peers.Inside(vmlinux))
		if !strings.Contains(log, "due to unavailability of vmlinux") {
			t.Error("the build of the kernel found a vmlinux, so that the hook has nothing to do")
		}
		for _, module := range modules {
			if got := btfSections(t, module); got != ".BTF .BTF.base" {
				t.Errorf("%s: sections %q\n%s", filepath.Base(module), got, log)
			}
		}
		if r := run(t, append([]string{"verify", "--base", vmlinux}, modules...)...); r.exitCode != 0 {
			t.Errorf("verify: %s%s", r.stdout, r.stderr)
		}
		if dump := run(t, "dump", modules[0]); !strings.Contains(dump.stdout, "FUNC 'hello_rename'") || !strings.Contains(dump.stdout, "STRUCT 'hello'") {
			t.Errorf("the types of the module are not there: %s%s", dump.stdout, dump.stderr)
		}
		if n := strings.Count(log, "gopahole-dkms:"); n != 1 {
			t.Errorf("%d lines of the hook, want 1:\n%s", n, log)
		}
	})
	t.Run("without", func(t *testing.T) {
		modules, log := d.build(t, release)
		nothing(t, modules, log, "gopahole-dkms: no BTF of "+release)
	})
	t.Run("with the base of another kernel", func(t *testing.T) {
		// Its types tell that it does not know distilled bases, and so would not load the module.
		modules, log := d.build(t, release, "GOPAHOLE_BASE="+d.peers.Inside(peer.Vmlinux(t, "61c")))
		nothing(t, modules, log, "does not know .BTF.base", "get no BTF")
	})
	t.Run("with a base that is none", func(t *testing.T) {
		modules, log := d.build(t, release, "GOPAHOLE_BASE=/etc/passwd")
		nothing(t, modules, log, "get no BTF")
	})
	t.Run("without gopahole", func(t *testing.T) {
		modules, log := d.build(t, release, "GOPAHOLE=nothing")
		nothing(t, modules, log, "gopahole-dkms: no nothing")
	})
}

// TestDKMSTwoKernels builds the package for two kernels, whose vmlinux the hook finds where debug packages have it. One
// of the modules cannot be loaded into the older kernel with its BTF, as a line of the log says; the other has its BTF.
func TestDKMSTwoKernels(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: builds modules several times")
	}
	d := newDKMS(t)
	for kernel, want := range map[string][]string{"612c": {".BTF .BTF.base", ".BTF .BTF.base"}, "61c": {".BTF", ""}} {
		t.Run(kernel, func(t *testing.T) {
			release := d.prepare(t, kernel)
			found := filepath.Join(d.peers.Root(), "usr/lib/debug/boot/vmlinux-"+release)
			if err := os.MkdirAll(filepath.Dir(found), 0o755); err != nil {
				t.Fatal(err)
			}
			os.Remove(found)
			if err := os.Symlink(d.peers.Inside(peer.Vmlinux(t, kernel)), found); err != nil {
				t.Fatal(err)
			}
			defer os.Remove(found)
			modules, log := d.build(t, release)
			for i, module := range modules {
				if got := btfSections(t, module); got != want[i] {
					t.Errorf("%s: sections %q, want %q\n%s", filepath.Base(module), got, want[i], log)
				}
				if want[i] == "" {
					continue
				}
				if r := run(t, "verify", "--base", peer.Vmlinux(t, kernel), module); r.exitCode != 0 {
					t.Errorf("verify: %s%s", r.stdout, r.stderr)
				}
			}
			var said []string
			for line := range strings.Lines(log) {
				if strings.HasPrefix(line, "gopahole: ") && strings.Contains(line, "second.ko: ") {
					said = append(said, line)
				}
			}
			refused := want[1] == ""
			if refused && (len(said) != 1 || !strings.Contains(said[0], "Invalid name") || !strings.Contains(said[0], "Linux 6.1")) || !refused && said != nil {
				t.Errorf("the log says %q of the second module\n%s", said, log)
			}
		})
	}
}

// dkms is a dkms in the tree of the peers, with a tree of its own for modules.
type dkms struct {
	peers *peer.Peers
	dir   string // below the peers
}

func newDKMS(t *testing.T) *dkms {
	p := peer.Get(t)
	d := &dkms{peers: p, dir: peer.Scratch(t)}
	source := filepath.Join(d.dir, "source", "hello-1.0")
	if err := os.CopyFS(source, os.DirFS("testdata/dkms")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(d.dir, os.DirFS("../../contrib/dkms")); err != nil {
		t.Fatal(err)
	}
	built, err := program()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "gopahole"), data, 0o755); err != nil {
		t.Fatal(err)
	}
	// Where an administrator links the file to.
	conf := filepath.Join(p.Root(), "etc/dkms/hello.conf")
	link := p.Inside(filepath.Join(d.dir, "gopahole.conf"))
	os.Remove(conf)
	if err := os.Symlink(link, conf); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(conf) })
	return d
}

// headers is where the tree of the peers has what modules for a release are built with.
func headers(release string) string { return "/usr/src/linux-headers-" + release }

// prepare returns the release of a kernel that modules can be built for.
func (d *dkms) prepare(t *testing.T, kernel string) string {
	t.Helper()
	release := strings.TrimPrefix(filepath.Base(peer.Vmlinux(t, kernel)), "vmlinux-")
	if _, err := os.Stat(filepath.Join(d.peers.Root(), headers(release), ".ready")); err != nil {
		missing := "nothing to build modules for " + release + " with (scripts/peers.sh dkms installs it)"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return release
}

// build builds the modules anew and returns them, hello.ko and second.ko, and the log of their build.
func (d *dkms) build(t *testing.T, release string, env ...string) (modules []string, log string) {
	t.Helper()
	tree := filepath.Join(d.dir, "tree")
	if err := os.RemoveAll(tree); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(tree, 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := d.peers.Command("dkms", "build", "hello/1.0", "-k", release, "--kernelsourcedir", headers(release),
		"--dkmstree", tree, "--sourcetree", filepath.Join(d.dir, "source"))
	inside := d.peers.Inside(d.dir)
	cmd.Env = append(cmd.Env, "PATH="+inside+":/usr/sbin:/usr/bin:/sbin:/bin", "GOPAHOLE_DKMS="+inside+"/gopahole-dkms")
	cmd.Env = append(cmd.Env, env...)
	res := peer.Run(t, cmd)
	results := filepath.Join(tree, "hello/1.0", release, "x86_64")
	text, err := os.ReadFile(filepath.Join(results, "log/make.log"))
	if res.ExitCode != 0 || err != nil {
		failed, _ := os.ReadFile(filepath.Join(tree, "hello/1.0/build/make.log"))
		t.Fatalf("dkms: exit code %d, %v\n%s%s\n%s", res.ExitCode, err, res.Stdout, bytes.TrimSpace(res.Stderr), failed)
	}
	return []string{filepath.Join(results, "module/hello.ko"), filepath.Join(results, "module/second.ko")}, string(text)
}

// btfSections names the sections with BTF that a file has.
func btfSections(t *testing.T, name string) string {
	t.Helper()
	f, err := elffile.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var found []string
	for _, s := range f.Sections {
		if strings.HasPrefix(s.Name, ".BTF") {
			found = append(found, s.Name)
		}
		if strings.HasPrefix(s.Name, ".debug_") {
			t.Errorf("%s: %s is still there, so the hook ran too late or dkms does not strip", name, s.Name)
		}
	}
	return strings.Join(found, " ")
}
