package main

import (
	"fmt"
	"io"
	"slices"
)

// A metric is a row of the table.
type metric struct {
	name, unit string
	jobs       int
	of         func(usage) float64
}

var metrics = []metric{
	{"CPU", "s", 1, cpu}, {"wall", "s", 1, wall}, {"peak memory", "MB", 1, peak},
	{"CPU", "s", 2, cpu}, {"wall", "s", 2, wall}, {"peak memory", "MB", 2, peak},
}

func cpu(u usage) float64  { return u.cpu.Seconds() }
func wall(u usage) float64 { return u.wall.Seconds() }
func peak(u usage) float64 { return float64(u.peak) / (1 << 20) }

// table prints the medians of both programs and their ratios.
func table(w io.Writer, pairs []pair) {
	fmt.Fprintln(w, "| | gopahole | pahole | pahole / gopahole: median | smallest | largest |")
	fmt.Fprintln(w, "|---|---:|---:|---:|---:|---:|")
	for _, m := range metrics {
		var ours, theirs, ratios []float64
		for _, p := range pairs {
			if p.jobs == m.jobs {
				ours, theirs = append(ours, m.of(p.gopahole)), append(theirs, m.of(p.pahole))
				ratios = append(ratios, m.of(p.pahole)/m.of(p.gopahole))
			}
		}
		if len(ratios) == 0 {
			continue
		}
		fmt.Fprintf(w, "| %s, -j%d | %.2f %s | %.2f %s | **%.1f** | %.1f | %.1f |\n", m.name, m.jobs,
			median(ours), m.unit, median(theirs), m.unit, median(ratios), slices.Min(ratios), slices.Max(ratios))
	}
}

// median of at least one number; the mean of the two in the middle of an even count.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
