package unit

import (
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/dwarf2btf/internal/names"
)

// key returns the name key of a string attribute of the DIE read last.
func (d *reader) key(s die.Slot) nameKey {
	if !d.cur.Have.Has(s) {
		return 0
	}
	return d.keyOf(&d.cur.V[s])
}

func (d *reader) keyOf(v *die.Value) nameKey {
	switch v.Form {
	case die.FormStrp:
		if v.U < keyPacked-1 {
			return uint32(v.U) + 1
		}
	case die.FormString:
		if v.N <= 3 {
			k := uint32(keyPacked) | v.N<<24
			for i := uint32(0); i < v.N; i++ {
				k |= uint32(d.cur.Data[v.U+uint64(i)]) << (8 * i)
			}
			return k
		}
	case die.FormStrx:
		if off := d.indexedString(v.U); off < keyPacked-1 && d.src == &d.s.source {
			return uint32(off) + 1
		}
	}
	text, ok := d.text(v)
	if !ok {
		return 0
	}
	return keyInterned | d.intern(text)
}

// intern gives text its identity, after --kabi_prefix.
func (d *reader) intern(text []byte) names.ID {
	id := d.s.names.Intern(d.s.opts.kabi(text))
	if id == 0 && len(text) > 0 {
		d.cur.Fail(d.cur.At, "no room for more names") // Convert says why
	}
	return id
}

// text returns the bytes of a string attribute.
func (d *reader) text(v *die.Value) ([]byte, bool) {
	switch v.Form {
	case die.FormString:
		return d.cur.Data[v.U : v.U+uint64(v.N)], true
	case die.FormStrp, die.FormStrpApart:
		return d.stringAt(&d.src.str, v.U), true
	case die.FormStrpSup:
		return d.stringAt(&d.supSource().str, v.U), true
	case die.FormLineStrp:
		return d.stringAt(&d.src.lineStr, v.U), true
	case die.FormStrx:
		return d.stringAt(&d.src.str, d.indexedString(v.U)), true
	}
	d.cur.Unread(v, die.ClassString)
	return nil, false
}

// indexedString returns entry i of the unit's table in .debug_str_offsets.
func (d *reader) indexedString(i uint64) uint64 {
	size := uint64(d.cur.Unit.OffsetSize())
	off, err := d.src.strOffsets.word(d.attrs.strOffsetsBase+i*size, int(size), d.s.order)
	if err != nil {
		d.cur.Fail(d.cur.At, "string index %d: %v", i, err)
	}
	return off
}

// stringAt returns the string at an offset of a string section.
func (d *reader) stringAt(sec *section, off uint64) []byte {
	s, err := sec.cstring(off)
	if err != nil {
		d.cur.Fail(d.cur.At, "%v", err)
	}
	return s
}

// id returns the identity of a key.
func (d *reader) id(k nameKey) names.ID {
	if k == 0 {
		return 0
	}
	if k&keyInterned != 0 {
		return k &^ keyInterned
	}
	if id, ok := d.s.seen.names.find(k); ok {
		return id
	}
	id := d.intern(d.keyText(k))
	d.s.seen.names.put(k, id)
	return id
}

// keyText returns the text of a key that is not interned, as the input has it.
func (d *reader) keyText(k nameKey) []byte {
	if k&keyPacked != 0 {
		n := k >> 24 & 3
		return []byte{byte(k), byte(k >> 8), byte(k >> 16)}[:n]
	}
	return d.stringAt(&d.s.str, uint64(k-1))
}

// nameIs reports whether the text of a key is s, without a look at more of it.
func (d *reader) nameIs(k nameKey, s string) bool {
	// Not of merged strings: their section is loaded by whichever worker needs it first.
	if k != 0 && k&(keyPacked|keyInterned) == 0 && d.s.opts.KABIPrefix == "" && d.s.str.merged == nil {
		if text := d.s.str.data; uint64(k-1)+uint64(len(s)) < uint64(len(text)) {
			text = text[k-1:]
			return string(text[:len(s)]) == s && text[len(s)] == 0
		}
	}
	return string(d.keyBytes(k)) == s
}

// keyBytes returns the text of a key, after --kabi_prefix.
func (d *reader) keyBytes(k nameKey) []byte {
	if k == 0 {
		return nil
	}
	if k&keyInterned != 0 {
		return d.s.names.Bytes(k &^ keyInterned)
	}
	return d.s.opts.kabi(d.keyText(k))
}

// keyPrefix returns the text of a key, after --kabi_prefix, as far as its first max
// bytes and one more. Reading no more of names than needed matters if they overlap: a
// small section can have any number of long ones.
func (d *reader) keyPrefix(k nameKey, max int) []byte {
	if k != 0 && k&(keyPacked|keyInterned) == 0 && len(d.s.opts.KABIPrefix) <= max {
		if text, err := d.s.str.cstart(uint64(k-1), max+1); err == nil && len(text) > max {
			return d.s.opts.kabi(text)
		}
	}
	return d.keyBytes(k)
}
