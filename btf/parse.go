package btf

import "encoding/binary"

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
// be the base that the blob was made on: nothing in the blob says so. raw is
// not kept.
//
// Parse checks what keeps later code safe: sections lie within raw, records
// within their section, every string offset and type ID exists, a FUNC refers
// to a FUNC_PROTO. Kinds it does not know are kept if the layout section, or
// that of the base, tells their length. Gaps between sections are tolerated,
// as libbpf does and the kernel does not. The error is a *ParseError.
func Parse(raw []byte, base *Types) (*Types, error) {
	t, err := ParseLoose(raw, base)
	if err != nil {
		return nil, err
	}
	if err := t.CheckRecords(); err != nil {
		return nil, err
	}
	return t, nil
}

// ParseLoose is Parse for code that judges BTF. Type IDs and string offsets
// need not exist, and a FUNC may refer to anything, as in BTF that kernels load
// all the same: Record and String tell what does not exist. Code that does not
// ask them must call CheckRecords first.
func ParseLoose(raw []byte, base *Types) (*Types, error) {
	h, err := parseHeader(raw)
	if err != nil {
		return nil, err
	}
	body := raw[h.size:]
	t := &Types{
		base:  base,
		order: h.order,
		words: decodeWords(section(body, h.typeOff, h.typeLen), h.order),
		text:  string(section(body, h.strOff, h.strLen)),
	}
	if h.layoutLen != 0 {
		t.layout = parseLayout(section(body, h.layoutOff, h.layoutLen), h.order)
	}
	t.longHeader = h.known() == longHeader
	for _, b := range raw[h.known():h.size] {
		t.headerRest = t.headerRest || b != 0
	}
	if err := t.finish(); err != nil {
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

func parseHeader(raw []byte) (*header, error) {
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
	if h.size < shortHeader || uint64(h.size) > uint64(len(raw)) {
		return nil, parseErrorf("header", 4, "header length %d, the blob has %d bytes", h.size, len(raw))
	}
	h.typeOff = h.order.Uint32(raw[8:])
	h.typeLen = h.order.Uint32(raw[12:])
	h.strOff = h.order.Uint32(raw[16:])
	h.strLen = h.order.Uint32(raw[20:])
	if h.known() == longHeader {
		h.layoutOff = h.order.Uint32(raw[24:])
		h.layoutLen = h.order.Uint32(raw[28:])
	}
	return h, h.check(uint64(len(raw)) - uint64(h.size))
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

// section returns part of the body; check has made sure it exists.
func section(body []byte, off, length uint32) []byte {
	return body[off:][:length]
}

// decodeWords converts bytes to words. The order is tested once, outside of
// the loops, so that they compile to plain loads.
func decodeWords(raw []byte, order binary.ByteOrder) []uint32 {
	words := make([]uint32, len(raw)/4)
	if order == binary.LittleEndian {
		for i := range words {
			words[i] = binary.LittleEndian.Uint32(raw[i*4:])
		}
	} else {
		for i := range words {
			words[i] = binary.BigEndian.Uint32(raw[i*4:])
		}
	}
	return words
}
