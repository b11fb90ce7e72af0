package mincore

import (
	"math/bits"
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// kept returns the marked types in the order of their IDs.
func (m *marks) kept() (ids []btf.ID) {
	for w := range m.reached[0] {
		var word uint64
		for _, by := range m.reached {
			word |= by[w]
		}
		for ; word != 0; word &= word - 1 {
			ids = append(ids, btf.ID(64*w+bits.TrailingZeros64(word)))
		}
	}
	return ids
}

// build makes BTF of what is marked (bpftool: btfgen_get_btf). References to other types
// become void.
func (m *marks) build() (*btf.Types, error) {
	ids := m.kept()
	renumber := make(map[btf.ID]btf.ID, len(ids))
	for i, id := range ids {
		renumber[id] = btf.ID(i + 1)
	}
	b := btf.NewBuilder(m.types.ByteOrder(), nil)
	for _, id := range ids {
		rec := m.types.Record(id)
		if !rec.Kind().IsComposite() {
			rec = slices.Clone(rec)
			rec.MapRefs(func(id btf.ID) btf.ID { return renumber[id] })
			b.AddRecord(rec, m.types)
			continue
		}
		var members []btf.Member
		for i, member := range m.types.Members(id) {
			if m.hasMember(id, i) {
				member.Type = renumber[member.Type]
				members = append(members, member)
			}
		}
		if rec.Kind() == btf.KindStruct {
			b.AddStruct(m.types.Name(id), rec.Size(), members...)
		} else {
			b.AddUnion(m.types.Name(id), rec.Size(), members...)
		}
	}
	return b.Build()
}
