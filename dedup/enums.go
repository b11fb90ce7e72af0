package dedup

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
	empty bool // a type without values was seen
	walk  bool // shapes do not tell what a walk through the chain would find
	full  int  // candidates with values
}

// enumsNamed returns the list of a name, which begins with the enums of the base.
func (g *Graph) enumsNamed(name uint32) *enumList {
	t := &g.enums
	l := t.byName[name]
	if l == nil {
		if t.byName == nil {
			t.byName = make(map[uint32]*enumList)
		}
		l = new(enumList)
		t.byName[name] = l
		if g.opts.Base != nil {
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
func (g *Graph) mergeEnum(id uint32) error {
	n := &g.nodes[id]
	if rep := g.table.first[n.shape]; rep != 0 && !g.enums.empty {
		n.rep = rep
		return nil
	}
	info := &g.info[n.shape]
	l := g.enumsNamed(info.name)
	isEmpty := info.bits&infoEmpty != 0
	if isEmpty {
		g.enums.empty, l.empty, l.walk = true, true, true
	}
	if !l.walk {
		n.rep = g.table.first[n.shape]
	} else {
		ids := g.table.list(&l.chain)
		for i := len(ids) - 1; i >= 0; i-- {
			cand := ids[i]
			sh := g.nodes[cand].shape
			if sh == n.shape || isEmpty {
				n.rep = cand
				break
			}
			if g.info[sh].bits&infoEmpty != 0 {
				g.setRep(cand, id)
			}
		}
	}
	if n.rep == 0 {
		n.rep = id
		g.insertEnum(id)
	}
	if !g.opts.Raw && l.empty && l.full > 1 {
		return g.needRaw(GuardEnum)
	}
	return nil
}

// insertEnum makes id a candidate.
func (g *Graph) insertEnum(id uint32) {
	n := &g.nodes[id]
	info := &g.info[n.shape]
	l := g.enumsNamed(info.name)
	g.countEntry(id, classEnum)
	g.table.push(&l.chain, id)
	if info.bits&infoEmpty != 0 {
		g.enums.empty, l.empty, l.walk = true, true, true
	} else {
		l.full++
	}
	if g.table.first[n.shape] == 0 {
		g.table.first[n.shape] = id
	} else { // twice in a base: only the list knows which comes first
		g.enums.empty, l.walk = true, true
	}
	g.unit.inserted = append(g.unit.inserted, id)
}
