package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// Checks says of a tree what is in the way of BTF. The only error is that of a context that has ended.
func (t *Tree) Checks(ctx context.Context, env Environment) ([]Check, error) {
	checks := []Check{t.checkConfig()}
	add := func(c *Check) {
		if c != nil {
			checks = append(checks, *c)
		}
	}
	add(t.checkModules())
	encoder, version := t.checkEncoder(ctx, env)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	add(&encoder)
	add(t.checkRust(version))
	add(t.checkIDs(env))
	add(t.checkVmlinux())
	add(checkMemory(env, encoder))
	add(checkJobs(env))
	return checks, nil
}

// checkIDs says whether the makefiles find resolve_btfids.
func (t *Tree) checkIDs(env Environment) *Check {
	c := &Check{Name: IDs}
	program := env.Getenv("RESOLVE_BTFIDS")
	if program == "" {
		program = filepath.Join(t.Dir, "tools/bpf/resolve_btfids/resolve_btfids")
	}
	_, err := os.Stat(program)
	_, sourceErr := os.Stat(filepath.Join(t.Source, "tools/bpf/resolve_btfids/main.c"))
	switch {
	case err == nil:
		c.Text = program
	case env.Getenv("RESOLVE_BTFIDS") != "":
		c.State, c.Text, c.Cure = Problem, "RESOLVE_BTFIDS: "+err.Error(), "name one that is there"
	case sourceErr == nil:
		c.Text = "resolve_btfids is built first"
	case kernel.BuildOf(t.Version).Implicit:
		c.State, c.Text = Problem, "there is no "+program+", without which builds from Linux 7.0 on make no BTF for modules"
		c.Cure = "make RESOLVE_BTFIDS=/path/to/resolve_btfids, which gopahole is when it is called by that name"
	default:
		c.State, c.Text = Note, "there is no "+program+": IDs in modules that have kernel functions are not filled in"
		c.Cure = "gopahole gen does it after the build"
	}
	return c
}

// checkVmlinux says whether there is the kernel that modules are encoded on.
func (t *Tree) checkVmlinux() *Check {
	name := filepath.Join(t.Dir, "vmlinux")
	c := &Check{Name: Vmlinux}
	_, err := btf.Open(name, nil)
	switch {
	case err == nil:
		c.Text = name + " has BTF for modules to be encoded on"
	case errors.Is(err, fs.ErrNotExist) && t.Whole:
		c.State, c.Text = Note, "vmlinux is not built yet; modules that are built before it get no BTF"
	case errors.Is(err, fs.ErrNotExist):
		c.State = Problem
		c.Text = "there is no " + name + `: the build says "Skipping BTF generation ... due to unavailability of vmlinux", and modules have none`
		c.Cure = "put the vmlinux of this very build there, or run gopahole gen --base=FILE on the modules after the build, where raw BTF as in /sys/kernel/btf/vmlinux does as well"
	default:
		c.State, c.Text, c.Cure = Problem, err.Error(), "build it with CONFIG_DEBUG_INFO_BTF"
	}
	return c
}

// What the encoders take for the vmlinux of a distribution with one job, in bytes, with something to spare (BENCHMARKING.md).
const (
	paholeNeeds   = 1 << 30
	gopaholeNeeds = 128 << 20
)

func checkMemory(env Environment, encoder Check) *Check {
	if env.FreeMemory == 0 {
		return nil
	}
	needs := int64(paholeNeeds)
	if strings.Contains(encoder.Text, "gopahole") {
		needs = gopaholeNeeds
	}
	c := &Check{Name: Memory, Text: fmt.Sprintf("%d MB may be taken", env.FreeMemory>>20)}
	if env.FreeMemory < needs {
		c.State, c.Text = Problem, fmt.Sprintf("%s, and the encoder takes up to %d MB for the kernel of a distribution: it would be killed", c.Text, needs>>20)
		c.Cure = "more memory, or gopahole, which takes a tenth of it"
	}
	return c
}

var makeJobs = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`--jobserver-(auth|fds)=\S+`) })

// checkJobs says what a make that runs this offers. Without one there is nothing to say.
func checkJobs(env Environment) *Check {
	flags := env.Getenv("MAKEFLAGS")
	switch {
	case env.Getenv("MAKELEVEL") == "":
		return nil
	case makeJobs().MatchString(flags):
		return &Check{Name: Jobs, Text: "make's job server: " + makeJobs().FindString(flags)}
	case strings.Contains(flags, "-j") || strings.Contains(flags, "j "):
		return &Check{Name: Jobs, State: Note, Text: "make runs in parallel, and its job server is not passed on: the encoder does not know how many jobs there are", Cure: "begin the recipe with +"}
	}
	return &Check{Name: Jobs, Text: "make runs one job at a time"}
}
