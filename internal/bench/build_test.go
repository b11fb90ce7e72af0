package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEvery(t *testing.T) {
	all := strings.Fields("a b c d e f g")
	for _, c := range []struct {
		n    int
		want string
	}{{0, "a b c d e f g"}, {1, "a b c d e f g"}, {3, "a d g"}, {100, "a"}} {
		if got := every(all, c.n); !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("every %d: %v, want %s", c.n, got, c.want)
		}
	}
}

func TestMakefile(t *testing.T) {
	want := ".PHONY: all m0 m1\nall: m0 m1\n" +
		"m0:\n\t+@set -e; LLVM_OBJCOPY=\"objcopy\" pahole -J /p/a.ko;\n" +
		"m1:\n\t+@set -e; LLVM_OBJCOPY=\"objcopy\" pahole -J /p/b.ko;\n"
	if got := makefile("pahole -J", []string{"/p/a.ko", "/p/b.ko"}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestBuildRows: each way is compared with pahole's run of the same round.
func TestBuildRows(t *testing.T) {
	use := func(seconds int) usage {
		return usage{cpu: 2 * time.Duration(seconds) * time.Second, wall: time.Duration(seconds) * time.Second}
	}
	ways := []buildWay{{name: "pahole"}, {name: "each"}, {name: "all"}}
	runs := [][]usage{{use(40), use(80), use(60)}, {use(4), use(16), use(10)}, {use(1), use(1), use(1)}}
	var text strings.Builder
	printRows(&text, buildRows(ways, runs, []int64{400 << 20, 40 << 20, 100 << 20}))
	for _, want := range []string{
		"| each: wall | 10.00 s | 60.00 s | **6.0** | 5.0 | 10.0 |",
		"| each: CPU | 20.00 s | 120.00 s | **6.0** | 5.0 | 10.0 |",
		"| each: peak memory of all processes | 40.00 MB | 400.00 MB | **10.0** | 10.0 | 10.0 |",
		"| all: wall | 1.00 s | 60.00 s | **60.0** | 40.0 | 80.0 |",
		"| all: peak memory of all processes | 100.00 MB | 400.00 MB | **4.0** | 4.0 | 4.0 |",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no line %q in\n%s", want, &text)
		}
	}
}

// TestTreePSS: a process counts with the children of all its threads, and with theirs.
func TestTreePSS(t *testing.T) {
	proc := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(proc, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for pid, pss := range map[string]string{"1": "10", "2": "200", "3": "3000", "4": "40000", "5": "500000"} {
		write(pid+"/smaps_rollup", "00400000-7fff0000 ---p 00000000 00:00 0    [rollup]\nRss:  9999 kB\nPss:      "+pss+" kB\nPss_Dirty:  7 kB\n")
	}
	write("1/task/1/children", "2 99 ") // 99 has ended
	write("1/task/11/children", "3 ")
	write("3/task/3/children", "4 ")
	write("5/task/5/children", "")
	if got, want := treePSS(proc, 1), int64(43210<<10); got != want {
		t.Errorf("%d, want %d", got, want)
	}
	if got := treePSS(proc, 77); got != 0 {
		t.Errorf("%d for no process", got)
	}
}

// TestPeakOf: a command that runs long enough is seen, and one that fails is an error.
func TestPeakOf(t *testing.T) {
	if _, err := os.Stat("/proc/self/smaps_rollup"); err != nil {
		t.Skip(err)
	}
	if peak, err := peakOf(exec.Command("sleep", "0.2")); err != nil || peak < 1<<10 || peak > 1<<30 {
		t.Errorf("%d bytes, %v", peak, err)
	}
	if _, err := peakOf(exec.Command("sh", "-c", "sleep 0.1; echo no; exit 3")); err == nil || !strings.Contains(err.Error(), "no") {
		t.Errorf("a command that fails: %v", err)
	}
}
