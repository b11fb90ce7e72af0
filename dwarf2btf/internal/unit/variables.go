package unit

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/dwarf2btf/trace"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// Operations that the location of a static variable consists of (DWARF 5, 7.7.1).
const (
	opAddr       = 0x03
	opPlusUconst = 0x23
	opAddrx      = 0xa1
	opGNUAddrIdx = 0xfb
)

// variable records a variable that may be emitted, or be the declaration that
// a definition refers to. Local variables are neither.
func (d *Decoder) variable(a *die.Abbrev, top bool) {
	if !d.s.wantVars || !top && !a.Have.Has(die.Declaration) {
		if d.s.opts.Trace != nil {
			d.traceSkippedVar(a, top)
			return
		}
		d.skip(a)
		return
	}
	at := d.cur.At
	d.cur.Attrs(a)
	have := d.cur.Have
	v := variable{
		off: d.delta + uint32(at), name: d.key(die.Name), refs: variableRefs{typ: d.ref(die.Type), spec: d.ref(die.Specification)},
		top: top, decl: have.Has(die.Declaration), hasSpec: have.Has(die.Specification),
		external: have.Has(die.External), artifice: have.Has(die.Artificial),
	}
	if !v.decl && have.Has(die.Location) {
		v.addr, v.global = d.staticAddress(&d.cur.V[die.Location])
	}
	if d.s.opts.Trace != nil && (v.hasSpec && d.tracing() || d.traced(v.name)) {
		d.notePlace(v.off, at)
	}
	first := len(d.cu.annots)
	d.children(a, func(k *die.Abbrev) { d.functionAnnotation(k, -1) })
	v.annot = [2]uint32{uint32(first), uint32(len(d.cu.annots))}
	d.cu.vars = append(d.cu.vars, v)
	d.record(at, targetVar, uint32(len(d.cu.vars)))
}

// staticAddress returns the address of a location that begins with one.
func (d *reader) staticAddress(v *die.Value) (uint64, bool) {
	switch v.Form {
	case die.FormExprloc:
	case die.FormBlock:
		if d.cur.Unit.Version >= 4 { // where libdw takes a block for no location
			return 0, false
		}
	default:
		d.cur.Unread(v, die.ClassExprloc, die.ClassBlock)
		return 0, false
	}
	if v.N == 0 {
		return 0, false
	}
	e := d.cur.Data[v.U : v.U+uint64(v.N)]
	var addr uint64
	switch size := int(d.cur.Unit.AddrSize); e[0] {
	case opAddr:
		if len(e) < 1+size {
			d.cur.Fail(d.cur.At, "location ends in the middle of an address")
		}
		switch size {
		case 2:
			addr = uint64(d.s.order.Uint16(e[1:]))
		case 4:
			addr = uint64(d.s.order.Uint32(e[1:]))
		default:
			addr = d.s.order.Uint64(e[1:])
		}
		e = e[1+size:]
	case opAddrx, opGNUAddrIdx:
		i, n := uleb(e[1:])
		addr = d.indexedAddress(i)
		e = e[1+n:]
	default:
		return 0, false
	}
	if len(e) > 1 && e[0] == opPlusUconst {
		if add, n := uleb(e[1:]); 1+n == len(e) {
			addr += add
		}
	}
	return addr, true
}

// uleb reads an unsigned LEB128 number and returns its length in bytes.
func uleb(b []byte) (v uint64, n int) {
	for shift := 0; n < len(b); shift += 7 {
		c := b[n]
		n++
		if shift < 64 {
			v |= uint64(c&0x7f) << shift
		}
		if c < 0x80 {
			break
		}
	}
	return v, n
}

// skippedPrefixes are names that tools make up and nobody looks for (pahole 1.32).
var skippedPrefixes = []string{"__UNIQUE_ID", "__tpstrtab_", "__exitcall_", "__gendwarfksyms_ptr_", "__func_stack_frame_non_standard_"}

// emitVars adds a VAR for each static variable in a wanted section, followed by
// its decl tags, in the order of the DIEs.
func (d *Decoder) emitVars() error {
	c := d.cu
	for i := range c.vars {
		v := &c.vars[i]
		reason, sec, err := d.judgeVar(v)
		if d.s.opts.Trace != nil {
			d.traceVar(v, reason, sec)
		}
		switch {
		case err != nil:
			return err
		case reason == trace.VarEncoded:
			offset := v.addr - d.s.vars.addrs[sec]
			v = d.declaredVar(v)
			size, _ := d.typeSize(v.typ)
			d.addVar(v, sec, uint32(offset), uint32(size))
		case reason == trace.VarVoid && !d.s.opts.Features.Has(features.EncodeForce):
			for i++; d.s.opts.Trace != nil && i < len(c.vars); i++ {
				d.traceVar(&c.vars[i], trace.VarUnitVoid, 0)
			}
			return nil // pahole 1.32 leaves out the other variables of the CU, too
		}
	}
	return nil
}

// declaredVar returns what has name, type, linkage and tags of a variable: itself, or its declaration.
func (d *Decoder) declaredVar(v *variable) *variable {
	if v.hasSpec && v.spec != 0 {
		return &d.cu.vars[v.spec-1]
	}
	return v
}

// judgeVar decides whether a variable gets a VAR, and why not. sec is the section with its address, as far as that
// was looked for.
func (d *Decoder) judgeVar(v *variable) (reason trace.VarReason, sec int, err error) {
	switch {
	case !v.top:
		return trace.VarDeclaration, 0, nil
	case v.artifice:
		return trace.VarArtificial, 0, nil
	case v.decl && v.spec == 0:
		return trace.VarDeclaration, 0, nil
	case !v.global:
		return trace.VarNoAddress, 0, nil
	}
	if sec = d.s.vars.at(v.addr); sec == 0 {
		return trace.VarNoSection, 0, nil
	}
	if !d.s.vars.wanted[sec] {
		return trace.VarSection, sec, nil
	}
	offset := v.addr - d.s.vars.addrs[sec]
	if v = d.declaredVar(v); v.name == 0 {
		return trace.VarInvalidName, sec, nil
	}
	// Names of many variables may overlap in their section: no more of them is read
	// than what may be valid or a symbol.
	name := d.keyPrefix(v.name, max(maxVarName, d.s.symbols.LongestObject()))
	switch {
	case hasSkippedPrefix(name):
		return trace.VarName, sec, nil
	case offset == 0 && !d.s.symbols.HasObject(name, uint32(sec)):
		return trace.VarNoSymbol, sec, nil
	}
	force := d.s.opts.Features.Has(features.EncodeForce)
	switch {
	case validName(name):
	case force || d.s.opts.BestEffort:
		return trace.VarInvalidName, sec, nil
	default:
		return trace.VarInvalidName, sec, fmt.Errorf("variable %.256q: invalid name (encode_force leaves such variables out)", name)
	}
	if v.typ == 0 {
		d.warn(fmt.Sprintf("variable %q has type void", name))
		return trace.VarVoid, sec, nil
	}
	switch size, known := d.typeSize(v.typ); {
	case !known || size == 0 || size > 1<<32-1:
		return trace.VarSize, sec, nil
	case offset > 1<<32-1:
		return trace.VarBehind, sec, nil
	}
	return trace.VarEncoded, sec, nil
}

func hasSkippedPrefix(name []byte) bool {
	for _, p := range skippedPrefixes {
		if len(name) >= len(p) && string(name[:len(p)]) == p {
			return true
		}
	}
	return false
}

// maxVarName is the longest valid name of a variable, in bytes.
const maxVarName = 128

// validName is pahole 1.32's test of variable names: a C identifier that may
// contain dots, of at most 128 bytes.
func validName(name []byte) bool {
	if len(name) == 0 || len(name) > maxVarName {
		return false
	}
	for i, c := range name {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '.'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// addVar emits a VAR and its decl tags and queues it for its section.
func (d *Decoder) addVar(v *variable, sec int, offset, size uint32) {
	linkage := uint32(0)
	if v.external {
		linkage = 1
	}
	w := len(d.words)
	d.words = append(d.words, v.name, btf.Info(btf.KindVar, 0, false), 0, linkage)
	num := d.addResolved(w, typegraph.Local(v.typ))
	d.cu.Vars = append(d.cu.Vars, VarSecinfo{Section: sec, Num: num, Offset: offset, Size: size})
	for _, a := range d.cu.annots[v.annot[0]:v.annot[1]] {
		d.emitDeclTag(a.value, num, a.component)
	}
}

// emitDeclTag emits a DECL_TAG of a type or variable of this CU.
func (d *Decoder) emitDeclTag(value nameKey, target uint32, component int32) uint32 {
	w := len(d.words)
	d.words = append(d.words, value, btf.Info(btf.KindDeclTag, 0, false), 0, uint32(component))
	return d.addResolved(w, typegraph.Local(target))
}
