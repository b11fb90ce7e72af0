package elfio

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
	"time"
)

// object writes a small ELF file.
func object(t *testing.T) string {
	t.Helper()
	return writeFile(t, "m.ko", (&testELF{typ: elf.ET_REL, sections: ordinary(testOrder{})}).build())
}

var someBTF = []Content{{".BTF", []byte("some BTF")}}

// checkAlone checks that a directory holds nothing but the names.
func checkAlone(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("%s holds %q, want %q", dir, got, names)
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
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
		checkContents(t, readFile(t, path), someBTF)
		if got := mode(t, path); got != m {
			t.Errorf("mode %v, was %v", got, m)
		}
		checkAlone(t, filepath.Dir(path), "m.ko")
	}
}

// A file that nobody may write stays as it is, also for root.
func TestSetSectionsReadOnly(t *testing.T) {
	path := object(t)
	before := readFile(t, path)
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	err := SetSections(path, someBTF, Options{})
	if !errors.Is(err, ErrReadOnly) || !strings.Contains(err.Error(), path) || !bytes.Equal(readFile(t, path), before) {
		t.Error(err)
	}
	if err := WriteFile(path, bytes.NewReader([]byte("x")), Options{}); !errors.Is(err, ErrReadOnly) || !bytes.Equal(readFile(t, path), before) {
		t.Error(err)
	}
	checkAlone(t, filepath.Dir(path), "m.ko")
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
	checkContents(t, readFile(t, path), someBTF)
	if err := WriteFile(relative, strings.NewReader("detached"), Options{}); err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, path); string(got) != "detached" {
		t.Errorf("%q", got)
	}
	if err := os.Remove(path); err != nil { // the link dangles
		t.Fatal(err)
	}
	if err := WriteFile(relative, strings.NewReader("anew"), Options{}); err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, path); string(got) != "anew" {
		t.Errorf("%q", got)
	}
	if mode(t, direct)&fs.ModeSymlink == 0 || mode(t, relative)&fs.ModeSymlink == 0 {
		t.Error("a link is no link any more")
	}
	checkAlone(t, dir, "direct", "relative")
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink("loop", loop); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(loop, strings.NewReader("x"), Options{}); err == nil || !strings.Contains(err.Error(), "too many symbolic links") {
		t.Error(err)
	}
}

func TestHardLinks(t *testing.T) {
	for _, keep := range []bool{false, true} {
		path := object(t)
		before := readFile(t, path)
		other := filepath.Join(filepath.Dir(path), "other.ko")
		if err := os.Link(path, other); err != nil {
			t.Fatal(err)
		}
		if err := SetSections(path, someBTF, Options{KeepInode: keep}); err != nil {
			t.Fatal(err)
		}
		checkContents(t, readFile(t, path), someBTF)
		if same := bytes.Equal(readFile(t, path), readFile(t, other)); same != keep {
			t.Errorf("KeepInode %v: same contents under both names: %v", keep, same)
		}
		if !keep && !bytes.Equal(readFile(t, other), before) {
			t.Error("the other name has other contents now")
		}
		// Longer contents, then shorter ones.
		for _, text := range []string{strings.Repeat("long ", 10000), "short"} {
			if err := WriteFile(path, strings.NewReader(text), Options{KeepInode: keep}); err != nil {
				t.Fatal(err)
			}
			if got := readFile(t, path); string(got) != text {
				t.Errorf("%d bytes, want %d", len(got), len(text))
			}
			if same := bytes.Equal(readFile(t, path), readFile(t, other)); same != keep {
				t.Errorf("KeepInode %v: same contents under both names: %v", keep, same)
			}
		}
		checkAlone(t, filepath.Dir(path), "m.ko", "other.ko")
	}
}

// The file is not replaced if somebody else changed it meanwhile.
func TestUnchanged(t *testing.T) {
	path := object(t)
	stat := func() fs.FileInfo {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	before := stat()
	if err := unchanged("name", path, before); err != nil {
		t.Error(err)
	}
	later := before.ModTime().Add(time.Second)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	if err := unchanged("name", path, before); err == nil || !strings.HasPrefix(err.Error(), "name: another program") {
		t.Error(err)
	}
	before = stat()
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if err := unchanged("name", path, before); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
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
	if err := named.replace(target, Options{}); err != nil {
		t.Fatal(err)
	}
	named.discard()
	checkAlone(t, dir, filepath.Base(target))
	if got := readFile(t, target); string(got) != "contents" {
		t.Errorf("%q", got)
	}

	discarded, err := newNamedTemp(target, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	discarded.discard()
	checkAlone(t, dir, filepath.Base(target))

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
	if err := lost.replace(target, Options{}); err != nil {
		t.Fatal(err)
	}
	lost.discard()
	checkAlone(t, dir, filepath.Base(target))
	if got := readFile(t, target); string(got) != "lost and copied" || mode(t, target) != 0o640 {
		t.Errorf("%q, mode %v", got, mode(t, target))
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
	if err == nil || !strings.HasPrefix(err.Error(), target+" is damaged, the new contents are in "+filepath.Join(dir, ".m.ko.gopahole-")) {
		t.Fatal(err)
	}
	kept, err := filepath.Glob(filepath.Join(dir, ".m.ko.gopahole-*"))
	if err != nil || len(kept) != 1 || string(readFile(t, kept[0])) != "new contents" {
		t.Errorf("%q, %v", kept, err)
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.btf")
	if err := WriteFile(path, strings.NewReader("one"), Options{}); err != nil {
		t.Fatal(err)
	}
	// pahole creates the file with open(2); what the umask leaves is found the
	// same way here.
	ref, err := os.OpenFile(filepath.Join(t.TempDir(), "ref"), os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		t.Fatal(err)
	}
	ref.Close()
	if got, want := mode(t, path), mode(t, ref.Name()); got != want {
		t.Errorf("mode of the new file %v, want %v", got, want)
	}
	if err := os.Chmod(path, 0o604|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, strings.NewReader("two"), Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, path); string(got) != "two" || mode(t, path) != 0o604|fs.ModeSticky {
		t.Errorf("%q, mode %v", got, mode(t, path))
	}
	for _, target := range []string{path, filepath.Join(dir, "new.btf")} {
		if err := WriteFile(target, halfWriter{}, Options{}); !errors.Is(err, errHalf) || !strings.HasPrefix(err.Error(), target+": ") {
			t.Error(err)
		}
	}
	if got := readFile(t, path); string(got) != "two" {
		t.Errorf("%q after an error", got)
	}
	checkAlone(t, dir, "out.btf")
	if err := WriteFile(dir, strings.NewReader("x"), Options{}); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Error(err)
	}
	if err := WriteFile(filepath.Join(dir, "no", "such"), strings.NewReader("x"), Options{}); !errors.Is(err, fs.ErrNotExist) {
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
