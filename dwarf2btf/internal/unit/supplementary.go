package unit

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/dwarf2btf/internal/reloc"
	"github.com/gopahole/gopahole/elffile"
)

// supplementary is the file into which dwz moved what several files have in common
// (DWARF 5, 7.3.6). It has partial units, which the units of a file import, or whose
// types, functions and strings they refer to.
//
//	.debug_info of the file     unit ── ref_alt 0x2e ─┐   unit ── ref_alt 0x90 ─┐
//	of the supplementary file       partial unit ◄────┘       partial unit ◄────┘
//
// All is one CU. The partial units that something leads to stand before the others, in
// the order of their file; those that nothing leads to are left out (pahole 1.32). In
// the offsets of the CU the section comes after that of the file itself.
type supplementary struct {
	source
	base uint32 // offset of the section in the CU
	uses []use  // by unit
	wait []int  // units that are used, and whose references are not looked at yet
}

// use says what leads to a unit of a supplementary file.
type use uint8

const (
	unused   use = iota
	imported     // which counts for partial units only
	referred
)

func newSupplementary(f *elffile.File) *supplementary {
	s := new(supplementary)
	s.init(f)
	for _, sec := range []*section{&s.info, &s.abbrev, &s.str, &s.lineStr, &s.strOffsets, &s.addr, &s.loc, &s.loclists} {
		sec.name = f.Name + ": " + sec.name // for errors
	}
	return s
}

// loadAllStrings loads the strings of the file, and all of its supplementary file. The units of
// the file were found.
func (s *File) loadAllStrings() error {
	if err := s.loadStrings(len(s.units), &s.storage.relocs); err != nil {
		return err
	}
	s.names.Expect(s.str.texts(), append(slices.Clip(s.lineStr.data), otherNames...))
	if s.code != nil || s.opts.Trace != nil {
		if err := s.findRanges(); err != nil {
			return err
		}
	}
	if s.sup == nil {
		return nil
	}
	if err := s.sup.findUnits(); err != nil {
		return err
	}
	if err := s.sup.loadStrings(len(s.sup.units), new(reloc.Storage)); err != nil {
		return err
	}
	for i := range s.sup.units {
		s.sup.units[i].Apart = true
	}
	s.sup.uses = make([]use, len(s.sup.units))
	return nil
}

// release drops what is not needed when all units are decoded.
func (s *File) release() {
	s.source.release()
	if s.sup != nil {
		s.sup.release()
	}
}

// supplementaryUnits decodes the units of the supplementary file that these units lead
// to, as the first ones of the CU.
func (d *Decoder) supplementaryUnits(ctx context.Context, c *CU, units []die.Unit) error {
	sup := d.s.sup
	if sup == nil {
		return nil
	}
	if uint64(c.next)+sup.info.size() > maxOffset {
		return fmt.Errorf(".debug_info and that of the supplementary file have %d bytes: at most 2 GiB are supported", uint64(c.next)+sup.info.size())
	}
	sup.base = c.next
	end := c.next + uint32(sup.info.size())
	if err := d.markUnits(ctx, c, units); err != nil {
		return err
	}
	c.reset()
	c.next = end
	c.spans = append(c.spans, span{start: sup.base, size: uint32(sup.info.size()), info: &sup.info})
	for i := range sup.units {
		if sup.uses[i] == unused {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.supplementaryUnit(i); err != nil {
			return err
		}
	}
	return nil
}

// supplementaryUnit decodes unit i of the supplementary file. It is of the language of
// the first unit, as all that is merged, and no filter is for it (pahole 1.32).
func (d *Decoder) supplementaryUnit(i int) error {
	u := &d.s.sup.units[i]
	d.useSupplementary(u)
	if err := d.load(u); err != nil {
		return err
	}
	return d.walk(u, func(root *die.Abbrev) (bool, error) {
		if !d.supplementaryRoot(i, root) {
			return false, nil
		}
		d.readUnitAttrs(u)
		ctx := unitContext{src: d.src, unit: *u, loclistsBase: d.num(die.LoclistsBase)}
		if first := d.s.first; first != nil {
			ctx.clang, ctx.language = first.clang, first.language
		}
		d.ctx = &ctx
		if d.inl.on || d.tracing() {
			d.readRangeBases(u)
		}
		return true, nil
	})
}

// supplementaryRoot reports whether unit i of the supplementary file is wanted.
func (d *Decoder) supplementaryRoot(i int, root *die.Abbrev) bool {
	switch root.Tag {
	case die.TagPartialUnit:
	case die.TagCompileUnit:
		return d.s.sup.uses[i] == referred
	default:
		d.cur.Fail(d.cur.At, "unit of a supplementary file starts with tag %#x, not with a partial unit", root.Tag)
	}
	return true
}

func (d *Decoder) useSupplementary(u *die.Unit) {
	d.use(&d.s.sup.source)
	d.delta = d.s.sup.base + uint32(u.Offset)
}

// supSource returns the supplementary file that the unit may refer to.
func (d *reader) supSource() *source {
	switch {
	case d.s.sup == nil:
		d.cur.Fail(d.cur.At, "reference into a supplementary file, and neither .gnu_debugaltlink nor .debug_sup says which")
	case d.src == &d.s.sup.source:
		d.cur.Fail(d.cur.At, "reference of a supplementary file into another one")
	}
	return &d.s.sup.source
}

// supReference returns the offset in the CU of a reference to another unit, in a CU that
// has a supplementary file: into it, or into the file itself.
func (d *reader) supReference(off uint64, toSup bool) uint32 {
	info, base := &d.s.info, uint32(0)
	if toSup {
		info, base = &d.s.sup.info, d.s.sup.base
	}
	if off >= info.size() {
		d.cur.Fail(d.cur.At, "reference to %s+%#x is past the end of the section", info.name, off)
	}
	return base + uint32(off)
}

// markUnits finds out which units of the supplementary file units lead to.
func (d *Decoder) markUnits(ctx context.Context, c *CU, units []die.Unit) error {
	d.cu, d.single, d.marking = c, false, true
	defer func() { d.marking = false }()
	sup := d.s.sup
	for i := range units {
		if err := ctx.Err(); err != nil {
			return err
		}
		u := &units[i]
		d.use(&d.s.source)
		d.delta = uint32(u.Offset)
		if err := d.markUnit(u, func(root *die.Abbrev) (bool, error) { return d.rootDIE(u, root) }); err != nil {
			return err
		}
	}
	for len(sup.wait) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		unit := sup.wait[len(sup.wait)-1]
		u := &sup.units[unit]
		sup.wait = sup.wait[:len(sup.wait)-1]
		d.useSupplementary(u)
		if err := d.markUnit(u, func(root *die.Abbrev) (bool, error) { return d.supplementaryRoot(unit, root), nil }); err != nil {
			return err
		}
	}
	return nil
}

// markUnit looks at the references of a unit if wanted, which looks at its first entry,
// says so.
func (d *Decoder) markUnit(u *die.Unit, wanted func(root *die.Abbrev) (bool, error)) (err error) {
	if err := d.load(u); err != nil {
		return err
	}
	defer d.cur.Guard(&err)
	root, err := d.firstEntry(wanted)
	if root != nil && root.Children {
		d.markChildren(true)
	}
	d.cur.Stop()
	return err
}

// markChildren looks at entries up to the null entry. top says that they are direct
// children of the unit.
func (d *Decoder) markChildren(top bool) {
	d.enter()
	for d.cur.More() {
		a := d.cur.Next()
		if a == nil {
			break
		}
		d.markEntry(a, top)
	}
	d.depth--
}

// markEntry looks at the references of an entry and of those below it. What pahole 1.32
// does not look at does not make it keep a unit.
func (d *Decoder) markEntry(a *die.Abbrev, top bool) {
	switch a.Tag {
	case die.TagInlinedSubroutine, die.TagCallSite, die.TagCallSiteParameter, die.TagGNUCallSite, die.TagGNUCallSiteParameter,
		die.TagDwarfProcedure, die.TagSubrangeType, die.TagEnumerator:
		d.skip(a)
		return
	case die.TagImportedUnit:
		if !top {
			d.skip(a)
			return
		}
	}
	d.cur.Attrs(a)
	how := referred
	if a.Tag == die.TagImportedUnit {
		how = imported
	}
	for _, s := range [...]die.Slot{die.Type, die.AbstractOrigin, die.Specification, die.Import} {
		if !d.cur.Have.Has(s) {
			continue
		}
		switch v := &d.cur.V[s]; {
		case v.Form == die.FormGNURefAlt:
			d.supSource()
			d.markSupplementary(v.U, how)
		case v.Form == die.FormRefAddr && d.src == &d.s.sup.source:
			d.markSupplementary(v.U, how)
		default:
			d.within(v) // no other form leads there
		}
	}
	if a.Children {
		d.markChildren(false)
	}
}

// markSupplementary notes that the unit at an offset of the supplementary file is used.
func (d *Decoder) markSupplementary(off uint64, how use) {
	d.supReference(off, true)
	sup := d.s.sup
	i := sort.Search(len(sup.units), func(i int) bool { return sup.units[i].Offset > off }) - 1
	if i < 0 || off-sup.units[i].Offset >= uint64(sup.units[i].Len) {
		d.cur.Fail(d.cur.At, "reference to %s+%#x leads to no unit", sup.info.name, off)
	}
	if sup.uses[i] < how {
		sup.uses[i] = how
		sup.wait = append(sup.wait, i)
	}
}
