package unit

import (
	"cmp"
	"debug/elf"
	"math/bits"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/dwarf2btf/internal/funcs"
	"github.com/gopahole/gopahole/dwarf2btf/internal/location"
	"github.com/gopahole/gopahole/dwarf2btf/trace"
)

// Traced is what is recorded of a CU for those who ask how it was judged. Without a recorder it stays empty, and
// costs the look at Options.Trace.
type Traced struct {
	Instances   []trace.Instance // Number is the index in CU.Functions, or -1
	Variables   []trace.Variable
	Definitions []trace.Definition

	places map[uint32]trace.Place // by offset of what has a name that is wanted, or may have one elsewhere
	starts map[uint32]uint64      // by offset of functions without DW_AT_low_pc: where their code begins
}

func (t *Traced) reset() {
	*t = Traced{t.Instances[:0], t.Variables[:0], t.Definitions[:0], t.places, t.starts}
	clear(t.places)
	clear(t.starts)
}

// maxTraced bounds what is read of a name to find out whether it is wanted, in bytes.
const maxTraced = 1 << 12

// tracing reports whether details of some names are recorded.
func (d *reader) tracing() bool { return d.s.opts.Trace != nil && d.s.opts.Trace.Wants != nil }

// traced reports whether details of a name are recorded.
func (d *reader) traced(name nameKey) bool {
	return name != 0 && d.tracing() && d.s.opts.Trace.Wants(d.keyPrefix(name, maxTraced))
}

// notePlace remembers where an entry of the open unit stands.
func (d *Decoder) notePlace(off uint32, at die.Off) {
	t := &d.cu.Traced
	if t.places == nil {
		t.places = make(map[uint32]trace.Place)
	}
	t.places[off] = d.place(at)
}

// noteStart remembers where the code of a function begins that is in several parts. It is for people: for pahole such a
// function has no address.
func (d *Decoder) noteStart(off uint32) {
	addr, ok := d.startAddress()
	if !ok {
		return
	}
	t := &d.cu.Traced
	if t.starts == nil {
		t.starts = make(map[uint32]uint64)
	}
	t.starts[off] = addr
}

// place returns where an entry of the open unit stands in it, and in the source. What cannot be read of the latter is
// not known: it is for people.
func (d *Decoder) place(at die.Off) trace.Place {
	p := trace.Place{Unit: d.unitName(d.ctx), Offset: d.cur.Unit.Offset + uint64(at)}
	if !d.openPlaces() {
		return p
	}
	_, have, v := d.places.cur.ReadAt(at)
	d.places.cur.Stop()
	number := func(s die.Slot) uint64 {
		if !have.Has(s) {
			return 0
		}
		return v[s].U
	}
	if have.Has(die.DeclFile) {
		p.File = d.fileName(d.ctx, number(die.DeclFile))
	}
	p.Line = number(die.DeclLine)
	return p
}

// openPlaces makes the reader of places one of the open unit. Stop ends its use.
func (d *Decoder) openPlaces() bool {
	key := tableKey{d.src, d.cur.Unit.AbbrevOff, d.cur.Unit.Version, d.cur.Unit.AddrSize, d.cur.Unit.Is64, true}
	pl := &d.places
	if pl.tab != key {
		pl.tab = tableKey{}
		pl.table.Places = true
		if d.src.compile(&pl.table, &pl.abbrev, d.cur.Unit) != nil {
			return false
		}
		pl.tab = key
	}
	pl.cur.Big = d.cur.Big
	pl.cur.Start(d.info.name, d.cur.Unit, d.cur.Data, &pl.table)
	return true
}

// maxMemberType is how many entries lie between a member and the name of its type, as pointers do.
const maxMemberType = 16

// memberType returns the name of the type that a reference in the open unit leads to, through pointers and the like; "" if
// it has none, is a base type, whose name the encoder may change, a function, or in another unit.
func (d *Decoder) memberType(ref die.Ref) string {
	for range maxMemberType {
		if !ref.IsOffset() || ref.Offset() < d.delta {
			return ""
		}
		a, have, v := d.places.cur.ReadAt(die.Off(ref.Offset() - d.delta))
		switch {
		case a == nil || a.Tag == die.TagBaseType || a.Tag == die.TagSubroutineType:
			return ""
		case have.Has(die.Name):
			return string(d.keyPrefix(d.keyOf(&v[die.Name]), maxTraced))
		case !have.Has(die.Type) || v[die.Type].Form != die.FormRef:
			return ""
		}
		ref = die.AtOffset(d.delta + uint32(v[die.Type].U))
	}
	return ""
}

// placeReader reads what nobody else asks of entries.
type placeReader struct {
	cur    die.Cursor
	table  die.Table
	tab    tableKey
	abbrev window
}

func (d *reader) unitName(u *unitContext) string {
	if u == nil || u.name == 0 {
		return ""
	}
	return string(d.keyPrefix(u.name, maxTraced))
}

// traceStruct records a struct or union whose record begins at w, and the references of its members at e.
func (d *Decoder) traceStruct(h *structHead, w, e int) {
	if !d.traced(h.name) {
		return
	}
	words := d.words[w:]
	def := trace.Definition{
		Name: string(d.keyPrefix(h.name, maxTraced)), Place: d.place(h.at), Union: h.kind == btf.KindUnion, Size: h.size,
	}
	types := d.refs[e:]
	if 2*len(types) != len(words)-3 || !d.openPlaces() { // made of parts, whose references are others
		types = nil
	}
	for i := 3; i+1 < len(words); i += 2 {
		m := trace.Member{Word: words[i+1]}
		if types != nil {
			m.Type = d.memberType(types[(i-3)/2])
		}
		if words[i] != 0 {
			m.Name = string(d.keyPrefix(words[i], maxTraced))
		}
		def.Members = append(def.Members, m)
	}
	if types != nil {
		d.places.cur.Stop()
	}
	d.cu.Traced.Definitions = append(d.cu.Traced.Definitions, def)
}

// instance begins the record of an instance of a function, if it is wanted.
func (d *signatures) instance(f *function, fate trace.Fate) *trace.Instance {
	if !d.traced(f.name) {
		return nil
	}
	t := &d.cu.Traced
	in := trace.Instance{
		Number: -1, Fate: fate, Name: string(d.keyPrefix(f.name, maxTraced)), Address: cmp.Or(f.addr, t.starts[f.off]),
		Clang: f.unit.clang, Inlined: f.flags&fnInlined != 0, Reordered: f.reordered,
	}
	// What has no name of its own has its place from where the name is.
	in.Place = t.places[f.off]
	switch _, own := t.places[f.off]; {
	case own:
	case f.origin != 0:
		in.Place = t.places[d.cu.funcs[f.origin-1].off]
	case f.spec != 0:
		in.Place = t.places[d.cu.funcs[f.spec-1].off]
	}
	in.Unit = d.unitName(f.unit)
	if len(d.cu.spans) == 0 {
		in.Offset = d.cu.base + uint64(f.off)
	}
	if in.Address != 0 {
		in.Section, in.Address = d.s.Relative(in.Address) // where symbols have offsets, too
		if f.entry >= 0 {
			in.Symbol = string(d.s.symbols.NameAt(f.entry, in.Address))
		}
	}
	t.Instances = append(t.Instances, in)
	return &t.Instances[len(t.Instances)-1]
}

// Relative returns what an address in a relocatable file means to people: an offset in a section. The addresses
// themselves are made up, see package reloc. Of other files, and of addresses that no section has, it is the address.
func (s *File) Relative(addr uint64) (section string, offset uint64) {
	for i, start := range s.made {
		sec := &s.file.Sections[i]
		if sec.Flags&elf.SHF_ALLOC != 0 && addr >= start && addr-start < sec.Size {
			return sec.Name, addr - start
		}
	}
	return "", addr
}

// traceFunction records how an instance was judged that is saved under a number.
func (d *signatures) traceFunction(f *function, ctx *location.Context, pars []location.Param, st *Function, number int) {
	in := d.instance(f, trace.Judged)
	if in == nil {
		return
	}
	in.Number = number
	has := func(flag funcs.Flags) bool { return st.Flags&flag != 0 }
	in.SignatureChanged, in.OptimizedSymbol = has(funcs.SignatureChanged), has(funcs.OptimizedSymbol)
	in.UncertainPlace, in.Unexpected = has(funcs.Uncertain), has(funcs.Unexpected)
	in.OptimizedParams = has(funcs.OptimizedParms)
	for k := range pars {
		p := &pars[k]
		in.Params = append(in.Params, trace.Param{
			Name:  string(d.keyPrefix(d.cu.params[f.first+uint32(k)].name, maxTraced)),
			Found: d.found(p), Expected: d.expected(ctx, p),
			Optimized: p.Optimized, Unexpected: p.Unexpected,
		})
	}
}

// traceOther records an instance that is not judged.
func (d *signatures) traceOther(f *function) {
	switch {
	case f.flags&fnDeclaration != 0:
		d.instance(f, trace.Declared)
	case !d.namedParams(f):
		d.instance(f, trace.UnnamedArgs)
	default:
		d.instance(f, trace.NoSymbol)
	}
}

// found says where a parameter is.
func (d *signatures) found(p *location.Param) string {
	where := "nowhere"
	switch {
	case p.Reg() != location.NoReg:
		where = d.s.opts.RegisterName(p.Reg())
		if n := bits.OnesCount64(p.Mask1) + bits.OnesCount64(p.Mask2); n > 1 {
			where += " and more"
		}
	case p.Flags&(location.HasConst|location.LocConst) != 0:
		where = "constant"
	case p.Flags&location.OnStack != 0:
		where = "stack"
	case p.Flags&location.HasLoc != 0:
		where = "elsewhere"
	}
	return where
}

// expected says where the calling convention puts a parameter.
func (d *signatures) expected(ctx *location.Context, p *location.Param) string {
	if p.Flags&location.InMemory != 0 {
		return "stack"
	}
	regs, known := ctx.Expected(p)
	if !known {
		return ""
	}
	if len(regs) == 0 {
		return "stack"
	}
	var names []string
	for _, r := range regs {
		names = append(names, d.s.opts.RegisterName(r))
	}
	return strings.Join(names, ", ")
}

// traceVar records what becomes of a variable.
func (d *Decoder) traceVar(v *variable, reason trace.VarReason, sec int) {
	if d.s.opts.Trace == nil {
		return
	}
	name, off := v.name, v.off
	if name == 0 && v.spec != 0 {
		name = d.cu.vars[v.spec-1].name
	}
	if !d.traced(name) {
		return
	}
	place, ok := d.cu.Traced.places[off]
	if v.spec != 0 {
		declared := d.cu.Traced.places[d.cu.vars[v.spec-1].off]
		switch {
		case !ok:
			place = declared
		case place.File == "" && place.Line == 0:
			place.File, place.Line = declared.File, declared.Line
		case place.File == "":
			place.File = declared.File
		}
	}
	tv := trace.Variable{Name: string(d.keyPrefix(name, maxTraced)), Place: place, Reason: reason, Address: v.addr}
	if sec > 0 {
		tv.Section = d.s.vars.file.Sections[sec].Name
		// The section that counts is the first one with the address, which may be another than that of the variable.
		if name, offset := d.s.Relative(v.addr); name != "" {
			tv.Section, tv.Address, tv.Relative = name, offset, true
		}
	}
	d.cu.Traced.Variables = append(d.cu.Traced.Variables, tv)
}

// traceSkippedVar records a variable that is stepped over with its entry.
func (d *Decoder) traceSkippedVar(a *die.Abbrev, top bool) {
	at := d.cur.At
	d.cur.Attrs(a)
	if name := d.key(die.Name); d.traced(name) {
		reason := trace.VarLocal
		switch {
		case d.cur.Have.Has(die.Declaration):
			reason = trace.VarDeclaration
		case top:
			reason = trace.VarNotAsked
		}
		v := trace.Variable{Name: string(d.keyPrefix(name, maxTraced)), Reason: reason}
		v.Place = d.place(at)
		d.cu.Traced.Variables = append(d.cu.Traced.Variables, v)
	}
	d.cur.SkipChildren(a)
}
