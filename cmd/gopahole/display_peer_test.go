package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/peer"
)

// displayed are command lines that print types of a kernel's BTF.
const displayed = `
-C task_struct
-C task_struct,list_head
-C list_head,list_head --sizes
-C list_head -n
-C task_struct -H 3 -s
-C task_struct -E --hex
-C spinlock_t -E
-C task_struct --packable
-C u64,pid_type
-C list_head --unions
-i list_head
-i list_head -s
-i list_head -H 1
-i list_head,hlist_head
-i task_struct -C mm_struct
-C mm_struct -i task_struct
-f task_struct
-f list_head --structs
-f list_head,task_struct -H 1
-H 3 -s
-H 2 -n
--unions -s
--structs -n
--sizes -n
-n --sizes
-c 32
-c 128 -E
--hex -s
`

// TestPeerDisplay compares what the personality pahole prints with what pahole does.
func TestPeerDisplay(t *testing.T) {
	if testing.Short() {
		t.Skip("prints a whole kernel several times; runs without -short")
	}
	dir := peer.Scratch(t)
	types, err := elffile.OpenBTF(peer.Vmlinux(t, "612c"), nil)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "kernel.btf")
	if err := os.WriteFile(file, types.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(strings.TrimSpace(displayed)) {
		args := append([]string{"-F", "btf"}, append(strings.Fields(line), file)...)
		want := peer.Pahole(t, args...)
		var got, complaint bytes.Buffer
		code := run(append([]string{paholeName}, args...), func(string) (string, bool) { return "", false }, &got, &complaint)
		if code != want.ExitCode {
			t.Errorf("%s: status %d, of pahole %d\n%s%s", line, code, want.ExitCode, complaint.Bytes(), want.Stderr)
		}
		if !bytes.Equal(got.Bytes(), want.Stdout) {
			t.Errorf("%s: %d lines, pahole prints %d, or they differ", line, bytes.Count(got.Bytes(), []byte("\n")), bytes.Count(want.Stdout, []byte("\n")))
		}
	}
}
