package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/internal/peer"
)

// networkProgram returns a copy of the command, with the one that speaks to networks beside it.
func networkProgram(t *testing.T) string {
	t.Helper()
	built, err := program()
	if err != nil {
		t.Fatal(err)
	}
	gopahole := filepath.Join(t.TempDir(), "gopahole")
	if err := os.WriteFile(gopahole, filetest.Read(t, built), 0o755); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"build", "-tags", "gopahole_net", "-o", gopahole + "-net"}, raceFlags...)
	if out, err := exec.Command("go", append(args, "github.com/gopahole/gopahole/cmd/gopahole")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return gopahole
}

// invoke runs the program.
func invoke(t *testing.T, env []string, name string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// TestArchiveServe serves an archive, gets BTF from it, and ends with a signal.
func TestArchiveServe(t *testing.T) {
	gopahole := networkProgram(t)
	dir := place(t, "guide")
	tree := filepath.Join(dir, "tree")
	if err := os.Mkdir(tree, 0o777); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"vmlinux-6.12": "vmlinux", "driver.ko": "driver.ko"} {
		if err := os.Rename(filepath.Join(dir, from), filepath.Join(tree, to)); err != nil {
			t.Fatal(err)
		}
	}
	archive := filepath.Join(dir, "archive")
	if _, stderr, code := invoke(t, nil, gopahole, "archive", "run", "--modules", "--distill", "--layout=cas", "-o", archive, tree); code != 0 {
		t.Fatal(stderr)
	}

	cmd := exec.Command(gopahole, "archive", "serve", "--listen=127.0.0.1:0", archive)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		t.Fatalf("%q, %v", line, err)
	}

	got, local := filepath.Join(dir, "got.btf"), filepath.Join(dir, "local.btf")
	for _, name := range []string{"6.12.0-example", "6.12.0-example/driver"} {
		if _, stderr, code := invoke(t, nil, gopahole, "archive", "get", "-o", got, url, name); code != 0 {
			t.Fatal(stderr)
		}
		if _, stderr, code := invoke(t, nil, gopahole, "archive", "get", "-o", local, archive, name); code != 0 {
			t.Fatal(stderr)
		}
		if where := firstDifference(t, got, local); where != "" {
			t.Errorf("%s: %s", name, where)
		}
	}
	if _, stderr, code := invoke(t, nil, gopahole, "archive", "get", "-o", got, url, "6.13.0"); code != 1 || !strings.Contains(stderr, "6.13.0 is not in this archive") {
		t.Errorf("status %d: %s", code, stderr)
	}
	if _, stderr, code := invoke(t, nil, gopahole, "archive", "get", "-o", got, "http://127.0.0.1:1", "6.13.0"); code != 3 || !strings.Contains(stderr, "refused") {
		t.Errorf("no server: status %d: %s", code, stderr)
	}
	if _, stderr, code := invoke(t, nil, gopahole, "archive", "serve", "--listen=127.0.0.1:0", dir); code != 3 || !strings.Contains(stderr, "no archive") {
		t.Errorf("no archive: status %d: %s", code, stderr)
	}
	// Two cannot listen at one address.
	address := strings.TrimPrefix(url, "http://")
	if _, stderr, code := invoke(t, nil, gopahole, "archive", "serve", "--listen="+address, archive); code != 1 || !strings.Contains(stderr, "address already in use") {
		t.Errorf("status %d: %s", code, stderr)
	}

	// Neither a client that does not send what it says, nor one in the middle of a question keeps the program from ending
	// as it should.
	slow, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	fmt.Fprintf(slow, "GET /release/6.12.0-example/vmlinux.btf HTTP/1.1\r\n")
	never, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer never.Close()
	fmt.Fprintf(never, "GET /release/6.12.0-example/vmlinux.btf HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
	time.Sleep(100 * time.Millisecond) // until it is read
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
		if code := cmd.ProcessState.ExitCode(); code != 0 || !strings.Contains(errs.String(), "are cut off") {
			t.Errorf("status %d: %s", code, errs.String())
		}
	case <-time.After(30 * time.Second):
		t.Error("still there after a signal")
	}
}

// TestDebuginfod takes a kernel and a module from a real debuginfod, by their build IDs.
func TestDebuginfod(t *testing.T) {
	peers := peer.Get(t)
	if _, err := os.Stat(filepath.Join(peers.Root(), "usr/bin/debuginfod")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no debuginfod (scripts/peers.sh debuginfod installs it)")
		}
		t.Skip("no debuginfod (scripts/peers.sh debuginfod installs it)")
	}
	gopahole := networkProgram(t)
	dir := peer.Scratch(t)
	files := filepath.Join(dir, "files")
	if err := os.Mkdir(files, 0o777); err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{"vmlinux-6.12": "00112233445566778899aabbccddeeff00112233", "driver.ko": "ff112233445566778899aabbccddeeff00112233"}
	for name, id := range ids {
		data, err := os.ReadFile(filepath.Join(root, "testdata/guide", name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "driver.ko" { // which does not say what it is called
			data = bytes.Replace(data, []byte("vermagic=6.12.0-example SMP mod_unload "), []byte("vermagic=6.12.0-example\x00name=driver\x00\x00\x00\x00"), 1)
		}
		var note bytes.Buffer
		note.WriteString("\x04\x00\x00\x00\x14\x00\x00\x00\x03\x00\x00\x00GNU\x00")
		var desc []byte
		if _, err := fmt.Sscanf(id, "%x", &desc); err != nil {
			t.Fatal(err)
		}
		note.Write(desc)
		for path, data := range map[string][]byte{filepath.Join(files, name): data, filepath.Join(dir, "note"): note.Bytes()} {
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		cmd := peers.Command("objcopy", "--add-section", ".note.gnu.build-id="+peers.Inside(filepath.Join(dir, "note")),
			"--set-section-flags", ".note.gnu.build-id=alloc,readonly", peers.Inside(filepath.Join(files, name)))
		if res := peer.Run(t, cmd); res.ExitCode != 0 {
			t.Fatalf("objcopy: %s", res.Stderr)
		}
	}

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	server := peers.Command("debuginfod", "-F", "-d", ":memory:", "-p", fmt.Sprint(port), peers.Inside(files))
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { server.Process.Kill(); server.Wait() }()
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		res, err := http.Get(url + "/buildid/" + ids["driver.ko"] + "/debuginfo")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("debuginfod does not have the file: %v\n%s", err, log.String())
		}
	}

	archive, cache := filepath.Join(dir, "archive"), filepath.Join(dir, "cache")
	env := []string{"DEBUGINFOD_URLS=" + url, "DEBUGINFOD_CACHE_PATH=" + cache}
	input := "debuginfod:" + ids["vmlinux-6.12"] + "," + ids["driver.ko"]
	stdout, stderr, code := invoke(t, env, gopahole, "archive", "run", "--modules", "--layout=cas", "-o", archive, input)
	if code != 0 || !strings.Contains(stdout, "1 kernel, 1 module") {
		t.Fatalf("status %d: %s%s", code, stdout, stderr)
	}
	out := filepath.Join(dir, "out.btf")
	if _, stderr, code := invoke(t, nil, gopahole, "archive", "get", "-o", out, archive, ids["driver.ko"]); code != 0 {
		t.Errorf("by build ID: %s", stderr)
	}
	// elfutils has it from the same cache, without a server.
	find := peers.Command("env", "DEBUGINFOD_URLS=http://127.0.0.1:1", "DEBUGINFOD_CACHE_PATH="+peers.Inside(cache), "debuginfod-find", "debuginfo", ids["vmlinux-6.12"])
	if res := peer.Run(t, find); res.ExitCode != 0 || !strings.Contains(string(res.Stdout), ids["vmlinux-6.12"]+"/debuginfo") {
		t.Errorf("debuginfod-find: status %d: %s%s", res.ExitCode, res.Stdout, res.Stderr)
	}
	other := strings.Repeat("ab", 20)
	if _, stderr, code := invoke(t, env, gopahole, "archive", "run", "-o", archive, "--layout=cas", "debuginfod:"+other); code != 3 || !strings.Contains(stderr, "build ID "+other+": no debuginfo at "+url) {
		t.Errorf("status %d: %s", code, stderr)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), ".gopahole-debuginfod-*"))
	if err != nil || left != nil {
		t.Errorf("left %q, %v", left, err)
	}
}
