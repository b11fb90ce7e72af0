package ext

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// A CoreKind says what a relocation asks of a type (linux/bpf.h: enum bpf_core_relo_kind).
type CoreKind uint32

// The kinds, with their numbers on the wire.
const (
	FieldByteOffset CoreKind = iota
	FieldByteSize
	FieldExists
	FieldSigned
	FieldLShiftU64
	FieldRShiftU64
	TypeIDLocal
	TypeIDTarget
	TypeExists
	TypeSize
	EnumvalExists
	EnumvalValue
	TypeMatches
)

// coreNames are those of libbpf's messages.
var coreNames = [...]string{"byte_off", "byte_sz", "field_exists", "signed", "lshift_u64", "rshift_u64", "local_type_id",
	"target_type_id", "type_exists", "type_size", "enumval_exists", "enumval_value", "type_matches"}

func (k CoreKind) String() string {
	if int(k) < len(coreNames) {
		return coreNames[k]
	}
	return fmt.Sprintf("kind %d", uint32(k))
}

// Known reports whether this package has the kind.
func (k CoreKind) Known() bool { return int(k) < len(coreNames) }

// IsField reports whether a relocation of this kind is about a member, or an element of
// an array.
func (k CoreKind) IsField() bool { return k <= FieldRShiftU64 }

// IsEnumval reports whether a relocation of this kind is about an enumerator.
func (k CoreKind) IsEnumval() bool { return k == EnumvalExists || k == EnumvalValue }

// A CoreRelo is a relocation of one instruction (linux/bpf.h: struct bpf_core_relo).
type CoreRelo struct {
	Insn   uint32     // its offset in the ELF section, in bytes
	Type   btf.ID     // of the BTF beside
	Access btf.StrOff // of a text such as "0:1:3": indexes of members, elements or an enumerator
	Kind   CoreKind
}

const coreReloSize = 16 // bytes; more are allowed, and what they mean is not known here

// CoreRelo returns relocation i of a section of [Ext.Core].
func (s Section) CoreRelo(i int) CoreRelo {
	r := s.records[i*s.size:][:coreReloSize]
	word := func(i int) uint32 { return s.order.Uint32(r[4*i:]) }
	return CoreRelo{word(0), btf.ID(word(1)), btf.StrOff(word(2)), CoreKind(word(3))}
}
