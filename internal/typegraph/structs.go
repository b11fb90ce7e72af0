package typegraph

// mergeStructs decides on the structs, unions and typedefs that wait, in ID
// order (libbpf: btf_dedup_struct_types). The first candidate found equal
// stands for the type; without one it stands for itself and becomes a candidate.
func (g *graph) mergeStructs() error {
	var one [1]uint32
	for _, id := range g.structs {
		if g.nodes[id].canon != 0 { // an earlier comparison has found it out
			continue
		}
		if err := g.cancel.cancelled(); err != nil {
			return err
		}
		var cands []uint32
		if !g.unit.partial { // of the rest of a unit all are new
			cands = g.candidatesFor(id, &one)
		}
		if len(cands) == 1 && g.recognise(id, cands[0]) {
			continue
		}
		canon := id
		for i := len(cands) - 1; i >= 0; i-- {
			if err := g.checkWork(id); err != nil {
				return err
			}
			if g.apart(id, cands[i]) {
				continue
			}
			ok, err := g.tryCandidate(id, cands[i], cands[:i])
			if err != nil {
				return err
			}
			if ok {
				canon = cands[i]
				break
			}
		}
		g.nodes[id].canon = canon
		if canon == id {
			if g.earlyCopy(id) {
				if err := g.needDeferred(ReasonIdentity); err != nil {
					return err
				}
			}
			g.insert(id)
		}
	}
	return nil
}

// tryCandidate compares id with cand and, if they are equal, adopts what the
// comparison found. others are the candidates that would come next.
func (g *graph) tryCandidate(id, cand uint32, others []uint32) (bool, error) {
	g.cmp.ident.mark = len(g.unit.assumed)
	ok, err := g.equal(id, g.walkFrom(cand))
	if ok && !g.opts.deferred {
		err = g.checkAccepted(id, cand, others)
	}
	if ok && err == nil {
		g.adopt()
		ok = !g.cmp.adjust
	}
	g.unbind()
	return ok, err
}
