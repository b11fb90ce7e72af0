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
		kind := btf.KindOf(rec[1])
		if !isComposite(kind) {
			continue
		}
		const memberWords = 3
		members := rec[3:]
		for at := 0; at < len(members); at += memberWords {
			held := c.chainFrom(btf.ID(members[at+1]))
			if held.end == 0 || held.end >= c.first {
				continue
			}
			d := &c.report.Distilled[held.end-1]
			if d.State != Matched || !isComposite(d.Kind) {
				continue
			}
			from, _ := btf.SplitMemberWord(members[at+2], btf.KindFlag(rec[1]))
			room := uint64(rec[2]) * 8
			if next := at + memberWords; kind == btf.KindStruct && next < len(members) {
				to, _ := btf.SplitMemberWord(members[next+2], btf.KindFlag(rec[1]))
				room = uint64(to)
			}
			bytes := held.elems * uint64(d.Accepted[0].Size) // no more than 2^32 times less than 2^32
			if bytes > room/8 || uint64(from)+bytes*8 > room {
				c.danger(Overlap, id, func() string {
					name, _ := c.split.String(btf.StrOff(members[at]))
					return fmt.Sprintf("%s: member '%s' is or has '%s', which is too large for its place with the %d bytes of [%d] in the target",
						c.label(id), name, d.Name, d.Accepted[0].Size, d.Accepted[0].ID)
				})
			}
		}
	}
}
