package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// TestHugePages: the command asks for huge pages (proc(5), smaps: "hg"). It waits for somebody
// to read what it prints, so there is time to look.
func TestHugePages(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip("this kernel has no transparent huge pages")
	}
	b := btf.NewBuilder(binary.LittleEndian, nil)
	for i := range 30_000 {
		b.AddStruct(fmt.Sprint("of_the_test_", i), 0)
	}
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "types.btf")
	if err := os.WriteFile(name, types.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("gopahole", "dump", name)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, readErr := out.Read(make([]byte, 1))
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps", cmd.Process.Pid))
	cmd.Process.Kill()
	cmd.Wait()
	if err != nil || readErr != nil {
		t.Fatal(err, readErr)
	}
	for line := range strings.Lines(string(maps)) {
		if strings.HasPrefix(line, "VmFlags:") && strings.Contains(line, " hg") {
			return
		}
	}
	t.Error("no part of the memory of the command is to be in huge pages")
}
