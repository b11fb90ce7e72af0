// Package dwlang knows the source languages of DWARF units by code and by the
// names that --lang and --lang_exclude take. A code is a value of
// DW_AT_language; zero stands for a unit without the attribute.
package dwlang

import (
	"fmt"
	"slices"
	"strings"
)

// Asm is the vendor's code that assemblers give to their units
// (DW_LANG_Mips_Assembler).
const Asm = 0x8001

// Rust is DW_LANG_Rust, which builds of the kernel leave out.
const Rust = 0x1c

// names is indexed by code (DWARF 5, 7.12, table 7.17, and from 0x26 on the list of
// codes that were given out since). The names up to [lastOfPahole] are pahole's.
var names = [...]string{
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
	Rust: "rust",
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

// lastOfPahole is the last code that has a name in pahole 1.32.
const lastOfPahole = 0x25

// cxx are the versions of C++. The name c++ in a list stands for all of them: who
// leaves C++ out means C++. (For pahole 1.32 it is the first one only.)
var cxx = []uint16{0x04, 0x19, 0x1a, 0x21, 0x2a, 0x2b, 0x3a}

// IsC tells whether units in a language have the names of C: C itself, assembler,
// and no language at all.
func IsC(code uint16) bool {
	switch code {
	case 0, 0x01, 0x02, 0x0c, 0x1d, 0x2c, 0x3e, 0x31, Asm: // C89, C, C99, C11, C17, C23, and assembly
		return true
	}
	return false
}

// Name returns the name of a language that a list may have, or UNKNOWN.
func Name(code uint16) string {
	switch {
	case code == Asm:
		return "asm"
	case int(code) < len(names) && names[code] != "":
		return names[code]
	}
	return "UNKNOWN"
}

// PaholeName returns the name of a language in the verbose lines of pahole 1.32,
// which is UNKNOWN for codes that were given out later.
func PaholeName(code uint16) string {
	if code != Asm && code > lastOfPahole {
		return "UNKNOWN"
	}
	return Name(code)
}

// Names returns all names, by code.
func Names() []string {
	var all []string
	for _, name := range names {
		if name != "" {
			all = append(all, name)
		}
	}
	return append(all, Name(Asm))
}

// An UnknownError reports a name that is no language.
type UnknownError struct {
	Rest string // the list from the unknown item to its end
}

// Error returns pahole's text.
func (e *UnknownError) Error() string { return fmt.Sprintf("unknown language \"%s\"", e.Rest) }

// Parse returns the codes of a comma separated list of names, in its order, of c++
// those of all its versions. Case does not matter; blanks do. An item that is no name, and so an empty
// item or an empty list, gives an *[UnknownError].
func Parse(list string) ([]uint16, error) {
	var codes []uint16
	for rest, more := list, true; more; {
		var name string
		item := rest
		name, rest, more = strings.Cut(rest, ",")
		c, ok := lookup(name)
		if !ok {
			return nil, &UnknownError{Rest: item}
		}
		if c == cxx[0] {
			codes = append(codes, cxx...)
			continue
		}
		codes = append(codes, c)
	}
	return codes, nil
}

func lookup(name string) (uint16, bool) {
	switch name = strings.ToLower(name); name {
	case "":
		return 0, false
	case "asm":
		return Asm, true
	}
	i := slices.Index(names[:], name)
	return uint16(i), i >= 0
}
