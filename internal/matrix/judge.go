package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// judge finds the verdict of a cell.
func (w *workshop) judge(c *cell) {
	w.encode(c)
	if c.built != nil {
		c.verdict, c.reason = notMade, c.built.Error()
		return
	}
	for i := range rows {
		v, reason := w.judgeRow(c, i)
		if v == same || c.verdict == unexplainedResult {
			continue
		}
		c.verdict, c.reason = v, reason
		if v == unexplainedResult {
			c.reason = fmt.Sprintf("options %q: %s", rows[i].name, reason)
		}
	}
}

// judgeRow finds the verdict for one list of options.
func (w *workshop) judgeRow(c *cell, i int) (verdict, string) {
	r := &c.results[i]
	pahole, gopahole := &r.pahole, &r.gopahole
	if gopahole.crashed {
		return unexplainedResult, "gopahole crashes: " + gopahole.text
	}
	if pahole.btf != nil && gopahole.btf != nil && sameBytes(pahole.btf, gopahole.btf) {
		return same, ""
	}
	if gopahole.status == 0 && gopahole.btf == nil && pahole.btf == nil {
		return same, "" // nothing to encode, and both say so
	}
	for k := range rules {
		rule := &rules[k]
		if !rule.when(c) {
			continue
		}
		if rule.says != "" {
			if gopahole.status != 0 && gopahole.btf == nil && strings.Contains(gopahole.text, rule.says) {
				return notSupported, rule.name
			}
			continue
		}
		if gopahole.btf == nil {
			continue
		}
		if reason := w.checked(c, i, rule); reason != "" {
			return unexplainedResult, rule.name + ", but " + reason
		}
		return better, rule.name
	}
	switch {
	case pahole.btf == nil && gopahole.btf == nil:
		return unexplainedResult, "both write nothing; gopahole: " + gopahole.text + "; pahole: " + lastLine(pahole.text)
	case pahole.btf == nil:
		return unexplainedResult, "pahole writes nothing: " + lastLine(pahole.text)
	case gopahole.btf == nil:
		return unexplainedResult, "gopahole writes nothing: " + gopahole.text
	}
	return unexplainedResult, "other bytes: " + difference(pahole.btf, gopahole.btf)
}

// checked compares what gopahole wrote with another form of the program, of which both write the same. It returns what
// is wrong.
func (w *workshop) checked(c *cell, i int, r *rule) string {
	if r.only != nil {
		p := &c.results[i].pahole
		if p.btf == nil {
			return "pahole writes nothing to compare with"
		}
		return diff(describe(c.results[i].gopahole.btf), describe(p.btf), r.only)
	}
	other, reason := w.another(c, r)
	if other == nil {
		return reason
	}
	form := other.name()
	o := &other.results[i]
	if o.gopahole.btf == nil || !r.unlike && !r.dwarf5 && (o.pahole.btf == nil || !sameBytes(o.pahole.btf, o.gopahole.btf)) {
		return fmt.Sprintf("of %q they do not write the same either", form)
	}
	skip := func(text string) bool {
		switch {
		case c.twin != "": // their machines need not agree about this
			return strings.Contains(text, "long double")
		case c.dwarf == 2 && other.dwarf > 2: // which has no DW_TAG_restrict_type, and the struct one such pointer
			return strings.HasPrefix(text, "struct outer ")
		case c.form.kind != other.form.kind: // what depends on addresses and sections, which only linked files have
			return chosenByAddress(text)
		}
		return false
	}
	got, want := describe(c.results[i].gopahole.btf), describe(o.gopahole.btf)
	if d := diff(got, want, skip); d != "" {
		return fmt.Sprintf("the types are not those of %q: %s", form, d)
	}
	return ""
}

// chosenByAddress reports whether a description is of a function or variable that is encoded or not for its
// address: the functions with several symbols, and the variables outside of the per-CPU section.
func chosenByAddress(text string) bool {
	kind, name, _ := strings.Cut(text, " ")
	name, _, _ = strings.Cut(name, " ")
	name, _, _ = strings.Cut(name, ".")
	switch kind {
	case "func":
		return name == "partial" || name == "same_name" || name == "constant"
	case "var":
		return name != "counters" && name != "head" && name != "ready" && name != "last"
	}
	return false
}

// another returns the cell to compare one with, which could be built, or says why there is none.
func (w *workshop) another(c *cell, r *rule) (other *cell, reason string) {
	names, dwarf := []string{r.like, c.form.like, "linked"}, c.dwarf
	if r.dwarf5 {
		names, dwarf = []string{c.form.name}, 5
	}
	if c.twin != "" {
		names = []string{c.form.name}
	}
	for _, form := range names {
		of := c.compiler.name
		if c.twin != "" {
			of = c.twin
		}
		other := cells.by[fmt.Sprintf("%s, DWARF %d, %s", of, dwarf, form)]
		if other == nil {
			continue
		}
		if w.encode(other); other.built == nil {
			return other, ""
		}
		reason = fmt.Sprintf("%q cannot be built: %v", form, other.built)
	}
	if reason == "" {
		reason = "there is no other form to compare with"
	}
	return nil, reason
}

// sameBytes reports whether gopahole wrote what pahole did. With libbpf 1.8, pahole's header is the longer one, always.
func sameBytes(pahole, gopahole []byte) bool {
	if bytes.Equal(pahole, gopahole) {
		return true
	}
	t, err := btf.Parse(gopahole, nil)
	return err == nil && bytes.Equal(pahole, t.WithLongHeader(true).Bytes())
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// difference names the first types that only one of two blobs has.
func difference(pahole, gopahole []byte) string {
	p, err := btf.Parse(pahole, nil)
	if err != nil {
		return "pahole's: " + err.Error()
	}
	if _, err := btf.Parse(gopahole, nil); err != nil {
		return "gopahole's: " + err.Error()
	}
	_ = p
	if d := diff(describe(gopahole), describe(pahole), func(string) bool { return false }); d != "" {
		return d
	}
	return "the same types in another order, or other strings"
}

// diff returns what only one of two descriptions has; got is gopahole's.
func diff(got, want []string, skip func(string) bool) string {
	only := func(a, b []string) (list []string) {
		for _, s := range a {
			if !skip(s) && !slices.Contains(b, s) {
				list = append(list, s)
			}
		}
		return list
	}
	var parts []string
	for _, side := range []struct {
		sign string
		list []string
	}{{"+", only(got, want)}, {"-", only(want, got)}} {
		for i, s := range side.list {
			if i == 4 {
				parts = append(parts, fmt.Sprintf("%s %d more", side.sign, len(side.list)-4))
				break
			}
			parts = append(parts, side.sign+s)
		}
	}
	return strings.Join(parts, "; ")
}
