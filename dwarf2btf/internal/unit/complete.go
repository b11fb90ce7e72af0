package unit

import (
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/funcs"
	"github.com/gopahole/gopahole/dwarf2btf/internal/location"
	"github.com/gopahole/gopahole/internal/typegraph"
)

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
	e := d.entries.at(k)
	if e.key != k {
		e.key, e.entry = k, -1
		if n, ok := d.s.symbols.Find(d.keyPrefix(k, d.s.symbols.LongestKey())); ok {
			e.entry = n
		}
	}
	return e.entry
}

// maxEntries is the largest number of slots of the cache of entryOf.
const maxEntries = 1 << 15

// cachedEntry is the answer to one look-up.
type cachedEntry struct {
	key   nameKey
	entry int32
}

func (d *cuTypes) namedParams(f *function) bool {
	for i := f.first; i < f.last; i++ {
		if d.cu.params[i].name == 0 {
			return false
		}
	}
	return true
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

// longLists bounds what is read of lists that do not end where others do, in
// bytes, beside a multiple of the unit. Many parameters may share one.
const longLists = 1 << 20

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

// paramSize is the size of a parameter's type as the location rules take it:
// DW_AT_byte_size, following types that have none; pointers have one address
// (pahole 1.32: get_type_byte_size).
func (d *cuTypes) paramSize(typ uint32) uint64 {
	for range maxChain {
		if typ == 0 {
			return 0
		}
		if d.cu.types[typ-1].tag == tagPointer {
			return uint64(d.s.addrSize)
		}
		if n := d.cu.types[typ-1].size; n != 0 {
			return uint64(n)
		}
		switch d.cu.types[typ-1].tag {
		case tagStruct, tagClass, tagUnion, tagEnum, tagBase, tagBaseSigned:
			return 0
		}
		typ = d.target(typ)
	}
	return 0
}

// memberAt returns the member of a struct that begins at a byte offset. Types
// without a size are followed.
func (d *cuTypes) memberAt(typ uint32, off uint64) (trueMember, bool) {
	for range maxChain {
		if typ == 0 {
			return trueMember{}, false
		}
		if d.cu.types[typ-1].size != 0 || d.cu.types[typ-1].tag == tagStruct {
			break
		}
		typ = d.target(typ)
	}
	if typ == 0 || d.cu.types[typ-1].tag != tagStruct {
		return trueMember{}, false
	}
	words := d.s.shapes.Words(d.cu.Types.Shapes[typ-1])
	if btf.KindOf(words[1]) != btf.KindStruct {
		return trueMember{}, false
	}
	start := d.cu.Types.Start[typ-1]
	for i := range btf.VlenOf(words[1]) {
		bits := words[3+2*i+1]
		if btf.KindFlag(words[1]) {
			bits &= 0xffffff
		}
		if uint64(bits) != off*8 {
			continue
		}
		m := trueMember{name: words[3+2*i], typ: d.cu.Types.Edges[start+uint32(i)].Number()}
		return m, m.name != 0 && m.typ != 0
	}
	return trueMember{}, false
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
			continue
		}
		if f.entry < 0 {
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

// signatureChanged reports whether clang says that the function does not follow
// the calling convention.
func (d *cuTypes) signatureChanged(f *function) bool {
	switch {
	case !f.unit.clang || f.flags&fnInlined != 0:
		return false
	case f.flags&fnHasOrigin == 0:
		return f.flags&fnNoCall != 0
	}
	return f.origin != 0 && d.cu.funcs[f.origin-1].flags&fnNoCall != 0
}

// isStruct reports whether a type is a structure, also through const and typedef.
func (d *cuTypes) isStruct(typ uint32) bool {
	for range maxChain {
		if typ == 0 {
			return false
		}
		switch d.cu.types[typ-1].tag {
		case tagStruct:
			return true
		case tagConst, tagTypedef:
			typ = d.target(typ)
		default:
			return false
		}
	}
	return false
}

// uncertain reports whether a packed struct is among the parameters that are not
// passed in registers: where it lies on the stack cannot be told.
func (d *cuTypes) uncertain(f *function) bool {
	n := uint32(d.s.convention.Count)
	for k := f.first + n; k < f.last; k++ {
		typ := d.cu.params[k].cur
		if typ == 0 {
			continue
		}
		if t := d.cu.types[typ-1].tag; t != tagStruct && t != tagClass {
			continue
		}
		if d.s.shapes.Words(d.cu.Types.Shapes[typ-1])[0] == 0 {
			continue
		}
		if d.packed(typ) {
			return true
		}
	}
	return false
}

// edgesOf returns the references of a type of this CU.
func (d *cuTypes) edgesOf(typ uint32) []typegraph.Ref {
	u := &d.cu.Types
	return u.Edges[u.Start[typ-1]:u.Start[typ]]
}
