package dwarf2btf

import (
	"context"
	"debug/elf"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"
	"github.com/gopahole/gopahole/dwarf2btf/trace"
	"github.com/gopahole/gopahole/features"
	registers "github.com/gopahole/gopahole/inspect/inlined"
	"github.com/gopahole/gopahole/internal/debugfile"
	"github.com/gopahole/gopahole/libbpf"
)

// Options of [Convert]. The zero value encodes like pahole without any feature.
type Options struct {
	Features features.Set
	// Compat is the libbpf whose bytes the result has.
	Compat libbpf.Version

	// Base is what the result is split from; nil for BTF that stands alone.
	Base *Base
	// Arrays says how arrays of several dimensions are encoded.
	Arrays Arrays

	// Jobs is the number of units decoded at the same time; 0 is one for each
	// CPU. The result does not depend on it.
	Jobs int
	// Slots, if not nil, are asked for each unit that is decoded beside another one.
	Slots Slots

	// Languages selects units by language.
	Languages Languages
	// CUExclude leaves out units whose name begins with one of these.
	CUExclude []string
	// KABIPrefix replaces every name that begins with it by itself.
	KABIPrefix string
	// FixupSillyBitfields makes bit-fields that fill their storage unit ordinary
	// members.
	FixupSillyBitfields bool

	// DebugDirs are directories to look for separate debug files in, laid out like
	// /usr/lib/debug and before it.
	DebugDirs []string

	// Opened is told the path of each file besides the input that is read for its
	// debugging information, so that nobody writes over it. It may be called from
	// several goroutines. nil if nobody asks.
	Opened func(path string)
	// BestEffort encodes what can be encoded of a file that has types without a BTF
	// form: C11 atomics as their type, references as pointers, complex numbers as
	// structs of two. The rest is left out, with a warning each. Otherwise such a type
	// is a *[NoFormError], and there is no result.
	BestEffort bool

	// CallsOf is the name of a function. Where the source calls it and it was inlined is in the
	// result, with the feature inline_preview, and its sites are there even if it is left out
	// itself.
	CallsOf string

	// Verbose receives the lines that pahole -V prints, in pahole's order. They
	// come from one goroutine at a time. nil prints nothing.
	Verbose func(format string, args ...any)
	// RefuseFinished makes it an error if flags of kernel functions depend on the symbols of
	// a section .BTF_ids that was filled in: they are those of other functions then.
	// Without it they are taken as pahole 1.32 takes them, and that is reported. Package
	// module puts the flags of such files back in their places first.
	RefuseFinished bool
	// Trace, if not nil, records why functions are left out, and more of what has certain names. The result does not
	// depend on it.
	Trace *trace.Recorder
	// Report receives what a user should know although the result is complete.
	// It is called at the end, in the order of the input, and not after an error.
	Report func(Diagnostic)
	// Stats, if not nil, is filled with counters.
	Stats *Stats
}

// Slots are processors that are shared with other programs, such as those of [JobServer].
// [Convert] has one slot from the start, for which it does not ask.
type Slots interface {
	// Acquire waits for a slot. After an error the work goes on without it.
	Acquire(ctx context.Context) error
	// Release gives the slot back.
	Release()
}

// Languages selects units by their language. An empty Include is every language.
type Languages struct {
	Include, Exclude []Language
}

// Diagnostic is a warning: something of the input is not in the result.
type Diagnostic struct {
	File string
	Msg  string
}

func (d Diagnostic) String() string { return d.File + ": " + d.Msg }

// flatArrays reports whether arrays of several dimensions become one ARRAY.
func (o *Options) flatArrays() bool {
	if o.Arrays == ArraysAuto {
		return o.Base != nil && o.Base.flattens()
	}
	return o.Arrays == ArraysFlat
}

// baseTypes returns the BTF of the base, nil without one.
func (o *Options) baseTypes() *btf.Types {
	if o.Base == nil {
		return nil
	}
	return o.Base.types
}

// wantsLanguage applies --lang and --lang_exclude of pahole 1.32.
func (o *Options) wantsLanguage(l Language) bool {
	return (len(o.Languages.Include) == 0 || slices.Contains(o.Languages.Include, l)) && !slices.Contains(o.Languages.Exclude, l)
}

// unitOptions returns what the CUs of a file depend on.
func (o *Options) unitOptions(m elf.Machine) *unit.Options {
	return &unit.Options{
		Features: o.Features, FlatArrays: o.flatArrays(),
		WantsLanguage:    func(l uint16) bool { return o.wantsLanguage(Language(l)) },
		ExcludesLanguage: func(l uint16) bool { return slices.Contains(o.Languages.Exclude, Language(l)) },
		LanguageName:     func(l uint16) string { return Language(l).paholeName() },
		CUExclude:        o.CUExclude, KABIPrefix: o.KABIPrefix, FixupSillyBitfields: o.FixupSillyBitfields,
		DebugDirs: o.DebugDirs, Opened: o.Opened,
		BestEffort:  o.BestEffort,
		NoForm:      noFormError,
		MissingFile: func(err *debugfile.NotFoundError) error { return &DebugFileError{err: err} },
		WantsCall:   o.wantsCall(),
		Trace:       o.Trace, RegisterName: func(n int) string { return registers.Register(m, uint32(n)) },
		Verbose: o.Verbose, Report: o.Report != nil, RefuseFinished: o.RefuseFinished,
	}
}

func (o *Options) wantsCall() func(name []byte) bool {
	if o.CallsOf == "" {
		return nil
	}
	return func(name []byte) bool { return string(name) == o.CallsOf }
}
