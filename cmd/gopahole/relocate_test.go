package main

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

func TestInOrder(t *testing.T) {
	const n = 100
	var got []int
	err := inOrder(n, func(i int) int {
		for range i % 7 {
			runtime.Gosched()
		}
		return i * i
	}, func(i, square int) error {
		if square != i*i {
			t.Errorf("%d: %d", i, square)
		}
		got = append(got, i)
		return nil
	})
	if err != nil || len(got) != n || !slices.IsSorted(got) {
		t.Errorf("%v, %v", got, err)
	}
	stop := errors.New("stop")
	calls := 0
	err = inOrder(n, func(i int) int { return i }, func(i, _ int) error {
		if calls++; i == 3 {
			return stop
		}
		return nil
	})
	if err != stop || calls != 4 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if err := inOrder(0, func(int) int { return 0 }, func(int, int) error { return stop }); err != nil {
		t.Error(err)
	}
}

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
		{[]string{"--kernel=7.3"}, exitFailure, ": unknown: the rules of Linux 7.3 are not known"},
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
