package unit

import (
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/dwarf2btf/internal/location"
)

// Inlined functions (feature inline_preview). pahole 1.32 steps over the entries of inlined
// subroutines with all that is below them. Here they are read on the same walk, as they are
// met, with the value that each parameter has at the first address of the inlined code.
// Nothing else in a CU depends on them. inlinedsites.go makes of them what the encoder reads.

// inlined is a DW_TAG_inlined_subroutine that begins at an address.
type inlined struct {
	off         uint32
	origin      die.Ref
	fn          uint32 // index + 1 of what origin leads to
	addr        uint64
	first, last uint32 // parameters are inlinedParams[first:last]
	unit        *unitContext
	callFile    uint64 // number in the file table of the unit
	callLine    uint64
}

// inlinedParam is a DW_TAG_formal_parameter of an inlined subroutine.
type inlinedParam struct {
	origin die.Ref
	param  uint32 // index + 1 of what origin leads to
	value  location.Value
}

// inlining is what has to be known of a unit to read inlined subroutines.
type inlining struct {
	on       bool
	params   []inlinedParam // of the subroutines that are being read: a stack
	bases    rangeBases
	lists    window
	ranges   window
	line     window
	files    fileTable // that was asked for last
	index    window    // DW_FORM_rnglistx: the offset tables of .debug_rnglists
	at       location.Addresses
	listed   uint64 // bytes of long lists
	evaluate location.Context
	words    []uint32        // scratch of locParam
	numbers  []int32         // scratch of saveInlined
	known    []knownLocParam // see locParamOf
}

// rangeBases is where the lists of ranges of a unit are.
type rangeBases struct {
	lowPC    uint64 // DW_AT_low_pc of the unit
	ranges   uint64 // DW_AT_GNU_ranges_base, which .dwo files of before DWARF 5 need
	rnglists uint64 // DW_AT_rnglists_base
	stmtList uint64 // of its line numbers, plus one; 0 if there are none
}

// readRangeBases reads them from the entry of the unit.
func (d *Decoder) readRangeBases(u *die.Unit) {
	b := &d.inl.bases
	switch {
	case d.src.skeletons != nil: // the skeleton has what the linker changes
		*b = d.skeleton.ranges
		if d.src.line.size() > 0 { // else its files are those of the skeleton (clang)
			b.stmtList = d.part.line + 1
		}
		if u.Version >= 5 {
			b.rnglists = d.part.rnglistsBase(u)
		}
	default:
		*b = d.ownRangeBases()
	}
	d.inl.at = location.Addresses{Base: b.lowPC, Index: d.tableAddress}
	d.ctx.stmtList = b.stmtList
}

// ownRangeBases reads them from the entry of a unit that is no split one.
func (d *Decoder) ownRangeBases() rangeBases {
	b := rangeBases{lowPC: d.address(), ranges: d.num(die.GNURangesBase), rnglists: d.num(die.RnglistsBase)}
	if d.cur.Have.Has(die.StmtList) {
		b.stmtList = d.num(die.StmtList) + 1
	}
	return b
}

// tableAddress returns an entry of the unit's table in .debug_addr.
func (d *reader) tableAddress(i uint64) (addr uint64, ok bool) {
	addr, err := d.addressAt(i)
	return addr, err == nil
}

// inlinedSubroutine reads the entry of an inlined subroutine, and those in it.
func (d *Decoder) inlinedSubroutine(a *die.Abbrev) {
	if !d.inl.on {
		d.skip(a)
		return
	}
	at := d.cur.At
	d.cur.Attrs(a)
	s := inlined{off: d.delta + uint32(at), origin: d.ref(die.AbstractOrigin), unit: d.ctx,
		callFile: d.num(die.CallFile), callLine: d.num(die.CallLine)}
	known := false
	if s.origin != 0 {
		s.addr, known = d.startAddress()
	}
	first := len(d.inl.params)
	if a.Children {
		d.enter()
		d.inlinedBody(s.addr, known)
		d.depth--
	}
	c := d.cu
	if known {
		s.first = uint32(len(c.inlinedParams))
		c.inlinedParams = append(c.inlinedParams, d.inl.params[first:]...)
		s.last = uint32(len(c.inlinedParams))
		c.inlined = append(c.inlined, s)
	}
	d.inl.params = d.inl.params[:first]
}

// inlinedBody reads what is in an inlined subroutine, or in a block of one: its parameters, if
// they are wanted, and the subroutines inlined there.
func (d *Decoder) inlinedBody(pc uint64, params bool) {
	for {
		k := d.cur.Next()
		if k == nil {
			return
		}
		switch k.Tag {
		case die.TagFormalParameter:
			if !params {
				d.skip(k)
				continue
			}
			d.inlinedFormal(k, pc)
		case die.TagInlinedSubroutine:
			d.inlinedSubroutine(k)
		case die.TagLexicalBlock:
			d.cur.SkipAttrs(k)
			if k.Children {
				d.enter()
				d.inlinedBody(pc, false)
				d.depth--
			}
		default:
			d.skip(k)
		}
	}
}

// inlinedFormal reads a parameter of an inlined subroutine that begins at pc.
func (d *Decoder) inlinedFormal(k *die.Abbrev, pc uint64) {
	d.cur.Attrs(k)
	p := inlinedParam{origin: d.ref(die.AbstractOrigin)}
	if p.origin != 0 {
		p.value = d.valueAt(pc)
		d.inl.params = append(d.inl.params, p)
	}
	d.cur.SkipChildren(k)
}

// valueAt returns the value of the parameter read last at an address.
func (d *Decoder) valueAt(pc uint64) location.Value {
	switch have := d.cur.Have; {
	case have.Has(die.Location):
		return d.locationAt(&d.cur.V[die.Location], pc)
	case have.Has(die.ConstValue):
		return d.constValue(&d.cur.V[die.ConstValue])
	}
	return location.Value{}
}

// constValue returns what DW_AT_const_value says.
func (d *Decoder) constValue(v *die.Value) location.Value {
	switch v.Form {
	case die.FormData1, die.FormData2, die.FormData4, die.FormData8, die.FormUdata:
		return location.Value{Kind: location.Constant, Number: v.U}
	case die.FormSdata, die.FormImplicitConst:
		return location.Value{Kind: location.Constant, Number: v.U, Negative: int64(v.U) < 0}
	case die.FormAddr:
		return location.Value{Kind: location.Address, Number: v.U}
	case die.FormBlock:
		ctx := d.inlinedContext()
		return ctx.Bytes(d.cur.Data[v.U : v.U+uint64(v.N)])
	}
	return location.Value{}
}

// locationAt returns the value that DW_AT_location gives at an address.
func (d *Decoder) locationAt(v *die.Value, pc uint64) location.Value {
	ctx := d.inlinedContext()
	switch v.Form {
	case die.FormBlock, die.FormExprloc:
		if v.Form == die.FormBlock && ctx.Version >= 4 { // no location, see location.Context.Expr
			return location.Value{}
		}
		return ctx.Value(d.cur.Data[v.U : v.U+uint64(v.N)])
	case die.FormSecOffset, die.FormData4, die.FormData8:
		return d.listedValue(ctx, v.U+d.part.lists, pc)
	case die.FormLoclistx:
		off, err := d.signatures.locs.listAt(d.ctx.loclistsBase, v.U, d.cur.Unit.OffsetSize())
		if err != nil {
			d.cur.Fail(d.cur.At, "location list index %d: %v", v.U, err)
		}
		return d.listedValue(ctx, off, pc)
	}
	return location.Value{}
}

// listedValue looks an address up in the location list at an offset.
func (d *Decoder) listedValue(ctx *location.Context, off, pc uint64) (v location.Value) {
	sec := &d.src.loc
	if ctx.Version >= 5 {
		sec = &d.src.loclists
	}
	d.readList(ctx, &d.inl.lists, sec, off, func(b []byte) (err error) {
		v, err = ctx.ValueAt(b, pc, &d.inl.at)
		return err
	})
	return v
}

// startAddress returns where the code of the entry read last begins: at DW_AT_low_pc, or at the
// first of its ranges. Address 0 is that of code that a linker left out.
func (d *Decoder) startAddress() (addr uint64, ok bool) {
	switch have := d.cur.Have; {
	case have.Has(die.LowPC):
		addr = d.address()
		ok = true
	case have.Has(die.Ranges):
		addr, ok = d.firstOfRanges(&d.cur.V[die.Ranges])
	}
	return addr, ok && addr != 0
}

// firstOfRanges returns the first address of a list of ranges.
func (d *Decoder) firstOfRanges(v *die.Value) (addr uint64, ok bool) {
	ctx := d.inlinedContext()
	sec, off := &d.src.rnglists, v.U
	if ctx.Version < 5 {
		if sec = &d.src.ranges; d.src.skeletons != nil {
			sec = &d.src.skeletons.ranges
			off += d.inl.bases.ranges
		}
	}
	switch v.Form {
	case die.FormSecOffset, die.FormData4, die.FormData8:
	case die.FormRnglistx:
		if off, ok = d.rangeListAt(v.U); !ok {
			return 0, false
		}
	default:
		return 0, false
	}
	d.readList(ctx, &d.inl.ranges, sec, off, func(b []byte) (err error) {
		addr, ok, err = ctx.FirstAddress(b, &d.inl.at)
		return err
	})
	return addr, ok
}

// rangeListAt returns the offset of list i of the unit's table in .debug_rnglists (DWARF 5,
// 7.28).
func (d *Decoder) rangeListAt(i uint64) (off uint64, ok bool) {
	sec, size := &d.src.rnglists, uint64(d.cur.Unit.OffsetSize())
	at := d.inl.bases.rnglists + i*size
	b, err := d.inl.index.from(sec, at, size)
	if err != nil || uint64(len(b)) < size {
		d.cur.Fail(d.cur.At, "range list index %d: %s+%#x is past the end of the section", i, sec.name, at)
	}
	if size == 8 {
		return d.inl.bases.rnglists + d.s.order.Uint64(b), true
	}
	return d.inl.bases.rnglists + uint64(d.s.order.Uint32(b)), true
}

// readList calls read with the bytes of a section from an offset on, and again with more of
// them as long as they do not suffice.
func (d *Decoder) readList(ctx *location.Context, w *window, sec *section, off uint64, read func(b []byte) error) {
	for need := uint64(1); ; need = 8 * max(need, windowSize/8) {
		b, err := w.from(sec, off, need)
		if err != nil {
			d.cur.Abort(err)
		}
		if len(b) == 0 {
			return // what is not there says nothing
		}
		err = read(b)
		if n := uint64(ctx.Listed); n > longList {
			// Many parameters may share a long list.
			if d.inl.listed += n; d.inl.listed > longLists+100*d.cu.Stats.Bytes {
				d.cur.Fail(d.cur.At, "location lists do not end, or many parameters share long ones, for example at offset %#x", off)
			}
		}
		if err == nil || off+uint64(len(b)) >= sec.size() || len(b) > maxList {
			return
		}
		if need == 1 {
			need = uint64(len(b)) / 8
		}
	}
}

// inlinedContext is what the reading of locations needs to know of the unit.
func (d *Decoder) inlinedContext() *location.Context {
	d.inl.evaluate = d.s.locationContext(d.ctx)
	return &d.inl.evaluate
}
