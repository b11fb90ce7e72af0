package btf

import (
	"encoding/binary"
	"fmt"
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

// ownLayout is the layout section for the kinds this package writes.
var ownLayout = makeLayout()

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
	if int(kind) >= len(layout) {
		return 0, fmt.Sprintf("unknown kind %d", uint8(kind))
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
// read is kept as it is; a new one describes the kinds of this package. Without the
// section, types of unknown kinds cannot be read back.
func (t *Types) WithLayout(on bool) *Types {
	if on == t.HasLayout() {
		return t
	}
	c := *t
	c.layout = nil
	if on {
		c.layout = ownLayout
	}
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
