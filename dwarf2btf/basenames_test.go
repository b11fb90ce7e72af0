package dwarf2btf

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// Names of a base keep their offsets, the first one where there are several, and
// parts of names are no names. Others follow behind the strings of the base.
func TestBaseNames(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	text := "\x00"
	want := map[string]nameID{}
	for range 2000 {
		name := make([]byte, 1+rng.IntN(40))
		for i := range name {
			name[i] = byte(1 + rng.IntN(255)>>rng.IntN(8)) // many short names are there twice
		}
		if _, found := want[string(name)]; !found {
			want[string(name)] = nameID(len(text))
		}
		text += string(name) + "\x00"
		if rng.IntN(20) == 0 {
			text += "\x00"
		}
	}
	types, err := btf.New(nil, nil, nil, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	upper, err := btf.New(nil, types, nil, []byte("upper\x00int\x00"))
	if err != nil {
		t.Fatal(err)
	}
	want["upper"], want["int"] = nameID(len(text)), nameID(len(text)+len("upper")+1)
	table := newNameTable(newBaseNames(upper))
	for name, id := range want {
		if got := table.intern([]byte(name)); got != id || string(table.bytes(id)) != name || table.size(id) != len(name) {
			t.Fatalf("%q: %d, want %d, which is %q of %d bytes", name, got, id, table.bytes(id), table.size(id))
		}
		for _, other := range []string{name[1:], name[:len(name)-1], name + "x"} {
			if _, found := want[other]; found || other == "" {
				continue
			}
			id := table.intern([]byte(other))
			if id < nameID(upper.StringEnd()) || string(table.bytes(id)) != other {
				t.Fatalf("%q: %d, which is %q", other, id, table.bytes(id))
			}
		}
	}
	own := table.intern([]byte("own"))
	table.reset()
	if table.intern([]byte("other")) != nameID(upper.StringEnd())+1 || table.intern([]byte("own")) == own {
		t.Error("names are left after a reset")
	}
}

// Many equal strings take no more time than others.
func TestEqualBaseNames(t *testing.T) {
	text := "\x00" + strings.Repeat("a\x00", 1<<20)
	types, err := btf.New(nil, nil, nil, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	n := newBaseNames(types)
	if off := n.find(n.seed.Hash([]byte("a")), []byte("a")); off != 1 {
		t.Error(fmt.Sprint("found at ", off))
	}
}
