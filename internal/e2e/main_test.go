package e2e

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gopahole/gopahole/internal/rusage"
)

var update = flag.Bool("update", false, "rewrite the goldens with the pahole of the peers")

func TestMain(m *testing.M) {
	flag.Parse()
	status := m.Run()
	if buildDir != "" {
		os.RemoveAll(buildDir)
	}
	os.Exit(status)
}

var buildDir string // of the command under test, once it is built

// program builds the command under test, once. GOPAHOLE_PROGRAM names another build to be tested in its place.
var program = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("GOPAHOLE_PROGRAM"); path != "" {
		return path, nil
	}
	var err error
	if buildDir, err = os.MkdirTemp("", "gopahole-e2e-"); err != nil {
		return "", err
	}
	path := filepath.Join(buildDir, "gopahole")
	args := append([]string{"build"}, raceFlags...)
	out, err := exec.Command("go", append(args, "-o", path, "github.com/gopahole/gopahole/cmd/gopahole")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the command: %w\n%s", err, out)
	}
	return path, nil
})

// A result is what one run of the command did.
type result struct {
	exitCode       int
	stdout, stderr string
	maxRSS         int64 // in bytes
}

// runTimeout is far above what any input here takes, also with the race detector on a busy machine.
const runTimeout = 5 * time.Minute

// run runs the command. That it ends by itself, with exit status 0 or 1 and without a crash, is checked here for
// every run of every test.
func run(t testing.TB, args ...string) result {
	t.Helper()
	r := start(t, hooks{}, args...)
	if r.exitCode != 0 && r.exitCode != 1 {
		t.Errorf("gopahole %q: exit status %d", args, r.exitCode)
	}
	return r
}

// hooks are told of a process before and after it is started; nil for nothing.
type hooks struct{ before, after func(*exec.Cmd) }

// start is run for any exit status but that of a crash.
func start(t testing.TB, h hooks, args ...string) result {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), runTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if len(raceFlags) > 0 {
		cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0") // the default is a second for each run
	}
	if h.before != nil {
		h.before(cmd)
	}
	if err = cmd.Start(); err == nil {
		if h.after != nil {
			h.after(cmd)
		}
		err = cmd.Wait()
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("gopahole %q: %v", args, err)
	}
	r := result{exitCode: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
	usage, _ := rusage.Of(cmd.ProcessState)
	r.maxRSS = usage.Peak
	if ctx.Err() != nil {
		t.Errorf("gopahole %q: still running after %v", args, runTimeout)
	} else if r.exitCode < 0 {
		t.Errorf("gopahole %q: %v", args, cmd.ProcessState)
	}
	for _, sign := range []string{"panic:", "goroutine ", "fatal error:", "DATA RACE"} {
		if strings.Contains(r.stderr, sign) {
			t.Errorf("gopahole %q printed %q:\n%.4000s", args, sign, r.stderr)
			break
		}
	}
	return r
}

// root is the directory of the repository.
const root = "../.."
