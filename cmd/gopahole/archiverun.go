package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/archive"
	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/source"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/internal/tuning"
)

// archiveRunVerb makes archives of BTF from packages.
var archiveRunVerb = verb{
	name:      "archive run",
	arguments: "-o DEST [OPTION...] INPUT...",
	summary:   "Encode the kernels in packages of distributions, and keep their BTF in an archive",
	example: `archive run -o archive/ linux-image-6.12.1-amd64-dbg.deb
		archive run --modules --layout=cas -o archive/ debs/ @more.list`,
	details: `
An INPUT is a package (.deb, .ddeb, .rpm), an archive of tar or cpio with packages or
with the files of a kernel, or a directory with any of these below it, each compressed with
gzip, xz, zstd, bzip2, lzma or not at all. Of symbolic links below a directory,
those to packages and archives are followed, others passed over. @FILE has an INPUT on each line. Packages are
read as streams and not unpacked: what is too large for memory is in a file without a name in
--tmp_dir while it is encoded. xz(1), where it is in PATH, decompresses large packages of its format, which is
faster and makes no other difference. debuginfod:ID[,ID...] is the kernel with a build ID, and with
others modules of it, from the servers of $DEBUGINFOD_URLS and the cache of elfutils. Files are those of a finished kernel, and are encoded as the
build of their release does it.

--layout=btfhub names files as BTFHub does: debian/12/x86_64/RELEASE.btf.tar.xz, a marker
RELEASE.failed with the reason for a kernel that failed, and RELEASE.hasbtf for one that has
BTF itself. Modules are in RELEASE.modules.tar.zst. Of two packages with a kernel of one
release and different BTF, one has that place, whichever comes first. --layout=cas keeps each distinct BTF once,
as btf/AB/SHA256.btf.zst. Both have index/PACKAGE.jsonl for each package: a line of JSON
about the package, and one for each kernel and module, with release, architecture, build ID,
digests, what the kernel would say of the BTF, and how it compares with the BTF that the
file has itself.

What is done in DEST is passed over, so that a run that was cut off goes on when it is given
again; what was removed since is made again, and with --again what is damaged as well. Several runs may work on one DEST. The result depends on the inputs and options only.
A package that is broken has its reason in the index, and others go on. One that cannot be read, as a disk or a network
file system failed, is tried again after the others; if it still cannot, the status is 1, and the next run tries again.

--shard=I/N does one of N parts of the packages, those whose names say so, whatever other
packages there are: N runs with 1/N to N/N do all. Without it, the indexed Jobs of Kubernetes
(JOB_COMPLETION_INDEX, of GOPAHOLE_SHARDS) and the arrays of Slurm (SLURM_ARRAY_TASK_ID, of
those from _MIN to _MAX) say which part it is; --shard=1/1 is all of the work. Runs share DEST
and nothing else.

A DEST s3://BUCKET/PREFIX is in a store that speaks S3: AWS_ENDPOINT_URL, AWS_REGION,
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE and so on say where and as whom, as for
Amazon's own tools. One that is oci://HOST/REPOSITORY is in a registry, with the credentials
of docker login. Where a store does not answer, it is asked for two minutes before that is an
error. gopahole-net does that and asks debuginfod, and belongs beside gopahole or into ../lib/gopahole.

--json prints an object for each package: what its first line in the index has, and key,
before (it was done already), kernels, encoded (with modules), skipped and failed.

Exit status: 0 if all was done, 1 if something failed, 2 for wrong arguments, 3 for an INPUT
that is not there; 128 and its number after a signal, and then what was finished stays.
`,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		a := &archiveRun{command: c, o: archive.Options{Jobs: runtime.NumCPU()}}
		fs.StringVarP(&a.dest, "output", "o", "", "the archive: `DEST` is a directory, which is made if it does not exist, s3://BUCKET/PREFIX or oci://HOST/REPOSITORY")
		archiveFlags(fs, &a.o)
		on(fs, "again", "", "also do what is done in the archive", func() { a.o.Again = true })
		a.part.flag(fs)
		fs.VarP(&jobsValue{n: &a.o.Jobs}, "jobs", "j", "encode `N` files at a time; as many as there are processors by default")
		c.jsonFlag(fs, "print a line of JSON for each package")
		quietFlag(fs, &c.quiet)
		fs.Lookup("quiet").Usage = "print nothing of packages that are done"
		return a.run
	},
}

// An archiveRun is one run of the verb archive run.
type archiveRun struct {
	*command
	dest string
	part archivePart
	o    archive.Options

	printErr error
}

// inMemory is how large a file of a package may be that is kept in memory, in bytes.
const inMemory = 32 << 20

func (a *archiveRun) run(operands []string) error {
	switch {
	case len(operands) == 0:
		return &verbUsageError{"takes packages, directories or lists of them"}
	case a.dest == "":
		return &verbUsageError{"-o DEST is missing: it says where the archive is"}
	case a.o.Distill && !a.o.Modules:
		return &verbUsageError{"--distill is about modules: it needs --modules"}
	}
	if err := a.part.choose(a.env); err != nil {
		return err
	}
	ctx := a.context()
	st, err := a.openStore(ctx, a.dest)
	if err != nil {
		return err
	}
	operands, remove, err := a.fetch(operands, a.o.Spool.Dir)
	if err != nil {
		return err
	}
	defer remove()
	inputs, err := source.List(operands)
	if err != nil {
		return &unreadableError{err}
	}
	inputs, note := a.part.of(inputs)
	if !a.json && !a.quiet {
		fmt.Fprint(a.stdout, note)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(1, min(a.o.Jobs, runtime.NumCPU()))))
	a.o.Memory = tuning.FreeMemory() / 2
	a.collector.ExpectArchive(a.o.Jobs, a.o.Memory)
	a.o.Spool.Memory = min(inMemory, a.o.Memory/8)
	a.o.Report = a.report
	sum, err := archive.Run(ctx, st, inputs, a.o)
	if cause, ok := context.Cause(ctx).(*signalError); ok {
		return &archiveInterruptedError{cause, sum}
	}
	switch {
	case err != nil:
		return fmt.Errorf("%w (what was finished before stays, and the same command goes on from there)", err)
	case a.printErr != nil:
		return a.printErr
	case sum.Failed > 0:
		return fmt.Errorf("%d of %d packages failed, or a part of them: the index of the archive has the reasons", sum.Failed, sum.Done+sum.Failed)
	}
	return nil
}

// An archiveInterruptedError says how far a run got before a signal.
type archiveInterruptedError struct {
	signal *signalError
	archive.Summary
}

func (e *archiveInterruptedError) Error() string {
	return fmt.Sprintf("%s: %d packages were finished, and stay so; the same command goes on from there", e.signal.word(), e.Done+e.Failed)
}

func (e *archiveInterruptedError) Unwrap() error { return e.signal }

// An archivedPackage is what --json prints of a package.
type archivedPackage struct {
	jsonHead
	index.Package
	Key     string `json:"key"`
	Before  bool   `json:"before"`
	Kernels int    `json:"kernels"`
	Encoded int    `json:"encoded"`
	Skipped int    `json:"skipped"`
	Failed  int    `json:"failed"`
}

func newArchivedPackage(head jsonHead, key string, before bool, rec *index.Record) *archivedPackage {
	p := &archivedPackage{jsonHead: head, Package: rec.Package, Key: key, Before: before}
	for _, e := range rec.Entries {
		switch e.Status {
		case index.Done:
			p.Encoded++
			if e.Kind == "vmlinux" {
				p.Kernels++
			}
		case index.Skipped:
			p.Skipped++
		default:
			p.Failed++
		}
	}
	return p
}

// report prints what became of a package.
func (a *archiveRun) report(o archive.Outcome) {
	p := newArchivedPackage(a.jsonHead(o.Path), o.Key, o.Before, o.Record)
	if a.json {
		if err := a.printJSON(p); err != nil && a.printErr == nil {
			a.printErr = err
		}
		return
	}
	if p.Status == index.Failed {
		a.complain(fileError(o.Path, &archiveFailure{o.Record}))
		return
	}
	if a.quiet {
		return
	}
	was := ""
	if o.Before {
		was = ", as before"
	}
	fmt.Fprintf(a.stdout, "%s: %s%s\n", quote.Line(o.Path), p.counts(), was)
}

// counts says in words what is in the archive.
func (p *archivedPackage) counts() string {
	text := fmt.Sprintf("%d kernels", p.Kernels)
	if p.Kernels == 1 {
		text = "1 kernel"
	}
	if modules := p.Encoded - p.Kernels; p.Modules {
		text += fmt.Sprintf(", %d modules", modules)
	}
	if p.Package.Modules && p.Skipped > 0 {
		text += fmt.Sprintf(", %d without debugging information", p.Skipped)
	}
	if p.Failed > 0 {
		text += fmt.Sprintf(", %d failed", p.Failed)
	}
	return text
}

// An archiveFailure says what failed of a package.
type archiveFailure struct{ rec *index.Record }

func (e *archiveFailure) Error() string {
	text := e.rec.Package.Error
	n := 0
	for _, entry := range e.rec.Entries {
		if entry.Status != index.Failed {
			continue
		}
		if n++; text == "" {
			text = entry.Path + ": " + entry.Error
		}
	}
	if n > 1 {
		text += fmt.Sprintf(" (%d files failed)", n)
	}
	return text
}
