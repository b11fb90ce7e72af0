package main

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/inspect/report"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/kernel"
)

// pageVerb makes a page for browsers. Its file is not called report.go, which is about the
// option --report of encode.
var pageVerb = verb{
	name:      "report",
	arguments: "-o OUT [FILE] [MODULE|DIR ...]",
	summary:   "Make a page for browsers: modules on kernels, sizes, functions that are left out, structs with their holes",
	example: `report -o report.html vmlinux
		report -o report.html vmlinux modules/ --kernels=/usr/lib/debug/boot
		report -o report.html --base=vmlinux drivers/net/virtio_net.ko
		report -o report.html --encoding=encoded.json vmlinux`,
	details: `
OUT is one file of HTML that needs nothing else and loads nothing: it can be sent to
anybody and put anywhere. It has what there is of these parts:
  modules on kernels   what FILE, --base and each of --kernels make of the MODULEs, and of
                       those in DIR: the table of relocate --check, with modules that are
                       split from one kernel as well
  where the bytes are  a treemap by source directory and kind, if FILE has DWARF; by kind and
                       how names begin; and by module
  functions left out   by reason, if FILE has DWARF
  structs              with offsets, holes and cache lines

FILE is a kernel, a module, an object or raw BTF, or the word running. If it has DWARF, it is
encoded in memory, and the page is about what comes of that; --no_dwarf is for the BTF that
is there. --encoding takes sizes and functions from what encode --report=FILE.json wrote, and
then nothing is encoded. A DIR of a kernel's build, without FILE, brings its vmlinux along.

A page has the members of as many structs as fit into 12 MB, which is all of those of a
kernel, and 5,000 modules; it says what is left out, and --name chooses structs.

--json prints file, output, bytes, parts (what the page has) and notes (what could not be
had). The page is the same each time for the same files.

Exit status: 0; 1 if OUT cannot be written or FILE not encoded; 2 for wrong arguments; 3 for
a file that cannot be read: if it is a module, the page is written nevertheless, and says so.
`,
	reads: true,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		p := &pager{command: c, o: &options{}}
		p.o.jobs = runtime.NumCPU()
		c.outputFlag(fs, &p.output, "write the page to `OUT`")
		fs.Func("kernels", "kernels to relocate modules onto: a `KERNEL`, raw BTF, or a directory of some; given again, that too", func(name string) error {
			p.kernels = append(p.kernels, orStdin(name))
			return nil
		})
		fs.Func("kernel", "judge as this `RELEASE` does ("+kernel.List()+", ...), whatever the kernels say themselves", func(name string) (err error) {
			if p.version, err = namedKernel(name); err != nil {
				return usagef("--kernel: %v", err)
			}
			return nil
		})
		baseFlag(fs, "what FILE is split from, and a kernel for modules, a `BASE` file of either sort; given again, that one on top of it", p.o.addBase)
		fs.StringSliceVar(&p.words, "name", nil, "only structs that are called `NAME`, a list of names and patterns")
		fs.Func("encoding", "sizes and functions that are left out as encode --report wrote them to `FILE`", func(name string) error {
			p.encoding = orStdin(name)
			return nil
		})
		on(fs, "no_dwarf", "", "look at the BTF of FILE, even if it has DWARF", func() { p.noDWARF = true })
		fs.VarP(&jobsValue{n: &p.o.jobs}, "jobs", "j", "work on `N` units or modules at a time; as many as there are processors by default")
		debugDirFlag(fs, &p.o.debugDirs)
		bestEffortFlag(fs, p.o)
		on(fs, "verbose", "v", "say what the page has", func() { p.verbose = true })
		quietFlag(fs, &c.quiet)
		c.jsonFlag(fs, "print a line of JSON about the page")
		for _, group := range []*pflag.FlagSet{unitFlags(p.o), verbFeatureFlags(p.o)} {
			fs.AddFlagSet(group)
		}
		return p.run
	},
}

// A pager is one run of the verb report.
type pager struct {
	*command
	o        *options
	output   string
	kernels  []string
	version  kernel.Version // of all kernels; zero: what they say themselves
	words    []string
	encoding string
	noDWARF  bool
	verbose  bool

	subject string   // FILE, "" for none
	modules []string // and directories
	page    report.Page
	codes   statusCodes // of modules
}

// A pageReport is what --json prints of a page.
type pageReport struct {
	jsonHead
	Output string   `json:"output"`
	Bytes  int64    `json:"bytes"`
	Parts  []string `json:"parts"`
	Notes  []string `json:"notes"`
}

func (p *pager) run(operands []string) error {
	switch {
	case p.output == "":
		return &verbUsageError{"-o says where the page goes"}
	case (p.json || p.verbose) && p.output == stdoutFile:
		return errTwoResults
	}
	if err := checkPatterns(p.words); err != nil {
		return &verbUsageError{fmt.Sprintf("--name: %v", err)}
	}
	if err := p.sort(operands); err != nil {
		return err
	}
	found, err := p.findModules()
	if err != nil {
		return err
	}
	g, inputs := p.newGuard(), []string{}
	for _, name := range []string{p.subject, p.encoding} {
		if name != "" {
			inputs = append(inputs, name)
		}
	}
	for _, o := range found {
		inputs = append(inputs, o.path)
	}
	if err := errors.Join(g.reads(roleBase, p.o.bases...), g.reads(roleBase, p.kernels...), g.reads(roleInput, inputs...)); err != nil {
		return err
	}
	if err := g.writes(p.output); err != nil {
		return err
	}
	if err := p.fill(found); err != nil {
		return err
	}
	var out countingPage
	out.page = &p.page
	if err := g.write(writing{outputs: []output{{p.output, &out}}, inputs: inputs, noSync: true}); err != nil {
		return err
	}
	if err := p.say(out.bytes); err != nil {
		return err
	}
	return p.codes.result("read")
}

// sort tells apart what operands are.
func (p *pager) sort(operands []string) error {
	var dirs []string
	for _, name := range operands {
		switch {
		case isDirectory(name):
			dirs = append(dirs, name)
			p.modules = append(p.modules, name)
		case isModuleName(name):
			p.modules = append(p.modules, name)
		case p.subject != "":
			return &verbUsageError{fmt.Sprintf("a page is about one file, and there are %s and %s; kernels to relocate modules onto are named by --kernels",
				quote.Line(p.subject), quote.Line(name))}
		case name == runningWord:
			p.subject = runningBTF
		default:
			p.subject = name
		}
	}
	switch {
	case p.subject == "" && len(p.modules) == 1 && len(dirs) == 0:
		p.subject = p.modules[0]
		if len(p.columns()) == 0 {
			p.modules = nil
		}
	case p.subject == "" && len(dirs) == 1 && len(p.columns()) == 0:
		found, err := kernelIn(dirs[0])
		if err != nil {
			return &unreadableError{fmt.Errorf("%w, as FILE or with --kernels", err)}
		}
		p.subject = found
	}
	switch {
	case len(p.modules) == 0 && len(p.kernels) > 0:
		return &verbUsageError{"--kernels is about modules, and none are named"}
	case len(p.modules) > 0 && p.subject == "" && len(p.columns()) == 0:
		return &verbUsageError{"modules take a kernel: FILE, --base or --kernels"}
	case len(p.modules) == 0 && p.subject == "" && p.encoding == "":
		return &verbUsageError{"takes a file, modules or --encoding"}
	case p.words != nil && p.subject == "":
		return &verbUsageError{"--name chooses structs of FILE, and there is none"}
	}
	return nil
}

// columns are the files of kernels, without FILE.
func (p *pager) columns() []string {
	var names []string
	if len(p.o.bases) > 0 {
		names = append(names, p.o.bases[0])
	}
	return append(names, p.kernels...)
}

func (p *pager) findModules() ([]operand, error) {
	if len(p.modules) == 0 {
		return nil, nil
	}
	found, err := findOperands(p.modules, "modules", isModule)
	if err != nil {
		return nil, &unreadableError{err}
	}
	return found, nil
}

// fill makes the parts of the page.
func (p *pager) fill(found []operand) error {
	p.page.Generator = program + " " + ownVersion()
	p.page.Title = p.title()
	if p.encoding != "" {
		if err := p.addEncoding(); err != nil {
			return err
		}
	}
	own, err := p.addSubject()
	if err != nil {
		return err
	}
	return p.addModules(found, own)
}

// title says what the page is about.
func (p *pager) title() string {
	switch {
	case p.subject != "":
		return p.subject
	case len(p.modules) > 3:
		return fmt.Sprintf("%s and %d more", p.modules[0], len(p.modules)-1)
	case len(p.modules) > 0:
		return strings.Join(p.modules, ", ")
	}
	return p.encoding
}

func (p *pager) fact(name, format string, args ...any) {
	p.page.Facts = append(p.page.Facts, report.Fact{Name: name, Value: fmt.Sprintf(format, args...)})
}

func (p *pager) note(format string, args ...any) {
	p.page.Notes = append(p.page.Notes, fmt.Sprintf(format, args...))
}

// parts are the words for what the page has.
func (p *pager) parts() []string {
	parts := []string{}
	if p.page.Relocation != nil {
		parts = append(parts, "modules")
	}
	for _, s := range p.page.Sizes {
		parts = append(parts, "sizes by "+s.ID)
	}
	if p.page.Skipped != nil {
		parts = append(parts, "functions")
	}
	if p.page.Structs != nil {
		parts = append(parts, "structs")
	}
	return parts
}

// say says what was written, if it was asked to.
func (p *pager) say(bytes int64) error {
	switch {
	case p.json:
		r := pageReport{p.jsonHead(p.subject), p.output, bytes, p.parts(), p.page.Notes}
		if r.Notes == nil {
			r.Notes = []string{}
		}
		return p.printJSON(&r)
	case p.verbose:
		fmt.Fprintln(p.stdout, quote.Line(fmt.Sprintf("%s: %s: %s", p.output, report.Bytes(bytes), strings.Join(p.parts(), ", "))))
		for _, note := range p.page.Notes {
			fmt.Fprintln(p.stdout, quote.Line("  "+note))
		}
	}
	return nil
}

// wants tells whether a struct is to be in the page.
func (p *pager) wants() func(name string) bool {
	if p.words == nil {
		return nil
	}
	return func(name string) bool {
		for _, word := range p.words {
			if ok, _ := path.Match(word, name); ok && name != "" {
				return true
			}
		}
		return false
	}
}
