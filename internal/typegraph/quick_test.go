package typegraph

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// TestLongLists has types that are the same in what the indexes of a base hash first: structs
// of one name, and prototypes that differ in a parameter that is not looked at. Each of them is
// found, in few steps.
func TestLongLists(t *testing.T) {
	for _, tt := range []struct {
		n    int
		long bool
	}{{longList / 2, false}, {longList * 20, true}} {
		b := btf.NewBuilder(nil, nil)
		i := b.AddInt("int", 4, btf.EncodingSigned)
		for k := range tt.n {
			p := b.AddPtr(b.AddStruct("s", uint32(4*k+4), btf.Member{Name: "m", Type: i, Offset: uint32(32 * k)}))
			params := make([]btf.Param, 8)
			for at := range params {
				params[at].Type = i
			}
			params[2].Type = p
			b.AddFuncProto(i, params...)
		}
		types, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		base, err := NewBase(types)
		if err != nil {
			t.Fatal(err)
		}
		g := NewSplit(base, SplitOptions{})
		u := &Unit{Start: []uint32{0}}
		for _, rec := range types.Own() {
			words, edges := SplitRecord(nil, nil, rec)
			u.Shapes = append(u.Shapes, g.Shapes().Intern(words))
			for _, e := range edges {
				u.Edges = append(u.Edges, Local(e))
			}
			u.Start = append(u.Start, uint32(len(u.Edges)))
		}
		if err := g.Add(u); err != nil {
			t.Fatal(err)
		}
		res, err := g.Finish(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Shapes) != 0 {
			t.Errorf("%d types: %d are left, which the base has", tt.n, len(res.Shapes))
		}
		for i, id := range res.Final {
			if id != uint32(i+1) {
				t.Fatalf("%d types: [%d] became [%d]", tt.n, i+1, id)
			}
		}
		if contents, refs := base.contents.long.Load(), base.refs.long.Load(); contents != tt.long || refs != tt.long {
			t.Errorf("%d types: long lists %v and %v, want %v", tt.n, contents, refs, tt.long)
		}
	}
}

// A FUNC_PROTO of a damaged base, whose parameter has a name that does not exist, is not that of
// a module that has given this number to a name of its own.
func TestDamagedProto(t *testing.T) {
	good, err := btf.ParseText("[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	own := uint32(good.StringEnd()) + 5
	proto := []uint32{0, btf.Info(btf.KindFuncProto, 1, false), 1, own, 1}
	raw := good.Bytes()
	types, err := btf.ParseLoose(withWords(good, raw, append(slices.Clone(good.Words()), proto...)), nil)
	if err != nil {
		t.Fatal(err)
	}
	base, err := NewBase(types)
	if err != nil {
		t.Fatal(err)
	}
	g := NewSplit(base, SplitOptions{})
	shape := g.Shapes().Intern([]uint32{0, btf.Info(btf.KindFuncProto, 1, false), 0, own})
	if err := g.Add(&Unit{Shapes: []Shape{shape}, Start: []uint32{0, 2}, Edges: []Ref{InGraph(1), InGraph(1)}}); err != nil {
		t.Fatal(err)
	}
	var damaged *BaseError
	if _, err := g.Finish(context.Background()); !errors.As(err, &damaged) || !g.Damaged() {
		t.Errorf("%v, want a *BaseError", err)
	}
}

// withWords returns the blob of t, which is raw, with other records.
func withWords(t *btf.Types, raw []byte, words []uint32) []byte {
	header := len(raw) - len(t.Text()) - 4*len(t.Words())
	head := raw[:header:header]
	order := binary.LittleEndian
	order.PutUint32(head[12:], uint32(4*len(words)))
	order.PutUint32(head[16:], uint32(4*len(words)))
	for _, w := range words {
		head = order.AppendUint32(head, w)
	}
	return append(head, t.Text()...)
}
