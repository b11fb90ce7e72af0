package outfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gopahole/gopahole/internal/filetest"
)

// Pipes and what /dev/stdout leads to are written directly.
func TestWriteFileDirectly(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		data, err := os.ReadFile(fifo)
		read <- fmt.Sprint(string(data), err)
	}()
	if err := Write(fifo, strings.NewReader("through the pipe"), Options{}); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != "through the pipe<nil>" {
		t.Errorf("read %q", got)
	}
	if err := Write("/dev/null", strings.NewReader("x"), Options{}); err != nil {
		t.Error(err)
	}

	// The open file itself gets the contents, not another one of its name.
	f, err := os.Create(filepath.Join(t.TempDir(), "open"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// It goes where the file stands, as with the descriptor itself: what is there stays.
	want := ""
	for _, format := range []string{"/proc/self/fd/%d", "/dev/fd/%d"} {
		path := fmt.Sprintf(format, f.Fd())
		if err := Write(path, strings.NewReader(path), Options{}); err != nil {
			t.Fatal(err)
		}
		want += path
		if got := filetest.Read(t, f.Name()); string(got) != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if err := Write(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), halfWriter{}, Options{}); !errors.Is(err, errHalf) {
		t.Error(err)
	}
	if got := filetest.Read(t, f.Name()); string(got) != want {
		t.Errorf("%q left by an error", got)
	}
}

// A program that is killed leaves the old file and nothing else.
func TestKilled(t *testing.T) {
	const env = "OUTFILE_TEST_KILLED"
	if path := os.Getenv(env); path != "" {
		Write(path, blockingWriter{}, Options{})
		return
	}
	path := filepath.Join(t.TempDir(), "m.ko")
	before := []byte("old contents")
	if err := os.WriteFile(path, before, 0o644); err != nil {
		t.Fatal(err)
	}
	if f, err := openUnnamed(filepath.Dir(path), 0o600); err != nil {
		t.Skipf("no unnamed files in %s: %v", filepath.Dir(path), err)
	} else {
		f.Close()
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), env+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("written\n"))); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait() // "signal: killed"
	if !bytes.Equal(filetest.Read(t, path), before) {
		t.Error("the file was changed")
	}
	filetest.CheckAlone(t, filepath.Dir(path), "m.ko")
}

// blockingWriter writes a little, says so and waits to be killed.
type blockingWriter struct{}

func (blockingWriter) WriteTo(w io.Writer) (int64, error) {
	io.WriteString(w, "half")
	fmt.Println("written")
	select {}
}
