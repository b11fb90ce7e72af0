package die

import (
	"encoding/binary"
	"fmt"
)

// Off is a position in a unit, in bytes from the first byte of its header.
type Off uint32

// Unit types (DWARF 5, 7.5.1). Units of older versions get UTCompile or UTType.
const (
	UTCompile      = 0x01
	UTType         = 0x02
	UTPartial      = 0x03
	UTSkeleton     = 0x04
	UTSplitCompile = 0x05
	UTSplitType    = 0x06
)

// Unit is a unit header.
type Unit struct {
	Offset    uint64 // of the header in its section
	Len       uint32 // in bytes, header and length field included
	AbbrevOff uint64 // in .debug_abbrev
	Signature uint64 // of type units; of skeletons and split units their ID
	TypeOff   uint64 // of the type that a type unit describes, from the start of the unit
	Version   uint16
	HeaderLen uint8 // in bytes: the first DIE starts there
	AddrSize  uint8 // in bytes
	Type      uint8 // UTCompile, …
	Is64      bool  // 64-bit DWARF: offsets have 8 bytes

	// Apart says that the unit is not of the file whose .debug_str the offsets in keys
	// mean, see [Key]: DW_FORM_strp becomes FormStrpApart.
	Apart bool
}

// OffsetSize is the size of a section offset in the unit, in bytes.
func (u *Unit) OffsetSize() int {
	if u.Is64 {
		return 8
	}
	return 4
}

// maxHeader is the longest header: 64-bit DWARF, version 5, type unit.
const maxHeader = 12 + 2 + 1 + 1 + 8 + 8 + 8

// scanWindow is the number of bytes that are read at once where units are short.
const scanWindow = 4 << 10

// ScanUnits reads the headers of all units of a section of size bytes. readAt
// fills p from the section's offset off. types says that the section is
// .debug_types, whose headers carry a signature (DWARF 4, 7.5.1.2).
func ScanUnits(section string, size uint64, order binary.ByteOrder, types bool, readAt func(p []byte, off uint64) error) ([]Unit, error) {
	var units []Unit
	var buf [scanWindow]byte
	var start, end uint64 // of what buf has
	want := uint64(maxHeader)
	for off := uint64(0); off < size; {
		if need := min(maxHeader, size-off); off < start || off+need > end {
			start, end = off, off+min(want, size-off)
			if err := readAt(buf[:end-start], off); err != nil {
				return nil, err
			}
		}
		b := buf[off-start : end-start]
		b = b[:min(maxHeader, len(b))]
		u, err := parseHeader(b, size-off, order, types)
		if err != "" {
			return nil, &Error{Section: section, Offset: off, Msg: err}
		}
		u.Offset = off
		if u.Version != 0 { // a padding unit of length 0 has no content
			units = append(units, u)
		}
		// The units after a short one are read together with it: a section of zeros has
		// one in every four bytes.
		if want = maxHeader; u.Len < scanWindow {
			want = scanWindow
		}
		off += uint64(u.Len)
	}
	return units, nil
}

// parseHeader reads the header at the start of b. left is the number of bytes
// from there to the end of the section.
func parseHeader(b []byte, left uint64, order binary.ByteOrder, types bool) (u Unit, msg string) {
	const short = "unit header runs past the end of the section"
	if len(b) < 4 {
		return u, short
	}
	length := uint64(order.Uint32(b))
	p := 4
	switch {
	case length == 0xffffffff:
		if len(b) < 12 {
			return u, short
		}
		length = order.Uint64(b[4:])
		p = 12
		u.Is64 = true
	case length >= 0xfffffff0:
		return u, fmt.Sprintf("reserved unit length %#x", length)
	}
	if length > left-uint64(p) {
		return u, fmt.Sprintf("unit of %d bytes runs past the end of the section (%d left)", length, left-uint64(p))
	}
	if length+uint64(p) > 1<<31 {
		return u, fmt.Sprintf("unit of %d bytes is larger than the supported 2 GiB", length)
	}
	u.Len = uint32(length) + uint32(p)
	if length == 0 {
		return u, ""
	}
	if uint64(len(b)) > uint64(u.Len) {
		b = b[:u.Len]
	}
	offset := func() uint64 {
		v := uint64(0)
		if u.Is64 {
			v = order.Uint64(b[p:])
		} else {
			v = uint64(order.Uint32(b[p:]))
		}
		p += u.OffsetSize()
		return v
	}
	need := p + 2 + u.OffsetSize() + 1
	if len(b) < need {
		return u, "unit is shorter than its header"
	}
	u.Version = order.Uint16(b[p:])
	p += 2
	switch {
	case u.Version >= 2 && u.Version <= 4:
		u.AbbrevOff = offset()
		u.AddrSize = b[p]
		p++
		u.Type = UTCompile
		if types {
			u.Type = UTType
		}
	case u.Version == 5:
		if len(b) < need+1 {
			return u, "unit is shorter than its header"
		}
		u.Type = b[p]
		u.AddrSize = b[p+1]
		p += 2
		u.AbbrevOff = offset()
	default:
		return u, fmt.Sprintf("unsupported DWARF version %d", u.Version)
	}
	switch u.Type {
	case UTCompile, UTPartial:
	case UTSkeleton, UTSplitCompile:
		if len(b) < p+8 {
			return u, "unit is shorter than its header"
		}
		u.Signature = order.Uint64(b[p:])
		p += 8
	case UTType, UTSplitType:
		if len(b) < p+8+u.OffsetSize() {
			return u, "unit is shorter than its header"
		}
		u.Signature = order.Uint64(b[p:])
		p += 8
		u.TypeOff = offset()
	default:
		return u, fmt.Sprintf("unknown unit type %#x", u.Type)
	}
	if p > int(u.Len) {
		return u, "unit is shorter than its header"
	}
	if u.AddrSize != 2 && u.AddrSize != 4 && u.AddrSize != 8 {
		return u, fmt.Sprintf("unsupported address size %d", u.AddrSize)
	}
	u.HeaderLen = uint8(p)
	return u, ""
}
