package splittest

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// Same compares split types with what became of them by distilling and
// relocating them onto their own base again, and returns the first difference.
// The own types of a come first in b, in their order; what b has behind them
// are copies of types of the base.
func Same(a, b *btf.Types) error {
	if a.FirstID() != b.FirstID() || a.NumIDs() > b.NumIDs() {
		return fmt.Errorf("types %d to %d became %d to %d", a.FirstID(), a.NumIDs(), b.FirstID(), b.NumIDs())
	}
	type pair struct{ a, b btf.ID }
	seen := make(map[pair]bool)
	var todo []pair
	for id := a.FirstID(); id < a.NumIDs(); id++ {
		todo = append(todo, pair{id, id})
	}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[p] || p.a == p.b && p.a < a.FirstID() {
			continue
		}
		seen[p] = true
		ra, rb := a.Record(p.a), b.Record(p.b)
		switch {
		case p.a == 0 || p.b == 0 || len(ra) != len(rb):
			return fmt.Errorf("[%d] became [%d]", p.a, p.b)
		case p.a >= a.FirstID() && p.a != p.b:
			return fmt.Errorf("own type [%d] became [%d]", p.a, p.b)
		case p.a < a.FirstID() && p.b < a.NumIDs():
			return fmt.Errorf("[%d] of the base became [%d]", p.a, p.b)
		}
		other := make([]bool, len(ra)) // words that are compared by what they stand for
		for _, w := range btf.AppendRefs(nil, ra) {
			other[w] = true
			todo = append(todo, pair{btf.ID(ra[w]), btf.ID(rb[w])})
		}
		for _, w := range btf.AppendNames(nil, ra) {
			other[w] = true
			na, _ := a.String(btf.StrOff(ra[w]))
			nb, _ := b.String(btf.StrOff(rb[w]))
			if na != nb {
				return fmt.Errorf("[%d]: word %d: name '%s' became '%s'", p.a, w, na, nb)
			}
		}
		for w := range ra {
			if !other[w] && ra[w] != rb[w] {
				return fmt.Errorf("[%d]: word %d: %#x became %#x", p.a, w, ra[w], rb[w])
			}
		}
	}
	return nil
}
