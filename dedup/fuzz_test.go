package dedup

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/unitgen"
	"github.com/gopahole/gopahole/libbpf"
)

// FuzzDedup feeds any BTF that parses. Dedup must end, keep the names of
// structs, unions and functions, and find next to nothing in its own result.
func FuzzDedup(f *testing.F) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 7))
		base := unitgen.Types(f, rng, nil, []*unitgen.Unit{unitgen.RandomUnit(rng, 8)})
		own := unitgen.Types(f, rng, base, []*unitgen.Unit{unitgen.RandomUnit(rng, 12)})
		f.Add(base.Bytes(), own.Bytes())
		f.Add([]byte(nil), base.Bytes())
	}
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 9))
		unit := func() []*unitgen.Unit {
			u := unitgen.RandomUnit(rng, 6)
			unitgen.AddLocations(rng, u)
			return []*unitgen.Unit{u}
		}
		base := unitgen.Types(f, rng, nil, unit())
		f.Add(base.Bytes(), unitgen.Types(f, rng, base, unit()).Bytes())
	}
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 8))
		f.Add([]byte(nil), unitgen.Types(f, rng, nil, unitgen.IdentityUnits(rng)).Bytes())
	}
	f.Fuzz(func(t *testing.T, base, own []byte) {
		if len(base)+len(own) > 1<<16 {
			return
		}
		if len(base) == 0 {
			base = nil
		}
		in, err := unitgen.Input{Base: base, Own: own}.Parse()
		if err != nil {
			return
		}
		for _, compat := range libbpf.All() {
			fuzzOne(t, in, compat)
		}
	})
}

// fuzzOne tests what FuzzDedup promises, with one libbpf.
func fuzzOne(t *testing.T, in *btf.Types, compat libbpf.Version) {
	out, err := Dedup(context.Background(), in, Options{Compat: compat})
	if err != nil {
		return
	}
	if out.NumIDs() > in.NumIDs() {
		t.Errorf("%d types became %d", in.NumIDs(), out.NumIDs())
	}
	lost := definitions(in)
	for name := range definitions(out) {
		delete(lost, name)
	}
	if in.Base() != nil {
		for b := in.Base(); b != nil; b = b.Base() {
			for name := range definitions(b) {
				delete(lost, name)
			}
		}
	}
	for name := range lost {
		t.Errorf("%v is lost", name)
	}
	reparsed, err := btf.Parse(out.Bytes(), in.Base())
	if err != nil {
		t.Fatalf("the result does not parse: %v", err)
	}
	if sections(out) != sections(in) {
		t.Errorf("%d LOCSECs became %d", sections(in), sections(out))
	}
	again, err := Dedup(context.Background(), reparsed, Options{KeepStrings: true, Compat: compat})
	if err != nil {
		t.Fatalf("the result is refused: %v", err)
	}
	if again.NumIDs() > out.NumIDs() {
		t.Errorf("%d types became %d in the second round", out.NumIDs(), again.NumIDs())
	}
	if in.Base() == nil && again.NumIDs() == out.NumIDs() && !bytes.Equal(again.Bytes(), out.Bytes()) {
		t.Error("the second round finds no duplicates but changes the result")
	}
}

// sections counts the LOCSECs, which are never merged.
func sections(t *btf.Types) (n int) {
	for _, rec := range t.Own() {
		if rec.Kind() == btf.KindLocsec {
			n++
		}
	}
	return n
}

type definition struct {
	kind btf.Kind
	name string
}

// definitions returns the named types that cannot become part of another kind.
func definitions(t *btf.Types) map[definition]bool {
	all := make(map[definition]bool)
	for id := t.FirstID(); id < t.NumIDs(); id++ {
		rec := t.Record(id)
		switch kind := btf.KindOf(rec[1]); kind {
		case btf.KindInt, btf.KindStruct, btf.KindUnion, btf.KindTypedef, btf.KindFunc, btf.KindVar, btf.KindDatasec, btf.KindFloat:
			if name := t.Name(id); name != "" {
				all[definition{kind, name}] = true
			}
		}
	}
	return all
}
