//go:build linux

package baseindex

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const testMax = 1 << 20

// a base for tests, and an index of it.
type sample struct {
	raw   []byte
	parts []Part
}

func newSample(seed byte, size int) sample {
	raw := make([]byte, size)
	for i := range raw {
		raw[i] = byte(i>>8)*7 + byte(i) + seed
	}
	return sample{raw, []Part{{Starts, []uint32{1, 2, uint32(seed)}}, {Types, []uint32{7, uint32(size)}}, {Facts, []uint32{9}}}}
}

func (s sample) reader() *io.SectionReader {
	return io.NewSectionReader(bytes.NewReader(s.raw), 0, int64(len(s.raw)))
}

// get reports whether the cache has the index, and adds it if it should be added.
func (s sample) get(t *testing.T, c *Cache) (had, added bool) {
	t.Helper()
	add := c.Get(s.reader(), func(x *Index) error {
		had = true
		if !bytes.Equal(x.Raw, s.raw) {
			t.Error("another base")
		}
		for _, p := range s.parts {
			if !slices.Equal(x.Part(p.Kind), p.Words) {
				t.Errorf("part %d: %v", p.Kind, x.Part(p.Kind))
			}
		}
		if n := x.Part(Names); len(n) != 0 {
			t.Errorf("a part that was not there: %v", n)
		}
		return nil
	})
	if add != nil {
		defer add.Drop()
		add.Put(s.raw, s.parts...)
	}
	return had, add != nil
}

// newCache returns a cache, and what it notes.
func newCache(t *testing.T) (*Cache, *[]string) {
	var notes []string
	return New(filepath.Join(t.TempDir(), "a", "cache"), testMax, func(s string) { notes = append(notes, s) }), &notes
}

// file is the only one in the cache.
func (c *Cache) file(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir(c.dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d files: %v", len(entries), err)
	}
	return filepath.Join(c.dir, entries[0].Name())
}

func TestGet(t *testing.T) {
	c, notes := newCache(t)
	for seed := range byte(4) {
		for _, size := range []int{1, 24, 255, 256, 257, 5000, piece + 1} {
			s := newSample(seed, size)
			if had, added := s.get(t, c); had || !added {
				t.Fatalf("base %d of %d bytes: at first %v, %v", seed, size, had, added)
			}
			if had, _ := s.get(t, c); !had {
				t.Fatalf("base %d of %d bytes is not found", seed, size)
			}
		}
	}
	if len(*notes) > 0 {
		t.Errorf("notes: %q", *notes)
	}
}

// A base that changed where no sample is taken has the name of the old one, whose index is
// replaced.
func TestChangedBase(t *testing.T) {
	c, notes := newCache(t)
	s := newSample(1, 3*piece)
	s.get(t, c)
	for at := range len(s.raw) {
		if at%997 != 0 {
			continue
		}
		s.raw[at]++
		if had, added := s.get(t, c); had || !added {
			t.Fatalf("byte %d changed: %v, %v", at, had, added)
		}
		if had, _ := s.get(t, c); !had {
			t.Fatalf("byte %d changed: not replaced", at)
		}
	}
	if len(*notes) == 0 || !strings.Contains((*notes)[0], "of another base") {
		t.Errorf("notes: %q", *notes)
	}
}

// Whatever byte of a file changed, it is not used, and replaced.
func TestDamagedFile(t *testing.T) {
	c, _ := newCache(t)
	s := newSample(1, 300)
	s.get(t, c)
	path := c.file(t)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if had, added := s.get(t, c); had || !added {
			t.Errorf("%s: %v, %v", name, had, added)
		}
		if had, _ := s.get(t, c); !had {
			t.Errorf("%s: not replaced", name)
		}
	}
	x, err := parse(slices.Clone(good))
	if err != nil {
		t.Fatal(err)
	}
	pad := bytes.Index(good, x.Raw)
	for at := range good {
		data := slices.Clone(good)
		data[at] ^= 0x10
		if at < pad && at >= pad-alignment && good[at] == 0 {
			if _, err := parse(data); err == nil {
				continue // between parts and BTF
			}
		}
		check(fmt.Sprintf("byte %d", at), data)
	}
	for _, n := range []int{0, 1, headerBytes - 1, headerBytes, len(good) / 2, len(good) - 1} {
		check(fmt.Sprintf("%d bytes", n), good[:n])
	}
	check("longer", append(slices.Clone(good), 0))
}

// What another program would have to be trusted for is not used.
func TestUntrusted(t *testing.T) {
	s := newSample(1, 300)
	for _, tt := range []struct {
		name string
		do   func(dir, path string) error
		note string
		adds bool // it is replaced
	}{
		{"directory for all", func(dir, _ string) error { return os.Chmod(dir, 0o777) }, "others can write", false},
		{"directory for the group", func(dir, _ string) error { return os.Chmod(dir, 0o770) }, "others can write", false},
		{"file for all", func(_, path string) error { return os.Chmod(path, 0o666) }, "others can write", false},
		{"symbolic link", func(_, path string) error {
			return errors.Join(os.Rename(path, path+".x"), os.Symlink(path+".x", path))
		}, "too many levels", true},
		{"directory in its place", func(_, path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
			"no regular file", true},
		{"other owner", func(_, path string) error { return os.Chown(path, 4321, 4321) }, "others can write", false},
		{"directory of other owner", func(dir, _ string) error { return os.Chown(dir, 4321, 4321) }, "others can write", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, notes := newCache(t)
			s.get(t, c)
			if err := tt.do(c.dir, c.file(t)); errors.Is(err, os.ErrPermission) {
				t.Skip(err)
			} else if err != nil {
				t.Fatal(err)
			}
			had, added := s.get(t, c)
			if had || added != tt.adds {
				t.Errorf("had %v, added %v", had, added)
			}
			if len(*notes) == 0 || !strings.Contains((*notes)[0], tt.note) {
				t.Errorf("notes: %q", *notes)
			}
			if tt.adds {
				if had, _ := s.get(t, c); !had {
					t.Error("not replaced")
				}
			}
		})
	}
}

// Nothing that is wrong with the directory is an error.
func TestNoDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, file + "/below", "/proc/nothing", "/dev/null"} {
		var notes []string
		c := New(dir, testMax, func(s string) { notes = append(notes, s) })
		if had, added := newSample(1, 300).get(t, c); had || added || len(notes) != 1 {
			t.Errorf("%s: %v, %v, %q", dir, had, added, notes)
		}
	}
}

// Only one process at a time adds an index.
func TestLock(t *testing.T) {
	c, _ := newCache(t)
	s := newSample(1, 300)
	first := c.Get(s.reader(), nil)
	if first == nil {
		t.Fatal("nothing to be added")
	}
	if had, added := s.get(t, c); had || added {
		t.Errorf("while another one adds: %v, %v", had, added)
	}
	first.Drop()
	if _, added := s.get(t, c); !added {
		t.Error("not added after that")
	}
}

// The indexes that were used least recently make room.
func TestMakeRoom(t *testing.T) {
	c, notes := newCache(t)
	size := contents(newSample(0, 1000).raw, newSample(0, 1000).parts).size()
	c.max = 3 * size
	past := time.Now().Add(-24 * time.Hour)
	for seed := range byte(3) {
		s := newSample(seed, 1000)
		s.get(t, c)
		name, err := nameOf(s.reader())
		if err != nil {
			t.Fatal(err)
		}
		then := past.Add(time.Duration(seed) * time.Minute)
		if err := os.Chtimes(filepath.Join(c.dir, name), then, then); err != nil {
			t.Fatal(err)
		}
	}
	if had, _ := newSample(0, 1000).get(t, c); !had { // which is a use
		t.Fatal("the first one is gone")
	}
	others := []string{"README", "pack-" + strings.Repeat("0", 40) + ending, strings.Repeat("0", 31) + ending, strings.Repeat("x", 32) + ending}
	for i, name := range others {
		others[i] = filepath.Join(c.dir, name)
		if err := os.WriteFile(others[i], make([]byte, 10*size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	newSample(9, 1000).get(t, c)
	for seed, want := range map[byte]bool{0: true, 1: false, 2: true, 9: true} {
		name, _ := nameOf(newSample(seed, 1000).reader())
		if _, err := os.Stat(filepath.Join(c.dir, name)); (err == nil) != want {
			t.Errorf("%d: %v", seed, err)
		}
	}
	for _, name := range others {
		if _, err := os.Stat(name); err != nil {
			t.Errorf("a file of somebody else was removed: %v", err)
		}
	}
	c.max = size - 1
	*notes = nil
	if newSample(5, 1000).get(t, c); len(*notes) != 1 || !strings.Contains((*notes)[0], "larger than the cache") {
		t.Errorf("notes: %q", *notes)
	}
}
