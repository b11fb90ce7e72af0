package btf

import (
	"encoding/binary"
	"io"
)

// Bytes returns the blob in the byte order of t: header, types, layout if t
// has one, strings, without gaps. The header has 24 bytes, which every kernel
// accepts, unless t has a layout section or a long header.
func (t *Types) Bytes() []byte {
	dst := make([]byte, 0, longHeader+len(t.words)*4+len(t.layout)*layoutRecord+len(t.text))
	dst = t.appendHeader(dst)
	if t.order == binary.LittleEndian {
		for _, w := range t.words {
			dst = binary.LittleEndian.AppendUint32(dst, w)
		}
	} else {
		for _, w := range t.words {
			dst = binary.BigEndian.AppendUint32(dst, w)
		}
	}
	dst = appendLayout(dst, t.layout, t.order)
	return append(dst, t.text...)
}

// WriteTo writes what Bytes returns.
func (t *Types) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(t.Bytes())
	return int64(n), err
}

func (t *Types) appendHeader(dst []byte) []byte {
	typeLen, layoutLen := len(t.words)*4, len(t.layout)*layoutRecord
	fields := []int{shortHeader, 0, typeLen, typeLen + layoutLen, len(t.text)}
	switch {
	case t.HasLayout():
		fields[0] = longHeader
		fields = append(fields, typeLen, layoutLen)
	case t.longHeader:
		fields[0] = longHeader
		fields = append(fields, 0, 0)
	}
	u32 := func(v uint32) {
		dst = append(dst, 0, 0, 0, 0)
		t.order.PutUint32(dst[len(dst)-4:], v)
	}
	dst = append(dst, 0, 0, version, 0)
	t.order.PutUint16(dst[len(dst)-4:], magic)
	for _, f := range fields {
		u32(uint32(f))
	}
	return dst
}
