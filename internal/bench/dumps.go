package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// dumpsBench measures what is made of the BTF of a vmlinux for people and for other programs, beside the program that
// people use for it: bpftool or pahole. Text is thrown away after it was found to be the same.
type dumpsBench struct {
	*bench
	rounds int
}

// A dumpTask is a command line of gopahole, and those that the other program needs for the same.
type dumpTask struct {
	name    string
	ours    []string
	peer    string
	theirs  [][]string
	outputs [][2]string // files that they write, ours and theirs; none if they print
}

func (d *dumpsBench) tasks() ([]dumpTask, error) {
	v, raw := d.vmlinux, filepath.Join(d.dir, "vmlinux.btf")
	if err := extractBTF(v, raw); err != nil {
		return nil, err
	}
	object, err := d.object()
	if err != nil {
		return nil, err
	}
	bpftool := func(name string, ours, theirs []string) dumpTask {
		return dumpTask{name: name, ours: ours, peer: "bpftool", theirs: [][]string{theirs}}
	}
	pahole := func(name string, ours, theirs []string) dumpTask {
		return dumpTask{name: name, ours: ours, peer: "pahole", theirs: [][]string{theirs}}
	}
	core := dumpTask{name: "what a BPF object needs", peer: "bpftool"}
	core.add(v, filepath.Join(d.dir, "ours.btf"), filepath.Join(d.dir, "theirs.btf"), object)
	core.ours = []string{"gen", "core", "-B", v, "-o", core.outputs[0][0], object}
	many, err := d.manyCores(object)
	if err != nil {
		return nil, err
	}
	return []dumpTask{
		bpftool("all types as C", []string{"dump", "--format=c", v}, []string{"btf", "dump", "file", v, "format", "c"}),
		bpftool("the same of raw BTF", []string{"dump", "--format=c", raw}, []string{"btf", "dump", "file", raw, "format", "c"}),
		bpftool("all types as JSON", []string{"dump", "--format=json", v}, []string{"-j", "btf", "dump", "file", v}),
		bpftool("the same, indented", []string{"dump", "--format=json", "--pretty", v}, []string{"-p", "btf", "dump", "file", v}),
		bpftool("all types as text", []string{"dump", v}, []string{"btf", "dump", "file", v, "format", "raw"}),
		pahole("layout of all structs", []string{"dump", "--format=layout", v}, []string{"-F", "btf", v}),
		pahole("layout of task_struct", []string{"dump", "--format=layout", "task_struct", v}, []string{"-F", "btf", "-C", "task_struct", v}),
		pahole("sizes and holes of all structs", []string{"dump", "--format=layout", "--sizes", v}, []string{"-F", "btf", "--sizes", v}),
		core,
		many,
	}, nil
}

// object copies a BPF object to where the other programs find it.
func (d *dumpsBench) object() (string, error) {
	object := filepath.Join(d.dir, "program.o")
	data, err := os.ReadFile("inspect/mincore/testdata/relocations-el.o")
	if err != nil {
		return "", err
	}
	return object, os.WriteFile(object, data, 0o644)
}

func (d *dumpsBench) run(w io.Writer, kernel string) error {
	tasks, err := d.tasks()
	if err != nil {
		return err
	}
	if err := d.describe(w, d.vmlinux, kernel); err != nil {
		return err
	}
	fmt.Fprintln(w, "| task | beside | gopahole, CPU | the other | ratio: median | smallest | largest | ratio of wall time | memory | the other | ratio |")
	fmt.Fprintln(w, "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
	for _, task := range tasks {
		if err := d.checkSame(task); err != nil {
			return fmt.Errorf("%s: %w", task.name, err)
		}
		var pairs []pair
		for round := range d.rounds {
			p, err := d.alternateDiscarding(task, round%2 == 1)
			if err != nil {
				return err
			}
			pairs = append(pairs, p)
		}
		dumpRow(w, task, pairs)
	}
	return nil
}

// dumpRow prints the medians of a task.
func dumpRow(w io.Writer, task dumpTask, pairs []pair) {
	of := func(f func(p pair) float64) (all []float64) {
		for _, p := range pairs {
			all = append(all, f(p))
		}
		return all
	}
	const mb = 1 << 20
	ratios := of(func(p pair) float64 { return cpu(p.pahole) / cpu(p.gopahole) })
	fmt.Fprintf(w, "| %s | %s | %.1f ms | %.1f ms | **%.1f** | %.1f | %.1f | %.1f | %.1f MB | %.1f MB | %.2f |\n", task.name, task.peer,
		median(of(func(p pair) float64 { return cpuMillis(p.gopahole) })), median(of(func(p pair) float64 { return cpuMillis(p.pahole) })),
		median(ratios), slices.Min(ratios), slices.Max(ratios),
		median(of(func(p pair) float64 { return wall(p.pahole) / wall(p.gopahole) })),
		median(of(func(p pair) float64 { return float64(p.gopahole.peak) / mb })), median(of(func(p pair) float64 { return float64(p.pahole.peak) / mb })),
		median(of(func(p pair) float64 { return float64(p.gopahole.peak) / float64(p.pahole.peak) })))
}

func (d *dumpsBench) ourCommand(task dumpTask) *exec.Cmd {
	cmd := exec.Command(d.program, task.ours...)
	cmd.Env = []string{}
	return cmd
}

// checkSame runs both once. A number for a wrong result would mean nothing.
func (d *dumpsBench) checkSame(task dumpTask) error {
	ours, theirs := d.ourCommand(task), d.peers.Command(task.peer, task.theirs[0]...)
	if task.outputs == nil {
		pair := [2]string{filepath.Join(d.dir, "ours.txt"), filepath.Join(d.dir, "theirs.txt")}
		task.outputs = [][2]string{pair}
		for i, cmd := range []*exec.Cmd{ours, theirs} {
			f, err := os.Create(pair[i])
			if err != nil {
				return err
			}
			defer f.Close()
			cmd.Stdout = f
		}
	}
	cmds := []*exec.Cmd{ours, theirs}
	for _, args := range task.theirs[1:] {
		cmds = append(cmds, d.peers.Command(task.peer, args...))
	}
	for _, cmd := range cmds {
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%q: %w", cmd.Args, err)
		}
	}
	for _, pair := range task.outputs {
		if err := same(pair[0], pair[1]); err != nil {
			return err
		}
	}
	return nil
}

// alternateDiscarding runs both, one directly after the other, and throws their text away. Of several runs of the other
// program, times are summed up, and the memory is that of the largest.
func (d *dumpsBench) alternateDiscarding(task dumpTask, theirsFirst bool) (p pair, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return p, err
	}
	defer null.Close()
	runs := []func() error{
		func() (err error) { p.gopahole, err = measureTo(d.ourCommand(task), null, true); return err },
		func() error {
			for _, args := range task.theirs {
				u, err := measureTo(d.peers.Command(task.peer, args...), null, true)
				if err != nil {
					return err
				}
				p.pahole.cpu, p.pahole.wall, p.pahole.peak = p.pahole.cpu+u.cpu, p.pahole.wall+u.wall, max(p.pahole.peak, u.peak)
			}
			return nil
		},
	}
	if theirsFirst {
		slices.Reverse(runs)
	}
	return p, cmp.Or(runs[0](), runs[1]())
}
