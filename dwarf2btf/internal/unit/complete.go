package unit

import "slices"

// complete runs finish. Malformed names and locations fail there like in the
// decoding of a unit.
func (d *Decoder) complete() (err error) {
	defer d.cur.Guard(&err)
	return d.finish()
}

// finish completes a CU whose units are all decoded: references between units,
// decl tags of types, functions, variables. The order of the steps is the order
// in which pahole 1.32 adds types and strings.
func (d *Decoder) finish() error {
	c := d.cu
	d.resolveEdges()
	d.resolveCross()
	d.lastCopies()
	if err := d.completeShapes(); err != nil {
		return err
	}
	c.NumTypes = len(c.Types.Shapes)
	slices.SortStableFunc(c.declTags, func(a, b declTag) int { return int(a.typ) - int(b.typ) })
	for _, t := range c.declTags {
		d.emitDeclTag(t.value, t.typ, t.component)
	}
	c.NumTags = len(c.Types.Shapes)
	d.signatures.nameFunctions()
	if err := d.signatures.recodeParams(); err != nil {
		return err
	}
	d.signatures.saveFunctions()
	d.saveInlined()
	if d.s.wantVars {
		return d.emitVars()
	}
	return nil
}
