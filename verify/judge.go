package verify

import (
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/kernel"
)

// judge says what the kernel of a release does, where each says it for a row. Which
// rows are asked, and what follows from their reports, see [Loader.Module].
func judge(v kernel.Version, each func(*kernel.Release) *Report) *Report {
	coverage, rows := kernel.For(v)
	reports := make([]*Report, len(rows))
	for i, r := range rows {
		if i > 0 && r.Checks == rows[i-1].Checks { // rows that differ in what builds do
			reports[i] = reports[i-1]
			continue
		}
		reports[i] = each(r)
	}
	if coverage == kernel.Known {
		return reports[0]
	}
	joined := &Report{Rows: rows}
	if len(reports) > 0 {
		last := *reports[len(reports)-1]
		last.Rows = rows
		if (coverage == kernel.InBetween || coverage == kernel.Posted) && sameOutcome(reports) || coverage == kernel.Unnamed && allRefused(reports) {
			return &last
		}
		if coverage == kernel.Newer && sameOutcome(reports) && !refusesKind(&last) {
			last.Presumed = true
			return &last
		}
		joined.Types, joined.Base = last.Types, last.Base
	}
	cause := kernel.Why(v)
	if said := saidBy(rows, reports); said != "" {
		cause += "; " + said
	}
	joined.More = []Finding{{Class: Undecided, Cause: cause}}
	return joined
}

// refusesKind reports whether BTF is refused for a kind of types, which a newer kernel may
// well know.
func refusesKind(r *Report) bool {
	return r.Refusal != nil && strings.HasPrefix(r.Refusal.Message, invalidKind)
}

// sameOutcome reports whether all reports end in the same way, with the same words.
func sameOutcome(reports []*Report) bool {
	for _, r := range reports[1:] {
		if ending(r) != ending(reports[0]) {
			return false
		}
	}
	return true
}

func allRefused(reports []*Report) bool {
	for _, r := range reports {
		if r.Refusal == nil {
			return false
		}
	}
	return true
}

// ending is what has to agree for two kernels to be said to do the same.
func ending(r *Report) string {
	switch f := r.Refusal; {
	case f != nil:
		return fmt.Sprintf("%v %s", f.Errno, f.Line)
	case r.Hazard() != nil:
		return "danger"
	}
	return r.Verdict().String()
}

// saidBy says what rows said, those that say the same together.
func saidBy(rows []*kernel.Release, reports []*Report) string {
	var parts []string
	for i := 0; i < len(rows); {
		word := word(reports[i])
		j := i + 1
		for j < len(rows) && wordOf(reports[j]) == wordOf(reports[i]) && rows[j].Posted == rows[i].Posted {
			j++
		}
		of := kernel.Release{First: rows[i].First, Last: rows[j-1].Last, Posted: rows[i].Posted}
		parts = append(parts, fmt.Sprintf("%s by the rules of %v", word, &of))
		i = j
	}
	return strings.Join(parts, ", ")
}

// word is the outcome, with the words of a refusal.
func word(r *Report) string {
	if f := r.Refusal; f != nil && f.Line != "" {
		line, _, _ := strings.Cut(strings.TrimSpace(f.Line), "\n")
		return fmt.Sprintf("refused (%v, %s)", f.Errno, line)
	}
	return wordOf(r)
}

func wordOf(r *Report) string {
	if r.Accepted() && r.Has(Hazard) {
		return "a danger"
	}
	return r.Verdict().String()
}
