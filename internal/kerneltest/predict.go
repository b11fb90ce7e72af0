package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/internal/kerneltest/protocol"
)

// A prediction is what gopahole relocate --check --json says about a module and a kernel.
type prediction struct {
	Verdict string `json:"verdict"`
	Errno   struct {
		Number int `json:"number"`
	} `json:"errno"`
	Message string `json:"message"`
}

// judgePrediction compares what the kernel did with a module that has a distilled base with what gopahole says about
// that beforehand, and the BTF that it made of it with that of gopahole.
func (t *tree) judgePrediction(k *kernel, c moduleCase, got protocol.Result) error {
	if t.gopahole == "" || c.want[k.name].nonsense {
		return nil
	}
	contents, err := readContents(c.file)
	if err != nil {
		return err
	}
	if contents.base == nil {
		return nil
	}
	problem := func(format string, args ...any) {
		t.problem("%s: kernel %s, module %s: "+format, append([]any{t.version, k.name, c.Case}, args...)...)
	}
	out, err := exec.Command(t.gopahole, "relocate", "--check", "--json", "--kernel", t.version, "--base", k.vmlinuxBTF(), c.file).Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("gopahole relocate: %w", err)
	}
	var p prediction
	if err := json.Unmarshal(out, &p); err != nil {
		return fmt.Errorf("gopahole relocate --check --json: %w: %s", err, out)
	}
	switch {
	case got.BTF != nil && (p.Verdict != "relocates" || exit != nil):
		problem("it was relocated, and gopahole had said: %s", out)
	case got.BTF == nil && (p.Verdict != "refused" || exit == nil || exit.ExitCode() != 1):
		problem("it was refused, and gopahole had said: %s", out)
	case got.BTF == nil && !slices.Contains(messages(got.Log), p.Message):
		problem("gopahole had said that the kernel says %q; it says\n%s", p.Message, got.Log)
	case got.Errno != 0 && got.Errno != p.Errno.Number:
		problem("error %d, and gopahole had said %d", got.Errno, p.Errno.Number)
	}
	if got.BTF == nil {
		return nil
	}
	moved := filepath.Join(k.dir, c.Case+".relocated.btf")
	if out, err := exec.Command(t.gopahole, "relocate", "--base", k.vmlinuxBTF(), "-o", moved, c.file).CombinedOutput(); err != nil {
		return fmt.Errorf("gopahole relocate: %w\n%s", err, out)
	}
	raw, err := os.ReadFile(moved)
	if err != nil {
		return err
	}
	if !bytes.Equal(raw, got.BTF) {
		problem("its BTF in /sys is not what gopahole relocate writes")
	}
	return nil
}

// messages are the lines of a kernel's log without level and time.
func messages(log string) []string {
	var texts []string
	for line := range strings.Lines(log) {
		texts = append(texts, prefix.ReplaceAllString(strings.TrimSuffix(line, "\n"), ""))
	}
	return texts
}

var prefix = regexp.MustCompile(`^<\d+>(\[[ .\d]+\] )?`)
