package cheader

import "github.com/gopahole/gopahole/btf"

// defineSorted writes all definitions, in the order of bpftool: sorted so that the headers
// of two kernels can be compared. Sorted, it takes void as well, and leaves out the first, in
// whose place void is: an enum without a name that nothing refers to is not in its header.
//
// Half of a kernel's types have the last rank, such as pointers and prototypes, and nearly all of
// these have no definition and lead to none that was not written before. They would have to be
// told apart by a hash. So their order is found out for the others only.
func (p *printer) defineSorted() error {
	s := newSorter(p)
	first := s.ranked()
	if err := p.define(s.ids(first)); err != nil {
		return err
	}
	s.keys = s.keys[:0]
	// What nothing was left out of, but an enum, which is no part of anything else, is there in
	// whatever order the rest comes.
	all := p.sortAll || !p.types.Record(first).Kind().IsAnyEnum()
	work := p.work
	for id := btf.ID(1); id < p.types.NumIDs(); id++ {
		if st := p.states[id]; st.has(sequenced) || !defines(p.types.Record(id).Kind()) {
			continue
		}
		if all = all || work < 0; all || p.adds(id, false, &work) {
			if k := s.key(id); k.rank() == rankRest {
				s.keys = append(s.keys, k)
			}
		}
	}
	return p.define(s.ids(first))
}

// byID returns the IDs of the types that may write something.
func (p *printer) byID() []btf.ID {
	ids := make([]btf.ID, 0, p.types.NumIDs())
	for id, rec := range p.types.All() {
		if defines(rec.Kind()) {
			ids = append(ids, id)
		}
	}
	return ids
}

// defines reports whether a type of a kind may be a definition, or lead to one.
func defines(kind btf.Kind) bool {
	switch kind {
	case btf.KindFunc, btf.KindVar, btf.KindDatasec, btf.KindDeclTag:
		return false
	}
	return kind.Known()
}

// A rank is which part of the header a type belongs to.
type rank uint8

const (
	rankAnonEnum rank = iota
	rankEnum
	rankNumber
	rankComposite
	rankProto
	rankRest
)

// rankOf returns the rank of a type: of one that has a name and leads to another one
// the rank of that.
func rankOf(rec, of btf.Record) rank {
	named := rec.NameOff() != 0
	if named {
		rec = of
	}
	kind := rec.Kind()
	switch {
	case kind.IsAnyEnum() && named:
		return rankEnum
	case kind.IsAnyEnum():
		return rankAnonEnum
	case kind == btf.KindInt || kind == btf.KindFloat:
		return rankNumber
	case kind.IsComposite() && named:
		return rankComposite
	case kind == btf.KindFuncProto && named:
		return rankProto
	}
	return rankRest
}

// refers reports whether the order looks through a kind at what it refers to.
func refers(kind btf.Kind) bool {
	return kind.IsModifier() || kind == btf.KindPtr || kind == btf.KindDeclTag || kind == btf.KindArray
}

// target returns what a type that refers to another one refers to.
func target(rec btf.Record) btf.ID {
	if rec.Kind() == btf.KindArray {
		return rec.Array().Elem
	}
	return rec.Type()
}
