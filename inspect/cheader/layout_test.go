package cheader

import (
	"encoding/binary"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// TestAlignChain: one look at the end of a chain of typedefs is one at all of it, as each may be that of a member.
func TestAlignChain(t *testing.T) {
	const n = 1000
	b := btf.NewBuilder(binary.LittleEndian, nil)
	id := b.AddInt("int", 4, 0)
	for range n {
		id = b.AddTypedef("t", id)
	}
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	l := newLayouts(types, 8)
	if got := l.align(id); got != 4 {
		t.Errorf("an alignment of %d", got)
	}
	for id := range btf.ID(n + 2) {
		if k := l.known[id]; id > 0 && (!k.known() || k.align() != 4 || k.packed()) {
			t.Fatalf("%d: %x", id, k)
		}
	}
}
