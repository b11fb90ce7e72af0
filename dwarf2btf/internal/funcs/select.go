package funcs

import "github.com/gopahole/gopahole/dwarf2btf/internal/symtab"

// Options are the features that decide on functions.
type Options struct {
	// ConsistentFunc leaves functions out whose instances disagree.
	ConsistentFunc bool
	// TrueSignature encodes functions with a changed signature as they are,
	// under their symbol's name, instead of leaving them out.
	TrueSignature bool
}

// Emit is a function to encode.
type Emit struct {
	State int    // index in Saved
	Group int    // number of the group of instances that it stands for, ascending
	Name  []byte // belongs to the symbol table
	// Plain: the function has the name of the source. A true signature has
	// not, and gets no kfunc tags (pahole 1.32).
	Plain bool
}

// Selection has the instances of a conversion in order, ready for [Selection.Select]. Its
// methods may be called from several goroutines.
type Selection struct {
	saved  *Saved
	tables []*symtab.Table // by State.File
	opts   Options
	order  []uint32 // states
	flags  []Flags  // by state: those of the State, then united in combine
}

// Part is a range of a Selection's order that ends where a function does.
type Part struct{ lo, hi int }

// Parts divides the selection into parts of about size instances, in order. There is at
// least one part. With size 0 it has all instances.
func (s *Selection) Parts(size int) []Part {
	var parts []Part
	lo := 0
	for size > 0 && len(s.order)-lo > size {
		hi := s.groupEnd(lo + size - 1)
		parts = append(parts, Part{lo, hi})
		lo = hi
	}
	return append(parts, Part{lo, len(s.order)})
}

// groupEnd returns the index after the group that the state at an index of the order
// belongs to.
func (s *Selection) groupEnd(i int) int {
	first := &s.saved.states[s.order[i]]
	for i++; i < len(s.order); i++ {
		if st := &s.saved.states[s.order[i]]; st.Entry != first.Entry || st.File != first.File {
			break
		}
	}
	return i
}

// Select appends the functions of a part that are to be encoded, in order of
// encoding: sorted by key. A part is judged once. report, which may be nil, gets a
// Skip for each function left out and for each difference found between two
// instances, in pahole's order; its argument is valid during the call.
//
// Instances are compared within a file. Where files have functions of one name,
// those with an address come first, of all files, and then those without: pahole
// 1.32 takes adjacent instances of one file for a function, so a file may have two
// (btf_encoder__add_saved_funcs).
func (s *Selection) Select(emits []Emit, p Part, graph Graph, report func(*Skip)) []Emit {
	if report == nil {
		report = func(*Skip) {}
	}
	sel := selection{saved: s.saved, match: matcher{graph: graph}, opts: s.opts, report: report, flags: s.flags, emits: emits}
	for lo := p.lo; lo < p.hi; {
		hi := s.groupEnd(lo)
		sel.first, sel.lead, sel.table = lo, s.order[lo], s.tables[s.saved.states[s.order[lo]].File]
		sel.group(s.order[lo:hi])
		lo = hi
	}
	return sel.emits
}

type selection struct {
	saved  *Saved
	table  *symtab.Table // of the group
	first  int           // index of the group's first state in the order
	lead   uint32        // that state
	match  matcher
	opts   Options
	report func(*Skip)
	flags  []Flags
	emits  []Emit
	skip   Skip // the one being reported, to make only one
}

func (s *selection) say(sk Skip) {
	s.skip = sk
	s.skip.Group = s.first
	first := &s.saved.states[s.lead]
	s.skip.Entry, s.skip.File = first.Entry, first.File
	s.report(&s.skip)
}

// group judges the instances of one entry.
func (s *selection) group(states []uint32) {
	first := states[0]
	entry := s.saved.states[first].Entry
	key := s.table.Key(entry)
	for _, st := range states[1:] {
		s.combine(first, st, key)
	}
	if s.opts.TrueSignature && s.emitTrueSignature(states) {
		return
	}
	chosen := first
	if len(states) > 1 {
		chosen = s.canonical(states)
	}
	if r := s.skipReason(first, chosen, entry); r != 0 {
		s.say(Skip{Func: key, Reason: r, States: [2]uint32{first, chosen}})
		return
	}
	s.emits = append(s.emits, Emit{State: int(chosen), Group: s.first, Name: key, Plain: true})
}

// combine unites the shared flags of the group's first state and a later one,
// and compares their prototypes unless the function is in doubt already. The
// flags a state has afterwards are those of all states up to it; the first has
// those of all (pahole 1.32: saved_functions_combine).
func (s *selection) combine(first, st uint32, key []byte) {
	united := (s.flags[first] | s.flags[st]) & shared
	if united&(Unexpected|Inconsistent|Reordered) == 0 && s.comparable(first, st) &&
		!s.prototypes(int(first), int(st), key) {
		united |= Inconsistent
	}
	s.flags[first] |= united
	s.flags[st] |= united
}

// comparable reports whether two prototypes should be the same. With true
// signatures an instance with an address may differ from an abstract one.
func (s *selection) comparable(a, b uint32) bool {
	return !s.opts.TrueSignature || (s.saved.states[a].Addr == 0) == (s.saved.states[b].Addr == 0)
}

// prototypes compares the prototypes of two states, and reports the first
// difference. Names of parameters do not count.
func (s *selection) prototypes(a, b int, key []byte) bool {
	pa, pb := s.saved.Params(a), s.saved.Params(b)
	pair := [2]uint32{uint32(a), uint32(b)}
	if len(pa) != len(pb) {
		s.say(Skip{Func: key, Reason: ParamCount, A: uint32(len(pa)), B: uint32(len(pb)), States: pair})
		return false
	}
	s.match.steps = 0
	if !s.match.types(s.saved.states[a].Ret, s.saved.states[b].Ret) {
		s.say(Skip{Func: key, Reason: ReturnType, States: pair})
		return false
	}
	for i := range pa {
		if !s.match.types(pa[i].Type, pb[i].Type) {
			s.say(Skip{Func: key, Reason: ParamType, A: pa[i].Name, B: pb[i].Name, Param: i, States: pair})
			return false
		}
	}
	return true
}

// emitTrueSignature encodes the first state that is at the address of a
// suffixed symbol and whose parameters can be trusted. Then no other
// doubt about the function matters.
func (s *selection) emitTrueSignature(states []uint32) bool {
	for _, st := range states {
		state := &s.saved.states[st]
		if state.Sym < 0 || s.flags[st]&(Unexpected|Uncertain) != 0 {
			continue
		}
		name, _ := s.table.Symbol(state.Sym)
		s.emits = append(s.emits, Emit{State: int(st), Group: s.first, Name: name})
		return true
	}
	return false
}

// canonical returns the state that stands for the group: the first one that is
// at an address of the entry and need not be left out.
func (s *selection) canonical(states []uint32) uint32 {
	first, found := states[0], false
	for _, st := range states {
		state := &s.saved.states[st]
		if !s.table.HasAddr(state.Entry, state.Addr) {
			continue
		}
		if !s.changed(st) {
			return st
		}
		if !found {
			first, found = st, true
		}
	}
	return first
}

// changed reports whether callers of the instance pass other parameters than
// its prototype says. Parameters that are merely unused do not count.
func (s *selection) changed(st uint32) bool {
	f := s.flags[st]
	return !s.opts.TrueSignature && f&OptimizedParms != 0 && f&(SignatureChanged|OptimizedSymbol) != 0
}

// skipReason returns why a group is left out, 0 if it is not. Of several
// reasons the last one counts (pahole 1.32 prints only that).
func (s *selection) skipReason(first, chosen uint32, entry int32) Reason {
	f := s.flags[first]
	switch {
	case s.table.Ambiguous(entry):
		return AmbiguousAddress
	case s.changed(chosen):
		return OptimizedParams
	case f&Reordered != 0:
		return ReorderedParams
	case f&Uncertain != 0:
		return UncertainLocation
	case s.opts.ConsistentFunc && f&Inconsistent != 0:
		return InconsistentPrototype
	case f&Unexpected != 0:
		return UnexpectedRegister
	}
	return 0
}
