package layout_test

import (
	"io"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/inspect/layout"
	"github.com/gopahole/gopahole/internal/peer"
)

// TestPeerPackable compares what pahole --packable prints of whole kernels. It does not end if
// they have a struct of which Endless says so: pahole sees these without a name, and passes
// them over.
func TestPeerPackable(t *testing.T) {
	dir := peer.Scratch(t)
	for _, kernel := range []string{"61c", "612c", "72c"} {
		t.Run(kernel, func(t *testing.T) {
			types, err := elffile.OpenBTF(peer.Vmlinux(t, kernel), nil)
			if err != nil {
				t.Fatal(err)
			}
			p := layout.NewPrinter(io.Discard, types, layout.Options{})
			words, starts, endless := slices.Clone(types.Words()), types.Starts(), 0
			for id, rec := range types.All() {
				if rec.Kind() == btf.KindStruct && p.Endless(id) {
					words[starts[id-types.FirstID()]] = 0
					endless++
				}
			}
			if endless == 0 {
				t.Error("no struct without an end, of which each kernel has some")
			}
			if types, err = types.Replace(words, types.Strings()); err != nil {
				t.Fatal(err)
			}
			file := write(t, filepath.Join(dir, kernel), types)
			same(t, types, layout.Options{}, func(p *layout.Printer) error { return p.Packable(layout.Filter{}) }, "--packable", file)
		})
	}
}
