package btf

// Sizes that keep every offset of a written blob within its 32-bit field and
// every ID and string offset within what readers take (libbpf:
// BTF_MAX_NR_TYPES, BTF_MAX_STR_OFFSET).
const (
	maxTypeBytes = 1<<32 - 1 - numKinds*layoutRecord
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

// buildIndex finds the records. Lengths are compared with what is left before
// they are used, so the index is bounded by the section.
func (t *Types) buildIndex() error {
	words := t.words
	if uint64(len(words))*4 > maxTypeBytes {
		return parseErrorf("types", 0, "section of %d bytes is too long", uint64(len(words))*4)
	}
	// A kernel's records are 5 to 6 words on average.
	index := make([]uint32, 1, len(words)/5+1)
	for at := 0; at < len(words); {
		left := len(words) - at
		n := head
		ok := false
		if left >= head && uint64(t.firstID)+uint64(len(index)) <= maxIDs {
			info := words[at+1]
			n, ok = RecordWords(KindOf(info), VlenOf(info))
		}
		if !ok || n > left {
			var err error
			if n, err = t.oddRecord(at, len(index)-1); err != nil {
				return err
			}
		}
		at += n
		index = append(index, uint32(at))
	}
	t.index = index
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
// ParseLoose can fail; the error is a *ParseError.
func (t *Types) CheckRecords() error {
	if t.recordsExist() {
		return nil
	}
	ids := uint32(t.NumIDs())
	strEnd := uint32(t.StringEnd())
	for i := range t.index[1:] {
		at := t.index[i]
		rec := t.words[at:t.index[i+1]]
		if bad := badWord(rec, ids, strEnd); bad >= 0 {
			return t.wordError(i, rec, bad, ids)
		}
		if KindOf(rec[1]) == KindFunc {
			proto := t.Record(ID(rec[2]))
			if proto == nil || KindOf(proto[1]) != KindFuncProto {
				return parseErrorf("types", int(at+2)*4, "[%d] FUNC: type %d is not a FUNC_PROTO", t.firstID+ID(i), rec[2])
			}
		}
	}
	return nil
}

// recordsExist is CheckRecords without the reason. A kernel has 100,000 records,
// and all are in order as a rule: only the largest of each sort is looked at.
func (t *Types) recordsExist() bool {
	ids := uint32(t.NumIDs())
	var name, ref uint32
	words, start := t.words, t.index[0]
	for _, end := range t.index[1:] {
		rec := words[start:end]
		start = end
		kind := KindOf(rec[1])
		name = max(name, rec[0])
		if kind >= numKinds {
			continue
		}
		c := &checkedWords[kind]
		if c.first != 0 {
			ref = max(ref, rec[c.first])
			if c.second != 0 {
				ref = max(ref, rec[c.second])
			}
			if kind == KindFunc && !t.isProto(ID(rec[2]), ID(ids)) {
				return false
			}
		}
		if len(rec) == head || c.step == 0 {
			continue
		}
		step := int(c.step)
		if c.name != none {
			for w := head + int(c.name); w < len(rec); w += step {
				name = max(name, rec[w])
			}
		}
		if c.ref != none {
			for w := head + int(c.ref); w < len(rec); w += step {
				ref = max(ref, rec[w])
			}
		}
	}
	return name < uint32(t.StringEnd()) && ref < ids
}

// checkedWords has what recordFields and recordSizes say in the form for
// recordsExist: words that are type IDs, 0 for none, and in elements of step words
// those that are.
var checkedWords = func() (all [numKinds]struct{ first, second, step, name, ref uint8 }) {
	for kind, f := range recordFields {
		c := &all[kind]
		switch len(f.fixed) {
		case 2:
			c.second = f.fixed[1]
			fallthrough
		case 1:
			c.first = f.fixed[0]
		}
		c.name, c.ref, c.step = f.name, f.ref, recordSizes[kind].elem
	}
	return all
}()

// isProto reports whether a type is a FUNC_PROTO.
func (t *Types) isProto(id, ids ID) bool {
	if id >= t.firstID && id < ids {
		return KindOf(t.words[t.index[id-t.firstID]+1]) == KindFuncProto
	}
	rec := t.Record(id)
	return rec != nil && KindOf(rec[1]) == KindFuncProto
}

// badWord returns the first word of rec that is a type ID or a string offset
// out of range, or -1.
func badWord(rec []uint32, ids, strEnd uint32) int {
	if rec[0] >= strEnd {
		return 0
	}
	kind := KindOf(rec[1])
	if kind >= numKinds {
		return -1
	}
	f := &recordFields[kind]
	for _, w := range f.fixed {
		if rec[w] >= ids {
			return int(w)
		}
	}
	step := int(recordSizes[kind].elem)
	if step == 0 {
		return -1
	}
	for w := head; w < len(rec); w += step {
		if f.name != none && rec[w+int(f.name)] >= strEnd {
			return w + int(f.name)
		}
		if f.ref != none && rec[w+int(f.ref)] >= ids {
			return w + int(f.ref)
		}
	}
	return -1
}

// wordError describes a word that badWord found.
func (t *Types) wordError(i int, rec []uint32, bad int, ids uint32) error {
	id, kind := t.firstID+ID(i), KindOf(rec[1])
	off := (int(t.index[i]) + bad) * 4
	for _, w := range AppendNames(nil, rec) {
		if w == bad {
			return parseErrorf("types", off, "[%d] %v: string offset %d is outside the strings", id, kind, rec[bad])
		}
	}
	return parseErrorf("types", off, "[%d] %v: type %d does not exist, the last one is %d", id, kind, rec[bad], ids-1)
}
