package typegraph

import (
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/libbpf"
)

// identDepth is how many levels of structs and prototypes the identity check
// looks down (libbpf: btf_dedup_is_equiv).
const identDepth = 16

// identCheck is the state of identity checks. libbpf remembers nothing and can
// take time exponential in the depth; the answer for a pair at a depth is
// always the same, though, so it may be kept.
type identCheck struct {
	memo map[identKey]bool
	seen map[pair]int // incremental mode: the lowest depth of see
	work int          // pairs compared since the start of the outermost check
	mark int          // length of currentUnit.assumed that is certain
	err  error        // deferred mode: the check was given up
}

type identKey struct {
	a, b  uint32
	depth int
}

const (
	// memoFrom is the work after which answers are kept: most checks are over
	// after a handful of pairs.
	memoFrom = 256

	// memoMax bounds the memory for answers.
	memoMax = 1 << 20

	// spendOften is the work of one check after which it is looked at.
	spendOften = 1 << 12
)

// sameIdentity decides whether two nodes of the current side may both stand for
// one node of the canonical side: whether they are copies of one type.
// Compilers emit such copies within one unit, of arrays first of all.
//
// The error says that it takes too long, see checkWork.
func (g *graph) sameIdentity(a, b uint32) (bool, error) {
	g.stats.Identity++
	check := &g.cmp.ident
	check.work = 0
	if g.opts.deferred {
		ok := g.identical(a, b, identDepth)
		if len(check.memo) > memoMax {
			check.memo = nil
		}
		g.spend(check.work % spendOften)
		return ok, check.err
	}
	defer func() { g.spend(check.work) }()
	check.forget()
	if g.strictlyIdentical(a, b, identDepth) {
		return true, nil
	}
	check.forget()
	if g.surelyDifferent(a, b, identDepth) {
		return false, nil
	}
	g.cmp.doubt = true
	return true, nil
}

// forget empties seen. Clearing a map that was large once takes time even if it is
// empty.
func (c *identCheck) forget() {
	switch n := len(c.seen); {
	case n > memoFrom:
		c.seen = nil
	case n > 0:
		clear(c.seen)
	}
}

// identical is libbpf's btf_dedup_identical_types. Two of its properties are
// visible in results: up to libbpf 1.8, arrays of one length are identical whatever
// their elements, since it compares the first array with itself, and after that only
// if index and element are; and depth is spent on structs, prototypes and these
// arrays only, so that a typedef cycle without a struct never ends there. Here it
// ends, with "identical".
//
// It looks at nodes as they were added, not at what stands for them.
func (g *graph) identical(a, b uint32, depth int) bool {
	if depth <= 0 {
		return false
	}
	// Brent's method notices when the chain of single references repeats.
	tortoise, power, lap := pair{a, b}, 1, 0
	for {
		if g.apart(a, b) || !g.identityWork(a) {
			return false
		}
		na, nb := &g.nodes[a], &g.nodes[b]
		if na.shape == 0 || nb.shape == 0 {
			g.loadBoth(a, b)
		}
		ia := &g.info[na.shape]
		if na.shape != nb.shape {
			ib := &g.info[nb.shape]
			return ia.kind == ib.kind && ia.class == classEnum &&
				ia.name == ib.name && (ia.bits|ib.bits)&infoEmpty != 0
		}
		switch ia.kind {
		case btf.KindStruct, btf.KindUnion, btf.KindFuncProto:
			return g.identicalEdges(a, b, depth)
		case btf.KindArray:
			return !g.opts.compat.AtLeast(libbpf.V19) || g.identicalEdges(a, b, depth)
		case btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindPtr,
			btf.KindTypedef, btf.KindFunc, btf.KindTypeTag:
			a, b = g.edges[na.start], g.edges[nb.start]
		case btf.KindVar, btf.KindDatasec, btf.KindDeclTag, btf.KindLocProto, btf.KindLocsec:
			return false
		default:
			return true
		}
		if lap++; (pair{a, b}) == tortoise {
			return true
		} else if lap == power {
			tortoise, power, lap = pair{a, b}, 2*power, 0
		}
	}
}

// identityWork counts a pair. It reports false if there were too many.
func (g *graph) identityWork(id uint32) bool {
	check := &g.cmp.ident
	if check.work++; check.work%spendOften == 0 {
		g.spend(spendOften)
		check.err = g.checkWork(id)
	}
	return check.err == nil
}

// identicalEdges compares the references of two nodes of equal shape.
func (g *graph) identicalEdges(a, b uint32, depth int) bool {
	check := &g.cmp.ident
	key := identKey{a, b, depth}
	if check.work > memoFrom {
		if ok, found := check.memo[key]; found {
			return ok
		}
	}
	ok := true
	other := g.edgesOf(&g.nodes[b])
	for i, e := range g.edgesOf(&g.nodes[a]) {
		if e != other[i] && !g.identical(e, other[i], depth-1) {
			ok = false
			break
		}
	}
	if check.work > memoFrom {
		if check.memo == nil {
			check.memo = make(map[identKey]bool)
		}
		check.memo[key] = ok
	}
	return ok
}

// seenAt returns the lowest depth that a pair was seen at.
func (c *identCheck) seenAt(p pair) int {
	if c.work <= memoFrom {
		return identDepth + 1
	}
	if depth, ok := c.seen[p]; ok {
		return depth
	}
	return identDepth + 1
}

func (c *identCheck) see(p pair, depth int) {
	if c.work <= memoFrom {
		return
	}
	if c.seen == nil {
		c.seen = make(map[pair]int)
	}
	c.seen[p] = min(depth, c.seenAt(p))
}
