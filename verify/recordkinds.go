package verify

import (
	"bytes"
	"fmt"
	"math/bits"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// What the kernel checks in a record of each kind (level 1), in its order. What all
// records have in common is in records.go.

// noVlen and noFlag check the parts of the info word that most kinds do not use.
func (c *checker) noVlen(rec btf.Record) *Finding {
	if rec.Vlen() != 0 {
		return c.fail("vlen != 0")
	}
	return nil
}

func (c *checker) noFlag(rec btf.Record) *Finding {
	if rec.KindFlag() {
		return c.fail("Invalid btf_info kind_flag")
	}
	return nil
}

func (c *checker) noVlenNoFlag(rec btf.Record) *Finding {
	if f := c.noVlen(rec); f != nil {
		return f
	}
	return c.noFlag(rec)
}

// named tells whether a record has an identifier, maybeNamed whether an offset is
// of one or of no name, hasText whether a tag says anything.
func (c *checker) named(rec btf.Record) bool      { return rec.NameOff() != 0 && c.isName(rec.NameOff()) }
func (c *checker) maybeNamed(off btf.StrOff) bool { return off == 0 || c.isName(off) }
func (c *checker) hasText(rec btf.Record) bool    { return len(c.b.cstr(rec.NameOff())) > 0 }

// isName is that of the blob, and notes names that only some updates of a series
// accept.
func (c *checker) isName(off btf.StrOff) bool {
	if !c.b.isName(off) {
		return false
	}
	if c.rules.LateDots && bytes.IndexByte(c.b.cstr(off), '.') >= 0 {
		c.dotted = true
	}
	return true
}

// nameExists reports whether an offset lies within the strings.
func (c *checker) nameExists(off btf.StrOff) bool {
	return off <= kernel.MaxStrOff && c.b.str(off) != nil
}

// isID tells whether a word can be the ID of a type, and isTypeID whether it can be
// that of one other than void. Whether the type exists is not asked.
func isID(word btf.ID) bool     { return word <= kernel.MaxID }
func isTypeID(word btf.ID) bool { return word != 0 && isID(word) }

// bytesOf returns how many bytes so many bits fill, without overflow.
func bytesOf(bits uint32) uint32 { return bits/8 + (bits%8+7)/8 }

func (c *checker) intRecord(rec btf.Record) *Finding {
	if f := c.noVlenNoFlag(rec); f != nil {
		return f
	}
	if data := rec[3]; data&0xf0000000 != 0 {
		return c.basic(fmt.Sprintf("Invalid int_data:%x", data))
	}
	i := rec.Int()
	switch end := uint32(i.Offset) + uint32(i.Bits); {
	case end > 128:
		return c.fail("nr_bits exceeds 128")
	case bytesOf(end) > rec.Size():
		return c.fail("nr_bits exceeds type_size")
	}
	if bits.OnesCount8(uint8(i.Encoding)) > 1 || i.Encoding > btf.EncodingBool {
		f := c.fail("Unsupported encoding")
		f.Errno = kernel.ENOTSUPP
		return f
	}
	return nil
}

func (c *checker) unnamedRef(rec btf.Record) *Finding {
	if f := c.noVlenNoFlag(rec); f != nil {
		return f
	}
	switch {
	case !isID(rec.Type()):
		return c.fail("Invalid type_id")
	case rec.NameOff() != 0:
		return c.fail("Invalid name")
	}
	return nil
}

func (c *checker) typedefRecord(rec btf.Record) *Finding {
	if f := c.noVlenNoFlag(rec); f != nil {
		return f
	}
	switch {
	case !isID(rec.Type()):
		return c.fail("Invalid type_id")
	case !c.named(rec):
		return c.fail("Invalid name")
	}
	return nil
}

func (c *checker) typeTagRecord(rec btf.Record) *Finding {
	if f := c.noVlen(rec); f != nil {
		return f
	}
	switch {
	case rec.KindFlag() && !c.rules.TagFlags:
		return c.noFlag(rec)
	case !isID(rec.Type()):
		return c.fail("Invalid type_id")
	case !c.hasText(rec):
		return c.fail("Invalid name")
	}
	return nil
}

func (c *checker) declTagRecord(rec btf.Record) *Finding {
	if !c.hasText(rec) {
		return c.fail("Invalid value")
	}
	if f := c.noVlen(rec); f != nil {
		return f
	}
	switch {
	case rec.KindFlag() && !c.rules.TagFlags:
		return c.noFlag(rec)
	case rec.Component() < -1:
		return c.fail("Invalid component_idx")
	}
	return nil
}

func (c *checker) fwdRecord(rec btf.Record) *Finding {
	if f := c.noVlen(rec); f != nil {
		return f
	}
	switch {
	case rec.SizeOrType() != 0:
		return c.fail("type != 0")
	case !c.named(rec):
		return c.fail("Invalid name")
	}
	return nil
}

func (c *checker) arrayRecord(rec btf.Record) *Finding {
	if rec.NameOff() != 0 {
		return c.fail("Invalid name")
	}
	if f := c.noVlenNoFlag(rec); f != nil {
		return f
	}
	switch {
	case rec.SizeOrType() != 0:
		return c.fail("size != 0")
	case !isTypeID(rec.Array().Elem):
		return c.fail("Invalid elem")
	case !isTypeID(rec.Array().Index):
		return c.fail("Invalid index")
	}
	return nil
}

func (c *checker) structRecord(rec btf.Record) *Finding {
	if !c.maybeNamed(rec.NameOff()) {
		return c.fail("Invalid name")
	}
	union := rec.Kind() == btf.KindUnion
	last := uint32(0)
	for _, m := range rec.Members() {
		switch {
		case !c.nameExists(m.Name):
			return c.failMember(m, fmt.Sprintf("Invalid member name_offset:%d", m.Name))
		case !c.maybeNamed(m.Name):
			return c.failMember(m, "Invalid name")
		case !isTypeID(m.Type):
			return c.failMember(m, "Invalid type_id")
		case union && m.Offset != 0, m.Offset < last: // equal: an array of length 0
			return c.failMember(m, "Invalid member bits_offset")
		case bytesOf(m.Offset) > rec.Size():
			return c.failMember(m, "Member bits_offset exceeds its struct size")
		}
		last = m.Offset
	}
	return nil
}

// enumRecord checks an ENUM or ENUM64. They may have no values.
func (c *checker) enumRecord(rec btf.Record) *Finding {
	if !c.rules.EnumFlag {
		if f := c.noFlag(rec); f != nil {
			return f
		}
	}
	switch size := rec.Size(); {
	case size > 8 || bits.OnesCount32(size) != 1:
		return c.fail("Unexpected size")
	case !c.maybeNamed(rec.NameOff()):
		return c.fail("Invalid name")
	}
	for _, v := range rec.EnumValues() {
		switch name := v.Name; {
		case !c.nameExists(name):
			message := fmt.Sprintf("Invalid name_offset:%d", name)
			return c.finding(kernel.EINVAL, "\t"+message, message)
		case name == 0 || !c.isName(name):
			f := c.fail("Invalid name")
			f.Element = string(c.b.cstr(name))
			return f
		}
	}
	return nil
}

// funcRecord checks a FUNC, whose linkage is in the place of vlen. Linkage
// extern is refused.
func (c *checker) funcRecord(rec btf.Record) *Finding {
	switch {
	case !c.named(rec):
		return c.fail("Invalid name")
	case rec.Linkage() > btf.LinkageGlobal:
		return c.fail("Invalid func linkage")
	}
	return c.noFlag(rec)
}

func (c *checker) protoRecord(rec btf.Record) *Finding {
	if rec.NameOff() != 0 {
		return c.fail("Invalid name")
	}
	return c.noFlag(rec)
}

func (c *checker) varRecord(rec btf.Record) *Finding {
	if f := c.noVlenNoFlag(rec); f != nil {
		return f
	}
	switch {
	case rec.NameOff() == 0 || !c.b.isName(rec.NameOff()): // dots were always fine here
		return c.fail("Invalid name")
	case !isTypeID(rec.Type()):
		return c.fail("Invalid type_id")
	case rec.Linkage() > btf.LinkageGlobal:
		return c.fail("Linkage not supported")
	}
	return nil
}

func (c *checker) datasecRecord(rec btf.Record) *Finding {
	size := rec.Size()
	if size == 0 {
		return c.fail("size == 0")
	}
	if f := c.noFlag(rec); f != nil {
		return f
	}
	if rec.NameOff() == 0 || !c.b.isSectionName(rec.NameOff()) {
		return c.fail("Invalid name")
	}
	end, sum := uint32(0), uint64(0)
	for _, e := range rec.Secinfos() {
		switch {
		case !isTypeID(e.Var):
			return c.failVar(e, "Invalid type_id")
		case e.Offset < end || e.Offset >= size:
			return c.failVar(e, "Invalid offset")
		case e.Size == 0 || e.Size > size:
			return c.failVar(e, "Invalid size")
		case e.Offset+e.Size > size: // with 32 bits, as in the kernel
			return c.failVar(e, "Invalid offset+size")
		}
		end = e.Offset + e.Size
		sum += uint64(e.Size)
	}
	if uint64(size) < sum {
		return c.fail("Invalid btf_info size")
	}
	return nil
}

func (c *checker) floatRecord(rec btf.Record) *Finding {
	if f := c.noVlenNoFlag(rec); f != nil {
		return f
	}
	switch rec.Size() {
	case 2, 4, 8, 12, 16:
		return nil
	}
	return c.fail("Invalid type_size")
}
