package typegraph

import (
	"slices"
	"sync"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// Types of a snapshot are read while others are added, and stay what they are.
func TestSnapshot(t *testing.T) {
	shapes := NewShapes()
	g := NewIncremental(shapes, IncrementalOptions{})
	integer := shapes.Intern([]uint32{1, btf.Info(btf.KindInt, 0, false), 4, 32})
	pointer := shapes.Intern([]uint32{0, btf.Info(btf.KindPtr, 0, false), 0})
	add := func(n int) {
		u := Unit{Shapes: []Shape{integer}, Start: []uint32{0, 0}}
		for i := range n { // a pointer to the pointer before
			u.Shapes = append(u.Shapes, pointer)
			u.Edges = append(u.Edges, Local(uint32(i+1)))
			u.Start = append(u.Start, uint32(len(u.Edges)))
		}
		if err := g.Add(&u); err != nil {
			t.Error(err)
		}
	}
	add(50)
	f, n := g.Snapshot(), g.NumIDs()
	var reader sync.WaitGroup
	reader.Go(func() {
		for id := range n {
			sh, edges := f.Node(id)
			var want Shape
			var to []uint32
			switch id {
			case 0:
			case 1:
				want = integer
			default:
				want, to = pointer, []uint32{id - 1}
			}
			if sh != want || !slices.Equal(edges, to) {
				t.Errorf("type %d: shape %d, references %v, want %d, %v", id, sh, edges, want, to)
			}
		}
	})
	for k := range 40 {
		add(50 * k)
	}
	reader.Wait()
}
