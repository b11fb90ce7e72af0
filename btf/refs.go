package btf

import "iter"

// Refs returns the types that a record refers to, in the order of libbpf's field
// iterator. What records of unknown kinds refer to is not known.
func (r Record) Refs() iter.Seq[ID] {
	return func(yield func(ID) bool) {
		r.eachField(refFields, func(w int) bool { return yield(ID(r[w])) })
	}
}

// Names returns the offsets of the names in a record, in the order of the words:
// its own first, which may be 0, and those of its elements. Of unknown kinds only
// the own one is known.
func (r Record) Names() iter.Seq[StrOff] {
	return func(yield func(StrOff) bool) {
		r.eachField(nameFields, func(w int) bool { return yield(StrOff(r[w])) })
	}
}

// MapRefs replaces each type that a record refers to by what f returns for it, in
// the order of Refs. The record must be a copy of the caller's own.
func (r Record) MapRefs(f func(ID) ID) {
	r.eachField(refFields, func(w int) bool {
		r[w] = uint32(f(ID(r[w])))
		return true
	})
}

// MapNames replaces the offset of each name in a record by what f returns for it,
// in the order of Names. The record must be a copy of the caller's own.
func (r Record) MapNames(f func(StrOff) StrOff) {
	r.eachField(nameFields, func(w int) bool {
		r[w] = uint32(f(StrOff(r[w])))
		return true
	})
}

// fieldSet is a set of fields, a bit each.
type fieldSet uint8

const (
	refFields  fieldSet = 1 << FieldType
	nameFields fieldSet = 1 << FieldName
)

func (s fieldSet) has(f Field) bool { return s&(1<<f) != 0 }

// eachField calls f with the words of a record that are of some fields, in their
// order, until it returns false.
func (r Record) eachField(want fieldSet, f func(w int) bool) {
	if len(r) < head || want.has(FieldName) && !f(0) {
		return
	}
	info := r.Kind().info()
	if want.has(info.SizeOrType) && !f(2) {
		return
	}
	w := head
	for _, field := range info.Tail {
		if want.has(field) && !f(w) {
			return
		}
		w++
	}
	for len(info.Elem) > 0 && w+len(info.Elem) <= len(r) {
		for _, field := range info.Elem {
			if want.has(field) && !f(w) {
				return
			}
			w++
		}
	}
}

// FieldAt returns what word w of a record is. Of unknown kinds only the first two are
// known.
func (r Record) FieldAt(w int) Field {
	info := r.Kind().info()
	tail := w - head
	switch elem := tail - len(info.Tail); {
	case w == 0:
		return FieldName
	case w == 1:
		return FieldValue
	case w == 2:
		return info.SizeOrType
	case elem < 0:
		return info.Tail[tail]
	case len(info.Elem) > 0:
		return info.Elem[elem%len(info.Elem)]
	}
	return FieldUnused
}
