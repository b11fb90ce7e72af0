package verify

import (
	"github.com/gopahole/gopahole/btf"
)

// composite checks the members of a STRUCT or UNION.
func (r *resolver) composite(id btf.ID, rec btf.Record) (resolved, error) {
	for _, m := range rec.Members() {
		if !r.mayHaveSize(m.Type) {
			return resolved{}, r.about(id, rec).memberAtLevel2(m, "Invalid member")
		}
		if err := r.need(m.Type); err != nil {
			return resolved{}, err
		}
		end, size, ok := r.sized(m.Type)
		if !ok {
			return resolved{}, r.about(id, rec).memberAtLevel2(m, "Invalid member")
		}
		if message := r.member(rec, m, end, size); message != "" {
			// The kernel shows the type that a modifier stands for.
			m.Type = end
			return resolved{}, r.about(id, rec).memberAtLevel2(m, message)
		}
	}
	return resolved{}, nil
}

// member checks the place of a member, which is of a type with size bytes, and
// returns the message of a failure.
func (r *resolver) member(rec btf.Record, m btf.RawMember, end btf.ID, size uint32) string {
	structSize := rec.Size()
	flag := rec.KindFlag()
	offset, width := m.Offset, m.Width
	of := r.b.record(end)
	kind := of.Kind()
	switch {
	case kind == btf.KindInt && flag:
		return r.intBitfield(end, of, structSize, offset, width)
	case kind == btf.KindInt:
		return intMember(of, structSize, offset)
	case kind.IsAnyEnum() && flag:
		return enumBitfield(structSize, offset, width)
	case width != 0:
		return "Invalid member bitfield_size"
	case kind == btf.KindFloat:
		return r.floatMember(size, structSize, offset)
	case offset%8 != 0:
		return "Member is not byte aligned"
	case structSize-offset/8 < size: // does not wrap: the record was checked
		return "Member exceeds struct_size"
	}
	return ""
}

// copyBits checks that an integer at a bit offset fits into 128 bits, counted
// from the byte it begins in, and ends within the struct.
func copyBits(structSize, offset, bits uint32) string {
	start, n := offset/8, bits+offset%8
	switch {
	case n > 128:
		return "nr_copy_bits exceeds 128"
	case structSize < start || structSize-start < bytesOf(n):
		return "Member exceeds struct_size"
	}
	return ""
}

// intMember checks an INT in a struct without kind_flag, which may be a bitfield
// by its own bit offset and bits.
func intMember(of btf.Record, structSize, offset uint32) string {
	i := of.Int()
	if offset+uint32(i.Offset) < offset {
		return "bits_offset exceeds U32_MAX"
	}
	return copyBits(structSize, offset+uint32(i.Offset), uint32(i.Bits))
}

func (r *resolver) intBitfield(id btf.ID, of btf.Record, structSize, offset, width uint32) string {
	if !r.isRegularInt(id) {
		return "Invalid member base type"
	}
	bits := uint32(of.Int().Bits)
	switch {
	case width == 0 && offset%8 != 0:
		return "Invalid member offset"
	case width > bits:
		return "Invalid member bitfield_size"
	case width != 0:
		bits = width
	}
	return copyBits(structSize, offset, bits)
}

// enumBitfield checks an ENUM or ENUM64 in a struct with kind_flag. It counts as
// 32 bits whatever its size is.
func enumBitfield(structSize, offset, width uint32) string {
	switch {
	case width == 0 && offset%8 != 0:
		return "Member is not byte aligned"
	case width == 0:
		width = 32
	case width > 32:
		return "Invalid member bitfield_size"
	}
	if structSize < bytesOf(offset+width) {
		return "Member exceeds struct_size"
	}
	return ""
}

// floatMember asks for the alignment that every machine needs, which packed
// structs do not have.
func (r *resolver) floatMember(size, structSize, offset uint32) string {
	switch align := 8 * min(r.ptrSize, size); {
	case offset%align != 0:
		return "Member is not properly aligned"
	case uint64(offset/8)+uint64(size) > uint64(structSize):
		return "Member exceeds struct_size"
	}
	return ""
}
