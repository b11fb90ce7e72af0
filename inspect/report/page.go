package report

import (
	"crypto/sha256"
	_ "embed" // style and scripts
	"encoding/base64"
	"fmt"
	"io"
	"strings"
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

// The files that a page is made of.
var (
	//go:embed assets/page.html
	pageHTML string
	//go:embed assets/style.css
	style string
	//go:embed assets/theme.js
	themeScript string
	//go:embed assets/text.js
	textScript string
	//go:embed assets/filter.js
	filterScript string
	//go:embed assets/treemap.js
	treemapScript string
	//go:embed assets/layout.js
	layoutScript string
	//go:embed assets/structs.js
	structsScript string
)

// Write writes a page.
func (p *Page) Write(w io.Writer) error {
	t, err := parse(pageHTML)
	if err != nil {
		return err
	}
	data, err := p.data()
	if err != nil {
		return err
	}
	// Each script keeps what it defines in a block of its own, but for what the later ones use.
	script := strings.Join([]string{"\"use strict\";\n", themeScript, textScript, filterScript, treemapScript, layoutScript, structsScript}, "")
	return t.write(w, view{"policy": policy(style, script), "style": style, "script": script, "data": string(data)}, p.view())
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
