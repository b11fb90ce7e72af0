package verify

import (
	"bytes"
	"fmt"
	"math/bits"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// records checks each type by itself, in order (kernel: btf_check_all_metas and the
// check_meta of each kind). It returns false
// if there was something wrong. On request it goes on behind it, as far as the
// records tell where the next one begins.
func (c *checker) records() bool {
	b := c.b
	left := b.typeLen // in bytes
	ok := true
	c.id = b.firstID
	if b.base == nil {
		c.id = 1
	}
	for at := uint32(0); left > 0; c.id++ {
		n, f := c.record(at, left)
		if f != nil {
			ok = false
			if !c.put(f) || n == 0 {
				break
			}
		}
		b.add(at)
		at += n / 4
		left -= n
	}
	c.id, c.rec = 0, nil
	return ok
}

// record checks the record at a word of the section, with left bytes to its end,
// and returns its length in bytes, 0 if that is not known.
func (c *checker) record(at, left uint32) (uint32, *Finding) {
	const head = 12 // bytes
	b := c.b
	c.rec = nil
	if left < head {
		return 0, c.brief("meta_left:%d meta_needed:%d", left, head)
	}
	rec := b.words[at:]
	info := rec[1]
	kind := b.kind(rec)
	var f *Finding
	switch {
	case info&c.rules.Unused != 0:
		f = c.brief("Invalid btf_info:%x", info)
	case !c.rules.Knows(kind):
		return 0, c.brief("Invalid kind:%d", kind)
	case !c.nameExists(rec[0]):
		f = c.brief("Invalid name_offset:%d", rec[0])
	}
	if !c.rules.Knows(kind) {
		return 0, f
	}
	size, _ := btf.RecordWords(kind, int(b.vlen(rec)))
	c.rec = rec
	tail := uint32(size)*4 - head
	if left-head < tail {
		if f == nil {
			message := fmt.Sprintf("meta_left:%d meta_needed:%d", left-head, tail)
			f = c.basic(message)
		}
		return 0, f
	}
	if f == nil {
		f = kindChecks[kind](c, rec)
	}
	return head + tail, f
}

// brief is a finding whose line has the ID only: the record is not one.
func (c *checker) brief(format string, args ...any) *Finding {
	message := fmt.Sprintf(format, args...)
	f := c.plain(kernel.EINVAL, message)
	f.Line = fmt.Sprintf("[%d] %s", c.id, message)
	f.ID = btf.ID(c.id)
	return f
}

// kindChecks are the checks of each kind. What they have in common is above.
var kindChecks = [...]func(*checker, []uint32) *Finding{
	btf.KindInt:       (*checker).intRecord,
	btf.KindPtr:       (*checker).unnamedRef,
	btf.KindArray:     (*checker).arrayRecord,
	btf.KindStruct:    (*checker).structRecord,
	btf.KindUnion:     (*checker).structRecord,
	btf.KindEnum:      (*checker).enumRecord,
	btf.KindFwd:       (*checker).fwdRecord,
	btf.KindTypedef:   (*checker).typedefRecord,
	btf.KindVolatile:  (*checker).unnamedRef,
	btf.KindConst:     (*checker).unnamedRef,
	btf.KindRestrict:  (*checker).unnamedRef,
	btf.KindFunc:      (*checker).funcRecord,
	btf.KindFuncProto: (*checker).protoRecord,
	btf.KindVar:       (*checker).varRecord,
	btf.KindDatasec:   (*checker).datasecRecord,
	btf.KindFloat:     (*checker).floatRecord,
	btf.KindDeclTag:   (*checker).declTagRecord,
	btf.KindTypeTag:   (*checker).typeTagRecord,
	btf.KindEnum64:    (*checker).enumRecord,
}

// noVlen and noFlag check the parts of the info word that most kinds do not use.
func (c *checker) noVlen(rec []uint32) *Finding {
	if c.b.vlen(rec) != 0 {
		return c.fail("vlen != 0")
	}
	return nil
}

func (c *checker) noFlag(rec []uint32) *Finding {
	if kindFlag(rec) {
		return c.fail("Invalid btf_info kind_flag")
	}
	return nil
}

func (c *checker) noVlenNoFlag(rec []uint32) *Finding {
	if f := c.noVlen(rec); f != nil {
		return f
	}
	return c.noFlag(rec)
}

// named tells whether a record has an identifier, maybeNamed whether an offset is
// of one or of no name, hasText whether a tag says anything.
func (c *checker) named(rec []uint32) bool    { return rec[0] != 0 && c.isName(rec[0]) }
func (c *checker) maybeNamed(off uint32) bool { return off == 0 || c.isName(off) }
func (c *checker) hasText(rec []uint32) bool  { return len(c.b.cstr(rec[0])) > 0 }

// isName is that of the blob, and notes what only some updates take.
func (c *checker) isName(off uint32) bool {
	if !c.b.isName(off) {
		return false
	}
	if c.rules.LateDots && bytes.IndexByte(c.b.cstr(off), '.') >= 0 {
		c.dotted = true
	}
	return true
}

// nameExists tells whether an offset lies within the strings.
func (c *checker) nameExists(off uint32) bool { return off <= kernel.MaxStrOff && c.b.str(off) != nil }

// isID tells whether a word can be the ID of a type, and isTypeID whether it can be
// that of one other than void. Whether the type exists is not asked.
func isID(word uint32) bool     { return word <= kernel.MaxID }
func isTypeID(word uint32) bool { return word != 0 && isID(word) }

// bytesOf returns how many bytes so many bits fill, without overflow.
func bytesOf(bits uint32) uint32 { return bits/8 + (bits%8+7)/8 }

func (c *checker) intRecord(rec []uint32) *Finding {
	if f := c.noVlenNoFlag(rec); f != nil {
		return f
	}
	if rec[3]&0xf0000000 != 0 {
		return c.basic(fmt.Sprintf("Invalid int_data:%x", rec[3]))
	}
	enc, offset, nbits := btf.SplitIntWord(rec[3])
	switch end := uint32(offset) + uint32(nbits); {
	case end > 128:
		return c.fail("nr_bits exceeds 128")
	case bytesOf(end) > rec[2]:
		return c.fail("nr_bits exceeds type_size")
	}
	if bits.OnesCount8(uint8(enc)) > 1 || enc > btf.EncodingBool {
		f := c.fail("Unsupported encoding")
		f.Errno = kernel.ENOTSUPP
		return f
	}
	return nil
}

func (c *checker) unnamedRef(rec []uint32) *Finding {
	if f := c.noVlenNoFlag(rec); f != nil {
		return f
	}
	switch {
	case !isID(rec[2]):
		return c.fail("Invalid type_id")
	case rec[0] != 0:
		return c.fail("Invalid name")
	}
	return nil
}

func (c *checker) typedefRecord(rec []uint32) *Finding {
	if f := c.noVlenNoFlag(rec); f != nil {
		return f
	}
	switch {
	case !isID(rec[2]):
		return c.fail("Invalid type_id")
	case !c.named(rec):
		return c.fail("Invalid name")
	}
	return nil
}

func (c *checker) typeTagRecord(rec []uint32) *Finding {
	if f := c.noVlen(rec); f != nil {
		return f
	}
	switch {
	case kindFlag(rec) && !c.rules.TagFlags:
		return c.noFlag(rec)
	case !isID(rec[2]):
		return c.fail("Invalid type_id")
	case !c.hasText(rec):
		return c.fail("Invalid name")
	}
	return nil
}

func (c *checker) declTagRecord(rec []uint32) *Finding {
	if !c.hasText(rec) {
		return c.fail("Invalid value")
	}
	if f := c.noVlen(rec); f != nil {
		return f
	}
	switch {
	case kindFlag(rec) && !c.rules.TagFlags:
		return c.noFlag(rec)
	case int32(rec[3]) < -1:
		return c.fail("Invalid component_idx")
	}
	return nil
}

func (c *checker) fwdRecord(rec []uint32) *Finding {
	if f := c.noVlen(rec); f != nil {
		return f
	}
	switch {
	case rec[2] != 0:
		return c.fail("type != 0")
	case !c.named(rec):
		return c.fail("Invalid name")
	}
	return nil
}

func (c *checker) arrayRecord(rec []uint32) *Finding {
	if rec[0] != 0 {
		return c.fail("Invalid name")
	}
	if f := c.noVlenNoFlag(rec); f != nil {
		return f
	}
	switch {
	case rec[2] != 0:
		return c.fail("size != 0")
	case !isTypeID(rec[3]):
		return c.fail("Invalid elem")
	case !isTypeID(rec[4]):
		return c.fail("Invalid index")
	}
	return nil
}

func (c *checker) structRecord(rec []uint32) *Finding {
	if !c.maybeNamed(rec[0]) {
		return c.fail("Invalid name")
	}
	union := c.b.kind(rec) == btf.KindUnion
	last := uint32(0)
	for i := range c.b.vlen(rec) {
		m := elem(rec, i, 3)
		offset, _ := btf.SplitMemberWord(m[2], kindFlag(rec))
		switch {
		case !c.nameExists(m[0]):
			return c.failMember(m, fmt.Sprintf("Invalid member name_offset:%d", m[0]))
		case !c.maybeNamed(m[0]):
			return c.failMember(m, "Invalid name")
		case !isTypeID(m[1]):
			return c.failMember(m, "Invalid type_id")
		case union && offset != 0, offset < last: // equal: an array of length 0
			return c.failMember(m, "Invalid member bits_offset")
		case bytesOf(offset) > rec[2]:
			return c.failMember(m, "Member bits_offset exceeds its struct size")
		}
		last = offset
	}
	return nil
}

// enumRecord checks an ENUM or ENUM64. They may have no values.
func (c *checker) enumRecord(rec []uint32) *Finding {
	if !c.rules.EnumFlag {
		if f := c.noFlag(rec); f != nil {
			return f
		}
	}
	switch size := rec[2]; {
	case size > 8 || bits.OnesCount32(size) != 1:
		return c.fail("Unexpected size")
	case !c.maybeNamed(rec[0]):
		return c.fail("Invalid name")
	}
	size := uint32(2)
	if c.b.kind(rec) == btf.KindEnum64 {
		size = 3
	}
	for i := range c.b.vlen(rec) {
		switch name := elem(rec, i, size)[0]; {
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
func (c *checker) funcRecord(rec []uint32) *Finding {
	switch {
	case !c.named(rec):
		return c.fail("Invalid name")
	case c.b.vlen(rec) > uint32(btf.LinkageGlobal):
		return c.fail("Invalid func linkage")
	}
	return c.noFlag(rec)
}

func (c *checker) protoRecord(rec []uint32) *Finding {
	if rec[0] != 0 {
		return c.fail("Invalid name")
	}
	return c.noFlag(rec)
}

func (c *checker) varRecord(rec []uint32) *Finding {
	if f := c.noVlenNoFlag(rec); f != nil {
		return f
	}
	switch {
	case rec[0] == 0 || !c.b.isName(rec[0]): // dots were always fine here
		return c.fail("Invalid name")
	case !isTypeID(rec[2]):
		return c.fail("Invalid type_id")
	case rec[3] > uint32(btf.LinkageGlobal):
		return c.fail("Linkage not supported")
	}
	return nil
}

func (c *checker) datasecRecord(rec []uint32) *Finding {
	size := rec[2]
	if size == 0 {
		return c.fail("size == 0")
	}
	if f := c.noFlag(rec); f != nil {
		return f
	}
	if rec[0] == 0 || !c.b.isSectionName(rec[0]) {
		return c.fail("Invalid name")
	}
	end, sum := uint32(0), uint64(0)
	for i := range c.b.vlen(rec) {
		e := elem(rec, i, 3)
		switch {
		case !isTypeID(e[0]):
			return c.failVar(e, "Invalid type_id")
		case e[1] < end || e[1] >= size:
			return c.failVar(e, "Invalid offset")
		case e[2] == 0 || e[2] > size:
			return c.failVar(e, "Invalid size")
		case e[1]+e[2] > size: // with 32 bits, as in the kernel
			return c.failVar(e, "Invalid offset+size")
		}
		end = e[1] + e[2]
		sum += uint64(e[2])
	}
	if uint64(size) < sum {
		return c.fail("Invalid btf_info size")
	}
	return nil
}

func (c *checker) floatRecord(rec []uint32) *Finding {
	if f := c.noVlenNoFlag(rec); f != nil {
		return f
	}
	switch rec[2] {
	case 2, 4, 8, 12, 16:
		return nil
	}
	return c.fail("Invalid type_size")
}
