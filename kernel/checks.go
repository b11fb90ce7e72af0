package kernel

import "github.com/gopahole/gopahole/btf"

// Checks are what a kernel accepts and what it refuses (kernel/bpf/btf.c). Package
// verify does what they say.
type Checks struct {
	// Header is the length in bytes of the header that these kernels know:
	// ShortHeader or LongHeader. What a header has after that has to be zero. The
	// long one has a layout section; with it the strings need not be at the end of
	// the blob.
	Header uint32
	// VlenMask and KindMask are the parts of an info word that are read, the kind
	// after a shift by 24. Unused are the bits that have to be zero.
	VlenMask, KindMask, Unused uint32

	// LastKind is the newest kind that is known.
	LastKind btf.Kind
	// EnumFlag: an ENUM may have the kind_flag, for signed values.
	EnumFlag bool
	// TagFlags: DECL_TAG and TYPE_TAG may have the kind_flag, for attributes.
	TagFlags bool
	// Chains: modifiers are followed to their end, and not further than MaxChain.
	Chains bool
	// TagsFirst: in a chain of modifiers a TYPE_TAG comes before all others.
	TagsFirst bool
	// ShortEntries: the entry of a variable in a DATASEC may have fewer bytes than
	// the variable's type (BPF_BTF_LOAD).
	ShortEntries bool
	// Sorted: names are looked up in vmlinux as if its types were sorted by name.
	Sorted bool

	// MaxName is KSYM_NAME_LEN, the bytes that a name may have.
	MaxName int
	// Names and Sections are what an identifier, and the name of a section, may
	// consist of.
	Names, Sections NameRule
	// LateDots: identifiers may have dots, but not in the first updates of a series.
	LateDots bool

	// Base: .BTF.base is known, and a module that has it is relocated onto vmlinux.
	// Without that, its .BTF is taken for split BTF of vmlinux itself.
	Base bool
	// Mismatch: CONFIG_MODULE_ALLOW_BTF_MISMATCH exists. With it a module whose BTF
	// is refused is loaded without.
	Mismatch bool
	// Load: it is known what BPF_BTF_LOAD checks in addition.
	Load bool
}

// Kind returns the kind in an info word, as these kernels read it.
func (c *Checks) Kind(info uint32) btf.Kind { return btf.Kind(info >> 24 & c.KindMask) }

// Vlen returns the number of elements in an info word, as these kernels read it.
func (c *Checks) Vlen(info uint32) uint32 { return info & c.VlenMask }

// Knows reports whether these kernels know a kind.
func (c *Checks) Knows(k btf.Kind) bool { return k.Known() && k <= c.LastKind }

// Lengths of the header in bytes: up to str_len, and with the layout section.
const (
	ShortHeader = 24
	LongHeader  = 32
)

// A NameRule says what a name may consist of. Characters are those of the kernel's
// table, which is Latin-1 (lib/ctype.c).
type NameRule uint8

// The rules.
const (
	NameIdentifier NameRule = iota // letters, digits, '_' and '.'; no digit first
	NamePrintRest                  // printable characters; the first byte is not looked at
	NamePrint                      // printable characters
)

// Limits that all releases share (linux/btf.h, kernel/bpf/btf.c).
const (
	MaxID     = 0xfffff  // BTF_MAX_TYPE
	MaxStrOff = 0xffffff // BTF_MAX_NAME_OFFSET
	MaxDepth  = 32       // MAX_RESOLVE_DEPTH: types that wait for each other
	MaxChain  = 32       // modifiers in a row
	MaxLoad   = 16 << 20 // BTF_MAX_SIZE: bytes that BPF_BTF_LOAD accepts
)
