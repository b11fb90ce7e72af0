package names

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// baseOf returns a base with these strings.
func baseOf(t *testing.T, text string) *Base {
	t.Helper()
	types, err := btf.New(nil, nil, nil, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return NewBase(types)
}

// Names get the identities of an index of all strings, whether they were expected or not, in
// the table that asks first and in others.
func TestExpect(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 3))
	name := func() string {
		s := make([]byte, rng.IntN(30))
		for i := range s {
			s[i] = "abc"[rng.IntN(3)]
		}
		return []string{"", "same beginning ", "12345678", "1234567"}[rng.IntN(4)] + string(s)
	}
	for round := range 30 {
		var text, first, more strings.Builder
		text.WriteByte(0)
		var all []string
		for range 3000 {
			s := name()
			all = append(all, s)
			if rng.IntN(2) == 0 {
				text.WriteString(s + "\x00")
			}
			switch rng.IntN(16) {
			case 0, 1:
				first.WriteString(s + "\x00")
			case 2:
				more.WriteString(s + "\x00")
			}
		}
		first.WriteString("without an end")
		all = append(all, "without an end", "without a", "1", "12", "123", "1234", "12345678")
		base := baseOf(t, text.String()+strings.Repeat("x", round)+"\x00")
		tables := []*Table{NewTable(base), NewTable(base), NewTable(baseOf(t, base.text))}
		tables[0].Expect([]byte(first.String()), []byte(more.String()))
		tables[1].Expect([]byte(first.String()), []byte(more.String()))
		if tables[0].expected == nil || tables[1].expected != nil {
			t.Fatal("strings are to be looked up for the first table, and for no other")
		}
		for _, s := range all {
			var ids [3]ID
			for i, table := range tables {
				if ids[i] = table.Intern([]byte(s)); string(table.Bytes(ids[i])) != s {
					t.Fatalf("round %d, table %d: %q reads as %q", round, i, s, table.Bytes(ids[i]))
				}
			}
			if ids[0] != ids[2] || ids[1] != ids[2] {
				t.Fatalf("round %d: %q has identities %d, want that of an index", round, s, ids)
			}
		}
		tables[0].Reset()
		if tables[0].expected != nil {
			t.Error("the strings of one input are expected of the next one")
		}
	}
}

// Where it would not pay to look up the strings of an input, all are indexed.
func TestNotExpected(t *testing.T) {
	var short strings.Builder
	short.WriteByte(0)
	for i := range 5000 {
		short.WriteString(fmt.Sprintf("%03x\x00", i&0xfff))
	}
	for _, tt := range []struct {
		name, base string
		strings    int
	}{
		{"few names in the base", "\x00" + strings.Repeat("name\x00", 100), 400},
		{"many short names in the base", short.String(), 10},
	} {
		table := NewTable(baseOf(t, tt.base))
		table.Expect([]byte(strings.Repeat("n\x00", tt.strings)), nil)
		if table.expected != nil {
			t.Errorf("%s: not indexed", tt.name)
		}
	}
}

// All strings of the base may begin like one that is expected.
func TestEqualBeginnings(t *testing.T) {
	text := "\x00" + strings.Repeat("the same 8 bytes and more\x00", 1<<16) + "the same 8 bytes\x00"
	table := NewTable(baseOf(t, text))
	table.Expect([]byte("the same 8 bytes\x00"), nil)
	if id, want := table.Intern([]byte("the same 8 bytes")), len(text)-len("the same 8 bytes\x00"); id != ID(want) {
		t.Errorf("identity %d, want %d", id, want)
	}
}
