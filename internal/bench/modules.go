package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// modulesBench measures the encoding of modules as split BTF:
//
//   - one module in a process of its own, over a sample of the modules of a kernel, on top of BTF of the same encoder,
//     as in the build of a kernel;
//   - many modules in one process, against pahole on one after the other, likewise;
//   - large modules of a larger kernel, if the peers have it, on top of the BTF that their kernel came with. It is of an
//     older pahole, which encoded arrays in another way, so that less of a module is found in it.
//
// An output that differs from pahole's ends it. Each module is checked before it is measured; of the many modules, the
// outputs of the measured runs are compared.
type modulesBench struct {
	*bench
	rounds int
	sample int // modules in processes of their own
	many   int // modules in one process
}

// A moduleKernel is a kernel with modules to be measured.
type moduleKernel struct {
	vmlinux string
	base    string   // file with the BTF to go on top of
	modules []string // paths
}

// largeKernel is the one with the large modules, which scripts/peers.sh fetches only when asked to.
const largeKernel = "612"

func (m *modulesBench) run(w io.Writer, kernel string) error {
	k, err := m.kernel(kernel)
	if err != nil {
		return err
	}
	if err := m.encodeBase(k); err != nil {
		return err
	}
	rows, err := m.alone(k)
	if err != nil {
		return err
	}
	batch, err := m.batch(k)
	if err != nil {
		return err
	}
	var large []row
	if lk, err := m.kernel(largeKernel); err == nil {
		if large, err = m.large(lk); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(os.Stderr, "no large modules: %v\n", err)
	}
	if err := m.describe(w, k.vmlinux, kernel); err != nil {
		return err
	}
	printRows(w, append(append(rows, batch...), large...))
	return nil
}

func (m *modulesBench) kernel(name string) (*moduleKernel, error) {
	vmlinux, err := m.peers.Vmlinux(name)
	if err != nil {
		return nil, err
	}
	modules, err := m.peers.Modules(name)
	return &moduleKernel{vmlinux, vmlinux, modules}, err
}

// encodeBase gives a kernel a base of the encoder that is measured.
func (m *modulesBench) encodeBase(k *moduleKernel) error {
	k.base = filepath.Join(m.dir, "base.btf")
	cmd := exec.Command(m.program, m.compat, "-J", "--btf_features="+m.features, "--btf_encode_detached="+k.base, k.vmlinux)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		return fmt.Errorf("%q: %v\n%s", cmd.Args, err, out)
	}
	return nil
}

// every returns n modules at equal distances.
func (k *moduleKernel) every(n int) []string {
	n = min(n, len(k.modules))
	some := make([]string, n)
	for i := range some {
		some[i] = k.modules[(2*i+1)*len(k.modules)/(2*n)]
	}
	return some
}

// moduleCommands prepares one run of each program on a module.
func (m *modulesBench) moduleCommands(k *moduleKernel, module string) (gopahole, pahole *exec.Cmd) {
	args := func(name string) []string {
		return []string{"-J", "-j1", "--btf_features=" + m.features, "--btf_base=" + k.base,
			"--btf_encode_detached=" + filepath.Join(m.dir, name), module}
	}
	gopahole = exec.Command(m.program, append([]string{m.compat}, args("gopahole.btf")...)...)
	gopahole.Env = []string{}
	return gopahole, m.peers.Command("pahole", args("pahole.btf")...)
}

// module measures one module in processes of its own, in alternation.
func (m *modulesBench) module(k *moduleKernel, module string, rounds int, memory bool) ([]pair, error) {
	gopahole, pahole := m.moduleCommands(k, module)
	for _, cmd := range []*exec.Cmd{gopahole, pahole} {
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			return nil, fmt.Errorf("%q: %v\n%s", cmd.Args, err, out)
		}
	}
	if err := same(filepath.Join(m.dir, "gopahole.btf"), filepath.Join(m.dir, "pahole.btf")); err != nil {
		return nil, fmt.Errorf("%s: %w", module, err)
	}
	var pairs []pair
	for round := range rounds {
		p, err := m.alternate(func() (*exec.Cmd, *exec.Cmd) { return m.moduleCommands(k, module) }, round%2 == 1, memory)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
	return pairs, nil
}

// alone measures a sample of modules. The number of a module is the median of its rounds.
func (m *modulesBench) alone(k *moduleKernel) ([]row, error) {
	var medians []pair
	modules := k.every(m.sample)
	for i, module := range modules {
		pairs, err := m.module(k, module, m.rounds, false)
		if err != nil {
			return nil, err
		}
		medians = append(medians, medianPair(pairs))
		fmt.Fprintf(os.Stderr, "module %d of %d: %s\n", i+1, len(modules), filepath.Base(module))
	}
	title := fmt.Sprintf("one module in its own process, median of %d", len(modules))
	return []row{{title + ": CPU", "ms", cpuMillis, medians}, {title + ": wall", "ms", wallMillis, medians}}, nil
}

// large measures the large modules.
func (m *modulesBench) large(k *moduleKernel) ([]row, error) {
	var rows []row
	for _, module := range k.modules {
		pairs, err := m.module(k, module, m.rounds, true)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(module) + " of the full kernel, its own base"
		rows = append(rows, row{name + ": CPU", "s", cpu, pairs}, row{name + ": peak memory", "MB", peak, pairs})
		fmt.Fprintf(os.Stderr, "%s: gopahole %s, pahole %s\n", name, pairs[0].gopahole, pairs[0].pahole)
	}
	return rows, nil
}

// batch measures many modules in one process: before and after pahole on the same ones, one after the other.
func (m *modulesBench) batch(k *moduleKernel) ([]row, error) {
	modules := k.every(m.many)
	var rows []row
	for _, jobs := range []int{1, 2} {
		rows = append(rows, row{fmt.Sprintf("%d modules in one process, -j%d: modules per second of CPU", len(modules), jobs), perSecond,
			func(u usage) float64 { return float64(len(modules)) / u.cpu.Seconds() }, nil})
	}
	for round := range m.rounds {
		before, err := m.batchRun(k, modules)
		if err != nil {
			return nil, err
		}
		theirs, err := m.oneByOne(k, modules)
		if err != nil {
			return nil, err
		}
		behind, err := m.batchRun(k, modules)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			mean := usage{cpu: (before[i].cpu + behind[i].cpu) / 2, wall: (before[i].wall + behind[i].wall) / 2}
			rows[i].pairs = append(rows[i].pairs, pair{gopahole: mean, pahole: theirs})
		}
		fmt.Fprintf(os.Stderr, "round %d, %d modules: gopahole %s and %s, pahole %s\n", round+1, len(modules), before[0], behind[0], theirs)
	}
	return rows, nil
}

// batchRun is gopahole on the modules with one worker and with two.
func (m *modulesBench) batchRun(k *moduleKernel, modules []string) ([2]usage, error) {
	var u [2]usage
	for i := range u {
		args := []string{"encode", m.compat, fmt.Sprintf("-j%d", i+1), "--features=" + m.features, "--base=" + k.base, "-o", filepath.Join(m.dir, "out")}
		cmd := exec.Command(m.program, append(args, modules...)...)
		cmd.Env = []string{}
		var err error
		if u[i], err = measure(cmd, false); err != nil {
			return u, err
		}
	}
	return u, nil
}

// oneByOne is pahole on the modules. Each output is compared with that of the last batchRun.
func (m *modulesBench) oneByOne(k *moduleKernel, modules []string) (usage, error) {
	var sum usage
	for _, module := range modules {
		_, pahole := m.moduleCommands(k, module)
		u, err := measure(pahole, false)
		if err != nil {
			return sum, err
		}
		sum.cpu += u.cpu
		sum.wall += u.wall
		ours := filepath.Join(m.dir, "out", strings.TrimSuffix(filepath.Base(module), ".ko")+".btf")
		if err := same(ours, filepath.Join(m.dir, "pahole.btf")); err != nil {
			return sum, fmt.Errorf("%s: %w", module, err)
		}
	}
	return sum, nil
}

// same compares two files, by cmp and not in this process: its memory counts as the children's, see measure.
func same(a, b string) error {
	out, err := exec.Command("cmp", a, b).CombinedOutput()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return fmt.Errorf("the outputs differ: %s", strings.TrimSpace(string(out)))
	}
	return err
}

// medianPair is the pair of medians of each program.
func medianPair(pairs []pair) pair {
	of := func(program func(pair) usage) usage {
		var cpus, walls []float64
		for _, p := range pairs {
			cpus, walls = append(cpus, cpu(program(p))), append(walls, wall(program(p)))
		}
		seconds := func(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }
		return usage{cpu: seconds(median(cpus)), wall: seconds(median(walls))}
	}
	return pair{
		gopahole: of(func(p pair) usage { return p.gopahole }),
		pahole:   of(func(p pair) usage { return p.pahole }),
	}
}
