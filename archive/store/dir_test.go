package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/archive/store/internal/storetest"
)

func TestDir(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "archive")
	storetest.Test(t, true, func(t *testing.T) store.Store { return open(t, path) })
}

func open(t *testing.T, dest string) store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dest)
	if err != nil {
		t.Fatal(err)
	}
	if s.String() != dest {
		t.Errorf("Open(%q).String() is %q", dest, s)
	}
	return s
}

func TestOpenErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dest := range []string{"", "file:", file, "ftp://host/x", "://x"} {
		if s, err := store.Open(t.Context(), dest); err == nil {
			t.Errorf("%q: %v", dest, s)
		}
	}
}

// Symbolic links lead anywhere in the directory, and not out of it.
func TestDirLinks(t *testing.T) {
	ctx := t.Context()
	top := t.TempDir()
	path, outside := filepath.Join(top, "store"), filepath.Join(top, "outside")
	for _, dir := range []string{path, outside, filepath.Join(path, "20.04")} {
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"focal": "20.04", "up": "../outside", "abs": outside, "file": "../outside/file", "loop": "loop", "new": "../outside/new",
		"20.04/back": "../../outside", "inner": "20.04/x",
	} {
		if err := os.Symlink(target, filepath.Join(path, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(outside, "file"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	if err := s.Put(ctx, "focal/x", 3, strings.NewReader("abc")); err != nil {
		t.Fatal(err)
	}
	storetest.Holds(t, s, "20.04/x", []byte("abc"))
	storetest.Holds(t, s, "focal/x", []byte("abc"))
	if got := storetest.Keys(t, s, ""); len(got) != 1 || got[0] != "20.04/x" {
		t.Errorf("listed: %q", got)
	}
	for _, key := range []string{"up/x", "abs/x", "file", "loop", "loop/x", "new", "20.04/back/x", "inner", "up/file", "focal/back/x/y"} {
		if err := s.Put(ctx, key, 1, strings.NewReader("x")); err == nil {
			t.Errorf("put %s: no error", key)
		}
		if data, err := storetest.Read(ctx, s, key); err == nil && key != "inner" {
			t.Errorf("get %s: %q", key, data)
		}
	}
	storetest.Holds(t, s, "20.04/x", []byte("abc"))
	if err := s.Delete(ctx, "up/file"); err == nil {
		t.Error("deleted what is outside")
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
		t.Errorf("outside: %v, %v", entries, err)
	}
}

// A store that is gone is not an empty one.
func TestDirGone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), filepath.Join(file, "b"))
	if err == nil {
		for _, err = range s.List(t.Context(), "") {
			break
		}
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory below a file: %v", err)
	}
}

// What a killed writer left is removed by the next one that writes there, and never listed.
func TestDirLeftovers(t *testing.T) {
	path := t.TempDir()
	left := filepath.Join(path, "d", ".x.gopahole-0123456789ab")
	if err := os.Mkdir(filepath.Dir(left), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	if got := storetest.Keys(t, s, ""); len(got) != 0 {
		t.Errorf("listed: %q", got)
	}
	if err := s.Put(t.Context(), "d/x", 1, strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: %v", left, err)
	}
}
