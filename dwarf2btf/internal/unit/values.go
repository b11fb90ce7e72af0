package unit

import "github.com/gopahole/gopahole/dwarf2btf/internal/die"

// num returns a numeric attribute of the DIE read last, 0 if it is absent or has
// a form without a number (as pahole 1.32 does).
func (d *reader) num(s die.Slot) uint64 {
	if !d.cur.Have.Has(s) {
		return 0
	}
	return d.number(&d.cur.V[s])
}

func (d *reader) number(v *die.Value) uint64 {
	switch v.Form {
	case die.FormData1, die.FormData2, die.FormData4, die.FormData8, die.FormSdata, die.FormUdata,
		die.FormImplicitConst, die.FormFlag, die.FormFlagPresent, die.FormAddr, die.FormSecOffset:
		return v.U
	case die.FormData16, die.FormAddrx:
		return 0
	}
	d.cur.Unread(v, die.ClassConstant, die.ClassFlag, die.ClassAddress, die.ClassOffset)
	return 0
}

// constant is number with the test whether the form has one.
func (d *reader) constant(v *die.Value) (uint64, bool) {
	switch v.Form {
	case die.FormData1, die.FormData2, die.FormData4, die.FormData8, die.FormSdata, die.FormUdata, die.FormImplicitConst:
		return v.U, true
	case die.FormData16:
		return 0, false
	}
	d.cur.Unread(v, die.ClassConstant)
	return 0, false
}

// offset returns an offset attribute, which may be a number or an expression
// that adds one (DWARF 2, 5.5.4).
func (d *reader) offset(v *die.Value) uint64 {
	if n, ok := d.constant(v); ok {
		return n
	}
	if v.Form != die.FormBlock && v.Form != die.FormExprloc {
		d.cur.Unread(v, die.ClassBlock, die.ClassExprloc)
		return 0
	}
	const opConstu, opPlusUconst = 0x10, 0x23
	expr := d.cur.Data[v.U : v.U+uint64(v.N)]
	if len(expr) == 0 || expr[0] != opPlusUconst && expr[0] != opConstu {
		return 1<<64 - 1 // what pahole 1.32 takes, after a message
	}
	n, shift := uint64(0), 0
	for _, b := range expr[1:] {
		if shift < 64 {
			n |= uint64(b&0x7f) << shift
		}
		shift += 7
		if b < 0x80 {
			break
		}
	}
	return n
}

// ref returns the reference in a slot, 0 if there is none or it leads out of what is
// encoded.
func (d *reader) ref(s die.Slot) die.Ref {
	if !d.cur.Have.Has(s) {
		return 0
	}
	return d.refOf(&d.cur.V[s])
}

func (d *reader) refOf(v *die.Value) die.Ref {
	switch v.Form {
	case die.FormRef:
		if v.U >= uint64(len(d.cur.Data)) {
			d.cur.Fail(d.cur.At, "reference to %#x leaves the unit", v.U)
		}
		return die.AtOffset(d.delta + uint32(v.U))
	case die.FormRefAddr:
		if d.src.skeletons != nil {
			return die.AtOffset(d.refInSplit(v.U))
		}
		if d.s.sup != nil {
			return die.AtOffset(d.supReference(v.U, d.src == &d.s.sup.source))
		}
		if v.U-d.cu.base > maxOffset || v.U < d.cu.base {
			d.cur.Fail(d.cur.At, "reference to %s+%#x is out of range", d.cur.Section, v.U)
		}
		return die.AtOffset(uint32(v.U - d.cu.base))
	case die.FormRefSig8:
		return die.AtOffset(d.signature(v.U))
	case die.FormGNURefAlt:
		d.supSource()
		return die.AtOffset(d.supReference(v.U, true))
	}
	d.cur.Unread(v, die.ClassReference)
	return 0
}

// within returns the offset that a reference within the unit leads to. ok is false for
// references to elsewhere.
func (d *reader) within(v *die.Value) (off uint64, ok bool) {
	switch v.Form {
	case die.FormRef:
		return v.U, true
	case die.FormRefAddr, die.FormRefSig8, die.FormGNURefAlt:
		return 0, false
	}
	d.cur.Unread(v, die.ClassReference)
	return 0, false
}
