package btf

import (
	"bytes"
	"encoding/binary"
	"io"
)

// Sizes of the header, in bytes: up to str_len, and with the two fields of the
// layout section.
const (
	shortHeader = 24
	longHeader  = 32

	magic   = 0xeb9f
	version = 1
)

// header is the header of a blob in host order. Offsets are in bytes from its
// end.
type header struct {
	order                binary.ByteOrder
	size                 uint32 // hdr_len
	typeOff, typeLen     uint32
	strOff, strLen       uint32
	layoutOff, layoutLen uint32
}

// Parse reads a blob, in either byte order, with a header of 24 bytes or more
// and with or without a layout section. base is needed for split BTF and must
// be the base that the blob was made on; nothing in the blob says which that is.
// raw is not kept.
//
// Parse checks what keeps later code safe: sections lie within raw, records
// within their section, every string offset and type ID exists, a FUNC refers
// to a FUNC_PROTO. Kinds it does not know are kept if the layout section, or
// that of the base, tells their length. Gaps between sections are tolerated,
// as libbpf does and the kernel does not. The error is a *ParseError.
func Parse(raw []byte, base *Types) (*Types, error) {
	return parse(bytes.NewReader(raw), int64(len(raw)), base)
}

// parse is Parse for a blob of size bytes that is read piece by piece. Other errors
// are those of r.
func parse(r io.ReaderAt, size int64, base *Types) (*Types, error) {
	return parseAs(checked, r, size, base)
}

// ParseLoose is Parse for code that judges BTF. Type IDs and string offsets need not
// exist, and a FUNC may refer to any type: some kernels load such BTF. Record and
// String say what does not exist. Other code must call CheckRecords first, or CheckRecord
// for a type.
func ParseLoose(raw []byte, base *Types) (*Types, error) {
	return parseLoose(bytes.NewReader(raw), int64(len(raw)), base)
}

func parseLoose(r io.ReaderAt, size int64, base *Types) (*Types, error) {
	return parseAs(loose, r, size, base)
}

// parseAs is parse or parseLoose.
func parseAs(check bool, r io.ReaderAt, size int64, base *Types) (*Types, error) {
	b := blob{r: r}
	head := make([]byte, min(size, longHeader))
	if err := b.read(head, 0); err != nil {
		return nil, err
	}
	if size > 0 { // what is not needed has to be there all the same
		if err := b.read(make([]byte, 1), size-1); err != nil {
			return nil, err
		}
	}
	h, err := parseHeader(head, uint64(size))
	if err != nil {
		return nil, err
	}
	t := &Types{base: base, order: h.order, longHeader: h.known() == longHeader}
	err = b.each(int64(h.known()), h.size-h.known(), func(part []byte) {
		for _, b := range part {
			t.headerRest = t.headerRest || b != 0
		}
	})
	if err != nil {
		return nil, err
	}
	body := int64(h.size)
	if t.words, err = b.words(body+int64(h.typeOff), h.typeLen, h.order); err != nil {
		return nil, err
	}
	if t.text, err = b.text(body+int64(h.strOff), h.strLen); err != nil {
		return nil, err
	}
	if h.layoutLen != 0 {
		raw := make([]byte, h.layoutLen)
		if err := b.read(raw, body+int64(h.layoutOff)); err != nil {
			return nil, err
		}
		t.layout = parseLayout(raw, h.order)
	}
	if err := t.finish(check); err != nil {
		return nil, err
	}
	return t, nil
}

// known returns the length of the part of the header that is understood.
func (h *header) known() uint32 {
	if h.size < longHeader {
		return shortHeader
	}
	return longHeader
}

// parseHeader reads the header of a blob of size bytes, of which raw is the
// beginning, as far as it is understood.
func parseHeader(raw []byte, size uint64) (*header, error) {
	if len(raw) < shortHeader {
		return nil, parseErrorf("header", 0, "%d bytes, a header has at least %d", len(raw), shortHeader)
	}
	h := new(header)
	switch {
	case binary.LittleEndian.Uint16(raw) == magic:
		h.order = binary.LittleEndian
	case binary.BigEndian.Uint16(raw) == magic:
		h.order = binary.BigEndian
	default:
		return nil, parseErrorf("header", 0, "no BTF: it begins with % x", raw[:2])
	}
	if raw[2] != version {
		return nil, parseErrorf("header", 2, "version %d is not supported", raw[2])
	}
	if raw[3] != 0 {
		return nil, parseErrorf("header", 3, "flags %#x are not supported", raw[3])
	}
	h.size = h.order.Uint32(raw[4:])
	if h.size < shortHeader || uint64(h.size) > size {
		return nil, parseErrorf("header", 4, "header length %d, the blob has %d bytes", h.size, size)
	}
	h.typeOff = h.order.Uint32(raw[8:])
	h.typeLen = h.order.Uint32(raw[12:])
	h.strOff = h.order.Uint32(raw[16:])
	h.strLen = h.order.Uint32(raw[20:])
	if h.known() == longHeader {
		h.layoutOff = h.order.Uint32(raw[24:])
		h.layoutLen = h.order.Uint32(raw[28:])
	}
	return h, h.check(size - uint64(h.size))
}

// check tests that the sections lie within the body bytes after the header
// and in the order that readers expect.
func (h *header) check(body uint64) error {
	typeEnd := uint64(h.typeOff) + uint64(h.typeLen)
	strEnd := uint64(h.strOff) + uint64(h.strLen)
	layoutEnd := uint64(h.layoutOff) + uint64(h.layoutLen)
	switch {
	case strEnd > body:
		return parseErrorf("header", 16, "strings at %d+%d end after the blob's %d bytes", h.strOff, h.strLen, body)
	case typeEnd > uint64(h.strOff):
		return parseErrorf("header", 8, "types at %d+%d reach into the strings at %d", h.typeOff, h.typeLen, h.strOff)
	case h.typeOff%4 != 0:
		return parseErrorf("header", 8, "type offset %d is not aligned to 4 bytes", h.typeOff)
	case h.typeLen%4 != 0:
		return parseErrorf("header", 12, "type length %d is not made of words", h.typeLen)
	case h.layoutLen == 0:
		return nil
	case h.layoutOff%4 != 0:
		return parseErrorf("header", 24, "layout offset %d is not aligned to 4 bytes", h.layoutOff)
	case h.layoutLen%layoutRecord != 0:
		return parseErrorf("header", 28, "layout length %d is not made of %d-byte records", h.layoutLen, layoutRecord)
	case uint64(h.layoutOff) < typeEnd || layoutEnd > uint64(h.strOff):
		return parseErrorf("header", 24, "layout at %d+%d is not between types and strings", h.layoutOff, h.layoutLen)
	}
	return nil
}
