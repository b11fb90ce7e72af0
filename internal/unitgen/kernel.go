package unitgen

import (
	"math/rand/v2"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// KernelPart takes some types with what they need. Names are string offsets.
func KernelPart(rng *rand.Rand, types *btf.Types) *Unit {
	b := new(Unit)
	local := make(map[btf.ID]uint32)
	fwds := make(map[btf.ID]uint32)
	full := rng.Float64()
	isFull := make(map[btf.ID]bool)
	var ids []btf.ID // of local numbers
	var visit func(id btf.ID, behindPointer bool) uint32
	visit = func(id btf.ID, behindPointer bool) uint32 {
		if id == 0 {
			return 0
		}
		if n := local[id]; n != 0 {
			return n
		}
		rec := types.Record(id)
		kind := rec.Kind()
		if behindPointer && rec.NameOff() != 0 && kind.IsComposite() {
			known, ok := isFull[id]
			if !ok {
				known = rng.Float64() < full/2 && len(ids) < 4000
				isFull[id] = known
			}
			if !known {
				if fwds[id] == 0 {
					fwds[id] = b.Add(Head(uint32(rec.NameOff()), btf.KindFwd, 0, kind == btf.KindUnion, 0))
					ids = append(ids, 0)
				}
				return fwds[id]
			}
		}
		n := fwds[id]
		if n == 0 || !kind.IsComposite() {
			n = b.Add(nil)
			ids = append(ids, id)
		}
		ids[n-1] = id
		local[id] = n
		shape, edges := splitRecord(rec)
		b.Words[n-1], b.Refs[n-1] = shape, edges
		for i, e := range edges {
			through := kind == btf.KindPtr || behindPointer && !kind.IsComposite()
			edges[i] = visit(btf.ID(e), through)
		}
		return n
	}
	for range 1 + rng.IntN(40) {
		id := btf.ID(1 + rng.IntN(int(types.NumIDs()-1)))
		switch types.Record(id).Kind() {
		case btf.KindVar, btf.KindDatasec, btf.KindDeclTag, btf.KindFwd:
			continue
		}
		visit(id, false)
	}
	if rng.IntN(2) == 0 {
		for i := b.Len(); i > 1; i-- {
			b.Swap(i, 1+uint32(rng.IntN(int(i))))
		}
	}
	return b
}

// KernelTypes puts units together to BTF with the strings of types.
func KernelTypes(t testing.TB, types *btf.Types, units []*Unit) *btf.Types {
	t.Helper()
	var words []uint32
	first := uint32(0)
	for _, u := range units {
		for i, shape := range u.Words {
			var edges []uint32
			for _, e := range u.Refs[i] {
				if e != 0 {
					e += first
				}
				edges = append(edges, e)
			}
			words = appendRecord(words, shape, edges)
		}
		first += u.Len()
	}
	own, err := btf.New(nil, nil, words, types.Strings())
	if err != nil {
		t.Fatal(err)
	}
	return own
}
