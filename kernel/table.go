package kernel

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// A Release is a row: what the kernels from First to Last do with BTF.
type Release struct {
	First, Last Version
	// Shipped are those of them that distributions ship for long, for lists.
	Shipped []Version
	// Between says that there are no rules of its own: in each point these kernels do
	// what the row before or the row behind does. Checks is empty then.
	Between bool

	Checks
	Build
}

// String names a row by its releases: "6.12 to 6.14".
func (r *Release) String() string {
	if r.First == r.Last {
		return r.First.String()
	}
	return fmt.Sprintf("%v to %v", r.First, r.Last)
}

// Checks are what a kernel takes and what not (kernel/bpf/btf.c).
type Checks struct {
	// Header is the length in bytes of the header that is understood; what is
	// behind has to be zero. The long header has a layout section, and with it the
	// strings need not be at the end of the blob.
	Header uint32
	// VlenMask and KindMask are the parts of an info word, the kind after a shift
	// by 24. Unused are the bits that have to be zero.
	VlenMask, KindMask, Unused uint32

	// LastKind is the newest kind that is known.
	LastKind btf.Kind
	// EnumFlag: an ENUM may have the kind_flag, for signed values.
	EnumFlag bool
	// TagFlags: DECL_TAG and TYPE_TAG may have the kind_flag, for attributes.
	TagFlags bool
	// Chains: modifiers are followed to their end, and not further than 32 times.
	Chains bool
	// TagsFirst: in a chain of modifiers a TYPE_TAG comes before the others only.
	TagsFirst bool
	// Sorted: names are looked up in vmlinux as if they were in order.
	Sorted bool

	// MaxName is KSYM_NAME_LEN, the bytes that an identifier or section name may have.
	MaxName int
	// LateDots: identifiers may have dots, but not in the first updates of the series.
	LateDots bool
	// Sections is what the name of a section may consist of.
	Sections SectionNames

	// Base: .BTF.base is known, and a module that has it is moved onto vmlinux.
	// Otherwise its .BTF is taken for split BTF of vmlinux itself.
	Base bool
	// Mismatch: CONFIG_MODULE_ALLOW_BTF_MISMATCH exists. With it a module whose BTF is
	// refused is loaded without.
	Mismatch bool
	// Load: what BPF_BTF_LOAD checks in addition is known.
	Load bool
}

// Kind and Vlen are the parts of an info word, as these kernels see them.
func (c *Checks) Kind(info uint32) btf.Kind { return btf.Kind(info >> 24 & c.KindMask) }
func (c *Checks) Vlen(info uint32) uint32   { return info & c.VlenMask }

// Knows reports whether these kernels know a kind.
func (c *Checks) Knows(k btf.Kind) bool { return k.Known() && k <= c.LastKind }

// Lengths of the header in bytes: up to str_len, and with the layout section.
const (
	ShortHeader = 24
	LongHeader  = 32
)

// Limits that all releases share (linux/btf.h, kernel/bpf/btf.c).
const (
	MaxID     = 0xfffff  // BTF_MAX_TYPE
	MaxStrOff = 0xffffff // BTF_MAX_NAME_OFFSET
	MaxDepth  = 32       // MAX_RESOLVE_DEPTH: types that wait for each other
	MaxChain  = 32       // modifiers in a row
	MaxLoad   = 16 << 20 // BTF_MAX_SIZE: bytes that BPF_BTF_LOAD takes
)

// SectionNames says what the name of a section may consist of.
type SectionNames uint8

const (
	SectionIdentifier SectionNames = iota // letters, digits, '_' and '.', as in an identifier
	SectionPrintRest                      // what can be printed; the first byte is not looked at
	SectionPrint                          // what can be printed
)

// Build is how the build of a kernel makes the BTF of a module (scripts/
// Makefile.modfinal, from 7.0 on scripts/gen-btf.sh).
type Build struct {
	// Distills: a module that is built outside of the tree gets .BTF.base.
	Distills bool
	// Attributes and Layout: the encoder is asked for these features (scripts/Makefile.btf).
	Attributes, Layout bool
	// Implicit: kernel functions lose the parameters that the verifier fills in, and
	// types are sorted by name.
	Implicit bool
	// Sets: the encoder is not asked for tags of kernel functions; they come from the
	// sets of .BTF_ids (resolve_btfids).
	Sets bool
}

// next says how kernels newer than the table make BTF, as far as that is known before
// their Checks are: by what was posted for a release, oldest first.
var next = []struct {
	First Version
	Build
}{
	{v(7, 3), Build{Distills: true, Layout: true, Implicit: true, Sets: true}},
}

// What many rows share.
const (
	shortVlen, shortKind, unused = 0xffff, 0x1f, 0x60ff0000
	longVlen, longKind           = 0xffffff, 0x7f
)

var (
	checks61 = Checks{
		Header: ShortHeader, VlenMask: shortVlen, KindMask: shortKind, Unused: unused,
		LastKind: btf.KindEnum64, EnumFlag: true, Chains: true, TagsFirst: true, MaxName: 512, Mismatch: true,
	}
	checks612 = checks61.with(func(c *Checks) { c.Sections, c.Base, c.Load = SectionPrint, true, true })
	build70   = Build{Distills: true, Attributes: true, Implicit: true}
)

func (c Checks) with(change func(*Checks)) Checks {
	change(&c)
	return c
}

func v(major, minor int) Version { return Version{major, minor} }

// Table has all releases that are known, oldest first. What it says comes from the
// sources of 5.15, 6.1, 6.12 and 7.2, and from the changes between them, of which
// those that a row begins with are named there.
var Table = []*Release{
	{
		First: v(5, 15), Last: v(5, 15), Shipped: []Version{v(5, 15)},
		Checks: checks61.with(func(c *Checks) {
			c.LastKind, c.EnumFlag, c.Chains, c.TagsFirst = btf.KindFloat, false, false, false
			c.MaxName, c.LateDots, c.Mismatch = 128, true, false // dots from 5.15.119 on
		}),
	},
	{First: v(5, 16), Last: v(6, 0), Between: true},
	{
		First: v(6, 1), Last: v(6, 3), Shipped: []Version{v(6, 1)},
		Checks: checks61.with(func(c *Checks) { c.LateDots = true }), // from 6.1.36 and 6.3.10 on
	},
	{ // bpf/btf: Accept function names that contain dots
		First: v(6, 4), Last: v(6, 8), Shipped: []Version{v(6, 6), v(6, 8)},
		Checks: checks61,
	},
	{ // bpf: Allow all printable characters in BTF DATASEC names
		First: v(6, 9), Last: v(6, 10),
		Checks: checks61.with(func(c *Checks) { c.Sections = SectionPrintRest }),
	},
	{ // module, bpf: Store BTF base pointer in struct module
		First: v(6, 11), Last: v(6, 11), Shipped: []Version{v(6, 11)},
		Checks: checks61.with(func(c *Checks) { c.Sections, c.Base = SectionPrintRest, true }),
		Build:  Build{Distills: true},
	},
	{ // bpf: add check for invalid name in btf_name_valid_section()
		First: v(6, 12), Last: v(6, 14), Shipped: []Version{v(6, 12)},
		Checks: checks612,
		Build:  Build{Distills: true},
	},
	{ // bpf: Allow kind_flag for BTF type and decl tags
		First: v(6, 15), Last: v(6, 18), Shipped: []Version{v(6, 18)},
		Checks: checks612.with(func(c *Checks) { c.TagFlags = true }),
		Build:  Build{Distills: true},
	},
	{First: v(6, 19), Last: v(6, 19), Between: true, Build: Build{Distills: true}},
	{First: v(7, 0), Last: v(7, 1), Between: true, Build: build70},
	{
		First: v(7, 2), Last: v(7, 2), Shipped: []Version{v(7, 2)},
		Checks: checks612.with(func(c *Checks) {
			c.Header, c.VlenMask, c.KindMask, c.Unused = LongHeader, longVlen, longKind, 0
			c.TagFlags, c.TagsFirst, c.Sorted = true, false, true
		}),
		Build: Build{Distills: true, Attributes: true, Layout: true, Implicit: true},
	},
}
