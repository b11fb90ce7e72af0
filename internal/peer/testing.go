package peer

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// Get returns the peers of EnvVar. Without usable peers the test is skipped with the reason, but on a machine
// that says it is a CI machine (CI=true) it fails: there a comparison must not be left out in silence, unless
// EnvVar says so.
func Get(t testing.TB) *Peers {
	t.Helper()
	p, err := FromEnv()
	if err != nil {
		if os.Getenv("CI") == "true" && err != ErrWithout {
			t.Fatalf("no peers, and CI=true: %v", err)
		}
		t.Skipf("no peers: %v", err)
	}
	return p
}

// Dir returns the directory of the peers; see Get for what happens without.
func Dir(t testing.TB) string {
	t.Helper()
	return Get(t).Dir()
}

// Vmlinux returns the path of a kernel's vmlinux, such as "612c".
func Vmlinux(t testing.TB, kernel string) string {
	t.Helper()
	path, err := Get(t).Vmlinux(kernel)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Modules returns the paths of a kernel's modules with DWARF, sorted.
func Modules(t testing.TB, kernel string) []string {
	t.Helper()
	modules, err := Get(t).Modules(kernel)
	if err != nil {
		t.Fatal(err)
	}
	return modules
}

// SweepVar is the name of the environment variable that says how many modules of a kernel are compared: a number, or
// all. Without it few are.
const SweepVar = "GOPAHOLE_SWEEP"

// Sweeping reports whether SweepVar asks for more than the usual.
func Sweeping() bool { return os.Getenv(SweepVar) != "" }

// SomeModules returns modules of a kernel, spread over all: n, or as many as SweepVar says, or somewhat more.
func SomeModules(t testing.TB, kernel string, n int) []string {
	t.Helper()
	modules := Modules(t, kernel)
	switch text := os.Getenv(SweepVar); text {
	case "":
	case "all":
		n = len(modules)
	default:
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 {
			t.Fatalf("%s=%s is neither a number of modules nor all", SweepVar, text)
		}
	}
	return spread(modules, n)
}

// spread returns n of some strings, spread over all, or somewhat more.
func spread(all []string, n int) (some []string) {
	for chunk := range slices.Chunk(all, max(1, len(all)/n)) {
		some = append(some, chunk[0])
	}
	return some
}

// Scratch makes a directory that the peers can see and that is removed after the test.
func Scratch(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(Dir(t), "scratch-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// Result is what a program of the peers did.
type Result struct {
	Stdout, Stderr []byte
	ExitCode       int // -1 if a signal ended it
}

// Pahole runs pahole. Paths in args must be below Dir.
func Pahole(t testing.TB, args ...string) Result {
	t.Helper()
	return Run(t, Get(t).Command("pahole", args...))
}

// Bpftool runs bpftool, which must succeed, and returns what it prints. Paths in args must be below Dir.
func Bpftool(t testing.TB, args ...string) []byte {
	t.Helper()
	res := Run(t, Get(t).Command("bpftool", args...))
	if res.ExitCode != 0 {
		t.Fatalf("bpftool %q: exit status %d: %s", args, res.ExitCode, res.Stderr)
	}
	return res.Stdout
}

// DumpRaw prints BTF the way the goldens are written: bpftool btf dump file F format raw. The file must be below Dir.
func DumpRaw(t testing.TB, file string) []byte {
	t.Helper()
	return Bpftool(t, "btf", "dump", "file", file, "format", "raw")
}

// PaholeVersion returns what pahole --version prints.
func PaholeVersion(t testing.TB) string {
	t.Helper()
	v, err := Get(t).PaholeVersion()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// LibbpfVersion returns the version of the libbpf behind the packaged pahole.
func LibbpfVersion(t testing.TB) string {
	t.Helper()
	v, err := Get(t).LibbpfVersion()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Run runs a command to its end; an exit status other than 0 is a result, not a failure of the test.
func Run(t testing.TB, cmd *exec.Cmd) Result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%q: %v", cmd.Args, err)
	}
	return Result{stdout.Bytes(), stderr.Bytes(), cmd.ProcessState.ExitCode()}
}

// Resolve runs resolve_btfids of a version of Linux, "612" or "72". Paths in args must be below Dir.
func Resolve(t testing.TB, version string, args ...string) Result {
	t.Helper()
	p := Get(t)
	tool := filepath.Join(p.Dir(), "resolve"+version, "resolve_btfids")
	if _, err := os.Stat(tool); err != nil {
		missing := "no resolve_btfids of Linux " + version + " (scripts/peers.sh resolve" + version + " makes it)"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return Run(t, p.Command(p.Inside(tool), args...))
}
