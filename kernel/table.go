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
	checks615 = checks612.with(func(c *Checks) { c.TagFlags = true })
	checks72  = checks612.with(func(c *Checks) {
		c.Header, c.VlenMask, c.KindMask, c.Unused = LongHeader, longVlen, longKind, 0
		c.TagFlags, c.TagsFirst, c.Sorted = true, false, true
	})
	checks73 = checks72.with(func(c *Checks) { c.Names, c.ShortEntries = NamePrint, true })
	build611 = Build{Lists: true, Tags: true, Distills: true}
	build616 = Build{Lists: true, Tags: true, Attributes: true, Distills: true}
	build71  = Build{Lists: true, Tags: true, Attributes: true, Layout: true, Distills: true, Implicit: true}
	build73  = build71.with(func(b *Build) { b.Tags, b.Attributes, b.Sets = false, false, true })
)

func (c Checks) with(change func(*Checks)) Checks {
	change(&c)
	return c
}

func (b Build) with(change func(*Build)) Build {
	change(&b)
	return b
}

func v(major, minor int) Version { return Version{major, minor} }

// table has all releases that something is known of, oldest first. The rules come from
// the sources of 5.15, 6.1, 6.12 and 7.2, and from the changes between them. The first
// line of a row names the change that it begins with, where one is known.
var table = []*Release{
	{
		First: v(5, 15), Last: v(5, 15), Shipped: []Version{v(5, 15)},
		Checks: checks61.with(func(c *Checks) {
			c.LastKind, c.EnumFlag, c.Chains, c.TagsFirst = btf.KindFloat, false, false, false
			c.MaxName, c.LateDots, c.Mismatch = 128, true, false // dots from 5.15.119 on
		}),
	},
	{ // bpf: Support for new btf kind BTF_KIND_TAG
		First: v(5, 16), Last: v(5, 16),
		Checks: Checks{LastKind: btf.KindDeclTag},
	},
	{ // bpf: Support BTF_KIND_TYPE_TAG for btf_type_tag attributes
		First: v(5, 17), Last: v(5, 17),
		Checks: Checks{LastKind: btf.KindTypeTag},
	},
	{ // module: allow BTF mismatches
		First: v(5, 18), Last: v(5, 19),
		Checks: Checks{LastKind: btf.KindTypeTag, Mismatch: true},
	},
	{ // bpf: Add btf enum64 support
		First: v(6, 0), Last: v(6, 0),
		Checks: Checks{LastKind: btf.KindEnum64, Mismatch: true, EnumFlag: true},
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
		First: v(6, 9), Last: v(6, 9),
		Checks: checks61.with(func(c *Checks) { c.Sections = NamePrintRest }),
	},
	{ // kbuild,bpf: Switch to using --btf_features for pahole v1.26 and later
		First: v(6, 10), Last: v(6, 10),
		Checks: checks61.with(func(c *Checks) { c.Sections = NamePrintRest }),
		Build:  Build{Lists: true},
	},
	{ // module, bpf: Store BTF base pointer in struct module
		First: v(6, 11), Last: v(6, 11), Shipped: []Version{v(6, 11)},
		Checks: checks61.with(func(c *Checks) { c.Sections, c.Base = NamePrintRest, true }),
		Build:  build611,
	},
	{ // bpf: add check for invalid name in btf_name_valid_section()
		First: v(6, 12), Last: v(6, 14), Shipped: []Version{v(6, 12)},
		Checks: checks612,
		Build:  build611,
	},
	{ // bpf: Allow kind_flag for BTF type and decl tags
		First: v(6, 15), Last: v(6, 15),
		Checks: checks615,
		Build:  build611,
	},
	{ // kbuild, bpf: Enable --btf_features=attributes
		First: v(6, 16), Last: v(6, 18), Shipped: []Version{v(6, 18)},
		Checks: checks615,
		Build:  build616,
	},
	{
		First: v(6, 19), Last: v(6, 19),
		Checks: Checks{LastKind: btf.KindEnum64, Mismatch: true, EnumFlag: true, TagFlags: true, Base: true},
		Build:  build616,
	},
	{ // gen-btf.sh, which lets resolve_btfids do more
		First: v(7, 0), Last: v(7, 0),
		Checks: Checks{LastKind: btf.KindEnum64, Mismatch: true, EnumFlag: true, TagFlags: true, Base: true},
		Build:  build616.with(func(b *Build) { b.Implicit = true }),
	},
	{ // layout in the list of features
		First: v(7, 1), Last: v(7, 1),
		Checks: Checks{LastKind: btf.KindEnum64, Mismatch: true, EnumFlag: true, TagFlags: true, Base: true},
		Build:  build71,
	},
	{
		First: v(7, 2), Last: v(7, 2), Shipped: []Version{v(7, 2)},
		Checks: checks72,
		Build:  build71,
	},
	{ // kernel functions by their sets; names of printable characters; short entries in DATASECs
		First: v(7, 3), Last: v(7, 3), Posted: true,
		Checks: checks73,
		Build:  build73,
	},
	{ // LOC_PARAM, LOC_PROTO and LOCSEC; .BTF.inline
		First: v(7, 4), Last: v(7, 4), Posted: true,
		Checks: checks73.with(func(c *Checks) { c.LastKind = btf.KindLocsec }),
		Build:  build73.with(func(b *Build) { b.Inline = true }),
	},
}
