package diff_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/diff"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/internal/splittest"
)

// compare compares types that may be anything. The same with another numbering are the same,
// and what one direction adds the other one removes.
func compare(t *testing.T, old, new *btf.Types, permuted *btf.Types) {
	t.Helper()
	o := diff.Options{All: true}
	for _, same := range []*btf.Types{old, permuted} {
		changes, err := diff.Compare(old, same, o)
		if err != nil {
			if !isMeant(err) {
				t.Fatal(err)
			}
			return
		}
		if len(changes) > 0 {
			t.Fatalf("the same types differ:\n%s-- types --\n%s", text(changes), goldentest.Dump(t, old))
		}
	}
	forth, err := diff.Compare(old, new, o)
	if err != nil {
		if !isMeant(err) {
			t.Fatal(err)
		}
		return
	}
	back, err := diff.Compare(new, old, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(forth) != len(back) {
		t.Fatalf("%d changes, and %d the other way:\n%s-- back --\n%s", len(forth), len(back), text(forth), text(back))
	}
	balance := make(map[string]int)
	for i := range forth {
		f, b := &forth[i], &back[i]
		count := func(c *diff.Change, of diff.Class, n int) {
			if c.Has(of) {
				balance[c.Title()+" "+string(of)] += n
			}
		}
		count(f, diff.Added, 1)
		count(f, diff.Moved, 1)
		if b.Has(diff.Removed) {
			balance[b.Title()+" "+string(diff.Added)]--
		}
		count(b, diff.Moved, -1)
	}
	for what, n := range balance {
		if n != 0 {
			t.Fatalf("%s: %d more in one direction\n%s-- back --\n%s", what, n, text(forth), text(back))
		}
	}
}

func isMeant(err error) bool {
	return errors.As(err, new(*diff.CycleError)) || errors.As(err, new(*diff.KindError)) || errors.Is(err, diff.ErrWork)
}

// shuffled returns types in another order, which a file that refers to later types may have.
func shuffled(t *testing.T, rng *rand.Rand, types *btf.Types) *btf.Types {
	t.Helper()
	to := make([]btf.ID, types.NumIDs()-types.FirstID())
	for i, n := range rng.Perm(len(to)) {
		to[i] = types.FirstID() + btf.ID(n)
	}
	permuted, err := btf.Permute(types, to)
	if err != nil {
		t.Fatal(err)
	}
	return permuted
}

func TestRandom(t *testing.T) {
	for seed := range splittest.Rounds(t, 1000) {
		rng := rand.New(rand.NewPCG(uint64(seed), 11))
		old, new := splittest.Types(rng, nil), splittest.Types(rng, nil)
		compare(t, old, new, shuffled(t, rng, old))
	}
}

func FuzzCompare(f *testing.F) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 3))
		f.Add(splittest.Types(rng, nil).Bytes(), splittest.Types(rng, nil).Bytes(), seed)
	}
	f.Fuzz(func(t *testing.T, a, b []byte, seed uint64) {
		old, err := btf.Parse(a, nil)
		if err != nil {
			return
		}
		new, err := btf.Parse(b, nil)
		if err != nil {
			return
		}
		compare(t, old, new, shuffled(t, rand.New(rand.NewPCG(seed, 5)), old))
	})
}

// TestRefused has types that are not compared, as nobody could say what they are.
func TestRefused(t *testing.T) {
	for name, types := range map[string]string{
		"pointer":   "[1] PTR '(anon)' type_id=1\n",
		"struct":    "[1] STRUCT '(anon)' size=8 vlen=1\n\t'p' type_id=2 bits_offset=0\n[2] PTR '(anon)' type_id=1\n",
		"prototype": "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n[2] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1\n\t'a' type_id=3\n[3] CONST '(anon)' type_id=2\n",
	} {
		parsed := goldentest.Parse(t, types, nil)
		if _, err := diff.Compare(parsed, parsed, diff.Options{}); !errors.As(err, new(*diff.CycleError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	empty := goldentest.Parse(t, "", nil)
	newer := goldentest.Parse(t, "[1] LOC_PARAM '(anon)' size=4 flags=0x8 vlen=1 values='reg1'\n", nil)
	if _, err := diff.Compare(empty, newer, diff.Options{}); !errors.As(err, new(*diff.KindError)) {
		t.Errorf("a kind that is not compared: %v", err)
	}
}

// TestDeep has types in each other that are far more than anybody looks into.
func TestDeep(t *testing.T) {
	const deep = 1 << 16
	var old, new strings.Builder
	for _, s := range []struct {
		b    *strings.Builder
		size int
	}{{&old, 4}, {&new, 8}} {
		fmt.Fprintf(s.b, "[1] STRUCT '(anon)' size=%d vlen=0\n", s.size)
		for i := 2; i < deep; i++ {
			fmt.Fprintf(s.b, "[%d] STRUCT '(anon)' size=8 vlen=2\n\t'(anon)' type_id=%d bits_offset=0\n\t'(anon)' type_id=%d bits_offset=0\n", i, i-1, i-1)
		}
		fmt.Fprintf(s.b, "[%d] TYPEDEF 't' type_id=%d\n", deep, deep-1)
		fmt.Fprintf(s.b, "[%d] STRUCT 's' size=8 vlen=1\n\t'm' type_id=%d bits_offset=0\n", deep+1, deep-1)
	}
	changes, err := diff.Compare(goldentest.Parse(t, old.String(), nil), goldentest.Parse(t, new.String(), nil), diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := text(changes); strings.Count(got, "too many members") != 2 || len(changes) != 2 {
		t.Errorf("%s", got)
	}
}

// TestOverlappingNames has many types whose names are the ends of a long one.
func TestOverlappingNames(t *testing.T) {
	const n = 1 << 16
	var words []uint32
	for i := range uint32(n) {
		words = append(words, 1+i, btf.Info(btf.KindFloat, 0, false), 4)
	}
	strs := "\x00" + strings.Repeat("a", n) + "\x00"
	types, err := btf.New(nil, nil, words, []byte(strs))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := diff.Compare(types, types, diff.Options{}); !errors.Is(err, diff.ErrWork) {
		t.Errorf("%v", err)
	}
}
