package typegraph

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/unitgen"
)

// asBase makes the types of a result into a base.
func (r *Result) asBase(t *testing.T, shapes *Shapes) *Base {
	t.Helper()
	edges := make([]Ref, len(r.Edges))
	for i, id := range r.Edges {
		edges[i] = Local(id)
	}
	return baseOf(t, shapes, &Unit{Shapes: r.Shapes, Start: r.Start, Edges: edges})
}

// baseOf makes the types of a unit into a base. What cannot be in a base, such as
// references that make no sense, is in it all the same.
func baseOf(t *testing.T, shapes *Shapes, u *Unit) *Base {
	t.Helper()
	var words, edges []uint32
	for i, sh := range u.Shapes {
		edges = edges[:0]
		for _, r := range u.Edges[u.Start[i]:u.Start[i+1]] {
			edges = append(edges, r.Number())
		}
		words = AppendRecord(words, shapes.Words(sh), edges, func(n uint32) uint32 { return n })
	}
	const names = 1 << 16 // name identities are below
	blob := []byte{0x9f, 0xeb, 1, 0}
	for _, n := range []int{24, 0, 4 * len(words), 4 * len(words), names} {
		blob = binary.LittleEndian.AppendUint32(blob, uint32(n))
	}
	for _, w := range words {
		blob = binary.LittleEndian.AppendUint32(blob, w)
	}
	types, err := btf.ParseLoose(append(blob, make([]byte, names)...), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBase(types)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestResetKeepsNoTypes checks that a graph over a base and its shapes, reset
// together, do not grow with what passes through them, and that results stay those
// of a new graph.
func TestResetKeepsNoTypes(t *testing.T) {
	setFailureSteps(t, 0)
	rng := rand.New(rand.NewPCG(3, 5))
	prog := unitgen.NewProgram(rng, unitgen.ProgramOptions{Structs: 60, Full: 0.5, Dups: 0.2})
	first := NewShapes()
	res, err := run(first, options{deferred: true}, []*Unit{unitOf(prog.Unit(), first), unitOf(prog.Unit(), first)})
	if err != nil {
		t.Fatal(err)
	}
	opts := options{deferred: true, base: res.asBase(t, first)}
	g := NewSplit(opts.base, SplitOptions{})
	shapes := g.Shapes()
	type size struct{ shapes, types, edges, info, first, chains, refined, enums int }
	measure := func() size {
		return size{
			shapes.Len(), len(g.nodes), len(g.edges), len(g.info), len(g.table.first), len(g.table.chains) - len(g.table.spare),
			len(g.table.refined), len(g.enums.byName),
		}
	}
	before := measure()
	lists := 0
	for i := range 200 {
		// Another program each time, on top of some of what the base has.
		other := unitgen.NewProgram(rng, unitgen.ProgramOptions{Structs: 60, Full: 0.5, Dups: 0.2})
		builders := []*unitgen.Unit{prog.Unit(), other.Unit(), other.Unit()}
		units := func(s *Shapes) (list []*Unit) {
			for _, b := range builders {
				list = append(list, unitOf(b, s))
			}
			return list
		}
		got, err := runOn(g, units(shapes))
		if err != nil {
			t.Fatal(err)
		}
		g.Reset()
		fresh := newShapesOver(opts.base)
		want, err := run(fresh, opts, units(fresh))
		if err != nil {
			t.Fatal(err)
		}
		if diff := sameResult(got, want); diff != "" {
			t.Fatalf("round %d: %s", i, diff)
		}
		// The base's candidates are listed when they are met, and stay listed.
		now := measure()
		now.chains = before.chains
		if now != before {
			t.Fatalf("round %d: %+v are left, before it was %+v", i, now, before)
		}
		if i == 100 {
			lists = len(g.table.chains)
		}
	}
	if n := len(g.table.chains); n > lists {
		t.Errorf("%d lists after 200 rounds, %d after 100", n, lists)
	}
}

// TestResetSplitLists has a list of candidates that gets long in one round, so that it
// is searched by signatures. In the next round the prototype that is part of the
// signatures is another shape, and the type of the base has to be found all the same.
func TestResetSplitLists(t *testing.T) {
	base, err := btf.ParseText(`[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] STRUCT 'ops' size=8 vlen=1
	'call' type_id=3 bits_offset=0
[3] PTR '(anon)' type_id=4
[4] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1
	'in_base' type_id=1
`, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBase(base)
	if err != nil {
		t.Fatal(err)
	}
	g := NewSplit(b, SplitOptions{})
	shapes := g.Shapes()
	name := func(s string) uint32 {
		off, ok := base.FindString(s)
		if !ok {
			t.Fatal(s)
		}
		return uint32(off)
	}
	// unit has a struct ops for each prototype, which differ in the parameter's name.
	unit := func(params ...uint32) *Unit {
		u := &Unit{Start: []uint32{0}}
		add := func(words []uint32, refs ...Ref) {
			u.Shapes, u.Edges = append(u.Shapes, shapes.Intern(words)), append(u.Edges, refs...)
			u.Start = append(u.Start, uint32(len(u.Edges)))
		}
		for i, param := range params {
			add(unitgen.Head(name("ops"), btf.KindStruct, 1, false, 8, name("call"), 0), Local(uint32(3*i+2)))
			add(unitgen.PtrWords(), Local(uint32(3*i+3)))
			add(unitgen.Head(0, btf.KindFuncProto, 1, false, 0, param), InGraph(1), InGraph(1))
		}
		return u
	}
	const other = 1000 // names that the base does not have
	for round, params := range [][]uint32{
		{other, other + 1, other + 2, other + 3, other + 4, other + 5, name("in_base")},
		{name("in_base")},
	} {
		res, err := runOn(g, []*Unit{unit(params...)})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := len(res.Shapes), 3*(len(params)-1); got != want {
			t.Errorf("round %d: %d types are left, want %d: all but those of the base", round, got, want)
		}
		g.Reset()
	}
}

// TestReset checks that a graph that was used and reset gives the same results
// as a new one.
func TestReset(t *testing.T) {
	setFailureSteps(t, 0)
	for seed := range unitgen.Rounds(t, 200) {
		rng := rand.New(rand.NewPCG(uint64(seed), 5))
		shapes := NewShapes()
		prog := unitgen.NewProgram(rng, unitgen.Programs[rng.IntN(len(unitgen.Programs))].Opts)
		next := func() *Unit {
			if rng.IntN(3) == 0 {
				return unitOf(unitgen.RandomUnit(rng, 1+rng.IntN(30)), shapes)
			}
			return unitOf(prog.Unit(), shapes)
		}
		opts := options{deferred: true}
		base, err := run(shapes, opts, []*Unit{next(), next(), next()})
		if err != nil {
			continue // a reference loop
		}
		opts.base = base.asBase(t, shapes)
		if seed%4 == 1 { // duplicates in the base
			opts.base = baseOf(t, shapes, next())
		}
		shapes = newShapesOver(opts.base)
		used := newGraph(shapes, opts)
		for range 4 {
			units := []*Unit{next(), next()}
			want, wantErr := run(shapes, opts, units)
			got, err := runOn(used, units)
			used.reset()
			if (err == nil) != (wantErr == nil) {
				t.Fatalf("seed %d: %v, want %v", seed, err, wantErr)
			}
			if err == nil {
				if diff := sameResult(got, want); diff != "" {
					t.Fatalf("seed %d: %s", seed, diff)
				}
			}
		}
	}
}
