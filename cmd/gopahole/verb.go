package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/internal/tuning"
)

// A verb is a first argument that is not an input file but something else to
// do. A file of that name can be given as ./version, or after an option.
type verb struct {
	name      string // one word or two
	arguments string // as shown in help texts
	summary   string
	words     []string // that its argument is one of; nil for files
	reads     bool     // its operands are only read: - is standard input
	example   string   // command lines for the help text, after `gopahole '; "" if the usage line says it all
	details   string   // for the end of the help text, paragraphs of full lines; "" for none

	// flags defines the options of the verb and returns what runs it with the
	// operands. The error makes the exit code: *verbUsageError is exitVerbUsage,
	// *unreadableError exitUnreadable, *statusError its own, any other exitFailure.
	flags func(c *command, fs *pflag.FlagSet) func(operands []string) error

	// run is there instead of flags for what has its own form of options, help and
	// exit codes; options are its options, for completion and the manual.
	run     func(c *command, args []string) int
	options func() *pflag.FlagSet
}

// verbList is in the order of the help text. It is made here as completion, one of
// them, is about all of them.
var verbList []verb

func init() {
	verbList = []verb{
		encodeVerb, genVerb, genCoreVerb, distillVerb, relocateVerb, verifyVerb, dumpVerb, diffVerb, scanVerb, doctorVerb, listVerb, mergeVerb, inlineVerb, explainVerb, pageVerb, archiveVerb, archiveRunVerb, archiveStatusVerb, archiveGetVerb, archiveServeVerb, resolveVerb, exampleVerb, completionVerb, helpVerb, versionVerb,
	}
}

// flagSet returns the options of a verb, whose values nobody looks at.
func (v verb) flagSet(c *command) *pflag.FlagSet {
	if v.options != nil {
		return v.options()
	}
	fs := newFlagSet()
	v.flags(c, fs)
	c.commonFlags(fs, new(bool))
	return fs
}

// commonFlags defines the options that all verbs have.
func (c *command) commonFlags(fs *pflag.FlagSet, help *bool) {
	if fs.Lookup("quiet") == nil {
		quietFlag(fs, &c.quiet)
	}
	memoryFlag(fs)
	colorFlag(fs, c.setColors)
	helpFlag(fs, help)
}

func helpFlag(fs *pflag.FlagSet, help *bool) {
	on(fs, "help", "h", "print this text", func() { *help = true })
	hidden(fs, "?", func() { *help = true })
}

// Standard input and output as files, where the system has them.
const (
	stdinFile  = "/dev/stdin"
	stdoutFile = "/dev/stdout"
)

// errNoStdin is about a verb that changes files, or looks for others beside them.
var errNoStdin error = &verbUsageError{"does not read standard input: name a file, or ./- for one that is called -"}

// readsText is what help texts say of that.
const readsText = "A FILE called - is standard input, and one that has this name is ./-.\n"

// orStdin is the file that a name means. One that is called - is ./-.
func orStdin(name string) string {
	if name == "-" {
		return stdinFile
	}
	return name
}

// outputFlag defines the option of a verb that names a file for its result, - for
// standard output.
func (c *command) outputFlag(fs *pflag.FlagSet, output *string, usage string) {
	fs.FuncP("output", "o", usage+"; - is standard output", func(name string) error {
		if *output = name; name == "-" {
			*output = stdoutFile
		}
		return nil
	})
}

// errTwoResults is about a command line that has two things printed.
var errTwoResults = &verbUsageError{"--json prints to standard output, and so does -o -"}

// unitJobsFlag is jobsFlag of a verb that decodes the DWARF of one file.
func unitJobsFlag(fs *pflag.FlagSet, jobs *int) {
	*jobs = runtime.NumCPU()
	fs.VarP(&jobsValue{n: jobs}, "jobs", "j", "decode `N` units of DWARF at a time; as many as there are processors by default")
}

// verboseFlag defines the option of a verb that says more of what it did, on standard error.
func (c *command) verboseFlag(fs *pflag.FlagSet, usage string) {
	on(fs, "verbose", "v", usage, func() { c.verbose = true })
}

// say prints a line that was asked for with -v.
func (c *command) say(format string, args ...any) {
	if c.verbose {
		fmt.Fprintf(c.stderr, "%s: %s\n", program, quote.Line(fmt.Sprintf(format, args...)))
	}
}

// quietFlag defines the option of a verb that keeps warnings back.
func quietFlag(fs *pflag.FlagSet, quiet *bool) {
	on(fs, "quiet", "q", "print no warnings", func() { *quiet = true })
}

// hidden defines an option of one letter that no text names.
func hidden(fs *pflag.FlagSet, letter string, set func()) {
	on(fs, letter, letter, "", set)
	fs.Lookup(letter).Hidden = true
}

// lookupVerb returns the verb that a command line begins with, and the arguments after its
// name, which may be two words: then it comes before the verb of the first one.
func lookupVerb(args []string) (found verb, rest []string, ok bool) {
	for _, v := range verbList {
		name := strings.Fields(v.name)
		n := len(name)
		if n <= len(args) && slices.Equal(name, args[:n]) && (!ok || n > 1) {
			found, rest, ok = v, args[n:], true
		}
	}
	return found, rest, ok
}

// A verbUsageError is a command line that its verb cannot use.
type verbUsageError struct{ msg string }

func (e *verbUsageError) Error() string { return e.msg }

// An unreadableError is an input that is missing or not what it should be.
type unreadableError struct{ err error }

func (e *unreadableError) Error() string { return e.err.Error() }
func (e *unreadableError) Unwrap() error { return e.err }

// A statusError is an exit code for which everything has been said.
type statusError struct{ code int }

func (e *statusError) Error() string { return fmt.Sprintf("exit status %d", e.code) }

// runVerb runs a verb with the arguments after its name.
func (c *command) runVerb(v verb, args []string) int {
	tuning.AllProcessors()
	if v.run != nil {
		return v.run(c, args)
	}
	c.verb = v.name
	var help bool
	fs := newFlagSet()
	runWith := v.flags(c, fs)
	c.commonFlags(fs, &help)
	operands, err := parseArgs(fs, args, false)
	err = suggest(err, fs)
	switch {
	case help:
		v.printHelp(c.stdout, fs, c.helpWidth())
		return exitOK
	case err == nil:
		for i, name := range operands {
			if v.reads {
				operands[i] = orStdin(name)
			} else if name == "-" {
				err = cmp.Or(err, errNoStdin)
			}
		}
		c.setSubject(operands)
		if err == nil {
			err = runWith(operands)
		}
	}
	return c.exitVerb(v, err)
}

// suggest adds to the error about an option that there is none of which ones are close.
func suggest(err error, fs *pflag.FlagSet) error {
	if usage := new(usageError); errors.As(err, &usage) && usage.unknown != "" {
		return usagef("%s%s", usage.msg, didYouMean(closeOptions(fs, usage.unknown), "--"))
	}
	return err
}

func (c *command) exitVerb(v verb, err error) int {
	status := exitUnreadable
	switch e := err.(type) {
	case nil:
		return exitOK
	case *statusError:
		return e.code
	case *usageError, *verbUsageError:
		err = fmt.Errorf("%s: %w", v.name, err)
		c.complain(withHelp(err, "help "+v.name))
		status = exitVerbUsage
	case *unreadableError:
		c.complain(err)
	default:
		c.complain(err)
		status = failureCode(err)
	}
	c.printFailure(err, status)
	return status
}

func (v verb) printHelp(w io.Writer, fs *pflag.FlagSet, width int) {
	line := strings.TrimSpace(fmt.Sprintf("%s %s %s", program, v.name, v.arguments))
	fmt.Fprintf(w, "Usage: %s\n\n%s\n\n", wrap(line, " ", "       ", width), wrap(v.summary+".", " ", "", width))
	if v.example != "" {
		fmt.Fprint(w, "Example:\n")
		for example := range strings.Lines(v.example) {
			fmt.Fprintf(w, "  %s %s\n", program, strings.TrimSpace(example))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, fs.FlagUsagesWrapped(width))
	if v.reads {
		fmt.Fprint(w, "\n"+readsText)
	}
	if v.details != "" {
		fmt.Fprintf(w, "\n%s", reflow(strings.TrimSpace(v.details)+"\n", width))
	}
}
