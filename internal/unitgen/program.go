package unitgen

import (
	"math/rand/v2"
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// A Program is a made-up set of C declarations that units use parts of.
type Program struct {
	rng      *rand.Rand
	structs  []structDef
	typedefs []expr // targets
	nEnums   int
	opts     ProgramOptions
}

// ProgramOptions says how far a Program departs from well-behaved C.
type ProgramOptions struct {
	Structs  int
	Versions float64 // chance that a struct has two definitions, of which a unit uses one
	Dups     float64 // chance that a type is emitted again where it is used
	Full     float64 // chance that a struct used by pointer only is defined
	EnumFwd  float64 // chance that an enum is only declared
	BadEnums bool    // declared enums may have several definitions
	Shuffle  float64 // chance that a unit's types are shuffled
	Tags     bool    // FUNC, VAR, DATASEC, DECL_TAG at the end of each unit
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

// NewProgram makes up a program.
func NewProgram(rng *rand.Rand, opts ProgramOptions) *Program {
	p := &Program{rng: rng, opts: opts, nEnums: 4}
	for range 6 {
		p.typedefs = append(p.typedefs, p.expr(3, 0))
	}
	for i := range opts.Structs {
		d := structDef{kind: btf.KindStruct, name: uint32(100 + i)}
		if rng.IntN(5) == 0 {
			d.kind = btf.KindUnion
		}
		var members []expr
		for range rng.IntN(5) {
			members = append(members, p.expr(3, i))
		}
		d.versions = append(d.versions, members)
		if rng.Float64() < opts.Versions {
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
func (p *Program) expr(depth, limit int) expr {
	r := p.rng
	if depth == 0 {
		return expr{op: btf.KindInt, n: uint32(r.IntN(4))}
	}
	switch r.IntN(14) {
	case 0, 1, 2:
		if len(p.structs) > 0 || p.opts.Structs > 0 {
			return expr{op: btf.KindPtr, args: []expr{{op: btf.KindFwd, n: uint32(r.IntN(p.opts.Structs))}}}
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
// the chance of opts.Dups.
type unitEmitter struct {
	*Program
	b       Unit
	version []int // by struct: definition used in this unit
	full    []bool
	structs map[uint32]uint32
	fwds    map[uint32]uint32
	seen    map[string]uint32
	enums   map[uint32]uint32
}

// Unit makes a unit with some of the declarations.
func (p *Program) Unit() *Unit {
	r := p.rng
	u := &unitEmitter{Program: p, structs: map[uint32]uint32{}, fwds: map[uint32]uint32{}, seen: map[string]uint32{}, enums: map[uint32]uint32{}}
	for i := range p.structs {
		u.version = append(u.version, r.IntN(len(p.structs[i].versions)))
		u.full = append(u.full, r.Float64() < p.opts.Full)
	}
	for range 1 + r.IntN(4) {
		u.emit(expr{op: btf.KindStruct, n: uint32(r.IntN(len(p.structs)))})
	}
	for range r.IntN(3) {
		u.emit(p.expr(3, len(p.structs)))
	}
	if p.opts.Tags {
		u.tags()
	}
	if r.Float64() < p.opts.Shuffle {
		for i := u.b.Len(); i > 1; i-- {
			u.b.Swap(i, 1+uint32(r.IntN(int(i))))
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
		d := &u.Program.structs[e.n]
		id := u.b.Add(Head(d.name, btf.KindFwd, 0, d.kind == btf.KindUnion, 0))
		u.fwds[e.n] = id
		return id
	case btf.KindStruct:
		if id := u.structs[e.n]; id != 0 && u.rng.Float64() >= u.opts.Dups/4 {
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
	if id := u.seen[key]; id != 0 && u.rng.Float64() >= u.opts.Dups {
		return id
	}
	var id uint32
	switch e.op {
	case btf.KindInt:
		id = u.b.Add(Head(1+e.n, btf.KindInt, 0, false, 1<<e.n, 8<<e.n))
	case btf.KindPtr, btf.KindConst:
		id = u.b.Add(Head(0, e.op, 0, false, 0), 0)
		u.seen[key] = id // a struct may lead back here
		u.b.Refs[id-1][0] = u.emit(e.args[0])
	case btf.KindTypedef:
		id = u.b.Add(Head(10+e.n, e.op, 0, false, 0), 0)
		u.seen[key] = id
		u.b.Refs[id-1][0] = u.emit(e.args[0])
	case btf.KindArray:
		elem := u.emit(e.args[0])
		index := u.emit(expr{op: btf.KindInt, n: 2})
		id = u.b.Add(Head(0, e.op, 0, false, 0, e.n), elem, index)
	case btf.KindUnion:
		id = u.emitMembers(0, btf.KindUnion, e.args)
	case btf.KindFuncProto:
		words := Head(0, e.op, len(e.args)-1, false, 0)
		var refs []uint32
		for i, a := range e.args {
			refs = append(refs, u.emit(a))
			if i > 0 {
				words = append(words, 0)
			}
		}
		id = u.b.Add(words, refs...)
	}
	u.seen[key] = id
	return id
}

func (u *unitEmitter) emitStruct(n uint32) uint32 {
	d := &u.Program.structs[n]
	members := d.versions[u.version[n]]
	words := Head(d.name, d.kind, len(members), false, uint32(8*len(members)))
	for i := range members {
		words = append(words, uint32(20+i), uint32(64*i))
	}
	refs := make([]uint32, len(members))
	id := u.fwds[n]
	if id != 0 && u.structs[n] == 0 { // no unit has both
		u.b.Words[id-1], u.b.Refs[id-1] = words, refs
	} else {
		id = u.b.Add(words, refs...)
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
	words := Head(name, kind, len(members), false, 8)
	for i := range members {
		words = append(words, uint32(30+i), 0)
	}
	id := u.b.Add(words, make([]uint32, len(members))...)
	for i, m := range members {
		ref := u.emit(m)
		u.b.Refs[id-1][i] = ref
	}
	return id
}

func (u *unitEmitter) emitEnum(n uint32) uint32 {
	if u.rng.Float64() < u.opts.EnumFwd {
		return u.b.Add(Head(50+n, btf.KindEnum, 0, false, 4))
	}
	last := uint32(1)
	if u.opts.BadEnums {
		last += uint32(u.rng.IntN(2))
	}
	if n == 3 {
		return u.b.Add(Head(50+n, btf.KindEnum64, 1, false, 8, 60, last, 1))
	}
	return u.b.Add(Head(50+n, btf.KindEnum, 2, false, 4, 60, 0, 61, last))
}

// tags adds the kinds that come after the types of a unit.
func (u *unitEmitter) tags() {
	proto := u.emit(expr{op: btf.KindFuncProto, args: []expr{u.expr(2, 0), u.expr(2, 0)}})
	fn := u.b.Add(Head(uint32(70+u.rng.IntN(3)), btf.KindFunc, u.rng.IntN(2), false, 0), proto)
	u.b.Add(Head(80, btf.KindDeclTag, 0, false, 0, 1<<32-1), fn)
	u.b.Add(Head(81, btf.KindDeclTag, 0, false, 0, 0), fn)
	v := u.b.Add(Head(82, btf.KindVar, 0, false, 0, 1), u.emit(u.expr(2, len(u.Program.structs))))
	u.b.Add(Head(83, btf.KindDatasec, 1, false, 8, 0, 8), v)
	u.b.Add(Head(84, btf.KindTypeTag, 0, false, 0), u.emit(u.expr(1, 0)))
}

// Programs are options for programs of several kinds.
var Programs = []struct {
	Name  string
	Opts  ProgramOptions
	Fires bool // units may be such that they cannot be merged one by one
}{
	{"plain", ProgramOptions{Structs: 12, Full: 0.5}, false},
	{"small", ProgramOptions{Structs: 3, Full: 0.5}, false},
	{"duplicates", ProgramOptions{Structs: 12, Full: 0.5, Dups: 0.1}, true},
	{"many duplicates", ProgramOptions{Structs: 6, Full: 0.7, Dups: 0.5}, true},
	{"enums", ProgramOptions{Structs: 12, Full: 0.5, EnumFwd: 0.3}, false},
	{"bad enums", ProgramOptions{Structs: 12, Full: 0.5, EnumFwd: 0.05, BadEnums: true}, true},
	{"open enums", ProgramOptions{Structs: 8, Full: 0.7, EnumFwd: 0.4, BadEnums: true}, true},
	{"versions", ProgramOptions{Structs: 12, Full: 0.5, Versions: 0.2}, true},
	{"full versions", ProgramOptions{Structs: 12, Full: 1, Versions: 0.3}, true},
	{"small versions", ProgramOptions{Structs: 4, Full: 0.6, Versions: 0.5}, true},
	{"shuffled", ProgramOptions{Structs: 12, Full: 0.5, Shuffle: 1}, false},
	{"all", ProgramOptions{Structs: 8, Full: 0.6, Versions: 0.2, Dups: 0.05, EnumFwd: 0.1, Shuffle: 0.3, Tags: true}, true},
	{"tags", ProgramOptions{Structs: 8, Full: 0.6, Tags: true}, false},
}
