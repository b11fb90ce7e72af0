package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/features"
)

var updateManual = flag.Bool("update", false, "write contrib/man/gopahole.1 anew")

// manualFile is the manual page, which make install installs.
const manualFile = "../../contrib/man/gopahole.1"

// TestManual compares the manual page with what the options and the help texts of
// all verbs make now.
func TestManual(t *testing.T) {
	want := md2man.Render([]byte(manual()))
	if *updateManual {
		if err := os.WriteFile(manualFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(manualFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the manual page is not that of the options: go test ./cmd/gopahole -run Manual -update")
	}
	for _, v := range verbList {
		if !bytes.Contains(got, []byte("\n.SS "+v.name+"\n")) {
			t.Errorf("nothing about the verb %s", v.name)
		}
	}
}

// TestManualIsReadable gives the manual page to groff, if there is one, which warns
// of what it does not understand.
func TestManualIsReadable(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("no groff")
	}
	cmd := exec.Command(groff, "-man", "-Tutf8", "-ww", manualFile)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Errorf("groff: %v\n%s", err, stderr.String())
	}
	plain := regexp.MustCompile("\x1b\\[[0-9;]*m|.\b").ReplaceAllString(string(text), "")
	for _, want := range []string{"--btf_features=LIST", "--lang_exclude=LIST", "resolve_btfids [--btf BTF] [-b BASE] FILE"} {
		if !strings.Contains(plain, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
}

// manual is the manual page in Markdown.
func manual() string {
	var b strings.Builder
	fmt.Fprintf(&b, "gopahole 1 \"\" \"gopahole\" \"User Commands\"\n==================================================\n\n")
	section := func(name string) { fmt.Fprintf(&b, "\n# %s\n\n", name) }
	section("NAME")
	b.WriteString("gopahole - turn the DWARF of a Linux kernel and its modules into BTF\n")
	section("SYNOPSIS")
	synopsis := strings.TrimSpace(strings.ReplaceAll(helpUsage, "Usage:", ""))
	for line := range strings.Lines(synopsis) {
		fmt.Fprintf(&b, "    %s\n", strings.TrimSpace(line))
	}
	section("DESCRIPTION")
	b.WriteString(prose(strings.ReplaceAll(helpIntro, "Example:\n", "Example:\n\n")))
	section("OPTIONS")
	for _, g := range flagGroups(new(options)) {
		fmt.Fprintf(&b, "### %s\n\n%s", g.title, definitions(g.FlagSet))
	}
	b.WriteString("### Lists of features\n\n")
	b.WriteString(prose(fmt.Sprintf("Of the list default:\n\n  %s\n\nand those to be named:\n\n  %s\n",
		strings.ReplaceAll(features.Default().String(), ",", "\n  "), strings.ReplaceAll(features.Known().Without(features.Default()).String(), ",", "\n  "))))
	usage, status, _ := strings.Cut(helpEnd, "Exit status: ")
	b.WriteString("### Form\n\n" + prose(usage))
	section("VERBS")
	for _, v := range verbList {
		fmt.Fprintf(&b, "### %s\n\n    %s\n\n%s.\n\n", escape(v.name), strings.TrimSpace(program+" "+v.name+" "+v.arguments), escape(v.summary))
		if v.example != "" {
			b.WriteString("Example:\n\n")
			for example := range strings.Lines(v.example) {
				fmt.Fprintf(&b, "    %s %s\n", program, strings.TrimSpace(example))
			}
			b.WriteString("\n")
		}
		b.WriteString(definitions(v.flagSet(new(command))))
		if v.reads {
			b.WriteString(prose(readsText))
		}
		if v.details != "" {
			b.WriteString(prose(v.details))
		}
		if v.name == versionVerb.name {
			var table strings.Builder
			writeKernels(&table)
			b.WriteString("What **--kernels** prints:\n\n")
			for line := range strings.Lines(table.String()) {
				b.WriteString("    " + line)
			}
			b.WriteString("\n")
		}
		if v.name == resolveName {
			_, text, _ := strings.Cut(resolveHelp, "\n\n")
			b.WriteString(prose(text))
		}
	}
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
	b.WriteString("**pahole**(1), **bpftool**(8)\n")
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
