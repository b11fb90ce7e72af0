package funcs

import "fmt"

// Reason says why a function is left out, or how two of its instances differ.
type Reason uint8

const (
	// Notes on two instances that differ. The function may be encoded all the
	// same.
	ParamCount Reason = iota + 1
	ReturnType
	ParamType

	// Reasons for leaving a function out.
	UnexpectedRegister
	InconsistentPrototype
	UncertainLocation
	ReorderedParams
	OptimizedParams
	AmbiguousAddress
)

// Note reports whether the function may be encoded all the same.
func (r Reason) Note() bool { return r <= ParamType }

// Skip is one thing to report of a function.
type Skip struct {
	Func   []byte // key of its entry
	Group  int    // number of the group of instances, as in Emit
	Reason Reason
	// Of ParamCount: the numbers of parameters. Of ParamType: the names of the
	// parameter, as identities.
	A, B uint32
	// Of ParamType: the index of the parameter, from 0.
	Param int
	// Of a difference: the two instances, indexes in Saved. Of a function that is left out: those that were judged.
	States [2]uint32
	Entry  int32  // of the symbol table
	File   uint16 // index of the symbol table
}

// Text returns the reason in the words of pahole 1.32, whose output scripts
// search; "inconsistet" is its spelling. name turns an identity into a string.
func (s *Skip) Text(name func(uint32) string) string {
	switch s.Reason {
	case ParamCount:
		return fmt.Sprintf("param count mismatch; %d params != %d params", s.A, s.B)
	case ReturnType:
		return "return type mismatch"
	case ParamType:
		return fmt.Sprintf("param type mismatch for param#%d %s != %s", s.Param+1, name(s.A), name(s.B))
	case UnexpectedRegister:
		return "unexpected register usage for parameter"
	case InconsistentPrototype:
		return "inconsistet prototype"
	case UncertainLocation:
		return "uncertain parameter location"
	case ReorderedParams:
		return "reordered parameters"
	case OptimizedParams:
		return "optimized parameters"
	case AmbiguousAddress:
		return "ambiguous address"
	}
	return fmt.Sprintf("reason %d", s.Reason)
}
