package main

import (
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/libbpf"
)

// options is what a command line for encoding asks for, as it was written.
// Nothing is checked here that depends on more than one option.
type options struct {
	encode     bool     // -J, or an option that implies it
	detached   string   // file for the raw BTF, if isDetached
	isDetached bool     // so that an empty name is an error and not an absent option
	bases      []string // files with the base BTF, each on top of the one before
	arrays     dwarf2btf.Arrays
	arraysSet  bool // by an option
	compat     libbpf.Version
	jobs       int  // workers, at least 1
	asPahole   bool // the command line of that program, to the letter
	verbose    bool
	quiet      bool // no warnings
	fatal      bool // a file with warnings is an error (own verbs)

	dropSignature bool // of a module that gets BTF

	verify        bool    // judge the result before it is written,
	verifyKernels kernels // as these kernels do

	features []featureOption // in the order of the command line, which matters

	languages           []string // lists of --lang
	excludedLanguages   []string // lists of --lang_exclude
	excludedUnits       []string // prefixes of -X
	kabiPrefix          string
	debugDirs           []string // of --debug_dir
	fixupSillyBitfields bool
	bestEffort          bool // encode what is there besides types without a BTF form

	color      string // of --color, "" without it
	print      printed
	before     int // how many of features were given before the option that prints
	stats      bool
	report     string   // file of --report, "" for none
	cpuProfile string   // file, "" for none
	memProfile string   // file, "" for none
	ignored    []string // options of pahole that were given and do nothing with -J
	formats    string   // of --format_path, "" without it
	display    displayOptions
}

// A featureOption is one of the options that change the set of features.
type featureOption func(*features.Builder) error

// printed is a text that is asked for instead of an encoding.
type printed int

const (
	printNothing printed = iota
	printHelp
	printUsage
	printVersion
	printDevelVersion
	printNumericVersion
	printSupportedFeatures
)

// wrongUse is the error for a command line that is understood and cannot be obeyed. Pahole's exit
// code for that is the one of any failure.
func (o *options) wrongUse(format string, args ...any) error {
	if o.asPahole {
		return fmt.Errorf(format, args...)
	}
	return usagef(format, args...)
}

// unsupported returns the features that the libbpf to be compatible with lacks.
func (o *options) unsupported() features.Set {
	if !o.compat.AtLeast(libbpf.V18) {
		return features.Layout
	}
	return features.None()
}

// featureSet replays the feature options in their order. Names that are no
// feature go to unknown, which may be nil; in a strict list they are an error.
func (o *options) featureSet(unknown func(name string)) (features.Set, error) {
	return o.replay(o.features, unknown)
}

func (o *options) replay(opts []featureOption, unknown func(name string)) (features.Set, error) {
	b := features.Builder{Unsupported: o.unsupported(), Unknown: unknown}
	for _, apply := range opts {
		if err := apply(&b); err != nil {
			return features.None(), err
		}
	}
	return b.Set(), nil
}

// ignore notes an option without effect, each once.
func (o *options) ignore(name string) {
	if !slices.Contains(o.ignored, name) {
		o.ignored = append(o.ignored, name)
	}
}

// show asks for a text in place of an encoding. The first that is asked for wins, as if
// the command ended with its option.
func (o *options) show(p printed) {
	if o.print == printNothing {
		o.print, o.before = p, len(o.features)
	}
}
