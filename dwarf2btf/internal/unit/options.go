package unit

import (
	"bytes"
	"errors"

	"github.com/gopahole/gopahole/dwarf2btf/internal/reloc"
	"github.com/gopahole/gopahole/dwarf2btf/trace"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/debugfile"
)

// ErrMerge says that units may refer to each other and have to be merged.
var ErrMerge = errors.New("units refer to each other")

// ErrOrder says that relocations are out of order, which Hasty took them to be in.
var ErrOrder = reloc.ErrOrder

// Options are what the CUs of a file depend on besides the file. See the options of
// package dwarf2btf, from which they come.
type Options struct {
	Features   features.Set
	FlatArrays bool // one ARRAY for all dimensions

	// WantsLanguage tells whether units of a language are encoded.
	WantsLanguage func(language uint16) bool
	// ExcludesLanguage tells whether a language was excluded by name.
	ExcludesLanguage func(language uint16) bool
	// LanguageName is the name of a language in the verbose lines of pahole.
	LanguageName func(language uint16) string

	CUExclude           []string
	KABIPrefix          string
	FixupSillyBitfields bool

	DebugDirs []string
	Opened    func(path string)

	BestEffort bool
	// NoForm makes the error for a type that BTF has no form for, and its text without
	// the place.
	NoForm func(NoForm) (text string, err error)
	// MissingFile makes the error for a file that was not found.
	MissingFile func(*debugfile.NotFoundError) error

	// WantsCall tells whether it is wanted where the source calls an inlined function. nil if
	// that is not wanted of any.
	WantsCall func(name []byte) bool

	// Trace records how what has certain names is judged. nil records nothing.
	Trace *trace.Recorder
	// RegisterName is the name of a register by its number in DWARF, if there is Trace.
	RegisterName func(number int) string

	Verbose func(format string, args ...any) // nil prints nothing
	Report  bool                             // warnings are wanted

	Hasty bool // large lists of relocations are taken to be in order, see CheckOrder

	RefuseFinished bool // flags of kernel functions that a finished file has elsewhere are an error
}

// wantsName applies --cu_exclude of pahole 1.32.
func (o *Options) wantsName(name []byte) bool {
	for _, p := range o.CUExclude {
		if bytes.HasPrefix(name, []byte(p)) {
			return false
		}
	}
	return true
}

// kabi applies --kabi_prefix to a name.
func (o *Options) kabi(name []byte) []byte {
	if o.KABIPrefix != "" && bytes.HasPrefix(name, []byte(o.KABIPrefix)) {
		return []byte(o.KABIPrefix)
	}
	return name
}
