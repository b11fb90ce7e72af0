package elfio

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
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
		func() error { return WriteFile(path, strings.NewReader("x"), Options{}) },
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
	if err := WriteFile(fifo, strings.NewReader("through the pipe"), Options{}); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != "through the pipe<nil>" {
		t.Errorf("read %q", got)
	}
	if err := WriteFile("/dev/null", strings.NewReader("x"), Options{}); err != nil {
		t.Error(err)
	}

	// The open file itself gets the contents, not another one of its name.
	f, err := os.Create(filepath.Join(t.TempDir(), "open"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, format := range []string{"/proc/self/fd/%d", "/dev/fd/%d"} {
		path := fmt.Sprintf(format, f.Fd())
		if err := WriteFile(path, strings.NewReader(path), Options{}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(f); err != nil || string(got) != path {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	if err := WriteFile(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), halfWriter{}, Options{}); !errors.Is(err, errHalf) {
		t.Error(err)
	}
	if info, err := f.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("%d bytes left by an error, %v", info.Size(), err)
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
	if err := WriteFile(path, bytes.NewReader(large), Options{}); !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	if !bytes.Equal(readFile(t, path), data) {
		t.Error("the file was changed")
	}
	checkAlone(t, dir, "m.ko")
}

// A file that is a mount point cannot be replaced by another file.
func TestMountPoint(t *testing.T) {
	source, path := object(t), object(t)
	mount(t, source, path, "", unix.MS_BIND, "")
	if err := SetSections(path, someBTF, Options{}); !errors.Is(err, syscall.EBUSY) {
		t.Error(err)
	}
	if err := SetSections(path, someBTF, Options{KeepInode: true}); err != nil {
		t.Error(err)
	}
	checkContents(t, readFile(t, source), someBTF)
	if err := WriteFile(path, strings.NewReader("detached"), Options{}); err != nil {
		t.Error(err)
	}
	if got := readFile(t, source); string(got) != "detached" {
		t.Errorf("%q", got)
	}
	checkAlone(t, filepath.Dir(path), "m.ko")
}

// blockingWriter writes a little, says so and waits to be killed.
type blockingWriter struct{}

func (blockingWriter) WriteTo(w io.Writer) (int64, error) {
	io.WriteString(w, "half")
	fmt.Println("written")
	select {}
}

// A program that is killed leaves the old file and nothing else.
func TestKilled(t *testing.T) {
	const env = "ELFIO_TEST_KILLED"
	if path := os.Getenv(env); path != "" {
		WriteFile(path, blockingWriter{}, Options{})
		return
	}
	path := object(t)
	before := readFile(t, path)
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
	if !bytes.Equal(readFile(t, path), before) {
		t.Error("the file was changed")
	}
	checkAlone(t, filepath.Dir(path), "m.ko")
}
