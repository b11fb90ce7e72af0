package btf

import (
	"encoding/binary"
	"io"
	"slices"
)

// Bytes returns the blob in the byte order of t: header, types, layout if t
// has one, strings, without gaps. The header has 24 bytes, which every kernel
// accepts, unless t has a layout section or a long header.
func (t *Types) Bytes() []byte {
	dst := make([]byte, 0, t.Size())
	dst = t.appendWords(t.appendHeader(dst), t.words)
	dst = appendLayout(dst, t.layout, t.order)
	return append(dst, t.text...)
}

// Size returns the number of bytes of what Bytes returns.
func (t *Types) Size() int {
	header := shortHeader
	if t.HasLayout() || t.longHeader {
		header = longHeader
	}
	return header + len(t.words)*4 + len(t.layout)*layoutRecord + len(t.text)
}

// writePiece is the number of words written at once.
const writePiece = 32 << 10

// WriteTo writes what Bytes returns, piece by piece, without a second copy in memory.
func (t *Types) WriteTo(w io.Writer) (written int64, err error) {
	buf := t.appendHeader(make([]byte, 0, longHeader+4*min(len(t.words), writePiece)+len(t.layout)*layoutRecord))
	write := func() {
		if err == nil {
			n, e := w.Write(buf)
			written, err, buf = written+int64(n), e, buf[:0]
		}
	}
	for piece := range slices.Chunk(t.words, writePiece) {
		if len(buf) > longHeader {
			write()
		}
		buf = t.appendWords(buf, piece)
	}
	buf = appendLayout(buf, t.layout, t.order)
	write()
	if err != nil {
		return written, err
	}
	n, err := io.WriteString(w, t.text)
	return written + int64(n), err
}

func (t *Types) appendWords(dst []byte, words []uint32) []byte {
	if t.order == binary.LittleEndian {
		for _, w := range words {
			dst = binary.LittleEndian.AppendUint32(dst, w)
		}
	} else {
		for _, w := range words {
			dst = binary.BigEndian.AppendUint32(dst, w)
		}
	}
	return dst
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
