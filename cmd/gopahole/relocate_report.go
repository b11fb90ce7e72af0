package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/relocate"
)

// checkPrinter prints what kernels make of modules.
type checkPrinter struct {
	*command
	verbose, json bool
	table         *checkTable // for several kernels; nil: a line for each module
	exit          int         // the worst so far
}

func (p *checkPrinter) print(c *checked) error {
	p.exit = max(p.exit, c.exit())
	switch {
	case p.json:
		return p.printJSON(p.jsonReport(c))
	case p.table != nil:
		p.table.add(c)
		if p.verbose {
			return p.printDetails(c, fmt.Sprintf("%s on %s", oneLine(c.module.name), oneLine(c.kernel)))
		}
		return nil
	}
	if c.verdict() == "unreadable" {
		p.complain(c.err)
		return nil
	}
	line := fmt.Sprintf("%s: %s", c.module.name, c.verdict())
	if why := c.why(); why != "" {
		line += ": " + why
	}
	if _, err := fmt.Fprintln(p.stdout, oneLine(line)); err != nil {
		return err
	}
	if p.verbose {
		return p.printDetails(c, "")
	}
	return p.printDangers(c)
}

func (p *checkPrinter) finish() error {
	if p.table == nil {
		return nil
	}
	return p.table.print(p.command)
}

func (p *checkPrinter) printDangers(c *checked) error {
	if c.report == nil {
		return nil
	}
	for _, d := range c.report.Dangers {
		if _, err := fmt.Fprintf(p.stdout, "  danger: %s\n", oneLine(d.Text)); err != nil {
			return err
		}
	}
	return nil
}

// printDetails prints all that is known about a module, below title if there is
// one.
func (p *checkPrinter) printDetails(c *checked, title string) error {
	if c.report == nil {
		return nil
	}
	if title != "" {
		fmt.Fprintf(p.stdout, "%s:\n", title)
	}
	if err := p.printDangers(c); err != nil {
		return err
	}
	rows := [][]string{{"id", "kind", "name", "size", "state", "new id", "note"}}
	for i := range c.report.Distilled {
		d := &c.report.Distilled[i]
		rows = append(rows, []string{idForm(d.ID), d.Kind.String(), d.Name, fmt.Sprint(d.Size), d.State.String(), c.newID(d.ID), note(d)})
	}
	if len(c.module.slots) > 0 {
		rows = append(rows, []string{"in .BTF_ids", "kind", "name", "", "id", "new id"})
		for _, s := range c.module.slots {
			kind, name := c.typeOf(s.ID)
			rows = append(rows, []string{fmt.Sprintf("+%#x", s.Offset), kind, name, "", idForm(s.ID), c.newID(s.ID)})
		}
	}
	return printRows(p.stdout, "  ", rows)
}

func idForm(id btf.ID) string { return fmt.Sprintf("[%d]", id) }

// printRows prints a table, each line after indent. Columns are as wide as they
// have to be; the last one of a row takes no room.
func printRows(w io.Writer, indent string, rows [][]string) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			row[i] = oneLine(cell)
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	for _, row := range rows {
		line := indent
		for i, cell := range row {
			line += cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

// typeOf describes a type of the module or of its distilled base.
func (c *checked) typeOf(id btf.ID) (kind, name string) {
	rec := c.module.types.Record(id)
	if rec == nil {
		return "", ""
	}
	return btf.KindOf(rec[1]).String(), c.module.types.Name(id)
}

// note is the last column of the table of types.
func note(d *relocate.Distilled) string {
	var notes []string
	if d.Embedded {
		notes = append(notes, "embedded")
	}
	if !d.Referenced {
		notes = append(notes, "unreferenced")
	}
	if why := d.Explain(); why != "" {
		notes = append(notes, why)
	}
	return strings.Join(notes, "; ")
}

// checkTable is the table modules x kernels.
type checkTable struct {
	kernels []string
	column  map[string]int
	row     map[string]int
	rows    []checkRow
	reasons []string // in the order of the kernels
}

type checkRow struct {
	module   string
	verdicts []string
}

func newCheckTable(kernels []string) *checkTable {
	t := &checkTable{kernels: kernels, column: make(map[string]int), row: make(map[string]int)}
	for i, k := range kernels {
		t.column[k] = i
	}
	return t
}

func (t *checkTable) add(c *checked) {
	i, ok := t.row[c.module.name]
	if !ok {
		i = len(t.rows)
		t.row[c.module.name] = i
		t.rows = append(t.rows, checkRow{c.module.name, make([]string, len(t.kernels))})
	}
	col := t.column[c.kernel]
	t.rows[i].verdicts[col] = c.verdict()
	switch {
	case c.module.err != nil: // the same on all kernels
		if col == 0 {
			t.reasons = append(t.reasons, fmt.Sprintf("%s: %s", c.module.name, strings.TrimPrefix(c.why(), c.module.name+": ")))
		}
	case c.report == nil && c.err == nil: // likewise
		if col == 0 {
			t.reasons = append(t.reasons, fmt.Sprintf("%s: %s", c.module.name, c.why()))
		}
	case c.why() != "":
		t.reasons = append(t.reasons, fmt.Sprintf("%s on (%d): %s", c.module.name, col+1, c.why()))
	}
}

func (t *checkTable) print(cmd *command) error {
	for i, k := range t.kernels {
		fmt.Fprintf(cmd.stdout, "(%d) %s\n", i+1, oneLine(k))
	}
	head := []string{"module"}
	for i := range t.kernels {
		head = append(head, fmt.Sprintf("(%d)", i+1))
	}
	rows := [][]string{head}
	for _, r := range t.rows {
		rows = append(rows, append([]string{r.module}, r.verdicts...))
	}
	if err := printRows(cmd.stdout, "", rows); err != nil {
		return err
	}
	for _, r := range t.reasons {
		if _, err := fmt.Fprintln(cmd.stdout, oneLine(r)); err != nil {
			return err
		}
	}
	return nil
}

// A checkReport is what --json prints about a module and a kernel.
type checkReport struct {
	Schema  int             `json:"schema"`
	Module  string          `json:"module"`
	Base    string          `json:"base"`
	Verdict string          `json:"verdict"`
	Error   string          `json:"error,omitempty"`
	Errno   int             `json:"errno,omitempty"`
	Message *string         `json:"message,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Dangers []string        `json:"dangers,omitempty"`
	Matched *int            `json:"matched,omitempty"`
	Types   []distilledJSON `json:"types,omitempty"`
	IDs     []slotJSON      `json:"ids,omitempty"`
}

type distilledJSON struct {
	ID         btf.ID `json:"id"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Size       uint32 `json:"size"`
	State      string `json:"state"`
	NewID      btf.ID `json:"new_id,omitempty"`
	Embedded   bool   `json:"embedded"`
	Referenced bool   `json:"referenced"`
	Note       string `json:"note,omitempty"`
}

type slotJSON struct {
	Offset uint64 `json:"offset"`
	ID     btf.ID `json:"id"`
	Name   string `json:"name,omitempty"`
	NewID  btf.ID `json:"new_id,omitempty"`
}

func (p *checkPrinter) jsonReport(c *checked) *checkReport {
	r := &checkReport{Schema: jsonSchema, Module: c.module.name, Base: c.kernel, Verdict: c.verdict()}
	if c.err == nil && c.report == nil {
		f := c.module.refused
		r.Errno, r.Message, r.Reason = int(f.Errno), &f.Line, f.Cause
		return r
	}
	if c.report == nil {
		if errors.Is(c.err, errNotDistilled) || c.module.err == nil {
			r.Reason = c.err.Error()
		} else {
			r.Error = c.err.Error()
		}
		return r
	}
	if e := c.report.Error; e != nil {
		r.Errno, r.Message, r.Reason = int(e.Errno), &e.Message, e.Reason
	} else {
		r.Reason = c.report.Why
	}
	for _, d := range c.report.Dangers {
		r.Dangers = append(r.Dangers, d.Text)
	}
	matched := 0
	for i := range c.report.Distilled {
		d := &c.report.Distilled[i]
		if d.State == relocate.Matched {
			matched++
		}
		if p.verbose {
			r.Types = append(r.Types, distilledJSON{
				d.ID, d.Kind.String(), d.Name, d.Size, d.State.String(), d.NewID(), d.Embedded, d.Referenced, d.Explain(),
			})
		}
	}
	r.Matched = &matched
	if p.verbose {
		for _, s := range c.module.slots {
			_, name := c.typeOf(s.ID)
			to, _ := c.report.NewID(s.ID)
			r.IDs = append(r.IDs, slotJSON{s.Offset, s.ID, name, to})
		}
	}
	return r
}
