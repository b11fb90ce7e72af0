package btf_test

import "encoding/binary"

// blob puts a blob together from parts, so that tests can make what the
// package's writer never would. Sections are placed as a producer does unless
// edit says otherwise.
type blob struct {
	order  binary.ByteOrder
	words  []uint32
	layout []byte
	strs   string
	edit   func(header []byte) // after the fields were filled in
	extra  []byte              // more header
}

func (b blob) bytes() []byte {
	order := b.order
	if order == nil {
		order = binary.LittleEndian
	}
	size := 24
	if b.layout != nil || b.extra != nil {
		size = 32
	}
	h := make([]byte, size+len(b.extra))
	copy(h[size:], b.extra)
	order.PutUint16(h, 0xeb9f)
	h[2] = 1
	fields := []int{len(h), 0, 4 * len(b.words), 4*len(b.words) + len(b.layout), len(b.strs)}
	if b.layout != nil {
		fields = append(fields, 4*len(b.words), len(b.layout))
	}
	for i, f := range fields {
		order.PutUint32(h[4+4*i:], uint32(f))
	}
	if b.edit != nil {
		b.edit(h)
	}
	for _, w := range b.words {
		h = append(h, 0, 0, 0, 0)
		order.PutUint32(h[len(h)-4:], w)
	}
	h = append(h, b.layout...)
	return append(h, b.strs...)
}

// unknownKinds is a blob with kinds 20 (2 more words) and 21 (1 more word and
// 2 for each element), described by its layout section, and an INT after them.
func unknownKinds(order binary.ByteOrder) []byte {
	layout := make([]byte, 42*4)
	layout[1*4] = 4
	layout[40*4] = 8
	layout[41*4], layout[41*4+1] = 4, 8
	order.PutUint16(layout[41*4+2:], 0x0102)
	return blob{
		order: order,
		words: []uint32{
			1, 40 << 24, 7, 0xa, 0xb,
			0, 41<<24 | 2, 0, 0xc, 1, 2, 3, 4,
			3, 1 << 24, 4, 32,
		},
		layout: layout,
		strs:   "\x00u\x00int\x00",
	}.bytes()
}
