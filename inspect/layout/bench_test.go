package layout_test

import (
	"io"
	"testing"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/inspect/layout"
	"github.com/gopahole/gopahole/internal/peer"
)

// BenchmarkAll prints the layouts of a kernel.
func BenchmarkAll(b *testing.B) {
	types, err := elffile.OpenBTF(peer.Vmlinux(b, "612c"), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := layout.NewPrinter(io.Discard, types, layout.Options{}).All(layout.Filter{}); err != nil {
			b.Fatal(err)
		}
	}
}
