package tuning

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dedup"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/relocate"
	"github.com/gopahole/gopahole/verify"
)

const modeEnv = "GOPAHOLE_TUNING_TEST"

// TestLibraries: a program that uses the public packages keeps its memory, its garbage collection
// and its limits. The same calls ask for huge pages in the command, so the input is large
// enough. Each is a process of its own, as tuning is for a process.
func TestLibraries(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip("this kernel has no transparent huge pages")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"program", "command"} {
		t.Run(mode, func(t *testing.T) {
			cmd := exec.Command(self, "-test.run=^TestUseLibraries$", "-test.v")
			cmd.Env = append(os.Environ(), modeEnv+"="+mode)
			out, err := cmd.CombinedOutput()
			if err != nil || !bytes.Contains(out, []byte("--- PASS: TestUseLibraries")) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestUseLibraries(t *testing.T) {
	mode := os.Getenv(modeEnv)
	if mode == "" {
		t.Skip("run by TestLibraries")
	}
	isCommand := mode == "command"
	percent, limit := gcSettings()
	var advised atomic.Bool
	if isCommand {
		Start(func(string) (string, bool) { return "", false })
		LimitMemory(func(err error) { panic(err) })
		memory.OnLarge(func(addr, n uintptr) {
			if n >= least {
				advised.Store(true)
			}
			advise(addr, n)
		})
	}
	for _, step := range librarySteps(t) {
		advised.Store(false)
		step.run(t)
		if isCommand && step.large && !advised.Load() {
			t.Errorf("%s made no large slice: the test says nothing about it", step.name)
		}
	}
	if got := hasAdvice(t); got != isCommand {
		t.Errorf("the process asked for huge pages: %v, want %v", got, isCommand)
	}
	if p, l := gcSettings(); !isCommand && (p != percent || l != limit || memory.Limit() != memory.Unlimited) {
		t.Errorf("GOGC=%d and a limit of %d became GOGC=%d, %d and %d", percent, limit, p, l, memory.Limit())
	}
}

// gcSettings returns GOGC and GOMEMLIMIT.
func gcSettings() (percent int, limit int64) {
	percent = debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	return percent, debug.SetMemoryLimit(-1)
}

// hasAdvice reports whether MADV_HUGEPAGE was called for any memory of the process (proc(5),
// smaps: "hg").
func hasAdvice(t *testing.T) bool {
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(maps)) {
		if flags, ok := strings.CutPrefix(line, "VmFlags:"); ok && strings.Contains(flags, " hg") {
			return true
		}
	}
	return false
}

type libraryStep struct {
	name  string
	large bool // takes a large slice
	run   func(t *testing.T)
}

func librarySteps(t *testing.T) []libraryStep {
	must := func(types *btf.Types, err error) *btf.Types {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return types
	}
	var base, split *btf.Types
	return []libraryStep{
		{"btf", true, func(t *testing.T) {
			raw := structs(t, nil, "of_base", 30_000).Bytes()
			base = must(btf.Load(bytes.NewReader(raw), int64(len(raw)), nil))
			raw = structs(t, base, "of_module", 30_000).Bytes()
			split = must(btf.Load(bytes.NewReader(raw), int64(len(raw)), base))
		}},
		{"dedup", true, func(t *testing.T) { must(dedup.Dedup(context.Background(), base, dedup.Options{})) }},
		{"distill and relocate", false, func(t *testing.T) {
			distilled, out, err := distill.Distill(split, distill.Options{})
			must(out, err)
			raw := out.Bytes()
			must(relocate.Relocate(must(btf.Parse(raw, distilled)), relocate.NewTarget(base)))
		}},
		{"verify", false, func(t *testing.T) {
			if r := verify.Check(base.Bytes(), verify.Options{}); !r.Accepted() {
				t.Error(r.Verdict())
			}
		}},
		{"dwarf2btf", true, func(t *testing.T) {
			file, err := elffile.Open(filepath.FromSlash("../../testdata/dwarf/module-riscv64-gcc-dwarf5.o"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if _, err = dwarf2btf.Convert(context.Background(), []*elffile.File{file}, dwarf2btf.Options{Features: features.Default(), Jobs: 2}); err != nil {
				t.Error(err)
			}
		}},
		{"elffile", false, func(t *testing.T) {
			file, err := elffile.Open(filepath.FromSlash("../../testdata/dwarf/module-riscv64-gcc-dwarf5.o"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			name := filepath.Join(t.TempDir(), "with.o")
			if err := file.WriteCopy(name, []elffile.Content{{Name: ".BTF", Data: base.Bytes()}}, elffile.Options{}); err != nil {
				t.Fatal(err)
			}
			must(elffile.OpenBTF(name, nil))
		}},
	}
}

// structs returns BTF with n structs whose only member is an int.
func structs(t *testing.T, base *btf.Types, name string, n int) *btf.Types {
	b := btf.NewBuilder(binary.LittleEndian, base)
	member := btf.ID(1)
	if base == nil {
		member = b.AddInt("int", 4, btf.EncodingSigned)
	}
	for i := range n {
		b.AddStruct(fmt.Sprintf("%s_%d", name, i), 4, btf.Member{Name: "member", Type: member})
	}
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return types
}
