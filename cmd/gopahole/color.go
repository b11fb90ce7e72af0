package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// A style is how a terminal shows a text: the parameters of SELECT GRAPHIC RENDITION (ECMA-48,
// 8.3.117).
type style string

// The styles by what they mean.
const (
	plain style = ""
	good  style = "32"   // green: in order
	doubt style = "33"   // yellow: not known, or not quite in order
	bad   style = "31"   // red: not in order
	alarm style = "1;31" // bold red: an error
)

// Words of --color.
const (
	colorAuto   = "auto"
	colorAlways = "always"
	colorNever  = "never"
)

var colorWords = []string{colorAuto, colorAlways, colorNever}

// colors says which of the two outputs have colors.
type colors struct{ stdout, stderr bool }

// autoColors gives colors to terminals, unless the environment says that nobody wants them
// (no-color.org) or that the terminal has none.
func (c *command) autoColors() colors {
	if no, _ := c.env("NO_COLOR"); no != "" {
		return colors{}
	}
	if kind, _ := c.env("TERM"); kind == "" || kind == "dumb" {
		return colors{}
	}
	return colors{isTerminal(c.stdout), isTerminal(c.stderr)}
}

func isTerminal(w io.Writer) bool {
	file := fileOf(w)
	return file != nil && term.IsTerminal(int(file.Fd()))
}

// colorFlag defines the option that all verbs and the options for encoding have.
func colorFlag(fs *pflag.FlagSet, set func(when string)) {
	fs.Func("color", "colors in texts, `WHEN`: auto (the default: on terminals, unless $NO_COLOR is set), always or never", func(when string) error {
		switch when {
		case colorAuto, colorAlways, colorNever:
			set(when)
			return nil
		}
		return usagef("--color: '%s' is none of %s", when, strings.Join(colorWords, ", "))
	})
}

// setColors does what --color says.
func (c *command) setColors(when string) {
	switch when {
	case colorAlways:
		c.colors = colors{true, true}
	case colorNever:
		c.colors = colors{}
	default:
		c.colors = c.autoColors()
	}
}

// paint is a text in a style for standard output. The text has to be quoted before: what is
// painted holds escapes.
func (c *command) paint(s style, text string) string { return s.on(c.colors.stdout, text) }

// paintErr is paint for standard error.
func (c *command) paintErr(s style, text string) string { return s.on(c.colors.stderr, text) }

func (s style) on(colored bool, text string) string {
	if !colored || s == plain || text == "" {
		return text
	}
	return fmt.Sprintf("\x1b[%sm%s\x1b[m", string(s), text)
}
