package layout

import "github.com/gopahole/gopahole/btf"

// maxDepth bounds what is gone through from a type. Those of kernels are less than 50
// deep.
const maxDepth = 1000

// strip returns what is behind typedefs and qualifiers. Type tags are no qualifiers to
// pahole.
func (c *classes) strip(id btf.ID) btf.ID {
	for n := 0; ; n++ {
		rec := c.types.Record(id)
		if !isTransparent(rec.Kind()) {
			return id
		}
		if c.longChain(id, n) {
			return 0
		}
		id = rec.Type()
	}
}

// isTransparent reports whether a kind is a typedef, or a qualifier to pahole.
func isTransparent(kind btf.Kind) bool { return kind.IsModifier() && kind != btf.KindTypeTag }

// usualChain is how many typedefs and qualifiers come one after the other in any kernel.
const usualChain = 16

// longChain reports whether the typedef or qualifier after n others is one too many. Those that are
// not usual count as steps.
func (c *classes) longChain(id btf.ID, n int) bool {
	if n < usualChain {
		return false
	}
	c.work--
	if n < maxDepth && c.work >= 0 {
		return false
	}
	c.tooDeep(id)
	return true
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
func (c *classes) size(id btf.ID) uint64 { return c.sizeOf(id, c.types.Record(id)) }

func (c *classes) sizeOf(id btf.ID, rec btf.Record) uint64 {
	switch rec.Kind() {
	case btf.KindVoid:
		return 0
	case btf.KindPtr, btf.KindFuncProto:
		return uint64(c.pointer)
	case btf.KindInt, btf.KindFloat, btf.KindEnum, btf.KindEnum64:
		return numberSize(rec)
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

// isNumber reports whether a kind is an integer, a float or an enum.
func isNumber(kind btf.Kind) bool {
	const kinds = 1<<btf.KindInt | 1<<btf.KindFloat | 1<<btf.KindEnum | 1<<btf.KindEnum64
	return kinds>>kind&1 != 0
}

// numberSize is size for integers, floats and enums.
func numberSize(rec btf.Record) uint64 {
	switch size := uint64(rec.SizeOrType()); {
	case rec.Kind() == btf.KindInt:
		return uint64(rec.Int().Bits / 8)
	case rec.Kind() == btf.KindFloat:
		return uint64(uint16(size))
	case size == 0:
		return 4
	default:
		return size
	}
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
			if k := c.get(id); k.placing { // it contains itself
				c.tooDeep(id)
			} else {
				align = c.classNatural(k)
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
	if !k.naturalFound {
		k.placing = true
		for _, m := range c.types.Record(k.id).Members() {
			if c.typeAt(m.Type).to != 0 {
				k.natural = max(k.natural, uint16(c.naturalAt(m.Type)))
			}
		}
		k.naturalFound, k.placing = true, false
	}
	return uint32(k.natural)
}
