package unit

import (
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/funcs"
	"github.com/gopahole/gopahole/dwarf2btf/internal/location"
	"github.com/gopahole/gopahole/dwarf2btf/internal/names"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// Inlined is what a CU says of functions that were inlined.
type Inlined struct {
	Funcs  []InlinedFunc
	Params []funcs.Param     // of Funcs; types are type numbers
	Sites  []Site            // in the order of the entries
	Locs   []typegraph.Shape // of Sites: a LOC_PARAM for each parameter, or 0
	Calls  []Call            // of Sites, if they are wanted
}

// InlinedFunc is a function that was inlined. Its parameters are Inlined.Params[First:Last].
type InlinedFunc struct {
	Name        names.ID
	Ret         uint32 // type number
	First, Last uint32
}

// Site is a place where a function was inlined.
type Site struct {
	Section int    // of the input
	Offset  uint32 // in it, in bytes
	Func    uint32 // index in Inlined.Funcs
	First   uint32 // its locations are Inlined.Locs from here on
}

// Call is where the source calls a function that was inlined.
type Call struct {
	File string
	Line uint64
}

func (n *Inlined) reset() {
	*n = Inlined{n.Funcs[:0], n.Params[:0], n.Sites[:0], n.Locs[:0], n.Calls[:0]}
}

// maxLocSize is the size in bytes of the largest value that a LOC_PARAM locates (linux/btf.h).
const maxLocSize = 16

// resolveInlined resolves the references within one unit of the subroutines from index first
// on, and of their parameters.
func (r *resolver) resolveInlined(c *CU, first int) {
	for i := first; i < len(c.inlined); i++ {
		s := &c.inlined[i]
		if !r.inside(s.off) {
			continue
		}
		r.resolve(&s.origin, &s.fn, targetFunc, &c.cross)
		for k := s.first; k < s.last; k++ {
			p := &c.inlinedParams[k]
			r.resolve(&p.origin, &p.param, targetParam, &c.cross)
		}
	}
}

// saveInlined saves the sites whose function is a named one with a prototype that BTF can say,
// and the functions that they are of.
func (d *Decoder) saveInlined() {
	c := d.cu
	if len(c.inlined) == 0 {
		return
	}
	d.inl.listed = 0
	number := append(d.inl.numbers[:0], make([]int32, len(c.funcs)+1)...) // by index + 1
	d.inl.numbers = number
	for i := range c.inlined {
		s := &c.inlined[i]
		if s.fn == 0 {
			continue
		}
		n := number[s.fn] - 1
		if n == unseen {
			n = d.saveInlinedFunc(&c.funcs[s.fn-1])
			number[s.fn] = n + 1
		}
		section, offset, ok := d.s.code.at(s.addr)
		if n == noFunc || !ok {
			continue
		}
		in := &c.Inlined
		in.Sites = append(in.Sites, Site{Section: section, Offset: offset, Func: uint32(n), First: uint32(len(in.Locs))})
		d.saveLocations(s, &in.Funcs[n])
		if want := d.s.opts.WantsCall; want != nil {
			call := Call{}
			if want(d.s.names.Bytes(in.Funcs[n].Name)) {
				call = d.call(s)
			}
			in.Calls = append(in.Calls, call)
		}
	}
}

// What stands in the place of the number of a function.
const (
	unseen = -1 - iota // it was not looked at
	noFunc             // it is not kept
)

// saveInlinedFunc saves a function and returns its number, or noFunc: kernels want names of all
// parameters, and nobody looks for what macros made.
func (d *Decoder) saveInlinedFunc(f *function) int32 {
	c := d.cu
	if f.name == 0 || !d.namedParams(f) || !funcName(d.keyPrefix(f.name, maxFuncName+1)) {
		return noFunc
	}
	in := &c.Inlined
	fn := InlinedFunc{Name: d.id(f.name), Ret: f.typ, First: uint32(len(in.Params))}
	for i := f.first; i < f.last; i++ {
		p := &c.params[i]
		in.Params = append(in.Params, funcs.Param{Name: d.id(p.name), Type: p.cur})
	}
	if f.flags&fnVararg != 0 {
		in.Params = append(in.Params, funcs.Param{})
	}
	fn.Last = uint32(len(in.Params))
	in.Funcs = append(in.Funcs, fn)
	return int32(len(in.Funcs) - 1)
}

// saveLocations saves the locations of a site: one for each parameter of its function.
func (d *Decoder) saveLocations(s *inlined, fn *InlinedFunc) {
	c := d.cu
	in := &c.Inlined
	f := &c.funcs[s.fn-1]
	at := len(in.Locs)
	for range fn.Last - fn.First {
		in.Locs = append(in.Locs, 0)
	}
	for _, p := range c.inlinedParams[s.first:s.last] {
		i := p.param - 1 - f.first
		if p.param == 0 || p.param-1 < f.first || p.param-1 >= f.last || in.Locs[at+int(i)] != 0 {
			continue
		}
		size, _ := d.typeSize(in.Params[fn.First+i].Type)
		in.Locs[at+int(i)] = d.locParamOf(p.value, size)
	}
}

// knownLocParam is the LOC_PARAM of a value of size bytes.
type knownLocParam struct {
	value location.Value
	size  uint64
	shape typegraph.Shape
}

const logKnown = 10

// locParamOf is locParam with a look at what was asked before: there are some ten thousand
// different answers in a kernel, and a hundred times as many questions.
func (d *Decoder) locParamOf(v location.Value, size uint64) typegraph.Shape {
	if v.Kind == location.Unknown {
		return 0
	}
	if d.inl.known == nil {
		d.inl.known = make([]knownLocParam, 1<<logKnown)
	}
	h := (v.Number ^ uint64(v.Reg)<<7 ^ uint64(v.Kind)<<13 ^ size<<17) * 0x9e3779b97f4a7c15 >> (64 - logKnown)
	e := &d.inl.known[h]
	if e.value != v || e.size != size {
		*e = knownLocParam{v, size, d.locParam(v, size)}
	}
	return e.shape
}

// locParam returns the LOC_PARAM of a value of size bytes, 0 if it has none: spec of the format
// in linux/btf.h, and what kernels check of it.
func (d *Decoder) locParam(v location.Value, size uint64) typegraph.Shape {
	if v.Kind == location.Unknown || size == 0 || size > maxLocSize {
		return 0
	}
	var flags btf.LocFlags
	var values [3]uint32
	n := 0
	switch v.Kind {
	case location.Constant:
		if size > 8 {
			return 0
		}
		number := truncate(v.Number, size, v.Negative)
		flags = btf.LocConst
		if v.Negative && int64(number) < 0 {
			flags |= btf.LocSigned
		}
		values[0], values[1], n = uint32(number), uint32(number>>32), 2
		if size <= 4 {
			n = 1
		}
	case location.Address:
		// An address is relative to where the code begins. That of an object is not known before
		// it is loaded.
		if !d.s.code.linked || v.Number < d.s.code.text || d.s.code.text == 0 || size > 8 {
			return 0
		}
		rel := v.Number - d.s.code.text
		flags, values[0], values[1], n = btf.LocConst|btf.LocAddr, uint32(rel), uint32(rel>>32), 2
	case location.Register:
		flags, values[0], n = btf.LocReg, v.Reg, 1
	case location.RegisterPlus:
		n = offsetValues(&values, v, &flags)
		flags |= btf.LocReg | btf.LocOffset
	case location.Memory:
		if v.Number == 0 {
			flags, values[0], n = btf.LocReg|btf.LocDeref, v.Reg, 1
			break
		}
		n = offsetValues(&values, v, &flags)
		flags |= btf.LocReg | btf.LocDeref | btf.LocOffset
	}
	words := append(d.inl.words[:0], 0, btf.Info(btf.KindLocParam, n, false), uint32(size), uint32(flags))
	words = append(words, values[:n]...)
	d.inl.words = words
	return d.s.shapes.Intern(words)
}

// offsetValues stores a register and an offset from it and returns how many values they are.
func offsetValues(values *[3]uint32, v location.Value, flags *btf.LocFlags) int {
	off := int64(v.Number)
	if off < 0 {
		*flags |= btf.LocSigned
	}
	values[0], values[1], values[2] = v.Reg, uint32(off), uint32(off>>32)
	if off == int64(int32(off)) && off < 0 || off >= 0 && off == int64(uint32(off)) {
		return 2
	}
	return 3
}

// truncate returns the lowest size bytes of a number; of a negative one, with its sign.
func truncate(n, size uint64, negative bool) uint64 {
	shift := 64 - 8*min(size, 8)
	if negative {
		return uint64(int64(n<<shift) >> shift)
	}
	return n << shift >> shift
}

// call returns where the source has the call of an inlined function.
func (d *Decoder) call(s *inlined) Call {
	return Call{File: d.fileName(s.unit, s.callFile), Line: s.callLine}
}

// maxFuncName is the longest name of a function that kernels accept, in bytes.
const maxFuncName = 512

// funcName tells whether a function of this name is kept: whether a kernel that knows sites
// accepts it. Before these kernels, only names of C were.
func funcName(name []byte) bool {
	if len(name) == 0 || len(name) > maxFuncName || hasSkippedPrefix(name) {
		return false
	}
	for _, c := range name {
		if c < 0x20 || c >= 0x7f && c < 0xa0 {
			return false
		}
	}
	return true
}
