package elffile

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/outfile"
)

// object writes a small ELF file.
func object(t *testing.T) string {
	t.Helper()
	return writeFile(t, "m.ko", (&testELF{typ: elf.ET_REL, sections: ordinary(testOrder{})}).build())
}

var someBTF = []Content{{".BTF", []byte("some BTF")}}

// writeOut writes a file that is no ELF file.
func writeOut(path string, src io.WriterTo, opts Options) error {
	return outfile.Write(path, src, opts.output())
}

func TestSetSectionsKeepsMode(t *testing.T) {
	for _, m := range []fs.FileMode{0o600, 0o644, 0o755, 0o664, 0o220 | 0o444, 0o755 | fs.ModeSetuid} {
		path := object(t)
		if err := os.Chmod(path, m); err != nil {
			t.Fatal(err)
		}
		if err := SetSections(path, someBTF, Options{}); err != nil {
			t.Fatal(err)
		}
		checkContents(t, filetest.Read(t, path), someBTF)
		if got := filetest.Mode(t, path); got != m {
			t.Errorf("mode %v, was %v", got, m)
		}
		filetest.CheckAlone(t, filepath.Dir(path), "m.ko")
	}
}

// A file that nobody may write stays as it is, also for root.
func TestSetSectionsReadOnly(t *testing.T) {
	path := object(t)
	before := filetest.Read(t, path)
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	err := SetSections(path, someBTF, Options{})
	if !errors.Is(err, outfile.ErrReadOnly) || !strings.Contains(err.Error(), path) || !bytes.Equal(filetest.Read(t, path), before) {
		t.Error(err)
	}
	if err := writeOut(path, bytes.NewReader([]byte("x")), Options{}); !errors.Is(err, outfile.ErrReadOnly) || !bytes.Equal(filetest.Read(t, path), before) {
		t.Error(err)
	}
	filetest.CheckAlone(t, filepath.Dir(path), "m.ko")
}

func TestSymbolicLinks(t *testing.T) {
	path := object(t)
	dir := t.TempDir()
	direct, relative := filepath.Join(dir, "direct"), filepath.Join(dir, "relative")
	if err := os.Symlink(path, direct); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("direct", relative); err != nil {
		t.Fatal(err)
	}
	if err := SetSections(relative, someBTF, Options{}); err != nil {
		t.Fatal(err)
	}
	checkContents(t, filetest.Read(t, path), someBTF)
	if err := writeOut(relative, strings.NewReader("detached"), Options{}); err != nil {
		t.Fatal(err)
	}
	if got := filetest.Read(t, path); string(got) != "detached" {
		t.Errorf("%q", got)
	}
	if err := os.Remove(path); err != nil { // the link dangles
		t.Fatal(err)
	}
	if err := writeOut(relative, strings.NewReader("anew"), Options{}); err != nil {
		t.Fatal(err)
	}
	if got := filetest.Read(t, path); string(got) != "anew" {
		t.Errorf("%q", got)
	}
	if filetest.Mode(t, direct)&fs.ModeSymlink == 0 || filetest.Mode(t, relative)&fs.ModeSymlink == 0 {
		t.Error("a link is no link any more")
	}
	filetest.CheckAlone(t, dir, "direct", "relative")
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink("loop", loop); err != nil {
		t.Fatal(err)
	}
	if err := writeOut(loop, strings.NewReader("x"), Options{}); err == nil || !strings.Contains(err.Error(), "too many symbolic links") {
		t.Error(err)
	}
}

// A file with several names: one of them gets the new contents.
func TestHardLinks(t *testing.T) {
	path := object(t)
	before := filetest.Read(t, path)
	other := filepath.Join(filepath.Dir(path), "other.ko")
	if err := os.Link(path, other); err != nil {
		t.Fatal(err)
	}
	if err := SetSections(path, someBTF, Options{}); err != nil {
		t.Fatal(err)
	}
	checkContents(t, filetest.Read(t, path), someBTF)
	// Longer contents, then shorter ones.
	for _, text := range []string{strings.Repeat("long ", 10000), "short"} {
		if err := writeOut(path, strings.NewReader(text), Options{}); err != nil {
			t.Fatal(err)
		}
		if got := filetest.Read(t, path); string(got) != text {
			t.Errorf("%d bytes, want %d", len(got), len(text))
		}
	}
	if !bytes.Equal(filetest.Read(t, other), before) {
		t.Error("the other name has other contents now")
	}
	filetest.CheckAlone(t, filepath.Dir(path), "m.ko", "other.ko")
}
