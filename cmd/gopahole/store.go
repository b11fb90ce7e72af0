package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/gopahole/gopahole/archive/store"
)

// netProgram is this program with what speaks to servers (the build tag gopahole_net). It is a program of its own, as
// net/http and the clients of stores cost each process that has them a megabyte and a tenth of the time that a small
// module takes, and builds of kernels start thousands. git has git-remote-https for that reason.
const netProgram = program + "-net"

// netSchemes are those of stores that netProgram has, and this program if it is netProgram.
var netSchemes = []string{"s3", "oci", "oci+http"}

// netFor is the variable that tells netProgram which version has called it.
const netFor = "GOPAHOLE_NET_FOR"

// openStore opens the store of an archive. Where that takes netProgram, this process becomes that program, with the same
// arguments: nothing should have been done yet.
func (c *command) openStore(ctx context.Context, dest string) (store.Store, error) {
	st, err := store.Open(ctx, dest)
	var unknown *store.SchemeError
	if errors.As(err, &unknown) && !hasNet && slices.Contains(netSchemes, unknown.Scheme) {
		return nil, fmt.Errorf("%s: %w", dest, c.becomeNet())
	}
	if err != nil {
		return nil, fileError(dest, err)
	}
	return st, nil
}

// A netError is the error for what netProgram would do, and cannot.
type netError struct{ err error }

func (e *netError) Error() string {
	return fmt.Sprintf("this takes %s, which speaks to servers: %v", netProgram, e.err)
}

func (e *netError) Unwrap() error { return e.err }

// becomeNet runs netProgram in place of this process, and returns only if that fails.
func (c *command) becomeNet() error {
	own, err := os.Executable()
	if err != nil { // as without /proc
		if own, err = exec.LookPath(os.Args[0]); err != nil {
			return &netError{err}
		}
	}
	if resolved, err := filepath.EvalSymlinks(own); err == nil {
		own = resolved
	}
	path, err := findNet(filepath.Dir(own))
	if err != nil {
		return &netError{err}
	}
	args := append([]string{program}, os.Args[1:]...)
	env := append(os.Environ(), netFor+"="+ownVersion()+" "+ownCommit())
	return &netError{&os.PathError{Op: "run", Path: path, Err: become(path, args, env)}}
}

// findNet returns the file of netProgram for a program in a directory: beside it, or in ../lib/gopahole.
func findNet(dir string) (string, error) {
	name := netProgram + exeSuffix
	for _, path := range []string{filepath.Join(dir, name), filepath.Join(dir, "..", "lib", program, name)} {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", fmt.Errorf("it is neither in %s nor in %s (go build -tags gopahole_net -o %s makes it, and so does make build)",
		dir, filepath.Join(dir, "..", "lib", program), name)
}

// checkCaller returns an error if this is netProgram and has been called by a program of another version, which would
// not be known by what it prints.
func (c *command) checkCaller() error {
	caller, ok := c.env(netFor)
	if own := ownVersion() + " " + ownCommit(); hasNet && ok && caller != own {
		return fmt.Errorf("%s is of version %s, and was started by %s of version %s", netProgram, own, program, caller)
	}
	return nil
}
