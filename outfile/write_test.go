package outfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopahole/gopahole/internal/filetest"
)

// A state notices that a file was replaced, written to, or removed.
func TestState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.ko")
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var state *State
	if err := state.Check(); err != nil {
		t.Errorf("nothing: %v", err)
	}
	for _, tt := range []struct {
		what   string
		change func() error
	}{
		{"its contents changed", func() error { return os.Chtimes(path, time.Now(), time.Unix(1, 0)) }},
		{"its contents changed", func() error { return os.Truncate(path, 3) }},
		{"it was replaced", func() error {
			write(path+".new", "text")
			return os.Rename(path+".new", path)
		}},
		{"it is gone", func() error { return os.Rename(path, path+".old") }},
	} {
		write(path, "text")
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		state := StateOf(path, info)
		if err := state.Check(); err != nil {
			t.Errorf("nothing changed: %v", err)
		}
		if err := tt.change(); err != nil {
			t.Fatal(err)
		}
		changed := new(ChangedError)
		if err := state.Check(); !errors.As(err, &changed) || changed.What != tt.what || !strings.HasPrefix(err.Error(), path+": changed while it was read") {
			t.Errorf("%v, want %q", err, tt.what)
		}
	}
}

// A temp with a name from the beginning, and one that gets a copy with a name.
func TestNamedTemp(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, strings.Repeat("n", 250)) // its temp must have a shorter name
	named, err := newNamedTemp(target, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(filepath.Base(named.path), ".nnn") || !strings.Contains(named.path, ".gopahole-") {
		t.Errorf("path %s", named.path)
	}
	if _, err := named.WriteString("contents"); err != nil {
		t.Fatal(err)
	}
	if err := named.replace(); err != nil {
		t.Fatal(err)
	}
	named.discard()
	filetest.CheckAlone(t, dir, filepath.Base(target))
	if got := filetest.Read(t, target); string(got) != "contents" {
		t.Errorf("%q", got)
	}

	discarded, err := newNamedTemp(target, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	discarded.discard()
	filetest.CheckAlone(t, dir, filepath.Base(target))

	// A file that has lost its name cannot be linked again: like a system that
	// has unnamed files but not their later naming.
	f, err := os.OpenFile(filepath.Join(dir, "lost"), os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(f.Name()); err != nil {
		t.Skipf("open files cannot be removed here: %v", err)
	}
	lost := &temp{File: f, target: target}
	if _, err := lost.WriteString("lost and copied"); err != nil {
		t.Fatal(err)
	}
	if err := lost.replace(); err != nil {
		t.Fatal(err)
	}
	lost.discard()
	filetest.CheckAlone(t, dir, filepath.Base(target))
	if got := filetest.Read(t, target); string(got) != "lost and copied" || filetest.Mode(t, target) != 0o640 {
		t.Errorf("%q, mode %v", got, filetest.Mode(t, target))
	}
}

// If a file cannot be written over, the new contents are not lost.
func TestOverwriteFails(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "m.ko")
	if err := os.WriteFile(target, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	tmp, err := newTemp(target, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tmp.WriteString("new contents"); err != nil {
		t.Fatal(err)
	}
	readOnly, err := os.Open(target)
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	err = tmp.overwrite(readOnly, Options{})
	tmp.discard()
	if err == nil || !strings.HasPrefix(err.Error(), target+" is damaged, the new contents are in "+filepath.Join(dir, "m.ko.gopahole-saved-1:")) {
		t.Fatal(err)
	}
	kept, err := filepath.Glob(filepath.Join(dir, "*gopahole-*"))
	if err != nil || len(kept) != 1 || string(filetest.Read(t, kept[0])) != "new contents" {
		t.Errorf("%q, %v", kept, err)
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.btf")
	if err := Write(path, strings.NewReader("one"), Options{}); err != nil {
		t.Fatal(err)
	}
	// pahole creates the file with open(2); what the umask leaves is found the
	// same way here.
	ref, err := os.OpenFile(filepath.Join(t.TempDir(), "ref"), os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		t.Fatal(err)
	}
	ref.Close()
	if got, want := filetest.Mode(t, path), filetest.Mode(t, ref.Name()); got != want {
		t.Errorf("mode of the new file %v, want %v", got, want)
	}
	if err := os.Chmod(path, 0o604|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, strings.NewReader("two"), Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	if got := filetest.Read(t, path); string(got) != "two" || filetest.Mode(t, path) != 0o604|fs.ModeSticky {
		t.Errorf("%q, mode %v", got, filetest.Mode(t, path))
	}
	for _, target := range []string{path, filepath.Join(dir, "new.btf")} {
		if err := Write(target, halfWriter{}, Options{}); !errors.Is(err, errHalf) || !strings.HasPrefix(err.Error(), target+": ") {
			t.Error(err)
		}
	}
	if got := filetest.Read(t, path); string(got) != "two" {
		t.Errorf("%q after an error", got)
	}
	filetest.CheckAlone(t, dir, "out.btf")
	if err := Write(dir, strings.NewReader("x"), Options{}); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Error(err)
	}
	if err := Write(filepath.Join(dir, "no", "such"), strings.NewReader("x"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

var errHalf = errors.New("half of it")

// halfWriter writes a little and fails.
type halfWriter struct{}

func (halfWriter) WriteTo(w io.Writer) (int64, error) {
	n, _ := io.WriteString(w, "half")
	return int64(n), errHalf
}
