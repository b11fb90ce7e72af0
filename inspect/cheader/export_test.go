package cheader

import (
	"io"

	"github.com/gopahole/gopahole/btf"
)

// WriteSortingAll is Write in the order of bpftool, found out as bpftool does: types that write
// nothing are sorted, too.
func WriteSortingAll(w io.Writer, t *btf.Types) error {
	p := newPrinter(w, t, 0)
	p.sortAll = true
	return p.write(Options{})
}
