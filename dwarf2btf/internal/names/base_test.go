package names

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
	want := map[string]ID{}
	for range 2000 {
		name := make([]byte, 1+rng.IntN(40))
		for i := range name {
			name[i] = byte(1 + rng.IntN(255)>>rng.IntN(8)) // many short names are there twice
		}
		if _, found := want[string(name)]; !found {
			want[string(name)] = ID(len(text))
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
	want["upper"], want["int"] = ID(len(text)), ID(len(text)+len("upper")+1)
	table := NewTable(NewBase(upper))
	for name, id := range want {
		if got := table.Intern([]byte(name)); got != id || string(table.Bytes(id)) != name || table.Size(id) != len(name) {
			t.Fatalf("%q: %d, want %d, which is %q of %d bytes", name, got, id, table.Bytes(id), table.Size(id))
		}
		for _, other := range []string{name[1:], name[:len(name)-1], name + "x"} {
			if _, found := want[other]; found || other == "" {
				continue
			}
			id := table.Intern([]byte(other))
			if id < ID(upper.StringEnd()) || string(table.Bytes(id)) != other {
				t.Fatalf("%q: %d, which is %q", other, id, table.Bytes(id))
			}
		}
	}
	own := table.Intern([]byte("own"))
	table.Reset()
	if table.Intern([]byte("other")) != ID(upper.StringEnd())+1 || table.Intern([]byte("own")) == own {
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
	n := NewBase(types)
	if off := n.find(n.seed.Hash([]byte("a")), []byte("a")); off != 1 {
		t.Error(fmt.Sprint("found at ", off))
	}
}
