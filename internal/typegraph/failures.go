package typegraph

// failures remembers pairs of types that no comparison can find equal (deferred mode).
//
// Why: a base made with other options or by another encoder differs from the
// module in a few core types. Every struct that leads to one of those is found
// unequal to its counterpart, each after a walk through thousands of types, in
// every unit again.
//
// Steps with modules of Debian 6.12 encoded by pahole 1.32 and Debian's
// vmlinux, whose BTF is of pahole 1.30, which writes nested arrays in another
// way: nfsd 14.8 -> 7.9 million, mlx5_core 4.7 -> 2.0 million,
// nf_conntrack_h323 325 -> 6 thousand.
//
// A pair (x, y) is noted if a path of references, the same on both sides, leads
// to two types that differ in name, in kind or, neither being a FWD or enum, in
// shape. The path passes through types of equal shape, not through arrays, and
// without a FWD being replaced by what it is bound to. These are facts about
// the types as they were added, and never change.
//
// What was accepted so far implies no such pair. Take as related the types that
// stand for one another, the pairs that accepted comparisons visited, and those
// that an identity check accepted. Then related types have the same name and
// kind, and, FWDs aside, the same shape; and types they refer to at the same
// place are related again, save in arrays, whose elements the identity check
// does not look at (up to libbpf 1.8). That is what the comparison and the identity check test
// pair by pair. Only a FWD refers to nothing: it is related to the one struct
// that it is bound to, and through that to all others. So along the path from
// a related pair there are related pairs up to its end, and those do not differ.
//
// It follows that a comparison which is to explore a noted pair fails, whatever
// has been bound before: of the pairs on the path none is resolved to the same
// type, and if the identity check lets a copy take the place of the current
// side's type, the copy has the same path.
//
// What breaks the argument is a FWD that is bound to one struct and accepted
// against another of its name (adopt lets that pass, as libbpf does): then the
// two structs are related, but were never compared. Such names are tainted, and
// paths must not pass through types of tainted names. Likewise nothing is noted
// if there are FWDs that are equal but not merged, or unnamed.
type failures struct {
	pairs   map[pair]struct{}
	canon   []uint64            // bit set of the canonical sides
	tainted map[uint32]struct{} // names of FWDs with two bindings
	off     bool                // the base has equal FWDs
}

// FailureSteps is the number of steps from which on a failure is noted. Tests
// change it.
var FailureSteps = 32

// maxFailures bounds the memory for pairs.
const maxFailures = 1 << 20

// has reports whether no comparison of cur and canon can succeed.
func (f *failures) has(cur, canon uint32) bool {
	if f.pairs == nil || f.canon[canon/64]>>(canon%64)&1 == 0 {
		return false
	}
	_, found := f.pairs[pair{cur, canon}]
	return found
}

func (f *failures) add(cur, canon uint32) {
	f.pairs[pair{cur, canon}] = struct{}{}
	f.canon[canon/64] |= 1 << (canon % 64)
}

func (f *failures) reset() {
	f.pairs, f.tainted = nil, nil
	clear(f.canon)
}

// taint notes that a FWD of this name was accepted against another type than it
// is bound to.
func (f *failures) taint(name uint32) {
	if _, found := f.tainted[name]; found {
		return
	}
	if f.tainted == nil {
		f.tainted = make(map[uint32]struct{})
	}
	f.tainted[name] = struct{}{}
	if len(f.pairs) > 0 {
		f.pairs = nil
		clear(f.canon)
	}
}

// maxTainted is the number of names after which it is not worth while to begin
// anew.
const maxTainted = 1 << 10

// noteWork is the work of noting a pair: as much as of comparing so many.
const noteWork = 4

// noteFailure remembers why a comparison failed after some steps: at the pair
// cur and canon, which was reached from the binding with the given index.
func (g *graph) noteFailure(cur, canon, from uint32, steps int) {
	f := &g.cmp.failed
	if steps < FailureSteps || !g.opts.deferred || g.classes != nil || f.off || len(f.tainted) > maxTainted || g.table.anonFwd || len(f.pairs) >= maxFailures {
		return
	}
	a, b := &g.info[g.nodes[cur].shape], &g.info[g.nodes[canon].shape]
	if !f.has(cur, canon) && a.name == b.name && sigKind(a) == sigKind(b) &&
		!(a.plain && b.plain && g.nodes[cur].shape != g.nodes[canon].shape) {
		return
	}
	if f.pairs == nil {
		f.pairs = make(map[pair]struct{})
	}
	if n := len(g.nodes)/64 + 1; n > len(f.canon) {
		f.canon = make([]uint64, n)
	}
	for {
		if info := &g.info[g.nodes[cur].shape]; info.class == classStruct && info.name != 0 {
			if _, found := f.tainted[info.name]; found {
				return
			}
		}
		f.add(cur, canon)
		g.spend(noteWork)
		if from == noPath {
			return
		}
		parent := g.cmp.bound[from]
		cur, canon, from = g.nodes[parent.canon].hypot, parent.canon, parent.from
	}
}
