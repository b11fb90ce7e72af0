package relocate

import "github.com/gopahole/gopahole/btf"

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
			end := c.endOf(btf.ID(members[at+1]))
			if end == 0 || end >= c.first {
				continue
			}
			d := &c.report.Distilled[end-1]
			if d.State != Matched || !isComposite(d.Kind) {
				continue
			}
			from, _ := btf.SplitMemberWord(members[at+2], btf.KindFlag(rec[1]))
			room := uint64(rec[2]) * 8
			if next := at + memberWords; kind == btf.KindStruct && next < len(members) {
				to, _ := btf.SplitMemberWord(members[next+2], btf.KindFlag(rec[1]))
				room = uint64(to)
			}
			if size, ok := c.bitsOf(btf.ID(members[at+1]), d.Accepted[0].Size); !ok || uint64(from)+size > room {
				name, _ := c.split.String(btf.StrOff(members[at]))
				c.danger(Overlap, id, "%s: member '%s' is or has '%s', which is too large for its place with the %d bytes of [%d] in the target",
					c.label(id), name, d.Name, d.Accepted[0].Size, d.Accepted[0].ID)
			}
		}
	}
}

// bitsOf returns the size in bits of a chain of modifiers and arrays whose end
// has so many bytes. It is false for sizes beyond what members can have.
func (c *checker) bitsOf(id btf.ID, bytes uint32) (uint64, bool) {
	const most = 1 << 36
	bits := uint64(bytes) * 8
	for {
		next, more := c.inside(id)
		if !more {
			return bits, true
		}
		if rec := c.split.Record(id); btf.KindOf(rec[1]) == btf.KindArray {
			if bits *= uint64(rec[5]); bits > most {
				return 0, false
			}
		}
		id = next
	}
}
