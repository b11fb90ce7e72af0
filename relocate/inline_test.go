package relocate_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/internal/splittest"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/relocate"
)

// A module with BTF inline, and a kernel.
const (
	inlineDistilled = `[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] STRUCT 'task' size=8 vlen=0
`
	inlineModule = `[3] PTR '(anon)' type_id=2
[4] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1
	'task' type_id=3
[5] FUNC 'kept' type_id=4 linkage=static
`
	inlineInline = `[6] FUNC_PROTO '(anon)' ret_type_id=0 vlen=2
	'task' type_id=3
	'flags' type_id=1
[7] LOC_PARAM '(anon)' size=8 flags=0x8 vlen=1 values='reg5'
[8] LOC_PROTO '(anon)' vlen=1
	type_id=7 value='reg5'
[9] LOC_PROTO '(anon)' vlen=2
	type_id=0 value='unavailable'
	type_id=7 value='reg5'
[10] LOCSEC '.text' vlen=2
	name='kept' func_type_id=5 loc_proto_type_id=8 offset=3
	name='gone' func_type_id=11 loc_proto_type_id=9 offset=5
[11] FUNC 'gone' type_id=6 linkage=static
`
	inlineKernel = `[1] FLOAT 'float' size=4
[2] STRUCT 'task' size=16 vlen=1
	'm' type_id=5 bits_offset=0
[3] FLOAT 'flags' size=8
[4] PTR '(anon)' type_id=2
[5] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[6] TYPEDEF 'kept' type_id=5
`
	inlineMovedModule = `[7] PTR '(anon)' type_id=2
[8] FUNC_PROTO '(anon)' ret_type_id=5 vlen=1
	'task' type_id=7
[9] FUNC 'kept' type_id=8 linkage=static
`
	inlineMoved = `[10] FUNC_PROTO '(anon)' ret_type_id=0 vlen=2
	'task' type_id=7
	'flags' type_id=5
[11] LOC_PARAM '(anon)' size=8 flags=0x8 vlen=1 values='reg5'
[12] LOC_PROTO '(anon)' vlen=1
	type_id=11 value='reg5'
[13] LOC_PROTO '(anon)' vlen=2
	type_id=0 value='unavailable'
	type_id=11 value='reg5'
[14] LOCSEC '.text' vlen=2
	name='kept' func_type_id=9 loc_proto_type_id=12 offset=3
	name='gone' func_type_id=15 loc_proto_type_id=13 offset=5
[15] FUNC 'gone' type_id=10 linkage=static
`
)

// TestInline moves BTF inline with its module: a string of the distilled base, one of
// the module and some of its own, in both byte orders.
func TestInline(t *testing.T) {
	target := relocate.NewTarget(goldentest.Parse(t, inlineKernel, nil))
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		distilled := reorder(t, order, goldentest.Parse(t, inlineDistilled, nil), nil)
		split := reorder(t, order, goldentest.Parse(t, inlineModule, distilled), distilled)
		inline := reorder(t, order, goldentest.Parse(t, inlineInline, split), split).WithLongHeader(true)
		before := string(inline.Bytes())
		module, moved, err := relocate.Inline(inline, target)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(inlineMovedModule+inlineMoved, goldentest.Dump(t, module)+goldentest.Dump(t, moved)); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		if moved.Base() != module || moved.ByteOrder() != order || !moved.HasLongHeader() || module.HasLongHeader() || string(inline.Bytes()) != before {
			t.Error("base, form or input differ")
		}
		alone, err := relocate.Relocate(split, target)
		if err != nil || string(alone.Bytes()) != string(module.Bytes()) {
			t.Errorf("the module by itself: %v", err)
		}
	}
}

func TestInlineErrors(t *testing.T) {
	kernelTypes := goldentest.Parse(t, inlineKernel, nil)
	target := relocate.NewTarget(kernelTypes)
	distilled := goldentest.Parse(t, inlineDistilled, nil)
	split := goldentest.Parse(t, inlineModule, distilled)
	for _, types := range []*btf.Types{distilled, split} {
		if _, _, err := relocate.Inline(types, target); !errors.Is(err, relocate.ErrNotSplit) {
			t.Errorf("%v", err)
		}
	}
	other := relocate.NewTarget(goldentest.Parse(t, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n", nil))
	if _, _, err := relocate.Inline(goldentest.Parse(t, inlineInline, split), other); err == nil || !strings.Contains(err.Error(), "'task' [2] is not mapped") {
		t.Errorf("a kernel without a type: %v", err)
	}
	member := goldentest.Parse(t, "[1] UNION 'u' size=4 vlen=0\n[2] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n", nil)
	words := slices.Clone(member.Words())
	withString, err := btf.New(nil, nil, words[3:], member.Strings()) // 'u' is a string, and no type has it
	if err != nil {
		t.Fatal(err)
	}
	module := goldentest.Parse(t, "[2] PTR '(anon)' type_id=1\n", withString)
	refusal := new(relocate.Error)
	if _, _, err := relocate.Inline(goldentest.Parse(t, "[3] LOCSEC 'u' vlen=0\n", module), target); !errors.As(err, &refusal) ||
		refusal.Errno != kernel.ENOENT || refusal.ID != 3 {
		t.Errorf("a string without a counterpart: %v", err)
	}
	raw := btf.Info(41, 0, false)
	b := goldentest.Parse(t, "[3] LOC_PROTO '(anon)' vlen=0\n", module).WithFullLayout().Bytes()
	layout := make([]byte, 42*4)
	b = slices.Concat(b[:32+12], layout)
	binary.LittleEndian.PutUint32(b[32+4:], raw)
	for at, v := range map[int]uint32{16: 12 + 42*4, 20: 0, 24: 12, 28: 42 * 4} {
		binary.LittleEndian.PutUint32(b[at:], v)
	}
	unknown, err := btf.Parse(b, module)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := relocate.Inline(unknown, target); !errors.As(err, &refusal) || refusal.Errno != kernel.EINVAL || refusal.ID != 3 {
		t.Errorf("an unknown kind: %v", err)
	}
}

// TestInlineIsSplit: types that are split from a module's become what they would become
// as more types of the module, where those change nothing for it.
func TestInlineIsSplit(t *testing.T) {
	compared := 0
	for seed := range splittest.Rounds(t, 2000) {
		rng := rand.New(rand.NewPCG(uint64(seed), 21))
		c := splittest.Relocation(rng)
		target := relocate.NewTarget(c.Target)
		inline := withLocations(t, rng, splittest.Types(rng, c.Split))
		whole, err := btf.New(nil, c.Distilled, slices.Concat(c.Split.Words(), inline.Words()), slices.Concat(c.Split.Strings(), inline.Strings()))
		if err != nil {
			t.Fatal(err)
		}
		module, moved, err := relocate.Inline(inline, target)
		alone, wholeErr := relocate.Relocate(whole, target)
		if !sameMatches(t, c.Split, whole, target) {
			continue
		}
		if (err != nil) != (wholeErr != nil) {
			t.Fatalf("seed %d: %v, as one %v", seed, err, wholeErr)
		}
		if err != nil {
			continue
		}
		compared++
		if !slices.Equal(slices.Concat(module.Words(), moved.Words()), alone.Words()) ||
			!slices.Equal(slices.Concat(module.Strings(), moved.Strings()), alone.Strings()) {
			t.Fatalf("seed %d: (-as one +got)\n%s", seed, cmp.Diff(goldentest.Dump(t, alone), goldentest.Dump(t, module)+goldentest.Dump(t, moved)))
		}
	}
	if compared == 0 {
		t.Error("nothing was compared")
	}
	t.Logf("%d compared", compared)
}

// withLocations adds locations to types, and where their functions were inlined.
func withLocations(t testing.TB, rng *rand.Rand, types *btf.Types) *btf.Types {
	b := btf.NewBuilder(nil, types.Base())
	b.AddTypes(types)
	param := b.AddLocParam(8, btf.LocReg, rng.Uint32())
	var sites []btf.LocSite
	for id, rec := range types.All() {
		if rec.Kind() != btf.KindFunc {
			continue
		}
		params := slices.Repeat([]btf.ID{param}, types.Record(rec.Type()).Vlen())
		sites = append(sites, btf.LocSite{Func: id, Proto: b.AddLocProto(params...), Offset: rng.Uint32()})
	}
	b.AddLocsec(".text", sites...)
	result, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// sameMatches reports whether the distilled types are matched alike for both.
func sameMatches(t *testing.T, a, b *btf.Types, target *relocate.Target) bool {
	ra, err1 := relocate.Check(a, target)
	rb, err2 := relocate.Check(b, target)
	if err1 != nil || err2 != nil || ra.Outcome != rb.Outcome {
		return false
	}
	for id := btf.ID(1); id < a.FirstID(); id++ {
		ida, oka := ra.NewID(id)
		idb, okb := rb.NewID(id)
		if ida != idb || oka != okb {
			return false
		}
	}
	return true
}

// FuzzInline: BTF inline of any bytes is moved, or there is an error. What is moved keeps
// its kinds, names and values, and refers to what its references became.
func FuzzInline(f *testing.F) {
	distilled := goldentest.Parse(f, inlineDistilled, nil)
	split := goldentest.Parse(f, inlineModule, distilled)
	f.Add(distilled.Bytes(), split.Bytes(), goldentest.Parse(f, inlineInline, split).Bytes(), goldentest.Parse(f, inlineKernel, nil).Bytes())
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 22))
		c := splittest.Relocation(rng)
		f.Add(c.Distilled.Bytes(), c.Split.Bytes(), withLocations(f, rng, splittest.Types(rng, c.Split)).Bytes(), c.Target.Bytes())
	}
	f.Fuzz(func(t *testing.T, distilledRaw, splitRaw, inlineRaw, targetRaw []byte) {
		var err error
		parse := func(raw []byte, base *btf.Types) (types *btf.Types) {
			if err == nil {
				types, err = btf.ParseLoose(raw, base)
			}
			return types
		}
		distilled := parse(distilledRaw, nil)
		split := parse(splitRaw, distilled)
		inline := parse(inlineRaw, split)
		types := parse(targetRaw, nil)
		if err != nil {
			return
		}
		target := relocate.NewTarget(types)
		module, moved, err := relocate.Inline(inline, target)
		if err != nil {
			if module != nil || moved != nil {
				t.Fatal("types and an error")
			}
			return
		}
		r, err := relocate.Check(split, target)
		if err != nil {
			t.Fatal(err)
		}
		shift := module.NumIDs() - split.NumIDs()
		for id, rec := range inline.Own() {
			to := moved.Record(id + shift)
			if to.Info() != rec.Info() || to.SizeOrType() != rec.SizeOrType() && !rec.Kind().HasRef() {
				t.Fatalf("[%d] became %x", id, to)
			}
			refs, names := slices.Collect(to.Refs()), slices.Collect(to.Names())
			for ref := range rec.Refs() {
				want := ref + shift
				if ref < split.NumIDs() {
					want, _ = r.NewID(ref)
				}
				if refs[0] != want {
					t.Fatalf("[%d]: [%d] became [%d], not [%d]", id, ref, refs[0], want)
				}
				refs = refs[1:]
			}
			for off := range rec.Names() {
				old, _ := inline.String(off)
				if name, ok := moved.String(names[0]); !ok || name != old {
					t.Fatalf("[%d]: name %q became %q", id, old, name)
				}
				names = names[1:]
			}
		}
		if _, err := btf.Parse(moved.Bytes(), module); err != nil {
			t.Fatal(err)
		}
	})
}
