package typegraph

import (
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// A pointer of the base passes if what it refers to does, wherever that stands, or if one of the
// types that are added refers to the same type.
func TestSieve(t *testing.T) {
	b := btf.NewBuilder(nil, nil)
	var ids []btf.ID
	add := func(id btf.ID) btf.ID {
		ids = append(ids, id)
		return id
	}
	ptrToLater := add(b.AddPtr(2))
	constOfLater := add(b.AddConst(5))
	other := add(b.AddStruct("other", 0))
	ptrToOther := add(b.AddPtr(other))
	wanted := add(b.AddStruct("wanted", 0))
	direct := add(b.AddStruct("direct", 0))
	ptrToDirect := add(b.AddPtr(direct))
	volatileOf := add(b.AddVolatile(wanted)) // nothing that is added is volatile
	fwd := add(b.AddFwd("fwd", btf.FwdStruct))
	self := add(b.AddPtr(10))
	base, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	split := btf.NewBuilder(nil, base)
	s := split.AddStruct("wanted", 0)
	split.AddPtr(split.AddConst(s))
	split.AddPtr(direct)
	own, err := split.Build()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := NewBase(base)
	if err != nil {
		t.Fatal(err)
	}
	got := whole.newSieve(own.Words()).sift()
	for _, id := range ids {
		want := slices.Contains([]btf.ID{ptrToLater, constOfLater, wanted, direct, ptrToDirect, fwd, self}, id)
		if slices.Contains(got, uint32(id)) != want {
			t.Errorf("[%d] passes: %v, want %v (ptr to other is %d, volatile %d)", id, !want, want, ptrToOther, volatileOf)
		}
	}
}
