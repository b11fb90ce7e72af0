package btf

import "slices"

// Sizes that keep every offset of a written blob within its 32-bit field and
// every ID and string offset within what readers accept (libbpf:
// BTF_MAX_NR_TYPES, BTF_MAX_STR_OFFSET).
const (
	maxTypeBytes = 1<<32 - 1 - (maxKind+1)*layoutRecord
	maxStrings   = 1 << 31
	maxIDs       = 1 << 31
)

// checkStrings checks the own string section: terminated, and in a base
// beginning with the empty string.
func (t *Types) checkStrings() error {
	n := len(t.text)
	switch {
	case n == 0 && t.base != nil:
		return nil
	case n == 0:
		e := parseErrorf("strings", 0, "section is empty")
		e.Err = ErrNeedBase
		return e
	case uint64(t.strStart)+uint64(n) > maxStrings:
		return parseErrorf("strings", 0, "section of %d bytes is too long", n)
	case t.text[n-1] != 0:
		return parseErrorf("strings", n-1, "last string is not terminated")
	case t.base == nil && t.text[0] != 0:
		e := parseErrorf("strings", 0, "first string is not empty")
		e.Err = ErrNeedBase
		return e
	}
	return nil
}

// oddRecord returns the length of record i, which is at a word: of a kind that is
// known from a layout section only, the nearest one in the chain of bases. For
// others it says what is wrong.
func (t *Types) oddRecord(at, i int) (int, error) {
	id, left := uint64(t.firstID)+uint64(i), len(t.words)-at
	switch {
	case left < head:
		return 0, parseErrorf("types", at*4, "[%d]: %d bytes left, a record has at least 12", id, left*4)
	case id >= maxIDs:
		return 0, parseErrorf("types", at*4, "[%d]: too many types", id)
	}
	kind, vlen := KindOf(t.words[at+1]), VlenOf(t.words[at+1])
	n, ok := RecordWords(kind, vlen)
	if !ok {
		from := t
		for from.layout == nil && from.base != nil {
			from = from.base
		}
		var msg string
		if n, msg = layoutWords(from.layout, kind, vlen); msg != "" {
			return 0, parseErrorf("types", at*4, "[%d]: %s", id, msg)
		}
	}
	if n > left {
		return 0, parseErrorf("types", at*4, "[%d] %v: record of %d bytes, %d left", id, kind, uint64(n)*4, uint64(left)*4)
	}
	return n, nil
}

// CheckRecords checks what other packages rely on, in the own types: every
// string offset and every type ID exists, and a FUNC has a FUNC_PROTO (libbpf:
// btf_sanity_check). Loops, sizes and names are not looked at. Only types of
// ParseLoose and LoadLoose can fail; the error is a *ParseError.
func (t *Types) CheckRecords() error {
	if t.checked {
		return nil
	}
	if index, _ := t.checkedIndex(); slices.Equal(index, t.index) {
		return nil
	}
	for i := range t.index[1:] {
		if err := t.checkRecord(i); err != nil {
			return err
		}
	}
	return nil
}

// CheckRecord is CheckRecords for one type, which may be one of the base. For types of
// ParseIndexed, the error can also be ErrOtherIndex.
func (t *Types) CheckRecord(id ID) error {
	for t != nil && id < t.firstID {
		t = t.base
	}
	if t == nil || t.checked || id >= t.NumIDs() {
		return nil
	}
	i := int(id - t.firstID)
	if err := t.checkLength(i); err != nil {
		return err
	}
	rec := Record(t.words[t.index[i]:t.index[i+1]])
	l := &recordLayouts[rec.Kind()]
	name, ref := l.largest(rec)
	if name < uint32(t.StringEnd()) && ref < uint32(t.NumIDs()) && l.stop&special == 0 && rec.Kind() != KindFunc {
		return nil
	}
	return t.checkRecord(i)
}

// checkRecord checks own record i.
func (t *Types) checkRecord(i int) error {
	at, ids := t.index[i], uint32(t.NumIDs())
	rec := Record(t.words[at:t.index[i+1]])
	if bad := badWord(rec, ids, uint32(t.StringEnd())); bad >= 0 {
		return t.wordError(i, rec, bad, ids)
	}
	if rec.Kind() == KindFunc && t.Record(rec.Type()).Kind() != KindFuncProto {
		return parseErrorf("types", int(at+2)*4, "[%d] FUNC: type %d is not a FUNC_PROTO", t.firstID+ID(i), rec.Type())
	}
	return nil
}

// largest returns the largest string offset and the largest type ID of a record, as far as
// the masks tell.
func (l *recordLayout) largest(rec Record) (name, ref uint32) {
	if len(rec) < head {
		return 0, 0
	}
	name, ref = rec[0], rec[2]&l.ref
	if l.elem == 0 || int(l.size) > len(rec) {
		return name, ref
	}
	elems := rec[l.size:]
	if l.elem == 2 {
		for ; len(elems) >= 2; elems = elems[2:] {
			name, ref = max(name, elems[0]&l.elemName), max(ref, elems[1]&l.elemRef)
		}
		return name, ref
	}
	for ; len(elems) >= 3; elems = elems[3:] {
		name, ref = max(name, elems[0]&l.elemName), max(ref, elems[1]&l.elemRef)
	}
	return name, ref
}

// badWord returns the first word of rec that is a type ID or a string offset
// out of range, or -1.
func badWord(rec Record, ids, strEnd uint32) int {
	bad := -1
	rec.eachField(refFields|nameFields, func(w int) bool {
		limit := ids
		if rec.FieldAt(w) == FieldName {
			limit = strEnd
		}
		if rec[w] < limit {
			return true
		}
		bad = w
		return false
	})
	return bad
}

// wordError describes a word that badWord found.
func (t *Types) wordError(i int, rec Record, bad int, ids uint32) error {
	id, kind := t.firstID+ID(i), rec.Kind()
	off := (int(t.index[i]) + bad) * 4
	if rec.FieldAt(bad) == FieldName {
		return parseErrorf("types", off, "[%d] %v: string offset %d is outside the strings", id, kind, rec[bad])
	}
	return parseErrorf("types", off, "[%d] %v: type %d does not exist, the last one is %d", id, kind, rec[bad], ids-1)
}
