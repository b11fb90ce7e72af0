package typegraph

// enumTable finds enums. libbpf files them under their name alone, because an
// enum without values is a forward declaration of any enum of its name,
// whatever the size, and of ENUM and ENUM64 alike.
type enumTable struct {
	byName map[uint32]*enumList
	empty  bool // some enum without values was seen
}

// enumList is the candidates of one name.
type enumList struct {
	chain
	openEnums
	empty bool // a type without values was seen
	walk  bool // shapes do not tell what a walk through the chain would find
	order bool // there is a type without values in the base, or two that are equal
	full  int  // candidates with values

	// For walks that only have to find one type without values, see fewEmpty.
	empties int
	last    uint32            // of the types without values
	repeats bool              // of two equal types only the chain knows which comes first
	gens    map[uint32]uint32 // doublings when a candidate was added, unless it is of the base
}

// enumsNamed returns the list of a name, which begins with the enums of the base.
func (g *graph) enumsNamed(name uint32) *enumList {
	t := &g.enums
	l := t.byName[name]
	if l == nil {
		if t.byName == nil {
			t.byName = make(map[uint32]*enumList)
		}
		l = new(enumList)
		t.byName[name] = l
		if g.opts.base != nil {
			g.addBaseEnums(l, name)
		}
	}
	return l
}

// mergeEnum decides on an ENUM or ENUM64 (libbpf: btf_dedup_prim_type).
//
// A type with values is merged into the first of equal content. Types without
// values that come before it in the list are forward declarations: they are
// redirected to it, even if they were redirected before, and even if they are
// in the base. A type without values is merged into the first of its name.
func (g *graph) mergeEnum(id uint32) error {
	n := &g.nodes[id]
	if canon := g.table.first[n.shape]; canon != 0 && !g.enums.empty {
		n.canon = canon
		return nil
	}
	info := &g.info[n.shape]
	l := g.enumsNamed(info.name)
	if l.order {
		if err := g.needsOrder(); err != nil {
			return err
		}
	}
	isEmpty, open := info.bits&infoEmpty != 0, g.opensEnums()
	if isEmpty {
		g.enums.empty, l.empty, l.walk = true, true, true
	}
	switch {
	case !l.walk:
		n.canon = g.table.first[n.shape]
	case l.empties <= 1 && !l.repeats && g.opts.deferred:
		g.fewEmpty(l, id)
	default:
		ids := g.enumOrder().list(&l.chain)
		if err := g.checkWork(id); err != nil {
			return err
		}
		for i := len(ids) - 1; i >= 0; i-- {
			g.spend(1)
			cand := ids[i]
			g.loadBoth(cand, 0)
			sh := g.nodes[cand].shape
			if sh == n.shape || isEmpty {
				n.canon = cand
				break
			}
			switch {
			case g.info[sh].bits&infoEmpty == 0:
			case open:
				l.bind(cand, n.shape)
			default:
				g.setCanon(cand, id)
			}
		}
	}
	if open {
		return g.endOpenEnum(l, id)
	}
	if n.canon == 0 {
		n.canon = id
		g.insertEnum(id)
	} else if g.table.first[n.shape] == 0 {
		g.unit.enums = append(g.unit.enums, newEnum{n.shape, id - g.unit.base + 1})
	}
	if !g.opts.deferred && l.empty && l.full > 1 {
		return g.needDeferred(ReasonEnum)
	}
	return nil
}

// fewEmpty is the walk through a list that has one type without values at most, for
// which there is no need to walk (deferred mode).
func (g *graph) fewEmpty(l *enumList, id uint32) {
	n := &g.nodes[id]
	if g.info[n.shape].bits&infoEmpty != 0 {
		if ids := g.table.list(&l.chain); len(ids) > 0 {
			n.canon = ids[len(ids)-1]
			g.loadBoth(n.canon, 0)
		}
		return
	}
	n.canon = g.table.first[n.shape]
	if l.empties == 0 {
		return
	}
	if n.canon == 0 || g.inFront(l, l.last, n.canon) {
		g.setCanon(l.last, id)
	}
}

// inFront reports whether a comes before b in a list. The one that was added last
// is in front, until the table doubles and reverses the list.
func (g *graph) inFront(l *enumList, a, b uint32) bool {
	later := max(a, b)
	gen, found := l.gens[later]
	if !found {
		gen = doublings(g.opts.base.entries(later))
	}
	return (later == a) == ((g.table.doublings-gen)&1 == 0)
}

// insertEnum makes id a candidate.
func (g *graph) insertEnum(id uint32) {
	n := &g.nodes[id]
	info := &g.info[n.shape]
	l := g.enumsNamed(info.name)
	g.countEntry(id, classEnum)
	g.enumOrder().push(&l.chain, id)
	l.kinds |= 1 << info.kind
	if g.opts.deferred && (l.empty || info.bits&infoEmpty != 0) {
		if l.gens == nil {
			l.gens = make(map[uint32]uint32)
		}
		l.gens[id] = g.table.doublings
	}
	if info.bits&infoEmpty != 0 {
		g.enums.empty, l.empty, l.walk = true, true, true
		l.empties, l.last = l.empties+1, id
	} else {
		l.full++
	}
	if g.table.first[n.shape] == 0 {
		g.table.first[n.shape] = id
	} else { // twice in a base: only the list knows which comes first
		g.enums.empty, l.walk, l.repeats = true, true, true
	}
	g.unit.inserted = append(g.unit.inserted, id)
}
