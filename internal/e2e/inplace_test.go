package e2e

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"testing"

	"github.com/gopahole/gopahole/internal/peer"
)

// TestInPlaceKernel puts BTF into a copy of a whole kernel, twice, as a kernel build does it: into a vmlinux
// that was linked without .BTF. (In the final vmlinux the section is part of the loaded image.) The section
// holds what a detached file holds, bpftool finds it there, and every other section keeps its contents and
// address.
func TestInPlaceKernel(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: copies a kernel")
	}
	dir := peer.Scratch(t)
	vmlinux, copied, detached := filepath.Join(dir, "vmlinux"), filepath.Join(dir, "copy"), filepath.Join(dir, "vmlinux.btf")
	objcopy := peer.Get(t).Command("objcopy", "-R", ".BTF", peer.Vmlinux(t, "612c"), vmlinux)
	if res := peer.Run(t, objcopy); res.ExitCode != 0 {
		t.Fatalf("objcopy: %s", res.Stderr)
	}
	damageCopy(t, vmlinux, copied, damage{"nothing", func(*os.File, int64) error { return nil }})
	if res := run(t, "-J", "-j2", "--btf_features=default", "--btf_encode_detached="+detached, vmlinux); res.exitCode != 0 {
		t.Fatal(res.stderr)
	}
	want, err := os.ReadFile(detached)
	if err != nil {
		t.Fatal(err)
	}
	for _, features := range []string{"var", "default"} { // the second one replaces what the first one added
		if res := run(t, "-J", "-j2", "--btf_features="+features, copied); res.exitCode != 0 || res.stderr != "" {
			t.Fatalf("%s: exit status %d: %s", features, res.exitCode, res.stderr)
		}
	}
	before, after := openELF(t, vmlinux), openELF(t, copied)
	section := after.Section(".BTF")
	if section == nil || section.Type != elf.SHT_PROGBITS {
		t.Fatalf("section .BTF: %+v", section)
	}
	if got, err := section.Data(); err != nil || !bytes.Equal(got, want) {
		t.Errorf("section .BTF: error %v, %d bytes that are not those of the detached file (%d)", err, len(got), len(want))
	}
	for _, s := range before.Sections {
		if s.Name == ".shstrtab" || s.Type == elf.SHT_NULL {
			continue // has one name more
		}
		other := after.Section(s.Name)
		if other == nil || other.Addr != s.Addr || other.FileSize != s.FileSize || other.Flags != s.Flags {
			t.Errorf("%s: was %+v, is %+v", s.Name, s.SectionHeader, other)
			continue
		}
		if s.Type != elf.SHT_NOBITS && !sameContents(t, s, other) {
			t.Errorf("%s: other contents", s.Name)
		}
	}
	if !bytes.Equal(peer.DumpRaw(t, copied), peer.DumpRaw(t, detached)) {
		t.Error("bpftool prints something else for the kernel than for the detached file")
	}
}

func openELF(t *testing.T, path string) *elf.File {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func sameContents(t *testing.T, a, b *elf.Section) bool {
	t.Helper()
	x, errX := a.Data()
	y, errY := b.Data()
	if errX != nil || errY != nil {
		t.Fatal(errX, errY)
	}
	return bytes.Equal(x, y)
}

// TestInPlaceModule puts BTF into objects, twice: the first time the section is new, the second time nothing
// changes. All other sections keep number and contents, as symbols and relocations refer to them.
func TestInPlaceModule(t *testing.T) {
	for _, object := range []string{"module-gcc-dwarf5.o", "module-gcc-sections.o", "module-arm-gcc-dwarf5.o",
		"module-s390x-gcc-dwarf4.o", "module-mips64el-gcc-dwarf5.o"} {
		t.Run(object, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			input, module, detached := filepath.Join(root, "testdata/dwarf", object), filepath.Join(dir, "x.ko"), filepath.Join(dir, "x.btf")
			damageCopy(t, input, module, damage{"nothing", func(*os.File, int64) error { return nil }})
			if res := run(t, "-J", "--btf_features=default", "--btf_encode_detached="+detached, input); res.exitCode != 0 {
				t.Fatal(res.stderr)
			}
			want, err := os.ReadFile(detached)
			if err != nil {
				t.Fatal(err)
			}
			var images [][]byte
			for range 2 {
				if res := run(t, "-J", "--btf_features=default", module); res.exitCode != 0 || res.stderr != "" {
					t.Fatalf("exit status %d: %s", res.exitCode, res.stderr)
				}
				image, err := os.ReadFile(module)
				if err != nil {
					t.Fatal(err)
				}
				images = append(images, image)
			}
			if !bytes.Equal(images[0], images[1]) {
				t.Error("the second run changed the module")
			}
			before, after := openELF(t, input), openELF(t, module)
			if s := after.Section(".BTF"); s == nil {
				t.Error("no section .BTF")
			} else if got, err := s.Data(); err != nil || !bytes.Equal(got, want) {
				t.Errorf("section .BTF: error %v, %d bytes that are not those of the detached file (%d)", err, len(got), len(want))
			}
			if len(after.Sections) != len(before.Sections)+1 {
				t.Errorf("%d sections, there were %d", len(after.Sections), len(before.Sections))
			}
			for i, s := range before.Sections {
				other := after.Sections[i]
				if s.Name == ".shstrtab" || s.Type == elf.SHT_NULL {
					continue
				}
				if other.Name != s.Name || other.Info != s.Info || other.Link != s.Link || s.Type != elf.SHT_NOBITS && !sameContents(t, s, other) {
					t.Errorf("section %d: was %+v, is %+v", i, s.SectionHeader, other.SectionHeader)
				}
			}
		})
	}
}
