package splittest

import (
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// Same compares split types with what became of them by distilling and
// relocating them onto their own base again, and returns the first difference.
// The own types of a come first in b, in their order; what b has after them
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
		plainA, refsA, namesA := split(a, ra)
		plainB, refsB, namesB := split(b, rb)
		if !slices.Equal(plainA, plainB) {
			return fmt.Errorf("[%d]: %#x became %#x", p.a, plainA, plainB)
		}
		if !slices.Equal(namesA, namesB) {
			return fmt.Errorf("[%d]: names %q became %q", p.a, namesA, namesB)
		}
		for i := range refsA {
			todo = append(todo, pair{refsA[i], refsB[i]})
		}
	}
	return nil
}

// split takes a record apart: the words that say the same in any BTF, and what it
// refers to and is called.
func split(t *btf.Types, rec btf.Record) (plain btf.Record, refs []btf.ID, names []string) {
	plain = slices.Clone(rec)
	plain.MapRefs(func(ref btf.ID) btf.ID {
		refs = append(refs, ref)
		return 0
	})
	plain.MapNames(func(off btf.StrOff) btf.StrOff {
		s, _ := t.String(off)
		names = append(names, s)
		return 0
	})
	return plain, refs, names
}
