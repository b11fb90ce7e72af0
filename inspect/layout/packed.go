package layout

import "github.com/gopahole/gopahole/btf"

// isStruct reports whether a class is a struct, or declared as one.
func (k *class) isStruct() bool {
	return k.rec.Kind() == btf.KindStruct || k.rec.Kind() == btf.KindFwd && !k.rec.KindFlag()
}

// structAt returns the struct that a member is, nil if it is none.
func (c *classes) structAt(m *member) *class {
	if k := c.get(m.to); k != nil && k.isStruct() {
		return k
	}
	return nil
}

// inferPacked decides whether a struct is packed: its members could not be where they
// are if it were not. Once decided, that holds (pahole: class__infer_packed_attributes).
func (c *classes) inferPacked(k *class) {
	if !k.isStruct() || k.packedDecided {
		return
	}
	k.packedDecided = true
	c.findHoles(k)
	if k.padding != 0 || k.holes != 0 {
		c.packMembers(k, func(m *member, natural uint32) bool { return m.offset%natural != 0 })
		k.packed = false
		return
	}
	most := uint16(1)
	for i := range k.members {
		m := &k.members[i]
		natural := m.natural
		if natural == 1 {
			continue
		}
		most = max(most, uint16(natural))
		if m.offset%natural != 0 {
			k.packed = true
			return
		}
	}
	if most != 1 && k.align == 1 || k.size%uint32(most) != 0 {
		k.packed = true
	}
}

// inferPackedUnion marks structs in a union that must be packed, or arrays of the union
// would not have them aligned (pahole: union__infer_packed_attributes).
func (c *classes) inferPackedUnion(k *class) {
	if k.packedDecided {
		return
	}
	k.packedDecided = true
	size := k.size
	c.packMembers(k, func(_ *member, natural uint32) bool { return size%natural != 0 })
}

// packMembers marks the structs among the members that odd is true of as packed.
func (c *classes) packMembers(k *class, odd func(m *member, natural uint32) bool) {
	for i := range k.members {
		m := &k.members[i]
		if s := c.structAt(m); s != nil && odd(m, max(1, c.classNatural(s))) {
			s.packed, s.packedDecided = true, true
		}
	}
}

// isFlexible reports whether the last member is an array without a length.
func (c *classes) isFlexible(k *class) bool {
	if k.flexible == unasked {
		flexible := false
		if n := len(k.members); n > 0 {
			rec := c.types.Record(k.members[n-1].typ)
			flexible = rec.Kind() == btf.KindArray && rec.Array().Len == 0
		}
		k.flexible = answerOf(flexible)
	}
	return k.flexible == yes
}

// embedsFlexible reports whether a member is flexible, or embeds what is.
func (c *classes) embedsFlexible(k *class) bool {
	if !k.isStruct() {
		return false
	}
	if k.embeds == unasked {
		if !c.enter(k.id) {
			return false
		}
		found := false
		for i := range k.members {
			s := c.structAt(&k.members[i])
			if s == nil {
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
