// Command bench compares gopahole with pahole, end to end, on the vmlinux of a kernel of the peers (see package peer):
//
//	go run ./internal/bench [-kernel 612c] [-features default] [-rounds 5]
//	go run ./internal/bench -modules [-kernel 612c] [-features default] [-rounds 3] [-sample 40] [-many 500]
//	go run ./internal/bench -cores [-kernel 612c] [-features default] [-rounds 5]
//	go run ./internal/bench -build [-kernel 612c] [-rounds 3] [-jobs 2] [-every 1]
//	go run ./internal/bench -verbs [-kernel 612c] [-rounds 3]
//	go run ./internal/bench -dumps [-kernel 612c] [-rounds 15]
//	go run ./internal/bench -machines [-kernel 612c] [-rounds 3]
//	go run ./internal/bench -archive FILE.deb [-rounds 3]
//
// With -modules, it is the modules of the kernel instead, see modulesBench; with -cores, how long vmlinux takes on machines
// with more processors, see coresBench; with -build, the step of a kernel's build for modules, see buildBench;
// with -verbs, the verbs for modules that have BTF, see verbsBench; with -dumps, what is printed and made of the BTF of
// vmlinux, see dumpsBench; with -machines, the settings of the process on machines that lack something, see
// machinesBench; with -archive, the way from a debug package to an archive, see archiveBench.
//
// It first checks that both write the same bytes; a number for a wrong result would mean nothing. Then the two run in
// alternation, so that a busy neighbour or a warm processor meets both, once with one worker and once with two in each
// round. What is printed is Markdown: medians, and the median, smallest and largest of the ratios within a round, which
// are what can be compared between machines. Counters that do not depend on the machine follow.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gopahole/gopahole/internal/peer"
)

func main() {
	kernel := flag.String("kernel", "612c", "the kernel of the peers")
	features := flag.String("features", "default", "the list for --btf_features")
	rounds := flag.Int("rounds", 5, "how often each of the two runs")
	modules := flag.Bool("modules", false, "measure modules")
	sample := flag.Int("sample", 40, "with -modules: how many are measured in processes of their own")
	manyCores := flag.Bool("cores", false, "how long it takes with more processors than there are")
	build := flag.Bool("build", false, "replay the step of a kernel's build for modules")
	jobs := flag.Int("jobs", runtime.NumCPU(), "with -build: how many at a time")
	every := flag.Int("every", 1, "with -build: of so many modules, one is taken")
	verbs := flag.Bool("verbs", false, "measure the verbs for modules that have BTF")
	dumps := flag.Bool("dumps", false, "measure what is printed and made of the BTF of vmlinux")
	machines := flag.Bool("machines", false, "measure the settings of the process on machines that lack something")
	archive := flag.String("archive", "", "measure the way from this debug package to an archive")
	on := flag.String("on", "", "execute the command that follows, on such a machine")
	many := flag.Int("many", 500, "with -modules: how many are encoded in one process")
	flag.Parse()
	err := func() error {
		if *on != "" {
			return runOn(*on, flag.Args())
		}
		b, err := newBench(*kernel, *features)
		if err != nil {
			return err
		}
		defer os.RemoveAll(b.dir)
		if *modules {
			m := &modulesBench{bench: b, rounds: *rounds, sample: *sample, many: *many}
			return m.run(os.Stdout, *kernel)
		}
		if *manyCores {
			return (&coresBench{bench: b}).run(os.Stdout, *kernel, *rounds)
		}
		if *build {
			return (&buildBench{bench: b, rounds: *rounds, jobs: *jobs, every: *every}).run(os.Stdout, *kernel)
		}
		if *verbs {
			return (&verbsBench{bench: b, rounds: *rounds}).run(os.Stdout, *kernel)
		}
		if *dumps {
			return (&dumpsBench{bench: b, rounds: *rounds}).run(os.Stdout, *kernel)
		}
		if *machines {
			return (&machinesBench{bench: b, rounds: *rounds}).run(os.Stdout, *kernel)
		}
		if *archive != "" {
			return (&archiveBench{bench: b, rounds: *rounds, archive: *archive}).run(os.Stdout)
		}
		return b.run(*kernel, *rounds)
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// newBench builds the command and makes a directory for its outputs.
func newBench(kernel, features string) (*bench, error) {
	peers, err := peer.FromEnv()
	if err != nil {
		return nil, err
	}
	vmlinux, err := peers.Vmlinux(kernel)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(peers.Dir(), "bench-*")
	if err != nil {
		return nil, err
	}
	b := &bench{peers: peers, dir: dir, vmlinux: vmlinux, features: features}
	if err := b.build(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return b, nil
}

// run measures the encoding of vmlinux.
func (b *bench) run(kernel string, rounds int) error {
	if err := b.checkEqual(); err != nil {
		return err
	}
	var pairs []pair
	for round := range rounds {
		for _, jobs := range []int{1, 2} {
			p, err := b.pair(jobs, round%2 == 1)
			if err != nil {
				return err
			}
			pairs = append(pairs, p)
			fmt.Fprintf(os.Stderr, "round %d, -j%d: gopahole %s, pahole %s\n", round+1, jobs, p.gopahole, p.pahole)
		}
	}
	if err := b.describe(os.Stdout, b.vmlinux, kernel); err != nil {
		return err
	}
	table(os.Stdout, pairs)
	counters, err := b.counters()
	if err != nil {
		return err
	}
	fmt.Printf("\nCounters of gopahole -j1:\n\n```\n%s```\n", counters)
	return nil
}

// A bench is what all runs have in common.
type bench struct {
	peers    *peer.Peers
	dir      string // for outputs; below the peers, so that pahole can write there
	program  string
	vmlinux  string
	features string
	compat   string // the option that makes gopahole write the bytes of the packaged pahole
}

// build builds the command as it is released.
func (b *bench) build() error {
	b.program = filepath.Join(b.dir, "gopahole")
	if err := build(b.program); err != nil {
		return err
	}
	libbpf, err := b.peers.LibbpfVersion()
	if err != nil {
		return err
	}
	b.compat = peer.CompatFlag(libbpf)
	return nil
}

// build builds the command as it is released, but for the flags, and installs it: as the linker has written an executable,
// the page cache has it in smaller pieces than a copy, and a process takes longer to start.
func build(program string, flags ...string) error {
	linked := program + ".linked"
	defer os.Remove(linked)
	args := append([]string{"build", "-trimpath", "-ldflags=-s -w", "-o", linked}, flags...)
	cmd := exec.Command("go", append(args, "github.com/gopahole/gopahole/cmd/gopahole")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	if out, err := exec.Command("install", linked, program).CombinedOutput(); err != nil {
		return fmt.Errorf("install: %w\n%s", err, out)
	}
	return nil
}

// commands prepares one run of each program.
func (b *bench) commands(jobs int) (gopahole, pahole *exec.Cmd) {
	args := func(name string) []string {
		return []string{"-J", fmt.Sprintf("-j%d", jobs), "--btf_features=" + b.features,
			"--btf_encode_detached=" + filepath.Join(b.dir, name), b.vmlinux}
	}
	gopahole = exec.Command(b.program, append([]string{b.compat}, args("gopahole.btf")...)...)
	gopahole.Env = []string{} // pahole has a small environment too
	return gopahole, b.peers.Command("pahole", args("pahole.btf")...)
}

// checkEqual runs both once, which also brings the input into memory.
func (b *bench) checkEqual() error {
	gopahole, pahole := b.commands(1)
	for _, cmd := range []*exec.Cmd{gopahole, pahole} {
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			return fmt.Errorf("%q: %v\n%s", cmd.Args, err, out)
		}
	}
	return same(filepath.Join(b.dir, "gopahole.btf"), filepath.Join(b.dir, "pahole.btf"))
}

// counters returns the part of --stats that does not depend on the machine.
func (b *bench) counters() (string, error) {
	cmd, _ := b.commands(1)
	cmd.Args = append(cmd.Args, "--stats")
	var text strings.Builder
	cmd.Stderr = &text
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%q: %w", cmd.Args, err)
	}
	var kept strings.Builder
	for line := range strings.Lines(text.String()) {
		_, label, _ := strings.Cut(strings.TrimSpace(line), " ")
		if label = strings.TrimSpace(label); !strings.HasPrefix(label, "ms ") && !strings.HasPrefix(label, "KiB ") {
			kept.WriteString(line)
		}
	}
	if kept.Len() == 0 {
		return "", errors.New("gopahole --stats printed nothing")
	}
	return kept.String(), nil
}

// describe prints what was measured, and on what.
func (b *bench) describe(w io.Writer, vmlinux, kernel string) error {
	version, err := b.peers.PaholeVersion()
	if err != nil {
		return err
	}
	libbpf, err := b.peers.LibbpfVersion()
	if err != nil {
		return err
	}
	goVersion, err := exec.Command("go", "env", "GOVERSION").Output()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "- input: %s (%s), --btf_features=%s\n- programs: pahole %s with libbpf %s, gopahole built with %s\n- machine: %s\n\n",
		filepath.Base(vmlinux), kernel, b.features, version, libbpf, strings.TrimSpace(string(goVersion)), machine())
	return err
}
