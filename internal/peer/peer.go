// Package peer runs the programs that gopahole is compared with: pahole, bpftool and the compilers of the test
// data. They live in a Debian tree of their own, which scripts/peers.sh makes, beside real kernels with DWARF:
//
//	DIR/sid          the Debian tree; DIR itself appears inside it as /p
//	DIR/k/NAME       one kernel package each: vmlinux, and its modules below usr/lib/debug/lib/modules
//	DIR/libbpf18     a newer libbpf.so, for the runs that must not have the defects of the packaged one
//	DIR/cache        pahole's outputs, kept because a run on a kernel takes some ten seconds
//
// The environment variable GOPAHOLE_PEERS names DIR. The package is for tests and benchmarks; the program does not
// need any of this.
package peer

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

// EnvVar is the name of the environment variable that names the directory of the peers.
const EnvVar = "GOPAHOLE_PEERS"

// ErrUnset says that EnvVar is not set.
var ErrUnset = errors.New(EnvVar + " is not set (scripts/peers.sh makes the peers and prints their directory)")

// Without is the value of EnvVar in a run that is meant to be without peers, such as make test. Tests that
// need them are skipped then, with CI=true as well.
const Without = "none"

// ErrWithout says that EnvVar is Without.
var ErrWithout = errors.New("this run is without them (" + EnvVar + "=" + Without + "); make test-peers has them")

// Peers is one directory of peers. Its methods may be called from several goroutines.
type Peers struct {
	dir string // absolute and clean
}

// FromEnv opens the directory that EnvVar names. The error is ErrUnset or ErrWithout if there is none.
func FromEnv() (*Peers, error) {
	dir := os.Getenv(EnvVar)
	if dir == "" {
		return nil, ErrUnset
	}
	if dir == Without {
		return nil, ErrWithout
	}
	return Open(dir)
}

// Open checks that dir is usable: the Debian tree is there and holds pahole, dir is mounted inside it, and this
// process may change its root directory.
func Open(dir string) (*Peers, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	p := &Peers{dir: dir}
	if err := supported(); err != nil {
		return nil, fmt.Errorf("peers in %s: %w", dir, err)
	}
	if _, err := os.Stat(filepath.Join(p.Root(), "usr/bin/pahole")); err != nil {
		return nil, fmt.Errorf("peers in %s: no pahole (run scripts/peers.sh): %w", dir, err)
	}
	// A bind mount does not outlive a restart of the machine, the tree does.
	outside, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("peers: %w", err)
	}
	inside, err := os.Stat(filepath.Join(p.Root(), "p"))
	if err != nil || !os.SameFile(outside, inside) {
		return nil, fmt.Errorf("peers in %s: not mounted as /p inside sid (run scripts/peers.sh again)", dir)
	}
	return p, nil
}

// Dir is the directory of the peers.
func (p *Peers) Dir() string { return p.dir }

// Root is the Debian tree in which the programs run.
func (p *Peers) Root() string { return filepath.Join(p.dir, "sid") }

// Command prepares a run of a program of the Debian tree, given by name or absolute path, with a small fixed
// environment. Paths below Dir in args are translated to the ones inside; others do not exist for the program.
// The child is the program itself, so its resource usage is its own.
func (p *Peers) Command(tool string, args ...string) *exec.Cmd {
	path := tool
	if !strings.HasPrefix(path, "/") {
		path = "/usr/bin/" + tool
		if _, err := os.Lstat(filepath.Join(p.Root(), path)); err != nil {
			path = "/usr/sbin/" + tool
		}
	}
	cmd := &exec.Cmd{
		Path:        path,
		Args:        []string{tool},
		Dir:         "/",
		Env:         []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/root"},
		SysProcAttr: InTree(p.Root()),
	}
	for _, arg := range args {
		cmd.Args = append(cmd.Args, p.Inside(arg))
	}
	return cmd
}

// WithLibbpf18 makes a command use the newer libbpf of the peers.
func WithLibbpf18(cmd *exec.Cmd) *exec.Cmd {
	cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH=/p/libbpf18")
	return cmd
}

// Inside translates every path below Dir that arg holds, as a whole or as the value of an option (--x=PATH), to the
// path of the same file inside the Debian tree.
func (p *Peers) Inside(arg string) string {
	option, value, found := strings.Cut(arg, "=")
	if !found || strings.HasPrefix(arg, "/") {
		option, value = "", arg
	} else {
		option += "="
	}
	if value == p.dir {
		return option + "/p"
	}
	if rest, ok := strings.CutPrefix(value, p.dir+"/"); ok {
		return option + "/p/" + rest
	}
	return arg
}

// Vmlinux is the path of the vmlinux of a kernel, such as "612c", with symbolic links resolved.
func (p *Peers) Vmlinux(kernel string) (string, error) {
	path, err := filepath.EvalSymlinks(filepath.Join(p.dir, "k", kernel, "vmlinux"))
	if err != nil {
		return "", fmt.Errorf("kernel %s (scripts/peers.sh %s): %w", kernel, kernel, err)
	}
	return path, nil
}

// Modules lists the files of a kernel's modules with DWARF, sorted by path.
func (p *Peers) Modules(kernel string) ([]string, error) {
	var modules []string
	err := filepath.WalkDir(filepath.Join(p.dir, "k", kernel), func(path string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && (strings.HasSuffix(path, ".ko") || strings.HasSuffix(path, ".ko.debug")) {
			modules = append(modules, path)
		}
		return err
	})
	if err == nil && len(modules) == 0 {
		err = fmt.Errorf("kernel %s: no modules", kernel)
	}
	sort.Strings(modules)
	return modules, err
}

// PaholeVersion is what pahole --version prints, such as "v1.32".
func (p *Peers) PaholeVersion() (string, error) {
	out, err := p.Command("pahole", "--version").Output()
	if err != nil {
		return "", fmt.Errorf("pahole --version: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// LibbpfVersion is the version of the libbpf behind the packaged pahole, such as "1.7.0".
func (p *Peers) LibbpfVersion() (string, error) {
	out, err := p.Command("dpkg-query", "-W", "-f", "${Version}", "libbpf1").Output()
	if err != nil {
		return "", fmt.Errorf("version of libbpf: %w", err)
	}
	// Without the epoch in front and Debian's revision after it.
	version := string(out)
	if _, rest, ok := strings.Cut(version, ":"); ok {
		version = rest
	}
	version, _, _ = strings.Cut(version, "-")
	return version, nil
}

// CompatFlag is the option that makes gopahole write what pahole does with a version of libbpf.
func CompatFlag(libbpf string) string {
	if strings.HasPrefix(libbpf, "1.7.") {
		return "--btf_compat=libbpf-1.7"
	}
	return "--btf_compat=libbpf-1.8"
}
