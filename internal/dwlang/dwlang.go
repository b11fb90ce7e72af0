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

// names is indexed by code (DWARF 5, 7.12, table 7.17). Later codes have no name
// here, because pahole 1.32 knows none: not c17, c23, c++17 or zig.
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
}

// IsC tells whether units in a language have the names of C: C itself, assembler,
// and no language at all.
func IsC(code uint16) bool {
	switch code {
	case 0, 0x01, 0x02, 0x0c, 0x1d, 0x2c, 0x3e, Asm: // C89, C, C99, C11, C17, C23
		return true
	}
	return false
}

// Name returns the name of a language, or UNKNOWN (pahole 1.32: the word in its
// verbose lines).
func Name(code uint16) string {
	switch {
	case code == Asm:
		return "asm"
	case int(code) < len(names) && names[code] != "":
		return names[code]
	}
	return "UNKNOWN"
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

// Parse returns the codes of a comma separated list of names, in its order.
// Case does not matter; blanks do. An item that is no name, and so an empty
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
