package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/features"
)

// manualPages returns the manual pages by the names of their files: one of the program, and one
// of each verb, as gopahole-gen-core.1.
func manualPages() map[string][]byte {
	pages := map[string][]byte{program + ".1": roff(manual())}
	for _, v := range verbList {
		pages[manualName(v)+".1"] = roff(verbManual(v))
	}
	return pages
}

// manualName is what the page of a verb is called.
func manualName(v verb) string { return program + "-" + strings.ReplaceAll(v.name, " ", "-") }

// roff makes a page of Markdown, in lines of at most 80 bytes.
func roff(markdown string) []byte {
	var b strings.Builder
	literal := false
	for line := range strings.Lines(string(md2man.Render([]byte(markdown)))) {
		switch strings.TrimSpace(line) {
		case ".EX":
			literal = true
		case ".EE":
			literal = false
		}
		if literal || strings.HasPrefix(line, ".") {
			b.WriteString(line)
			continue
		}
		b.WriteString(control.ReplaceAllString(wrap(line, " ", "", 80), "$1\\&$2"))
	}
	return []byte(b.String())
}

// control matches what would be a request at the beginning of a line.
var control = regexp.MustCompile(`(?m)(\n)([.'])`)

// manualHead begins a page.
func manualHead(name, summary string) string {
	title := fmt.Sprintf("%s 1 \"\" \"gopahole\" \"User Commands\"", strings.ToUpper(name))
	return fmt.Sprintf("%s\n%s\n\n# NAME\n\n%s - %s\n", title, strings.Repeat("=", len(title)), escape(name), summary)
}

// manual is the page of the program, in Markdown.
func manual() string {
	var b strings.Builder
	b.WriteString(manualHead(program, "turn the DWARF of a Linux kernel and its modules into BTF"))
	section := func(name string) { fmt.Fprintf(&b, "\n# %s\n\n", name) }
	section("SYNOPSIS")
	synopsis := strings.TrimSpace(strings.ReplaceAll(helpUsage, "Usage:", ""))
	for line := range strings.Lines(synopsis) {
		fmt.Fprintf(&b, "    %s\n", strings.TrimSpace(line))
	}
	section("DESCRIPTION")
	b.WriteString(prose(strings.ReplaceAll(helpIntro, "Example:\n", "Example:\n\n")))
	section("VERBS")
	for _, v := range verbList {
		fmt.Fprintf(&b, "**%s**(1)\n:   %s\n\n", escape(manualName(v)), escape(v.summary))
	}
	section("OPTIONS")
	for _, g := range flagGroups(new(options)) {
		fmt.Fprintf(&b, "### %s\n\n%s", g.title, definitions(g.FlagSet))
	}
	b.WriteString("### Lists of features\n\n")
	b.WriteString(prose(fmt.Sprintf("Of the list default:\n\n  %s\n\nand those to be named:\n\n  %s\n",
		strings.ReplaceAll(features.Default().String(), ",", "\n  "), strings.ReplaceAll(features.Known().Without(features.Default()).String(), ",", "\n  "))))
	usage, status, _ := strings.Cut(helpEnd, statusWords)
	b.WriteString("### Form\n\n" + prose(usage))
	section("EXIT STATUS")
	b.WriteString(prose(status))
	section("ENVIRONMENT")
	fmt.Fprintf(&b, "**%s**\n:   %s\n\n", escape(cacheEnv), escape("a directory for indexes of bases, for builds that call -J "+
		"once for each module: what one call has found out about a base, the others need not. The bytes are those without it. "+
		"It has to belong to the user or to root, and nobody else may write to it; anything in it can be removed at any time"))
	fmt.Fprintf(&b, "**%s**\n:   %s\n\n", escape(cacheSizeEnv), escape("how large that directory may become, such as 1G; 500M by default. "+
		"What was used least recently is removed"))
	fmt.Fprintf(&b, "**%s**\n:   %s\n\n", escape(langExcludeEnv), escape("what --lang_exclude would say, if neither --lang nor --lang_exclude is given"))
	b.WriteString("**MAKEFLAGS**\n:   the job server of make, whose slots are shared\n\n")
	b.WriteString("**POSIXLY\\_CORRECT**\n:   the first file ends the options\n\n")
	section("SEE ALSO")
	b.WriteString(seeAlso(func(verb) bool { return true }) + "**pahole**(1), **bpftool**(8)\n")
	return b.String()
}

// statusWords begin the end of a help text.
const statusWords = "Exit status: "

// verbManual is the page of a verb, in Markdown.
func verbManual(v verb) string {
	var b strings.Builder
	b.WriteString(manualHead(manualName(v), escape(v.summary)))
	section := func(name string) { fmt.Fprintf(&b, "\n# %s\n\n", name) }
	section("SYNOPSIS")
	for form := range strings.SplitSeq(v.arguments, " | ") {
		if v.words != nil || v.arguments == "" { // | is between words
			form = v.arguments
		}
		fmt.Fprintf(&b, "    %s\n", strings.TrimSpace(program+" "+v.name+" "+form))
		if form == v.arguments {
			break
		}
	}
	text, status, _ := strings.Cut(v.details, statusWords)
	switch v.name {
	case resolveName:
		_, text, _ = strings.Cut(resolveHelp, "\n\n")
	case versionVerb.name:
		var table strings.Builder
		writeKernels(&table)
		text += "\nWhat --kernels prints:\n\n"
		for line := range strings.Lines(table.String()) {
			text += "  " + line
		}
	}
	section("DESCRIPTION")
	b.WriteString(escape(v.summary) + ".\n\n")
	if v.reads {
		b.WriteString(prose(readsText))
	}
	b.WriteString(prose(text))
	section("OPTIONS")
	b.WriteString(definitions(v.flagSet(new(command))))
	if status != "" {
		section("EXIT STATUS")
		b.WriteString(prose(status))
	}
	if v.example != "" {
		section("EXAMPLES")
		for example := range strings.Lines(v.example) {
			fmt.Fprintf(&b, "    %s %s\n", program, strings.TrimSpace(example))
		}
	}
	section("SEE ALSO")
	fmt.Fprintf(&b, "**%s**(1), ", program)
	b.WriteString(strings.TrimSuffix(seeAlso(func(other verb) bool { return other.name != v.name }), ", ") + "\n")
	return b.String()
}

// seeAlso names the pages of verbs.
func seeAlso(which func(verb) bool) string {
	var b strings.Builder
	for _, v := range verbList {
		if which(v) {
			fmt.Fprintf(&b, "**%s**(1), ", escape(manualName(v)))
		}
	}
	return b.String()
}

// definitions lists options with what they do.
func definitions(fs *pflag.FlagSet) string {
	var b strings.Builder
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		argument, usage := pflag.UnquoteUsage(f)
		long := "**--" + escape(f.Name) + "**"
		switch argumentOf(f) {
		case optionalArgument:
			long += "[=*" + escape(f.NoOptDefVal) + "*]"
		case requiredArgument:
			long += "=*" + escape(argument) + "*"
		}
		if f.Shorthand != "" {
			long = "**-" + f.Shorthand + "**, " + long
		}
		fmt.Fprintf(&b, "%s\n:   %s\n\n", long, escape(usage))
	})
	return b.String()
}

// prose is a help text: what is indented in it stays as it is.
func prose(text string) string {
	var b strings.Builder
	indented := false
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		in := strings.HasPrefix(line, "  ")
		if in != indented {
			b.WriteString("\n")
		}
		if indented = in; in {
			b.WriteString("    " + line)
		} else {
			b.WriteString(escape(line))
		}
	}
	return b.String() + "\n"
}

var special = regexp.MustCompile("[\\\\`*_{}\\[\\]<>#|~]")

// escape keeps Markdown from seeing something in a text.
func escape(text string) string { return special.ReplaceAllString(text, "\\$0") }
