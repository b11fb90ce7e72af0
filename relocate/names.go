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
func (c *checker) mapName(off btf.StrOff, id btf.ID) {
	if id > c.names[off] {
		c.names[off] = id
	}
}

// walkNames looks for names of the split types that are strings of the distilled
// base, but not the name of a type there: relocation cannot find them.
func (c *checker) walkNames() {
	known := make(map[btf.StrOff]bool, c.first)
	for id := btf.ID(1); id < c.first; id++ {
		known[c.distilled.Record(id).NameOff()] = true
	}
	own, end := c.split.StringStart(), c.split.StringEnd()
	for id, rec := range c.split.Own() {
		for off := range rec.Names() {
			switch {
			case off >= end:
				c.defect(DanglingName, id, func() string {
					return fmt.Sprintf("%s has a name at offset %d, the strings end at %d", c.label(id), off, end)
				})
			case off == 0 || off >= own || known[off]:
			default:
				c.defect(UnmappedName, id, func() string {
					name, _ := c.distilled.String(off)
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
