package main

import (
	"os"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// TestRules checks that each rule names one row of DIFFERENCES.md.
func TestRules(t *testing.T) {
	text, err := os.ReadFile("../../DIFFERENCES.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		rows := 0
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "| ") && strings.Contains(line, r.row) {
				rows++
			}
		}
		if r.row == "" || rows == 0 {
			t.Errorf("%s: no row of DIFFERENCES.md has %q", r.name, r.row)
		}
	}
}

// TestCells checks that names are unique, and that the forms to compare with exist.
func TestCells(t *testing.T) {
	all := allCells()
	names := map[string]bool{}
	for _, f := range forms {
		names[f.name] = true
	}
	for _, f := range forms {
		if f.like != "" && !names[f.like] {
			t.Errorf("%s: there is no form %q", f.name, f.like)
		}
	}
	for _, r := range rules {
		if r.like != "" && !names[r.like] {
			t.Errorf("%s: there is no form %q", r.name, r.like)
		}
	}
	if len(all) != len(cells.by) || len(all) < 3000 {
		t.Errorf("%d cells with %d names", len(all), len(cells.by))
	}
}

// TestDescribe: descriptions do not depend on the order of types, and differ where types do.
func TestDescribe(t *testing.T) {
	one := parse(t,
		"[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n[2] STRUCT 's' size=8 vlen=1\n\t'a' type_id=3 bits_offset=0\n[3] PTR '(anon)' type_id=1\n")
	other := parse(t,
		"[1] PTR '(anon)' type_id=2\n[2] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n[3] STRUCT 's' size=8 vlen=1\n\t'a' type_id=1 bits_offset=0\n")
	changed := parse(t,
		"[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n[2] STRUCT 's' size=8 vlen=1\n\t'a' type_id=3 bits_offset=0\n[3] PTR '(anon)' type_id=2\n")
	none := func(string) bool { return false }
	if d := diff(describe(one), describe(other), none); d != "" {
		t.Error(d)
	}
	if d := diff(describe(one), describe(changed), none); !strings.HasPrefix(d, "+struct s ") {
		t.Errorf("%q", d)
	}
	if sameBytes(one, other) || !sameBytes(one, one) {
		t.Error("sameBytes")
	}
}

func parse(t *testing.T, text string) []byte {
	t.Helper()
	types, err := btf.ParseText(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return types.Bytes()
}
