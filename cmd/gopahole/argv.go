package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// A usageError is a command line that cannot be understood. The text is
// getopt's, because users know it.
type usageError struct {
	msg     string
	unknown string // the option that there is none of, "" for other errors
}

func (e *usageError) Error() string { return e.msg }

func usagef(format string, args ...any) error {
	return &usageError{msg: fmt.Sprintf(format, args...)}
}

// parseArgs sets the flags of fs from args and returns the operands.
//
// It reads args as argp and getopt_long do, which kernel makefiles rely on and
// pflag's own Parse does otherwise: an optional argument has to be attached
// (-j4, --jobs=4), also in a cluster (-Jj4), an equals sign after a short option
// belongs to its argument, and a long option may be shortened to any prefix that
// fits no other one. Dashes and underscores in long options are the same.
//
// With posix set, the first operand ends the options, as POSIXLY_CORRECT in the
// environment asks for. Errors are of type *usageError, or what the Set method
// of a value returned.
func parseArgs(fs *pflag.FlagSet, args []string, posix bool) (operands []string, err error) {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			return append(operands, args...), nil
		case strings.HasPrefix(arg, "--"):
			args, err = parseLong(fs, arg[2:], args)
		case len(arg) > 1 && arg[0] == '-':
			args, err = parseCluster(fs, arg[1:], args)
		case posix:
			return append(operands, append([]string{arg}, args...)...), nil
		default:
			operands = append(operands, arg)
		}
		if err != nil {
			return nil, err
		}
	}
	return operands, nil
}

// parseLong handles one long option, opt being the argument without its dashes.
// It returns what remains of rest.
func parseLong(fs *pflag.FlagSet, opt string, rest []string) ([]string, error) {
	name, value, attached := strings.Cut(opt, "=")
	f, err := lookupLong(fs, name)
	if err != nil {
		return nil, err
	}
	switch arity := argumentOf(f); {
	case arity == noArgument && attached:
		return nil, usagef("option '--%s' doesn't allow an argument", f.Name)
	case arity != requiredArgument && !attached:
		value = f.NoOptDefVal
	case arity == requiredArgument && !attached:
		if len(rest) == 0 {
			return nil, usagef("option '--%s' requires an argument", f.Name)
		}
		value, rest = rest[0], rest[1:]
	}
	return rest, set(fs, f, value)
}

// parseCluster handles the short options of one argument, shorts being the
// argument without its dash. It returns what remains of rest.
func parseCluster(fs *pflag.FlagSet, shorts string, rest []string) ([]string, error) {
	for i := range len(shorts) {
		short, attached := shorts[i:i+1], shorts[i+1:]
		if short[0] >= 0x80 {
			return nil, usagef("invalid option -- %q", short)
		}
		f := fs.ShorthandLookup(short)
		if f == nil {
			return nil, usagef("invalid option -- '%s'", short)
		}
		arity := argumentOf(f)
		if arity == noArgument {
			if err := set(fs, f, f.NoOptDefVal); err != nil {
				return nil, err
			}
			continue
		}
		value := attached
		if value == "" {
			if arity == optionalArgument {
				value = f.NoOptDefVal
			} else if len(rest) == 0 {
				return nil, usagef("option requires an argument -- '%s'", short)
			} else {
				value, rest = rest[0], rest[1:]
			}
		}
		return rest, set(fs, f, value)
	}
	return rest, nil
}

// lookupLong returns the flag of that name, or the only one whose name begins so.
func lookupLong(fs *pflag.FlagSet, name string) (*pflag.Flag, error) {
	want := strings.ReplaceAll(name, "-", "_")
	if f := fs.Lookup(want); f != nil {
		return f, nil
	}
	if f := named(fs, want); f != nil {
		return f, nil
	}
	begins := func(name string) bool { return strings.HasPrefix(name, want) }
	var matches []*pflag.Flag
	fs.VisitAll(func(f *pflag.Flag) {
		if begins(f.Name) || slices.ContainsFunc(f.Annotations[aliases], begins) {
			matches = append(matches, f)
		}
	})
	switch len(matches) {
	case 0:
		return nil, &usageError{msg: fmt.Sprintf("unrecognized option '--%s'", name), unknown: want}
	case 1:
		return matches[0], nil
	}
	var names strings.Builder
	for _, f := range matches {
		fmt.Fprintf(&names, " '--%s'", f.Name)
	}
	return nil, usagef("option '--%s' is ambiguous; possibilities:%s", name, &names)
}

// An arity says whether an option takes an argument.
type arity int

const (
	noArgument arity = iota
	optionalArgument
	requiredArgument
)

// argumentOf derives the arity from what pflag knows: a flag without
// NoOptDefVal needs an argument, a boolean one takes none.
func argumentOf(f *pflag.Flag) arity {
	switch {
	case f.NoOptDefVal == "":
		return requiredArgument
	case slices.Contains([]string{"bool", "boolfunc"}, f.Value.Type()):
		return noArgument
	}
	return optionalArgument
}

// set sets a flag and returns the error of its value as it is, without pflag's
// words around it.
func set(fs *pflag.FlagSet, f *pflag.Flag, value string) error {
	err := fs.Set(f.Name, value)
	if invalid := new(pflag.InvalidValueError); errors.As(err, &invalid) {
		return errors.Unwrap(invalid)
	}
	return err
}
