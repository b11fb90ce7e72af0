package cheader_test

import (
	"io"
	"testing"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/inspect/cheader"
	"github.com/gopahole/gopahole/internal/peer"
)

// BenchmarkWrite writes the header of a kernel.
func BenchmarkWrite(b *testing.B) {
	types, err := elffile.OpenBTF(peer.Vmlinux(b, "612c"), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := cheader.Write(io.Discard, types, cheader.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
