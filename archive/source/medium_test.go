package source

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/packtest"
)

// A badDisk cannot read from an offset on.
type badDisk struct {
	from int64
	err  error
}

type badFile struct {
	*os.File
	disk badDisk
}

func (d badDisk) Open(name string) (File, error) {
	f, err := os.Open(name)
	return badFile{f, d}, err
}

func (f badFile) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) <= f.disk.from {
		return f.File.ReadAt(p, off)
	}
	n, err := f.File.ReadAt(p[:max(0, f.disk.from-off)], off)
	if err == nil || err == io.EOF {
		err = f.disk.err
	}
	return n, err
}

// TestBadDisk: whatever reads a package, an error of the disk stays one, at each place of it.
func TestBadDisk(t *testing.T) {
	files := []packtest.File{{Name: "boot/vmlinux-6.1", Data: bytes.Repeat([]byte("kernel "), 200)}, {Name: "lib/modules/6.1/a.ko.xz", Data: packtest.Compress("xz", []byte("module"))}}
	packages := map[string][]byte{}
	for _, c := range packtest.Compressions {
		packages[c+".deb"] = packtest.Deb(packtest.Meta{Name: "x", Version: "1", Arch: "amd64"}, c, files...)
		packages[c+".rpm"] = packtest.RPM(packtest.Meta{Name: "x", Version: "1", Release: "1", Arch: "x86_64"}, c, files...)
		packages[c+".tar"] = packtest.Compress(c, packtest.Tar(packtest.File{Name: "in.deb", Data: packages[c+".deb"]}))
	}
	dir := t.TempDir()
	for name, data := range packages {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		for from := int64(0); from < int64(len(data)); from += max(1, int64(len(data))/97) {
			for _, cause := range []error{&fs.PathError{Op: "read", Path: "x", Err: syscall.EIO}, io.EOF} {
				err := readAll(t, Input{Path: path, Files: badDisk{from, cause}})
				if failed := new(ReadError); !errors.As(err, &failed) {
					// What stands after the end of an archive need not be read.
					if err == nil && bytes.Count(data[from:], []byte{0}) == len(data[from:]) {
						continue
					}
					t.Fatalf("%s from byte %d of %d: %v", name, from, len(data), err)
				}
			}
		}
		if err := readAll(t, Input{Path: path}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// readAll reads all members of an input, and returns the first error.
func readAll(t *testing.T, in Input) error {
	t.Helper()
	var first error
	note := func(err error) {
		if first == nil {
			first = err
		}
	}
	for p, err := range in.Packages(t.Context(), Spool{}, Limits{}) {
		note(err)
		if err != nil {
			continue
		}
		for m, err := range p.Members(t.Context()) {
			note(err)
			if err != nil {
				break
			}
			s, err := m.Spool(Spool{Memory: 1 << 20})
			note(err)
			if err == nil {
				s.Close()
			}
		}
	}
	return first
}

// TestBadSpool: an error of the temporary file is not one of what is in it, whatever its reader makes of it.
func TestBadSpool(t *testing.T) {
	m := NewMember("vmlinux", Vmlinux, 4, bytes.NewReader([]byte("\x7fELF")))
	s, err := m.Spool(Spool{Dir: t.TempDir()}) // in a file
	if err != nil {
		t.Fatal(err)
	}
	s.file.Close() // so that it cannot be read
	if _, err := elffile.New("vmlinux", s, s.Size); !errors.As(s.Explain(err), new(*SpoolError)) {
		t.Errorf("%v", s.Explain(err))
	}
	other := errors.New("damaged")
	if !errors.As(s.Explain(other), new(*SpoolError)) {
		t.Error("the reader's own error hides that of the file")
	}
	if m.medium.explain(other) != other || m.medium.explain(nil) != nil || s.Explain(nil) != nil {
		t.Error("errors where there are none")
	}
}
