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

// A row of the table of modules: a number of each program, for each round or module.
type row struct {
	title, unit string
	of          func(usage) float64
	pairs       []pair
}

func cpuMillis(u usage) float64  { return cpu(u) * 1000 }
func wallMillis(u usage) float64 { return wall(u) * 1000 }

func cpu(u usage) float64  { return u.cpu.Seconds() }
func wall(u usage) float64 { return u.wall.Seconds() }
func peak(u usage) float64 { return float64(u.peak) / (1 << 20) }

// table prints the medians of both programs and their ratios.
func table(w io.Writer, pairs []pair) {
	var rows []row
	for _, m := range metrics {
		r := row{title: fmt.Sprintf("%s, -j%d", m.name, m.jobs), unit: m.unit, of: m.of}
		for _, p := range pairs {
			if p.jobs == m.jobs {
				r.pairs = append(r.pairs, p)
			}
		}
		rows = append(rows, r)
	}
	printRows(w, rows)
}

// printRows prints rows with the medians of both programs, and of the ratios within the pairs, which are how many
// times less gopahole takes. (A number of the kind of modules per second is inverted for that.)
func printRows(w io.Writer, rows []row) {
	fmt.Fprintln(w, "| | gopahole | pahole | pahole / gopahole: median | smallest | largest |")
	fmt.Fprintln(w, "|---|---:|---:|---:|---:|---:|")
	for _, r := range rows {
		if len(r.pairs) == 0 {
			continue
		}
		var ours, theirs, ratios []float64
		for _, p := range r.pairs {
			ours, theirs = append(ours, r.of(p.gopahole)), append(theirs, r.of(p.pahole))
			ratio := r.of(p.pahole) / r.of(p.gopahole)
			if r.unit == perSecond {
				ratio = 1 / ratio
			}
			ratios = append(ratios, ratio)
		}
		unit := " " + r.unit
		if r.unit == perSecond {
			unit = perSecond
		}
		fmt.Fprintf(w, "| %s | %.2f%s | %.2f%s | **%.1f** | %.1f | %.1f |\n", r.title,
			median(ours), unit, median(theirs), unit, median(ratios), slices.Min(ratios), slices.Max(ratios))
	}
}

// perSecond is the unit of numbers of which more is better.
const perSecond = "/s"

// median of at least one number; the mean of the two in the middle of an even count.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// bounds returns the smallest and the largest of at least one number.
func bounds(values []float64) (least, most float64) { return slices.Min(values), slices.Max(values) }
