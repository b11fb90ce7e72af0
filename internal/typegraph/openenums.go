package typegraph

// Why forward declarations of enums can be kept apart until Finish, over a base.
//
// libbpf decides on the enums of all units before the first struct. Then some types without
// values stand for the definition that was first in the list when they came, and one, which
// came before any definition, for the last definition that passed it. So what it stands for is
// known in the end, and so is which definitions there are. But a comparison depends on
// neither. Two enums of one name and kind match if one of them has no values, and otherwise
// only if they are equal. What stands for them decides no more than whether the canonical one is
// bound on the way, for the identity check, which fails only if a unit has two definitions
// of the name. That, and ENUM and ENUM64 of one name, are for the deferred mode: ReasonEnum.
//
// So forward declarations that are known to become one type, the group, have a node of their
// own until Finish, which binds it. Reference types that lead to different groups are different
// ones until then, as above other FWDs.
//
// What the small graph loses is which of its members a class had in a unit, where an accepted
// comparison took a definition for a forward declaration: such a unit is lax. A forward
// declaration matches any definition, so this does not matter if the current side has one, nor
// for the definition that was taken for it. In all other cases the path of the comparison
// is looked at. If it comes through a struct that the lax unit brought, which is where paths
// enter the types of a unit, the full graph may come to another result: ReasonEnum.
//
// As long as a name has one definition all of its enums match, as they end up as one.

// openEnums is what a graph that merges unit by unit over a base knows of the enums of a name.
type openEnums struct {
	groups []enumGroup // of types without values
	kinds  uint32      // bit set of the kinds of all
	unit   uint32      // the last unit with a definition, and which one
	def    Shape
	two    uint32 // the last unit with two
}

// enumGroup is types without values which one definition will stand for.
type enumGroup struct {
	node uint32
	def  Shape // 0 if none is known yet
}

// laxUnit says that comparisons took a definition for a forward declaration, or the other way
// round, in a unit that brought the types from first to the one before end.
type laxUnit struct {
	first, end uint32
	name       uint32
	def        Shape // 0 if there were several
}

// opensEnums reports whether the graph keeps forward declarations of enums apart.
func (g *graph) opensEnums() bool { return g.own > 1 && !g.opts.deferred }

// enumOrder counts doublings for the lists of enums: of the pass over primitive types, if it
// is known what that has come to.
func (g *graph) enumOrder() *candidates {
	if !g.opensEnums() {
		return &g.table
	}
	g.over.enumOrder.countTo(g.order.primitives)
	return &g.over.enumOrder
}

// endOpenEnum ends the merging of an enum whose canon was looked for.
func (g *graph) endOpenEnum(l *enumList, id uint32) error {
	n := &g.nodes[id]
	info := &g.info[n.shape]
	l.kinds |= 1 << info.kind
	isEmpty := info.bits&infoEmpty != 0
	switch {
	case n.canon == 0:
		n.canon = id
		g.insertEnum(id)
		if isEmpty {
			l.groups = append(l.groups, enumGroup{id, 0})
		}
	case isEmpty && g.info[g.nodes[n.canon].shape].bits&infoEmpty == 0:
		if n.canon = l.group(g.nodes[n.canon].shape, id); n.canon == id {
			g.unit.inserted = append(g.unit.inserted, id)
		}
	}
	return g.checkDefinitions(l, id)
}

// group returns the type for forward declarations that a definition stands for, or makes it
// id. A list has one candidate without values at most, which is bound when definitions come.
func (l *enumList) group(def Shape, id uint32) uint32 {
	for _, gr := range l.groups {
		if gr.def == def && !l.isCandidate(gr.node) {
			return gr.node
		}
	}
	l.groups = append(l.groups, enumGroup{id, def})
	return id
}

// isCandidate reports whether a type without values is the one in the list.
func (l *enumList) isCandidate(id uint32) bool { return l.empties > 0 && id == l.last }

// bind notes that a definition has passed the candidate without values.
func (l *enumList) bind(cand uint32, def Shape) {
	for i := range l.groups {
		if l.groups[i].node == cand {
			l.groups[i].def = def
		}
	}
}

// checkDefinitions counts the definitions of a name in the unit.
func (g *graph) checkDefinitions(l *enumList, id uint32) error {
	now := g.recogniser.unit
	if sh := g.nodes[id].shape; g.info[sh].bits&infoEmpty == 0 {
		if l.unit == now && l.def != sh {
			l.two = now
		}
		l.unit, l.def = now, sh
	}
	if l.empty && l.full > 1 && (l.two == now || l.kinds&(l.kinds-1) != 0) {
		return g.needDeferred(ReasonEnum)
	}
	return nil
}

// renumberGroup is renumber for a type without values.
func (l *enumList) renumberGroup(old, id uint32) {
	for i := range l.groups {
		if l.groups[i].node == old {
			l.groups[i].node = id
			if l.last == old {
				l.last = id
			}
			return
		}
	}
}

// bindEnums lets the definitions stand for forward declarations.
func (g *graph) bindEnums() {
	if !g.opensEnums() {
		return
	}
	for _, l := range g.enums.byName {
		for _, gr := range l.groups {
			if gr.def != 0 {
				g.nodes[gr.node].canon = g.table.first[gr.def]
			}
		}
	}
}

// enumMatch says what becomes of two enums in a comparison.
type enumMatch uint8

const (
	enumOther enumMatch = iota // as with other types
	enumSame                   // they match
	enumDoubt                  // they match or not, and it depends on the path
)

// matchEnums compares two different enums, of the unit and of the graph.
func (g *graph) matchEnums(cur, canon uint32) enumMatch {
	if !g.opensEnums() {
		return enumOther
	}
	a, b := g.nodes[cur].shape, g.nodes[canon].shape
	ia, ib := &g.info[a], &g.info[b]
	if ib.class != classEnum || ia.name != ib.name {
		return enumOther
	}
	l := g.enums.byName[ia.name]
	if l == nil || !l.empty {
		return enumOther
	}
	aEmpty, bEmpty := ia.bits&infoEmpty != 0, ib.bits&infoEmpty != 0
	match := enumSame
	switch {
	case aEmpty && bEmpty:
		return enumSame
	case l.full > 1 && !aEmpty:
		match = enumDoubt
	}
	switch {
	case aEmpty:
		g.noteLax(ib.name, b)
	case bEmpty:
		g.noteLax(ia.name, a)
	}
	return match
}

// noteLax notes that the unit is lax.
func (g *graph) noteLax(name uint32, def Shape) {
	for i := range g.unit.lax {
		if u := &g.unit.lax[i]; u.name == name {
			if u.def != def {
				u.def = 0
			}
			return
		}
	}
	g.unit.lax = append(g.unit.lax, laxUnit{name: name, def: def})
}

// keepLax notes which types a lax unit has brought, when it is compact.
func (g *graph) keepLax() {
	if len(g.order.inserted) == g.unit.firstStruct {
		return // no path leads through it
	}
	for _, u := range g.unit.lax {
		u.first, u.end = g.unit.base, uint32(len(g.nodes))
		g.over.lax = append(g.over.lax, u)
	}
}

// decideEnums decides on a definition of the unit that meets another enum of an open name:
// they match if that is a forward declaration. The error says that the path comes through a
// unit in which it may have been something else.
func (g *graph) decideEnums(cur, canon uint32) (bool, error) {
	def := g.nodes[cur].shape
	name := g.info[def].name
	forward := g.info[g.nodes[canon].shape].bits&infoEmpty != 0
	for _, u := range g.over.lax {
		if u.name != name || u.def == def && forward {
			continue
		}
		for _, b := range g.cmp.bound {
			if u.first <= b.canon && b.canon < u.end {
				if err := g.needDeferred(ReasonEnum); err != nil {
					return false, err
				}
			}
		}
	}
	return forward, nil
}
