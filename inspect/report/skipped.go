package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/internal/quote"
)

// MaxSkipped is how many names of functions are in a page. Others are counted.
const MaxSkipped = 50_000

// Skipped are the functions that are left out, by reason.
type Skipped struct {
	Groups    []*SkippedGroup
	Functions int    // in all groups
	Left      int    // whose names are not in the page
	Command   string // which prints all of them
}

// A SkippedGroup are the functions that one rule leaves out.
type SkippedGroup struct {
	Reason string // as JSON has it
	Words  string // pahole's
	Why    string
	Cure   string
	Names  []string
	Count  int // names, with those that are not in the page
}

// Add counts a function. Groups are by reason; describe is asked once for each.
func (s *Skipped) Add(name, reason string, describe func(g *SkippedGroup)) {
	i := slices.IndexFunc(s.Groups, func(g *SkippedGroup) bool { return g.Reason == reason })
	if i < 0 {
		i = len(s.Groups)
		g := &SkippedGroup{Reason: reason}
		describe(g)
		s.Groups = append(s.Groups, g)
	}
	g := s.Groups[i]
	g.Count++
	if s.Functions++; s.Functions-s.Left > MaxSkipped {
		s.Left++
		return
	}
	g.Names = append(g.Names, quote.Name(name))
}

// Sort puts the reasons with most functions first, and names in order.
func (s *Skipped) Sort() {
	for _, g := range s.Groups {
		slices.Sort(g.Names)
	}
	slices.SortFunc(s.Groups, func(a, b *SkippedGroup) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Reason, b.Reason))
	})
}

func sortByCount(all []Tally) {
	slices.SortFunc(all, func(a, b Tally) int {
		return cmp.Or(cmp.Compare(b.Modules, a.Modules), strings.Compare(a.Word, b.Word))
	})
}
