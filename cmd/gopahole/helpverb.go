package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// helpName is the verb that is about the others.
const helpName = "help"

// helpVerb prints the help text of another verb. It does not refer to verbList, which it
// is one of.
var helpVerb = verb{
	name:      helpName,
	arguments: "[VERB]",
	summary:   "Print what gopahole does, or what a verb does",
	example:   "help verify",
	flags: func(c *command, _ *pflag.FlagSet) func([]string) error {
		return func(operands []string) error {
			if len(operands) == 0 {
				c.printHelp()
				return nil
			}
			v, rest, ok := lookupVerb(operands)
			switch {
			case !ok && len(operands) > 1, len(rest) == 1 && v.name == archiveVerb.name:
				return &verbUsageError{fmt.Sprintf("'%s' is no verb", strings.Join(operands, " "))}
			case len(rest) > 0:
				return &verbUsageError{"takes one verb"}
			case !ok:
				return &verbUsageError{fmt.Sprintf("'%s' is no verb%s", operands[0], didYouMean(c.closeVerbs(operands[0]), ""))}
			}
			c.runVerb(v, []string{"--help"})
			return nil
		}
	},
}

// didYouMean asks for what was meant, "" if there is nothing to ask.
func didYouMean(close []string, prefix string) string {
	if len(close) == 0 {
		return ""
	}
	return fmt.Sprintf("; did you mean %s%s?", prefix, strings.Join(close, " or "+prefix))
}

// maxHelpWidth is the length of lines in help texts, in characters, that no terminal
// makes longer.
const maxHelpWidth = 100

// helpWidth is the length of lines in help texts: that of the terminal if it is shorter.
func (c *command) helpWidth() int {
	const least = 60 // below that nothing gets better
	if out, ok := c.stdout.(*stream); ok {
		if file, ok := out.Writer.(*os.File); ok {
			if width, _, err := term.GetSize(int(file.Fd())); err == nil {
				return min(max(width, least), maxHelpWidth)
			}
		}
	}
	return maxHelpWidth
}

// wrap breaks a text into lines of a width, after a separator, such as a space or a
// comma. All lines but the first begin with an indent, which the first one has already.
func wrap(text, separator, indent string, width int) string {
	var b strings.Builder
	at := len(indent)
	for i, word := range strings.SplitAfter(text, separator) {
		length := len(strings.TrimRight(word, " "))
		if i > 0 && at+length > width {
			b.WriteString("\n" + indent)
			at = len(indent)
		}
		b.WriteString(word)
		at += len(word)
	}
	return strings.ReplaceAll(b.String(), " \n", "\n")
}

// reflow breaks the paragraphs of a text into lines of a width. What is indented stays as it is,
// for tables.
func reflow(text string, width int) string {
	var b, paragraph strings.Builder
	end := func() {
		if paragraph.Len() > 0 {
			b.WriteString(wrap(paragraph.String(), " ", "", width) + "\n")
			paragraph.Reset()
		}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == ' ' {
			end()
			b.WriteString(line + "\n")
			continue
		}
		if paragraph.Len() > 0 {
			paragraph.WriteByte(' ')
		}
		paragraph.WriteString(line)
	}
	end()
	return b.String()
}

// mistypedVerb returns an error if the first of the files to display is none, and no verb
// although it may be meant to be one.
func (c *command) mistypedVerb(names []string) error {
	if c.asPahole || len(names) == 0 {
		return nil
	}
	word := names[0]
	if _, err := os.Lstat(word); err == nil {
		return nil
	}
	if strings.ContainsRune(word, filepath.Separator) {
		return nil
	}
	return &mistypedError{fmt.Sprintf("'%s' is no verb and no file%s", word, didYouMean(c.closeVerbs(word), ""))}
}

// A mistypedError is a word that was meant to be a verb.
type mistypedError struct{ msg string }

func (e *mistypedError) Error() string { return e.msg }
