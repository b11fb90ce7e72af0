package btf

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// layoutRecord is the size of a record of the layout section, in bytes.
const layoutRecord = 4

// kindLayout is a record of the layout section: how long records of a kind
// are. Sizes are in bytes (linux/btf.h, struct btf_layout).
type kindLayout struct {
	infoSize uint8 // after the 12 bytes of the head
	elemSize uint8 // of each of the vlen elements
	flags    uint16
}

// ownLayout is the layout section for the kinds this package knows.
var ownLayout = makeLayout()

// LastOld is the newest kind of Linux 7.2 and libbpf 1.8, whose layout sections end
// with it.
const LastOld = KindEnum64

func makeLayout() []kindLayout {
	var l []kindLayout
	for k := range kinds {
		if kinds[k].name == "" {
			break
		}
		l = append(l, kindLayout{infoSize: uint8(len(kinds[k].Tail) * 4), elemSize: uint8(len(kinds[k].Elem) * 4)})
	}
	return l
}

// layoutWords returns the length of a record in words, or what is wrong.
func layoutWords(layout []kindLayout, kind Kind, vlen int) (int, string) {
	switch {
	case kind == KindVoid:
		return 0, "kind 0 has no records"
	case layout == nil:
		return 0, fmt.Sprintf("kind %d is not known, and without a layout section nothing tells how long its records are; "+
			"a newer gopahole may know it", uint8(kind))
	case int(kind) >= len(layout):
		return 0, fmt.Sprintf("kind %d is not known, and the layout section ends before it; a newer gopahole may know it", uint8(kind))
	}
	l := layout[kind]
	if l.infoSize%4 != 0 || l.elemSize%4 != 0 {
		return 0, fmt.Sprintf("kind %d: layout of %d and %d bytes is not made of words", uint8(kind), l.infoSize, l.elemSize)
	}
	return head + int(l.infoSize/4) + vlen*int(l.elemSize/4), ""
}

func parseLayout(raw []byte, order binary.ByteOrder) []kindLayout {
	l := make([]kindLayout, len(raw)/layoutRecord)
	for i := range l {
		r := raw[i*layoutRecord:]
		l[i] = kindLayout{r[0], r[1], order.Uint16(r[2:])}
	}
	return l
}

// layoutError says at which record a layout section contradicts what this package
// knows of a newer kind, or returns nil. The form of such a kind was another one while
// it was discussed, and the layout section is all that tells (a LOCSEC with 16 bytes
// an entry). For the kinds up to LastOld it is not asked, like libbpf and the kernel.
func (t *Types) layoutError() error {
	end := min(len(t.layout), len(ownLayout))
	if first := int(LastOld) + 1; end <= first || slices.Equal(t.layout[first:end], ownLayout[first:end]) {
		return nil
	}
	differs := func(k Kind) bool { return k > LastOld && int(k) < end && t.layout[k] != ownLayout[k] }
	for at, id := 0, t.firstID; at+head <= len(t.words); id++ {
		k := KindOf(t.words[at+1])
		if differs(k) {
			own, other := ownLayout[k], t.layout[k]
			return parseErrorf("types", at*4, "[%d]: by the layout section a %v has %d bytes and %d for each element, "+
				"here it has %d and %d: it is of another form of BTF", id, k,
				other.infoSize, other.elemSize, own.infoSize, own.elemSize)
		}
		n, ok := RecordWords(k, VlenOf(t.words[at+1]))
		if !ok {
			if n, _ = layoutWords(t.layout, k, VlenOf(t.words[at+1])); n == 0 {
				break
			}
		}
		at += n
	}
	return nil // what else is wrong, buildIndex says
}

func appendLayout(dst []byte, layout []kindLayout, order binary.ByteOrder) []byte {
	for _, l := range layout {
		dst = append(dst, l.infoSize, l.elemSize, 0, 0)
		order.PutUint16(dst[len(dst)-2:], l.flags)
	}
	return dst
}

// HasLayout reports whether t has a layout section of its own: it was read
// with one, or WithLayout asked for it.
func (t *Types) HasLayout() bool { return t.layout != nil }

// WithLayout returns t with or without a layout section. A section that was
// read is kept as it is. A new one describes the kinds up to LastOld, as that of
// libbpf 1.8 does, or all kinds of this package if t has a newer one. Without the
// section, types of unknown kinds cannot be read back.
func (t *Types) WithLayout(on bool) *Types {
	switch {
	case on == t.HasLayout():
		return t
	case !on:
		return t.withLayout(nil)
	}
	for i := range t.index[1:] {
		if KindOf(t.words[t.index[i]+1]) > LastOld {
			return t.withLayout(ownLayout)
		}
	}
	return t.withLayout(ownLayout[:LastOld+1])
}

// WithFullLayout returns t with a layout section that describes all kinds of this
// package, as a writer that knows them makes it even if t has none of the newer ones
// (libbpf after 1.8). A section that was read is kept as it is.
func (t *Types) WithFullLayout() *Types {
	if t.HasLayout() {
		return t
	}
	return t.withLayout(ownLayout)
}

func (t *Types) withLayout(layout []kindLayout) *Types {
	c := *t
	c.layout = layout
	return &c
}

// HasLongHeader reports whether t was read with a header of 32 bytes or more, or
// WithLongHeader asked for it.
func (t *Types) HasLongHeader() bool { return t.longHeader }

// WithLongHeader returns t to be written with a header of 32 bytes, or with the
// shorter one unless a layout section needs the other. Parse keeps the length
// that it finds. Kernels that do not know the two last fields accept them as
// long as they are zero, which they are without a layout section.
func (t *Types) WithLongHeader(on bool) *Types {
	if on == t.longHeader {
		return t
	}
	c := *t
	c.longHeader = on
	return &c
}
