package dwarf2btf

import (
	"fmt"
	"slices"
	"strings"
)

// A Language is the source language of a unit: the value of DW_AT_language (DW_LANG_* in
// DWARF 5, 7.12), 0 for a unit without the attribute.
type Language uint16

// LangRust is DW_LANG_Rust. Builds of the kernel leave its units out.
const LangRust Language = 0x1c

// langAsm is DW_LANG_Mips_Assembler, which assemblers give to their units.
const langAsm Language = 0x8001

// languageNames is indexed by Language (DWARF 5, 7.12, table 7.17, and from 0x26 on the
// list of codes that were given out since). The names up to lastOfPahole are pahole's.
var languageNames = [...]string{
	0x01: "c89",
	0x02: "c",
	0x03: "ada83",
	0x04: "c++",
	0x05: "cobol74",
	0x06: "cobol85",
	0x07: "fortran77",
	0x08: "fortran90",
	0x09: "pascal83",
	0x0a: "modula2",
	0x0b: "java",
	0x0c: "c99",
	0x0d: "ada95",
	0x0e: "fortran95",
	0x0f: "pli",
	0x10: "objc",
	0x11: "objc++",
	0x12: "upc",
	0x13: "d",
	0x14: "python",
	0x15: "opencl",
	0x16: "go",
	0x17: "modula3",
	0x18: "haskell",
	0x19: "c++03",
	0x1a: "c++11",
	0x1b: "ocaml",
	0x1c: "rust",
	0x1d: "c11",
	0x1e: "swift",
	0x1f: "julia",
	0x20: "dylan",
	0x21: "c++14",
	0x22: "fortran03",
	0x23: "fortran08",
	0x24: "renderscript",
	0x25: "bliss",

	0x26: "kotlin",
	0x27: "zig",
	0x28: "crystal",
	0x2a: "c++17",
	0x2b: "c++20",
	0x2c: "c17",
	0x2d: "fortran18",
	0x2e: "ada2005",
	0x2f: "ada2012",
	0x30: "hip",
	0x31: "assembly",
	0x32: "c#",
	0x33: "mojo",
	0x34: "glsl",
	0x35: "glsl_es",
	0x36: "hlsl",
	0x37: "opencl_cpp",
	0x38: "cpp_for_opencl",
	0x39: "sycl",
	0x3a: "c++23",
	0x3b: "odin",
	0x3c: "p4",
	0x3d: "metal",
	0x3e: "c23",
	0x3f: "fortran23",
	0x40: "ruby",
	0x41: "move",
	0x42: "hylo",
	0x43: "v",
	0x44: "algol68",
	0x45: "nim",
}

// lastOfPahole is the last language that has a name in pahole 1.32.
const lastOfPahole Language = 0x25

// cxx are the versions of C++. The name c++ in a list stands for all of them: who
// leaves C++ out means C++. (For pahole 1.32 it is the first one only.)
var cxx = []Language{0x04, 0x19, 0x1a, 0x21, 0x2a, 0x2b, 0x3a}

// IsC reports whether the names in units of the language are names of C: it is C itself,
// assembly, or not known because the unit does not say it.
func (l Language) IsC() bool {
	switch l {
	case 0, 0x01, 0x02, 0x0c, 0x1d, 0x2c, 0x3e, 0x31, langAsm: // C89, C, C99, C11, C17, C23, and assembly
		return true
	}
	return false
}

// String returns the name that [ParseLanguages] takes, or UNKNOWN.
func (l Language) String() string {
	switch {
	case l == langAsm:
		return "asm"
	case int(l) < len(languageNames) && languageNames[l] != "":
		return languageNames[l]
	}
	return "UNKNOWN"
}

// paholeName returns the name in the verbose lines of pahole 1.32, which is UNKNOWN for
// codes that were given out later.
func (l Language) paholeName() string {
	if l != langAsm && l > lastOfPahole {
		return "UNKNOWN"
	}
	return l.String()
}

// LanguageNames returns all names that [ParseLanguages] takes.
func LanguageNames() []string {
	var all []string
	for _, name := range languageNames {
		if name != "" {
			all = append(all, name)
		}
	}
	return append(all, langAsm.String())
}

// An UnknownLanguageError reports a name that is no language.
type UnknownLanguageError struct {
	Rest string // the list from the unknown name to its end
}

// Error returns pahole's text.
func (e *UnknownLanguageError) Error() string {
	return fmt.Sprintf("unknown language \"%s\"", e.Rest)
}

// ParseLanguages reads a list as --lang and --lang_exclude of pahole have it: names with
// commas between them. c++ stands for all its versions. Case does not matter; blanks do.
// The result is in the order of the list. A name that is no language, or is empty, gives
// an *[UnknownLanguageError].
func ParseLanguages(list string) ([]Language, error) {
	var languages []Language
	for rest, more := list, true; more; {
		var name string
		from := rest
		name, rest, more = strings.Cut(rest, ",")
		l, ok := languageOf(name)
		if !ok {
			return nil, &UnknownLanguageError{Rest: from}
		}
		if l == cxx[0] {
			languages = append(languages, cxx...)
			continue
		}
		languages = append(languages, l)
	}
	return languages, nil
}

func languageOf(name string) (Language, bool) {
	switch name = strings.ToLower(name); name {
	case "":
		return 0, false
	case "asm":
		return langAsm, true
	}
	i := slices.Index(languageNames[:], name)
	return Language(i), i >= 0
}

// languagesOf returns values of DW_AT_language as languages.
func languagesOf(codes []uint16) []Language {
	var list []Language
	for _, code := range codes {
		list = append(list, Language(code))
	}
	return list
}
