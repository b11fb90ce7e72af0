package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// kernelRow is a row of the table of releases as it is printed, with --json and as text.
type kernelRow struct {
	jsonHead
	Linux   string   `json:"linux"`   // the releases of the row
	Rules   string   `json:"rules"`   // "known", "posted" or "unknown"
	Judged  []string `json:"judged"`  // the rows that verify judges by
	Newest  string   `json:"newest"`  // kind of BTF that is known
	Base    bool     `json:"base"`    // .BTF.base is known
	Encoder []string `json:"encoder"` // what it is asked for
	Resolve []string `json:"resolve"` // what resolve_btfids does, in order
}

// kernelRows has the whole table, oldest first.
func kernelRows() []kernelRow {
	var rows []kernelRow
	for _, r := range kernel.All() {
		rows = append(rows, newKernelRow(r))
	}
	return rows
}

func newKernelRow(r *kernel.Release) kernelRow {
	row := kernelRow{
		Linux: r.Span(), Rules: "unknown", Newest: r.LastKind.String(), Base: r.Base,
		Encoder: askedFor(&r.Build), Resolve: resolveSteps(&r.Build),
	}
	switch {
	case r.Posted:
		row.Rules = "posted"
	case r.HasRules():
		row.Rules = "known"
	}
	_, judged := kernel.For(r.First)
	for _, j := range judged {
		row.Judged = append(row.Judged, j.String())
	}
	return row
}

// askedFor are the words for what the build of a kernel asks its encoder for.
func askedFor(b *kernel.Build) []string {
	if !b.Lists {
		return []string{"options"}
	}
	words := []string{"list"}
	for _, w := range []struct {
		word string
		is   bool
	}{{"kfuncs", b.Tags}, {"attributes", b.Attributes}, {"layout", b.Layout}, {"inline", b.Inline}, {"base", b.Distills && !b.Implicit}} {
		if w.is {
			words = append(words, w.word)
		}
	}
	return words
}

// resolveSteps are the words for what resolve_btfids does.
func resolveSteps(b *kernel.Build) []string {
	var words []string
	for _, w := range []struct {
		word string
		is   bool
	}{{"tag", b.Sets}, {"hide", b.Implicit}, {"dedup", b.Sets}, {"base", b.Distills && b.Implicit}, {"sort", b.Implicit}, {"loc", b.Inline}, {"ids", true}} {
		if w.is {
			words = append(words, w.word)
		}
	}
	return words
}

// kernelsWords says what the words of the table mean.
var kernelsWords = `
JUDGED BY: whose checks verify asks: the release's own, or those of its neighbours
where its own are not known, and then the verdict is unknown unless they agree. +
is for what was posted and is not known from a release: gopahole has the rules, and
nobody has run such a kernel.

NEWEST: the newest kind of type that is known; ` + btf.KindFloat.String() + ` is older than this table.

BASE: .BTF.base is known.

ENCODER: what the kernel's build asks pahole for: options of its own (before there
were lists), or a list of features, and with those for C types and functions also
kfuncs (decl_tag_kfuncs), attributes, layout, inline if CONFIG_DEBUG_INFO_BTF_INLINE
is set, and for modules outside of the tree the distilled base.

RESOLVE_BTFIDS: tag kernel functions by their sets, hide their implicit arguments,
remove duplicate types (dedup), distil the base for modules outside of the tree,
sort types by name, move the locations of BTF inline to .BTF.inline (loc), fill in
IDs.
`

// writeKernels prints the table as text.
func writeKernels(w io.Writer) {
	const form = "%-12s  %-9s  %-8s  %-4s  %-24s  %s\n"
	fmt.Fprintf(w, form, "LINUX", "JUDGED BY", "NEWEST", "BASE", "ENCODER", "RESOLVE_BTFIDS")
	for _, r := range kernel.All() {
		row := newKernelRow(r)
		base := "no"
		if row.Base {
			base = "yes"
		}
		fmt.Fprintf(w, form, row.Linux, judgedBy(r), row.Newest, base, encoderWords(row.Encoder), strings.Join(row.Resolve, " "))
	}
}

// encoderWords has no list if something else of it is named.
func encoderWords(words []string) string {
	if len(words) > 1 {
		words = words[1:]
	}
	return strings.Join(words, " ")
}

// judgedBy names the rows that a release is judged by, in few characters.
func judgedBy(r *kernel.Release) string {
	if r.HasRules() {
		return "its own"
	}
	_, rows := kernel.For(r.First)
	var names []string
	for i, j := range rows {
		name := j.First.String()
		switch {
		case j.Posted:
			name += "+"
		case i == 0:
			name = j.Last.String() // the nearest release of the row
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
