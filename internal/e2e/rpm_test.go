package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/peer"
)

// spec is that of a package with the files below a directory, in the layout of Fedora's kernel-debuginfo or of the
// packages that the build of Linux makes (scripts/package/mkspec).
const spec = `Name: kernel-debuginfo
Version: 6.12.0
Release: 1.fc40
Summary: files of a kernel
License: GPL-2.0-only
Vendor: Fedora Project
%global debug_package %{nil}
%global __os_install_post %{nil}
%description
A kernel.
%install
cp -a TREE/. %{buildroot}/
%files
/
`

// TestRPM makes packages with rpmbuild, in both formats that it has and with each of its compressions, and archives of
// them: they are those of the same files in a directory.
func TestRPM(t *testing.T) {
	peers := peer.Get(t)
	if _, err := os.Stat(filepath.Join(peers.Root(), "usr/bin/rpmbuild")); err != nil {
		t.Skip("the peers have no rpmbuild: scripts/peers.sh rpm")
	}
	dir := peer.Scratch(t)
	const release = "6.12.0-example" // of the kernel in testdata/guide
	for layout, places := range map[string][2]string{
		"fedora": {"usr/lib/debug/lib/modules/" + release + "/vmlinux", "usr/lib/debug/lib/modules/" + release + "/kernel/driver.ko.debug"},
		"linux":  {"boot/vmlinux-" + release, "lib/modules/" + release + "/kernel/driver.ko"},
	} {
		tree := filepath.Join(dir, layout)
		for i, name := range []string{"vmlinux-6.12", "driver.ko"} {
			data, err := os.ReadFile(filepath.Join(root, "testdata/guide", name))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(tree, places[i])
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		// What such packages have besides: links.
		module := filepath.Join(tree, places[1])
		if err := os.Link(module, filepath.Join(filepath.Dir(module), "a-"+filepath.Base(module))); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("../"+filepath.Base(places[0]), filepath.Join(filepath.Dir(module), "vmlinux")); err != nil {
			t.Fatal(err)
		}
		archive := func(name, input string) string {
			dest := filepath.Join(dir, "archive-"+layout+name)
			if res := run(t, "archive", "run", "--modules", "--layout=cas", "-o", dest, input); res.exitCode != 0 || res.stderr != "" {
				t.Fatalf("%s: status %d: %s", name, res.exitCode, res.stderr)
			}
			return strings.Join(objectsBelow(t, filepath.Join(dest, "btf")), "\n")
		}
		want := archive("", tree)
		if strings.Count(want, "\n") != 1 {
			t.Fatalf("%s, want a kernel and a module", want)
		}
		file := filepath.Join(dir, layout+".spec")
		if err := os.WriteFile(file, []byte(strings.Replace(spec, "TREE", peers.Inside(tree), 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{"4", "6"} {
			for _, payload := range []string{"w3.zstdio", "w6.xzdio", "w9.gzdio", "w9.bzdio", "w6.lzdio", "w.ufdio"} {
				name := "-" + format + "-" + payload
				out := filepath.Join(dir, "rpm-"+layout+name)
				cmd := peers.Command("rpmbuild", "-bb", "--target", "x86_64", "--define", "_topdir "+peers.Inside(filepath.Join(dir, "build")),
					"--define", "_rpmdir "+peers.Inside(out), "--define", "_rpmformat "+format, "--define", "_binary_payload "+payload, file)
				if res := peer.Run(t, cmd); res.ExitCode != 0 {
					t.Fatalf("%s: %s", name, res.Stderr)
				}
				if got := archive(name, out); got != want {
					t.Errorf("%s%s: %s\nwant %s", layout, name, got, want)
				}
			}
		}
	}
}

// objectsBelow returns the names of the files below a directory.
func objectsBelow(t *testing.T, dir string) (names []string) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(name, dir))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return names
}
