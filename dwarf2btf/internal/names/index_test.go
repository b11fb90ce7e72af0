package names

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/texthash"
)

func textTypes(t *testing.T, n int) *btf.Types {
	t.Helper()
	text := "\x00"
	for i := range n {
		text += fmt.Sprintf("name%d\x00", i)
	}
	types, err := btf.New(nil, nil, nil, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// The index of strings as files have it. If this fails, tables of earlier versions say something
// else now: count up baseindex.Version, and take the new slots.
func TestIndexIsStable(t *testing.T) {
	n := &Base{seed: texthash.SeedOf([2]uint64{1, 3}), text: textTypes(t, 3).Text()}
	want := []uint32{0, 0x81, 0, 0, 0x87, 0, 0, 0x8d}
	if got := newIndex(n).slots; !slices.Equal(got, want) {
		t.Errorf("%#v", got)
	}
}

// With an index, all strings are found and no others, also where the index was damaged.
func TestNewIndexedBase(t *testing.T) {
	const n = 50
	types := textTypes(t, n)
	index := NewBase(types).AppendIndex(nil)
	for at := seedWords; at <= len(index); at++ {
		damaged := slices.Clone(index)
		if at < len(index) {
			damaged[at] ^= 0xffffffff
		}
		b, err := NewIndexedBase(types, damaged)
		if err != nil {
			t.Fatal(err)
		}
		table, found := NewTable(b), 0
		for i := range n + 5 {
			name := fmt.Sprintf("name%d", i)
			if id := table.Intern([]byte(name)); id < table.First() {
				if found++; string(table.Bytes(id)) != name || types.Text()[id-1] != 0 {
					t.Errorf("%s: %d", name, id)
				}
			}
		}
		if at == len(index) && found != n || found > n {
			t.Errorf("%d strings of %d", found, n)
		}
	}
	for _, bad := range [][]uint32{nil, index[:seedWords], index[:len(index)-1], slices.Repeat([]uint32{1}, seedWords+8)} {
		if _, err := NewIndexedBase(types, bad); err == nil {
			t.Errorf("no error for %d words", len(bad))
		}
	}
}
