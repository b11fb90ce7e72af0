package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// TestRelocateKernel: a tag with kind_flag, which Linux 6.12 does not know, is refused
// before anything is relocated.
func TestRelocateKernel(t *testing.T) {
	dir := t.TempDir()
	build := func(name string, base *btf.Types, add func(b *btf.Builder)) *btf.Types {
		b := btf.NewBuilder(binary.LittleEndian, base)
		add(b)
		types, err := b.Build()
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), types.Bytes(), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		return types
	}
	addInt := func(b *btf.Builder) { b.AddInt("int", 4, btf.EncodingSigned) }
	build("vmlinux", nil, addInt)
	distilled := build("m.base", nil, addInt)
	build("m", distilled, func(b *btf.Builder) { b.AddPtr(b.AddTypeAttr("address_space(1)", 1)) })
	for _, tc := range []struct {
		flags []string
		code  int
		want  string
	}{
		{nil, exitFailure, ": unknown: which Linux it is for is not known; refused (EINVAL, [2] Invalid kind:18) by the rules of 5.15"},
		{[]string{"--kernel=7.2"}, exitOK, ": relocates"},
		{[]string{"--kernel=99.0"}, exitFailure, ": unknown: the rules of Linux 99.0 are not known"},
		{[]string{"--kernel=7.1"}, exitOK, ": relocates"}, // as both of its neighbours say
		{[]string{"--kernel=6.10"}, exitFailure, "; this kernel does not know .BTF.base"},
		{[]string{"--kernel=6.12"}, exitFailure, ": refused: -EINVAL: "},
		{[]string{"--kernel=7"}, exitVerbUsage, ""},
	} {
		args := append([]string{"relocate", "--check", "--base", filepath.Join(dir, "vmlinux"), filepath.Join(dir, "m")}, tc.flags...)
		if code, stdout, stderr := runIn(args...); code != tc.code || !strings.Contains(stdout, tc.want) {
			t.Errorf("%v: exit code %d, %s%s", tc.flags, code, stdout, stderr)
		}
	}
}
