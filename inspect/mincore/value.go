package mincore

import (
	"encoding/binary"
	"errors"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btf/ext"
)

// valueOf returns what a relocation puts into its instruction, by the types that the spec
// is of (libbpf: bpf_core_calc_relo).
func valueOf(v *view, kind ext.CoreKind, s *spec) (uint64, error) {
	switch kind {
	case ext.FieldExists, ext.TypeExists, ext.TypeMatches, ext.EnumvalExists:
		return 1, nil
	case ext.TypeIDTarget:
		return uint64(s.root), nil
	case ext.TypeSize:
		size, err := v.size(s.root)
		return uint64(size), err
	case ext.EnumvalValue:
		p := s.last()
		return v.Record(p.in).EnumValue(int(p.index)).Value, nil
	}
	if !s.last().named {
		return elementValue(v, kind, s)
	}
	return memberValue(v, kind, s)
}

// elementValue is valueOf for a field that is an element.
func elementValue(v *view, kind ext.CoreKind, s *spec) (uint64, error) {
	p := s.last()
	switch kind {
	case ext.FieldByteOffset:
		_, err := v.elementSize(p.in)
		return uint64(s.bits / 8), err
	case ext.FieldByteSize:
		size, err := v.size(p.in)
		return uint64(size), err
	}
	return 0, errIndex
}

// A field is where the bits of a member are: in a load of size bytes at an offset.
type field struct {
	offset, size uint32 // in bytes
	from, bits   uint32 // from the beginning of the root, in bits
}

// memberValue is valueOf for a field that is a member.
func memberValue(v *view, kind ext.CoreKind, s *spec) (uint64, error) {
	p := s.last()
	m := v.Record(p.in).Member(int(p.index))
	id, rec, err := v.skip(m.Type)
	if err != nil {
		return 0, err
	}
	f := field{from: s.bits, bits: m.Width}
	if m.Width > 0 {
		err = f.bitfield(rec.Size())
	} else if f.size, err = v.size(id); err == nil {
		f.offset, f.bits = s.bits/8, f.size*8
	}
	if err != nil {
		return 0, err
	}
	switch kind {
	case ext.FieldByteOffset:
		if m.Width == 0 {
			_, err = v.elementSize(id)
		}
		return uint64(f.offset), err
	case ext.FieldByteSize:
		return uint64(f.size), nil
	case ext.FieldSigned:
		signed := rec.Kind().IsAnyEnum() && rec.KindFlag() ||
			rec.Kind() == btf.KindInt && rec.Int().Encoding&btf.EncodingSigned != 0
		if signed {
			return 1, nil
		}
		return 0, nil
	case ext.FieldLShiftU64:
		if v.ByteOrder() == binary.BigEndian {
			return uint64((8-f.size)*8 + (f.from - f.offset*8)), nil
		}
		return uint64(64 - (f.from + f.bits - f.offset*8)), nil
	}
	return uint64(64 - f.bits), nil // FieldRShiftU64
}

// bitfield finds the smallest load that has all bits, and is no smaller than the type of
// size bytes.
func (f *field) bitfield(size uint32) error {
	if size == 0 {
		return errSize
	}
	for f.size = size; ; f.size *= 2 {
		f.offset = f.from / 8 / f.size * f.size
		if f.from+f.bits-f.offset*8 <= f.size*8 {
			return nil
		}
		if f.size >= 8 {
			return errors.New("no load of 8 bytes has all of the bit-field")
		}
	}
}
