package btf

// head is the number of words every record begins with: name, info and size
// or type.
const head = 3

// recordSizes is the one table of record sizes, in words: what follows the
// head, and what each of the vlen elements takes. A new kind is a row here and
// a row in recordFields.
var recordSizes = [numKinds]struct{ fixed, elem uint8 }{
	KindInt:       {fixed: 1}, // encoding, bit offset, bits
	KindPtr:       {},
	KindArray:     {fixed: 3}, // element, index, nelems
	KindStruct:    {elem: 3},  // name, type, offset
	KindUnion:     {elem: 3},  // name, type, offset
	KindEnum:      {elem: 2},  // name, value
	KindFwd:       {},
	KindTypedef:   {},
	KindVolatile:  {},
	KindConst:     {},
	KindRestrict:  {},
	KindFunc:      {},
	KindFuncProto: {elem: 2},  // name, type
	KindVar:       {fixed: 1}, // linkage
	KindDatasec:   {elem: 3},  // type, offset, size
	KindFloat:     {},
	KindDeclTag:   {fixed: 1}, // component_idx
	KindTypeTag:   {},
	KindEnum64:    {elem: 3}, // name, low word, high word
}

// none marks a table column that a kind does not have.
const none = 0xff

// recordFields is the one table of where type IDs and string offsets sit. The
// name of the type itself is word 0 of every record. fixed lists words of the
// record that are type IDs; ref and name are words of an element.
//
// libbpf's field iterator also reports word 2 of a FWD, which is always 0. It
// is left out here: nothing is referenced, and remapping it could only do
// harm.
var recordFields = [numKinds]struct {
	fixed     []uint8
	ref, name uint8
}{
	KindVoid:      {nil, none, none},
	KindInt:       {nil, none, none},
	KindPtr:       {[]uint8{2}, none, none},
	KindArray:     {[]uint8{3, 4}, none, none},
	KindStruct:    {nil, 1, 0},
	KindUnion:     {nil, 1, 0},
	KindEnum:      {nil, none, 0},
	KindFwd:       {nil, none, none},
	KindTypedef:   {[]uint8{2}, none, none},
	KindVolatile:  {[]uint8{2}, none, none},
	KindConst:     {[]uint8{2}, none, none},
	KindRestrict:  {[]uint8{2}, none, none},
	KindFunc:      {[]uint8{2}, none, none},
	KindFuncProto: {[]uint8{2}, 1, 0},
	KindVar:       {[]uint8{2}, none, none},
	KindDatasec:   {nil, 0, none},
	KindFloat:     {nil, none, none},
	KindDeclTag:   {[]uint8{2}, none, none},
	KindTypeTag:   {[]uint8{2}, none, none},
	KindEnum64:    {nil, none, 0},
}

// recordLayout is what recordSizes and recordFields say of a kind, in the form for
// a quick pass over all records. A mask is all ones or, if there is nothing in that
// place, 0.
type recordLayout struct {
	size uint8 // words without elements, 0 if not known
	elem uint8 // words of an element, 0 if there are none

	ref               uint32 // mask of word 2 as a type ID
	elemName, elemRef uint32 // masks of the first word of an element as a name, the second as a type ID
	special           bool   // has type IDs in other places
}

// recordLayouts is indexed by any kind that an info word can have.
var recordLayouts = func() (all [1 << 7]recordLayout) {
	mask := func(on bool) uint32 {
		if on {
			return ^uint32(0)
		}
		return 0
	}
	for kind := Kind(1); kind < numKinds; kind++ {
		size, f := recordSizes[kind], &recordFields[kind]
		l := recordLayout{size: head + size.fixed, elem: size.elem}
		l.ref = mask(len(f.fixed) == 1 && f.fixed[0] == 2)
		l.elemName, l.elemRef = mask(f.name == 0), mask(f.ref == 1)
		l.special = len(f.fixed) > 0 && l.ref == 0 || f.ref != none && l.elemRef == 0
		all[kind] = l
	}
	return all
}()

// RecordWords returns the length of a record in words, the three common ones
// included. It returns false for void and for kinds this package does not
// know; their length is in the layout section of the blob, if anywhere.
func RecordWords(kind Kind, vlen int) (int, bool) {
	if !kind.Known() {
		return 0, false
	}
	s := recordSizes[kind]
	n := head + int(s.fixed)
	if s.elem != 0 { // vlen of a FUNC is its linkage
		n += vlen * int(s.elem)
	}
	return n, true
}

// AppendRefs appends the word indexes of the type IDs in rec, in the order of
// libbpf's field iterator. Records of unknown kinds have none that are known.
func AppendRefs(dst []int, rec []uint32) []int {
	kind := KindOf(rec[1])
	if kind >= numKinds {
		return dst
	}
	f := &recordFields[kind]
	for _, w := range f.fixed {
		dst = append(dst, int(w))
	}
	if f.ref != none {
		dst = appendColumn(dst, rec, kind, f.ref)
	}
	return dst
}

// AppendNames appends the word indexes of the string offsets in rec, in the
// order of the record. Of an unknown kind only the type's own name is known.
func AppendNames(dst []int, rec []uint32) []int {
	dst = append(dst, 0)
	kind := KindOf(rec[1])
	if kind >= numKinds {
		return dst
	}
	if f := &recordFields[kind]; f.name != none {
		dst = appendColumn(dst, rec, kind, f.name)
	}
	return dst
}

// appendColumn appends the index of word col of every element of rec.
func appendColumn(dst []int, rec []uint32, kind Kind, col uint8) []int {
	step := int(recordSizes[kind].elem)
	for w := head + int(col); w < len(rec); w += step {
		dst = append(dst, w)
	}
	return dst
}
