package layout

import "github.com/gopahole/gopahole/btf"

// inferPacked decides whether a struct is packed: its members could not be where they
// are if it were not. Once decided, that holds (pahole: class__infer_packed_attributes). Holes and
// alignments have been found.
func (c *classes) inferPacked(k *class, members []member) {
	if !k.isStruct || k.packedDecided {
		return
	}
	k.packedDecided = true
	if k.padding != 0 || k.holes != 0 {
		c.packMembers(members, func(m *member, natural uint32) bool { return m.offset%natural != 0 })
		k.packed = false
		return
	}
	most := uint16(1)
	for i := range members {
		m := &members[i]
		if m.natural == 1 {
			continue
		}
		most = max(most, uint16(m.natural))
		if m.offset%m.natural != 0 {
			k.packed = true
			return
		}
	}
	k.packed = k.size%uint32(most) != 0
}

// inferPackedUnion marks structs in a union that must be packed, or arrays of the union
// would not have them aligned (pahole: union__infer_packed_attributes).
func (c *classes) inferPackedUnion(k *class, members []member) {
	if k.packedDecided {
		return
	}
	k.packedDecided = true
	c.packMembers(members, func(_ *member, natural uint32) bool { return k.size%natural != 0 })
}

// packMembers marks the structs among the members that odd is true of as packed.
func (c *classes) packMembers(members []member, odd func(m *member, natural uint32) bool) {
	for i := range members {
		m := &members[i]
		if !isClass(m.kind) {
			continue
		}
		if s := c.get(m.to); s.isStruct && odd(m, max(1, c.classNatural(s))) {
			s.packed, s.packedDecided = true, true
		}
	}
}

// isFlexible reports whether the last member is an array without a length.
func (c *classes) isFlexible(k *class) bool {
	if k.flexible == unasked {
		flexible, rec := false, c.types.Record(k.id)
		if n := rec.Vlen(); n > 0 && rec.Kind().IsComposite() {
			last := c.types.Record(rec.Member(n - 1).Type)
			flexible = last.Kind() == btf.KindArray && last.Array().Len == 0
		}
		k.flexible = answerOf(flexible)
	}
	return k.flexible == yes
}

// embedsFlexible reports whether a member is flexible, or embeds what is.
func (c *classes) embedsFlexible(k *class) bool {
	if !k.isStruct {
		return false
	}
	if k.embeds == unasked {
		if !c.enter(k.id) {
			return false
		}
		found := false
		for _, m := range c.types.Record(k.id).Members() {
			t := c.typeAt(m.Type)
			if !isClass(t.kind) {
				continue
			}
			s := c.get(t.to)
			if !s.isStruct {
				continue
			}
			if found = c.isFlexible(s) || s != k && c.embedsFlexible(s); found {
				break
			}
		}
		c.depth--
		k.embeds = answerOf(found)
	}
	return k.embeds == yes
}
