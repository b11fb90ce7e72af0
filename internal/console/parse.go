package console

import (
	"fmt"
	"regexp"
	"strings"
)

// A Block is one fenced block of commands.
type Block struct {
	Line     int    // of its first line, from 1
	In       string // the place where it runs
	NotRun   string // the reason why it is not run, or ""
	Commands []Command
}

// A Command is what a user types, and what the document shows of its output.
type Command struct {
	Line   int    // of the command, from 1
	Text   string // for sh
	Output string // lines, each with its end
	output span
}

// A span is a range of lines of a document, from 0.
type span struct{ from, to int }

var directive = regexp.MustCompile(`^<!-- (in|not run): (.*) -->$`)

// Parse returns the blocks of commands of a document, in order. It is an error if commands could be anywhere else.
func Parse(document string) ([]Block, error) {
	lines := strings.Split(document, "\n")
	var blocks []Block
	place := ""
	var next Block // what comments have said of the next block
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch m := directive.FindStringSubmatch(line); {
		case m != nil && m[1] == "in":
			next.In = m[2]
			if len(blocks) == 0 {
				place = m[2]
			}
		case m != nil:
			next.NotRun = m[2]
		case strings.HasPrefix(line, "```"):
			end := i + 1
			for end < len(lines) && lines[end] != "```" {
				end++
			}
			if end == len(lines) {
				return nil, fmt.Errorf("line %d: the block does not end", i+1)
			}
			switch language := line[3:]; language {
			case "console":
				commands, err := parseCommands(lines, span{i + 1, end})
				if err != nil {
					return nil, err
				}
				next.Line, next.Commands = i+1, commands
				if next.In == "" {
					next.In = place
				}
				blocks = append(blocks, next)
			case "":
				return nil, fmt.Errorf("line %d: a block without a language: console if it has commands, text if it has none", i+1)
			}
			next = Block{}
			i = end
		case strings.HasPrefix(line, "    ") && (i == 0 || lines[i-1] == ""):
			return nil, fmt.Errorf("line %d: an indented block: commands belong into a fenced block of the language console", i+1)
		case line != "":
			next = Block{}
		}
	}
	return blocks, nil
}

func parseCommands(lines []string, s span) ([]Command, error) {
	var all []Command
	for i := s.from; i < s.to; i++ {
		text, isCommand := strings.CutPrefix(lines[i], "$ ")
		if !isCommand {
			return nil, fmt.Errorf("line %d: output without a command", i+1)
		}
		c := Command{Line: i + 1, Text: text}
		for i+1 < s.to && strings.HasPrefix(lines[i+1], "> ") {
			i++
			c.Text += "\n" + lines[i][2:]
		}
		c.output.from = i + 1
		for i+1 < s.to && !strings.HasPrefix(lines[i+1], "$ ") {
			i++
			c.Output += lines[i] + "\n"
		}
		c.output.to = i + 1
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("line %d: no command", s.from)
	}
	return all, nil
}

// Update returns the document with other outputs of some commands. They are of blocks that Parse made of this document.
func Update(document string, outputs map[int]string, blocks []Block) string {
	lines := strings.Split(document, "\n")
	var b []string
	done := 0
	for _, block := range blocks {
		for _, c := range block.Commands {
			output, changed := outputs[c.Line]
			if !changed {
				continue
			}
			b = append(b, lines[done:c.output.from]...)
			if output != "" {
				b = append(b, strings.Split(strings.TrimSuffix(output, "\n"), "\n")...)
			}
			done = c.output.to
		}
	}
	return strings.Join(append(b, lines[done:]...), "\n")
}
