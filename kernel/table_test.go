package kernel

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// TestTable: rows follow each other without a gap or an overlap, all name their newest
// kind, the first has rules, the last may be only posted, with rules, and lists have no
// release whose rules are not known.
func TestTable(t *testing.T) {
	for i, r := range table {
		if r.LastKind == btf.KindVoid || i > 0 && r.LastKind < table[i-1].LastKind || r.Posted && (r.Header == 0 || i < len(table)-1 && !table[i+1].Posted) {
			t.Errorf("%v: %+v", r, r)
		}
		if r.Last.Compare(r.First) < 0 || !r.HasRules() && len(r.Shipped) > 0 {
			t.Errorf("%v: %+v", r, r)
		}
		for _, v := range r.Shipped {
			if !v.AtLeast(r.First) || !r.Last.AtLeast(v) {
				t.Errorf("%v: %v is not of this row", r, v)
			}
		}
		if i == 0 {
			continue
		}
		last := table[i-1].Last
		next := r.First == Version{Major: last.Major, Minor: last.Minor + 1}
		if !next && (r.First.Minor != 0 || r.First.Major != last.Major+1) {
			t.Errorf("%v follows %v", r, table[i-1])
		}
	}
	if !table[0].HasRules() {
		t.Error("the first row has no rules")
	}
}

// TestSince has the changes that texts speak of.
func TestSince(t *testing.T) {
	for _, tc := range []struct {
		want string
		has  func(*Checks) bool
	}{
		{"5.15", func(c *Checks) bool { return c.Header > 0 }},
		{"5.18", func(c *Checks) bool { return c.Mismatch }},
		{"6.0", func(c *Checks) bool { return c.EnumFlag }},
		{"6.11", func(c *Checks) bool { return c.Base }},
		{"6.15", func(c *Checks) bool { return c.TagFlags }},
		{"7.x", func(c *Checks) bool { return c.Header == LongHeader }},
		{"7.x", func(c *Checks) bool { return c.Chains && !c.TagsFirst }},
		{"7.4", func(c *Checks) bool { return c.LastKind >= btf.KindLocParam }},
		{"", func(c *Checks) bool { return c.MaxName > 512 }},
	} {
		if got := Since(tc.has); got != tc.want {
			t.Errorf("%s, want %s", got, tc.want)
		}
	}
	for _, tc := range []struct {
		since, before string
		does          func(*Build) bool
	}{
		{"6.11", "6.10", func(b *Build) bool { return b.Distills }},
		{"7.0", "6.19", func(b *Build) bool { return b.Implicit }},
		{"7.3", "7.2", func(b *Build) bool { return b.Sets }},
		{"", "", func(b *Build) bool { return false }},
	} {
		if since, before := BuildSince(tc.does); since != tc.since || before != tc.before {
			t.Errorf("%s after %s, want %s after %s", since, before, tc.since, tc.before)
		}
	}
}

// TestNewRow adds an imaginary release: what asks the table follows.
func TestNewRow(t *testing.T) {
	old := table
	defer func() { table = old }()
	checkCoverage := func(want map[Version]Coverage) {
		t.Helper()
		for release, want := range want {
			if got, _ := For(release); got != want {
				t.Errorf("%v: %v, want %v", release, got, want)
			}
		}
	}
	posted := Release{First: v(98, 0), Last: v(98, 0), Posted: true, Checks: checks72, Build: build71}
	table = append(table[:len(table):len(table)], &posted)
	checkCoverage(map[Version]Coverage{v(7, 2): Known, v(98, 0): Posted, v(98, 1): Newer})
	if Newest().Last == v(98, 0) {
		t.Error("the newest rules are posted ones")
	}
	table = append(table[:len(table):len(table)], &Release{
		First: v(99, 0), Last: v(99, 1), Shipped: []Version{v(99, 1)},
		Checks: checks612.with(func(c *Checks) { c.LastKind, c.MaxName = btf.KindEnum64, 600 }),
		Build:  Build{Distills: true},
	})
	if r := Newest(); r.String() != "99.0 to 99.1" {
		t.Errorf("the newest is %v", r)
	}
	checkCoverage(map[Version]Coverage{v(7, 2): Known, v(98, 0): Posted, v(99, 0): Known, v(99, 2): Newer})
	if BuildOf(v(99, 0)) != (Build{Distills: true}) || !strings.HasSuffix(List(), ", 99.1") {
		t.Error(BuildOf(v(99, 0)), List())
	}
	if got := Since(func(c *Checks) bool { return c.MaxName > 512 }); got != "99.0" && got != "99.x" {
		t.Error(got)
	}
}

// TestDocs: the releases that docs/modules.md names are those of the table.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../docs/modules.md")
	if err != nil {
		t.Fatal(err)
	}
	rules := Rules()
	want := fmt.Sprintf("Rules are known for %v, and for %v and newer up to %v.", rules[0], rules[1].First, Newest().Last)
	if !strings.Contains(strings.Join(strings.Fields(string(text)), " "), want) {
		t.Errorf("docs/modules.md has to say: %s", want)
	}
}
