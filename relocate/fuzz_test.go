package relocate_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/internal/splittest"
	"github.com/gopahole/gopahole/relocate"
)

// thereAndBack distils split types and relocates them onto their own base.
// They are the same types then, or there are reasons why that fails.
func thereAndBack(t *testing.T, split *btf.Types) (relocated bool) {
	t.Helper()
	distilled, over, err := distill.Distill(split, distill.Options{})
	if err != nil {
		return false
	}
	target := relocate.NewTarget(split.Base())
	r, err := relocate.Check(over, target)
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Distilled {
		// A type is found again, if not alone.
		if d := &r.Distilled[i]; d.NumAccepted == 0 && d.State != relocate.Invalid {
			t.Fatalf("[%d] %v '%s' is lost: %v, %s", d.ID, d.Kind, d.Name, d.State, d.Explain())
		}
	}
	for _, d := range r.Defects {
		if d.Kind == relocate.DanglingID || d.Kind == relocate.DanglingName || d.Kind == relocate.UnmappedName {
			t.Fatal(d)
		}
	}
	moved, err := relocate.Relocate(over, target)
	if err != nil {
		if r.OK() {
			t.Fatal(err)
		}
		return false
	}
	if err := splittest.Same(split, moved); err != nil {
		t.Fatalf("%v\n-- base --\n%s-- split --\n%s-- distilled --\n%s-- relocated --\n%s", err,
			goldentest.Dump(t, split.Base()), goldentest.Dump(t, split), goldentest.Dump(t, distilled), goldentest.Dump(t, moved))
	}
	return true
}

func TestThereAndBack(t *testing.T) {
	relocated := 0
	for seed := range splittest.Rounds(t, 2000) {
		rng := rand.New(rand.NewPCG(uint64(seed), 7))
		split := splittest.Types(rng, splittest.Types(rng, nil))
		if seed%4 == 0 {
			split = withLocations(t, rng, split)
		}
		if thereAndBack(t, split) {
			relocated++
		}
	}
	t.Logf("%d relocated", relocated)
	if relocated == 0 {
		t.Error("none relocated")
	}
}

// FuzzThereAndBack is TestThereAndBack for any types that parse.
func FuzzThereAndBack(f *testing.F) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 8))
		base := splittest.Types(rng, nil)
		f.Add(base.Bytes(), splittest.Types(rng, base).Bytes())
	}
	f.Fuzz(func(t *testing.T, baseRaw, raw []byte) {
		base, err := btf.Parse(baseRaw, nil)
		if err != nil {
			return
		}
		if split, err := btf.Parse(raw, base); err == nil {
			thereAndBack(t, split)
		}
	})
}

// FuzzCheck: whatever the types, there is a report, and what it says fits what
// Relocate does.
func FuzzCheck(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(g.Distilled.Bytes(), g.Split.Bytes(), g.Target.Bytes())
	}
	for seed := range uint64(20) {
		c := splittest.Relocation(rand.New(rand.NewPCG(seed, 9)))
		f.Add(c.Distilled.Bytes(), c.Split.Bytes(), c.Target.Bytes())
	}
	f.Fuzz(func(t *testing.T, distilledRaw, splitRaw, targetRaw []byte) {
		distilled, err := btf.ParseLoose(distilledRaw, nil)
		if err != nil {
			return
		}
		split, err := btf.ParseLoose(splitRaw, distilled)
		if err != nil {
			return
		}
		types, err := btf.ParseLoose(targetRaw, nil)
		if err != nil {
			return
		}
		target := relocate.NewTarget(types)
		r, err := relocate.Check(split, target)
		if err != nil {
			t.Fatal(err)
		}
		text(r)
		if (r.Outcome == relocate.Refused) != (r.Refusal != nil) || r.OK() != (r.Refusal == nil && r.Why == "") {
			t.Fatalf("%v: %v, %q", r.Outcome, r.Refusal, r.Why)
		}
		moved, err := relocate.Relocate(split, target)
		switch {
		case err != nil:
			if r.OK() && split.CheckRecords() == nil && distilled.CheckRecords() == nil && types.CheckRecords() == nil {
				t.Fatal(err)
			}
			return
		case r.Outcome == relocate.Refused:
			t.Fatal("relocated all the same")
		}
		if moved.Base() != types || len(moved.Words()) != len(split.Words()) {
			t.Fatal("not the same types on the target")
		}
		for id := split.FirstID(); id < split.NumIDs(); id++ {
			to, _ := r.NewID(id)
			from, rec := split.Record(id), moved.Record(to)
			refs := slices.Collect(rec.Refs())
			for ref := range from.Refs() {
				if want, ok := r.NewID(ref); !ok || len(refs) == 0 || want != refs[0] {
					t.Fatalf("[%d]: [%d] became one of [%d], not [%d]", id, ref, refs, want)
				}
				refs = refs[1:]
			}
		}
	})
}
