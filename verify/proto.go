package verify

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// proto checks a FUNC_PROTO: what it returns, if anything, and all it takes has
// a size. A last parameter without type and name stands for variable arguments.
func (r *resolver) proto(id uint32, rec []uint32) error {
	if ret := rec[2]; ret != 0 {
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
	n := r.b.vlen(rec)
	if n == 0 {
		return nil
	}
	if last := elem(rec, n-1, 2); last[1] == 0 {
		if last[0] != 0 {
			return r.failArg(n - 1)
		}
		n--
	}
	for i := range n {
		p := elem(rec, i, 2)
		if _, ok := r.target(p[1]); !ok || p[0] != 0 && !(r.nameExists(p[0]) && r.b.isName(p[0])) {
			return r.failArg(i)
		}
		if err := r.whole(p[1]); err != nil {
			return err
		}
		r.about(id, rec)
		if _, _, ok := r.sized(p[1]); !ok {
			return r.failArg(i)
		}
	}
	return nil
}

// whole resolves a type in a walk of its own.
func (r *resolver) whole(id uint32) error {
	if k := r.b.kind(r.b.record(id)); !needsWalk(k) || r.isDone(id) {
		return nil
	}
	return r.walk(id)
}

// failArg is a finding about parameter i of the current type, which counts from
// 1.
func (r *resolver) failArg(i uint32) *Finding { return r.fail(fmt.Sprintf("Invalid arg#%d", i+1)) }

// composite checks the members of a STRUCT or UNION.
func (r *resolver) composite(id uint32, rec []uint32) error {
	for i := range r.b.vlen(rec) {
		m := elem(rec, i, 3)
		if !r.mayHaveSize(m[1]) {
			return r.about(id, rec).memberAtLevel2(m, "Invalid member")
		}
		if err := r.need(m[1]); err != nil {
			return err
		}
		end, size, ok := r.sized(m[1])
		if !ok {
			return r.about(id, rec).memberAtLevel2(m, "Invalid member")
		}
		if message := r.member(rec, m, end, size); message != "" {
			// The kernel shows the type that a modifier stands for.
			m = []uint32{m[0], end, m[2]}
			return r.about(id, rec).memberAtLevel2(m, message)
		}
	}
	return nil
}

// member checks the place of a member, which is of a type with size bytes, and
// returns the message of a failure.
func (r *resolver) member(rec, m []uint32, end, size uint32) string {
	whole := rec[2] // bytes of the struct
	flag := kindFlag(rec)
	offset, width := btf.SplitMemberWord(m[2], flag)
	of := r.b.record(end)
	kind := r.b.kind(of)
	switch {
	case kind == btf.KindInt && flag:
		return r.intBitfield(end, of, whole, offset, width)
	case kind == btf.KindInt:
		return intMember(of, whole, offset)
	case (kind == btf.KindEnum || kind == btf.KindEnum64) && flag:
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
func intMember(of []uint32, whole, offset uint32) string {
	_, more, bits := btf.SplitIntWord(of[3])
	if offset+uint32(more) < offset {
		return "bits_offset exceeds U32_MAX"
	}
	return copyBits(whole, offset+uint32(more), uint32(bits))
}

func (r *resolver) intBitfield(id uint32, of []uint32, whole, offset, width uint32) string {
	if !r.isRegularInt(id) {
		return "Invalid member base type"
	}
	_, _, b := btf.SplitIntWord(of[3])
	bits := uint32(b)
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
