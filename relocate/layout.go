package relocate

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// checkLayout compares the sizes in the target with the room that split types
// have for what they hold of it by value. Kernels do not look at the members:
// they rely on the size in the distilled base.
func (c *checker) checkLayout() {
	if c.stuck != nil {
		return
	}
	for id := c.first; id < c.split.NumIDs(); id++ {
		rec := c.split.Record(id)
		for i, m := range rec.Members() {
			held := c.chainFrom(m.Type)
			if held.end == 0 || held.end >= c.first {
				continue
			}
			d := &c.result.Distilled[held.end-1]
			if d.State != Matched || !d.Kind.IsComposite() {
				continue
			}
			room := uint64(rec.Size()) * 8
			if next := i + 1; rec.Kind() == btf.KindStruct && next < rec.Vlen() {
				room = uint64(rec.Member(next).Offset)
			}
			bytes := held.elems * uint64(d.Accepted[0].Size) // no more than 2^32 times less than 2^32
			if bytes > room/8 || uint64(m.Offset)+bytes*8 > room {
				c.defect(Overlap, id, func() string {
					name, _ := c.split.String(m.Name)
					return fmt.Sprintf("%s: member '%s' is or has '%s', which is too large for its place with the %d bytes of [%d] in the target",
						c.label(id), name, d.Name, d.Accepted[0].Size, d.Accepted[0].ID)
				})
			}
		}
	}
}
