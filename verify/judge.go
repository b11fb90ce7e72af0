package verify

import (
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/kernel"
)

// Judge says what the kernel of a release makes of BTF, where each says it for a row.
// Where no row is about the release, the rows that come near it are asked: the outcome
// is known only if it follows from them. So for a kernel between two rows both have to
// say the same, and of one that nobody knows the release of, all rows have to refuse
// it. For what is newer or older than all rows it is never known.
func Judge(v kernel.Version, each func(*kernel.Release) *Report) *Report {
	coverage, rows := kernel.For(v)
	reports := make([]*Report, len(rows))
	for i, r := range rows {
		reports[i] = each(r)
	}
	if coverage == kernel.Known {
		return reports[0]
	}
	joined := &Report{Rows: rows}
	if len(reports) > 0 {
		last := *reports[len(reports)-1]
		last.Rows = rows
		if coverage == kernel.InBetween && sameOutcome(reports) || coverage == kernel.Unnamed && allRefused(reports) {
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

// sameOutcome tells whether all reports end in the same way, with the same words.
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
		if r.Verdict == nil {
			return false
		}
	}
	return true
}

// ending is what has to agree for two kernels to be said to do the same.
func ending(r *Report) string {
	switch f := r.Verdict; {
	case f != nil:
		return fmt.Sprintf("%v %s", f.Errno, f.Line)
	case r.Danger() != nil:
		return "danger"
	}
	return r.Outcome().String()
}

// saidBy says what rows said, those that say the same together.
func saidBy(rows []*kernel.Release, reports []*Report) string {
	var parts []string
	for i := 0; i < len(rows); {
		word := word(reports[i])
		j := i + 1
		for j < len(rows) && wordOf(reports[j]) == wordOf(reports[i]) {
			j++
		}
		of := rows[i].First.String()
		if last := rows[j-1].Last; last != rows[i].First {
			of += " to " + last.String()
		}
		parts = append(parts, fmt.Sprintf("%s by the rules of %s", word, of))
		i = j
	}
	return strings.Join(parts, ", ")
}

// word is the outcome, with the words of a refusal.
func word(r *Report) string {
	if f := r.Verdict; f != nil && f.Line != "" {
		line, _, _ := strings.Cut(strings.TrimSpace(f.Line), "\n")
		return fmt.Sprintf("refused (%v, %s)", f.Errno, line)
	}
	return wordOf(r)
}

func wordOf(r *Report) string {
	if r.Accepted() && r.Has(Danger) {
		return "a danger"
	}
	return r.Outcome().String()
}
