package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// verbsBench measures the verbs that take the modules of a kernel which have BTF already: with half of the modules and with
// all of them, so that a step that takes the square of their number is seen.
type verbsBench struct {
	*bench
	rounds int
	dirs   int // that were written to
}

// A verbRun is a verb on files.
type verbRun struct {
	name  string
	files []string
	args  func(files []string) []string
	each  bool // a process for each file
}

func (v *verbsBench) run(w io.Writer, kernel string) error {
	modules := &modulesBench{bench: v.bench}
	k, err := modules.kernel(kernel)
	if err != nil {
		return err
	}
	if err := modules.encodeBase(k); err != nil {
		return err
	}
	encode := func(features, dir string) ([]string, error) {
		dir = filepath.Join(v.dir, dir)
		cmd := exec.Command(v.program, append([]string{"encode", v.compat, "--features=" + features, "--base=" + k.base, "-o", dir}, k.modules...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%q: %w\n%s", cmd.Args[:5], err, out)
		}
		return filepath.Glob(filepath.Join(dir, "*.btf"))
	}
	plain, err := encode(v.features, "plain")
	if err != nil {
		return err
	}
	distilled, err := encode(v.features+",distilled_base", "distilled")
	if err != nil {
		return err
	}
	check := func(verb ...string) func([]string) []string {
		return func(files []string) []string {
			return append(append(verb, "--kernel=6.12", "--base="+k.base), files...)
		}
	}
	runs := []verbRun{
		{"verify", plain, check("verify"), false},
		{"verify, with a distilled base", distilled, check("verify"), false},
		{"relocate --check", distilled, check("relocate", "--check"), false},
		{"distill", plain, func(files []string) []string {
			return append([]string{"distill", "--base=" + k.base, "-o", v.newDir()}, files...)
		}, false},
		{"dump, a process each", every(plain, max(1, len(plain)/100)), func(files []string) []string {
			return []string{"dump", "-B", k.base, files[0]}
		}, true},
	}
	if err := v.describe(w, v.vmlinux, kernel); err != nil {
		return err
	}
	fmt.Fprintln(w, "| verb | modules | modules per second of CPU: median | smallest | largest | wall | peak memory | CPU, all / half |")
	fmt.Fprintln(w, "|---|---:|---:|---:|---:|---:|---:|---:|")
	for _, r := range runs {
		var half, all []usage
		for range v.rounds {
			h, err := v.measure(r, every(r.files, 2))
			if err != nil {
				return err
			}
			a, err := v.measure(r, r.files)
			if err != nil {
				return err
			}
			half, all = append(half, h), append(all, a)
		}
		fmt.Fprintln(w, verbRow(r.name, len(r.files), half, all))
	}
	return nil
}

// newDir names a directory that is not there yet. What is written over costs more: ext4 writes a file to the disk at once
// when another one is renamed to it, and it looks for an inode that was not in use in the last seconds where many were
// removed.
func (v *verbsBench) newDir() string {
	v.dirs++
	return filepath.Join(v.dir, fmt.Sprintf("new%d", v.dirs))
}

// measure runs a verb on files. Its memory is measured unless it has a process for each file: that is as small as this one.
func (v *verbsBench) measure(r verbRun, files []string) (usage, error) {
	calls := [][]string{files}
	if r.each {
		calls = nil
		for _, f := range files {
			calls = append(calls, []string{f})
		}
	}
	var sum usage
	for _, files := range calls {
		cmd := exec.Command(v.program, r.args(files)...)
		cmd.Env = []string{}
		u, err := v.one(cmd, !r.each)
		if err != nil {
			return sum, fmt.Errorf("%s: %w", r.name, err)
		}
		sum.cpu, sum.wall, sum.peak = sum.cpu+u.cpu, sum.wall+u.wall, max(sum.peak, u.peak)
	}
	return sum, nil
}

// one measures a command, whose output is thrown away: measure would keep it, and so the memory of this process would
// count as the child's.
func (v *verbsBench) one(cmd *exec.Cmd, memory bool) (usage, error) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return usage{}, err
	}
	defer null.Close()
	return measureTo(cmd, null, memory)
}

// verbRow is a row of the table, of a verb that ran in turn with half of the files and with all.
func verbRow(name string, files int, half, all []usage) string {
	var perSecond, walls, peaks, ratios []float64
	for i, u := range all {
		perSecond, walls, peaks = append(perSecond, float64(files)/cpu(u)), append(walls, wall(u)), append(peaks, peak(u))
		ratios = append(ratios, cpu(u)/cpu(half[i]))
	}
	least, most := bounds(perSecond)
	memory := "-"
	if mb := median(peaks); mb > 0 {
		memory = fmt.Sprintf("%.0f MB", mb)
	}
	return fmt.Sprintf("| %s | %d | **%.0f** | %.0f | %.0f | %.2f s | %s | %.2f |", name, files, median(perSecond), least, most,
		median(walls), memory, median(ratios))
}
