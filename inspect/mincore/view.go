package mincore

import (
	"math"

	"github.com/gopahole/gopahole/btf"
)

const (
	maxDepth = 32      // of types in each other, in libbpf
	maxSteps = 1 << 26 // less than a second
)

// A budget bounds the work of one call.
type budget struct{ left int }

// spend takes n steps. It fails when none are left.
func (b *budget) spend(n int) error {
	if b.left -= n; b.left < 0 {
		return ErrWork
	}
	return nil
}

// A view is types as relocations look at them.
type view struct {
	*btf.Types
	pointer int // size in bytes
	work    *budget
}

// name returns a name. A long one costs more, as names in a hostile file may overlap.
func (v *view) name(off btf.StrOff) (string, error) {
	if off == 0 {
		return "", nil
	}
	s, _ := v.String(off)
	return s, v.work.spend(1 + len(s)/32)
}

// skip returns a type without qualifiers, tags and typedefs around it (libbpf:
// skip_mods_and_typedefs). Of void the record is nil.
func (v *view) skip(id btf.ID) (btf.ID, btf.Record, error) {
	for {
		rec := v.Record(id)
		switch rec.Kind() {
		case btf.KindTypedef, btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindTypeTag:
			id = rec.Type()
			if err := v.work.spend(1); err != nil {
				return 0, nil, err
			}
		default:
			return id, rec, nil
		}
	}
}

// size returns the size of a type in bytes (libbpf: btf__resolve_size).
func (v *view) size(id btf.ID) (uint32, error) {
	count := uint64(1)
	for range maxDepth {
		rec := v.Record(id)
		size := uint64(rec.Size())
		switch rec.Kind() {
		case btf.KindInt, btf.KindStruct, btf.KindUnion, btf.KindEnum, btf.KindEnum64, btf.KindDatasec, btf.KindFloat:
		case btf.KindPtr:
			size = uint64(v.pointer)
		case btf.KindTypedef, btf.KindVolatile, btf.KindConst, btf.KindRestrict, btf.KindVar, btf.KindDeclTag, btf.KindTypeTag:
			id = rec.Type()
			continue
		case btf.KindArray:
			if count *= uint64(rec.Array().Len); count > math.MaxUint32 {
				return 0, errSize
			}
			id = rec.Array().Elem
			continue
		default:
			return 0, errSize
		}
		if count *= size; count > math.MaxUint32 {
			return 0, errSize
		}
		return uint32(count), nil
	}
	return 0, errSize
}

// elementSize returns the size of what an array is of in the end, or that of another type.
func (v *view) elementSize(id btf.ID) (uint32, error) {
	id, rec, err := v.skip(id)
	for err == nil && rec.Kind() == btf.KindArray {
		if err = v.work.spend(1); err == nil {
			id, rec, err = v.skip(rec.Array().Elem)
		}
	}
	if err != nil {
		return 0, err
	}
	return v.size(id)
}

// sameKind reports whether two kinds may stand for each other: ENUM and ENUM64 do (libbpf:
// btf_kind_core_compat).
func sameKind(a, b btf.Kind) bool { return a == b || a.IsAnyEnum() && b.IsAnyEnum() }
