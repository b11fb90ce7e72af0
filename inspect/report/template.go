package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/gopahole/gopahole/internal/quote"
)

// A template is HTML with places for values, in the way of Mustache:
//
//	{{name}}             a value, as text or in an attribute between double quotes
//	{{#name}}...{{/name}}  for each of a list, or if a value is neither false nor ""
//	{{^name}}...{{/name}}  if a list is empty, or a value false or ""
//	{{{name}}}           what is HTML already: our own style, scripts and data
//
// A name is looked up in the innermost view that has it. html/template, which would know more
// of HTML, costs each run of a program that links it more than its whole start: its tables,
// and all methods that could be called by name.
type template []node

// A node is text, a value, or a section.
type node struct {
	text     string // as it is, if name is ""
	name     string
	raw      bool
	section  bool
	inverted bool
	inner    template
}

// A view has the values of names: string, bool, view or []view.
type view map[string]any

// parse reads a template. A mistake in it is one of this package.
func parse(text string) (template, error) {
	t, rest, err := parseUntil(text, "")
	if err == nil && rest != "" {
		err = fmt.Errorf("template: a section ends that has not begun")
	}
	return t, err
}

// parseUntil reads up to the end of a section, "" for the end of the text.
func parseUntil(text, section string) (t template, rest string, err error) {
	for {
		before, after, found := strings.Cut(text, "{{")
		t = append(t, node{text: before})
		if !found {
			if section != "" {
				err = fmt.Errorf("template: the section %s has no end", section)
			}
			return t, "", err
		}
		n := node{raw: strings.HasPrefix(after, "{")}
		end := "}}"
		if n.raw {
			after, end = after[1:], "}}}"
		}
		tag, after, found := strings.Cut(after, end)
		if !found {
			return nil, "", fmt.Errorf("template: a tag has no end")
		}
		text = after
		switch {
		case strings.HasPrefix(tag, "/"):
			if tag[1:] != section || section == "" {
				return nil, "", fmt.Errorf("template: the section %s ends as %s", section, tag[1:])
			}
			return t, text, nil
		case strings.HasPrefix(tag, "#"), strings.HasPrefix(tag, "^"):
			n.name, n.section, n.inverted = tag[1:], true, tag[0] == '^'
			if n.inner, text, err = parseUntil(text, n.name); err != nil {
				return nil, "", err
			}
		default:
			n.name = tag
		}
		t = append(t, n)
	}
}

// write writes a template with the values of views, the innermost last.
func (t template) write(w io.Writer, views ...view) error {
	for i := range t {
		n := &t[i]
		if n.name == "" {
			if _, err := io.WriteString(w, n.text); err != nil {
				return err
			}
			continue
		}
		value, err := lookup(n.name, views)
		if err != nil {
			return err
		}
		if err := n.write(w, value, views); err != nil {
			return err
		}
	}
	return nil
}

func lookup(name string, views []view) (any, error) {
	for i := len(views) - 1; i >= 0; i-- {
		if value, ok := views[i][name]; ok {
			return value, nil
		}
	}
	return nil, fmt.Errorf("template: nothing is called %s", name)
}

func (n *node) write(w io.Writer, value any, views []view) error {
	if !n.section {
		text, ok := value.(string)
		if !ok {
			return fmt.Errorf("template: %s is no text", n.name)
		}
		if !n.raw {
			text = escape(text)
		}
		_, err := io.WriteString(w, text)
		return err
	}
	var each []view
	on := false
	switch value := value.(type) {
	case string:
		on = value != ""
	case bool:
		on = value
	case view:
		each, on = []view{value}, value != nil
	case []view:
		each, on = value, len(value) > 0
	}
	switch {
	case n.inverted && on, !n.inverted && !on:
		return nil
	case each == nil || n.inverted:
		return n.inner.write(w, views...)
	}
	for _, v := range each {
		if err := n.inner.write(w, append(views[:len(views):len(views)], v)...); err != nil {
			return err
		}
	}
	return nil
}

// escaper is for text and for attributes between quotes.
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// escape makes text printable, and of it HTML.
func escape(text string) string { return escaper.Replace(quote.Line(text)) }
