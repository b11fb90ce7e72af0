//go:build linux

package baseindex

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// helperEnv makes a process of the tests use the cache in a directory, and print "had", "added" or
// "none", and notes.
const helperEnv = "BASEINDEX_TEST_DIR"

// limitEnv gives that process a limit for the size of files, as if the disk were full.
const limitEnv = "BASEINDEX_TEST_LIMIT"

func TestMain(m *testing.M) {
	dir := os.Getenv(helperEnv)
	if dir == "" {
		os.Exit(m.Run())
	}
	if os.Getenv(limitEnv) != "" {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 100 << 10, Max: 100 << 10}); err != nil {
			panic(err)
		}
	}
	s, result := processSample(), "none"
	c := New(dir, 1<<30, func(note string) { io.WriteString(os.Stdout, note+"\n") })
	add := c.Get(s.reader(), func(x *Index) error {
		if !bytes.Equal(x.Raw, s.raw) || !slices.Equal(x.Part(Types), s.parts[1].Words) {
			panic("another index")
		}
		result = "had"
		return nil
	})
	if add != nil {
		add.Put(s.raw, s.parts...)
		add.Drop()
		result = "added"
	}
	io.WriteString(os.Stdout, result+"\n")
	os.Exit(0)
}

// processSample takes a while to be written.
func processSample() sample {
	s := newSample(3, 4<<20)
	s.parts[1].Words = make([]uint32, 1<<20)
	for i := range s.parts[1].Words {
		s.parts[1].Words[i] = uint32(i) * 0x9e3779b1
	}
	return s
}

func helper(dir string, env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, helperEnv+"="+dir)...)
	return cmd
}

// Many processes use one cache, and some are killed in the midst of it. None of the others fails or
// sees half an index, and what is left over is removed by those that come later.
func TestProcesses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	for round := range 6 {
		var running []*exec.Cmd
		var outputs []*bytes.Buffer
		for range 6 {
			cmd, out := helper(dir), new(bytes.Buffer)
			cmd.Stdout, cmd.Stderr = out, out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			running, outputs = append(running, cmd), append(outputs, out)
		}
		time.Sleep(time.Duration(round) * 4 * time.Millisecond)
		for i := range 2 { // those that added, if they came first
			running[i].Process.Kill()
		}
		for i, cmd := range running {
			if err := cmd.Wait(); i >= 2 && err != nil {
				t.Errorf("%v\n%s", err, outputs[i])
			}
		}
		if round%2 == 0 { // the next ones add again
			files, _ := filepath.Glob(filepath.Join(dir, "*"+ending))
			for _, f := range files {
				os.Remove(f)
			}
		}
	}
	for i, want := range []string{"", "had"} {
		out, err := helper(dir).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || want != "" && got != want {
			t.Errorf("at the end, run %d: %s, %v", i, got, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left over: %v, %v", entries, err)
	}
}

// On a full disk nothing is kept, and nothing is left behind.
func TestFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	out, err := helper(dir, limitEnv+"=1").CombinedOutput()
	if got := string(out); err != nil || !strings.Contains(got, "nothing is kept: ") || !strings.Contains(got, "too large") {
		t.Errorf("%s, %v", got, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("left over: %v, %v", entries, err)
	}
}
