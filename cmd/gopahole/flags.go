package main

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/libbpf"
)

// A flagGroup is a part of the options with its title in the help text.
type flagGroup struct {
	title string
	*pflag.FlagSet
}

// flagGroups returns the options for encoding, which set fields of o.
func flagGroups(o *options) []flagGroup {
	return []flagGroup{
		{"Encoding", encodingFlags(o)},
		{"Which units of the input", unitFlags(o)},
		{"Features", featureFlags(o)},
		{"Information", informationFlags(o)},
		{"For developers", developerFlags(o)},
	}
}

// encodeFlags returns all options for encoding in one set, with those of pahole
// that do nothing here.
func encodeFlags(o *options) *pflag.FlagSet {
	all := newFlagSet()
	for _, g := range flagGroups(o) {
		all.AddFlagSet(g.FlagSet)
	}
	all.AddFlagSet(ignoredFlags(o))
	if !o.asPahole {
		hidden(all, "h", func() { o.show(printHelp) })
	}
	return all
}

func newFlagSet() *pflag.FlagSet {
	fs := pflag.NewFlagSet(program, pflag.ContinueOnError)
	fs.SortFlags = false
	return fs
}

func encodingFlags(o *options) *pflag.FlagSet {
	fs := newFlagSet()
	on(fs, "btf_encode", "J", "encode BTF and put it into the first FILE as section .BTF", func() { o.encode = true })
	fs.Func("btf_encode_detached", "encode BTF into `FILE` as raw data and leave the input alone", func(name string) error {
		o.encode, o.detached, o.isDetached = true, name, true
		return nil
	})
	fs.Func("btf_base", "encode split BTF on top of the BTF in `FILE`, raw data or an ELF file; given again, "+
		"that one on top of it [$"+cacheEnv+": a directory where its index is kept]", o.addBase)
	fs.AddFlagSet(conversionFlags(o))
	dropSignatureFlag(fs, &o.dropSignature)
	o.jobs = 1
	fs.VarPF(&jobsValue{n: &o.jobs, lenient: o.asPahole, attached: true}, "jobs", "j",
		"use N workers, or a tenth more than there are processors; else 1").NoOptDefVal = jobsWithoutNumber
	fs.StringVarP(&o.formats, "format_path", "F", "", "`LIST` of debugging formats to try, which has to name dwarf for encoding")
	on(fs, "verbose", "V", "say what is encoded and what is left out", func() { o.verbose = true })
	memoryFlag(fs)
	fs.Func("hashbits", "accepted (`N` below 32), changes nothing", o.checkHashBits)
	return fs
}

// conversionFlags returns the options that the verb encode has as well.
func conversionFlags(o *options) *pflag.FlagSet {
	fs := newFlagSet()
	fs.Func("btf_arrays", "encode arrays of several dimensions as `STYLE`: nested (as pahole 1.32), flat "+
		"(as older ones), or auto (as the base has them, the default without --btf_compat=libbpf-1.7)", func(name string) error {
		arrays, ok := arrayStyles[name]
		if !ok {
			return usagef("unknown --btf_arrays '%s'; there are auto, nested and flat", name)
		}
		o.arrays, o.arraysSet = arrays, true
		return nil
	})
	compatFlag(fs, &o.compat)
	fs.VarPF(optionalValue(func(list string) error {
		if o.verify = true; list == verifyWithoutList {
			return nil
		}
		return o.verifyKernels.set("verify", list)
	}), "verify", "", "write nothing that a kernel would refuse: of these KERNELS, "+kernel.List()+", ... and load (see the verb verify), "+
		"or else that of the base, of the file, or the oldest that knows the features").NoOptDefVal = verifyWithoutList
	fs.StringVar(&o.kabiPrefix, "kabi_prefix", "", "replace every name that begins with `STRING` by STRING")
	bestEffortFlag(fs, o)
	on(fs, "fixup_silly_bitfields", "", "treat bit-fields of their type's whole size as plain members",
		func() { o.fixupSillyBitfields = true })
	debugDirFlag(fs, &o.debugDirs)
	quietFlag(fs, &o.quiet)
	return fs
}

// optionalValue is an option whose argument may be left out. It has no type, so that the
// help shows the argument once, in brackets.
type optionalValue func(string) error

func (f optionalValue) Set(s string) error { return f(s) }
func (optionalValue) String() string       { return "" }
func (optionalValue) Type() string         { return "" }

// debugDirFlag is the option that says where debug files are that stand apart.
func debugDirFlag(fs *pflag.FlagSet, dirs *[]string) {
	fs.StringArrayVar(dirs, "debug_dir", nil,
		"look for separate debug files and supplementary files below `DIR` as well, which is laid out like /usr/lib/debug")
}

func bestEffortFlag(fs *pflag.FlagSet, o *options) {
	on(fs, "best_effort", "", "encode the rest of a file with types that BTF has no form for: "+
		"atomic types as themselves, references as pointers, complex numbers as structs; what is left out is said",
		func() { o.bestEffort = true })
}

// verifyWithoutList is what --verify alone stands for, and how the help text shows
// the argument.
const verifyWithoutList = "KERNELS"

var arrayStyles = map[string]dwarf2btf.Arrays{
	"auto":   dwarf2btf.ArraysAuto,
	"nested": dwarf2btf.ArraysNested,
	"flat":   dwarf2btf.ArraysFlat,
}

func unitFlags(o *options) *pflag.FlagSet {
	fs := newFlagSet()
	fs.StringArrayVar(&o.languages, "lang", nil, "only units in these languages, a comma separated `LIST`")
	fs.StringArrayVar(&o.excludedLanguages, "lang_exclude", nil,
		"no units in these languages, a comma separated `LIST` [$"+langExcludeEnv+"]")
	fs.StringArrayVarP(&o.excludedUnits, "cu_exclude", "X", nil, "no units whose name begins with `PREFIX`")
	return fs
}

// featureFlags returns the options of pahole's command line.
func featureFlags(o *options) *pflag.FlagSet {
	fs := newFlagSet()
	lenient := func(list string) error {
		o.addFeatures(func(b *features.Builder) error { b.List(list); return nil })
		return nil
	}
	fs.Func("btf_features", "switch on the features of `LIST`, which may also say default, all or +more", lenient)
	fs.Func("features", "`LIST`: the same as --btf_features", lenient)
	fs.Func("btf_features_strict", "the same, but an unknown name in `LIST` is an error", o.strictFeatures)
	fs.AddFlagSet(switchFlags(o))
	return fs
}

// verbFeatureFlags returns those of gopahole's own verbs, where a feature that does
// not exist is a mistake and not one of a later version.
func verbFeatureFlags(o *options) *pflag.FlagSet {
	fs := newFlagSet()
	fs.Func("features", "encode the features of `LIST`, which may also say default, all or +more; without, "+
		"those that the build of the kernel asks for", o.strictFeatures)
	fs.Func("btf_features", "`LIST`: the same as --features", o.strictFeatures)
	fs.Func("btf_features_strict", "`LIST`: the same", o.strictFeatures)
	fs.AddFlagSet(switchFlags(o))
	return fs
}

// addFeatures notes an option that changes the set of features.
func (o *options) addFeatures(f featureOption) { o.features = append(o.features, f) }

func (o *options) strictFeatures(list string) error {
	o.addFeatures(func(b *features.Builder) error { return b.StrictList(list) })
	return nil
}

// switchFlags returns the options that change one feature.
func switchFlags(o *options) *pflag.FlagSet {
	fs := newFlagSet()
	on(fs, "btf_gen_all", "", "the same as --btf_features=all", func() { _ = o.strictFeatures("all") })
	for _, s := range features.Switches() {
		verb := "switch off"
		if s.On {
			verb = "switch on"
		}
		on(fs, s.Name, "", fmt.Sprintf("%s %s", verb, s.Feature),
			func() { o.addFeatures(func(b *features.Builder) error { b.Apply(s); return nil }) })
	}
	return fs
}

func informationFlags(o *options) *pflag.FlagSet {
	fs := newFlagSet()
	show := func(name, short, usage string, p printed) {
		on(fs, name, short, usage, func() { o.show(p) })
	}
	show("supported_btf_features", "", "print the names of all features", printSupportedFeatures)
	show("version", "", "print the version of pahole that is reproduced", printVersion)
	show("numeric_version", "", "print it as a number", printNumericVersion)
	show("devel_version", "", "print it with the version of gopahole", printDevelVersion)
	show("help", "?", "print this text", printHelp)
	show("usage", "", "print a short text", printUsage)
	if !o.asPahole {
		colorFlag(fs, func(when string) { o.color = when })
	}
	return fs
}

func developerFlags(o *options) *pflag.FlagSet {
	fs := newFlagSet()
	if !o.asPahole {
		reportFlag(fs, &o.report)
	}
	on(fs, "stats", "", "print counters, times and memory to standard error", func() { o.stats = true })
	fs.AddFlagSet(profileFlags(o))
	return fs
}

func profileFlags(o *options) *pflag.FlagSet {
	fs := newFlagSet()
	fs.StringVar(&o.cpuProfile, "cpuprofile", "", "write a CPU profile to `FILE`")
	fs.StringVar(&o.memProfile, "memprofile", "", "write an allocation profile to `FILE`")
	return fs
}

// on defines an option without argument.
func on(fs *pflag.FlagSet, name, short, usage string, set func()) {
	fs.BoolFuncP(name, short, usage, func(string) error { set(); return nil })
}

// compatFlag defines --btf_compat.
func compatFlag(fs *pflag.FlagSet, compat *libbpf.Version) {
	fs.Func("btf_compat", "reproduce this `LIBBPF`: libbpf-1.8 (the default), libbpf-1.7 of packaged pahole, "+
		"or libbpf-1.9, the one to come as far as it is known", func(name string) error {
		version, err := libbpf.Parse(name)
		if err != nil {
			return usagef("--btf_compat: %v", err)
		}
		*compat = version
		return nil
	})
}

// jobsValue is the number of workers of -j.
type jobsValue struct {
	n *int
	// lenient reads it as pahole does, for which no number is 0, and 0 is 1.
	lenient bool
	// attached says that the number is part of the same word: -j 4 is -j and a file.
	attached bool
}

const (
	// jobsWithoutNumber is what a bare -j passes to Set. It is also what the help
	// text shows as the optional argument.
	jobsWithoutNumber = "N"

	// maxJobs bounds the number of workers. More than a worker a unit has no use,
	// and each costs memory.
	maxJobs = 1024
)

func (j *jobsValue) Set(s string) error {
	n := atoi(s)
	switch {
	case s == jobsWithoutNumber:
		n = runtime.NumCPU() * 11 / 10
	case !j.lenient && (n < 1 || strings.Trim(s, "0123456789") != ""):
		how := ""
		if j.attached {
			how = ", without a blank before it"
		}
		return usagef("-j '%s': takes a number of workers, 1 or more%s", s, how)
	}
	*j.n = min(max(n, 1), maxJobs)
	return nil
}

func (j *jobsValue) Type() string   { return "" }
func (j *jobsValue) String() string { return "" }

// checkHashBits refuses what pahole 1.32 refuses. The number sizes a hash table
// there and has no meaning here.
func (o *options) checkHashBits(s string) error {
	if n := atoi(s); n < 0 || n > 31 {
		return o.wrongUse("--hashbits %s: should be less than 32", s)
	}
	return nil
}

// atoi reads a decimal number like C's function: blanks and a sign may come
// first, what follows the digits is ignored, and no digits make 0.
func atoi(s string) int {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return n
}
