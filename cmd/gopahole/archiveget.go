package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/archive/catalog"
)

// archiveGetVerb takes BTF out of an archive.
var archiveGetVerb = verb{
	name:      "archive get",
	arguments: "[-o FILE] FROM RELEASE[/MODULE]|BUILDID|running",
	summary:   "Take the BTF of a kernel or module out of an archive, or get it from a server",
	example: `archive get -o vmlinux.btf archive/ 6.12.1-amd64
		archive get -o vmlinux.btf http://btf.example.org running
		archive get --distilled_base -o xfs.btf.base s3://btf/archive 6.12.1-amd64/xfs`,
	details: `
FROM is an archive as archive run makes it, or the http:// or https:// address of a server that
archive serve is. RELEASE is that of a kernel as uname -r prints it, or the word running for the
kernel that runs; BUILDID is the build ID of a vmlinux or module in hexadecimal digits. Where the
archive has several kernels of that name with different BTF, --architecture, --distribution and
--package say which.

What is written is raw BTF, after it was compared with its digest: that of a module is split from
that of its kernel, or from --distilled_base if it has one.

--json prints an object: output, bytes, sha256.

Exit status: 0, 1 if the archive has no such BTF, or several, 2 for wrong arguments, 3 for an
archive that cannot be read or a server that does not answer.
`,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		g := &archiveGet{command: c}
		c.outputFlag(fs, &g.output, "write the BTF to `FILE`, which is needed")
		on(fs, "distilled_base", "", "the .BTF.base of a module and not its .BTF", func() { g.part = catalog.Base })
		fs.StringVar(&g.query.Architecture, "architecture", "", "the kernel for the `MACHINE` that uname -m prints: x86_64, arm64 and so on")
		fs.StringVar(&g.query.Distribution, "distribution", "", "the kernel of a `DISTRIBUTION/RELEASE`, such as debian/12")
		fs.StringVar(&g.query.Package, "package", "", "the kernel in the package `NAME`")
		c.jsonFlag(fs, "print a line of JSON about it")
		return g.run
	},
}

// An archiveGet is one run of the verb archive get.
type archiveGet struct {
	*command
	output string
	query  catalog.Query
	part   catalog.Part
}

// An archiveGot is what --json prints.
type archiveGot struct {
	jsonHead
	Output string `json:"output"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// getFromServer asks a server; nil in a program that speaks to no network.
var getFromServer func(c *command, url string, q catalog.Query, part catalog.Part) ([]byte, error)

func (g *archiveGet) run(operands []string) error {
	switch {
	case len(operands) != 2:
		return &verbUsageError{"takes an archive, and the release of a kernel, RELEASE/MODULE or a build ID"}
	case g.output == "":
		return &verbUsageError{"-o FILE is missing: it says where the BTF goes"}
	case g.json && g.output == stdoutFile:
		return errTwoResults
	}
	from, name := operands[0], operands[1]
	if err := g.named(name); err != nil {
		return err
	}
	data, err := g.get(from)
	several := (*catalog.AmbiguousError)(nil)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %s is not in this archive", from, name)
	case errors.As(err, &several):
		return fmt.Errorf("%s: %s: %w", from, name, several)
	case errors.Is(err, catalog.ErrNoBase):
		return fmt.Errorf("%s: %s: %w", from, name, err)
	case err != nil:
		if asUsage := (*verbUsageError)(nil); errors.As(err, &asUsage) {
			return err
		}
		return &unreadableError{fileError(from, err)}
	}
	if err := g.newGuard().write(writing{outputs: []output{{g.output, bytes.NewReader(data)}}}); err != nil {
		return err
	}
	if g.json {
		return g.printJSON(&archiveGot{g.jsonHead(from), g.output, len(data), fmt.Sprintf("%x", sha256.Sum256(data))})
	}
	return nil
}

// minBuildID is the least number of digits that makes a name a build ID.
const minBuildID = 16

// named fills in the query by what a command line has.
func (g *archiveGet) named(name string) error {
	if name == runningWord {
		if g.query.Release = runningRelease(); g.query.Release == "" {
			return &verbUsageError{"this system does not run Linux: name a release or a build ID"}
		}
		return nil
	}
	if _, err := hex.DecodeString(name); err == nil && len(name) >= minBuildID {
		g.query.BuildID = name
		return nil
	}
	var split bool
	g.query.Release, g.query.Module, split = strings.Cut(name, "/")
	if g.query.Release == "" || split && g.query.Module == "" {
		return &verbUsageError{fmt.Sprintf("'%s' is neither a release nor RELEASE/MODULE", name)}
	}
	g.query.Module = strings.ReplaceAll(g.query.Module, "-", "_") // as kernels call modules
	return nil
}

// get returns the BTF. The error wraps fs.ErrNotExist if there is none.
func (g *archiveGet) get(from string) ([]byte, error) {
	if strings.HasPrefix(from, "http://") || strings.HasPrefix(from, "https://") {
		if getFromServer == nil {
			return nil, g.becomeNet()
		}
		return getFromServer(g.command, from, g.query, g.part)
	}
	st, err := g.openArchive(g.context(), from)
	if err != nil {
		return nil, err
	}
	c := catalog.New(st)
	found, err := c.Find(g.context(), g.query)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fs.ErrNotExist
	}
	it, err := catalog.One(found)
	if err != nil {
		return nil, err
	}
	return c.Read(g.context(), it, g.part)
}
