package distill_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/internal/splittest"
	"github.com/gopahole/gopahole/libbpf"
)

// FuzzDistill: the distilled base has what it may have, the own types keep
// their kinds and names, and both can be written and read.
func FuzzDistill(f *testing.F) {
	for _, g := range goldens(f) {
		if g.base.Base() == nil {
			f.Add(g.base.Bytes(), g.split.Bytes())
		}
	}
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 10))
		base := splittest.Types(rng, nil)
		f.Add(base.Bytes(), splittest.Types(rng, base).Bytes())
	}
	f.Fuzz(func(t *testing.T, baseRaw, raw []byte) {
		old, err := btf.ParseLoose(baseRaw, nil)
		if err != nil {
			return
		}
		types, err := btf.ParseLoose(raw, old)
		if err != nil {
			return
		}
		for _, compat := range libbpf.All() {
			fuzzOne(t, types, compat)
		}
	})
}

// fuzzOne tests what FuzzDistill promises, with one libbpf.
func fuzzOne(t *testing.T, types *btf.Types, compat libbpf.Version) {
	base, split, err := distill.Distill(types, distill.Options{Compat: compat})
	if err != nil {
		if base != nil || split != nil {
			t.Fatal("types and an error")
		}
		return
	}
	for id := btf.ID(1); id < base.NumIDs(); id++ {
		rec := base.Record(id)
		switch btf.KindOf(rec[1]) {
		case btf.KindInt, btf.KindFloat, btf.KindFwd:
		case btf.KindStruct, btf.KindUnion, btf.KindEnum:
			if len(rec) != 3 || btf.KindFlag(rec[1]) {
				t.Fatalf("[%d] has more than a size", id)
			}
		default:
			t.Fatalf("[%d] is a %v", id, btf.KindOf(rec[1]))
		}
	}
	for id := types.FirstID(); id < types.NumIDs(); id++ {
		to := id - types.FirstID() + split.FirstID()
		if btf.KindOf(split.Record(to)[1]) != btf.KindOf(types.Record(id)[1]) || split.Name(to) != types.Name(id) {
			t.Fatalf("[%d] became [%d]", id, to)
		}
	}
	again, err := btf.Parse(base.Bytes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	splitAgain, err := btf.Parse(split.Bytes(), again)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Bytes(), base.Bytes()) || !bytes.Equal(splitAgain.Bytes(), split.Bytes()) {
		t.Fatal("written again, the blobs differ")
	}
}
