package verify

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// proto checks a FUNC_PROTO: what it returns, if anything, and all it takes has
// a size. A last parameter without type and name stands for variable arguments.
func (r *resolver) proto(id btf.ID, rec btf.Record) error {
	if ret := rec.Type(); ret != 0 {
		if _, ok := r.target(ret); !ok {
			return r.fail("Invalid return type")
		}
		if err := r.whole(ret); err != nil {
			return err
		}
		r.about(id, rec)
		if _, _, ok := r.sized(ret); !ok {
			return r.fail("Invalid return type")
		}
	}
	n := rec.Vlen()
	if n == 0 {
		return nil
	}
	if last := rec.Param(n - 1); last.Type == 0 {
		if last.Name != 0 {
			return r.failArg(n - 1)
		}
		n--
	}
	for i := range n {
		p := rec.Param(i)
		if _, ok := r.target(p.Type); !ok || p.Name != 0 && !(r.nameExists(p.Name) && r.b.isName(p.Name)) {
			return r.failArg(i)
		}
		if err := r.whole(p.Type); err != nil {
			return err
		}
		r.about(id, rec)
		if _, _, ok := r.sized(p.Type); !ok {
			return r.failArg(i)
		}
	}
	return nil
}

// whole resolves a type in a walk of its own.
func (r *resolver) whole(id btf.ID) error {
	if k := r.b.record(id).Kind(); !needsWalk(k) || r.isDone(id) {
		return nil
	}
	return r.walk(id)
}

// failArg is a finding about parameter i of the current type, which counts from
// 1.
func (r *resolver) failArg(i int) *Finding { return r.fail(fmt.Sprintf("Invalid arg#%d", i+1)) }

// composite checks the members of a STRUCT or UNION.
func (r *resolver) composite(id btf.ID, rec btf.Record) error {
	for _, m := range rec.Members() {
		if !r.mayHaveSize(m.Type) {
			return r.about(id, rec).memberAtLevel2(m, "Invalid member")
		}
		if err := r.need(m.Type); err != nil {
			return err
		}
		end, size, ok := r.sized(m.Type)
		if !ok {
			return r.about(id, rec).memberAtLevel2(m, "Invalid member")
		}
		if message := r.member(rec, m, end, size); message != "" {
			// The kernel shows the type that a modifier stands for.
			m.Type = end
			return r.about(id, rec).memberAtLevel2(m, message)
		}
	}
	return nil
}

// member checks the place of a member, which is of a type with size bytes, and
// returns the message of a failure.
func (r *resolver) member(rec btf.Record, m btf.RawMember, end btf.ID, size uint32) string {
	whole := rec.Size()
	flag := rec.KindFlag()
	offset, width := m.Offset, m.Width
	of := r.b.record(end)
	kind := of.Kind()
	switch {
	case kind == btf.KindInt && flag:
		return r.intBitfield(end, of, whole, offset, width)
	case kind == btf.KindInt:
		return intMember(of, whole, offset)
	case kind.IsAnyEnum() && flag:
		return enumBitfield(whole, offset, width)
	case width != 0:
		return "Invalid member bitfield_size"
	case kind == btf.KindFloat:
		return r.floatMember(size, whole, offset)
	case offset%8 != 0:
		return "Member is not byte aligned"
	case whole-offset/8 < size: // does not wrap: the record was checked
		return "Member exceeds struct_size"
	}
	return ""
}

// copyBits checks that an integer at a bit offset fits into 128 bits, counted
// from the byte it begins in, and ends within the struct.
func copyBits(whole, offset, bits uint32) string {
	start, n := offset/8, bits+offset%8
	switch {
	case n > 128:
		return "nr_copy_bits exceeds 128"
	case whole < start || whole-start < bytesOf(n):
		return "Member exceeds struct_size"
	}
	return ""
}

// intMember checks an INT in a struct without kind_flag, which may be a bitfield
// by its own bit offset and bits.
func intMember(of btf.Record, whole, offset uint32) string {
	i := of.Int()
	if offset+uint32(i.Offset) < offset {
		return "bits_offset exceeds U32_MAX"
	}
	return copyBits(whole, offset+uint32(i.Offset), uint32(i.Bits))
}

func (r *resolver) intBitfield(id btf.ID, of btf.Record, whole, offset, width uint32) string {
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
	return copyBits(whole, offset, bits)
}

// enumBitfield checks an ENUM or ENUM64 in a struct with kind_flag. It counts as
// 32 bits whatever its size is.
func enumBitfield(whole, offset, width uint32) string {
	switch {
	case width == 0 && offset%8 != 0:
		return "Member is not byte aligned"
	case width == 0:
		width = 32
	case width > 32:
		return "Invalid member bitfield_size"
	}
	if whole < bytesOf(offset+width) {
		return "Member exceeds struct_size"
	}
	return ""
}

// floatMember asks for the alignment that every machine needs, which packed
// structs do not have.
func (r *resolver) floatMember(size, whole, offset uint32) string {
	switch align := 8 * min(r.ptrSize, size); {
	case offset%align != 0:
		return "Member is not properly aligned"
	case uint64(offset/8)+uint64(size) > uint64(whole):
		return "Member exceeds struct_size"
	}
	return ""
}
