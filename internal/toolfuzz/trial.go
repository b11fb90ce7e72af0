package main

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A trial is one object and the command lines that are run on it.
type trial struct {
	*lane
	rng    *rand.Rand
	item   *item
	object string   // what it is, for findings
	what   []string // the names of the changes
	name   string   // of its file
	data   []byte
	beside files // files that it refers to
	base   *base // what the item is split from; nil for none
	runner runner
	found  []*finding
	err    error // of the machine, not of gopahole
}

// one is true once in n times.
func (t *trial) one(n int) bool { return t.rng.IntN(n) == 0 }

// files are the files of a directory by name; those in directories below have a slash in theirs.
type files map[string][]byte

// share is true once in n times, and never if n is 0.
func (t *trial) share(n int) bool { return n > 0 && t.one(n) }

// A call is a command line with its files. Arguments that begin with @ are names of files in the directory.
type call struct {
	style   style
	inputs  files
	outputs []string // what it may make or change
	always  []string // what it has to make or change, whatever becomes of the object
	kept    string   // how names begin that it may make whatever its exit status is; "" for none
	args    []string // without the program
}

// run runs a call and checks what holds for all of them. It returns the result and the files afterwards; nil after a
// finding or an error.
func (t *trial) run(c call) (*result, files) {
	if t.err != nil {
		return nil, nil
	}
	if len(t.beside) > 0 {
		c.inputs = maps.Clone(c.inputs)
		maps.Copy(c.inputs, t.beside)
	}
	if t.err = t.fill(c.inputs); t.err != nil {
		return nil, nil
	}
	args := []string{c.style.program}
	for _, a := range c.args {
		if option, name, ok := strings.Cut(a, "@"); ok {
			a = option + filepath.Join(t.dir, name)
		}
		args = append(args, a)
	}
	r, err := t.runner.run(args)
	if err != nil {
		t.err = err
		return nil, nil
	}
	t.counts.commands.Add(1)
	if t.runner != runner(t.lane.race) {
		t.counts.note(r, c.args[0], t.object)
	}
	if r.Code == 0 && r.died == "" {
		t.counts.accepted.Add(1)
	}
	after, err := t.read()
	if err != nil {
		t.err = err
		return nil, nil
	}
	rule, what, details := check(&c, r, after, len(t.data))
	if rule != "" {
		t.finding(rule, what, details+"\nstderr:\n"+string(r.Stderr), args, c.inputs)
		return nil, nil
	}
	return r, after
}

// do is run for a call that depends on the object alone.
func (t *trial) do(s style, inputs files, outputs []string, args ...string) (*result, files) {
	return t.run(call{style: s, inputs: inputs, outputs: outputs, args: args})
}

// Outputs of calls.
var (
	newBTF    = []string{"out.btf", "out.btf.base"}
	newModule = []string{"new.ko", "new.ko.base"}
)

// pick returns one of the arguments.
func pick[T any](t *trial, of ...T) T { return of[t.rng.IntN(len(of))] }

// finding notes what must not be.
func (t *trial) finding(rule, what, details string, args []string, inputs files) {
	kept := map[string][]byte{}
	for name, data := range inputs {
		kept[strings.ReplaceAll(name, "/", "_")] = data
	}
	if t.base != nil && len(t.base.data) < 1<<20 {
		kept[filepath.Base(t.base.path)] = t.base.data
	}
	f := &finding{rule: rule, signature: what, details: details, object: t.object, args: args, files: kept}
	t.found = append(t.found, f)
}

// fill makes the directory anew with these files.
func (t *trial) fill(inputs files) error {
	if err := os.RemoveAll(t.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(t.dir, 0o755); err != nil {
		return err
	}
	for name, data := range inputs {
		path := filepath.Join(t.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// read returns all files of the directory.
func (t *trial) read() (files, error) {
	after := files{}
	err := filepath.WalkDir(t.dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		after[path[len(t.dir)+1:]] = data
		return err
	})
	return after, err
}

// changed lists the files that are not as they were.
func changed(before, after files) []string {
	var names []string
	for name, data := range after {
		if was, ok := before[name]; !ok || !bytes.Equal(was, data) {
			names = append(names, name)
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			names = append(names, name+" (removed)")
		}
	}
	slices.Sort(names)
	return names
}

// with returns the files and another one.
func (f files) with(name string, data []byte) files {
	f = maps.Clone(f)
	if f == nil {
		f = files{}
	}
	f[name] = data
	return f
}

// say describes bytes for a finding.
func say(a, b []byte) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return fmt.Sprintf("%d and %d bytes, the first that differs is %#x", len(a), len(b), n)
}
