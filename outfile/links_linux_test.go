package outfile

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gopahole/gopahole/internal/filetest"
)

// TestForeign: in a sticky directory that everybody may write to, the links and files of
// others are not followed and not written over, whatever fs.protected_symlinks is.
func TestForeign(t *testing.T) {
	const env = "OUTFILE_TEST_FOREIGN"
	if path := os.Getenv(env); path != "" { // as another user
		if err := Write(path, strings.NewReader("new"), Options{NoSync: true}); err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Getuid() != 0 {
		t.Skip("needs root, to be several users")
	}
	const user, other = 12345, 12346
	root := t.TempDir()
	for dir := root; dir != filepath.Dir(os.TempDir()) && dir != "/"; dir = filepath.Dir(dir) { // as far as the tests' own
		if strings.HasPrefix(dir, os.TempDir()+"/") {
			os.Chmod(dir, 0o755)
		}
	}
	self := filepath.Join(root, "test")
	data, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = os.WriteFile(self, data, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	run := func(path string, uid uint32) string {
		cmd := exec.Command(self, "-test.run=^TestForeign$")
		cmd.Env = append(os.Environ(), env+"="+path)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	for _, tt := range []struct {
		name  string
		mode  os.FileMode // of the directory
		owner int         // of the link or file
		what  string      // "link", "dangling", "file", "fifo"
		user  uint32
		ok    bool
	}{
		{"a link of another user", 0o777 | os.ModeSticky, other, "link", user, false},
		{"the same for root", 0o777 | os.ModeSticky, other, "link", 0, false},
		{"a link that leads nowhere yet", 0o777 | os.ModeSticky, other, "dangling", 0, false},
		{"a file of another user", 0o777 | os.ModeSticky, other, "file", 0, false},
		{"a pipe of another user", 0o777 | os.ModeSticky, other, "fifo", 0, false},
		{"a link of the user", 0o777 | os.ModeSticky, user, "link", user, true},
		{"a link of the directory's owner", 0o777 | os.ModeSticky, 0, "link", user, true},
		{"a directory that is not sticky", 0o777, other, "link", user, true},
		{"a directory of its owner", 0o755, other, "link", 0, true},
	} {
		dir, err := os.MkdirTemp(root, "d")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, tt.mode); err != nil {
			t.Fatal(err)
		}
		home := filepath.Join(dir, "home") // where the links lead
		if err := errors.Join(os.Mkdir(home, 0o777), os.Chmod(home, 0o777)); err != nil {
			t.Fatal(err)
		}
		path, victim := filepath.Join(dir, "out"), filepath.Join(home, "victim")
		if tt.what == "link" {
			err = errors.Join(os.WriteFile(victim, []byte("old"), 0o666), os.Chmod(victim, 0o666))
		}
		switch tt.what {
		case "link", "dangling":
			err = errors.Join(err, os.Symlink("home/victim", path))
		case "file":
			err = os.WriteFile(path, []byte("old"), 0o666)
		case "fifo":
			err = syscall.Mkfifo(path, 0o666)
		}
		if err = errors.Join(err, os.Lchown(path, tt.owner, tt.owner)); err != nil {
			t.Fatal(err)
		}
		out := run(path, tt.user)
		got, _ := os.ReadFile(victim)
		switch {
		case tt.ok && (out != "" || string(got) != "new"):
			t.Errorf("%s: %q, %s", tt.name, got, out)
		case !tt.ok && !strings.Contains(out, "belongs to another user, in a directory that everybody may write to"):
			t.Errorf("%s: %q, %s", tt.name, got, out)
		case !tt.ok && string(got) == "new":
			t.Errorf("%s: written", tt.name)
		}
	}
}

// TestSweep: what a program that was killed left is removed, and nothing else.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	write := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	write(".a.btf.gopahole-0123456789ab").Close()
	locked := write(".b.btf.gopahole-0123456789ab")
	defer locked.Close()
	if !lock(locked) {
		t.Fatal("no lock")
	}
	write(".a.btf.gopahole-notes").Close()
	write("a.btf.gopahole-saved-1").Close()
	if err := os.Symlink("a.btf.gopahole-saved-1", filepath.Join(dir, ".c.gopahole-0123456789ab")); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(dir, "other"), strings.NewReader("x"), Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	filetest.CheckAlone(t, dir, ".a.btf.gopahole-notes", ".b.btf.gopahole-0123456789ab", ".c.gopahole-0123456789ab", "a.btf.gopahole-saved-1", "other")
}

// TestDescriptor: whatever an open file of this process is called.
func TestDescriptor(t *testing.T) {
	t.Chdir("/proc/self/fd")
	for path, want := range map[string]int{
		"/proc/self/fd/7": 7, "/dev/fd/7": 7, "/dev/../dev/fd/7/": 7, "/dev/fd/x/../7": 7,
		"7": 7, "../fd/7": 7, "/dev/fd/7x": -1, "/dev/fd/x7": -1, "/dev/fd": -1, "/dev/fd/7/m.btf": -1, "m.btf": -1, "": -1, "..": -1,
	} {
		if fd, ok := descriptor(path); ok != (want >= 0) || ok && fd != want {
			t.Errorf("%s: %d, %v", path, fd, ok)
		}
	}
	dir, err := os.Getwd() // has the number of the process
	if err != nil {
		t.Fatal(err)
	}
	if fd, ok := descriptor(dir + "/7"); !ok || fd != 7 {
		t.Errorf("%s/7: %d, %v", dir, fd, ok)
	}
}
