// Command gopahole turns the DWARF of ELF files into BTF. It takes pahole's
// options for that and writes the bytes that pahole 1.32 writes:
//
//	gopahole -J --btf_features=default vmlinux
//
// A few verbs stand beside the options; gopahole --help lists both. Called as
// pahole or as resolve_btfids, it is that program.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/internal/tuning"
	"github.com/gopahole/gopahole/module"
)

// program is the name in messages, whatever the file is called, but for the
// personalities.
const program = "gopahole"

// Exit codes. The first three are those of the personality pahole. The last one belongs to
// verbs, and exitVerbUsage to all of gopahole, also for what pahole alone does. A command
// ended by a signal exits with 128 and the signal's number.
const (
	exitOK         = 0
	exitFailure    = 1
	exitUsage      = 64 // EX_USAGE, as argp
	exitVerbUsage  = 2
	exitUnreadable = 3
)

func main() {
	os.Exit(run(os.Args, os.LookupEnv, os.Stdout, os.Stderr))
}

// A command is one run of the program, with all it takes from outside except
// files and signals.
type command struct {
	env            func(name string) (string, bool)
	stdout, stderr io.Writer
	toBTF          module.Converter // dwarf2btf.Convert, or what a test puts in its place
	collector      *tuning.Collector
	colors         colors
	quiet          bool                    // no warnings
	heard          func(warning string)    // of all warnings; nil if nobody asks
	verbose        bool                    // what say says
	verb           string                  // that runs; "" for options alone
	json           bool                    // --json
	objects        *atomic.Int64           // of JSON that were printed; nil if nobody asks
	asPahole       bool                    // called by that name: no verbs
	subject        *atomic.Pointer[string] // see setSubject; nil if nobody asks
	watch          *watch
}

// personalities are the programs that gopahole is when it is called by their
// name, through a link or as a copy.
var personalities = map[string]func(c *command, args []string) int{
	paholeName:  (*command).runPahole,
	resolveName: (*command).runResolve,
}

// paholeName is the name under which kernel builds and packages expect the program
// whose options for encoding gopahole has.
const paholeName = "pahole"

// runPahole runs a command line of pahole, in which a verb is a file.
func (c *command) runPahole(args []string) int {
	defer c.watchSignals()()
	c.asPahole = true
	return c.runOptions(args)
}

// run runs the program, whose name is the first argument, and returns its exit
// code.
func run(args []string, env func(string) (string, bool), stdout, stderr io.Writer) int {
	out := &stream{Writer: stdout}
	c := &command{env: env, stdout: out, stderr: stderr, toBTF: dwarf2btf.Convert, collector: tuning.Start(env), subject: new(atomic.Pointer[string]), objects: new(atomic.Int64)}
	if err := c.limitMemory(); err != nil {
		return c.exit(err)
	}
	if err := c.checkCaller(); err != nil {
		return c.exit(err)
	}
	personality := (*command).run
	if len(args) > 0 { // a caller can leave out the name
		if p, ok := personalities[filepath.Base(args[0])]; ok {
			personality = p
		}
		args = args[1:]
	}
	code := personality(c, args)
	if err := out.failed(); err != nil && code == exitOK {
		c.complain(err)
		return exitFailure
	}
	return code
}

func (c *command) run(args []string) int {
	defer c.watchSignals()()
	c.colors = c.autoColors()
	if len(args) > 0 && isCompletion(args[0]) {
		return c.complete(args)
	}
	if verb, rest, ok := lookupVerb(args); ok {
		return c.runVerb(verb, rest)
	}
	return c.runOptions(args)
}

// runOptions runs a command line of pahole's form.
func (c *command) runOptions(args []string) int {
	o := options{asPahole: c.asPahole}
	_, posix := c.env("POSIXLY_CORRECT")
	fs := encodeFlags(&o)
	files, err := parseArgs(fs, args, posix)
	if !c.asPahole {
		err = suggest(err, fs)
		if o.color != "" {
			c.setColors(o.color)
		}
	}
	// What only prints does so at once in pahole, whatever follows on the command
	// line, except for the number. Options after it are still read here, for the
	// sake of --btf_compat, but not judged; a strict list before it is.
	if o.print != printNothing && (err == nil || o.print != printNumericVersion) {
		if _, err = o.replay(o.features[:o.before], nil); err == nil {
			c.print(&o)
		}
		return c.exit(err)
	}
	if err == nil {
		c.setSubject(files)
		err = c.encode(&o, files)
	}
	return c.exit(err)
}

// exit reports err, if there is one, and returns the exit code.
func (c *command) exit(err error) int {
	if err == nil {
		return exitOK
	}
	usage, mistyped := new(usageError), new(mistypedError)
	switch {
	case errors.As(err, &usage) && c.asPahole:
		c.complain(err)
		fmt.Fprintf(c.stderr, "Try `%s --help' or `%[1]s --usage' for more information.\n", c.name())
		return exitUsage
	case errors.As(err, &usage), errors.As(err, &mistyped):
		c.complain(withHelp(err, "help"))
		return exitVerbUsage
	}
	c.complain(err)
	return failureCode(err)
}

// failureCode returns the exit code for an error that is not about the command
// line.
func failureCode(err error) int {
	if display := new(displayError); errors.As(err, &display) {
		return exitVerbUsage
	}
	if interrupted := new(signalError); errors.As(err, &interrupted) {
		return 128 + int(interrupted.signal)
	}
	return exitFailure
}

// name is the name of the program in messages.
func (c *command) name() string {
	if c.asPahole {
		return paholeName
	}
	return program
}

// complain prints err as one line, or word for word if it is a text that
// scripts know.
func (c *command) complain(err error) {
	if unknown := new(features.UnknownError); errors.As(err, &unknown) {
		safe := *unknown
		safe.Name, safe.List = quote.Line(unknown.Name), quote.Line(unknown.List)
		fmt.Fprintln(c.stderr, &safe)
		return
	}
	fmt.Fprintf(c.stderr, "%s: %s\n", c.paintErr(alarm, c.name()), quote.Line(err.Error()))
}

// withHelp says after an error about the command line which one prints more.
func withHelp(err error, args string) error {
	and := "; see"
	if strings.HasSuffix(err.Error(), "?") {
		and = " See"
	}
	return fmt.Errorf("%w%s `%s %s'", err, and, program, args)
}

// warn prints a line that does not change the exit code.
func (c *command) warn(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if c.heard != nil {
		c.heard(text)
	}
	if !c.quiet {
		fmt.Fprintf(c.stderr, "%s: %s: %s\n", c.name(), c.paintErr(doubt, "warning"), quote.Line(text))
	}
}
