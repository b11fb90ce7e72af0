package unit

import (
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/features"
)

const ccNoCall = 3 // DW_CC_nocall: clang says so where it changed the signature

// subprogram records a function and walks its body: types declared there are
// types of the unit like all others. Of a function whose name is no symbol, such
// as one that is inlined everywhere, nothing else is wanted, nor of its instances,
// which have the name from it.
func (d *Decoder) subprogram(a *die.Abbrev) {
	d.cur.Attrs(a)
	f := function{
		off: d.delta + uint32(d.cur.At), name: d.key(die.Name), unit: d.ctx,
		refs: functionRefs{typ: d.ref(die.Type), origin: d.ref(die.AbstractOrigin), spec: d.ref(die.Specification)},
	}
	at := d.cur.At
	have := d.cur.Have
	chain := d.cur.V[die.GNUAnnotation]
	f.ignored = f.name != 0 && !d.inl.on && !have.Has(die.Declaration) && d.s.opts.Verbose == nil && d.signatures.entryOf(f.name) < 0 &&
		(d.s.opts.Trace == nil || !d.traced(f.name))
	f.addr = d.address()
	if have.Has(die.Declaration) {
		f.flags |= fnDeclaration
	}
	if have.Has(die.AbstractOrigin) {
		f.flags |= fnHasOrigin
	}
	if d.num(die.Inline) != 0 {
		f.flags |= fnInlined
	}
	if d.num(die.CallingConvention) == ccNoCall {
		f.flags |= fnNoCall
	}
	if d.s.opts.Trace != nil && d.traced(f.name) {
		d.notePlace(f.off, at)
	}
	if f.addr == 0 && have.Has(die.Ranges) && d.tracing() {
		d.noteStart(f.off)
	}
	pars, first := len(d.pars), len(d.cu.annots)
	if a.Children {
		d.enter()
		d.body(&f)
		d.depth--
	}
	if f.ignored {
		d.cu.annots = d.cu.annots[:first]
		return
	}
	if have.Has(die.GNUAnnotation) && d.s.opts.Features.Has(features.DeclTag) {
		d.gnuChain(have, &chain, d.addAnnotation(-1))
	}
	f.annot = [2]uint32{uint32(first), uint32(len(d.cu.annots))}
	f.first = uint32(len(d.cu.params))
	for _, p := range d.pars[pars:] {
		d.cu.params = append(d.cu.params, p)
		d.record(die.Off(p.off-d.delta), targetParam, uint32(len(d.cu.params)))
	}
	d.pars = d.pars[:pars]
	f.last = uint32(len(d.cu.params))
	d.cu.funcs = append(d.cu.funcs, f)
	d.record(at, targetFunc, uint32(len(d.cu.funcs)))
}

// address returns DW_AT_low_pc, 0 if there is none.
func (d *reader) address() uint64 {
	if !d.cur.Have.Has(die.LowPC) {
		return 0
	}
	switch v := &d.cur.V[die.LowPC]; v.Form {
	case die.FormAddr:
		return v.U
	case die.FormAddrx:
		return d.indexedAddress(v.U)
	default:
		d.cur.Unread(v, die.ClassAddress)
	}
	return 0
}

// indexedAddress returns entry i of the unit's table in .debug_addr.
func (d *reader) indexedAddress(i uint64) uint64 {
	a, err := d.addressAt(i)
	if err != nil {
		d.cur.Fail(d.cur.At, "address index %d: %v", i, err)
	}
	return a
}

// addressAt is indexedAddress for whoever can do without.
func (d *reader) addressAt(i uint64) (uint64, error) {
	size := uint64(d.cur.Unit.AddrSize)
	sec := &d.src.addr
	if d.src.skeletons != nil {
		sec = &d.src.skeletons.addr
	}
	return sec.word(d.attrs.addrBase+i*size, int(size), d.s.order)
}

// addAnnotation returns a function that keeps btf_decl_tag entries as
// annotations of the function under construction.
func (d *Decoder) addAnnotation(component int32) func(name, value nameKey) bool {
	return func(name, value nameKey) bool {
		if d.nameIs(name, "btf_decl_tag") {
			d.cu.annots = append(d.cu.annots, annotation{component: component, value: value})
		}
		return true
	}
}

// body walks the children of a subprogram, or of a lexical block when f is nil.
// Inlined subroutines are left out with everything below them, as pahole 1.32
// does when it encodes, but for what inlined.go says.
func (d *Decoder) body(f *function) {
	index := int32(0)
	for {
		k := d.cur.Next()
		if k == nil {
			return
		}
		switch k.Tag {
		case die.TagInlinedSubroutine:
			d.inlinedSubroutine(k)
		case die.TagCallSite, die.TagCallSiteParameter, die.TagGNUCallSite,
			die.TagGNUCallSiteParameter, die.TagDwarfProcedure, die.TagLabel,
			die.TagTemplateTypeParameter, die.TagTemplateValueParameter,
			die.TagGNUTemplatePack, die.TagGNUFormalPack, die.TagGNUTemplateTemplate:
			d.skip(k)
		case die.TagFormalParameter:
			if f != nil && f.ignored {
				d.skip(k)
				continue
			}
			d.formal(k, f, index)
			index++
		case die.TagVariable:
			d.variable(k, false)
		case die.TagUnspecifiedParameters:
			if f != nil {
				f.flags |= fnVararg
			}
			d.skip(k)
		case die.TagLexicalBlock:
			d.cur.SkipAttrs(k)
			if k.Children {
				d.enter()
				d.body(nil)
				d.depth--
			}
		case die.TagLLVMAnnotation, die.TagGNUAnnotation:
			if f == nil {
				d.skip(k)
				continue
			}
			d.functionAnnotation(k, -1)
		default:
			d.entry(k, false)
		}
	}
}

// functionAnnotation keeps a btf_decl_tag child of a function or parameter.
func (d *Decoder) functionAnnotation(k *die.Abbrev, component int32) {
	if k.Tag != die.TagLLVMAnnotation && k.Tag != die.TagGNUAnnotation {
		d.skip(k)
		return
	}
	d.cur.Attrs(k)
	name, value := d.key(die.Name), d.key(die.ConstValue)
	d.cur.SkipChildren(k)
	if d.s.opts.Features.Has(features.DeclTag) {
		d.addAnnotation(component)(name, value)
	}
}

// formal records a parameter. f is nil in a lexical block: such a parameter is
// no part of a signature but may be the origin of one.
func (d *Decoder) formal(k *die.Abbrev, f *function, index int32) {
	d.cur.Attrs(k)
	have := d.cur.Have
	p := param{
		off: d.delta + uint32(d.cur.At), name: d.key(die.Name), refs: paramRefs{typ: d.ref(die.Type), origin: d.ref(die.AbstractOrigin)},
		index: index, hasConst: have.Has(die.ConstValue), hasLoc: have.Has(die.Location),
	}
	p.hasOwn = p.refs.typ != 0
	p.byOrigin = have.Has(die.AbstractOrigin)
	if p.hasLoc {
		d.locate(&p, &d.cur.V[die.Location])
	}
	chain := d.cur.V[die.GNUAnnotation]
	if k.Children {
		d.children(k, func(c *die.Abbrev) {
			if f == nil {
				d.skip(c)
				return
			}
			d.functionAnnotation(c, index)
		})
	}
	if f == nil {
		p.hasLoc, p.hasConst = false, false // pahole 1.32 looks at locations of signatures only
		d.cu.params = append(d.cu.params, p)
		d.record(die.Off(p.off-d.delta), targetParam, uint32(len(d.cu.params)))
		return
	}
	if have.Has(die.GNUAnnotation) && d.s.opts.Features.Has(features.DeclTag) {
		d.gnuChain(have, &chain, d.addAnnotation(index))
	}
	d.pars = append(d.pars, p)
}

// locate keeps where the location of a parameter stands. It is evaluated later,
// and only for functions that may be emitted.
func (d *Decoder) locate(p *param, v *die.Value) {
	switch v.Form {
	case die.FormExprloc, die.FormBlock:
		p.locForm, p.loc, p.locLen = locExpr, v.U, v.N
		if !d.single { // the unit's bytes will be gone
			p.loc = uint64(len(d.cu.exprs))
			d.cu.exprs = append(d.cu.exprs, d.cur.Data[v.U:v.U+uint64(v.N)]...)
		}
	case die.FormSecOffset, die.FormData4, die.FormData8:
		p.locForm, p.loc = locList, v.U+d.part.lists
	case die.FormLoclistx:
		off, err := d.signatures.locs.listAt(d.ctx.loclistsBase, v.U, d.cur.Unit.OffsetSize())
		if err != nil {
			d.cur.Fail(d.cur.At, "location list index %d: %v", v.U, err)
		}
		p.locForm, p.loc = locList, off
	default:
		d.cur.Unread(v, die.ClassExprloc, die.ClassBlock, die.ClassOffset, die.ClassLoclist)
		p.locForm = locOther
	}
}
