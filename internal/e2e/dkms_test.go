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

// TestDKMS builds a module with dkms for a kernel whose build of modules finds no vmlinux, with the hook of
// contrib/dkms. Whatever happens, the build succeeds.
func TestDKMS(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: builds a module several times")
	}
	d := newDKMS(t)
	vmlinux := peer.Vmlinux(t, "612c")

	t.Run("with a base", func(t *testing.T) {
		module, log := d.build(t, "GOPAHOLE_BASE="+d.peers.Inside(vmlinux))
		if !strings.Contains(log, "due to unavailability of vmlinux") {
			t.Error("the build of the kernel found a vmlinux, so that the hook has nothing to do")
		}
		if got := btfSections(t, module); got != ".BTF .BTF.base" {
			t.Errorf("sections %q\n%s", got, log)
		}
		if r := run(t, "verify", "--base", vmlinux, module); r.exitCode != 0 {
			t.Errorf("verify: %s%s", r.stdout, r.stderr)
		}
		if dump := run(t, "dump", module); !strings.Contains(dump.stdout, "FUNC 'hello_rename'") || !strings.Contains(dump.stdout, "STRUCT 'hello'") {
			t.Errorf("the types of the module are not there: %s%s", dump.stdout, dump.stderr)
		}
	})
	t.Run("without", func(t *testing.T) {
		module, log := d.build(t)
		if got := btfSections(t, module); got != "" || !strings.Contains(log, "gopahole-dkms: no BTF of "+d.release) {
			t.Errorf("sections %q\n%s", got, log)
		}
	})
	t.Run("with the base of another kernel", func(t *testing.T) {
		// Its types tell that it does not know distilled bases, and so would not load the module.
		module, log := d.build(t, "GOPAHOLE_BASE="+d.peers.Inside(peer.Vmlinux(t, "61c")))
		if got := btfSections(t, module); got != "" || !strings.Contains(log, "does not know .BTF.base") || !strings.Contains(log, "gets no BTF") {
			t.Errorf("sections %q\n%s", got, log)
		}
	})
	t.Run("with a base that is none", func(t *testing.T) {
		module, log := d.build(t, "GOPAHOLE_BASE=/etc/passwd")
		if got := btfSections(t, module); got != "" || !strings.Contains(log, "gets no BTF") {
			t.Errorf("sections %q\n%s", got, log)
		}
	})
	t.Run("without gopahole", func(t *testing.T) {
		module, log := d.build(t, "GOPAHOLE=nothing")
		if got := btfSections(t, module); got != "" || !strings.Contains(log, "gopahole-dkms: no nothing") {
			t.Errorf("sections %q\n%s", got, log)
		}
	})
}

// dkms is a dkms in the tree of the peers, with a tree of its own for modules.
type dkms struct {
	peers   *peer.Peers
	dir     string // below the peers
	release string // of the kernel
	headers string // inside the tree
}

func newDKMS(t *testing.T) *dkms {
	p := peer.Get(t)
	d := &dkms{peers: p, dir: peer.Scratch(t), release: strings.TrimPrefix(filepath.Base(peer.Vmlinux(t, "612c")), "vmlinux-")}
	d.headers = "/usr/src/linux-headers-" + d.release
	if _, err := os.Stat(filepath.Join(p.Root(), d.headers, ".ready")); err != nil {
		missing := "no dkms (scripts/peers.sh dkms installs it)"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
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

// build builds the module anew and returns it and the log of its build.
func (d *dkms) build(t *testing.T, env ...string) (module, log string) {
	t.Helper()
	tree := filepath.Join(d.dir, "tree")
	if err := os.RemoveAll(tree); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(tree, 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := d.peers.Command("dkms", "build", "hello/1.0", "-k", d.release, "--kernelsourcedir", d.headers,
		"--dkmstree", tree, "--sourcetree", filepath.Join(d.dir, "source"))
	inside := d.peers.Inside(d.dir)
	cmd.Env = append(cmd.Env, "PATH="+inside+":/usr/sbin:/usr/bin:/sbin:/bin", "GOPAHOLE_DKMS="+inside+"/gopahole-dkms")
	cmd.Env = append(cmd.Env, env...)
	res := peer.Run(t, cmd)
	results := filepath.Join(tree, "hello/1.0", d.release, "x86_64")
	text, err := os.ReadFile(filepath.Join(results, "log/make.log"))
	if res.ExitCode != 0 || err != nil {
		t.Fatalf("dkms: exit code %d, %v\n%s%s", res.ExitCode, err, res.Stdout, bytes.TrimSpace(res.Stderr))
	}
	return filepath.Join(results, "module/hello.ko"), string(text)
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
