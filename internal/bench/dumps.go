package main

import (
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

// A dumpTask is a command line of each program.
type dumpTask struct {
	name          string
	ours          []string
	peer          string
	theirs        []string
	output, other string // files that they write; "" if they print
}

func (d *dumpsBench) tasks() ([]dumpTask, error) {
	object := filepath.Join(d.dir, "program.o")
	data, err := os.ReadFile("inspect/mincore/testdata/relocations-el.o")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(object, data, 0o644); err != nil {
		return nil, err
	}
	v, ours, theirs := d.vmlinux, filepath.Join(d.dir, "ours.btf"), filepath.Join(d.dir, "theirs.btf")
	return []dumpTask{
		{name: "all types as C", ours: []string{"dump", "--format=c", v}, peer: "bpftool", theirs: []string{"btf", "dump", "file", v, "format", "c"}},
		{name: "all types as JSON", ours: []string{"dump", "--format=json", v}, peer: "bpftool", theirs: []string{"-j", "btf", "dump", "file", v}},
		{name: "the same, indented", ours: []string{"dump", "--format=json", "--pretty", v}, peer: "bpftool", theirs: []string{"-p", "btf", "dump", "file", v}},
		{name: "all types as text", ours: []string{"dump", v}, peer: "bpftool", theirs: []string{"btf", "dump", "file", v, "format", "raw"}},
		{name: "layout of all structs", ours: []string{"dump", "--format=layout", v}, peer: "pahole", theirs: []string{"-F", "btf", v}},
		{name: "layout of task_struct", ours: []string{"dump", "--format=layout", "task_struct", v}, peer: "pahole", theirs: []string{"-F", "btf", "-C", "task_struct", v}},
		{name: "sizes and holes of all structs", ours: []string{"dump", "--format=layout", "--sizes", v}, peer: "pahole", theirs: []string{"-F", "btf", "--sizes", v}},
		{name: "what a BPF object needs", ours: []string{"gen", "core", "-B", v, "-o", ours, object}, peer: "bpftool",
			theirs: []string{"gen", "min_core_btf", v, theirs, object}, output: ours, other: theirs},
	}, nil
}

func (d *dumpsBench) run(w io.Writer, kernel string) error {
	tasks, err := d.tasks()
	if err != nil {
		return err
	}
	if err := d.describe(w, d.vmlinux, kernel); err != nil {
		return err
	}
	fmt.Fprintln(w, "| task | beside | gopahole, CPU | the other | ratio: median | smallest | largest |")
	fmt.Fprintln(w, "|---|---|---:|---:|---:|---:|---:|")
	for _, task := range tasks {
		if err := d.checkSame(task); err != nil {
			return err
		}
		var ours, theirs, ratios []float64
		for round := range d.rounds {
			p, err := d.alternateDiscarding(task, round%2 == 1)
			if err != nil {
				return err
			}
			ours, theirs = append(ours, cpuMillis(p.gopahole)), append(theirs, cpuMillis(p.pahole))
			ratios = append(ratios, cpu(p.pahole)/cpu(p.gopahole))
		}
		fmt.Fprintf(w, "| %s | %s | %.1f ms | %.1f ms | **%.1f** | %.1f | %.1f |\n", task.name, task.peer,
			median(ours), median(theirs), median(ratios), slices.Min(ratios), slices.Max(ratios))
	}
	return nil
}

func (d *dumpsBench) commandsOf(task dumpTask) (ours, theirs *exec.Cmd) {
	ours = exec.Command(d.program, task.ours...)
	ours.Env = []string{}
	return ours, d.peers.Command(task.peer, task.theirs...)
}

// checkSame runs both once. A number for a wrong result would mean nothing.
func (d *dumpsBench) checkSame(task dumpTask) error {
	ours, theirs := d.commandsOf(task)
	if task.output == "" {
		task.output, task.other = filepath.Join(d.dir, "ours.txt"), filepath.Join(d.dir, "theirs.txt")
		for name, cmd := range map[string]*exec.Cmd{task.output: ours, task.other: theirs} {
			f, err := os.Create(name)
			if err != nil {
				return err
			}
			defer f.Close()
			cmd.Stdout = f
		}
	}
	for _, cmd := range []*exec.Cmd{ours, theirs} {
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%q: %w", cmd.Args, err)
		}
	}
	return same(task.output, task.other)
}

// alternateDiscarding runs both, one directly after the other, and throws their text away.
func (d *dumpsBench) alternateDiscarding(task dumpTask, theirsFirst bool) (p pair, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return p, err
	}
	defer null.Close()
	ours, theirs := d.commandsOf(task)
	runs := []func() error{
		func() (err error) { p.gopahole, err = measureTo(ours, null, false); return err },
		func() (err error) { p.pahole, err = measureTo(theirs, null, false); return err },
	}
	if theirsFirst {
		slices.Reverse(runs)
	}
	for _, run := range runs {
		if err := run(); err != nil {
			return p, err
		}
	}
	return p, nil
}
