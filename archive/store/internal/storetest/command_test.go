package storetest_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/archive/store/internal/storetest"
	"github.com/gopahole/gopahole/archive/store/oci"
	"github.com/gopahole/gopahole/archive/store/s3"
	"github.com/gopahole/gopahole/internal/packtest"
)

// TestCommand: an archive on a server has what one in a directory has. The command becomes gopahole-net for that, which
// stands beside it.
func TestCommand(t *testing.T) {
	bucket, registry := storetest.S3(t), storetest.Registry(t)
	dir := t.TempDir()
	for program, tags := range map[string]string{"gopahole": "", "gopahole-net": "gopahole_net"} {
		cmd := exec.Command("go", "build", "-pgo=off", "-tags="+tags, "-o", filepath.Join(dir, program), "github.com/gopahole/gopahole/cmd/gopahole")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	kernel, err := os.ReadFile("../../../../testdata/guide/vmlinux-6.12")
	if err != nil {
		t.Fatal(err)
	}
	deb := filepath.Join(dir, "linux-image-6.12-dbg_1-1_amd64.deb")
	if err := os.WriteFile(deb, packtest.Deb(packtest.Meta{Name: "linux-image-6.12-dbg", Version: "1-1", Arch: "amd64", Maintainer: "nobody <nobody@localhost>"},
		"gz", packtest.File{Name: "usr/lib/debug/boot/vmlinux-6.12.0-example", Data: kernel}), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(dest string) {
		t.Helper()
		for range 2 { // the second time has nothing to do
			if out, err := exec.Command(filepath.Join(dir, "gopahole"), "archive", "run", "--layout=cas", "-o", dest, deb).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", dest, err, out)
			}
		}
		out, err := exec.Command(filepath.Join(dir, "gopahole"), "archive", "status", "--layout=cas", dest, deb).CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("1 packages done, 0 failed, 0 missing")) {
			t.Errorf("status of %s: %v\n%s", dest, err, out)
		}
	}
	local, err := store.Open(t.Context(), filepath.Join(dir, "archive"))
	if err != nil {
		t.Fatal(err)
	}
	run(local.String())
	want := storetest.Keys(t, local, "")
	for dest, open := range map[string]store.Opener{
		"s3://bucket/archive":                    s3.Open,
		"oci://" + registry.Address + "/archive": oci.Open,
	} {
		run(dest)
		s, err := open(t.Context(), dest)
		if err != nil {
			t.Fatal(err)
		}
		if got := storetest.Keys(t, s, ""); len(got) != len(want) || len(got) < 2 {
			t.Errorf("%s has %q, a directory has %q", dest, got, want)
		}
		for _, key := range want {
			data, err := storetest.Read(t.Context(), local, key)
			if err != nil {
				t.Fatal(err)
			}
			storetest.Holds(t, s, key, data)
		}
	}
	bucket.Kill()
}
