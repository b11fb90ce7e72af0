//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestUnreadableDirectory: a directory that may not be read is one more file that
// fails, and the others are done. Root may read everything, so the command runs as
// somebody else.
func TestUnreadableDirectory(t *testing.T) {
	dir := t.TempDir()
	tree, secret := filepath.Join(dir, "tree"), filepath.Join(dir, "tree", "secret")
	for _, d := range []string{filepath.Dir(dir), dir, tree, secret, filepath.Join(dir, "out")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "out"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.ko", "z.ko", "secret/b.ko"} {
		if err := os.WriteFile(filepath.Join(tree, name), exampleObject, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(secret, 0o755)
	for _, tt := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{[]string{"encode", "-o", "out", "tree"}, exitFailure, "gopahole: tree/secret: permission denied\ngopahole: 1 of 3 files could not be encoded\n"},
		{[]string{"verify", "out", "out/a.btf", "tree/secret"}, exitUnreadable, "gopahole: tree/secret: permission denied\n"},
	} {
		got := runAsNobody(t, dir, tt.args)
		if got.code != tt.code || !bytes.HasSuffix(got.stderr, []byte(tt.stderr)) {
			t.Errorf("%v: exit code %d, want %d: %s", tt.args, got.code, tt.code, got.stderr)
		}
	}
	for _, name := range []string{"out/a.btf", "out/z.btf"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// ran is what came of a run of the command.
type ran struct {
	code           int
	stdout, stderr []byte
}

// runAsNobody runs the command in a directory, as a user who owns nothing if this is
// root.
func runAsNobody(t *testing.T, dir string, args []string) ran {
	t.Helper()
	program := filepath.Join(dir, program)
	if _, err := os.Stat(program); err != nil {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(self) // its directory is closed to others
		if err == nil {
			err = os.WriteFile(program, data, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if os.Getuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return ran{cmd.ProcessState.ExitCode(), stdout.Bytes(), stderr.Bytes()}
}
