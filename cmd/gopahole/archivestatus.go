package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/archive"
	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/source"
	"github.com/gopahole/gopahole/internal/quote"
)

// archiveStatusVerb tells what is in an archive.
var archiveStatusVerb = verb{
	name:      "archive status",
	arguments: "[OPTION...] DEST [INPUT...]",
	summary:   "Say which packages an archive has done, which failed and why, and what is missing",
	example: `archive status archive/
		archive status --modules --layout=cas archive/ debs/`,
	details: `
DEST is an archive that archive run has made. Each package that failed has a line with the
reason, and so has each object that the index tells of and that is not there. With INPUTs,
packages that the archive run with the same options would work on are missing as well.

A failed package is passed over if another file of its name, version and architecture is
done, as after a download that was cut off.

--json prints an object for each package: what its first line in the index has, and key,
kernels, encoded, skipped and failed; superseded; missing, a list of keys. One that has
nothing in the index has file and the status missing.

Exit status: 0 if everything is done and there, 1 if not, 2 for wrong arguments, 3 for an
archive or INPUT that cannot be read.
`,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		a := &archiveStatus{command: c}
		archiveFlags(fs, &a.o)
		c.jsonFlag(fs, "print a line of JSON for each package")
		quietFlag(fs, &c.quiet)
		fs.Lookup("quiet").Usage = "print nothing: the exit status tells"
		return a.run
	},
}

// archiveFlags defines the options of both verbs about what an archive has.
func archiveFlags(fs *pflag.FlagSet, o *archive.Options) {
	o.Layout = archive.BTFHub
	fs.Func("layout", "which files the archive has: `LAYOUT` is btfhub (the default) or cas", func(name string) (err error) {
		if o.Layout, err = archive.ParseLayout(name); err != nil {
			return usagef("--layout: %v", err)
		}
		return nil
	})
	on(fs, "modules", "", "encode modules as well, on top of their kernel", func() { o.Modules = true })
	on(fs, "distill", "", "give modules a distilled base, where their kernel knows it (6.11)", func() { o.Distill = true })
	fs.Func("distribution", "the packages are of this `DISTRIBUTION/RELEASE`, such as ubuntu/20.04, whatever they say", func(text string) error {
		if err := archive.ParseDistribution(text); err != nil {
			return usagef("--distribution: %v", err)
		}
		o.Distribution = text
		return nil
	})
	fs.StringVar(&o.Spool.Dir, "tmp_dir", "", "put what is too large for memory into `DIR` for the moment; $TMPDIR or /tmp by default")
	o.Encoder = program + " " + ownVersion()
}

// An archiveStatus is one run of the verb archive status.
type archiveStatus struct {
	*command
	o archive.Options
}

// statusMissing is the status of a package that has no record.
const statusMissing = "missing"

// An archiveState is what --json prints of a package in an archive.
type archiveState struct {
	archivedPackage
	Superseded bool     `json:"superseded,omitempty"`
	Missing    []string `json:"missing,omitempty"`
}

func (a *archiveStatus) run(operands []string) error {
	if len(operands) == 0 {
		return &verbUsageError{"takes an archive, and inputs if their packages should all be in it"}
	}
	ctx := a.context()
	st, err := a.openStore(ctx, operands[0])
	if err != nil {
		return &unreadableError{err}
	}
	inputs, err := source.List(operands[1:])
	if err != nil {
		return &unreadableError{err}
	}
	states, err := archive.States(ctx, st)
	if err != nil {
		return &unreadableError{err}
	}
	undone, err := archive.Undone(ctx, st, inputs, a.o)
	if err != nil {
		return &unreadableError{err}
	}
	if len(states)+len(inputs) == 0 {
		return &unreadableError{fmt.Errorf("%s: there is no index in it: archive run makes archives", operands[0])}
	}
	n := archiveCounts{}
	for _, s := range states {
		if err := a.state(s, &n); err != nil {
			return err
		}
	}
	for _, path := range undone {
		n.undone++
		if err := a.missing(path); err != nil {
			return err
		}
	}
	if !a.json && !a.quiet {
		fmt.Fprintf(a.stdout, "%s: %s\n", st, n.String())
	}
	if n.failed+n.undone+n.objects > 0 {
		return &statusError{exitFailure}
	}
	return nil
}

// archiveCounts are those of packages, but for the last three.
type archiveCounts struct {
	done, failed, undone      int
	kernels, modules, objects int
}

func (n archiveCounts) String() string {
	text := fmt.Sprintf("%d packages done, %d failed, %d missing; %d kernels, %d modules", n.done, n.failed, n.undone, n.kernels, n.modules)
	if n.objects > 0 {
		text += fmt.Sprintf("; %d objects are not there", n.objects)
	}
	return text
}

// state prints what there is to say of a package in the archive.
func (a *archiveStatus) state(s archive.State, n *archiveCounts) error {
	if s.Err != nil {
		return &unreadableError{s.Err}
	}
	p := archiveState{*newArchivedPackage(a.jsonHead(""), s.Key, true, s.Record), s.Superseded, s.Missing}
	n.kernels += p.Kernels
	n.modules += p.Encoded - p.Kernels
	n.objects += len(s.Missing)
	switch {
	case p.Status == index.Done:
		n.done++
	case !s.Superseded:
		n.failed++
	}
	if a.json {
		return a.printJSON(p)
	}
	if a.quiet {
		return nil
	}
	name := strings.TrimSpace(p.Package.Name + " " + p.Version + " " + p.Architecture)
	if p.Status == index.Failed && !s.Superseded {
		fmt.Fprintf(a.stdout, "failed: %s: %v\n", quote.Line(name), quote.Line((&archiveFailure{s.Record}).Error()))
	}
	for _, key := range s.Missing {
		fmt.Fprintf(a.stdout, "not there: %s, which %s has\n", key, quote.Line(name))
	}
	return nil
}

// missing prints that a package has no record.
func (a *archiveStatus) missing(path string) error {
	if a.json {
		p := archiveState{archivedPackage: archivedPackage{jsonHead: a.jsonHead(path)}}
		p.Status = statusMissing
		return a.printJSON(p)
	}
	if !a.quiet {
		fmt.Fprintf(a.stdout, "missing: %s\n", quote.Line(path))
	}
	return nil
}
