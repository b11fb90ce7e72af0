package store_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gopahole/gopahole/archive/store/internal/storetest"
)

// A disk that is full is told with the name of the file, and what was there stays.
func TestDirFull(t *testing.T) {
	path := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", path).CombinedOutput(); err != nil {
		t.Skipf("a file system that is full takes root: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if err := exec.Command("umount", "-l", path).Run(); err != nil {
			t.Error(err)
		}
	})
	s := open(t, path)
	small, large := storetest.Random(1000), storetest.Random(1<<20)
	if err := s.Put(t.Context(), "d/there", int64(len(small)), bytes.NewReader(small)); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"d/there", "d/new"} {
		err := s.Put(t.Context(), key, int64(len(large)), bytes.NewReader(large))
		if !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), filepath.Join(path, key)+": no space left") {
			t.Errorf("%s: %v", key, err)
		}
	}
	storetest.Holds(t, s, "d/there", small)
	storetest.Absent(t, s, "d/new")
	if entries, err := os.ReadDir(filepath.Join(path, "d")); err != nil || len(entries) != 1 {
		t.Errorf("left: %v, %v", entries, err)
	}
	if err := s.Put(t.Context(), "d/new", int64(len(small)), bytes.NewReader(small)); err != nil {
		t.Errorf("after that: %v", err)
	}
}
