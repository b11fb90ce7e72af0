package typegraph

import (
	"math/rand/v2"
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// The generators below make streams of compile units for comparisons of the two
// modes with each other and with libbpf. Name identities are small numbers.

// unitBuilder collects the types of one unit.
type unitBuilder struct {
	words [][]uint32
	refs  [][]uint32
}

func (b *unitBuilder) len() uint32 { return uint32(len(b.words)) }

// add appends a type and returns its local number. The references are those of a Ref
// as plain numbers.
func (b *unitBuilder) add(words []uint32, refs ...uint32) uint32 {
	b.words = append(b.words, words)
	b.refs = append(b.refs, refs)
	return b.len()
}

func (b *unitBuilder) unit(s *Shapes) *Unit {
	u := &Unit{Start: []uint32{0}}
	for i, w := range b.words {
		u.Shapes = append(u.Shapes, s.Intern(w))
		for _, r := range b.refs[i] {
			u.Edges = append(u.Edges, Ref(r))
		}
		u.Start = append(u.Start, uint32(len(u.Edges)))
	}
	return u
}

// swap exchanges two types and keeps all references right.
func (b *unitBuilder) swap(i, j uint32) {
	if i == j {
		return
	}
	b.words[i-1], b.words[j-1] = b.words[j-1], b.words[i-1]
	b.refs[i-1], b.refs[j-1] = b.refs[j-1], b.refs[i-1]
	for _, refs := range b.refs {
		for k, e := range refs {
			switch e {
			case i:
				refs[k] = j
			case j:
				refs[k] = i
			}
		}
	}
}

func head(name uint32, kind btf.Kind, vlen int, kflag bool, size uint32, tail ...uint32) []uint32 {
	return append([]uint32{name, btf.Info(kind, vlen, kflag), size}, tail...)
}

// A program is a made-up set of C declarations that units use parts of.
type program struct {
	rng      *rand.Rand
	structs  []structDef
	typedefs []expr // targets
	nEnums   int
	opts     programOptions
}

// programOptions says how far a program departs from well-behaved C.
type programOptions struct {
	structs  int
	versions float64 // chance that a struct has two definitions, of which a unit uses one
	dups     float64 // chance that a type is emitted again where it is used
	full     float64 // chance that a struct used by pointer only is defined
	enumFwd  float64 // chance that an enum is only declared
	badEnums bool    // declared enums may have several definitions
	shuffle  float64 // chance that a unit's types are shuffled
	tags     bool    // FUNC, VAR, DATASEC, DECL_TAG at the end of each unit
}

type structDef struct {
	kind     btf.Kind
	name     uint32
	versions [][]expr
}

// expr is a type as written in a declaration.
type expr struct {
	op   btf.Kind // KindVoid: void
	n    uint32   // length, name, index of the struct, ...
	args []expr
}

func newProgram(rng *rand.Rand, opts programOptions) *program {
	p := &program{rng: rng, opts: opts, nEnums: 4}
	for range 6 {
		p.typedefs = append(p.typedefs, p.expr(3, 0))
	}
	for i := range opts.structs {
		d := structDef{kind: btf.KindStruct, name: uint32(100 + i)}
		if rng.IntN(5) == 0 {
			d.kind = btf.KindUnion
		}
		var members []expr
		for range rng.IntN(5) {
			members = append(members, p.expr(3, i))
		}
		d.versions = append(d.versions, members)
		if rng.Float64() < opts.versions {
			other := slices.Clone(members)
			if len(other) > 0 && rng.IntN(2) == 0 { // same shape
				other[rng.IntN(len(other))] = p.expr(3, i)
			} else {
				other = append(other, p.expr(3, i))
			}
			d.versions = append(d.versions, other)
		}
		p.structs = append(p.structs, d)
	}
	return p
}

// expr makes up a type. Structs by value are below limit, so that none holds
// itself.
func (p *program) expr(depth, limit int) expr {
	r := p.rng
	if depth == 0 {
		return expr{op: btf.KindInt, n: uint32(r.IntN(4))}
	}
	switch r.IntN(14) {
	case 0, 1, 2:
		if len(p.structs) > 0 || p.opts.structs > 0 {
			return expr{op: btf.KindPtr, args: []expr{{op: btf.KindFwd, n: uint32(r.IntN(p.opts.structs))}}}
		}
	case 3:
		if limit > 0 {
			return expr{op: btf.KindStruct, n: uint32(r.IntN(limit))}
		}
	case 4:
		return expr{op: btf.KindPtr, args: []expr{p.expr(depth-1, limit)}}
	case 5:
		return expr{op: btf.KindPtr, args: []expr{{op: btf.KindConst, args: []expr{p.expr(depth-1, limit)}}}}
	case 6:
		return expr{op: btf.KindArray, n: uint32(r.IntN(3)), args: []expr{p.expr(depth-1, limit)}}
	case 7:
		if len(p.typedefs) > 0 {
			n := r.IntN(len(p.typedefs))
			return expr{op: btf.KindTypedef, n: uint32(n), args: p.typedefs[n : n+1]}
		}
	case 8:
		return expr{op: btf.KindEnum, n: uint32(r.IntN(p.nEnums))}
	case 9: // unnamed union
		e := expr{op: btf.KindUnion}
		for range 1 + r.IntN(2) {
			e.args = append(e.args, p.expr(depth-1, limit))
		}
		return e
	case 10:
		e := expr{op: btf.KindPtr, args: []expr{{op: btf.KindFuncProto}}}
		for range 1 + r.IntN(3) {
			e.args[0].args = append(e.args[0].args, p.expr(depth-1, 0))
		}
		return e
	case 11:
		return expr{op: btf.KindPtr, args: []expr{{op: btf.KindVoid}}}
	}
	return expr{op: btf.KindInt, n: uint32(r.IntN(4))}
}

// unitEmitter writes the types of one unit. Each type is emitted once, save for
// the chance of opts.dups.
type unitEmitter struct {
	*program
	b       unitBuilder
	version []int // by struct: definition used in this unit
	full    []bool
	structs map[uint32]uint32
	fwds    map[uint32]uint32
	seen    map[string]uint32
	enums   map[uint32]uint32
}

func (p *program) unit() *unitBuilder {
	r := p.rng
	u := &unitEmitter{program: p, structs: map[uint32]uint32{}, fwds: map[uint32]uint32{}, seen: map[string]uint32{}, enums: map[uint32]uint32{}}
	for i := range p.structs {
		u.version = append(u.version, r.IntN(len(p.structs[i].versions)))
		u.full = append(u.full, r.Float64() < p.opts.full)
	}
	for range 1 + r.IntN(4) {
		u.emit(expr{op: btf.KindStruct, n: uint32(r.IntN(len(p.structs)))})
	}
	for range r.IntN(3) {
		u.emit(p.expr(3, len(p.structs)))
	}
	if p.opts.tags {
		u.tags()
	}
	if r.Float64() < p.opts.shuffle {
		for i := u.b.len(); i > 1; i-- {
			u.b.swap(i, 1+uint32(r.IntN(int(i))))
		}
	}
	return &u.b
}

// key identifies a type within the unit.
func (u *unitEmitter) key(e expr) string {
	s := string(rune('a'+int(e.op))) + string(rune('0'+int(e.n)))
	for _, a := range e.args {
		s += "(" + u.key(a) + ")"
	}
	return s
}

func (u *unitEmitter) emit(e expr) uint32 {
	switch e.op {
	case btf.KindVoid:
		return 0
	case btf.KindFwd: // by pointer: the definition, if the unit has it
		if id := u.structs[e.n]; id != 0 {
			return id
		}
		if u.full[e.n] {
			return u.emitStruct(e.n)
		}
		if id := u.fwds[e.n]; id != 0 {
			return id
		}
		d := &u.program.structs[e.n]
		id := u.b.add(head(d.name, btf.KindFwd, 0, d.kind == btf.KindUnion, 0))
		u.fwds[e.n] = id
		return id
	case btf.KindStruct:
		if id := u.structs[e.n]; id != 0 && u.rng.Float64() >= u.opts.dups/4 {
			return id
		}
		return u.emitStruct(e.n)
	case btf.KindEnum:
		if id := u.enums[e.n]; id != 0 {
			return id
		}
		id := u.emitEnum(e.n)
		u.enums[e.n] = id
		return id
	}
	key := u.key(e)
	if id := u.seen[key]; id != 0 && u.rng.Float64() >= u.opts.dups {
		return id
	}
	var id uint32
	switch e.op {
	case btf.KindInt:
		id = u.b.add(head(1+e.n, btf.KindInt, 0, false, 1<<e.n, 8<<e.n))
	case btf.KindPtr, btf.KindConst:
		id = u.b.add(head(0, e.op, 0, false, 0), 0)
		u.seen[key] = id // a struct may lead back here
		u.b.refs[id-1][0] = u.emit(e.args[0])
	case btf.KindTypedef:
		id = u.b.add(head(10+e.n, e.op, 0, false, 0), 0)
		u.seen[key] = id
		u.b.refs[id-1][0] = u.emit(e.args[0])
	case btf.KindArray:
		elem := u.emit(e.args[0])
		index := u.emit(expr{op: btf.KindInt, n: 2})
		id = u.b.add(head(0, e.op, 0, false, 0, e.n), elem, index)
	case btf.KindUnion:
		id = u.emitMembers(0, btf.KindUnion, e.args)
	case btf.KindFuncProto:
		words := head(0, e.op, len(e.args)-1, false, 0)
		var refs []uint32
		for i, a := range e.args {
			refs = append(refs, u.emit(a))
			if i > 0 {
				words = append(words, 0)
			}
		}
		id = u.b.add(words, refs...)
	}
	u.seen[key] = id
	return id
}

func (u *unitEmitter) emitStruct(n uint32) uint32 {
	d := &u.program.structs[n]
	members := d.versions[u.version[n]]
	words := head(d.name, d.kind, len(members), false, uint32(8*len(members)))
	for i := range members {
		words = append(words, uint32(20+i), uint32(64*i))
	}
	refs := make([]uint32, len(members))
	id := u.fwds[n]
	if id != 0 && u.structs[n] == 0 { // no unit has both
		u.b.words[id-1], u.b.refs[id-1] = words, refs
	} else {
		id = u.b.add(words, refs...)
	}
	if u.structs[n] == 0 {
		u.structs[n] = id
	}
	for i, m := range members {
		refs[i] = u.emit(m)
	}
	return id
}

func (u *unitEmitter) emitMembers(name uint32, kind btf.Kind, members []expr) uint32 {
	words := head(name, kind, len(members), false, 8)
	for i := range members {
		words = append(words, uint32(30+i), 0)
	}
	id := u.b.add(words, make([]uint32, len(members))...)
	for i, m := range members {
		ref := u.emit(m)
		u.b.refs[id-1][i] = ref
	}
	return id
}

func (u *unitEmitter) emitEnum(n uint32) uint32 {
	if u.rng.Float64() < u.opts.enumFwd {
		return u.b.add(head(50+n, btf.KindEnum, 0, false, 4))
	}
	last := uint32(1)
	if u.opts.badEnums {
		last += uint32(u.rng.IntN(2))
	}
	if n == 3 {
		return u.b.add(head(50+n, btf.KindEnum64, 1, false, 8, 60, last, 1))
	}
	return u.b.add(head(50+n, btf.KindEnum, 2, false, 4, 60, 0, 61, last))
}

// tags adds the kinds that come behind the types of a unit.
func (u *unitEmitter) tags() {
	proto := u.emit(expr{op: btf.KindFuncProto, args: []expr{u.expr(2, 0), u.expr(2, 0)}})
	fn := u.b.add(head(uint32(70+u.rng.IntN(3)), btf.KindFunc, u.rng.IntN(2), false, 0), proto)
	u.b.add(head(80, btf.KindDeclTag, 0, false, 0, 1<<32-1), fn)
	u.b.add(head(81, btf.KindDeclTag, 0, false, 0, 0), fn)
	v := u.b.add(head(82, btf.KindVar, 0, false, 0, 1), u.emit(u.expr(2, len(u.program.structs))))
	u.b.add(head(83, btf.KindDatasec, 1, false, 8, 0, 8), v)
	u.b.add(head(84, btf.KindTypeTag, 0, false, 0), u.emit(u.expr(1, 0)))
}

// randomUnit makes a unit without any sense: few names, references anywhere.
func randomUnit(rng *rand.Rand, n int) *unitBuilder {
	b := new(unitBuilder)
	kinds := make([]btf.Kind, n+1)
	var protos, usable []uint32 // usable: kinds that may be referred to from structs
	for i := range n {
		kinds[i+1] = randomKinds[rng.IntN(len(randomKinds))]
		switch kinds[i+1] {
		case btf.KindVar, btf.KindDatasec, btf.KindDeclTag:
			continue
		case btf.KindFuncProto:
			protos = append(protos, uint32(i+1))
		}
		usable = append(usable, uint32(i+1))
	}
	ref := func() uint32 {
		switch {
		case rng.IntN(200) == 0:
			return uint32(rng.IntN(n + 1))
		case len(usable) == 0 || rng.IntN(10) == 0:
			return 0
		}
		return usable[rng.IntN(len(usable))]
	}
	name := func() uint32 { return uint32(1 + rng.IntN(3)) }
	maybe := func() uint32 { return uint32(rng.IntN(3)) }
	for i, kind := range kinds[1:] {
		switch kind {
		case btf.KindInt:
			b.add(head(name(), kind, 0, false, 4, uint32(32+rng.IntN(2))))
		case btf.KindFloat:
			b.add(head(name(), kind, 0, false, 4))
		case btf.KindFwd:
			nm := name()
			if rng.IntN(30) == 0 {
				nm = 0
			}
			b.add(head(nm, kind, 0, rng.IntN(3) == 0, 0))
		case btf.KindEnum, btf.KindEnum64:
			size := uint32(4 + 4*rng.IntN(2))
			switch {
			case rng.IntN(4) == 0:
				b.add(head(maybe(), kind, 0, false, size))
			case kind == btf.KindEnum:
				b.add(head(maybe(), kind, 1, rng.IntN(8) == 0, 4, 9, uint32(rng.IntN(3))))
			default:
				b.add(head(maybe(), kind, 1, false, 8, 9, uint32(rng.IntN(2)), 0))
			}
		case btf.KindArray:
			b.add(head(0, kind, 0, false, 0, uint32(rng.IntN(2))), ref(), ref())
		case btf.KindFuncProto:
			words, refs := head(0, kind, rng.IntN(3), false, 0), []uint32{ref()}
			for range btf.VlenOf(words[1]) {
				words, refs = append(words, maybe()), append(refs, ref())
			}
			b.add(words, refs...)
		case btf.KindFunc:
			if len(protos) == 0 {
				b.add(head(0, btf.KindPtr, 0, false, 0), ref())
				break
			}
			b.add(head(name(), kind, rng.IntN(2), false, 0), protos[rng.IntN(len(protos))])
		case btf.KindVar:
			b.add(head(name(), kind, 0, false, 0, 1), ref())
		case btf.KindDatasec:
			b.add(head(name(), kind, 1, false, 8, 0, 8), ref())
		case btf.KindDeclTag:
			b.add(head(name(), kind, 0, rng.IntN(4) == 0, 0, uint32(rng.IntN(2))), uint32(rng.IntN(n+1)))
		case btf.KindTypedef, btf.KindTypeTag:
			b.add(head(name(), kind, 0, false, 0), ref())
		case btf.KindStruct, btf.KindUnion:
			m := rng.IntN(4)
			nm := maybe()
			if i%2 == 0 { // many of one shape
				m, nm = 1, 0
			}
			words := head(nm, kind, m, rng.IntN(10) == 0, uint32(8*m))
			var refs []uint32
			for i := range m {
				words = append(words, uint32(i+1), uint32(64*i))
				refs = append(refs, ref())
			}
			b.add(words, refs...)
		default:
			b.add(head(0, kind, 0, false, 0), ref())
		}
	}
	return b
}

var randomKinds = []btf.Kind{
	btf.KindInt, btf.KindInt, btf.KindFloat, btf.KindFwd, btf.KindFwd, btf.KindEnum, btf.KindEnum, btf.KindEnum64,
	btf.KindPtr, btf.KindPtr, btf.KindPtr, btf.KindPtr, btf.KindArray, btf.KindArray, btf.KindTypedef, btf.KindTypedef,
	btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindTypeTag, btf.KindFuncProto, btf.KindFuncProto, btf.KindFunc,
	btf.KindStruct, btf.KindStruct, btf.KindStruct, btf.KindStruct, btf.KindStruct, btf.KindUnion, btf.KindUnion,
	btf.KindVar, btf.KindDatasec, btf.KindDeclTag,
}
