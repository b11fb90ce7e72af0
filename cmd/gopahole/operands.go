package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// An operand is a file that a command line names, or that stands below a directory
// which it names.
type operand struct {
	path  string
	found bool  // below a directory, and not named
	size  int64 // in bytes; 0 for what is not there
	err   error // a directory that cannot be read, instead of the files below it
}

// A finder collects the files that operands name, each once, however often and in
// whichever way they are named.
type finder struct {
	// wanted tells whether a file below a directory is meant.
	wanted func(path string, entry fs.DirEntry) bool
	// noun is what a directory has none of, for the error.
	noun string

	found []operand
	seen  map[string]bool // by real path
}

// findOperands returns the files that names stand for: themselves, or of a
// directory the wanted files below it, in the order of their paths. That a named
// file does not exist is found out when it is its turn, and what cannot be read of
// a directory is an operand with an error, so that neither keeps others from their
// turn. Nor does a directory with nothing in it that is wanted, unless all are like
// that: then the error is about the first one.
func findOperands(names []string, noun string, wanted func(path string, entry fs.DirEntry) bool) ([]operand, error) {
	f := finder{wanted: wanted, noun: noun, seen: make(map[string]bool)}
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			f.add(operand{path: name})
		case !info.IsDir():
			f.add(operand{path: name, size: info.Size()})
		default:
			if err := f.walk(name); err != nil {
				f.add(operand{path: name, err: err})
			}
		}
	}
	for _, o := range f.found {
		if !errors.As(o.err, new(*emptyError)) {
			return f.found, nil
		}
	}
	if len(f.found) > 0 {
		return nil, f.found[0].err
	}
	return nil, nil
}

// An emptyError says that there is nothing in a directory.
type emptyError struct{ noun string }

func (e *emptyError) Error() string { return fmt.Sprintf("no %s in this directory", e.noun) }

// walk adds the files below a directory. One that was walked before, or whose files
// were named before, brings nothing new and is no error.
func (f *finder) walk(dir string) error {
	root := dir
	if !strings.HasSuffix(root, string(filepath.Separator)) {
		root += string(filepath.Separator) // the directory that a link leads to
	}
	empty := true
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if path == root {
			path = dir
		}
		switch {
		case err != nil:
			empty = false
			if of := (*fs.PathError)(nil); errors.As(err, &of) { // whose path may be root
				err = of.Err
			}
			f.add(operand{path: path, err: fileError(path, err)})
			if entry != nil && entry.IsDir() {
				return fs.SkipDir
			}
		case !entry.IsDir() && f.wanted(path, entry):
			empty = false
			o := operand{path: path, found: true}
			if info, err := entry.Info(); err == nil {
				o.size = info.Size()
			}
			f.add(o)
		}
		return nil
	})
	if err == nil && empty {
		err = &emptyError{f.noun}
	}
	if err != nil {
		return fileError(dir, err)
	}
	return nil
}

func (f *finder) add(o operand) {
	if key := realPath(o.path); !f.seen[key] {
		f.seen[key] = true
		f.found = append(f.found, o)
	}
}

// realPath returns a name that all ways to a file have in common.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return path
}

// isModule reports whether a file below a directory is taken for a module.
func isModule(path string, entry fs.DirEntry) bool {
	return entry.Type().IsRegular() && isModuleName(path)
}

// isDirectory reports whether a path is that of a directory which exists.
func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// statusCodes adds up what became of the operands of a verb.
type statusCodes struct {
	all, failed int
	unreadable  bool
}

// add counts an operand, for which err has been printed.
func (s *statusCodes) add(err error) {
	s.all++
	if err == nil {
		return
	}
	s.failed++
	if errors.As(err, new(*unreadableError)) {
		s.unreadable = true
	}
}

// result returns the error for all operands, nil if all could be done: how many could not, with the
// exit code for the worst. A single one has said all that there is to say.
func (s *statusCodes) result(done string) error {
	switch err := fmt.Errorf("%d of %d files could not be %s", s.failed, s.all, done); {
	case s.failed == 0:
		return nil
	case s.all == 1 && s.unreadable:
		return &statusError{exitUnreadable}
	case s.all == 1:
		return &statusError{exitFailure}
	case s.unreadable:
		return &unreadableError{err}
	default:
		return err
	}
}

// checkFileLast returns an error if the operands of a verb, names and then a file, begin with the
// file.
func checkFileLast(operands []string) error {
	first, last := operands[0], operands[len(operands)-1]
	if last == stdinFile || last == runningWord {
		return nil
	}
	if _, err := os.Stat(last); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if info, err := os.Stat(first); err != nil || info.IsDir() {
		return nil
	}
	return &verbUsageError{fmt.Sprintf("there is no file %s; the file comes last, after the names: %s %s", last, last, first)}
}
