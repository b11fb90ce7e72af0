package btf

import (
	"fmt"
	"math"
	"slices"
)

// Member of a STRUCT or UNION.
type Member struct {
	Name   string // may be empty
	Type   ID
	Offset uint32 // in bits
	Width  uint32 // of a bitfield, in bits; 0: not a bitfield
}

// EnumValue is an enumerator of an ENUM.
type EnumValue struct {
	Name  string
	Value int64 // from -2^31 to 2^32-1
}

// Enum64Value is an enumerator of an ENUM64.
type Enum64Value struct {
	Name  string
	Value uint64 // two's complement if the ENUM64 is signed
}

// Param of a FUNC_PROTO. A last one without name and type stands for "...".
type Param struct {
	Name string // may be empty
	Type ID
}

// Secinfo is an entry of a DATASEC.
type Secinfo struct {
	Var    ID
	Offset uint32 // in bytes
	Size   uint32 // in bytes
}

// AddStruct adds a STRUCT of size bytes; name may be empty. One bitfield among
// the members sets kind_flag, and offsets beyond 2^24-1 bits are then refused
// for all of them: they would not fit.
func (b *Builder) AddStruct(name string, size uint32, members ...Member) ID {
	return b.addComposite(KindStruct, name, size, members)
}

// AddUnion adds a UNION of size bytes; name may be empty. Members are at
// offset 0.
func (b *Builder) AddUnion(name string, size uint32, members ...Member) ID {
	return b.addComposite(KindUnion, name, size, members)
}

func (b *Builder) addComposite(kind Kind, name string, size uint32, members []Member) ID {
	if !b.vlenFits(kind, name, len(members)) {
		return 0
	}
	kflag := slices.ContainsFunc(members, Member.isBitfield)
	for _, m := range members {
		if why := m.refusal(kind, kflag); why != "" {
			return b.refuse(kind, name, "member %q: %s", m.Name, why)
		}
	}
	off := b.AddString(name)
	tail := make([]uint32, 0, 3*len(members))
	for _, m := range members {
		tail = append(tail, uint32(b.AddString(m.Name)), uint32(m.Type), m.Width<<24|m.Offset)
	}
	return b.add(off, Info(kind, len(members), kflag), size, tail...)
}

// isBitfield also holds for a member that does not begin at a byte; refusal
// then asks for its width.
func (m Member) isBitfield() bool { return m.Width != 0 || m.Offset%8 != 0 }

// refusal returns what is wrong with a member, or "". libbpf does not look at
// the offset of a plain member in a STRUCT with kind_flag and corrupts it
// when it is large.
func (m Member) refusal(kind Kind, kflag bool) string {
	switch {
	case m.isBitfield() && (m.Width == 0 || m.Width > math.MaxUint8):
		return fmt.Sprintf("bitfield width %d is not in 1 to 255", m.Width)
	case kflag && m.Offset > 1<<24-1:
		return fmt.Sprintf("bit offset %d does not fit beside a bitfield", m.Offset)
	case kind == KindUnion && m.Offset != 0:
		return fmt.Sprintf("bit offset %d in a union", m.Offset)
	}
	return ""
}

// AddEnum adds an ENUM of size bytes: 1, 2, 4 or 8; name may be empty. It is
// signed if one value is negative. Without values it is a forward declaration.
func (b *Builder) AddEnum(name string, size uint32, values ...EnumValue) ID {
	if !b.enumFits(KindEnum, name, size, len(values)) {
		return 0
	}
	signed := false
	for _, v := range values {
		switch {
		case v.Name == "":
			return b.refuse(KindEnum, name, "enumerator without a name")
		case v.Value < math.MinInt32 || v.Value > math.MaxUint32:
			return b.refuse(KindEnum, name, "enumerator %q: %d does not fit in 32 bits", v.Name, v.Value)
		}
		signed = signed || v.Value < 0
	}
	off := b.AddString(name)
	tail := make([]uint32, 0, 2*len(values))
	for _, v := range values {
		tail = append(tail, uint32(b.AddString(v.Name)), uint32(v.Value))
	}
	return b.add(off, Info(KindEnum, len(values), signed), size, tail...)
}

// AddEnum64 adds an ENUM64 of size bytes: 1, 2, 4 or 8; name may be empty.
func (b *Builder) AddEnum64(name string, size uint32, signed bool, values ...Enum64Value) ID {
	if !b.enumFits(KindEnum64, name, size, len(values)) {
		return 0
	}
	for _, v := range values {
		if v.Name == "" {
			return b.refuse(KindEnum64, name, "enumerator without a name")
		}
	}
	off := b.AddString(name)
	tail := make([]uint32, 0, 3*len(values))
	for _, v := range values {
		tail = append(tail, uint32(b.AddString(v.Name)), uint32(v.Value), uint32(v.Value>>32))
	}
	return b.add(off, Info(KindEnum64, len(values), signed), size, tail...)
}

func (b *Builder) enumFits(kind Kind, name string, size uint32, values int) bool {
	if !slices.Contains([]uint32{1, 2, 4, 8}, size) {
		b.refuse(kind, name, "size %d is not 1, 2, 4 or 8", size)
		return false
	}
	return b.vlenFits(kind, name, values)
}

// AddFuncProto adds a FUNC_PROTO.
func (b *Builder) AddFuncProto(ret ID, params ...Param) ID {
	if !b.vlenFits(KindFuncProto, "", len(params)) {
		return 0
	}
	tail := make([]uint32, 0, 2*len(params))
	for _, p := range params {
		tail = append(tail, uint32(b.AddString(p.Name)), uint32(p.Type))
	}
	return b.add(0, Info(KindFuncProto, len(params), false), uint32(ret), tail...)
}

// AddDatasec adds a DATASEC of size bytes. The kernel wants the entries sorted
// by offset and without overlap; that is not checked.
func (b *Builder) AddDatasec(name string, size uint32, vars ...Secinfo) ID {
	if name == "" {
		return b.refuse(KindDatasec, name, "name is empty")
	}
	if !b.vlenFits(KindDatasec, name, len(vars)) {
		return 0
	}
	tail := make([]uint32, 0, 3*len(vars))
	for _, v := range vars {
		tail = append(tail, uint32(v.Var), v.Offset, v.Size)
	}
	return b.add(b.AddString(name), Info(KindDatasec, len(vars), false), size, tail...)
}

func (b *Builder) vlenFits(kind Kind, name string, n int) bool {
	if n > MaxVlen {
		b.refuse(kind, name, "%d elements, at most %d fit", n, MaxVlen)
		return false
	}
	return true
}
