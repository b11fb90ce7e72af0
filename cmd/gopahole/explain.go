package main

import (
	"bufio"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/dwarf2btf/trace"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/inspect/explain"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/unpack"
	"github.com/gopahole/gopahole/verify/kfuncs"
)

var explainVerb = verb{
	name:      "explain",
	arguments: "[OPTION...] NAME FILE | --skipped FILE | -B KERNEL MODULE",
	summary:   "Say why something is in the BTF of a file or is not: functions, types, variables, modules",
	example: `explain vfs_fsync vmlinux
		explain --kind=type task_struct vmlinux
		explain --skipped vmlinux
		explain -B /boot/vmlinux-6.12 module.ko`,
	details: `
FILE is a kernel, module or object with DWARF. It is encoded in memory, with the features
of --features or the default ones, and what the encoder decides on the way is printed.

A function: whether it is encoded, which rule leaves it out, in pahole's words and in a
sentence, and what it would take; each of its entries in DWARF with unit, file and line,
address and symbol, and where each parameter is and should be. Of one that a set of
.BTF_ids has, what BPF programs lack to call it. A type: how often it is there, and of one
that is there several times, the members that lead to the difference and both definitions.
A variable: why it is left out.

NAME may be several of these, and each is explained; --kind says which is meant.
--skipped lists all functions that are left out. A MODULE alone, with the BTF of a kernel
that it is to be loaded on, is explained as relocate --check judges it, with the members
that have changed if the module has its DWARF.

--json prints an object for each: kind (function, skipped, type, variable or module), name,
and for a function encoded, reason, words, why, cure, symbols, kfunc and instances; for a
type copies and differences; for a variable variables; for a module verdict, why and types.

Exit status: 0, 1 for a name that is not there, or a module that does not relocate, 2 for
wrong arguments, 3 for a file that cannot be read.
`,
	reads: true,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		x := &explainer{command: c, o: &options{}}
		fs.Func("kind", "what NAME is: function, type or variable, a `KIND`", x.setKind)
		on(fs, "skipped", "", "list all functions that are left out, with the reason", func() { x.skipped = true })
		baseFlag(fs, "what FILE is split from, or the kernel that MODULE is to be loaded on, a `FILE` of either sort; "+
			"given again, that one on top of it", x.o.addBase)
		kernelFlag(fs, &x.version, "with MODULE: judge it as this `RELEASE` does, whatever the base says")
		unitJobsFlag(fs, &x.o.jobs)
		debugDirFlag(fs, &x.o.debugDirs)
		bestEffortFlag(fs, x.o)
		on(fs, "verbose", "v", "name all units and symbols", func() { x.verbose = true })
		c.jsonFlag(fs, "print a line of JSON for each")
		for _, group := range []*pflag.FlagSet{unitFlags(x.o), verbFeatureFlags(x.o)} {
			fs.AddFlagSet(group)
		}
		return x.run
	},
}

// Kinds of what is explained.
const (
	kindFunction = "function"
	kindSkipped  = "skipped"
	kindType     = "type"
	kindVariable = "variable"
	kindModule   = "module"
)

// An explainer is one run of the verb explain.
type explainer struct {
	*command
	o       *options
	kind    string // "" for all
	skipped bool
	version kernel.Version // zero for that of the base
	verbose bool           // nothing is cut short

	in   *unpack.File
	file *elffile.File
	conv dwarf2btf.Options
	out  *bufio.Writer
}

func (x *explainer) setKind(kind string) error {
	if !slices.Contains([]string{kindFunction, kindType, kindVariable}, kind) {
		return usagef("--kind: there is no kind '%s'; there are function, type and variable", kind)
	}
	x.kind = kind
	return nil
}

func (x *explainer) run(operands []string) error {
	relocates := len(operands) == 1 && !x.skipped
	switch {
	case relocates && len(x.o.bases) == 0 || len(operands) == 0 || len(operands) > 2:
		return &verbUsageError{"takes a name and a file, or a module and --base"}
	case x.skipped && len(operands) != 1:
		return &verbUsageError{"--skipped takes a file alone"}
	case x.version != (kernel.Version{}) && !relocates:
		return &verbUsageError{"--kernel is about a module alone"}
	case x.kind != "" && len(operands) != 2:
		return &verbUsageError{"--kind is about a name: it goes neither with --skipped nor with a module alone"}
	}
	if err := checkFileLast(operands); err != nil {
		return err
	}
	name := operands[len(operands)-1]
	if name == runningWord {
		name = runningBTF
	}
	if err := x.prints(x.o.bases, []string{name}); err != nil {
		return err
	}
	x.out = bufio.NewWriter(x.stdout)
	err := x.open(name, relocates)
	if err == nil {
		defer x.file.Close()
		switch {
		case relocates:
			err = x.module(name)
		case x.skipped:
			err = x.list(name)
		default:
			err = x.name(operands[0], name)
		}
	}
	if flushErr := x.out.Flush(); flushErr != nil {
		return stdoutError(flushErr)
	}
	return err
}

// open opens the file and turns the options into those of the encoder.
func (x *explainer) open(name string, alone bool) error {
	var base *dwarf2btf.Base
	var err error
	if !alone {
		if _, base, err = x.o.loadBase(btf.Load, x.warnOfDistilled); err != nil {
			return &unreadableError{fmt.Errorf("--base %w", err)}
		}
	}
	if x.conv, err = x.showing(x.o, base); err != nil {
		return err
	}
	f, err := openInput(name)
	if err != nil {
		return &unreadableError{err}
	}
	x.in = f
	if x.file, err = elffile.New(name, f, f.Size()); err != nil {
		f.Close()
		return &unreadableError{fileError(name, err)}
	}
	return nil
}

// showing returns the options of the encoder for verbs that show what becomes of DWARF.
func (c *command) showing(o *options, base *dwarf2btf.Base) (none dwarf2btf.Options, err error) {
	set := features.Default()
	if len(o.features) > 0 {
		if set, err = o.verbFeatures(); err != nil {
			return none, err
		}
	}
	include, exclude, err := c.languages(o)
	if err != nil {
		return none, &verbUsageError{err.Error()}
	}
	return o.convertOptions(set.Without(features.DistilledBase), base, dwarf2btf.Languages{Include: include, Exclude: exclude}), nil
}

// encode encodes the file and returns what was recorded of names.
func (x *explainer) encode(wants func(name []byte) bool) (*trace.Recorder, *btf.Types, error) {
	r := &trace.Recorder{Wants: wants}
	conv := x.conv
	conv.Trace = r
	res, err := x.toBTF(x.context(), []*elffile.File{x.file}, conv)
	switch {
	case errors.Is(err, dwarf2btf.ErrNoDWARF):
		return nil, nil, &unreadableError{fileError(x.file.Name, errors.New(
			"has no DWARF, which says why something is in BTF: take the file before it was stripped, or --debug_dir"))}
	case err != nil:
		return nil, nil, fileError(x.file.Name, withCure(err))
	}
	return r, res.BTF, nil
}

// A skippedReport is what --json prints for each function that is left out.
type skippedReport struct {
	jsonHead
	Kind   string       `json:"kind"`
	Name   string       `json:"name"`
	Reason trace.Reason `json:"reason"`
	Words  string       `json:"words"`
	Why    string       `json:"why"`
}

// list lists the functions that are left out.
func (x *explainer) list(name string) error {
	// Details of every name would take ten times as long as a second look at the few.
	r, _, err := x.encode(nil)
	if err != nil {
		return err
	}
	skipped := make(map[string]bool)
	for i := range r.Functions {
		skipped[r.Functions[i].Name] = true
	}
	if r, _, err = x.encode(func(name []byte) bool { return skipped[string(name)] }); err != nil {
		return err
	}
	instances := make(map[string][]trace.Instance)
	for _, in := range r.Instances {
		if in.Number >= 0 {
			instances[in.Name] = append(instances[in.Name], in)
		}
	}
	for i := range r.Functions {
		f := &r.Functions[i]
		if f.Reason == "" {
			continue
		}
		why := explain.Function(f, instances[f.Name])
		if x.json {
			if err := x.printJSON(skippedReport{x.jsonHead(name), kindSkipped, f.Name, f.Reason, f.Words, why}); err != nil {
				return err
			}
			continue
		}
		x.line("%s: %s: %s", f.Name, f.Words, why)
	}
	return nil
}

func (x *explainer) line(format string, args ...any) {
	fmt.Fprintln(x.out, quote.Line(fmt.Sprintf(format, args...)))
}

// headline prints a line with a verdict in it.
func (x *explainer) headline(before string, s style, verdict, after string) {
	fmt.Fprintln(x.out, quote.Line(before)+x.paint(s, quote.Line(verdict))+quote.Line(after))
}

// wants reports whether things of a kind are to be explained.
func (x *explainer) wants(kind string) bool { return x.kind == "" || x.kind == kind }

// name explains what has a name.
func (x *explainer) name(name, file string) error {
	r, types, err := x.encode(func(n []byte) bool { return string(n) == name })
	if err != nil {
		return err
	}
	found := false
	if x.wants(kindFunction) {
		ok, err := x.function(name, r, types)
		if err != nil {
			return err
		}
		found = found || ok
	}
	if x.wants(kindVariable) && len(r.Variables) > 0 {
		if err := x.variable(name, r); err != nil {
			return err
		}
		found = true
	}
	if x.wants(kindType) && types != nil {
		ok, err := x.typ(name, r, types)
		if err != nil {
			return err
		}
		found = found || ok
	}
	if !found {
		return fileError(file, x.notFound(name, r, types))
	}
	return nil
}

// notFound says that there is nothing of a name, and what is there of a close one.
func (x *explainer) notFound(name string, r *trace.Recorder, types *btf.Types) error {
	what := "function, type or variable"
	if x.kind != "" {
		what = x.kind
	}
	text := fmt.Sprintf("no %s of its DWARF is called '%s'", what, name)
	if r.LeftUnits > 0 {
		text += fmt.Sprintf(" (%d units are left out by their language or name)", r.LeftUnits)
	}
	if there := kindsOf(name, r, types); len(there) > 0 {
		return fmt.Errorf("%s; it is that of a %s", text, strings.Join(there, " and a "))
	}
	near := explain.NewNear(name)
	for i := range r.Functions {
		if x.wants(kindFunction) {
			near.Add(r.Functions[i].Name)
		}
	}
	if types != nil {
		for id, rec := range types.All() {
			if kind := kindOf(rec.Kind()); kind != "" && x.wants(kind) {
				near.Add(types.Name(id))
			}
		}
	}
	return errors.New(text + didYouMean(near.Names(), ""))
}

// kindsOf returns of which kinds something of a name is.
func kindsOf(name string, r *trace.Recorder, types *btf.Types) (kinds []string) {
	if len(r.Instances) > 0 || slices.ContainsFunc(r.Functions, func(f trace.Function) bool { return f.Name == name }) {
		kinds = append(kinds, kindFunction)
	}
	if types != nil {
		for id := range types.Named(name) {
			if kindOf(types.Record(id).Kind()) == kindType {
				kinds = append(kinds, kindType)
				break
			}
		}
	}
	if len(r.Variables) > 0 {
		kinds = append(kinds, kindVariable)
	}
	return kinds
}

// kindOf returns what a kind of BTF stands for, "" for what has no name of its own.
func kindOf(kind btf.Kind) string {
	switch kind {
	case btf.KindFunc:
		return kindFunction
	case btf.KindVar:
		return kindVariable
	case btf.KindDeclTag, btf.KindTypeTag, btf.KindDatasec:
		return ""
	}
	return kindType
}

// kfunc says what BPF programs lack to call a function, and its flags; nil if it is in no set.
func (x *explainer) kfunc(name string, types *btf.Types) (*kfuncs.Kfunc, []string, error) {
	set, err := kfuncs.Read(x.file.Name, x.in, x.in.Size())
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(set.Funcs, func(k kfuncs.Kfunc) bool { return k.Name == name })
	if i < 0 {
		return nil, nil, nil
	}
	k := set.Funcs[i]
	of := types
	if own := x.ownTypes(); own != nil {
		of = own
	} else {
		set.Flags = nil // the IDs are those of BTF that is not there
	}
	if of == nil {
		return &k, nil, nil
	}
	k.Flags = set.ByName(of)[name]
	for _, gap := range kfuncs.Check(of, set).Gaps {
		if gap.Name == name {
			return &k, partNames(gap.Missing), nil
		}
	}
	return &k, nil, nil
}

// ownTypes returns the BTF that the file has, nil if it has none that stands alone or on the base.
func (x *explainer) ownTypes() *btf.Types {
	var base *btf.Types
	if x.conv.Base != nil {
		base = x.conv.Base.Types()
	}
	types, err := btf.Load(x.in, x.in.Size(), base)
	if err != nil {
		return nil
	}
	return types
}

// unitsText names some units, or all.
func (x *explainer) unitsText(units []string) string {
	const most = 3
	if len(units) <= most || x.verbose {
		return strings.Join(units, ", ")
	}
	return fmt.Sprintf("%d units: %s and others", len(units), strings.Join(units[:most], ", "))
}
