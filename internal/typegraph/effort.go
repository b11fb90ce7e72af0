package typegraph

// Work is counted in pairs of types that were looked at, by comparisons and by
// identity checks, and in entries of lists that had to be walked. It stays low for
// any input that a compiler made: 0.13 for each type of a kernel, 2.4 in the deferred mode,
// 2.2 at most for those of a module, 50 if its base is of another encoder.
//
// The limits are what makes the time near-linear for all other input. Each is a
// start, for the small ones, and so much for each type that was added:
//
//   - Beyond incrementalWork the incremental mode gives way to the deferred mode (ReasonWork).
//   - Beyond classifyWork the deferred mode tells types apart in advance (classes.go).
//   - Beyond maxWork it gives up, with a *WorkError. That is left for input whose
//     types cannot be told apart so: forward declarations, arrays and copies hide
//     differences, and comparisons of typedefs that succeed are repeated.
type workLimit struct{ start, perType int }

// Tests change these.
var (
	incrementalWork = workLimit{1 << 22, 64}
	classifyWork    = workLimit{1 << 20, 128}
	maxWork         = workLimit{1 << 24, 1 << 9}
)

func (l workLimit) of(types int) int { return l.start + l.perType*types }

// effort is the work of a graph since it was made or reset.
type effort struct {
	work  int
	types int  // that were added
	next  int  // work at which something is to be done about it
	tried bool // to classify
	whole bool // all types are there
}

// spend counts work.
func (g *graph) spend(work int) {
	g.effort.work += work
	g.stats.Work += work
}

// checkWork is to be called before work on a type. It does something about too
// much of it: the error is a *WorkError, a
// *NeedDeferredError, or that of the context.
func (g *graph) checkWork(id uint32) error {
	if err := g.cancel.cancelled(); err != nil {
		return err
	}
	e := &g.effort
	if e.work < e.next {
		return nil
	}
	limit := maxWork
	switch {
	case !g.opts.deferred:
		limit = incrementalWork
	case e.whole && !e.tried:
		limit = classifyWork
	}
	if e.next = limit.of(e.types); e.work < e.next {
		return nil // of more types than before
	}
	switch {
	case !g.opts.deferred:
		return g.needDeferred(ReasonWork)
	case e.whole && !e.tried:
		e.tried = true
		if err := g.classify(); err != nil {
			return err
		}
		e.next = maxWork.of(e.types)
		return nil
	}
	info := &g.info[g.nodes[id].shape]
	return &WorkError{ID: id, Kind: info.kind, Name: info.name, Types: e.types, Work: e.work}
}
