package dedup

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/unitgen"
)

// addLocations adds a FUNC and where it was inlined, with locations of few contents.
func addLocations(rng *rand.Rand, b *btf.Builder, sites int) {
	integer := b.AddInt("int", 4, btf.EncodingSigned)
	fn := b.AddFunc("f", btf.LinkageStatic, b.AddFuncProto(0, btf.Param{Name: "a", Type: integer}, btf.Param{Name: "b", Type: integer}))
	var locs []btf.LocSite
	for i := range sites {
		var params [2]btf.ID
		for j := range params {
			switch rng.IntN(4) {
			case 0: // not known
			case 1:
				params[j] = b.AddLocParam(4, btf.LocConst, rng.Uint32N(3))
			default:
				params[j] = b.AddLocParam(4, btf.LocReg|btf.LocDeref|btf.LocOffset, rng.Uint32N(4), rng.Uint32N(2))
			}
		}
		locs = append(locs, btf.LocSite{Func: fn, Proto: b.AddLocProto(params[:]...), Offset: uint32(i)})
	}
	b.AddLocsec(".text", locs...)
}

// TestLocations merges random BTF inline: no two locations or lists of them are equal
// afterwards, sites still say the same, and split from that, nothing but the LOCSEC is
// left of the same again.
func TestLocations(t *testing.T) {
	build := func(b *btf.Builder) *btf.Types {
		t.Helper()
		types, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		out, err := Dedup(context.Background(), types, Options{})
		if err != nil {
			t.Fatal(err)
		}
		sameSites(t, types, out)
		return out
	}
	for seed := range uint64(unitgen.Rounds(t, 100)) {
		b := btf.NewBuilder(nil, nil)
		n := 1 + int(seed)
		addLocations(rand.New(rand.NewPCG(seed, 1)), b, n)
		base := build(b)
		seen := make(map[string]btf.ID)
		for id, rec := range base.Own() {
			if kind := rec.Kind(); kind == btf.KindLocParam || kind == btf.KindLocProto {
				key := fmt.Sprint(rec)
				if seen[key] != 0 {
					t.Fatalf("seed %d: [%d] and [%d] are equal", seed, seen[key], id)
				}
				seen[key] = id
			}
		}
		b = btf.NewBuilder(nil, base)
		addLocations(rand.New(rand.NewPCG(seed, 1)), b, n)
		split := build(b)
		if split.NumIDs() != split.FirstID()+1 || split.Record(split.FirstID()).Kind() != btf.KindLocsec {
			t.Fatalf("seed %d: %d types of what the base has", seed, split.NumIDs()-split.FirstID())
		}
	}
}

// sameSites compares what the LOCSECs of two say, in names and locations.
func sameSites(t *testing.T, a, b *btf.Types) {
	t.Helper()
	text := func(types *btf.Types) (text string) {
		for _, rec := range types.Own() {
			for _, site := range rec.LocSites() {
				text += fmt.Sprintf("%s+%d", types.Name(site.Func), site.Offset)
				for _, id := range types.Record(site.Proto).LocParams() {
					text += fmt.Sprintf(" %v", types.Record(id).LocParam())
				}
			}
		}
		return text
	}
	if ta, tb := text(a), text(b); ta != tb {
		t.Fatalf("%s\nbecame\n%s", ta, tb)
	}
}
