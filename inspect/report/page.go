package report

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"github.com/gopahole/gopahole/internal/quote"
)

// A Page is what a report has. Parts that are nil are not in it.
type Page struct {
	Title      string // the file or files that it is about
	Generator  string // program and version that made it
	Facts      []Fact
	Notes      []string // sentences: what could not be had, and what would give it
	Relocation *Relocation
	Sizes      []*Sizes // the same bytes in several orders
	Skipped    *Skipped
	Structs    *Structs
}

// A Fact is a line about the whole.
type Fact struct{ Name, Value string }

//go:embed assets
var assets embed.FS

// The scripts, in their order. Each keeps what it defines in a block of its own but for what
// the later ones use.
var scripts = []string{"theme.js", "text.js", "filter.js", "treemap.js", "layout.js", "structs.js"}

// Write writes a page.
func (p *Page) Write(w io.Writer) error {
	style, err := asset("style.css")
	if err != nil {
		return err
	}
	script := "\"use strict\";\n"
	for _, name := range scripts {
		text, err := asset(name)
		if err != nil {
			return err
		}
		script += text
	}
	text, err := asset("page.html")
	if err != nil {
		return err
	}
	data, err := p.data()
	if err != nil {
		return err
	}
	t, err := template.New("page").Funcs(functions).Parse(text)
	if err != nil {
		return err
	}
	// html/template writes all text of the page with escapes, but for these three: our own
	// style and scripts, and JSON without < > &, which encoding/json writes as escapes.
	return t.Execute(w, struct {
		*Page
		Policy string
		Style  template.CSS
		Script template.JS
		Data   template.JS
	}{p, policy(style, script), template.CSS(style), template.JS(script), template.JS(data)})
}

func asset(name string) (string, error) {
	text, err := assets.ReadFile("assets/" + name)
	return string(text), err
}

// policy is the Content-Security-Policy: nothing is loaded, and nothing runs but what is known
// by its digest, whatever else might come into the page.
func policy(style, script string) string {
	return fmt.Sprintf("default-src 'none'; img-src data:; style-src %s; script-src %s; base-uri 'none'; form-action 'none'",
		source(style), source(script))
}

func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// functions are those of the template.
var functions = template.FuncMap{
	"line":    quote.Line,
	"count":   Count[int],
	"bytes":   Bytes[int],
	"bitText": bitText,
	"percent": percent,
	"stack":   stack,
	"largest": largestRow,
}

// largestRow returns the size of the first row, as they are by size.
func largestRow(rows []Row) int {
	if len(rows) == 0 {
		return 0
	}
	return rows[0].Bytes
}

// stack says where each tally begins when they stand in a row.
func stack(tallies []Tally) (bars []bar) {
	at := 0
	for _, t := range tallies {
		bars = append(bars, bar{t, at})
		at += t.Modules
	}
	return bars
}

type bar struct {
	Tally
	From int
}

type integer interface {
	~int | ~int64 | ~uint32 | ~uint64
}

// Count returns a number with a comma after each three digits.
func Count[N integer](n N) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Bytes returns a number of bytes with three digits that count.
func Bytes[N integer](n N) string {
	value, units := float64(n), []string{"kB", "MB", "GB", "TB"}
	if value < 1000 {
		return fmt.Sprintf("%.0f B", value)
	}
	unit := 0
	for value /= 1000; value >= 999.5 && unit < len(units)-1; value /= 1000 {
		unit++
	}
	places := 2
	for limit := 9.995; value >= limit && places > 0; limit *= 10 {
		places--
	}
	return fmt.Sprintf("%.*f %s", places, value, units[unit])
}

// percent returns a part of a whole, with a digit after the point.
func percent(part, whole int) string {
	if whole == 0 {
		return "0"
	}
	return fmt.Sprintf("%.1f", 100*float64(part)/float64(whole))
}
