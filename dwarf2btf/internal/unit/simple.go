package unit

import "github.com/gopahole/gopahole/dwarf2btf/internal/die"

// Most entries have few attributes, always in the same places: those of an abbreviation
// that is simple are read without going through all forms (die.Simple). The functions here
// read an entry either way. What it says beside what they return is in Cursor.Have, which
// is empty after a simple one.

// typeOf reads the attributes of an entry of which only the type matters.
func (d *reader) typeOf(a *die.Abbrev) die.Ref {
	if a.Simple() {
		return d.simpleType(a)
	}
	d.cur.Attrs(a)
	return d.ref(die.Type)
}

// typeAndSize reads the attributes of an entry of which the type and the size matter. A
// simple one has no size.
func (d *reader) typeAndSize(a *die.Abbrev) (die.Ref, uint32) {
	if a.Simple() {
		return d.simpleType(a), 0
	}
	d.cur.Attrs(a)
	return d.ref(die.Type), uint32(d.num(die.ByteSize))
}

// nameAndSize reads the attributes of a structure, class or union, and reports whether it
// is a declaration.
func (d *reader) nameAndSize(a *die.Abbrev) (name nameKey, size uint32, declaration bool) {
	if a.Simple() {
		v := d.cur.ReadSimple(a)
		return d.simpleName(&v), uint32(v.Num), a.Declares()
	}
	d.cur.Attrs(a)
	return d.key(die.Name), uint32(d.num(die.ByteSize)), d.num(die.Declaration) != 0
}

// elements reads a DW_TAG_subrange_type and returns the number of its elements: 0 where
// it is unknown or no constant, in 32 bits (pahole 1.32).
func (d *reader) elements(a *die.Abbrev) (n uint32) {
	if a.Simple() {
		return uint32(d.cur.ReadSimple(a).Num + 1)
	}
	d.cur.Attrs(a)
	switch {
	case d.cur.Have.Has(die.UpperBound):
		if v, ok := d.constant(&d.cur.V[die.UpperBound]); ok {
			n = uint32(v + 1)
		}
	case d.cur.Have.Has(die.Count):
		if v, ok := d.constant(&d.cur.V[die.Count]); ok {
			n = uint32(v)
		}
	}
	d.cur.SkipChildren(a)
	return n
}

// nameAndType reads the attributes of an entry of which the name and the type matter.
func (d *reader) nameAndType(a *die.Abbrev) (nameKey, die.Ref) {
	if a.Simple() {
		v := d.cur.ReadSimple(a)
		return d.simpleName(&v), d.simpleRef(&v)
	}
	d.cur.Attrs(a)
	return d.key(die.Name), d.ref(die.Type)
}

// nameAndValue reads the attributes of an enumerator.
func (d *reader) nameAndValue(a *die.Abbrev) (nameKey, uint64) {
	if a.Simple() {
		v := d.cur.ReadSimple(a)
		return d.simpleName(&v), v.Num
	}
	d.cur.Attrs(a)
	return d.key(die.Name), d.num(die.ConstValue)
}

// simpleName returns the name key of a simple entry.
func (d *reader) simpleName(v *die.Simple) nameKey {
	switch v.Form {
	case die.FormStrp:
		if v.Name < keyPacked-1 {
			return v.Name + 1
		}
	case 0:
		return 0
	}
	return d.keyOf(&die.Value{U: uint64(v.Name), N: v.NameLen, Form: v.Form})
}

// simpleType reads a simple entry and returns its reference.
func (d *reader) simpleType(a *die.Abbrev) die.Ref {
	typ := d.cur.ReadType(a)
	if typ == 0 {
		return 0
	}
	if int(typ) >= len(d.cur.Data) {
		d.cur.Fail(d.cur.At, "reference to %#x leaves the unit", typ)
	}
	return die.AtOffset(d.delta + uint32(typ))
}

// simpleRef returns the reference of a simple entry.
func (d *reader) simpleRef(v *die.Simple) die.Ref {
	if v.Type == 0 {
		return 0
	}
	if int(v.Type) >= len(d.cur.Data) {
		d.cur.Fail(d.cur.At, "reference to %#x leaves the unit", v.Type)
	}
	return die.AtOffset(d.delta + uint32(v.Type))
}
