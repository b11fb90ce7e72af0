package btf

import "slices"

// head is the number of words every record begins with: name, info and size
// or type.
const head = 3

// recordLayout is what the fields of a kind come to, for a quick pass over all
// records. A mask is all ones, or 0 if there is nothing in that place.
type recordLayout struct {
	size uint8 // words without elements, 0 if not known
	elem uint8 // words of an element, 0 if there are none

	class kindClass
	stop  stops // why a quick pass over all records stops there, 0 for most

	ref               uint32 // mask of word 2 as a type ID
	elemName, elemRef uint32 // masks of the first word of an element as a name, the second as a type ID
}

// stops is a set of reasons to look at a record by itself.
type stops uint8

const (
	special stops = 1 << iota // has IDs or names that the masks do not tell, or elements of one word or of more than three
	listed                    // there is a list of the records of its kind
)

// recordLayouts has a row for all values of Kind, so that looking one up needs no
// check.
var recordLayouts = func() (all [1 << 8]recordLayout) {
	for k := range kinds {
		if k != int(KindVoid) && kinds[k].name != "" {
			all[k] = kinds[k].layout()
			if k == int(KindDeclTag) {
				all[k].stop |= listed
			}
		}
	}
	return all
}()

func (i *kindInfo) layout() recordLayout {
	l := recordLayout{size: uint8(head + len(i.Tail)), elem: uint8(len(i.Elem)), class: i.class}
	if i.SizeOrType == FieldSize {
		l.class |= hasSize
	}
	if i.SizeOrType == FieldType {
		l.ref = ^uint32(0)
	}
	isSpecial := slices.ContainsFunc(i.Tail, Field.isOffset) || l.elem == 1 || l.elem > 3
	for at, f := range i.Elem {
		switch {
		case at == 0 && f == FieldName:
			l.elemName = ^uint32(0)
		case at == 1 && f == FieldType:
			l.elemRef = ^uint32(0)
		default:
			isSpecial = isSpecial || f.isOffset()
		}
	}
	if isSpecial {
		l.stop = special
	}
	return l
}

// isOffset reports whether a word says where something else is: it must exist.
func (f Field) isOffset() bool { return f == FieldType || f == FieldName }

// RecordWords returns the length of a record in words, the three common ones
// included. It returns false for void and for kinds this package does not
// know; their length is in the layout section of the blob, if anywhere.
func RecordWords(kind Kind, vlen int) (int, bool) {
	l := &recordLayouts[kind]
	return int(l.size) + vlen*int(l.elem), l.size != 0 // vlen of a FUNC is its linkage
}
