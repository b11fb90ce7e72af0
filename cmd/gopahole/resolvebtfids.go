package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/internal/elfio"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/relocate"
)

// resolveName is the program of the kernel that this file stands in for. Its
// options, messages and exit codes are those of the tool, which makefiles of the
// kernel know.
const resolveName = "resolve_btfids"

// Exit codes of resolve_btfids.
const (
	exitResolveFailure = 255 // -1
	exitResolveUsage   = 129
)

var resolveVerb = verb{
	name:      resolveName,
	arguments: "[--btf BTF] [-b BASE] FILE",
	summary:   "Fill the section .BTF_ids of a kernel or module, as the kernel's tool of that name does",
	run:       (*command).runResolve,
	options:   func() *pflag.FlagSet { return resolveFlags(new(resolveOptions)) },
}

const resolveHelp = `Usage: resolve_btfids [OPTION...] FILE
       resolve_btfids --btf BTF [OPTION...] FILE
       resolve_btfids --patch_btfids IDS FILE

Find the types that the symbols of FILE's section .BTF_ids ask for. FILE is a
kernel or a module. This is the kernel's tool of that name, for a build with
RESOLVE_BTFIDS=, or as a verb of gopahole.

Without --btf, the IDs are those of the BTF in FILE and are put into FILE, as by
the tool up to Linux 6.19. With --btf, as by the tool from Linux 7.0 on, FILE
stays as it is: kernel functions with implicit arguments get the prototype that
BPF programs see, the types are sorted by name, and the results are FILE.BTF,
FILE.BTF_ids and, with --distill_base, FILE.BTF.base. With --patch_btfids, IDS
goes into .BTF_ids of FILE as it is.

Examples:
  resolve_btfids -b vmlinux module.ko
  resolve_btfids --btf vmlinux.BTF.1 vmlinux
  resolve_btfids --patch_btfids vmlinux.BTF_ids vmlinux

`

// resolveOptions are the options of resolve_btfids.
type resolveOptions struct {
	btf, base, patch               string // file names, or ""
	distill, inPlace, fatal, debug bool
	dropSignature                  bool
	help                           bool
}

func resolveFlags(o *resolveOptions) *pflag.FlagSet {
	fs := newFlagSet()
	fs.StringVar(&o.btf, "btf", "", "read the BTF from `FILE`, and leave the input alone")
	fs.StringVarP(&o.base, "btf_base", "b", "", "what the BTF is split from, the BTF of `FILE`; not used for a module with a distilled base")
	on(fs, "distill_base", "", "with --btf: distill the base for FILE.BTF.base", func() { o.distill = true })
	on(fs, "fatal_warnings", "", "fail if a name has no type or several", func() { o.fatal = true })
	fs.StringVar(&o.patch, "patch_btfids", "", "put the contents of `FILE` into .BTF_ids")
	on(fs, "in_place", "", "with --btf: put the IDs into the input, as tools up to Linux 6.19 do", func() { o.inPlace = true })
	dropSignatureFlag(fs, &o.dropSignature)
	on(fs, "verbose", "v", "say what is written", func() { o.debug = true })
	on(fs, "help", "h", "print this text", func() { o.help = true })
	return fs
}

// runResolve runs a command line of resolve_btfids and returns its exit code.
func (c *command) runResolve(args []string) int {
	if c.watch == nil { // called by that name
		defer c.watchSignals()()
	}
	var o resolveOptions
	fs := resolveFlags(&o)
	files, err := parseArgs(fs, args, true) // options end at the file
	switch {
	case o.help:
		fmt.Fprint(c.stdout, resolveHelp, fs.FlagUsages())
		return exitOK
	case err == nil && len(files) != 1:
		err = usagef("takes one file")
	case err == nil && o.inPlace && o.distill:
		err = usagef("--distill_base needs files of its own for the results, which excludes --in_place")
	}
	if err != nil {
		fmt.Fprintf(c.stderr, "Error: %s\nTry `%s --help' for more information.\n", quote.Line(err.Error()), resolveName)
		return exitResolveUsage
	}
	if err := c.resolve(&o, files[0]); err != nil {
		fmt.Fprintln(c.stderr, quote.Line(err.Error()))
		return exitResolveFailure
	}
	return exitOK
}

// resolve does what the options say. Its error is the whole line to be printed.
func (c *command) resolve(o *resolveOptions, name string) error {
	g, err := o.guard(c, name)
	if err != nil {
		return fmt.Errorf("FAILED: %w", err)
	}
	if o.patch != "" {
		return c.patchIDs(g, o, name)
	}
	f, err := btfids.Open(name)
	if err != nil {
		return fmt.Errorf("FAILED cannot open %s: %s", name, reason(name, err))
	}
	defer f.Close()
	table, err := btfids.Read(f)
	if err != nil && !errors.Is(err, btfids.ErrNone) {
		return fmt.Errorf("FAILED: %w", err)
	}
	if o.btf != "" && !o.inPlace || o.distill {
		return c.resolveToFiles(g, o, f, table)
	}
	return c.resolveInPlace(g, o, f, table)
}

// guard notes the files that are read. In place, the BTF may be that of the file.
func (o *resolveOptions) guard(c *command, name string) (*guard, error) {
	g := c.newGuard()
	for _, file := range []string{o.btf, o.base, o.patch} {
		if file == "" || file == o.btf && o.inPlace {
			continue
		}
		if err := g.reads(roleBase, file); err != nil {
			return nil, err
		}
	}
	return g, g.reads(roleInput, name)
}

// resolveInPlace does what resolve_btfids does up to Linux 6.19.
func (c *command) resolveInPlace(g *guard, o *resolveOptions, f *btfids.File, table *btfids.Table) error {
	if table == nil {
		return nil // so do most modules end
	}
	base := o.base
	if f.Section(".BTF.base") != nil {
		base = "" // the types are split from that one, and so are the IDs
	}
	types, err := loadResolved(f.Name, o.btf, base)
	if err != nil {
		return err
	}
	result := table.Resolve(types)
	if err := c.warnIDs(o, result); err != nil {
		return err
	}
	return c.putIDs(g, o, f.Name, result.Data)
}

// resolveToFiles does what resolve_btfids does from Linux 7.0 on. Nothing is
// written before all is known.
func (c *command) resolveToFiles(g *guard, o *resolveOptions, f *btfids.File, table *btfids.Table) error {
	types, err := loadResolved(f.Name, o.btf, o.base)
	if err != nil {
		return err
	}
	distill := o.distill && types.Base() != nil
	base, types, err := btfids.Prepare(types, table, btfids.Options{Distill: distill})
	if err != nil {
		return fmt.Errorf("FAILED: %s: %w", f.Name, err)
	}
	var outputs []output
	var sizes []int
	add := func(suffix string, data []byte) {
		outputs = append(outputs, output{f.Name + suffix, bytes.NewReader(data)})
		sizes = append(sizes, len(data))
	}
	if table != nil {
		result := table.Resolve(types)
		if err := c.warnIDs(o, result); err != nil {
			return err
		}
		add(btfids.SectionName, result.Data)
	}
	add(".BTF", types.Bytes())
	if base != nil {
		add(".BTF.base", base.Bytes())
	}
	if err := g.write(writing{outputs: outputs, noSync: true, inputs: []string{f.Name}}); err != nil {
		return fmt.Errorf("FAILED to write %w", err)
	}
	for i, out := range outputs {
		o.debugf(c, "Dumped %d bytes of data to %s", sizes[i], out.name)
	}
	return nil
}

// debugf prints a line with -v.
func (o *resolveOptions) debugf(c *command, format string, args ...any) {
	if o.debug {
		fmt.Fprintln(c.stderr, quote.Line(fmt.Sprintf(format, args...)))
	}
}

// loadResolved reads the types to be resolved against: those of the file btfName,
// or if that is "", of the file called name. The base may be "".
func loadResolved(name, btfName, baseName string) (*btf.Types, error) {
	var base *btf.Types
	var err error
	if baseName != "" {
		if base, err = loadBTF(baseName, nil); err != nil {
			return nil, fmt.Errorf("FAILED: load base BTF from %s: %s", baseName, reason(baseName, err))
		}
	}
	if btfName == "" {
		btfName = name
	}
	types, err := loadBTF(btfName, base)
	if err != nil {
		return nil, fmt.Errorf("FAILED: load BTF from %s: %s", btfName, reason(btfName, err))
	}
	if base != nil && types.Base() != base {
		// It has a .BTF.base of its own (libbpf: btf__parse_split).
		if types, err = relocate.Relocate(types, relocate.NewTarget(base)); err != nil {
			return nil, fmt.Errorf("FAILED: load BTF from %s: %w", btfName, err)
		}
	}
	return types, nil
}

// warnIDs prints the warnings of a result, which are an error if the options say
// so.
func (c *command) warnIDs(o *resolveOptions, r *btfids.Result) error {
	for _, w := range r.Warnings {
		fmt.Fprintln(c.stderr, quote.Line(w.String()))
	}
	if o.fatal && len(r.Warnings) > 0 {
		return fmt.Errorf("FAILED: warnings (%d) with --fatal_warnings", len(r.Warnings))
	}
	return nil
}

// patchIDs puts the contents of a file into .BTF_ids.
func (c *command) patchIDs(g *guard, o *resolveOptions, name string) error {
	from := o.patch
	f, err := btfids.Open(name)
	if err != nil {
		return fmt.Errorf("FAILED to open %s: %s", name, reason(name, err))
	}
	section := f.Section(btfids.SectionName)
	f.Close()
	if section == nil {
		return fmt.Errorf("FAILED: section %s not found in %s", btfids.SectionName, name)
	}
	info, err := os.Stat(from)
	if err != nil {
		return fmt.Errorf("FAILED to stat %s: %s", from, reason(from, err))
	}
	if uint64(info.Size()) != section.Size || !section.HasData() {
		return fmt.Errorf("FAILED: size mismatch - %s section in %s is %d bytes, %s is %d bytes",
			btfids.SectionName, name, section.FileSize, from, info.Size())
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("FAILED to read %s: %s", from, reason(from, err))
	}
	return c.putIDs(g, o, name, data)
}

// putIDs gives .BTF_ids new contents of the same size. A build makes the file
// again if the machine fails, as it does with what the linker wrote before, so
// nobody waits for the disk here.
func (c *command) putIDs(g *guard, o *resolveOptions, name string, data []byte) error {
	opts := elfio.Options{NoSync: true, DropSignature: o.dropSignature, Check: g.lastInPlace(name)}
	err := g.inPlace(name)
	if err == nil {
		err = elfio.SetSections(name, []elfio.Content{{Name: btfids.SectionName, Data: data}}, opts)
	}
	if err != nil {
		return fmt.Errorf("FAILED to update %s: %s", name, reason(name, changeError(name, err)))
	}
	o.debugf(c, "update ok for %s", name)
	return nil
}

// reason returns err without the name of the file it is about. Errors of the
// system have the words of C's library, as scripts may look for them.
func reason(name string, err error) string {
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		text := errno.Error()
		return strings.ToUpper(text[:1]) + text[1:]
	}
	return strings.TrimPrefix(fileError(name, err).Error(), name+": ")
}
