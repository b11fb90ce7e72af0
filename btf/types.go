package btf

import (
	"encoding/binary"
	"strings"
)

// Types is the types and strings of one blob, on top of those of its base if
// it is split BTF. It does not change after it was made, so any number of
// goroutines may read it.
type Types struct {
	base     *Types
	firstID  ID
	strStart StrOff

	words []uint32 // records one after the other, in host order
	index []uint32 // first word of a record, by ID-firstID; one more entry closes the last
	text  string   // own string section: String hands out parts of it

	declTags   []uint32 // which own types are DECL_TAGs, by ID-firstID, if they are listed
	tagsListed bool

	order      binary.ByteOrder // LittleEndian or BigEndian, for writing
	layout     []kindLayout     // by kind; nil: no layout section
	longHeader bool             // written with 32 bytes, layout or not

	checked    bool // CheckRecords has nothing to say
	headerRest bool // the header had non-zero bytes that this package cannot read
	find       *stringIndex
	names      *nameIndex
}

// New makes Types from records in host order and a string section. It keeps the records: the caller must not
// write to them afterwards. The string section of a base begins with a NUL byte; that of split BTF has only
// its own strings and may be empty. A nil order means that of the base, or little endian without one.
//
// The rules are those of Parse, and so is the error, a *ParseError.
func New(order binary.ByteOrder, base *Types, words []uint32, strs []byte) (*Types, error) {
	t := &Types{base: base, words: words, text: string(strs), order: normalOrder(order, base)}
	if err := t.finish(checked); err != nil {
		return nil, err
	}
	return t, nil
}

// Replace makes Types like New, with the base of t and to be written like t:
// in its byte order, with its layout section and its length of the header.
func (t *Types) Replace(words []uint32, strs []byte) (*Types, error) {
	r, err := New(t.order, t.base, words, strs)
	if err != nil {
		return nil, err
	}
	r.layout, r.longHeader = t.layout, t.longHeader
	return r, nil
}

// How much of the records is checked when they are indexed.
const (
	loose   = false // that they are within their section
	checked = true  // CheckRecords
)

// finish fills in what follows from base, words, strs and layout, and checks it.
func (t *Types) finish(check bool) error {
	t.firstID = 1
	if t.base != nil {
		t.firstID = t.base.NumIDs()
		t.strStart = t.base.StringEnd()
	}
	if err := t.checkStrings(); err != nil {
		return err
	}
	if err := t.layoutError(); err != nil {
		return err
	}
	t.find, t.names = new(stringIndex), new(nameIndex)
	if check {
		if t.index, t.declTags = t.checkedIndex(); t.index != nil {
			t.checked, t.tagsListed = true, true
			return nil
		}
	}
	if err := t.buildIndex(); err != nil {
		return err
	}
	if check {
		for i := range t.index[1:] {
			if err := t.checkRecord(i); err != nil {
				return err
			}
		}
	}
	t.checked = check
	return nil
}

// normalOrder maps every implementation of binary.ByteOrder to one of the two
// that the package compares with.
func normalOrder(order binary.ByteOrder, base *Types) binary.ByteOrder {
	switch {
	case order != nil && order.Uint16([]byte{1, 0}) == 1:
		return binary.LittleEndian
	case order != nil:
		return binary.BigEndian
	case base != nil:
		return base.order
	}
	return binary.LittleEndian
}

// Base returns the base of split BTF, or nil.
func (t *Types) Base() *Types { return t.base }

// FirstID returns the ID of the first own type: 1, or the number of IDs of the
// base.
func (t *Types) FirstID() ID { return t.firstID }

// NumIDs returns the number of IDs, void and those of the base included. It is
// the ID that the next type would get.
func (t *Types) NumIDs() ID { return t.firstID + ID(len(t.index)-1) }

// Record returns the record of a type in host order, or nil for void and for
// IDs that do not exist. It looks into the base as well. The caller must not
// write to it.
func (t *Types) Record(id ID) Record {
	// An ID of a base is a very large number here.
	if i := uint64(id - t.firstID); i+1 < uint64(len(t.index)) {
		lo, hi := t.index[i], t.index[i+1]
		return t.words[lo:hi:hi]
	}
	return t.recordBelow(id)
}

// recordBelow is Record for an ID that is not of an own type. It is apart, so that Record is short where it is
// inlined.
func (t *Types) recordBelow(id ID) Record {
	for t != nil && id < t.firstID {
		t = t.base
	}
	if t == nil || id >= t.NumIDs() {
		return nil
	}
	i := id - t.firstID
	lo, hi := t.index[i], t.index[i+1]
	return t.words[lo:hi:hi]
}

// Starts returns where each own record starts in Words, by ID - FirstID, and the
// end of the last one. The caller must not write to it.
func (t *Types) Starts() []uint32 { return t.index }

// Words returns the own records, one after the other. The caller must not
// write to them.
func (t *Types) Words() []uint32 { return t.words }

// Strings returns a copy of the own string section.
func (t *Types) Strings() []byte { return []byte(t.text) }

// Text returns the own string section.
func (t *Types) Text() string { return t.text }

// StringEnd returns the offset after the last own string.
func (t *Types) StringEnd() StrOff { return t.strStart + StrOff(len(t.text)) }

// StringStart returns the offset of the first own string: 0, or the end of the
// base's strings.
func (t *Types) StringStart() StrOff { return t.strStart }

// String returns the string at an offset, which may lie in the base and in the
// middle of a string. It returns false for an offset past the end.
func (t *Types) String(off StrOff) (string, bool) {
	for off < t.strStart {
		t = t.base
	}
	off -= t.strStart
	if uint64(off) >= uint64(len(t.text)) {
		return "", false
	}
	s := t.text[off:]
	return s[:strings.IndexByte(s, 0)], true
}

// NameUpTo returns the name of a type, cut after max+1 bytes. Use it where names come
// from untrusted files: they may overlap, so a small blob can have any number of long
// ones, and reading each to its end takes long.
func (t *Types) NameUpTo(id ID, max int) string {
	off := t.Record(id).NameOff()
	for off < t.strStart {
		t = t.base
	}
	off -= t.strStart
	if uint64(off) >= uint64(len(t.text)) {
		return ""
	}
	s := t.text[off:][:min(max+1, len(t.text)-int(off))]
	if n := strings.IndexByte(s, 0); n >= 0 {
		s = s[:n]
	}
	return s
}

// Name returns the name of a type; it is empty for types without one, for void
// and for IDs that do not exist.
func (t *Types) Name(id ID) string {
	return t.name(t.Record(id).NameOff())
}

// ByteOrder returns the order in which the blob was, and is written.
func (t *Types) ByteOrder() binary.ByteOrder { return t.order }

// WithByteOrder returns t with another order to be written in. A nil order is
// that of the base, or little endian without one.
func (t *Types) WithByteOrder(order binary.ByteOrder) *Types {
	c := *t
	c.order = normalOrder(order, t.base)
	return &c
}

// HasUnknownHeader reports whether the header of the blob had non-zero bytes
// after the fields that this package knows. They are not kept: Bytes writes a
// blob without what they describe.
func (t *Types) HasUnknownHeader() bool { return t.headerRest }
