package relocate

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// A nameBudget bounds the bytes of names that are looked at. Names may overlap,
// so that a small blob can have terabytes of them; those of a kernel are some MiB.
type nameBudget struct{ bytes int }

const maxNameBytes = 1 << 28

// spend counts a name and reports whether it is within the budget.
func (b *nameBudget) spend(name string) bool {
	b.bytes += len(name)
	return !b.spent()
}

func (b *nameBudget) spent() bool { return b.bytes > maxNameBytes }

// mapName notes that the name of a distilled type, at offset off, is from now on
// that of a type of the target. Where distilled types share a name, the kernel
// is left with the one that it met last.
func (c *checker) mapName(off uint32, id btf.ID) {
	if id > c.names[off] {
		c.names[off] = id
	}
}

// walkNames looks for names of the split types that are strings of the distilled
// base, but not the name of a type there: relocation cannot find them.
func (c *checker) walkNames() {
	known := make(map[uint32]bool, c.first)
	for id := btf.ID(1); id < c.first; id++ {
		known[c.distilled.Record(id)[0]] = true
	}
	own := uint32(c.split.StringStart())
	end := own + uint32(len(c.split.Strings()))
	for id := c.first; id < c.split.NumIDs(); id++ {
		rec := c.split.Record(id)
		c.scratch = btf.AppendNames(c.scratch[:0], rec)
		for _, w := range c.scratch {
			off := rec[w]
			switch {
			case off >= end:
				c.danger(DanglingName, id, func() string {
					return fmt.Sprintf("%s has a name at offset %d, the strings end at %d", c.label(id), off, end)
				})
			case off == 0 || off >= own || known[off]:
			default:
				c.danger(UnmappedName, id, func() string {
					name, _ := c.distilled.String(btf.StrOff(off))
					return fmt.Sprintf("%s has the name '%s', a string of the distilled base that is not the name of a type there", c.label(id), name)
				})
				if c.unnamed == nil {
					// The kernel prints the string at offset 0, which is empty.
					c.unnamed = &Error{Errno: kernel.ENOENT, ID: id,
						Message: fmt.Sprintf("string '' [offset %d] is not mapped to base BTF", off)}
				}
			}
		}
	}
}
