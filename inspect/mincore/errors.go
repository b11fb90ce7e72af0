package mincore

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf/ext"
	"github.com/gopahole/gopahole/internal/quote"
)

// A ReloError is about a relocation that cannot be done: it is malformed, or the kernel's
// types leave open what it stands for.
type ReloError struct {
	Object  string // the name of the object, "" if it has none
	Section string // the ELF section with the program
	Insn    uint32 // the offset of the instruction there, in bytes
	Kind    ext.CoreKind
	Type    string // the name of the program's own type; may be empty
	Err     error
}

func (e *ReloError) Error() string {
	s := fmt.Sprintf("section %s+%#x: %v of %s: %v", quote.Name(e.Section), e.Insn, e.Kind, named(e.Type), e.Err)
	if e.Object != "" {
		s = e.Object + ": " + s
	}
	return s
}

// Unwrap returns Err.
func (e *ReloError) Unwrap() error { return e.Err }

// named is a name for a message.
func named(name string) string {
	const longest = 128
	switch {
	case name == "":
		return "a type without a name"
	case len(name) > longest:
		name = name[:longest] + "..."
	}
	return quote.Name(name)
}

// ErrWork is wrapped by the error for types or relocations that would take too long to
// match. Compilers make no such ones.
var ErrWork = errors.New("matching takes too many steps; compilers make no such types")

// errors of single relocations.
var (
	errAnonymous = errors.New("types without a name cannot be looked for")
	errDeep      = fmt.Errorf("more than %d members and indexes", maxSpec)
	errNested    = fmt.Errorf("types nest more than %d deep", maxDepth)
	errSize      = errors.New("a type has no size")
	errIndex     = errors.New("only the offset and the size of an element can be had")
)
