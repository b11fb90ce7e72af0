package module_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/peer"
	"github.com/gopahole/gopahole/module"
)

// Modules are told that they were made on another kernel, and never that they
// were not made on their own.
func TestOtherBase(t *testing.T) {
	vmlinux := func(kernel string) *btf.Types {
		types, err := btf.Open(peer.Vmlinux(t, kernel), nil)
		if err != nil {
			t.Fatal(err)
		}
		return types
	}
	load := func(s *btf.Sections, base *btf.Types) error {
		return module.Run(context.Background(), new(module.Module), module.Load(s, base))
	}
	own, other := vmlinux("612c"), vmlinux("61c")
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
		if err := load(s, own); err != nil {
			t.Errorf("%s: %v", modules[i], err)
		}
		if err := load(s, other); err == nil {
			t.Errorf("%s: taken on another kernel's base", modules[i])
		} else if !strings.Contains(err.Error(), "another base") {
			unnoticed++
		}
	}
	t.Logf("%d modules; the base was not guessed for %d", len(modules)/step, unnoticed)
}
