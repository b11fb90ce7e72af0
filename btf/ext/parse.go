package ext

import (
	"encoding/binary"

	"github.com/gopahole/gopahole/btf"
)

// SectionName is that of the ELF section.
const SectionName = ".BTF.ext"

const (
	magic       = 0xeb9f
	version     = 1
	shortHeader = 24 // bytes, up to line_info_len
	longHeader  = 32 // with core_relo_off and core_relo_len
)

// An Ext is what .BTF.ext says. Each part is by ELF section, in the order of the file.
type Ext struct {
	FuncInfo, LineInfo, Core []Section
}

// A Section has the records of one part for one ELF section.
type Section struct {
	Name btf.StrOff // of the ELF section

	order   binary.ByteOrder
	size    int // of a record, in bytes
	records []byte
}

// Len returns the number of records.
func (s Section) Len() int { return len(s.records) / s.size }

// Parse reads the contents of .BTF.ext, in either byte order. It keeps raw, and checks that
// headers and records lie within it; what they refer to is in .BTF, and is not looked at.
// Records may be longer than they are known to be (libbpf: btf_ext_parse). The error is a
// *ParseError.
func Parse(raw []byte) (*Ext, error) {
	if len(raw) < shortHeader {
		return nil, parseErrorf(0, "%d bytes, a header has at least %d", len(raw), shortHeader)
	}
	p := parser{raw: raw}
	switch {
	case binary.LittleEndian.Uint16(raw) == magic:
		p.order = binary.LittleEndian
	case binary.BigEndian.Uint16(raw) == magic:
		p.order = binary.BigEndian
	default:
		return nil, parseErrorf(0, "no .BTF.ext: it begins with % x", raw[:2])
	}
	switch {
	case raw[2] != version:
		return nil, parseErrorf(2, "version %d is not supported", raw[2])
	case raw[3] != 0:
		return nil, parseErrorf(3, "flags %#x are not supported", raw[3])
	}
	p.header = uint64(p.order.Uint32(raw[4:]))
	switch {
	case p.header < shortHeader || p.header > uint64(len(raw)):
		return nil, parseErrorf(4, "header length %d, the section has %d bytes", p.header, len(raw))
	case p.header == uint64(len(raw)):
		return nil, parseErrorf(4, "nothing follows the header")
	}
	e := new(Ext)
	for _, part := range []struct {
		name     string
		field    uint64 // offset of its offset and length in the header
		least    uint64 // size of a record in bytes
		sections *[]Section
	}{
		{"func_info", 8, 8, &e.FuncInfo},
		{"line_info", 16, 16, &e.LineInfo},
		{"core_relo", 24, coreReloSize, &e.Core},
	} {
		if part.field >= longHeader-8 && p.header < longHeader {
			break
		}
		var err error
		if *part.sections, err = p.part(part.name, part.field, part.least); err != nil {
			return nil, err
		}
	}
	return e, nil
}

type parser struct {
	raw    []byte
	order  binary.ByteOrder
	header uint64 // length in bytes
}

// word returns the u32 at an offset that exists.
func (p *parser) word(at uint64) uint64 { return uint64(p.order.Uint32(p.raw[at:])) }

// part reads one of the parts, whose place is at field of the header.
func (p *parser) part(name string, field, least uint64) ([]Section, error) {
	off, n := p.word(field), p.word(field+4)
	at := p.header + off
	end := at + n
	switch {
	case n == 0:
		return nil, nil
	case off%4 != 0:
		return nil, parseErrorf(field, "%s: offset %d is not aligned to 4 bytes", name, off)
	case end > uint64(len(p.raw)):
		return nil, parseErrorf(field, "%s at %#x+%#x ends after the section's %#x bytes", name, at, n, len(p.raw))
	case n < 4:
		return nil, parseErrorf(field+4, "%s: %d bytes, and no size of a record", name, n)
	}
	size := p.word(at)
	if size < least || size%4 != 0 {
		return nil, parseErrorf(at, "%s: records of %d bytes, they have %d or more, and whole words", name, size, least)
	}
	if at += 4; at == end {
		return nil, parseErrorf(at, "%s: no records", name)
	}
	var sections []Section
	for at < end {
		if end-at < 8 {
			return nil, parseErrorf(at, "%s: %d bytes are left, the head of a section has 8", name, end-at)
		}
		count := p.word(at + 4)
		switch {
		case count == 0:
			return nil, parseErrorf(at, "%s: a section without records", name)
		case count > (end-at-8)/size:
			return nil, parseErrorf(at, "%s: %d records of %d bytes do not fit in the %d that are left", name, count, size, end-at-8)
		}
		sections = append(sections, Section{btf.StrOff(p.word(at)), p.order, int(size), p.raw[at+8:][:count*size]})
		at += 8 + count*size
	}
	return sections, nil
}
