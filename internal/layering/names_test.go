package layering

import (
	"bytes"
	"errors"
	"os/exec"
	"regexp"
	"testing"
)

// TestFileNames refuses files that a run of the tests or of a build left behind and somebody added. Names with other
// characters cannot be checked out everywhere, and no module may have them.
func TestFileNames(t *testing.T) {
	out, err := exec.Command("git", "ls-files", "-z", "../..").Output()
	var exit *exec.ExitError
	if errors.Is(err, exec.ErrNotFound) || errors.As(err, &exit) {
		t.Skip("no checkout of git: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	usual, program := regexp.MustCompile(`^[A-Za-z0-9._/+-]+$`), regexp.MustCompile(`\.(exe|test|prof)$`)
	for name := range bytes.SplitSeq(bytes.TrimSuffix(out, []byte{0}), []byte{0}) {
		if !usual.Match(name) || program.Match(name) {
			t.Errorf("%q is no file of the sources", name)
		}
	}
}
