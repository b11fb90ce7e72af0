package mincore_test

import (
	"bytes"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/mincore"
	"github.com/gopahole/gopahole/internal/peer"
)

// BenchmarkMinimize reads a kernel's BTF, and makes what the objects need of it.
func BenchmarkMinimize(b *testing.B) {
	types, err := btf.Open(peer.Vmlinux(b, "612c"), nil)
	if err != nil {
		b.Fatal(err)
	}
	raw := types.Bytes()
	m := mincore.New(object(b, "testdata/relocations-el.o"))
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			if _, err := btf.Load(bytes.NewReader(raw), int64(len(raw)), nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("minimize", func(b *testing.B) {
		for b.Loop() {
			if _, err := m.Minimize(types, 8); err != nil {
				b.Fatal(err)
			}
		}
	})
}
