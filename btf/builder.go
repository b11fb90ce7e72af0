package btf

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// Builder makes Types one type at a time. Each Add method returns the ID of
// the new type; IDs that do not exist yet may be referred to, up to Build.
//
// What libbpf's btf__add_* functions refuse is refused here too. The first
// refusal sticks: later calls return 0 and add nothing, Err and Build return
// it. The rules of kernels beyond that are not checked.
type Builder struct {
	base  *Types
	order binary.ByteOrder
	words []uint32
	next  ID
	names *interner
	err   error
}

// FwdKind says what a forward declaration declares.
type FwdKind int

// The forward declarations. There is no FWD of an enum: it is written as an
// ENUM of size 4 without values.
const (
	FwdStruct FwdKind = iota
	FwdUnion
	FwdEnum
)

// NewBuilder returns a Builder of a base blob, or of split BTF over base. A
// nil order means that of the base, or little endian without one.
func NewBuilder(order binary.ByteOrder, base *Types) *Builder {
	b := &Builder{base: base, order: order, next: 1, names: newInterner(base)}
	if base != nil {
		b.next = base.NumIDs()
	}
	return b
}

// NextID returns the ID that the next type gets.
func (b *Builder) NextID() ID { return b.next }

// Err returns the first refusal.
func (b *Builder) Err() error { return b.err }

// Build returns what was added so far. Dangling references are found here and
// make a *ParseError. More types can be added afterwards; they do not show in
// what was returned.
func (b *Builder) Build() (*Types, error) {
	if b.err != nil {
		return nil, b.err
	}
	return New(b.order, b.base, slices.Clip(b.words), slices.Clip(b.names.strs))
}

// AddString adds a string to the section, or finds it there or in the base,
// and returns its offset.
func (b *Builder) AddString(s string) StrOff {
	if b.err != nil {
		return 0
	}
	if strings.IndexByte(s, 0) >= 0 {
		b.err = fmt.Errorf("string %q has a NUL byte", s)
		return 0
	}
	off := b.names.add(s)
	b.checkNames()
	return off
}

// refuse records an error about the type being added.
func (b *Builder) refuse(kind Kind, name, format string, args ...any) ID {
	if b.err == nil {
		b.err = fmt.Errorf("[%d] %v %q: %s", b.next, kind, name, fmt.Sprintf(format, args...))
	}
	return 0
}

// checkNames refuses names once there are too many bytes of them.
func (b *Builder) checkNames() {
	if b.err == nil && b.names.full() {
		b.err = fmt.Errorf("[%d]: the names so far have more than %d bytes in all", b.next, maxInterned)
	}
}

// add appends a record unless something was refused. Names are interned by
// the caller, in the order of the record.
func (b *Builder) add(name StrOff, info, sizeOrType uint32, tail ...uint32) ID {
	if b.err != nil {
		return 0
	}
	b.words = append(append(b.words, uint32(name), info, sizeOrType), tail...)
	b.next++
	return b.next - 1
}

// addRef adds a type that is no more than a reference. needName says whether
// the name may be empty.
func (b *Builder) addRef(kind Kind, name string, needName bool, vlen int, kflag bool, target ID, tail ...uint32) ID {
	if needName && name == "" {
		return b.refuse(kind, name, "name is empty")
	}
	return b.add(b.AddString(name), Info(kind, vlen, kflag), uint32(target), tail...)
}

// AddInt adds an INT of size bytes: 1, 2, 4, 8 or 16. All its bits count.
func (b *Builder) AddInt(name string, size uint32, enc Encoding) ID {
	switch {
	case name == "":
		return b.refuse(KindInt, name, "name is empty")
	case !slices.Contains([]uint32{1, 2, 4, 8, 16}, size):
		return b.refuse(KindInt, name, "size %d is not 1, 2, 4, 8 or 16", size)
	case enc&^(EncodingSigned|EncodingChar|EncodingBool) != 0:
		return b.refuse(KindInt, name, "encoding %#x has unknown bits", uint8(enc))
	}
	return b.add(b.AddString(name), Info(KindInt, 0, false), size, IntWord(enc, 0, uint8(size*8)))
}

// AddFloat adds a FLOAT of size bytes: 2, 4, 8, 12 or 16.
func (b *Builder) AddFloat(name string, size uint32) ID {
	switch {
	case name == "":
		return b.refuse(KindFloat, name, "name is empty")
	case !slices.Contains([]uint32{2, 4, 8, 12, 16}, size):
		return b.refuse(KindFloat, name, "size %d is not 2, 4, 8, 12 or 16", size)
	}
	return b.add(b.AddString(name), Info(KindFloat, 0, false), size)
}

// AddPtr adds a PTR.
func (b *Builder) AddPtr(target ID) ID { return b.addRef(KindPtr, "", false, 0, false, target) }

// AddVolatile adds a VOLATILE.
func (b *Builder) AddVolatile(target ID) ID {
	return b.addRef(KindVolatile, "", false, 0, false, target)
}

// AddConst adds a CONST.
func (b *Builder) AddConst(target ID) ID { return b.addRef(KindConst, "", false, 0, false, target) }

// AddRestrict adds a RESTRICT.
func (b *Builder) AddRestrict(target ID) ID {
	return b.addRef(KindRestrict, "", false, 0, false, target)
}

// AddTypedef adds a TYPEDEF.
func (b *Builder) AddTypedef(name string, target ID) ID {
	return b.addRef(KindTypedef, name, true, 0, false, target)
}

// AddTypeTag adds a TYPE_TAG, as made from btf_type_tag("value").
func (b *Builder) AddTypeTag(value string, target ID) ID {
	return b.addRef(KindTypeTag, value, true, 0, false, target)
}

// AddTypeAttr adds a TYPE_TAG with kind_flag: value is a C attribute.
func (b *Builder) AddTypeAttr(value string, target ID) ID {
	return b.addRef(KindTypeTag, value, true, 0, true, target)
}

// AddDeclTag adds a DECL_TAG to target, or to its member or param number
// component if that is not -1.
func (b *Builder) AddDeclTag(value string, target ID, component int32) ID {
	return b.addDeclTag(value, target, component, false)
}

// AddDeclAttr adds a DECL_TAG with kind_flag: value is a C attribute.
func (b *Builder) AddDeclAttr(value string, target ID, component int32) ID {
	return b.addDeclTag(value, target, component, true)
}

func (b *Builder) addDeclTag(value string, target ID, component int32, kflag bool) ID {
	if component < -1 {
		return b.refuse(KindDeclTag, value, "component %d is below -1", component)
	}
	return b.addRef(KindDeclTag, value, true, 0, kflag, target, uint32(component))
}

// AddFwd adds a FWD, or for FwdEnum the ENUM that stands for one.
func (b *Builder) AddFwd(name string, kind FwdKind) ID {
	switch kind {
	case FwdStruct, FwdUnion:
		return b.addRef(KindFwd, name, true, 0, kind == FwdUnion, 0)
	case FwdEnum:
		if name == "" {
			return b.refuse(KindEnum, name, "name is empty")
		}
		return b.AddEnum(name, 4)
	}
	return b.refuse(KindFwd, name, "unknown kind of forward declaration %d", kind)
}

// AddFunc adds a FUNC with its FUNC_PROTO.
func (b *Builder) AddFunc(name string, linkage Linkage, proto ID) ID {
	if linkage > LinkageExtern {
		return b.refuse(KindFunc, name, "unknown linkage %d", linkage)
	}
	return b.addRef(KindFunc, name, true, int(linkage), false, proto)
}

// AddVar adds a VAR.
func (b *Builder) AddVar(name string, linkage Linkage, target ID) ID {
	if linkage > LinkageExtern {
		return b.refuse(KindVar, name, "unknown linkage %d", linkage)
	}
	return b.addRef(KindVar, name, true, 0, false, target, uint32(linkage))
}

// AddArray adds an ARRAY of n elements.
func (b *Builder) AddArray(elem, index ID, n uint32) ID {
	return b.add(0, Info(KindArray, 0, false), 0, uint32(elem), uint32(index), n)
}
