package main

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/killtest"
)

// meanwhile are command lines of everything that writes, in the directory of the scripts,
// with the files that the result is made of, and with bases that it is split from.
var meanwhile = []struct {
	name   string
	before []string
	run    string
	inputs string
	bases  string
}{
	{"-J in place", nil, "gopahole -J --btf_base=base.btf point.elf", "point.elf", "base.btf"},
	{"-J in place, compressed", []string{"pack zst driver.ko"}, "gopahole -J --btf_base=base.btf driver.ko.zst", "driver.ko.zst", "base.btf"},
	{"-J detached, of several", nil, "gopahole -J --btf_encode_detached=new.btf point.elf units.elf", "point.elf units.elf", ""},
	{"-J with debugging information elsewhere", nil, "gopahole -J apart/debuglink-gcc-dwarf5.o",
		"apart/debuglink-gcc-dwarf5.o apart/debuglink-gcc-dwarf5.o.debug", ""},
	{"encode in place", nil, "gopahole encode --base=base.btf --in_place driver.ko", "driver.ko", "base.btf"},
	{"encode -o", nil, "gopahole encode -o . point.elf", "point.elf", ""},
	{"encode -o with debugging information elsewhere", nil, "gopahole encode -o . apart/debuglink-gcc-dwarf5.o",
		"apart/debuglink-gcc-dwarf5.o apart/debuglink-gcc-dwarf5.o.debug", ""},
	{"gen", []string{"gopahole --btf_encode_detached=kernel.btf point.elf"}, "gopahole gen --base=kernel.btf driver.ko", "driver.ko", "kernel.btf"},
	{"gen, compressed", []string{"gopahole --btf_encode_detached=kernel.btf point.elf", "pack xz driver.ko"},
		"gopahole gen --base=kernel.btf driver.ko.xz", "driver.ko.xz", "kernel.btf"},
	{"distill in place", nil, "gopahole distill --base=base.btf ids.ko", "ids.ko", "base.btf"},
	{"distill in place, compressed", []string{"pack gz ids.ko"}, "gopahole distill --base=base.btf ids.ko.gz", "ids.ko.gz", "base.btf"},
	{"distill -o", nil, "gopahole distill --base=base.btf -o copy.ko ids.ko", "ids.ko", "base.btf"},
	{"distill -o, compressed", []string{"pack zst ids.ko"}, "gopahole distill --base=base.btf -o copy.ko.xz ids.ko.zst", "ids.ko.zst", "base.btf"},
	{"distill raw", nil, "gopahole distill --base=base.btf ids.btf", "ids.btf", "base.btf"},
	{"distill raw -o", nil, "gopahole distill --base=base.btf -o copy.btf ids.btf", "ids.btf", "base.btf"},
	{"relocate -o", nil, "gopahole relocate --base=base.btf -o moved.btf distilled.ko", "distilled.ko", "base.btf"},
	{"relocate raw -o", []string{"gopahole distill --base=base.btf -o raw.btf ids.btf"},
		"gopahole relocate --base=base.btf -o moved.btf raw.btf", "raw.btf raw.btf.base", "base.btf"},
	{"resolve_btfids in place", nil, "resolve_btfids -b base.btf ids.ko", "ids.ko", "base.btf"},
	{"resolve_btfids in place, compressed", []string{"pack xz ids.ko"}, "resolve_btfids -b base.btf ids.ko.xz", "ids.ko.xz", "base.btf"},
	{"resolve_btfids in place, BTF elsewhere", nil, "resolve_btfids -b base.btf --btf ids.btf --in_place ids.ko", "ids.ko ids.btf", "base.btf"},
	{"resolve_btfids to files", nil, "resolve_btfids --distill_base -b base.btf --btf ids.btf ids.ko", "ids.ko ids.btf", "base.btf"},
	{"resolve_btfids --patch_btfids", []string{"resolve_btfids -b base.btf --btf ids.btf ids.ko"},
		"resolve_btfids --patch_btfids ids.ko.BTF_ids ids.ko", "ids.ko ids.ko.BTF_ids", ""},
}

// TestMeanwhile: another program changes a file between the reading of it and the writing
// of the result. If the result is made of it, nothing is written, up to the last moment; a
// base was read, and what was read of it counts.
func TestMeanwhile(t *testing.T) {
	t.Parallel()
	for i, tt := range meanwhile {
		t.Run(tt.name, func(t *testing.T) {
			c := newCrash(t, tt.before, tt.run)
			for j, what := range slices.Sorted(maps.Keys(changes)) {
				if testing.Short() && j != i%len(changes) {
					continue
				}
				for _, file := range strings.Fields(tt.inputs) {
					runs := 0
					for at := killtest.Point(0); c.change(t, at, file, what); at += 4 {
						if runs++; testing.Short() {
							break
						}
					}
					if runs == 0 {
						t.Errorf("%s: nothing happened before the result was put in place", file)
					}
				}
				for _, file := range strings.Fields(tt.bases) {
					c.changeBase(t, file, what)
				}
			}
		})
	}
}

// change runs the command and changes an input at a point. It reports whether that was
// before the result was put in place; if it was, nothing may be.
func (c *crash) change(t *testing.T, at killtest.Point, file, what string) bool {
	t.Helper()
	placed := false
	dir, result, stderr := c.meet(t, at, file, what, func(dir string) { placed = !maps.Equal(contents(t, dir), c.old) })
	if placed || result.Call == "" || result.Call == "linkat" || strings.HasPrefix(result.Call, "renameat") {
		return false
	}
	when := file + ": " + what + ", at point " + result.Call
	if result.Code == 0 {
		t.Errorf("%s: status 0", when)
	}
	if want := file + ": changed while it was read (" + what + "): run the command again\n"; !strings.Contains(stderr, want) {
		t.Errorf("%s: %q", when, stderr)
	}
	got, want := contents(t, dir), maps.Clone(c.old)
	if what == "it is gone" {
		delete(want, file)
	}
	if !maps.Equal(got, want) {
		t.Errorf("%s: files were written", when)
	}
	return true
}

// changeBase runs the command and changes a base before anything is written.
func (c *crash) changeBase(t *testing.T, file, what string) {
	t.Helper()
	dir, result, stderr := c.meet(t, 0, file, what, func(string) {})
	got, want := contents(t, dir), maps.Clone(c.new)
	if what == "it is gone" {
		delete(want, file)
	}
	if result.Call == "" || result.Code != 0 || !maps.Equal(got, want) {
		t.Errorf("%s: %s, status %d, %s", file, what, result.Code, stderr)
	}
}

// meet runs the command in a new directory, and at a point calls look and changes a file.
func (c *crash) meet(t *testing.T, at killtest.Point, file, what string, look func(dir string)) (dir string, result *killtest.Result, stderr string) {
	t.Helper()
	dir = t.TempDir()
	restore(t, dir, c.old)
	messages, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer messages.Close()
	cmd := commandIn(t, dir, c.args)
	cmd.Stderr = messages
	result, err = killtest.Meet(cmd, at, func() {
		look(dir)
		if err := changes[what](filepath.Join(dir, file)); err != nil {
			t.Error(err)
		}
	})
	if errors.Is(err, killtest.ErrNotPermitted) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(messages.Name())
	if err != nil {
		t.Fatal(err)
	}
	return dir, result, string(text)
}
