package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gopahole/gopahole/internal/killtest"
)

// crashCases are command lines of everything that writes, in the directory of the
// scripts. Each is run after the ones in before, of which "pack FORMAT FILE" is that of
// the scripts.
var crashCases = []struct {
	name   string
	before []string
	run    string
	again  int // the exit code of the same run on its own result, or on a part of it
}{
	{"-J in place", nil, "gopahole -J --btf_features=default point.elf", 0},
	{"-J in place again", []string{"gopahole -J point.elf"}, "gopahole -J --btf_features=default units.elf", 0},
	{"-J detached, new", nil, "gopahole --btf_encode_detached=new.btf point.elf", 0},
	{"-J detached, over another", []string{"cp units.elf old.btf"}, "gopahole --btf_encode_detached=old.btf point.elf", 0},
	{"-J distilled", nil, "gopahole --btf_base=base.btf --btf_features=default,distilled_base --btf_encode_detached=new.btf point.elf", 0},
	{"-J through a link", []string{"ln -s point.elf link"}, "gopahole -J link", 0},
	{"-J no longer distilled",
		[]string{"gopahole --btf_base=base.btf --btf_features=default,distilled_base --btf_encode_detached=new.btf point.elf"},
		"gopahole --btf_base=base.btf --btf_encode_detached=new.btf point.elf", 0},
	{"encode in place", nil, "gopahole encode -j2 --in_place point.elf units.elf driver.ko", 0},
	{"encode -o", nil, "gopahole encode -j2 -o out point.elf units.elf driver.ko", 0},
	{"encode -o distilled", []string{"gopahole encode -o out point.elf driver.ko"},
		"gopahole encode --base=base.btf --features=default,distilled_base -o out point.elf driver.ko", 0},
	{"gen", []string{"gopahole --btf_encode_detached=kernel.btf point.elf"}, "gopahole gen --base=kernel.btf driver.ko", 0},
	{"distill in place", nil, "gopahole distill --base=base.btf ids.ko", 1},
	{"distill -o", nil, "gopahole distill --base=base.btf -o copy.ko ids.ko", 0},
	{"distill raw", nil, "gopahole distill --base=base.btf ids.btf", 1},
	{"distill raw -o", nil, "gopahole distill --base=base.btf -o copy.btf ids.btf", 0},
	{"relocate -o", nil, "gopahole relocate --base=base.btf -o moved.btf distilled.ko", 0},
	{"resolve_btfids in place", nil, "resolve_btfids -b base.btf ids.ko", 0},
	{"resolve_btfids to files", nil, "resolve_btfids --distill_base -b base.btf --btf ids.btf ids.ko", 0},
	{"resolve_btfids --patch_btfids", []string{"resolve_btfids -b base.btf --btf ids.btf ids.ko"}, "resolve_btfids --patch_btfids ids.ko.BTF_ids ids.ko", 0},
	{"-J in place, compressed", []string{"pack zst driver.ko"}, "gopahole -J --btf_base=base.btf driver.ko.zst", 0},
	{"gen, compressed", []string{"gopahole --btf_encode_detached=kernel.btf point.elf", "pack xz driver.ko"}, "gopahole gen --base=kernel.btf driver.ko.xz", 0},
	{"distill in place, compressed", []string{"pack zst ids.ko"}, "gopahole distill --base=base.btf ids.ko.zst", 1},
	{"distill -o, compressed", []string{"pack gz ids.ko"}, "gopahole distill --base=base.btf -o copy.ko.xz ids.ko.gz", 0},
	{"distill raw, compressed", []string{"pack gz ids.btf"}, "gopahole distill --base=base.btf ids.btf.gz", 1},
	{"resolve_btfids in place, compressed", []string{"pack gz ids.ko"}, "resolve_btfids -b base.btf ids.ko.gz", 0},
	{"example", nil, "gopahole example point", 0},
	{"archive run", nil, "gopahole archive run --modules --distribution=debian/13 -o hub kernel.deb", 0},
	{"archive run with a digest for a name", nil, "gopahole archive run --modules --distill --layout=cas -o cas kernel.deb", 0},
	{"archive run with more", []string{"gopahole archive run --distribution=debian/13 -o hub kernel.deb"}, "gopahole archive run --modules --distribution=debian/13 -o hub kernel.deb", 0},
}

// TestCrash kills each of the commands before and after every system call that changes
// a file. Each file is then the old one or the new one, and what else is left the next
// run removes.
func TestCrash(t *testing.T) {
	t.Parallel()
	step := killtest.Point(1)
	if testing.Short() {
		step = 11
	}
	total := 0
	for _, tt := range crashCases {
		t.Run(tt.name, func(t *testing.T) {
			kills := 0
			c := newCrash(t, tt.before, tt.run)
			for at := killtest.Point(0); c.kill(t, at, tt.again); at += step {
				kills++
			}
			t.Logf("%d kills", kills)
			total += kills
		})
	}
	t.Logf("%d kills in all", total)
}

// A crash is a command that is killed, with what it begins with and what it makes.
type crash struct {
	args     []string
	old, new map[string]string // contents by path
}

func newCrash(t *testing.T, before []string, run string) *crash {
	t.Helper()
	if raceDetector {
		t.Skip("the race detector makes a program slow that is stopped at each call; the tests without it run this")
	}
	c := &crash{args: strings.Fields(run)}
	dir := t.TempDir()
	if err := setupScript(&testscript.Env{WorkDir: dir}); err != nil {
		t.Fatal(err)
	}
	for _, line := range before {
		if args := strings.Fields(line); args[0] == "pack" {
			packFile(t, args[1], filepath.Join(dir, args[2]))
		} else {
			runCommand(t, dir, args, 0)
		}
	}
	c.old = contents(t, dir)
	runCommand(t, dir, c.args, 0)
	c.new = contents(t, dir)
	return c
}

// kill runs the command, kills it at a point, looks at the files, and runs it again. It
// reports whether the point was met.
func (c *crash) kill(t *testing.T, at killtest.Point, again int) bool {
	t.Helper()
	dir := t.TempDir()
	restore(t, dir, c.old)
	result, err := killtest.Run(commandIn(t, dir, c.args), at)
	if errors.Is(err, killtest.ErrNotPermitted) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !result.Killed {
		if result.Code != 0 {
			t.Errorf("exit code %d without a kill", result.Code)
		}
		return false
	}
	when := "after"
	if result.Before {
		when = "before"
	}
	when = fmt.Sprintf("killed %s %s, point %d", when, result.Call, at)
	for path, text := range contents(t, dir) {
		old, wasThere := c.old[path]
		now, isThere := c.new[path]
		switch {
		case wasThere && text == old, isThere && text == now, temporary.MatchString(filepath.Base(path)):
		case !wasThere && !isThere:
			t.Errorf("%s: %s is left", when, path)
		default:
			t.Errorf("%s: %s has %d bytes, neither the old ones nor the new ones", when, path, len(text))
		}
	}
	for path := range c.old {
		if _, err := os.Lstat(filepath.Join(dir, path)); err != nil && c.new[path] != "" {
			t.Errorf("%s: %s is gone", when, path)
		}
	}
	runCommand(t, dir, c.args, 0, again)
	got := contents(t, dir)
	for path, want := range c.new {
		text, ok := got[path]
		if again != 0 && ok && text == c.old[path] { // a part keeps it from being done
			ok, want = true, text
		}
		if !ok || text != want {
			t.Errorf("%s, and run again: %s is not the new one (there: %v)", when, path, ok)
		}
		delete(got, path)
	}
	for path := range got {
		t.Errorf("%s, and run again: %s is left", when, path)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
	return true
}

// temporary is the name of a file that the next run removes.
var temporary = regexp.MustCompile(`^\..+\.gopahole-[0-9a-z]{12}$`)

func commandIn(t *testing.T, dir string, args []string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath(args[0]) // testscript's, of this binary
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args[1:]...)
	cmd.Args[0] = args[0]
	cmd.Dir = dir
	return cmd
}

func runCommand(t *testing.T, dir string, args []string, codes ...int) {
	t.Helper()
	cmd := commandIn(t, dir, args)
	out, err := cmd.CombinedOutput()
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	for _, want := range codes {
		if code == want {
			return
		}
	}
	t.Fatalf("%v: exit code %d, want %d\n%s", args, code, codes, out)
}
