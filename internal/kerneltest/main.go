// Command kerneltest is the acceptance test of gopahole in the place for which it is made: it builds Linux and modules
// with gopahole as PAHOLE, boots the result in an emulator, and compares.
//
//	go run ./internal/kerneltest [-kernels 6.12,7.2] [-encoder gopahole] [-all]
//
// For each version of Linux:
//
//   - A small kernel is built, with modules of its tree and modules outside of it (testdata/kernel). The BTF of each
//     file is that of pahole 1.32 with libbpf 1.8 in the same tree, and so are the IDs in .BTF_ids. vmlinux.h compiles.
//     Only PAHOLE is replaced; a further build with gopahole as RESOLVE_BTFIDS, too, gives the same.
//   - It boots, and so does a kernel of another configuration. Both show in /sys/kernel/btf what was written, and load
//     the modules that were built for the first one: the kernel relocates their BTF, and BPF programs call their kfuncs.
//   - Modules that cannot be relocated are refused, as gopahole relocate --check says before.
//   - Where the encoder tags kfuncs, which is so up to 7.2, the BTF step is repeated with scripts as the build of 7.3
//     has them: resolve_btfids tags kfuncs, and both kernels offer the same ones. Pahole as the encoder, a build that
//     knows of BTF inline and gopahole gen give the same BTF. This kernel boots, too. With a resolve_btfids that does
//     not tag kfuncs the build goes well, but programs that call kfuncs with implicit arguments are refused.
//   - With -all, also as a kernel that has BTF inline: gopahole encodes where functions were inlined, and resolve_btfids
//     puts that into sections of its own, of vmlinux and of each module. The rest is as it was, and the kernel boots. (One
//     that has it in a module of its own is not built: the scripts for that are not published, nor is the module.)
//   - An encoder that leaves out the distilled base, or the tags of kfuncs, is caught by the same comparisons.
//
// Everything happens below the directory of the peers, see package peer, and is kept there; a second run builds only
// what has changed. The sources of Linux are a peer too (scripts/peers.sh linux-6.12).
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gopahole/gopahole/internal/peer"
	"github.com/gopahole/gopahole/internal/rusage"
)

func main() {
	kernels := flag.String("kernels", "6.12", "the versions of Linux, separated by commas")
	encoder := flag.String("encoder", "gopahole", "what is tested: gopahole, or pahole to see that the test is right")
	all := flag.Bool("all", false, "build and boot all configurations, not just two, and a kernel with BTF inline")
	flag.Parse()
	if err := run(strings.FieldsFunc(*kernels, func(r rune) bool { return r == ',' || r == ' ' }), *encoder, *all); err != nil {
		fmt.Fprintln(os.Stderr, "kernel-test:", err)
		os.Exit(1)
	}
}

func run(kernels []string, encoderName string, all bool) error {
	peers, err := peer.FromEnv()
	if err != nil {
		return err
	}
	lock, err := lockDir(filepath.Join(peers.Dir(), "kernel-test"))
	if err != nil {
		return err
	}
	defer lock.Close()
	s := &suite{peers: peers, dir: filepath.Join(peers.Dir(), "kernel-test"), data: "testdata/kernel", all: all}
	if err := s.prepare(encoderName); err != nil {
		return err
	}
	for _, version := range kernels {
		t, err := s.tree(version)
		if err != nil {
			return err
		}
		if err := t.test(); err != nil {
			return fmt.Errorf("%s: %w", version, err)
		}
	}
	if s.problems > 0 {
		return fmt.Errorf("%d problems", s.problems)
	}
	fmt.Printf("kernel-test: passed with %s, Linux %s\n", encoderName, strings.Join(kernels, " and "))
	return nil
}

// lockDir makes a directory and waits until no other run uses it. The lock ends with the file, or with the process.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := peer.Lock(f, func() { fmt.Println("kernel-test: another run is at work, waiting") }); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// A suite is what the tests of all kernels have in common.
type suite struct {
	peers    *peer.Peers
	dir      string // of everything that is built; below the peers
	data     string // testdata/kernel of the repository
	all      bool
	problems int

	subject   encoder // what is tested: nothing but PAHOLE is replaced
	reference encoder // what is right
	resolver  encoder // the subject as RESOLVE_BTFIDS, too; only for gopahole
	gopahole  string  // the program; empty if it is not tested
	guest     string  // the program that becomes init
}

// problem reports a difference from what should be; the test goes on.
func (s *suite) problem(format string, args ...any) {
	s.problems++
	fmt.Printf("PROBLEM: "+format+"\n", args...)
}

// step runs a part and tells how long it and the programs that it ran took.
func step(name string, f func() error) error {
	start := time.Now()
	before, _ := rusage.Children()
	if err := f(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	used, _ := rusage.Children()
	fmt.Printf("%s: %.0f s (processors %.0f s)\n", name, time.Since(start).Seconds(), (used.CPU - before.CPU).Seconds())
	return nil
}
