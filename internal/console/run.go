package console

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// Run runs a command of a document with sh in a directory. status is the exit status of the command before it, for $?.
// It returns all that the command printed and its own exit status.
func Run(ctx context.Context, command, dir string, env []string, status int) (output string, exit int, err error) {
	// The command is read from an argument: its lines and quotes stay what they are.
	cmd := exec.CommandContext(ctx, "sh", "-c", fmt.Sprintf("(exit %d)\neval \"$0\"", status), command)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.CombinedOutput()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) && failed.Exited() {
		return string(out), failed.ExitCode(), nil
	}
	return string(out), 0, err
}

// Matches reports whether an output is what a document shows. A line "..." there stands for any number of lines.
func Matches(shown, output string) bool {
	return matches(slices.Collect(strings.Lines(shown)), slices.Collect(strings.Lines(output)))
}

func matches(shown, output []string) bool {
	for len(shown) > 0 {
		if shown[0] != "...\n" {
			if len(output) == 0 || output[0] != shown[0] {
				return false
			}
			shown, output = shown[1:], output[1:]
			continue
		}
		// Lines of documents are few: trying each place is no problem.
		for skip := range len(output) + 1 {
			if matches(shown[1:], output[skip:]) {
				return true
			}
		}
		return false
	}
	return len(output) == 0
}
