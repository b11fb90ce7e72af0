package elffile

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gopahole/gopahole/internal/filetest"
)

func TestAttributes(t *testing.T) {
	path := object(t)
	if err := unix.Setxattr(path, "user.note", []byte("kept"), 0); err != nil {
		t.Skipf("no extended attributes in %s: %v", filepath.Dir(path), err)
	}
	owner := os.Getuid()
	if owner == 0 {
		owner = 12345
		if err := os.Chown(path, owner, 54321); err != nil {
			t.Fatal(err)
		}
		// It would describe the old contents.
		if err := unix.Setxattr(path, "security.ima", []byte("\x01stale"), 0); err != nil {
			t.Logf("no security.ima here: %v", err)
		}
	}
	for _, write := range []func() error{
		func() error { return SetSections(path, someBTF, Options{}) },
		func() error { return writeOut(path, strings.NewReader("x"), Options{}) },
	} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
		value := make([]byte, 10)
		n, err := unix.Getxattr(path, "user.note", value)
		if err != nil || string(value[:n]) != "kept" {
			t.Errorf("user.note %q, %v", value[:max(n, 0)], err)
		}
		if n, err := unix.Getxattr(path, "security.ima", value); err == nil {
			t.Errorf("security.ima was copied: %q", value[:n])
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if uid := int(info.Sys().(*syscall.Stat_t).Uid); uid != owner {
			t.Errorf("owner %d, was %d", uid, owner)
		}
	}
}

// mount mounts a file system for the test.
func mount(t *testing.T, source, target, kind string, flags uintptr, data string) {
	t.Helper()
	if err := unix.Mount(source, target, kind, flags, data); err != nil {
		t.Skipf("mounting %s on %s: %v", source, target, err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(target, 0); err != nil {
			t.Error(err)
		}
	})
}

func TestFullFileSystem(t *testing.T) {
	dir := t.TempDir()
	mount(t, "tmpfs", dir, "tmpfs", 0, "size=64k")
	path := filepath.Join(dir, "m.ko")
	data := (&testELF{typ: elf.ET_REL, sections: ordinary(testOrder{})}).build()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	large := bytes.Repeat([]byte("x"), 100000)
	if err := SetSections(path, []Content{{".BTF", large}}, Options{}); !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), path+": ") {
		t.Error(err)
	}
	if err := writeOut(path, bytes.NewReader(large), Options{}); !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	if !bytes.Equal(filetest.Read(t, path), data) {
		t.Error("the file was changed")
	}
	filetest.CheckAlone(t, dir, "m.ko")
}

// A file that is a mount point cannot be replaced by another file.
func TestMountPoint(t *testing.T) {
	source, path := object(t), object(t)
	mount(t, source, path, "", unix.MS_BIND, "")
	if err := SetSections(path, someBTF, Options{}); !errors.Is(err, syscall.EBUSY) {
		t.Error(err)
	}
	if err := writeOut(path, strings.NewReader("detached"), Options{}); err != nil {
		t.Error(err)
	}
	if got := filetest.Read(t, source); string(got) != "detached" {
		t.Errorf("%q", got)
	}
	filetest.CheckAlone(t, filepath.Dir(path), "m.ko")
}

// specialFiles returns files that are no regular files, by path, with what Open says of them.
func specialFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o644); err != nil {
		t.Fatal(err)
	}
	return map[string]string{fifo: "is a named pipe", "/dev/null": "is a device"}
}
