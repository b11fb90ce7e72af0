package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/inspect/setup"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/internal/tuning"
)

// doctorVerb says whether a build comes with BTF.
var doctorVerb = verb{
	name:      "doctor",
	arguments: "[-B VMLINUX] [TREE|MODULE...]",
	summary:   "Say whether a kernel's tree or a module will come with BTF, and if not, what is in the way and what to do about it",
	example:   "doctor\ndoctor linux/ /lib/modules/6.12.1/build\ndoctor -B vmlinux module.ko",
	details: `
TREE is a directory in which a kernel or modules are built: its sources, the directory of O=,
or that of a package of headers. What a build reads is read: the configuration, the conditions
of Kconfig, the encoder that PAHOLE or the PATH names and its version, resolve_btfids, and the
vmlinux on which modules are encoded; and the memory and, below make, the job server. Nothing
is built or changed; the encoder is asked for its version.

MODULE is looked at as the kernel does that it is for: its debugging information and BTF, what
the kernel makes of that, and its signature. The BTF of the kernel is that of --base, or looked
for in the places where a system has it.

Without either it is the tree that this directory is, or else the system: the running kernel,
and what its modules are built with.

Each line begins with what was found: fine, note, unknown or problem; what to do about it
follows. --json prints an object for each TREE and MODULE: kernel (its release), ready (whether
there will be BTF) and checks, objects with name, state, text and cure.

Exit status: 0 if nothing is in the way, 1 if something is or may be, 2 for wrong arguments, 3
for what cannot be read.
`,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		d := &doctor{command: c}
		baseList(fs, &d.bases, "the kernel that modules are for, a `VMLINUX` file of either sort")
		c.jsonFlag(fs, "print a line of JSON for each")
		quietFlag(fs, &c.quiet)
		fs.Lookup("quiet").Usage = "print problems, and nothing of what is fine"
		return d.run
	},
}

// A doctor is one run of the verb doctor.
type doctor struct {
	*command
	bases []string

	exit int
}

// A diagnosis is what there is to say of a tree, a module or a system, and what --json prints of it.
type diagnosis struct {
	jsonHead
	Kernel string        `json:"kernel,omitempty"`
	Ready  bool          `json:"ready"`
	Checks []doctorCheck `json:"checks"`

	what string // for people
}

type doctorCheck struct {
	Name  string `json:"name"`
	State string `json:"state"`
	Text  string `json:"text"`
	Cure  string `json:"cure,omitempty"`
}

func (d *doctor) run(operands []string) error {
	if len(d.bases) > 1 {
		return &verbUsageError{"there is one kernel: --base is given several times"}
	}
	if len(operands) == 0 {
		if _, err := setup.Open("."); !errors.Is(err, setup.ErrNoTree) {
			operands = []string{"."}
		} else if err := d.system("/"); err != nil {
			return err
		}
	}
	ctx := d.context()
	for _, name := range operands {
		look := d.module
		if isDirectory(name) {
			look = d.tree
		}
		if err := look(ctx, name); err != nil {
			return err
		}
	}
	if d.exit != exitOK {
		return &statusError{d.exit}
	}
	return nil
}

// environment is what builds find beside their tree.
func (d *doctor) environment() setup.Environment {
	return setup.Environment{
		Getenv:     func(key string) string { value, _ := d.env(key); return value },
		FreeMemory: tuning.SystemMemory(),
	}
}

func (d *doctor) tree(ctx context.Context, dir string) error {
	t, err := setup.Open(dir)
	if err != nil {
		return &unreadableError{fileError(dir, err)}
	}
	checks, err := t.Checks(ctx, d.environment())
	if err != nil {
		return err
	}
	what := "what modules are built with"
	if t.Whole {
		what = "sources of the kernel"
	}
	return d.print(&diagnosis{jsonHead: d.jsonHead(dir), Kernel: t.Release, what: fmt.Sprintf("Linux %s, %s", t.Release, what)}, checks)
}

// system looks at the kernel that runs, whose files are below a root.
func (d *doctor) system(root string) error {
	release := runningRelease()
	if release == "" {
		return &unreadableError{errors.New("no kernel's tree, and this system does not run Linux: name a tree or a module")}
	}
	running := setup.Check{Name: setup.Running, Text: runningBTF + " is there"}
	if _, err := os.Stat(filepath.Join(root, runningBTF)); err != nil {
		running.State, running.Text = setup.Problem, "the kernel that runs has no BTF"
		running.Cure = "a kernel with CONFIG_DEBUG_INFO_BTF; programs can bring the BTF they need along (" + program + " gen core)"
	}
	diagnosed := &diagnosis{jsonHead: d.jsonHead(""), Kernel: release, what: "this system, Linux " + release}
	dir := filepath.Join(root, "lib/modules", release, "build")
	t, err := setup.Open(dir)
	if err != nil {
		return d.print(diagnosed, []setup.Check{running, {Name: setup.Location, State: setup.Note,
			Text: fmt.Sprintf("%s: %v", dir, err), Cure: "the package of headers of this kernel, to build modules"}})
	}
	checks, err := t.Checks(d.context(), d.environment())
	if err != nil {
		return err
	}
	return d.print(diagnosed, append([]setup.Check{running, {Name: setup.Location, Text: dir}}, checks...))
}

// print prints a diagnosis.
func (d *doctor) print(diagnosed *diagnosis, checks []setup.Check) error {
	worst := setup.Worst(checks)
	diagnosed.Ready = worst < setup.Unknown
	if !diagnosed.Ready {
		d.exit = max(d.exit, exitFailure)
	}
	if d.json {
		for _, c := range checks {
			diagnosed.Checks = append(diagnosed.Checks, doctorCheck{c.Name, c.State.String(), c.Text, c.Cure})
		}
		return d.printJSON(diagnosed)
	}
	var b strings.Builder
	title := diagnosed.what
	if diagnosed.File != "" {
		title = diagnosed.File + ": " + title
	}
	fmt.Fprintln(&b, quote.Line(title))
	for _, c := range checks {
		if d.quiet && c.State == setup.Fine {
			continue
		}
		fmt.Fprintf(&b, "  %s  %-8s  %s\n", d.paint(stateStyle(c.State), fmt.Sprintf("%-7v", c.State)), c.Name, quote.Line(c.Text))
		if c.Cure != "" {
			fmt.Fprintf(&b, "%21s%s\n", "", quote.Line("→ "+c.Cure))
		}
	}
	fmt.Fprintln(&b, map[bool]string{true: "nothing is in the way of BTF", false: "BTF is missing, or may be"}[diagnosed.Ready])
	if _, err := d.stdout.Write([]byte(b.String())); err != nil {
		return stdoutError(err)
	}
	return nil
}

func stateStyle(s setup.State) style {
	return [...]style{setup.Fine: good, setup.Note: plain, setup.Unknown: doubt, setup.Problem: bad}[s]
}
