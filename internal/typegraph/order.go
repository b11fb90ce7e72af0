package typegraph

// order decides in incremental mode which of several candidates libbpf tries first.
//
// The order of two candidates of a list depends on how often libbpf's table
// doubled since the later one was inserted (see candidates), and so on the
// number of all entries. libbpf inserts the primitive types of all units before
// the first struct, so that number is known only when all units have come. Until
// then the graph goes by a guess. It remembers which orders it relied on, and
// checkOrder finds out whether they were right.
//
// All times are counts of struct insertions: of structs, unions and typedefs
// that became candidates. Reference types come later and do not matter.
type order struct {
	primitives uint64   // entries of the pass over primitive types so far
	inserted   []uint32 // candidates of the pass over structs; ascending, as types are processed in ID order

	relied map[reliance]span
	closed []relied // spans that became too long
}

// reliance is a parity of the number of doublings since a time.
type reliance struct {
	since   uint32
	entries uint64 // of the table at that time, if it was before the first unit, or 0
	odd     bool
}

// span is a time and a later one at which a reliance was used, perhaps with
// others between them.
type span struct{ first, last uint32 }

// relied is a reliance and when it was used.
type relied struct {
	reliance
	span
}

// guessPrimitives is the number of primitive types to go by when nothing is
// known. Debian's kernels of 6.1 to 7.2 on eight architectures have 2358 to 3094,
// and doublings are far apart at such numbers: in the one of them where the order
// matters (7.2 for loong64), any guess from about 900 to 8000 gives the right one.
const guessPrimitives = 2800

// firstTried notes that the graph relies on one candidate being tried before
// another.
func (o *order) firstTried(taken, other uint32, base *Base) {
	now := uint32(len(o.inserted))
	// The later one is in front at first, and after an even number of doublings.
	r := reliance{odd: other > taken}
	if later := max(taken, other); base != nil && later < base.n {
		r.entries = base.entries(later)
	} else if r.since = o.insertion(later); r.since == now {
		return // whatever the number of primitive types is
	}
	s, found := o.relied[r]
	switch {
	case !found:
		if o.relied == nil {
			o.relied = make(map[reliance]span)
		}
		s = span{now, now}
	case now > 2*s.first:
		o.closed = append(o.closed, relied{r, s})
		s = span{now, now}
	default:
		// What holds at both ends of the span holds in between: of any two
		// consecutive doublings, the second comes at about twice the number of
		// entries of the first, so only one fits, and that would change the
		// parity. Primitive types make the span even shorter in proportion.
		s.last = now
	}
	o.relied[r] = s
}

// insertion returns the time just after a candidate was inserted.
func (o *order) insertion(id uint32) uint32 {
	lo, hi := 0, len(o.inserted)
	for lo < hi {
		mid := (lo + hi) / 2
		if o.inserted[mid] <= id {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return uint32(lo)
}

// holds reports whether all that the graph relied on is so with this number of
// primitive types.
func (o *order) holds(primitives uint64) bool {
	for r, s := range o.relied {
		if !(relied{r, s}).holds(primitives) {
			return false
		}
	}
	for _, r := range o.closed {
		if !r.holds(primitives) {
			return false
		}
	}
	return true
}

func (r relied) holds(primitives uint64) bool {
	then := r.entries
	if then == 0 {
		then = primitives + uint64(r.since)
	}
	since := doublings(then)
	for _, time := range [...]uint32{r.first, r.last} {
		if odd := (doublings(primitives+uint64(time))-since)&1 != 0; odd != r.odd {
			return false
		}
	}
	return true
}

// checkOrder returns a *NeedCountError if the graph took a candidate that libbpf
// would not have taken (incremental mode). Finish does so as well; a caller that calls
// it after the last unit with INT, FLOAT, FWD, ENUM, ENUM64, STRUCT, UNION or
// TYPEDEF types knows sooner.
func (g *graph) checkOrder() error {
	o := &g.order
	if g.opts.deferred || g.ignoreReasons || o.holds(o.primitives) {
		return nil
	}
	if o.primitives == 0 || o.primitives == g.opts.primitives {
		return g.needDeferred(ReasonCandidate) // 0 cannot be asked for, nor the same again
	}
	return &NeedCountError{Primitives: o.primitives}
}

// countEntry notes that a type of a class became a candidate.
func (g *graph) countEntry(id uint32, c class) {
	o := &g.order
	switch {
	case g.opts.deferred:
		g.table.count()
	case c == classStruct || c == classTypedef:
		g.table.count()
		o.inserted = append(o.inserted, id)
	default:
		o.primitives++
	}
}
