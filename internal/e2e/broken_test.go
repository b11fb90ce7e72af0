package e2e

import (
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/peer"
)

// TestBroken encodes damaged copies of small objects: both byte orders and classes, several units, compression.
func TestBroken(t *testing.T) {
	for _, object := range []string{
		"units-gcc-dwarf4.elf", "units-gcc-dwarf5.elf", "units-dwarf64.elf", "units-zstd.elf", "units-dwz.elf", "units-type-units-dwarf4.elf",
		"mix-mips-gcc-dwarf5.elf", "mix-s390x-gcc-dwarf5.elf", "nocall-clang-dwarf5.elf", "kfuncs-gcc-dwarf5.elf", "params-gcc-dwarf4.elf",
		"module-gcc-dwarf4.o", "module-clang-dwarf5.o", "module-arm-gcc-dwarf5.o", "module-mips64el-gcc-dwarf5.o",
	} {
		t.Run(object, func(t *testing.T) {
			t.Parallel()
			n := 8
			if testing.Short() {
				n = 2
			}
			input := filepath.Join(root, "testdata/dwarf", object)
			damages := append(truncations(12), headerDamages()...)
			for _, section := range []string{".debug_info", ".debug_abbrev", ".debug_str", ".debug_str_offsets",
				".debug_addr", ".debug_loc", ".debug_loclists", ".symtab", ".BTF_ids", ".rela.debug_info",
				".rel.debug_info", ".rela.debug_str_offsets", ".rela.debug_loc"} {
				damages = append(damages, sectionDamages(t, input, section, n)...)
			}
			encodeDamaged(t, input, damages, 200<<20)
		})
	}
}

// TestBrokenKernel does the same with a whole kernel, where sizes could run away.
func TestBrokenKernel(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: every case writes a copy of a kernel")
	}
	vmlinux := peer.Vmlinux(t, "612c")
	damages := append(truncations(4), headerDamages()[:2]...)
	for _, section := range []string{".debug_info", ".debug_abbrev", ".debug_str"} {
		damages = append(damages, sectionDamages(t, vmlinux, section, 2)...)
	}
	encodeDamaged(t, vmlinux, damages, 1<<30)
}

// A damage changes a copy of a file.
type damage struct {
	name string
	do   func(f *os.File, size int64) error
}

// truncations cut the file after n equal steps, and within the ELF header.
func truncations(n int) []damage {
	cut := func(name string, length func(size int64) int64) damage {
		return damage{"cut to " + name, func(f *os.File, size int64) error { return f.Truncate(length(size)) }}
	}
	var damages []damage
	for _, length := range []int64{0, 3, 17, 52, 63} {
		damages = append(damages, cut(fmt.Sprintf("%d bytes", length), func(int64) int64 { return length }))
	}
	for i := range n {
		damages = append(damages, cut(fmt.Sprintf("%d/%d", i+1, n+1), func(size int64) int64 { return size * int64(i+1) / int64(n+1) }))
	}
	return append(damages, cut("all but a byte", func(size int64) int64 { return size - 1 }))
}

// headerDamages are wrong numbers in the ELF header.
func headerDamages() []damage {
	set := func(name string, at32, at64 int64, content ...byte) damage {
		return damage{name, func(f *os.File, _ int64) error {
			class := make([]byte, 1)
			if _, err := f.ReadAt(class, elf.EI_CLASS); err != nil {
				return err
			}
			at := at64
			if class[0] == byte(elf.ELFCLASS32) {
				at = at32
			}
			_, err := f.WriteAt(content, at)
			return err
		}}
	}
	return []damage{
		set("no section headers", 0x20, 0x28, 0, 0, 0, 0),
		set("section headers far away", 0x20, 0x28, 0x7f, 0x7f, 0x7f, 0x7f),
		set("many sections", 0x30, 0x3c, 0xff, 0xff),
		set("no sections", 0x30, 0x3c, 0, 0),
		set("another section for names", 0x32, 0x3e, 1, 1),
		set("section headers of size 0", 0x2e, 0x3a, 0, 0),
		set("an unknown class", elf.EI_CLASS, elf.EI_CLASS, 3),
		set("an unknown byte order", elf.EI_DATA, elf.EI_DATA, 3),
	}
}

// sectionDamages are changes in one section: all zeros, and n times random bytes.
func sectionDamages(t *testing.T, input, name string, n int) []damage {
	t.Helper()
	f, err := elf.Open(input)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := f.Section(name)
	if s == nil || s.Type == elf.SHT_NOBITS || s.FileSize == 0 {
		return nil
	}
	offset, size := int64(s.Offset), int64(s.FileSize)
	damages := []damage{{name + " is zero", func(f *os.File, _ int64) error {
		_, err := io.Copy(io.NewOffsetWriter(f, offset), io.LimitReader(zeros{}, size))
		return err
	}}}
	for seed := range uint64(n) {
		damages = append(damages, damage{fmt.Sprintf("%s, random bytes, seed %d", name, seed), func(f *os.File, _ int64) error {
			r := rand.New(rand.NewPCG(seed, uint64(len(name))))
			// Many near the beginning, where headers are, and as many anywhere.
			for range 4 {
				for _, within := range []int64{min(size, 64), size} {
					if _, err := f.WriteAt([]byte{byte(r.Uint32())}, offset+r.Int64N(within)); err != nil {
						return err
					}
				}
			}
			return nil
		}})
	}
	return damages
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// encodeDamaged encodes a damaged copy of the input for each damage. The command may succeed, or say what is wrong in
// one line with exit status 1; run checks that it does not crash or hang. The input must be unchanged, no unfinished
// output may be left, and the memory must stay within maxRSS bytes.
func encodeDamaged(t *testing.T, input string, damages []damage, maxRSS int64) {
	t.Helper()
	dir := t.TempDir()
	damaged, out := filepath.Join(dir, "input"), filepath.Join(dir, "out.btf")
	failed := 0
	for _, d := range damages {
		good := !t.Failed()
		damageCopy(t, input, damaged, d)
		before := fileSum(t, damaged, sha256.New())
		res := run(t, "-J", "--btf_features=default,global_var", "-j2", "--btf_encode_detached="+out, damaged)
		_, err := os.Stat(out)
		switch {
		case res.exitCode == 1 && !oneError(res.stderr, damaged):
			t.Errorf("%s: want one line that names the file, after warnings, got %q", d.name, res.stderr)
		case res.exitCode == 1 && err == nil:
			t.Errorf("%s: exit status 1, but there is an output", d.name)
		case res.exitCode == 0 && err != nil && res.stderr == "":
			t.Errorf("%s: exit status 0, but neither an output nor a message", d.name)
		}
		if res.exitCode == 1 {
			failed++
		}
		if res.maxRSS > maxRSS && len(raceFlags) == 0 {
			t.Errorf("%s: %d MB of memory", d.name, res.maxRSS>>20)
		}
		if after := fileSum(t, damaged, sha256.New()); after != before {
			t.Errorf("%s: the input was changed", d.name)
		}
		os.Remove(out)
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("%s: files left: %v, error %v", d.name, left, err)
		}
		if good && t.Failed() {
			t.Logf("the first failure is with %s", d.name)
		}
	}
	// If the damages did no harm the test would show nothing.
	if failed < len(damages)/5 {
		t.Errorf("only %d of %d damaged files were refused", failed, len(damages))
	}
	t.Logf("%d of %d damaged files were refused", failed, len(damages))
}

// oneError reports whether a text is one line about the file; warnings may come first.
func oneError(stderr, file string) bool {
	errorLines := 0
	for line := range strings.Lines(stderr) {
		if !strings.Contains(line, "warning:") {
			errorLines++
		}
		if !strings.Contains(line, file) {
			return false
		}
	}
	return errorLines == 1
}

func damageCopy(t *testing.T, from, to string, d damage) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	f, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	size, err := io.Copy(f, in)
	if err == nil {
		err = d.do(f, size)
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		t.Fatalf("%s: %v", d.name, err)
	}
}
