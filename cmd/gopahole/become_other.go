//go:build !unix

package main

import (
	"errors"
	"os"
)

const exeSuffix = ".exe"

// become runs another program and ends with its exit code, as no process can become another one here.
func become(path string, args, env []string) error {
	p, err := os.StartProcess(path, args, &os.ProcAttr{Env: env, Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})
	if err != nil {
		return err
	}
	state, err := p.Wait()
	if err != nil {
		return err
	}
	if code := state.ExitCode(); code >= 0 {
		os.Exit(code)
	}
	return errors.New("it was ended")
}
