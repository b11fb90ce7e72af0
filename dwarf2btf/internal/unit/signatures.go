package unit

import (
	"fmt"

	"github.com/gopahole/gopahole/dwarf2btf/internal/funcs"
	"github.com/gopahole/gopahole/dwarf2btf/internal/location"
)

// signatures finds out what there is to know of the functions of a CU when its types are
// complete: their symbols, and whether their parameters are where callers put them.
type signatures struct {
	*reader
	locs locationReader
}

// maxEntries is the largest number of slots of the cache of entryOf.
const maxEntries = 1 << 15

// longLists bounds what is read of lists that do not end where others do, in
// bytes, beside a multiple of the unit. Many parameters may share one.
const longLists = 1 << 20

// nameFunctions gives functions without a name that of their abstract origin or
// specification, and looks all of them up in the symbol table.
func (d *signatures) nameFunctions() {
	c := d.cu
	for i := range c.funcs {
		c.funcs[i].entry = -1
	}
	for i := range c.funcs {
		f := &c.funcs[i]
		if f.name == 0 {
			if f.origin != 0 {
				f.name = c.funcs[f.origin-1].name
				f.entry = c.funcs[f.origin-1].entry
			} else if f.spec != 0 {
				f.name = c.funcs[f.spec-1].name
			}
		}
		if f.name == 0 || f.flags&fnDeclaration != 0 {
			continue
		}
		if f.entry >= 0 {
			continue
		}
		f.entry = d.entryOf(f.name)
	}
}

// entryOf returns the entry of the symbol table with a name, -1 if there is none.
// The same inline functions of headers are looked up for nearly every unit.
func (d *signatures) entryOf(k nameKey) int32 {
	slot := d.s.seen.entries.at(k)
	e := slot.Load()
	if nameKey(e>>32) != k {
		e = uint64(k) << 32
		if n, ok := d.s.symbols.Find(d.keyPrefix(k, d.s.symbols.LongestKey())); ok {
			e |= uint64(n) + 1
		}
		slot.Store(e)
	}
	return int32(e) - 1
}

// recodeParams gives each parameter without a type of its own name and type of
// its abstract origin, and shares what is known of its location with the origin,
// in the order of the functions (pahole 1.32: ftype__recode_dwarf_types).
func (d *signatures) recodeParams() error {
	c := d.cu
	d.locs.short = 0
	for i := range c.funcs {
		f := &c.funcs[i]
		if f.entry >= 0 {
			if err := d.evaluate(f); err != nil {
				return err
			}
		}
	}
	for i := range c.funcs {
		f := &c.funcs[i]
		for k := f.first; k < f.last; k++ {
			p := &c.params[k]
			if p.hasOwn {
				p.cur = p.typ
				continue
			}
			if p.origin == 0 {
				continue
			}
			o := &c.params[p.origin-1]
			p.name = o.name
			if p.cur = o.cur; o.hasOwn {
				p.cur = o.typ
			}
			if p.index != o.index {
				f.reordered = true
			}
			p.facts.Push(&o.facts)
		}
	}
	return nil
}

// evaluate computes the location facts of a function's parameters.
func (d *signatures) evaluate(f *function) error {
	c := d.cu
	ctx := d.s.locationContext(f.unit)
	d.locs.src = f.unit.src
	for k := f.first; k < f.last; k++ {
		p := &c.params[k]
		typ := p.typ
		if p.byOrigin {
			typ = 0
			if p.origin != 0 {
				typ = c.params[p.origin-1].typ
			}
		}
		size := d.paramSize(typ)
		p.facts = ctx.Param(size)
		if p.hasConst {
			p.facts.Flags |= location.HasConst
		}
		if !p.hasLoc {
			continue
		}
		switch p.locForm {
		case locExpr:
			src := d.cur.Data
			if !d.single {
				src = c.exprs
			}
			ctx.Expr(&p.facts, src[p.loc:p.loc+uint64(p.locLen)], size)
		case locList:
			c.Stats.Lists++
			if err := d.locs.read(&ctx, &p.facts, p.loc, size); err != nil {
				return err
			}
			if d.locs.short > longLists+100*c.Stats.Bytes {
				return fmt.Errorf("location lists do not end, or many parameters share long ones, for example at offset %#x", p.loc)
			}
		default:
			ctx.Expr(&p.facts, nil, size)
		}
		if off, ok := p.facts.TrueMemberOffset(ctx.AddrSize); ok && p.name != 0 && p.facts.Member == 0 {
			if m, ok := d.memberAt(typ, off); ok {
				c.members = append(c.members, m)
				p.facts.Member = uint32(len(c.members))
			}
		}
	}
	return nil
}

// saveFunctions judges the functions that have a symbol and saves one state for
// each (pahole 1.32: cu__resolve_func_ret_types_optimized, btf_encoder__save_func).
func (d *signatures) saveFunctions() {
	c := d.cu
	var pars []location.Param
	for i := range c.funcs {
		f := &c.funcs[i]
		if f.typ == 0 && f.flags&fnHasOrigin != 0 && f.origin != 0 {
			f.typ = c.funcs[f.origin-1].typ
		}
		if f.flags&fnDeclaration != 0 || !d.namedParams(f) {
			if d.s.opts.Trace != nil {
				d.traceOther(f)
			}
			continue
		}
		if f.entry < 0 {
			if d.s.opts.Trace != nil {
				d.traceOther(f)
			}
			if d.s.opts.Verbose != nil && f.name != 0 && d.s.symbols.Len() > 0 {
				c.Unknown = append(c.Unknown, string(d.keyBytes(f.name)))
			}
			continue
		}
		ctx := d.s.locationContext(f.unit)
		opts := location.Options{Clang: f.unit.clang, TrueSignature: d.s.trueSignature, SignatureChanged: d.signatureChanged(f)}
		pars = pars[:0]
		for k := f.first; k < f.last; k++ {
			pars = append(pars, d.judged(&c.params[k]))
		}
		verdict := ctx.Analyze(opts, pars)
		st := Function{State: funcs.State{Addr: f.addr, Entry: f.entry, Sym: -1, Ret: f.typ}}
		st.Flags = d.stateFlags(f, opts, verdict)
		if opts.TrueSignature && f.addr != 0 {
			st.Sym = d.s.symbols.SymAt(f.entry, f.addr)
		}
		st.First = uint32(len(c.Params))
		for k := range pars {
			p := &c.params[f.first+uint32(k)]
			if pars[k].Removed(opts, f.reordered) {
				continue
			}
			c.Params = append(c.Params, d.savedParam(p, &pars[k], opts))
		}
		if f.flags&fnVararg != 0 {
			c.Params = append(c.Params, funcs.Param{})
		}
		st.Last = uint32(len(c.Params))
		st.Annot[0] = uint32(len(c.Annots))
		for _, a := range c.annots[f.annot[0]:f.annot[1]] {
			c.Annots = append(c.Annots, funcs.Annot{Value: d.id(a.value), Component: a.component})
		}
		st.Annot[1] = uint32(len(c.Annots))
		c.Functions = append(c.Functions, st)
		if d.s.opts.Trace != nil {
			d.traceFunction(f, &ctx, pars, &st, len(c.Functions)-1)
		}
	}
}

// judged prepares a parameter for the analysis.
func (d *signatures) judged(p *param) location.Param {
	lp := location.Param{Facts: p.facts, IsStruct: d.isStruct(p.cur)}
	if p.facts.Member != 0 {
		m := d.cu.members[p.facts.Member-1]
		lp.HasMember, lp.HasMemberType, lp.MemberIsStruct = true, true, d.isStruct(m.typ)
	}
	return lp
}

// stateFlags collects what makes a function doubtful.
func (d *signatures) stateFlags(f *function, o location.Options, v location.Verdict) funcs.Flags {
	var fl funcs.Flags
	set := func(on bool, bit funcs.Flags) {
		if on {
			fl |= bit
		}
	}
	set(v.Unexpected, funcs.Unexpected)
	set(v.Optimized, funcs.OptimizedParms)
	set(f.reordered, funcs.Reordered)
	set(o.SignatureChanged, funcs.SignatureChanged)
	set(d.uncertain(f), funcs.Uncertain)
	set(f.addr != 0 && d.s.symbols.OptimizedAt(f.entry, f.addr), funcs.OptimizedSymbol)
	return fl
}

// savedParam returns name and type under which a parameter is saved.
func (d *signatures) savedParam(p *param, lp *location.Param, o location.Options) funcs.Param {
	sp := funcs.Param{Name: d.id(p.name), Type: p.cur}
	if lp.UseMember {
		sp.Type = d.cu.members[p.facts.Member-1].typ
	}
	if lp.NameMember(o) {
		name := append([]byte(nil), d.keyBytes(p.name)...)
		name = append(append(name, "__"...), d.s.names.Bytes(d.cu.members[p.facts.Member-1].name)...)
		sp.Name = d.s.names.Intern(name)
	}
	return sp
}
