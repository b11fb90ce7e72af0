package main

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// buildBench replays the step of a kernel's build that gives modules their BTF: copies of the modules, which have DWARF and
// no BTF, are encoded in place.
//
//   - As the build does it: make runs the program once for each module (Linux 6.12: scripts/Makefile.modfinal,
//     cmd_btf_ko, and the flags of scripts/Makefile.btf).
//   - In one process, by gopahole encode.
//
// First each way runs once while the memory of its processes is sampled, and the BTF of each module has to be that of
// pahole. Then the ways take turns.
type buildBench struct {
	*bench
	rounds  int
	jobs    int      // of make, and of gopahole encode
	every   int      // of so many modules one is taken
	modules []string // paths
	base    string   // raw BTF
}

// kbuildFlags are those with which Linux 6.12 calls pahole 1.26 and later for a module of its own.
var kbuildFlags = []string{"-j",
	"--btf_features=encode_force,var,float,enum64,decl_tag,type_tag,optimized_func,consistent_func,decl_tag_kfuncs",
	"--lang_exclude=rust"}

// A buildWay is one way to give all modules their BTF.
type buildWay struct {
	name    string
	command func(dir string, modules []string) (*exec.Cmd, error) // on copies, below dir
}

func (b *buildBench) run(w io.Writer, kernel string) error {
	all, err := b.peers.Modules(kernel)
	if err != nil {
		return err
	}
	b.modules = every(all, b.every)
	b.base = filepath.Join(b.dir, "base.btf")
	args := append([]string{b.compat, "-J"}, kbuildFlags...)
	cmd := exec.Command(b.program, append(args, "--btf_encode_detached="+b.base, b.vmlinux)...)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		return fmt.Errorf("%q: %v\n%s", cmd.Args, err, out)
	}
	ways := b.ways()
	peaks, err := b.check(ways)
	if err != nil {
		return err
	}
	runs := make([][]usage, len(ways)) // by way and round
	for round := range b.rounds {
		for i := range ways {
			i = (i + round) % len(ways)
			u, err := b.measure(ways[i])
			if err != nil {
				return err
			}
			runs[i] = append(runs[i], u)
			fmt.Fprintf(os.Stderr, "round %d, %s: %.2f s CPU, %.2f s\n", round+1, ways[i].name, u.cpu.Seconds(), u.wall.Seconds())
		}
	}
	if err := b.describe(w, b.vmlinux, kernel); err != nil {
		return err
	}
	fmt.Fprintf(w, "%d of %d modules, in place, make -j%d, %d rounds; pahole is always one process for each module\n\n",
		len(b.modules), len(all), b.jobs, b.rounds)
	printRows(w, buildRows(ways, runs, peaks))
	return nil
}

// ways returns the ways, that of pahole first.
func (b *buildBench) ways() []buildWay {
	one := func(name, program string, flags, env []string) buildWay {
		return buildWay{name, func(dir string, modules []string) (*exec.Cmd, error) {
			return b.make(dir, program, append(flags, kbuildFlags...), modules, env)
		}}
	}
	program := b.peers.Inside(b.program)
	gopahole := []string{b.compat}
	cache := "GOPAHOLE_CACHE=" + b.peers.Inside(filepath.Join(b.dir, "cache"))
	return []buildWay{
		one("pahole", "pahole", nil, nil),
		one("one process each", program, gopahole, nil),
		one("one process each, GOPAHOLE_CACHE", program, gopahole, []string{cache}),
		{"one process for all", func(_ string, modules []string) (*exec.Cmd, error) {
			args := append([]string{"encode", b.compat, fmt.Sprintf("-j%d", b.jobs), "--in_place", "--base=" + b.base}, kbuildFlags[1:]...)
			args[len(args)-2] = strings.Replace(args[len(args)-2], "--btf_features=", "--features=", 1)
			return b.peers.Command(program, append(args, modules...)...), nil
		}},
	}
}

// make prepares a run of make that calls the program for each module.
func (b *buildBench) make(dir, program string, flags, modules, env []string) (*exec.Cmd, error) {
	inside := make([]string, len(modules))
	for i, m := range modules {
		inside[i] = b.peers.Inside(m)
	}
	command := strings.Join(append(append([]string{program, "-J"}, flags...), "--btf_base", b.peers.Inside(b.base)), " ")
	file := filepath.Join(dir, "Makefile")
	if err := os.WriteFile(file, []byte(makefile(command, inside)), 0o644); err != nil {
		return nil, err
	}
	cmd := b.peers.Command("make", "-rRs", fmt.Sprintf("-j%d", b.jobs), "-f", file)
	cmd.Env = append(cmd.Env, env...)
	return cmd, nil
}

// makefile returns the makefile that calls a command for each module, as that of the kernel does: by a shell, with the job
// server of make, and with the program that pahole calls to add a section.
func makefile(command string, modules []string) string {
	var text strings.Builder
	text.WriteString(".PHONY: all")
	for i := range modules {
		fmt.Fprintf(&text, " m%d", i)
	}
	text.WriteString("\nall:")
	for i := range modules {
		fmt.Fprintf(&text, " m%d", i)
	}
	text.WriteString("\n")
	for i, m := range modules {
		fmt.Fprintf(&text, "m%d:\n\t+@set -e; LLVM_OBJCOPY=\"objcopy\" %s %s;\n", i, command, m)
	}
	return text.String()
}

// measure runs a way on fresh copies.
func (b *buildBench) measure(way buildWay) (usage, error) {
	var u usage
	err := b.onCopies(way, func(cmd *exec.Cmd, _ []string) (err error) {
		u, err = measure(cmd, false)
		return err
	})
	return u, err
}

// check runs each way once and compares its results with those of the first way. It returns the peak memory of each, in
// bytes, of all its processes together.
func (b *buildBench) check(ways []buildWay) (peaks []int64, err error) {
	var want [][sha256.Size]byte
	for i, way := range ways {
		err := b.onCopies(way, func(cmd *exec.Cmd, modules []string) error {
			peak, err := peakOf(cmd)
			if err != nil {
				return err
			}
			peaks = append(peaks, peak)
			fmt.Fprintf(os.Stderr, "check, %s: %d MB\n", way.name, peak>>20)
			sums, err := sumsOf(modules)
			if err != nil {
				return err
			}
			if i == 0 {
				want = sums
			}
			for n := range sums {
				if sums[n] != want[n] {
					return fmt.Errorf("%s: the BTF of %s is not that of %s", way.name, b.modules[n], ways[0].name)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return peaks, nil
}

// onCopies calls do with the command of a way on fresh copies of the modules. Nothing of them waits to be written to the
// disk then.
func (b *buildBench) onCopies(way buildWay, do func(cmd *exec.Cmd, modules []string) error) error {
	dir := filepath.Join(b.dir, "modules")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var copies []string
	for i, m := range b.modules {
		to := filepath.Join(dir, fmt.Sprintf("%d-%s", i, filepath.Base(m)))
		if err := copyFile(to, m); err != nil {
			return err
		}
		copies = append(copies, to)
	}
	syncDisks()
	cmd, err := way.command(dir, copies)
	if err != nil {
		return err
	}
	return do(cmd, copies)
}

func copyFile(to, from string) error {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return firstError(err, w.Close())
}

func firstError(errs ...error) error {
	i := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	if i < 0 {
		return nil
	}
	return errs[i]
}

// sumsOf returns the sum of the BTF of each module.
func sumsOf(modules []string) ([][sha256.Size]byte, error) {
	sums := make([][sha256.Size]byte, len(modules))
	for i, m := range modules {
		f, err := elf.Open(m)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m, err)
		}
		s := f.Section(".BTF")
		var data []byte
		if s != nil {
			data, err = s.Data()
		}
		f.Close()
		if err != nil || !bytes.HasPrefix(data, []byte{0x9f, 0xeb}) {
			return nil, fmt.Errorf("%s: no BTF: %v", m, err)
		}
		sums[i] = sha256.Sum256(data)
	}
	return sums, nil
}

// every returns the first of each n, and of the rest.
func every(all []string, n int) []string {
	var some []string
	for i := 0; i < len(all); i += max(n, 1) {
		some = append(some, all[i])
	}
	return some
}

// buildRows returns the rows of the table: each way against the first one, round by round.
func buildRows(ways []buildWay, runs [][]usage, peaks []int64) []row {
	var rows []row
	for i, way := range ways[1:] {
		var pairs []pair
		for round := range runs[0] {
			pairs = append(pairs, pair{gopahole: runs[i+1][round], pahole: runs[0][round]})
		}
		rows = append(rows,
			row{way.name + ": wall", "s", wall, pairs}, row{way.name + ": CPU", "s", cpu, pairs},
			row{way.name + ": peak memory of all processes", "MB", peak, []pair{{gopahole: usage{peak: peaks[i+1]}, pahole: usage{peak: peaks[0]}}}})
	}
	return rows
}
