package main

import (
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/kernel"
)

// A scanPrinter prints what there is to say of the modules of one kernel.
type scanPrinter struct {
	*scanner
	group   *scanGroup
	version kernel.Version // of the kernel, zero if each module says its own

	rows       [][]string
	counts     [scanStates]int
	incomplete int // modules that offer functions which programs cannot call
	withoutBTF int // that are loaded, and have BTF in their file
}

// scanJSON is what --json prints of a module.
type scanJSON struct {
	jsonHead
	Module  string     `json:"module"`
	Base    string     `json:"base"`
	Kernel  string     `json:"kernel"`
	State   string     `json:"state"`
	Valid   bool       `json:"valid"`
	Verdict string     `json:"verdict,omitempty"`
	Errno   *jsonErrno `json:"errno,omitempty"`
	Why     string     `json:"why,omitempty"`
	Cure    string     `json:"cure,omitempty"`
	Kfuncs  *int       `json:"kfuncs,omitempty"`
	Missing *int       `json:"missing,omitempty"`
	Loaded  string     `json:"loaded,omitempty"`
}

// begin says which kernel it is.
func (p *scanPrinter) begin() error {
	if p.json {
		return nil
	}
	title := "it is not known which Linux this is, modules say which they are for"
	if p.version != (kernel.Version{}) {
		title = withRules(p.version)
	}
	of := ""
	if p.group.dir != "" {
		of = p.group.dir + " "
	}
	return p.line(fmt.Sprintf("%son %s: %s", of, p.group.base, title))
}

func (p *scanPrinter) line(text string) error {
	if _, err := fmt.Fprintln(p.stdout, quote.Line(text)); err != nil {
		return stdoutError(err)
	}
	return nil
}

// complete reports whether programs can call what a module offers; that nobody knows is
// no reason to complain.
func (m *scanned) complete() bool {
	return m.kfuncs == nil || m.kfuncs.report == nil || m.kfuncs.complete()
}

// lost reports whether a module was loaded without the BTF of its file.
func (m *scanned) lost() bool { return m.loaded == loadedWithout && m.state != scanBare }

// print takes a module: it prints JSON at once, and keeps a row of the table.
func (p *scanPrinter) print(m *scanned) error {
	p.counts[m.state]++
	valid := m.valid()
	if !m.complete() {
		p.incomplete++
	}
	if m.lost() {
		p.withoutBTF++
	}
	switch {
	case m.state == scanUnreadable:
		p.exit = exitUnreadable
	case !valid:
		p.exit = max(p.exit, exitFailure)
	}
	if p.json {
		return p.printJSON(p.scanJSON(m, valid))
	}
	if p.quiet || valid && !p.verbose {
		return nil
	}
	if p.rows == nil {
		p.rows = [][]string{p.row("module", "state", "kfuncs", "loaded", "why")}
	}
	p.rows = append(p.rows, p.row(m.path, m.state.String(), m.kfuncsText(), m.loaded, strings.TrimPrefix(m.why, m.path+": ")))
	return nil
}

// row has a column about what is loaded if somebody asked.
func (p *scanPrinter) row(module, state, kfuncs, loaded, why string) []string {
	if p.group.loaded == nil {
		return []string{module, state, kfuncs, why}
	}
	return []string{module, state, kfuncs, loaded, why}
}

func (m *scanned) kfuncsText() string {
	switch {
	case m.kfuncs == nil:
		return "-"
	case m.kfuncs.report == nil:
		return "?"
	}
	return fmt.Sprintf("%d of %d", m.kfuncs.report.Total-len(m.kfuncs.report.Gaps), m.kfuncs.report.Total)
}

func (p *scanPrinter) scanJSON(m *scanned, valid bool) *scanJSON {
	out := &scanJSON{
		jsonHead: p.jsonHead(m.path), Module: m.module, Base: p.group.base, State: m.state.String(), Valid: valid,
		Why: m.why, Cure: m.state.cure(p.group.base), Loaded: m.loaded,
	}
	if m.version != (kernel.Version{}) {
		out.Kernel = m.version.String()
	}
	if m.rep != nil {
		out.Verdict = m.rep.Verdict().String()
		if m.rep.Refusal != nil {
			out.Errno = newErrno(m.rep.Refusal.Errno)
		}
	}
	if m.kfuncs != nil && m.kfuncs.report != nil {
		missing := len(m.kfuncs.report.Gaps)
		out.Kfuncs, out.Missing = &m.kfuncs.report.Total, &missing
		if missing > 0 && out.Cure == "" {
			out.Cure = incompleteCure(p.group.base)
		}
	}
	return out
}

// finish prints the table, how many modules are in which state, and what to do.
func (p *scanPrinter) finish() error {
	if p.json {
		return nil
	}
	if err := p.printRows("", p.rows, func(column int, cell string) style {
		if column != 1 {
			return plain
		}
		return scanStyle(cell)
	}); err != nil {
		return stdoutError(err)
	}
	var parts []string
	for state, n := range p.counts {
		if n > 0 {
			s := scanState(state)
			parts = append(parts, fmt.Sprintf("%s: %d", p.paint(s.style(), s.String()), n))
		}
	}
	if p.incomplete > 0 {
		parts = append(parts, fmt.Sprintf("kernel functions incomplete: %d", p.incomplete))
	}
	if p.withoutBTF > 0 {
		parts = append(parts, fmt.Sprintf("loaded without their BTF: %d", p.withoutBTF))
	}
	if _, err := fmt.Fprintf(p.stdout, "%d modules; %s\n", len(p.group.modules), strings.Join(parts, "; ")); err != nil {
		return stdoutError(err)
	}
	for state, n := range p.counts {
		if cure := scanState(state).cure(p.group.base); n > 0 && cure != "" {
			if err := p.line(fmt.Sprintf("%s: %s", scanState(state), cure)); err != nil {
				return err
			}
		}
	}
	if p.incomplete > 0 {
		if err := p.line("kernel functions incomplete: " + incompleteCure(p.group.base)); err != nil {
			return err
		}
	}
	if p.withoutBTF > 0 {
		return p.line("loaded without their BTF: the kernel refused it, or they were loaded from other files; load them again")
	}
	return nil
}
