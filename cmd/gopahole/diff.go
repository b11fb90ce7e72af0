package main

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/inspect/diff"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/unpack"
	"github.com/gopahole/gopahole/verify/kfuncs"
)

var diffVerb = verb{
	name:      "diff",
	arguments: "[OPTION...] OLD NEW | --for=FILE... [OLD] NEW",
	summary:   "Say in what two BTFs differ: layouts, values, prototypes, flags and tags of kernel functions",
	example: `diff vmlinux-6.12 vmlinux-7.2
		diff --name=task_struct,'bpf_*' /boot/vmlinux-6.12.1 running
		diff --ignore=added,other linux-6.12/ linux-7.2/
		diff --for=prog.bpf.o vmlinux-6.12 vmlinux-7.2`,
	details: `
OLD and NEW are ELF files or raw BTF, compressed or not, or the word running. A file that has
DWARF and no BTF is encoded in memory first, with the default features. A directory
stands for the kernel that it is of: its build, /lib/modules/RELEASE, or a package with
debugging information. Of two directories the modules are compared as well, each by its
name; one that has neither BTF nor DWARF counts as one without types.

IDs do not count, as each build numbers types anew. A type that has a name is compared
with that of the name, and its changes are told once, not for all that refers to it. What
has no name is compared where it is used. Of several types of a name, those that both
sides have go away first. Of a section only the names of its variables count: their places
change with each build. The flags of kernel functions are compared if both files are ELF
files that have .BTF_ids and symbols.

Of split BTF its own types are compared; --old_base and --new_base name what it is split
from, -B the base of both. A module with .BTF.base is compared with all that it needs of a
kernel.

--ignore takes classes of changes that do not count:
  added, removed   a type, member or enumerator
  moved, bitfield  a member is at another offset, or has another width in bits
  size, type       a type has another size; a member or typedef is of another type
  value            of an enumerator
  prototype        parameters, and what is returned
  renamed          a parameter
  linkage          of a function or variable
  tag, flags       declaration tags, and flags of kernel functions
  other            the same members in another nesting or order

Members in a row that moved by as much are one line; with -v each has its own.

--for asks about a BPF object or a module instead: whether it does on NEW what it did on
OLD or, without OLD, what it was compiled for. Of a BPF object each relocation by type
(CO-RE) is done as libbpf does it:
  as before     it gives the same value
  differently   another one, such as an offset of 24 in place of 16, which is its purpose
  guarded       nothing fits, and the program asks whether it is there; or a symbol is weak,
                or a member of a struct_ops is passed over
  poisoned      nothing fits, or a load has the wrong size: a program that comes there is
                refused; where it is so on OLD too, it is not known whether one does
  fails         the object is refused
So are the functions and variables that it declares in .ksyms, and the structs of functions
(struct_ops) that it implements. What vmlinux has not is looked for in the modules if the
kernel is named by its directory or as running, and the modules that have it are named. An
object that is refused on both does not survive, and of one that is poisoned on both it is
unknown. A module survives if it relocates, which
relocate --check says more of, or, with split BTF and no .BTF.base, if it is for the very
build of the kernel.

--json prints an object for each type that changed: old and file (the files), sort, name,
class (added or removed; "" for what both have), old_id, new_id, and details (class, what,
name, old, new, and offsets of members in bits). At the end of each pair of files comes one
with same, added, removed and changed. With --for it prints one for each need of an object,
with kernel, kind, what, verdict, why, section, insn, uses, before, now and module, and at the end
of each file one with survives, unknown, verdict and why.

Exit status: 0 if there is no difference, or all that --for names survives; 1 otherwise; 2
for wrong arguments; 3 for a file that cannot be read or compared.
`,
	reads: true,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		d := &differ{command: c, ignored: make(map[diff.Class]bool)}
		fs.StringSliceVar(&d.words, "name", nil, "compare only what is called `NAME`, a list of names and patterns")
		fileList(fs, &d.needs, "for", "say whether `FILE` survives, a BPF object or a module; given again, that one too")
		kernelFlag(fs, &d.version, "with --for: judge modules as this `RELEASE` does, whatever the kernels say themselves")
		fs.Func("ignore", "leave out changes of these classes, a `LIST`", d.ignore)
		baseList(fs, &d.bases, "what both are split from, a `BASE` file of either sort; given again, that one on top of it")
		fileList(fs, &d.oldBases, "old_base", "what OLD is split from, a `FILE`")
		fileList(fs, &d.newBases, "new_base", "what NEW is split from, a `FILE`")
		unitJobsFlag(fs, &d.jobs)
		debugDirFlag(fs, &d.debugDirs)
		c.jsonFlag(fs, "print a line of JSON for each change, and one about all")
		quietFlag(fs, &d.silent)
		fs.Lookup("quiet").Usage = "print nothing but errors: the exit status tells"
		on(fs, "verbose", "v", "a line for each member that moved", func() { d.verbose = true })
		return d.run
	},
}

// A differ is one run of the verb diff.
type differ struct {
	*command
	dwarfInput
	words                     []string // names and patterns
	ignored                   map[diff.Class]bool
	bases, oldBases, newBases []string
	silent, verbose           bool
	version                   kernel.Version
	needs                     []string // files that shall survive; none to compare all

	matched map[string]bool // of words, those that something is called by
	differs bool
	printed int // comparisons
}

func (d *differ) ignore(list string) error {
	for word := range strings.SplitSeq(list, ",") {
		if !slices.Contains(diff.Classes, diff.Class(word)) {
			return usagef("--ignore: there is no class '%s'; there are %s", word, strings.Join(diffClasses(), ", "))
		}
		d.ignored[diff.Class(word)] = true
	}
	return nil
}

// diffClasses are the words of --ignore.
func diffClasses() (words []string) {
	for _, c := range diff.Classes {
		words = append(words, string(c))
	}
	return words
}

func (d *differ) run(operands []string) error {
	if err := d.check(operands); err != nil {
		return err
	}
	if err := d.prints(slices.Concat(d.bases, d.oldBases, d.newBases), append(operands, d.needs...)); err != nil {
		return err
	}
	if d.needs != nil {
		return d.survive(operands)
	}
	only, err := d.only()
	if err != nil {
		return &verbUsageError{err.Error()}
	}
	old, err := d.load(operands[0], slices.Concat(d.bases, d.oldBases))
	if err != nil {
		return &unreadableError{sayBase(err)}
	}
	new, err := d.load(operands[1], slices.Concat(d.bases, d.newBases))
	if err != nil {
		return &unreadableError{sayBase(err)}
	}
	if err := d.compare(old, new, only); err != nil {
		return err
	}
	if err := d.unmatched(); err != nil {
		return err
	}
	if d.differs {
		return &statusError{exitFailure}
	}
	return nil
}

// check looks for arguments that do not go together.
func (d *differ) check(operands []string) error {
	switch n := len(operands); {
	case d.needs == nil && n != 2:
		return &verbUsageError{"takes two files or directories"}
	case d.needs != nil && n != 1 && n != 2:
		return &verbUsageError{"--for takes one or two kernels"}
	case d.needs != nil && (d.words != nil || len(d.ignored) > 0 || d.bases != nil || d.oldBases != nil || d.newBases != nil):
		return &verbUsageError{"--for goes with none of --name, --ignore and --base"}
	case d.needs == nil && d.version != (kernel.Version{}):
		return &verbUsageError{"--kernel goes with --for alone: a comparison of types asks no kernel"}
	case d.words != nil && (len(d.words) == 0 || slices.Contains(d.words, "")):
		return &verbUsageError{"--name: an empty name, which nothing would be compared by"}
	}
	return nil
}

// unmatched returns an error for a word that nothing is called by: that it does not differ
// would be no news.
func (d *differ) unmatched() error {
	for _, word := range d.words {
		if !d.matched[word] {
			return &verbUsageError{fmt.Sprintf("--name: neither has anything called %s", word)}
		}
	}
	return nil
}

// only returns what tells which names count, and notes which words stand for something.
func (d *differ) only() (func(name string) bool, error) {
	if d.words == nil {
		return nil, nil
	}
	d.matched = make(map[string]bool)
	if err := checkPatterns(d.words); err != nil {
		return nil, fmt.Errorf("--name: %w", err)
	}
	return func(name string) bool {
		any := false
		for _, word := range d.words {
			if ok, _ := path.Match(word, name); ok || word == name {
				d.matched[word], any = true, true
			}
		}
		return any
	}, nil
}

// A diffSide is a kernel or module that is compared.
type diffSide struct {
	name    string // of the file
	dir     string // that the file stands for the kernel of; "" for none
	types   *btf.Types
	pointer int               // size of pointers in bytes; 0 if the file does not say it
	kfuncs  map[string]uint32 // flags by name; nil if nothing says them
	alone   bool              // it stands on a distilled base, which is part of it
	indexed *dwarf2btf.Base   // the types, for modules that have DWARF alone; nil until one comes
}

// load reads one side.
func (d *differ) load(name string, bases []string) (*diffSide, error) {
	s := &diffSide{name: name}
	switch {
	case name == runningWord:
		s.name = runningBTF
	case isDirectory(name):
		var err error
		if s.name, err = kernelOrDWARFIn(name); err != nil {
			return nil, err
		}
		s.dir = name
	}
	if bases == nil {
		bases = baseOfLoaded(s.name)
	}
	chain, err := loadBases(bases, func(name string) error { return refuseDistilled(name) })
	if err != nil {
		return nil, err
	}
	return s, s.read(chain.types(), func(noBTF error, f *unpack.File) (*btf.Types, error) {
		return d.orDWARF(noBTF, s.name, f, chain, d.dwarfInput)
	})
}

// read reads the types, split from those of a base, and the flags of kernel functions.
// dwarf, which may be nil, encodes a file that has no BTF.
func (s *diffSide) read(base *btf.Types, dwarf func(noBTF error, f *unpack.File) (*btf.Types, error)) error {
	f, err := openInput(s.name)
	if err != nil {
		return err
	}
	defer f.Close()
	s.types, err = parseBTF(f, s.name, base, btf.Load)
	if errors.Is(err, btf.ErrNoBTF) && dwarf != nil {
		s.types, err = dwarf(err, f)
	}
	if err != nil {
		return err
	}
	s.pointer = pointerSize(f)
	s.alone = s.types.Base() != nil && s.types.Base() != base
	if set, err := kfuncs.Read(s.name, f, f.Size()); err == nil && set.Funcs != nil {
		s.kfuncs = set.ByName(s.types)
	}
	return nil
}

// compare compares two sides, and the modules of directories.
func (d *differ) compare(old, new *diffSide, only func(string) bool) error {
	k, err := diff.NewKernels(old.types, new.types)
	if err != nil {
		return &unreadableError{fmt.Errorf("%s and %s: %w", old.name, new.name, err)}
	}
	o := diff.Options{Only: only, OldKfuncs: old.kfuncs, NewKfuncs: new.kfuncs, All: old.alone && new.alone}
	changes, err := k.Compare(o)
	if err != nil {
		return &unreadableError{fmt.Errorf("%s and %s: %w", old.name, new.name, err)}
	}
	modules := old.dir != "" && new.dir != ""
	if err := d.unmatched(); err != nil && !modules {
		return err
	}
	if err := d.print(old, new, changes); err != nil || !modules {
		return err
	}
	return d.modules(k, old, new, only)
}
