package nametable_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/nametable"
)

// TestTable has names at several offsets, in a base and in what is split from it, the end of one
// as another one, and the name that is empty. It counts them as a map would.
func TestTable(t *testing.T) {
	var base, split strings.Builder
	base.WriteByte(0)
	for i := range 500 {
		fmt.Fprintf(&base, "%s%d\x00", strings.Repeat("x", i%20), i/3)
		fmt.Fprintf(&split, "%s%d\x00", strings.Repeat("x", i%30), i/2)
	}
	below, err := btf.New(nil, nil, nil, []byte(base.String()))
	if err != nil {
		t.Fatal(err)
	}
	types, err := btf.New(nil, below, nil, []byte(split.String()))
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []int{0, 40, 5000} {
		table, want := nametable.New(types, room), make(map[string]uint32)
		for range 2 {
			for off := range types.StringEnd() {
				name, _ := types.String(off)
				at := table.At(off)
				if *at != want[name] {
					t.Fatalf("%q at %d: %d, want %d", name, off, *at, want[name])
				}
				*at++
				want[name]++
			}
		}
	}
}
