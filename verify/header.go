package verify

import (
	"encoding/binary"

	"github.com/gopahole/gopahole/kernel"
)

const (
	magic   = 0xeb9f
	version = 1
)

// header is the header of a blob as a kernel copies it: fields that the blob or
// the kernel does not have are 0.
type header struct {
	magic          uint16
	version, flags byte
	size           uint32 // hdr_len
	types, strs    span
	layout         span
}

// span is a section: its place in bytes from the end of the header.
type span struct{ off, len uint32 }

// before compares places as the kernel does, by differences that wrap.
func (s span) before(t span) bool {
	if d := int32(s.off - t.off); d != 0 {
		return d < 0
	}
	return int32(s.len-t.len) < 0
}

func (h *header) decode(raw []byte, order binary.ByteOrder) {
	h.magic, h.version, h.flags = order.Uint16(raw), raw[2], raw[3]
	for i, field := range []*uint32{&h.size, &h.types.off, &h.types.len, &h.strs.off, &h.strs.len, &h.layout.off, &h.layout.len} {
		*field = order.Uint32(raw[4+4*i:])
	}
}

// parseHeader checks header and places of the sections (kernel: btf_parse_hdr).
func (c *checker) parseHeader() *Finding {
	b := c.b
	size := uint64(len(b.raw))
	if size < 8 {
		return c.plain(kernel.EINVAL, "hdr_len not found")
	}
	n := b.order.Uint32(b.raw[4:])
	if size < uint64(n) {
		return c.plain(kernel.EINVAL, "btf_header not found")
	}
	known := c.rules.Header
	for i := known; i < n; i++ {
		if b.raw[i] != 0 {
			return c.plain(kernel.E2BIG, "Unsupported btf_header")
		}
	}
	var buf [kernel.LongHeader]byte
	copy(buf[:], b.raw[:min(n, known)])
	b.hdr.decode(buf[:], b.order)
	switch {
	case b.hdr.magic != magic:
		return c.plain(kernel.EINVAL, "Invalid magic")
	case b.hdr.version != version:
		return c.plain(kernel.ENOTSUPP, "Unsupported version")
	case b.hdr.flags != 0:
		return c.plain(kernel.ENOTSUPP, "Unsupported flags")
	case b.base == nil && size == uint64(b.hdr.size):
		return c.plain(kernel.EINVAL, "No data")
	}
	b.body = b.raw[b.hdr.size:]
	return c.sections()
}

// layoutSection reports whether there is one that this kernel looks at.
func (c *checker) layoutSection() bool {
	return c.rules.Header >= kernel.LongHeader && c.b.hdr.size >= kernel.LongHeader && c.b.hdr.layout.len != 0
}

// sections checks that the sections follow each other without gaps, from the
// end of the header to that of the blob, in any order (kernel:
// btf_check_sec_info).
func (c *checker) sections() *Finding {
	b := c.b
	list := []span{b.hdr.types, b.hdr.strs}
	if c.layoutSection() {
		list = append(list, b.hdr.layout)
	}
	for i := range list {
		for ; i > 0 && !list[i-1].before(list[i]); i-- {
			list[i-1], list[i] = list[i], list[i-1]
		}
	}
	end, total := uint32(0), uint32(len(b.body))
	for _, s := range list {
		switch {
		case s.off > total:
			return c.plain(kernel.EINVAL, "Invalid section offset")
		case s.off > end:
			return c.plain(kernel.EINVAL, "Unsupported section found")
		case s.off < end:
			return c.plain(kernel.EINVAL, "Section overlap found")
		case s.len > total-end:
			return c.plain(kernel.EINVAL, "Total section length too long")
		}
		end += s.len
	}
	if end != total {
		return c.plain(kernel.EINVAL, "Unsupported section found")
	}
	return nil
}

// parseStrings checks the string section (kernel: btf_parse_str_sec).
func (c *checker) parseStrings() *Finding {
	b := c.b
	s := b.hdr.strs
	if (c.rules.Header < kernel.LongHeader || b.hdr.size < kernel.LongHeader) && uint64(s.off)+uint64(s.len) != uint64(len(b.body)) {
		return c.plain(kernel.EINVAL, "String section is not at the end")
	}
	b.strs = b.body[s.off:][:s.len]
	if b.base != nil && s.len == 0 {
		return nil
	}
	if s.len == 0 || s.len-1 > kernel.MaxStrOff || b.strs[s.len-1] != 0 || b.base == nil && b.strs[0] != 0 {
		return c.plain(kernel.EINVAL, "Invalid string section")
	}
	return nil
}

// layoutRecord is the size in bytes of a record of the layout section.
const layoutRecord = 4

// parseLayout checks the layout section, which BTF of a kernel is not asked for
// (kernel: btf_parse_layout_sec).
func (c *checker) parseLayout() *Finding {
	l := c.b.hdr.layout
	switch {
	case !c.layoutSection():
		return nil
	case l.off%4 != 0:
		return c.plain(kernel.EINVAL, "Unaligned layout_off")
	case l.len < layoutRecord:
		return c.plain(kernel.EINVAL, "Layout section is too small")
	case l.len%layoutRecord != 0:
		return c.plain(kernel.EINVAL, "layout_len is not multiple of 4")
	}
	// That it ends within the blob, the order of sections has shown.
	return nil
}

// parseTypes checks the type section as far as BPF_BTF_LOAD does (kernel:
// btf_parse_type_sec).
func (c *checker) parseTypes() *Finding {
	t := c.b.hdr.types
	switch {
	case t.off%4 != 0:
		return c.plain(kernel.EINVAL, "Unaligned type_off")
	case c.b.base == nil && t.len == 0:
		return c.plain(kernel.EINVAL, "No type found")
	}
	return nil
}

// decodeTypes makes words of the type section.
func (b *blob) decodeTypes() {
	t := b.hdr.types
	raw := b.body[t.off:][:t.len]
	b.typeLen = t.len
	b.words = make([]uint32, len(raw)/4)
	if b.order == binary.LittleEndian {
		for i := range b.words {
			b.words[i] = binary.LittleEndian.Uint32(raw[4*i:])
		}
	} else {
		for i := range b.words {
			b.words[i] = binary.BigEndian.Uint32(raw[4*i:])
		}
	}
}
