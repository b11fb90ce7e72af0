package kernel

import "github.com/gopahole/gopahole/btf"

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
	checks612 = checks61.with(func(c *Checks) { c.Sections, c.Base, c.Load = NamePrint, true, true })
	build70   = Build{Distills: true, Attributes: true, Implicit: true}
)

func (c Checks) with(change func(*Checks)) Checks {
	change(&c)
	return c
}

func v(major, minor int) Version { return Version{major, minor} }

// table has all releases that something is known of, oldest first. The rules come from
// the sources of 5.15, 6.1, 6.12 and 7.2, and from the changes between them. The first
// line of a row names the change that it begins with.
var table = []*Release{
	{
		First: v(5, 15), Last: v(5, 15), Shipped: []Version{v(5, 15)},
		Checks: checks61.with(func(c *Checks) {
			c.LastKind, c.EnumFlag, c.Chains, c.TagsFirst = btf.KindFloat, false, false, false
			c.MaxName, c.LateDots, c.Mismatch = 128, true, false // dots from 5.15.119 on
		}),
	},
	{First: v(5, 16), Last: v(5, 17)},
	{ // module: allow BTF mismatches
		First: v(5, 18), Last: v(5, 19),
		Checks: Checks{Mismatch: true},
	},
	{ // bpf: Add btf enum64 support
		First: v(6, 0), Last: v(6, 0),
		Checks: Checks{Mismatch: true, EnumFlag: true},
	},
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
		Checks: checks61.with(func(c *Checks) { c.Sections = NamePrintRest }),
	},
	{ // module, bpf: Store BTF base pointer in struct module
		First: v(6, 11), Last: v(6, 11), Shipped: []Version{v(6, 11)},
		Checks: checks61.with(func(c *Checks) { c.Sections, c.Base = NamePrintRest, true }),
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
	{First: v(6, 19), Last: v(6, 19), Build: Build{Distills: true}},
	{First: v(7, 0), Last: v(7, 1), Build: build70},
	{
		First: v(7, 2), Last: v(7, 2), Shipped: []Version{v(7, 2)},
		Checks: checks612.with(func(c *Checks) {
			c.Header, c.VlenMask, c.KindMask, c.Unused = LongHeader, longVlen, longKind, 0
			c.TagFlags, c.TagsFirst, c.Sorted = true, false, true
		}),
		Build: Build{Distills: true, Attributes: true, Layout: true, Implicit: true},
	},
	{ // As posted. Its checks of names and of DATASECs were read, but nobody has run them:
		// until then its verdicts are unknown.
		First: v(7, 3), Last: v(7, 3),
		Build: Build{Distills: true, Layout: true, Implicit: true, Sets: true},
	},
}
