package typegraph

import "sync/atomic"

// A view is an [Incremental] graph after some unit, for scouts that look at it while others
// add more. The contents and references of its types never change; what stands for a type does,
// and is read and written atomically, as are the tables. A scout that sees a newer entry than
// those of its view takes it for missing.
type view struct {
	nodes   []node
	edges   []uint32
	info    []shapeInfo
	slots   []uint64 // of the refTable
	seed    uint64   // the same
	latest  []uint32 // see published
	several []another
	changes uint32
}

// published is what an Incremental graph publishes after each unit.
type published struct {
	view    atomic.Pointer[view] // nil if there is nothing to look at
	latest  []uint32             // by shape: its candidate, manyBit | index into several, or 0; of enums, what stands for them
	several []another            // index 0 is not used
	changes uint32               // how often a shape that had a candidate got another one
}

// another is a candidate of a shape that has several.
type another struct {
	id   uint32
	next uint32 // index of the one before it, 0 for none
	at   uint32 // published.changes, with this one
}

// publish lets scouts see what the last unit has added.
func (g *graph) publish() {
	p := g.published
	if p == nil {
		return
	}
	if g.originals != nil { // see confirm
		p.view.Store(nil)
		return
	}
	if n := len(g.info) - len(p.latest); n > 0 {
		p.latest = append(p.latest, make([]uint32, n)...)
	}
	for _, m := range g.unit.moved { // the candidates
		g.publishCandidate(m.to)
	}
	for _, id := range g.unit.enums {
		atomic.StoreUint32(&p.latest[id.shape], g.ids[id.index])
	}
	p.view.Store(&view{g.nodes, g.edges, g.info, g.refs.slots, g.refs.seed, p.latest, p.several, p.changes})
}

func (g *graph) publishCandidate(id uint32) {
	p := g.published
	shape := g.nodes[id].shape
	last := p.latest[shape]
	if last == 0 {
		atomic.StoreUint32(&p.latest[shape], id)
		return
	}
	p.changes++
	if last&manyBit == 0 {
		p.several = append(p.several, another{id: last})
		last = uint32(len(p.several)-1) | manyBit
	}
	p.several = append(p.several, another{id, last &^ manyBit, p.changes})
	atomic.StoreUint32(&p.latest[shape], uint32(len(p.several)-1)|manyBit)
}

// changedSince reports whether a shape that had a candidate has got another one.
func (p *published) changedSince(shape Shape, changes uint32) bool {
	last := p.latest[shape]
	return last&manyBit != 0 && p.several[last&^manyBit].at > changes
}

// resolve is graph.resolve for types of the view.
func (v *view) resolve(id uint32) uint32 {
	for {
		canon := atomic.LoadUint32(&v.nodes[id].canon)
		if canon == id || canon == 0 || canon >= uint32(len(v.nodes)) {
			return id
		}
		id = canon
	}
}

func (v *view) edgesOf(id uint32) []uint32 {
	n := &v.nodes[id]
	return v.edges[n.start:][:v.info[n.shape].edges]
}

// candidate returns the latest entry of a shape: an ID, manyBit | index, or 0.
func (v *view) candidate(shape Shape) uint32 {
	if uint(shape) >= uint(len(v.latest)) {
		return 0
	}
	last := atomic.LoadUint32(&v.latest[shape])
	if last&manyBit == 0 && last >= uint32(len(v.nodes)) {
		return 0
	}
	return last
}

// sameClass is graph.sameClass for types of the view.
func (v *view) sameClass(a, b uint32, work *int) bool {
	a, b = v.resolve(a), v.resolve(b)
	if a == b {
		return true
	}
	shape := v.nodes[a].shape
	if *work--; *work < 0 || shape != v.nodes[b].shape || v.info[shape].class != classRef {
		return false
	}
	other := v.edgesOf(b)
	for i, e := range v.edgesOf(a) {
		if !v.sameClass(e, other[i], work) {
			return false
		}
	}
	return true
}

// ref returns the reference type of a shape with these references, 0 if there is none, or if it
// is just being moved.
func (v *view) ref(shape Shape, edges []uint32) uint32 {
	h := hashRefs(v.seed, shape, edges)
	mask := uint32(len(v.slots) - 1)
probe:
	for i := h & mask; ; i = (i + 1) & mask {
		slot := atomic.LoadUint64(&v.slots[i])
		if slot == 0 {
			return 0
		}
		id := uint32(slot)
		if uint32(slot>>32) != h || id >= uint32(len(v.nodes)) || v.nodes[id].shape != shape {
			continue
		}
		for k, e := range v.edgesOf(id) {
			if e != edges[k] {
				continue probe
			}
		}
		return id
	}
}
