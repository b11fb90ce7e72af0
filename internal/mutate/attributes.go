package mutate

import (
	"debug/dwarf"

	form "github.com/gopahole/gopahole/internal/dwarftest"
)

// attributeChanges are for the values of attributes and the headers of units.
var attributeChanges = []change{
	{"DWARF: unit header", 4, onInfo(func(m *Mutator, d *debugInfo) []byte {
		f := among(m, among(m, d.units).header)
		if !f.in(d.bytes) {
			return nil
		}
		d.putOffset(f, m.edge(f.size, d.value(f), uint64(len(d.bytes)), 5))
		return d.data
	})},
	{"DWARF: attribute", 16, onInfo(func(m *Mutator, d *debugInfo) []byte {
		attrs := m.attributes(d)
		if len(attrs) == 0 {
			return nil
		}
		return d.setAttribute(m, among(m, attrs))
	})},
	{"DWARF: attribute of interest", 20, onInfo(func(m *Mutator, d *debugInfo) []byte {
		want := among(m, interesting)
		var of []attribute
		for _, a := range m.attributes(d) {
			if a.attr == want {
				of = append(of, a)
			}
		}
		if len(of) == 0 {
			return nil
		}
		n := 1
		if m.one(4) {
			n = 1 + m.IntN(min(30, len(of)))
		}
		data := d.data
		for range n - 1 {
			if a := among(m, of); a.size > 0 { // values that keep their size
				d.setInPlace(m, a)
			}
		}
		if changed := d.setAttribute(m, among(m, of)); changed != nil {
			return changed
		}
		return data
	})},
	{"DWARF: reference", 14, onReferences(func(m *Mutator, d *debugInfo, a attribute) {
		d.setReference(m, a)
	})},
	{"DWARF: cycle of references", 4, onInfo(func(m *Mutator, d *debugInfo) []byte {
		refs := d.references()
		if len(refs) == 0 {
			return nil
		}
		// A circle: each refers to the DIE of the next.
		n := 1 + m.IntN(4)
		var circle []attribute
		for range n {
			circle = append(circle, among(m, refs))
		}
		for i, a := range circle {
			d.refer(a, d.dies[circle[(i+1)%n].die])
		}
		return d.data
	})},
	{"DWARF: all references to one type", 2, onInfo(func(m *Mutator, d *debugInfo) []byte {
		refs := d.references()
		if len(refs) == 0 {
			return nil
		}
		to := among(m, d.dies)
		for range m.IntN(len(refs)) {
			d.refer(among(m, refs), to)
		}
		return d.data
	})},
	{"DWARF: names", 4, onInfo(func(m *Mutator, d *debugInfo) []byte {
		var names []attribute
		for _, a := range d.attrs {
			if a.attr == dwarf.AttrName && (a.form == form.FormStrp || a.form == form.FormLineStrp || a.form == form.FormStrx1) {
				names = append(names, a)
			}
		}
		if len(names) == 0 {
			return nil
		}
		from := among(m, names)
		v := d.value(field{from.off, from.size})
		n := 1
		if m.one(3) {
			n = m.IntN(len(names)) + 1
		}
		for range n {
			if to := among(m, names); to.size == from.size {
				d.putOffset(field{to.off, to.size}, v)
			}
		}
		return d.data
	})},
	{"DWARF: abbreviation code", 8, onInfo(func(m *Mutator, d *debugInfo) []byte {
		e := among(m, d.dies)
		u := d.units[e.unit]
		code := m.Uint64N(uint64(len(u.abbrevs)) + 3)
		if m.one(2) {
			code = among(m, d.dies[u.dies[0]:u.dies[1]]).code
		}
		if m.one(4) {
			return d.splice(e.start, e.codeEnd-e.start, m.edgeLEB(), m.one(2))
		}
		putLEB(d.bytes[e.start:], e.codeEnd-e.start, code)
		return d.data
	})},
	{"DWARF: expression", 5, onInfo(func(m *Mutator, d *debugInfo) []byte {
		var of []attribute
		for _, a := range d.attrs {
			if a.form == form.FormExprloc || a.form == form.FormBlock1 {
				of = append(of, a)
			}
		}
		if len(of) == 0 {
			return nil
		}
		a := among(m, of)
		for i := 1; i < a.size; i++ {
			if i == 1 || m.one(3) {
				d.bytes[a.off+i] = among(m, operations)
			}
		}
		return d.data
	})},
	{"DWARF: strings", 3, func(m *Mutator, data []byte) []byte {
		im := parseImage(data)
		if im == nil {
			return nil
		}
		text := im.named(among(m, []string{".debug_str", ".debug_str", ".debug_line_str"}))
		if len(text) == 0 {
			return nil
		}
		for range 1 + m.IntN(8) {
			text[m.IntN(len(text))] = m.nameByte()
		}
		return im.data
	}},
}

// attributes are those of which each can be changed, without those whose value decides how the rest is read if all
// changes have to be valid.
func (m *Mutator) attributes(d *debugInfo) []attribute {
	if !m.valid {
		return d.attrs
	}
	var attrs []attribute
	for _, a := range d.attrs {
		switch a.form {
		case form.FormString, form.FormExprloc, form.FormBlock, form.FormBlock1, form.FormBlock2, form.FormBlock4,
			form.FormIndirect:
		default:
			if a.attr != dwarf.AttrSibling {
				attrs = append(attrs, a)
			}
		}
	}
	return attrs
}

// operations are of expressions, and what follows them.
var operations = []byte{
	0x03, 0x06, 0x08, 0x10, 0x11, 0x23, 0x30, 0x50, 0x53, 0x55, 0x75, 0x91, 0x93, 0x96, 0x9d, 0x9e, 0x9f, 0xa1, 0xa3,
	0xe0, 0xf3, 0xfb, 0xff, 0x80,
}

// interesting are attributes that decide about types.
var interesting = []dwarf.Attr{
	dwarf.AttrType, dwarf.AttrName, dwarf.AttrByteSize, dwarf.AttrBitSize, dwarf.AttrDataMemberLoc,
	dwarf.AttrDataBitOffset, dwarf.AttrUpperBound, dwarf.AttrCount, dwarf.AttrConstValue, dwarf.AttrEncoding,
	dwarf.AttrDeclaration, dwarf.AttrAbstractOrigin, dwarf.AttrSpecification, dwarf.AttrLocation, dwarf.AttrLowpc,
	dwarf.AttrHighpc, dwarf.AttrRanges, dwarf.AttrExternal, dwarf.AttrPrototyped, dwarf.AttrLanguage,
	dwarf.AttrSibling, dwarf.AttrStmtList, dwarf.AttrProducer, dwarf.AttrCompDir, dwarf.AttrStrOffsetsBase,
	dwarf.AttrAddrBase, dwarf.AttrLoclistsBase, dwarf.AttrDwoName, dwarf.AttrSignature, dwarf.AttrImport,
	dwarf.AttrAlignment, dwarf.AttrLowerBound, dwarf.AttrInline, dwarf.AttrNoreturn,
}

// onInfo changes .debug_info, now and then .debug_types.
func onInfo(f func(m *Mutator, d *debugInfo) []byte) func(*Mutator, []byte) []byte {
	return onImage(func(m *Mutator, im *image) []byte {
		name := ".debug_info"
		if _, ok := im.section(".debug_types"); ok && m.one(2) {
			name = ".debug_types"
		}
		if _, ok := im.section(".debug_info.dwo"); ok && !m.one(8) {
			name = ".debug_info.dwo"
		}
		d := im.debugInfo(name)
		if d == nil {
			return nil
		}
		return f(m, d)
	})
}

func onReferences(f func(m *Mutator, d *debugInfo, a attribute)) func(*Mutator, []byte) []byte {
	return onInfo(func(m *Mutator, d *debugInfo) []byte {
		refs := d.references()
		if len(refs) == 0 {
			return nil
		}
		n := 1
		if m.one(3) {
			n = 1 + m.IntN(20)
		}
		for range n {
			f(m, d, among(m, refs))
		}
		return d.data
	})
}

// references returns the attributes that refer to DIEs.
func (d *debugInfo) references() []attribute {
	var refs []attribute
	for _, a := range d.attrs {
		switch a.form {
		case form.FormRef1, form.FormRef2, form.FormRef4, form.FormRef8, form.FormRefUdata, form.FormRefAddr:
			if a.attr != dwarf.AttrSibling {
				refs = append(refs, a)
			}
		}
	}
	return refs
}

// refer makes an attribute refer to a DIE, if its form can.
func (d *debugInfo) refer(a attribute, to die) {
	from := d.dies[a.die]
	f := field{a.off, a.size}
	switch {
	case a.form == form.FormRefAddr:
		d.putOffset(f, uint64(to.start))
	case from.unit != to.unit:
	case a.form == form.FormRefUdata:
		putLEB(d.bytes[a.off:], a.size, uint64(to.start-d.units[to.unit].start))
	default:
		f.put(d.bytes, d.order, uint64(to.start-d.units[to.unit].start))
	}
}

// setReference makes an attribute refer to itself, a parent, any DIE, the middle of one, or nothing.
func (d *debugInfo) setReference(m *Mutator, a attribute) {
	e := d.dies[a.die]
	u := d.units[e.unit]
	switch m.IntN(8) {
	case 0:
		d.refer(a, e)
	case 1: // a parent, or what stands before
		at := max(u.dies[0], a.die-1-m.IntN(4))
		d.refer(a, d.dies[at])
	case 2: // in the middle of one
		to := d.dies[u.dies[0]+m.IntN(u.dies[1]-u.dies[0])]
		to.start += 1 + m.IntN(max(1, to.end-to.start))
		d.refer(a, to)
	case 3:
		d.refer(a, d.dies[u.dies[0]])
	case 4: // of the same tag as the one that it referred to is what passes most checks: look for a struct
		for range 50 {
			if to := d.dies[u.dies[0]+m.IntN(u.dies[1]-u.dies[0])]; to.abbrev.tag == dwarf.TagStructType {
				d.refer(a, to)
				return
			}
		}
	case 5:
		d.setInPlace(m, a)
	default:
		d.refer(a, d.dies[u.dies[0]+m.IntN(u.dies[1]-u.dies[0])])
	}
}

// setInPlace gives an attribute another value of the same size.
func (d *debugInfo) setInPlace(m *Mutator, a attribute) {
	switch f := (field{a.off, a.size}); a.form {
	case form.FormSdata, form.FormUdata, form.FormRefUdata, form.FormStrx, form.FormAddrx, form.FormLoclistx,
		form.FormRnglistx:
		if a.size > 0 {
			putLEB(d.bytes[a.off:], a.size, m.edge(8, 0))
		}
	case form.FormString, form.FormExprloc, form.FormBlock, form.FormBlock1, form.FormBlock2, form.FormBlock4,
		form.FormData16, form.FormIndirect:
		if a.size > 0 {
			d.bytes[a.off+m.IntN(a.size)] = byte(m.edge(1, 0x40))
		}
	default:
		switch a.size {
		case 1, 2, 4, 8:
			d.putOffset(f, m.edge(a.size, d.value(f), uint64(len(d.bytes)), 0x40))
		case 3:
			d.bytes[a.off+m.IntN(3)] = byte(m.edge(1, 0x40))
		}
	}
}

// setAttribute gives an attribute another value, also one of another size.
func (d *debugInfo) setAttribute(m *Mutator, a attribute) []byte {
	switch a.form {
	case form.FormSdata, form.FormUdata, form.FormRefUdata, form.FormStrx, form.FormAddrx, form.FormLoclistx,
		form.FormRnglistx:
		if !m.valid && m.one(2) {
			return d.splice(a.off, a.size, m.edgeLEB(), m.one(2))
		}
	case form.FormString:
		if m.one(2) {
			return d.splice(a.off, a.size, m.text(), true)
		}
	case form.FormExprloc, form.FormBlock:
		if m.one(3) {
			_, end := uleb(d.bytes, a.off)
			return d.splice(a.off, end-a.off, m.edgeLEB(), m.one(2))
		}
	}
	if a.size == 0 {
		return nil
	}
	d.setInPlace(m, a)
	return d.data
}

// text returns a string with its NUL.
func (m *Mutator) text() []byte {
	n := 1 << m.IntN(13)
	text := make([]byte, n)
	for i := range text {
		text[i] = 'x'
	}
	for range m.IntN(4) {
		text[m.IntN(n)] = m.nameByte()
	}
	text[n-1] = 0
	return text
}
