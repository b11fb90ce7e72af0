package typegraph

import "github.com/gopahole/gopahole/btf"

// maxSigSteps bounds how far a reference signature looks along a chain of
// pointers, qualifiers and typedefs.
const maxSigSteps = 8

// refSignature mixes what the references of a struct, union or typedef look
// like from outside: the names and kinds along each chain of pointers,
// qualifiers and typedefs.
//
// Why: a shape leaves references out, and kernels have hundreds of types with
// one shape, such as the unnamed union of every tracepoint, of which one fits.
//
// Equivalent types have equal signatures, so a list split by signature loses no
// candidate that would be accepted, and those it loses would have failed
// without a trace:
//   - no step of the whole run changes a name, and a kind changes only between
//     FWD and STRUCT or UNION of the fitting kind, and ENUM and ENUM64; the
//     signature mixes those as one kind each. So signatures never change.
//   - a comparison that succeeds has, for each pair of references, found equal
//     names and fitting kinds, equal info words along pointers, qualifiers and
//     typedefs, equal array lengths and equal prototype shapes, or that both
//     resolve to one type already, which earlier comparisons led to.
//   - the identity check does not look at the elements of arrays, up to libbpf 1.8,
//     so neither does the signature.
//
// The signature looks into unnamed structs. An unnamed FWD could stand for any
// of them, so that look is left out if there is one: in deferred mode all FWDs are
// known before the first chain is split, and the incremental mode gives up.
//
// Where types were told apart by all they lead to (classes.go), that is the signature.
func (g *graph) refSignature(id uint32) uint64 {
	if g.classes != nil {
		return uint64(g.classes[id])
	}
	h := g.refs.seed
	for _, e := range g.edgesOf(&g.nodes[id]) {
		h = g.mixReference(h, e)
	}
	return h
}

func (g *graph) mixReference(h uint64, id uint32) uint64 {
	for range maxSigSteps {
		n := &g.nodes[id]
		if n.shape == 0 && id != 0 {
			g.load(id)
		}
		info := &g.info[n.shape]
		h = hashPair(h, uint64(sigKind(info)), uint64(info.name))
		switch info.kind {
		case btf.KindPtr, btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindTypedef, btf.KindTypeTag:
			// The shape of these is their name and info word.
			h = hashPair(h, uint64(n.shape), 0)
			id = g.edges[n.start]
			continue
		case btf.KindArray, btf.KindFuncProto:
			h = hashPair(h, uint64(n.shape), 0)
		case btf.KindStruct, btf.KindUnion:
			if info.name == 0 && !g.table.anonFwd {
				h = hashPair(h, uint64(n.shape), 0)
			}
		}
		return h
	}
	return h
}

// sigKind is the kind with those that may stand for each other taken as one.
func sigKind(info *shapeInfo) btf.Kind {
	switch info.kind {
	case btf.KindFwd:
		if info.bits&infoKflag != 0 {
			return btf.KindUnion
		}
		return btf.KindStruct
	case btf.KindEnum64:
		return btf.KindEnum
	}
	return info.kind
}
