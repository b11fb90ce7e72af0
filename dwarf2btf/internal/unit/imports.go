package unit

import "github.com/gopahole/gopahole/dwarf2btf/internal/die"

// imported processes the children of the partial unit that a
// DW_TAG_imported_unit names, as if they stood here, once for the whole file
// (pahole 1.32). Such references lead to other units, so the file is in merged
// mode. Units of the supplementary file of dwz stand before all others already.
func (d *Decoder) imported(a *die.Abbrev) {
	at := d.cur.At
	d.cur.Attrs(a)
	have, v := d.cur.Have, d.cur.V[die.Import]
	d.cur.SkipChildren(a)
	if !have.Has(die.Import) {
		return
	}
	switch v.Form {
	case die.FormGNURefAlt:
		d.supSource()
		return
	case die.FormRefAddr:
	default:
		d.within(&v) // which is no import
		return
	}
	if !d.s.Merged || d.src != &d.s.source {
		return
	}
	u := d.s.unitAt(v.U)
	if u == nil {
		d.cur.Fail(at, "imported unit %#x does not exist", v.U)
	}
	if d.s.importedUnits[u.Offset] {
		return
	}
	if d.units++; d.units > maxImport {
		d.cur.Fail(at, "imported units nested more than %d deep", maxImport)
	}
	d.s.importedUnits[u.Offset] = true
	saved := d.openUnit // the importer's, which is needed again
	d.table, d.tab, d.buf, d.steps = d.spareTable(), tableKey{}, nil, 0
	d.use(&d.s.source)
	d.partialUnit(u)
	d.spare = append(d.spare, d.table)
	dies := d.cur.DIEs
	d.openUnit, d.signatures.locs.src = saved, saved.src
	d.cur.DIEs = dies
	d.units--
	d.nested = true
}

// spareTable returns a table of an earlier import, which is large, or a new one.
func (d *Decoder) spareTable() (t die.Table) {
	if n := len(d.spare); n > 0 {
		t, d.spare = d.spare[n-1], d.spare[:n-1]
		return t
	}
	return die.Table{Shared: d.s.storage.abbrevs}
}

// partialUnit decodes the children of a partial unit in place.
func (d *Decoder) partialUnit(u *die.Unit) {
	d.delta = uint32(u.Offset - d.cu.base)
	d.targets.reset(d.delta, u.Len, d.room)
	if err := d.load(u); err != nil {
		d.cur.Fail(d.cur.At, "imported unit: %v", err)
	}
	f := d.firsts()
	root := d.cur.Next()
	if root == nil || root.Tag != die.TagPartialUnit {
		return
	}
	d.cur.Attrs(root)
	d.readUnitAttrs(u)
	ctx := *d.ctx
	ctx.src, ctx.unit, ctx.loclistsBase, ctx.left = d.src, *u, d.num(die.LoclistsBase), nil
	d.ctx = &ctx
	if d.inl.on || d.tracing() {
		d.readRangeBases(u)
	}
	if root.Children {
		d.siblings(true)
	}
	d.reportLeft()
	d.resolveUnit(u, f)
}
