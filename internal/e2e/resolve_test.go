package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/internal/peer"
)

// everyNthModule is for modules without .BTF_ids, of which there are a thousand.
const everyNthModule = 25

// TestResolve compares resolve_btfids with the kernel's programs of Linux 6.12 and 7.2, on the kernels of the peers and
// their modules as they are before that step: .BTF_ids is all zero.
func TestResolve(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: copies kernels")
	}
	for _, kernel := range []string{"61c", "612c", "72c"} {
		t.Run(kernel, func(t *testing.T) {
			vmlinux := peer.Vmlinux(t, kernel)
			t.Run("vmlinux", func(t *testing.T) { compareResolve(t, vmlinux, "") })
			without := 0
			for _, module := range peer.Modules(t, kernel) {
				hasBTF, hasIDs := hasSections(t, module)
				if !hasBTF {
					continue
				}
				if !hasIDs {
					if without++; without%everyNthModule != 1 {
						continue
					}
				}
				t.Run(filepath.Base(module), func(t *testing.T) { compareResolve(t, module, vmlinux) })
			}
			if without == 0 {
				t.Error("no modules")
			}
		})
	}
}

// compareResolve compares all ways to resolve one file. The base is "" for a kernel.
func compareResolve(t *testing.T, input, base string) {
	dir := peer.Scratch(t)
	ours, theirs := filepath.Join(dir, "ours"), filepath.Join(dir, "theirs")
	types := freshIDs(t, input, ours)
	data, err := os.ReadFile(ours)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(theirs, data)
	write(ours+".BTF.1", types)

	compare := func(version string, outputs []string, args ...string) {
		t.Helper()
		personality := []string{"resolve_btfids"}
		if version == "72" && slices.Contains(args, "--btf") { // else the BTF might look as if it were for a newer kernel
			personality = append(personality, "--kfuncs=tags")
		}
		got := run(t, append(append(personality, args...), ours)...)
		want := peer.Resolve(t, version, append(args, theirs)...)
		if got.exitCode != 0 || want.ExitCode != 0 {
			t.Fatalf("exit codes: gopahole %d, resolve_btfids %d; %s%s", got.exitCode, want.ExitCode, got.stderr, want.Stderr)
		}
		if got.stderr != string(want.Stderr) {
			t.Errorf("%q: warnings:\n%s\nwant\n%s", args, got.stderr, want.Stderr)
		}
		for _, suffix := range outputs {
			a, aErr := os.ReadFile(ours + suffix)
			b, bErr := os.ReadFile(theirs + suffix)
			if os.IsNotExist(aErr) && os.IsNotExist(bErr) && suffix == ".BTF_ids" {
				continue // an input without them
			}
			if aErr != nil || bErr != nil || !bytes.Equal(a, b) {
				t.Errorf("%q: the results%s differ: %d bytes, want %d; %v, %v", args, suffix, len(a), len(b), aErr, bErr)
			}
		}
	}
	withBase := func(args ...string) []string {
		if base != "" {
			args = append(args, "--btf_base", base)
		}
		return args
	}
	compare("612", []string{""}, withBase()...)
	write(ours, data)
	write(theirs, data)
	compare("72", []string{"", ".BTF", ".BTF_ids"}, withBase("--btf", ours+".BTF.1")...)
	if base != "" {
		compare("72", []string{"", ".BTF", ".BTF_ids", ".BTF.base"}, withBase("--distill_base", "--btf", ours+".BTF.1")...)
	}
	if _, err := os.Stat(ours + ".BTF_ids"); err == nil {
		compare("72", []string{""}, "--patch_btfids", ours+".BTF_ids")
	}
	if base == "" {
		return
	}
	// A module with a distilled base: its IDs are those over that base in 6.12; in 7.2 its types are relocated.
	embed(t, ours, data, ours+".BTF", ours+".BTF.base")
	embed(t, theirs, data, ours+".BTF", ours+".BTF.base")
	compare("612", []string{""}, withBase()...)
	for _, name := range []string{ours, theirs} { // gopahole says that it removes one that is left, where the kernel's program leaves it
		if err := os.Remove(name + ".BTF.base"); err != nil {
			t.Fatal(err)
		}
	}
	compare("72", []string{".BTF", ".BTF_ids"}, withBase("--btf", theirs)...)
}

// embed writes a file with these sections .BTF and .BTF.base.
func embed(t *testing.T, name string, data []byte, types, base string) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
	var contents []elffile.Content
	for _, from := range []struct{ section, file string }{{".BTF", types}, {".BTF.base", base}} {
		data, err := os.ReadFile(from.file)
		if err != nil {
			t.Fatal(err)
		}
		contents = append(contents, elffile.Content{Name: from.section, Data: data})
	}
	if err := elffile.SetSections(name, contents, elffile.Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
}

// freshIDs copies a file with an empty .BTF_ids, as a linker makes it, and returns its .BTF.
func freshIDs(t *testing.T, input, output string) []byte {
	t.Helper()
	copyWithIDs(t, input, output, func(f *elffile.File) []byte { return make([]byte, f.Section(btfids.SectionName).FileSize) })
	return filetest.Section(t, input, ".BTF")
}

// copyWithIDs copies a file with other contents of .BTF_ids, if it has that.
func copyWithIDs(t *testing.T, input, output string, contents func(*elffile.File) []byte) {
	t.Helper()
	f, err := elffile.Open(input)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data := filetest.Read(t, input)
	if ids := f.Section(btfids.SectionName); ids != nil {
		copy(data[ids.Offset:][:ids.FileSize], contents(f))
	}
	if err := os.WriteFile(output, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestResolveCompiled does the same with objects of machines of both byte orders and sizes.
func TestResolveCompiled(t *testing.T) {
	peers := peer.Get(t)
	dir := peer.Scratch(t)
	source, err := os.ReadFile("testdata/ids.c")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ids.c"), source, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, compiler := range []string{"gcc", "s390x-linux-gnu-gcc", "mips-linux-gnu-gcc", "arm-linux-gnueabihf-gcc"} {
		t.Run(compiler, func(t *testing.T) {
			object := filepath.Join(dir, compiler+".o")
			for _, cmd := range [][]string{
				{compiler, "-g", "-O1", "-gz=zlib", "-c", "-o", object, filepath.Join(dir, "ids.c")},
				{"pahole", "-J", "--btf_features=default", object},
			} {
				command := peers.Command(cmd[0], cmd[1:]...)
				// The plain objcopy, which pahole runs, may know one machine only.
				command.Env = append(command.Env, "OBJCOPY="+strings.TrimSuffix(compiler, "gcc")+"objcopy")
				if res := peer.Run(t, command); res.ExitCode != 0 {
					t.Fatalf("%q: %s", cmd, res.Stderr)
				}
			}
			compareResolve(t, object, "")
		})
	}
}
