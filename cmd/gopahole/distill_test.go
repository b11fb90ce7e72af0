package main

import (
	"os"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/peer"
)

// Modules are told that they were made on another kernel, and never that they
// were not made on their own.
func TestParseOn(t *testing.T) {
	load := func(kernel string) *btf.Types {
		types, err := loadBTF(peer.Vmlinux(t, kernel), nil)
		if err != nil {
			t.Fatal(err)
		}
		return types
	}
	own, other := load("612c"), load("61c")
	step := 1
	if testing.Short() {
		step = 50
	}
	modules := peer.Modules(t, "612c")
	unnoticed := 0
	for i := 0; i < len(modules); i += step {
		f, err := os.Open(modules[i])
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		s, err := btf.ReadSections(f, info.Size())
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", modules[i], err)
		}
		if _, err := parseOn(own, s.BTF); err != nil {
			t.Errorf("%s: %v", modules[i], err)
		}
		if _, err := parseOn(other, s.BTF); err == nil {
			t.Errorf("%s: taken on another kernel's base", modules[i])
		} else if !strings.Contains(err.Error(), "another base") {
			unnoticed++
		}
	}
	t.Logf("%d modules; the base was not guessed for %d", len(modules)/step, unnoticed)
}
