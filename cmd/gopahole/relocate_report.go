package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/relocate"
)

// checkPrinter prints what kernels make of modules.
type checkPrinter struct {
	*command
	verbose  bool
	table    *checkTable // for several kernels; nil: a line for each module
	markdown bool        // the table is for GitHub
	exit     int         // the worst so far
}

// begin says which kernel the modules are checked on from now on.
func (p *checkPrinter) begin(k *targetKernel) error {
	switch {
	case p.json:
		return nil
	case p.table != nil:
		p.table.kernels = append(p.table.kernels, k)
		return nil
	}
	_, err := fmt.Fprintln(p.stdout, quote.Line(fmt.Sprintf("on %s: %s", k.name, k.title())))
	return err
}

func (p *checkPrinter) print(c *checked) error {
	p.exit = max(p.exit, c.exit())
	switch {
	case p.json:
		return p.printJSON(p.jsonReport(c))
	case p.table != nil:
		p.table.add(c)
		if p.verbose && !p.markdown {
			return p.printDetails(c, fmt.Sprintf("%s on %s", quote.Line(c.module.name), quote.Line(c.kernel.name)))
		}
		return nil
	}
	if c.verdict() == unreadable {
		p.complain(c.module.err)
		return nil
	}
	line := fmt.Sprintf("%s: %s", quote.Line(c.module.name), p.paint(relocationStyle(c.verdict()), c.verdict()))
	if why := c.why(); why != "" {
		line += ": " + quote.Line(why)
	}
	if _, err := fmt.Fprintln(p.stdout, line); err != nil {
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
	if p.markdown {
		return p.table.printMarkdown(p.command)
	}
	return p.table.print(p.command)
}

func (p *checkPrinter) printDangers(c *checked) error {
	if c.report == nil {
		return nil
	}
	if f := c.inlineRefused(); f != nil {
		var text strings.Builder
		writeFinding(&text, f.Class.String()+": ", f)
		if _, err := io.WriteString(p.stdout, text.String()); err != nil {
			return err
		}
	}
	for _, d := range c.report.Defects {
		if _, err := fmt.Fprintf(p.stdout, "  danger: %s\n", quote.Line(d.Text)); err != nil {
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
	return p.printRows("  ", rows, nil)
}

func idForm(id btf.ID) string { return fmt.Sprintf("[%d]", id) }

// printRows prints a table, each line after indent. Columns are as wide as they
// have to be; the last one of a row takes no room.
//
// styles, which may be nil, gives the cells of a column a style, from 0; there are none in the
// first row.
func (c *command) printRows(indent string, rows [][]string, styles func(column int, cell string) style) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			row[i] = quote.Line(cell)
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	for n, row := range rows {
		line := indent
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
			if styles != nil && n > 0 {
				cell = c.paint(styles(i, cell), cell)
			}
			line += cell + space
		}
		if _, err := fmt.Fprintln(c.stdout, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

// typeOf describes a type of the module or of its distilled base.
func (c *checked) typeOf(id btf.ID) (kind, name string) {
	types, err := c.module.parse()
	if err != nil {
		return "", ""
	}
	rec := types.Record(id)
	if rec == nil {
		return "", ""
	}
	return rec.Kind().String(), types.Name(id)
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

// relocationStyle is how a verdict on relocation is shown.
func relocationStyle(verdict string) style {
	switch verdict {
	case relocate.Relocates.String():
		return good
	case notDistilled, noBTF, unknown:
		return doubt
	}
	return bad
}

// checkTable is the table modules x kernels.
type checkTable struct {
	kernels []*targetKernel
	row     map[string]int
	rows    []checkRow
	reasons []checkReason // in the order of the kernels
}

// A checkReason is why a module does not relocate onto some kernels.
type checkReason struct {
	module, text string
	columns      []int // from 1; nil: whatever the kernel is
}

func (r *checkReason) String() string {
	if r.columns == nil {
		return fmt.Sprintf("%s: %s", r.module, r.text)
	}
	var on []string
	for _, c := range r.columns {
		on = append(on, fmt.Sprintf("(%d)", c))
	}
	return fmt.Sprintf("%s on %s: %s", r.module, strings.Join(on, ", "), r.text)
}

type checkRow struct {
	module   string
	verdicts []string
}

func newCheckTable() *checkTable { return &checkTable{row: make(map[string]int)} }

// add enters a module on the kernel that is the last so far.
func (t *checkTable) add(c *checked) {
	i, ok := t.row[c.module.name]
	if !ok {
		i = len(t.rows)
		t.row[c.module.name] = i
		t.rows = append(t.rows, checkRow{module: c.module.name})
	}
	t.rows[i].verdicts = append(t.rows[i].verdicts, c.verdict())
	col := len(t.kernels)
	switch {
	case c.module.err != nil: // the same on all kernels
		if col == 1 {
			t.reasons = append(t.reasons, checkReason{module: c.module.name, text: strings.TrimPrefix(c.why(), c.module.name+": ")})
		}
	case c.why() != "":
		r := checkReason{c.module.name, c.why(), []int{col}}
		same := slices.IndexFunc(t.reasons, func(old checkReason) bool { return old.module == r.module && old.text == r.text })
		if same < 0 {
			t.reasons = append(t.reasons, r)
		} else {
			t.reasons[same].columns = append(t.reasons[same].columns, col)
		}
	}
}

func (t *checkTable) print(cmd *command) error {
	for i, k := range t.kernels {
		fmt.Fprintf(cmd.stdout, "(%d) %s: %s\n", i+1, quote.Line(k.name), k.title())
	}
	head := []string{"module"}
	for i := range t.kernels {
		head = append(head, fmt.Sprintf("(%d)", i+1))
	}
	rows := [][]string{head}
	for _, r := range t.rows {
		rows = append(rows, append([]string{r.module}, r.verdicts...))
	}
	if err := cmd.printRows("", rows, func(column int, cell string) style {
		if column == 0 {
			return plain
		}
		return relocationStyle(cell)
	}); err != nil {
		return err
	}
	for _, r := range t.reasons {
		if _, err := fmt.Fprintln(cmd.stdout, quote.Line(r.String())); err != nil {
			return err
		}
	}
	return nil
}

// A checkReport is what --json prints about a module and a kernel.
type checkReport struct {
	jsonHead
	Base    string          `json:"base"`
	Kernel  string          `json:"kernel"`
	Rules   []string        `json:"rules"`
	Verdict string          `json:"verdict"`
	Error   string          `json:"error,omitempty"`
	Errno   *jsonErrno      `json:"errno,omitempty"`
	Message *string         `json:"message,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Dangers []string        `json:"dangers,omitempty"`
	Inline  string          `json:"inline_refused,omitempty"`
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
	r := &checkReport{
		jsonHead: p.jsonHead(c.module.name), Base: c.kernel.name, Rules: ruleNames(c.kernel.version), Verdict: c.verdict(),
	}
	if c.kernel.version != (kernel.Version{}) {
		r.Kernel = c.kernel.version.String()
	}
	switch {
	case r.Verdict == unreadable:
		r.Error = c.module.err.Error()
		return r
	case c.report == nil && c.rep != nil && c.rep.Refusal != nil:
		f := c.rep.Refusal
		r.Errno, r.Message, r.Reason = newErrno(f.Errno), &f.Line, f.Cause
		return r
	case c.report == nil || r.Verdict == unknown:
		r.Reason = c.why()
		return r
	}
	if e := c.report.Refusal; e != nil {
		r.Errno, r.Message, r.Reason = newErrno(e.Errno), &e.Message, e.Reason
	} else {
		r.Reason = c.report.Why
	}
	for _, d := range c.report.Defects {
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
	if f := c.inlineRefused(); f != nil {
		r.Inline = f.Error() + ": " + f.Cause
	}
	if p.verbose {
		for _, s := range c.module.slots {
			_, name := c.typeOf(s.ID)
			to, _ := c.report.NewID(s.ID)
			r.IDs = append(r.IDs, slotJSON{s.Offset, s.ID, name, to})
		}
	}
	return r
}
