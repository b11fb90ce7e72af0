package setup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gopahole/gopahole/kernel"
)

// An Environment is what a build would find beside its tree.
type Environment struct {
	Getenv     func(string) string
	FreeMemory int64 // bytes that a process may take
}

// versionTimeout is how long a program may take to say its version.
const versionTimeout = 10 * time.Second

var versionText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^v([0-9]+)\.([0-9]+)\s*$`) })

// An encoder is a program that a build would call as PAHOLE.
type encoder struct {
	name    string // as the build has it
	path    string
	version int  // as makefiles count: 132 for 1.32
	ours    bool // it is gopahole
}

var errVersion = errors.New("does not print a version as pahole does")

// findEncoder finds the encoder of a build, and asks it for its version as scripts/pahole-version.sh does.
func findEncoder(ctx context.Context, env Environment) (encoder, error) {
	e := encoder{name: env.Getenv("PAHOLE")}
	if e.name == "" {
		e.name = "pahole"
	}
	var err error
	if e.path, err = lookPath(e.name, env); err != nil {
		return e, err
	}
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, e.path, "--version").Output()
	if err != nil {
		return e, err
	}
	m := versionText().FindSubmatch(out)
	if m == nil {
		return e, errVersion
	}
	major, _ := strconv.Atoi(string(m[1]))
	minor, _ := strconv.Atoi(string(m[2]))
	e.version = 100*major + minor
	if real, err := filepath.EvalSymlinks(e.path); err == nil {
		e.ours = strings.HasPrefix(filepath.Base(real), "gopahole")
	}
	return e, nil
}

// lookPath is exec.LookPath with the PATH of an environment.
func lookPath(name string, env Environment) (string, error) {
	if strings.ContainsRune(name, filepath.Separator) {
		return exec.LookPath(name)
	}
	for _, dir := range filepath.SplitList(env.Getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}

// dotted is a version as people write it.
func dotted(version int) string { return fmt.Sprintf("%d.%02d", version/100, version%100) }

// needs is what an encoder of a version cannot do yet, and what comes of that.
var needs = []struct {
	version int
	asked   func(kernel.Build) bool
	lacks   string
}{
	{126, func(b kernel.Build) bool { return b.Tags || b.Lists && !b.Sets }, "tags of kernel functions: sched_ext and other programs that call them do not start"},
	{128, func(b kernel.Build) bool { return b.Distills && !b.Implicit }, ".BTF.base: modules from outside of the tree fit this build of the kernel alone"},
	{130, func(b kernel.Build) bool { return b.Attributes }, "attributes"},
	{131, func(b kernel.Build) bool { return b.Layout }, "the layout section"},
}

// oldestEncoder is what all releases that are known want.
const oldestEncoder = 116

// checkEncoder says whether the makefiles find an encoder that they can use. It returns its version, 0 if there is none.
func (t *Tree) checkEncoder(ctx context.Context, env Environment) (Check, int) {
	c := Check{Name: Encoder}
	e, err := findEncoder(ctx, env)
	cure := "install pahole, or say make PAHOLE=/path/to/gopahole"
	switch {
	case strings.ContainsAny(e.name, " \t"):
		c.State, c.Text, c.Cure = Problem, fmt.Sprintf("PAHOLE is %q, and makefiles take what comes before the space for the program", e.name), "a path without spaces"
		return c, 0
	case err != nil && errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist):
		c.State, c.Text, c.Cure = Problem, fmt.Sprintf("there is no %s: Kconfig then switches off CONFIG_DEBUG_INFO_BTF without a word", e.name), cure
		return c, 0
	case err != nil:
		c.State, c.Text, c.Cure = Problem, fmt.Sprintf("%s: %v", e.path, err), cure
		return c, 0
	}
	who := "pahole"
	if e.ours {
		who = "gopahole, which stands for pahole"
	}
	c.Text = fmt.Sprintf("%s is %s %s", e.path, who, dotted(e.version))
	config := map[string]string{"PAHOLE_VERSION": strconv.Itoa(e.version)}
	for name, value := range t.config {
		if name != "PAHOLE_VERSION" {
			config[name] = value
		}
	}
	for _, condition := range t.conditions {
		if ok, err := holds(condition, config); err == nil && !ok && slices.Contains(symbols(condition), "PAHOLE_VERSION") {
			c.State, c.Text, c.Cure = Problem, c.Text+", and this kernel wants "+condition, cure
			return c, e.version
		}
	}
	if e.version < oldestEncoder {
		c.State, c.Text, c.Cure = Problem, c.Text+", and kernels want "+dotted(oldestEncoder), cure
		return c, e.version
	}
	var lacks []string
	build := kernel.BuildOf(t.Version)
	for _, n := range needs {
		if e.version < n.version && n.asked(build) {
			lacks = append(lacks, n.lacks+" (from "+dotted(n.version)+" on)")
		}
	}
	switch before := t.config["PAHOLE_VERSION"]; {
	case lacks != nil:
		c.State, c.Text, c.Cure = Problem, c.Text+", which does not have "+strings.Join(lacks, ", nor "), cure
	case before == "0":
		c.State, c.Text = Problem, c.Text+", and .config was made without any (CONFIG_PAHOLE_VERSION=0)"
		c.Cure = "make olddefconfig"
	case before != "" && before != strconv.Itoa(e.version) && !t.Whole:
		c.State, c.Text = Note, fmt.Sprintf("%s; the kernel was built with %s, and its makefiles may say that they differ", c.Text, dottedText(before))
	case before != "" && before != strconv.Itoa(e.version):
		c.State, c.Text, c.Cure = Note, fmt.Sprintf("%s; .config was made with %s", c.Text, dottedText(before)), "make olddefconfig, which make also does by itself"
	}
	return c, e.version
}

// dottedText is dotted of what a configuration says.
func dottedText(version string) string {
	if n, err := strconv.Atoi(version); err == nil {
		return dotted(n)
	}
	return version
}
