package layout

import "github.com/gopahole/gopahole/btf"

// maxDepth bounds what is gone through from a type. Those of kernels are less than 50
// deep.
const maxDepth = 1000

// strip returns what is behind typedefs and qualifiers. Type tags are no qualifiers to
// pahole.
func (c *classes) strip(id btf.ID) btf.ID {
	for range maxDepth {
		rec := c.types.Record(id)
		switch rec.Kind() {
		case btf.KindTypedef, btf.KindConst, btf.KindVolatile, btf.KindRestrict:
			id = rec.Type()
		default:
			return id
		}
	}
	c.tooDeep(id)
	return 0
}

func (c *classes) tooDeep(id btf.ID) {
	if c.err == nil {
		c.err = &DepthError{id}
	}
}

// Types without a name are printed at each place that uses them, so that a small blob
// can have types of any length. One of a kernel takes 4,400 steps and 280 KB at most,
// expanded, and all of them less than half a step for each word of their records.
const (
	stepsPerType = 1 << 17
	stepsPerWord = 16
	textPerType  = 16 << 20
)

// enter counts a step into a type, and reports whether there may be one.
func (c *classes) enter(id btf.ID) bool {
	if c.work--; c.work < 0 || c.depth >= maxDepth {
		c.tooDeep(id)
	}
	if c.err != nil {
		return false
	}
	c.depth++
	return true
}

// size returns the size of a type in bytes (pahole: tag__size).
func (c *classes) size(id btf.ID) uint64 {
	rec := c.types.Record(id)
	switch rec.Kind() {
	case btf.KindVoid:
		return 0
	case btf.KindPtr, btf.KindFuncProto:
		return uint64(c.pointer)
	case btf.KindInt:
		return uint64(rec.Int().Bits / 8)
	case btf.KindFloat:
		return uint64(uint16(rec.Size()))
	case btf.KindEnum, btf.KindEnum64:
		if rec.Size() == 0 {
			return 4
		}
		return uint64(rec.Size())
	case btf.KindStruct, btf.KindUnion:
		if rec.Size() == 1 && rec.Vlen() == 0 {
			return 0
		}
		return uint64(rec.Size())
	case btf.KindFwd:
		return 0
	}
	if !c.enter(id) {
		return 0
	}
	size := uint64(0)
	if rec.Kind() == btf.KindArray {
		size = c.size(rec.Array().Elem) * uint64(rec.Array().Len)
	} else {
		size = c.size(rec.Type())
	}
	c.depth--
	return size
}

// natural returns the alignment of a type that is not behind typedefs or qualifiers, 1
// if it has none (pahole: tag__natural_alignment).
func (c *classes) natural(id btf.ID) uint32 {
	rec := c.types.Record(id)
	align := uint32(1)
	switch rec.Kind() {
	case btf.KindPtr:
		align = c.pointer
	case btf.KindInt, btf.KindFloat, btf.KindEnum, btf.KindEnum64:
		align = uint32(c.size(id))
	case btf.KindStruct, btf.KindUnion, btf.KindFwd:
		if c.enter(id) {
			k := c.get(id)
			if align = c.classNatural(k); k.placing { // it contains itself
				c.tooDeep(id)
			}
			c.depth--
		}
	case btf.KindArray:
		if c.enter(id) {
			align = c.natural(c.strip(rec.Array().Elem))
			c.depth--
		}
	}
	return max(1, align)
}

// classNatural returns the largest alignment of the members, 0 if there are none.
func (c *classes) classNatural(k *class) uint32 {
	if k.natural == 0 {
		for i := range k.members {
			if m := &k.members[i]; m.to != 0 {
				k.natural = max(k.natural, uint16(m.natural))
			}
		}
	}
	return uint32(k.natural)
}
