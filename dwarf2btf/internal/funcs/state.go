package funcs

import "github.com/gopahole/gopahole/internal/memory"

// Flags of a state.
type Flags uint8

const (
	// Unexpected: a parameter is in an unexpected register.
	Unexpected Flags = 1 << iota
	// Inconsistent: the instances of the function disagree in their prototype.
	Inconsistent
	// Uncertain: a packed struct is passed on the stack, and it is not known
	// where.
	Uncertain
	// Reordered: parameters are not in the order of the source.
	Reordered
	// OptimizedParms: a parameter was optimized away or has no location.
	OptimizedParms
	// SignatureChanged: clang says that the instance does not follow the
	// calling convention.
	SignatureChanged
	// OptimizedSymbol: the instance is at the address of a symbol with a
	// ".isra" or ".constprop" suffix.
	OptimizedSymbol
)

// shared are the flags that all instances of a function take over from each
// other.
const shared = Unexpected | Inconsistent | Uncertain | Reordered

// Param is one parameter of a prototype. The zero value is the "..." at the
// end of a variadic one.
type Param struct {
	Name uint32 // identity, 0 if it has none
	Type uint32 // graph ID
}

// Annot is a declaration tag of a function.
type Annot struct {
	Value     uint32 // identity of the text
	Component int32  // index of the parameter, -1 for the function
}

// State is one instance of a function.
type State struct {
	Addr   uint64 // DW_AT_low_pc, 0 if it has none
	Entry  int32  // of the symbol table of its file
	Sym    int32  // symbol of the entry with the instance's true name; -1: none
	Ret    uint32 // graph ID
	Flags  Flags
	File   uint16 // index of the symbol table
	params uint32 // start in Saved.params; the end is where the next state's start
	annots uint32
}

// Saved collects the states of a conversion. The zero value is ready.
type Saved struct {
	states []State
	params []Param
	annots []Annot
}

// Grow reserves memory for instances of n functions.
func (s *Saved) Grow(n int) {
	s.states = memory.Make[State](0, n)
	s.params = memory.Make[Param](0, 2*n)
}

// Add saves a state with its parameters and tags, which are copied.
func (s *Saved) Add(st State, params []Param, annots []Annot) {
	st.params, st.annots = uint32(len(s.params)), uint32(len(s.annots))
	s.states = append(s.states, st)
	s.params = append(s.params, params...)
	s.annots = append(s.annots, annots...)
}

// Len returns the number of states.
func (s *Saved) Len() int { return len(s.states) }

// State returns the i-th state.
func (s *Saved) State(i int) State { return s.states[i] }

// Params returns the parameters of the i-th state. They belong to s.
func (s *Saved) Params(i int) []Param {
	end := uint32(len(s.params))
	if i+1 < len(s.states) {
		end = s.states[i+1].params
	}
	start := s.states[i].params
	return s.params[start:end:end]
}

// Annots returns the declaration tags of the i-th state, in order of their
// discovery. They belong to s.
func (s *Saved) Annots(i int) []Annot {
	end := uint32(len(s.annots))
	if i+1 < len(s.states) {
		end = s.states[i+1].annots
	}
	start := s.states[i].annots
	return s.annots[start:end:end]
}
