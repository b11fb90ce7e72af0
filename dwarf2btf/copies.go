package dwarf2btf

import (
	"fmt"

	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"
)

// Each CU has copies of the type units that it refers to, as without type units, so a
// file may stand for more than its size. What a program of many thousand units needs is
// far below these bounds, which keep the time in proportion to the size of the file.
const (
	maxCopies  = 100       // times the bytes of the file's units
	freeCopies = 256 << 20 // bytes that any file may have beside
)

// checkCopies counts the bytes of the type units of a CU, in the order of the input.
func (c *conversion) checkCopies(f *unit.File, cu *unit.CU) error {
	c.copies += cu.Stats.TypeBytes
	c.splitBytes += cu.Stats.SplitBytes
	size := f.UnitBytes(cu) + c.splitBytes
	if cu.Stats.TypeBytes > 0 && c.copies > freeCopies+maxCopies*size {
		return fmt.Errorf("the units refer to copies of type units of more than %d bytes in all, "+
			"which is %d times the size of all units: such a file is not supported", c.copies, maxCopies)
	}
	return nil
}
