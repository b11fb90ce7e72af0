package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/gopahole/gopahole/internal/packtest"
)

// anySize has streams of any size decoded by another process.
func anySize(t *testing.T) {
	before := worthProcess
	worthProcess = 0
	t.Cleanup(func() { worthProcess = before })
}

// programs are directories for PATH, by what their xz does: the library's way is that without one.
func programs(t *testing.T) map[string]string {
	t.Helper()
	dirs := map[string]string{"none": t.TempDir()}
	if runtime.GOOS == "windows" {
		return dirs
	}
	script := func(name, text string) {
		dirs[name] = t.TempDir()
		if err := os.WriteFile(filepath.Join(dirs[name], "xz"), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	script("knows no such option", "exit 1")
	script("dies", "kill -KILL $$")
	xz, err := exec.LookPath("xz")
	head, headErr := exec.LookPath("head")
	if err != nil || headErr != nil {
		t.Log("without xz(1), only what it may do wrong is tried")
		return dirs
	}
	dirs["real"] = filepath.Dir(xz)
	script("dies on the way", fmt.Sprintf(`%s "$@" | %s -c 70000; kill -KILL $$`, xz, head))
	script("ends with a warning", fmt.Sprintf(`%s "$@"; exit 2`, xz))
	return dirs
}

// However xz(1) ends, bytes and errors are those of the library.
func TestXZProcess(t *testing.T) {
	anySize(t)
	text := make([]byte, 300_000)
	for i, rnd := 0, rand.New(rand.NewPCG(1, 2)); i < len(text); i++ {
		text[i] = byte(rnd.IntN(20))
	}
	good := packtest.Compress("xz", text)
	changed := slices.Clone(good)
	changed[len(changed)/2] ^= 0x40
	sum := slices.Clone(good) // what the block's check sum says
	sum[len(sum)-44] ^= 1
	streams := map[string][]byte{
		"good": good, "two": append(slices.Clone(good), good...), "nothing in it": packtest.Compress("xz", nil),
		"cut": good[:len(good)/2], "cut at the end": good[:len(good)-1], "changed": changed, "another sum": sum,
		"something behind": append(slices.Clone(good), "something"...), "only a header": good[:12],
	}
	unpack := func(data []byte) ([]byte, string) {
		s, err := unpackData(context.Background(), io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))), DefaultLimits)
		if err != nil {
			return nil, err.Error()
		}
		defer s.Close()
		got, err := io.ReadAll(s)
		return got, fmt.Sprint(err)
	}
	dirs := programs(t)
	for name, data := range streams {
		t.Setenv("PATH", dirs["none"])
		want, wantErr := unpack(data)
		if ok := name == "good" || name == "two" || name == "nothing in it"; ok != (wantErr == "<nil>") {
			t.Errorf("%s, by the library: %s", name, wantErr)
		}
		for program, dir := range dirs {
			t.Setenv("PATH", dir)
			got, err := unpack(data)
			if err != wantErr {
				t.Errorf("%s, xz %s: %s\nwant: %s", name, program, err, wantErr)
			}
			if err == "<nil>" && !bytes.Equal(got, want) {
				t.Errorf("%s, xz %s: %d bytes, want %d others", name, program, len(got), len(want))
			}
		}
	}
}

// A process that is not needed any more ends, and so does one whose context has ended.
func TestXZProcessEnds(t *testing.T) {
	anySize(t)
	if _, err := exec.LookPath("xz"); err != nil {
		t.Skip("needs xz")
	}
	data := packtest.Compress("xz", make([]byte, 8<<20))
	ctx, cancel := context.WithCancel(context.Background())
	open := func() (*stream, *exec.Cmd) {
		s, err := unpackData(ctx, io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))), DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.ReadByte(); err != nil {
			t.Fatal(err)
		}
		return s, s.closer.(*xzProcess).cmd
	}
	s, cmd := open()
	if err := s.Close(); err != nil || cmd.ProcessState == nil {
		t.Errorf("after Close: %v, state %v", err, cmd.ProcessState)
	}
	s, cmd = open()
	cancel()
	if _, err := io.Copy(io.Discard, s); !errors.Is(err, context.Canceled) || cmd.ProcessState == nil {
		t.Errorf("after its context: %v, state %v", err, cmd.ProcessState)
	}
	s.Close()
}

// A package that unpacks to too much is refused in both ways.
func TestXZProcessLimits(t *testing.T) {
	anySize(t)
	data := packtest.Compress("xz", make([]byte, 16<<20))
	for program, dir := range programs(t) {
		t.Setenv("PATH", dir)
		s, err := unpackData(context.Background(), io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))), Limits{Ratio: 100, Free: 1 << 20})
		if err == nil {
			_, err = io.Copy(io.Discard, s)
			s.Close()
		}
		if !errors.As(err, new(*LimitError)) {
			t.Errorf("xz %s: %v", program, err)
		}
	}
}

// A script called xz may leave a child that keeps the pipes open, and a program that hangs is ended with its context.
func TestXZProcessHangs(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a script")
	}
	anySize(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "xz"), []byte("#!/bin/sh\n/bin/sleep 30\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	text := make([]byte, 300_000) // more than a pipe holds, also when it is compressed
	for i, rnd := 0, rand.New(rand.NewPCG(1, 2)); i < len(text); i++ {
		text[i] = byte(rnd.Uint32())
	}
	data := packtest.Compress("xz", text)
	for name, end := range map[string]func(*stream, func()) error{
		"Close": func(s *stream, _ func()) error { return s.Close() },
		"context": func(s *stream, cancel func()) error {
			defer s.Close()
			time.AfterFunc(50*time.Millisecond, cancel)
			if _, err := s.ReadByte(); !errors.Is(err, context.Canceled) {
				return fmt.Errorf("read: %v", err)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			s, err := unpackData(ctx, io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))), DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- end(s, cancel) }()
			select {
			case err := <-ended:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(20 * time.Second):
				t.Error("it waits for the child of a script")
			}
		})
	}
}
