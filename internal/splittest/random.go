package splittest

import (
	"fmt"
	"math/rand/v2"

	"github.com/gopahole/gopahole/btf"
)

// generator makes types without much sense, but such that libbpf reads them:
// references exist, a FUNC has a FUNC_PROTO, and modifiers and arrays do not
// refer to each other in circles.
type generator struct {
	rng   *rand.Rand
	base  *btf.Types
	first uint32
	next  uint32 // ID
	words []uint32
	start uint32 // offset of the first own string
	strs  []byte
	kinds []btf.Kind // by ID, of all types that there will be
	names int        // how many names there are
}

func newGenerator(rng *rand.Rand, base *btf.Types, names int) *generator {
	g := &generator{rng: rng, base: base, first: 1, names: names, kinds: []btf.Kind{btf.KindVoid}}
	if base == nil {
		g.strs = []byte{0}
	} else {
		g.first = uint32(base.NumIDs())
		g.start = uint32(base.StringStart()) + uint32(len(base.Strings()))
		for id := btf.ID(1); id < base.NumIDs(); id++ {
			g.kinds = append(g.kinds, base.Record(id).Kind())
		}
	}
	g.next = g.first
	return g
}

func (g *generator) one(n int) bool { return g.rng.IntN(n) == 0 }

// string adds a string, or finds it; now and then it adds it again.
func (g *generator) string(s string) uint32 {
	if s == "" {
		return 0
	}
	if g.base != nil && !g.one(8) {
		if off, ok := g.base.FindString(s); ok {
			return uint32(off)
		}
	}
	if !g.one(20) {
		for at := 0; at+len(s) < len(g.strs); at++ {
			if (at == 0 || g.strs[at-1] == 0) && string(g.strs[at:at+len(s)+1]) == s+"\x00" {
				return g.start + uint32(at)
			}
		}
	}
	at := len(g.strs)
	g.strs = append(append(g.strs, s...), 0)
	return g.start + uint32(at)
}

func (g *generator) name() uint32 { return g.string(g.someName()) }

func (g *generator) someName() string { return fmt.Sprintf("n%d", g.rng.IntN(g.names)) }

func (g *generator) maybeName() uint32 {
	if g.one(3) {
		return 0
	}
	return g.name()
}

func (g *generator) member() uint32 {
	if g.one(4) {
		return g.name() // often a string of the base
	}
	return g.string(fmt.Sprintf("m%d", g.rng.IntN(6)))
}

func (g *generator) size() uint32 { return uint32(4 + 4*g.rng.IntN(3)) }

func (g *generator) add(name uint32, kind btf.Kind, vlen int, kflag bool, word uint32, tail ...uint32) {
	g.words = append(append(g.words, name, btf.Info(kind, vlen, kflag), word), tail...)
	g.next++
}

// plan decides the kinds of the types to come, so that they can be referred to.
func (g *generator) plan(n int, kinds []btf.Kind) {
	for range n {
		kind := kinds[g.rng.IntN(len(kinds))]
		if kind == btf.KindFunc && g.find(btf.KindFuncProto) == 0 {
			kind = btf.KindFuncProto
		}
		g.kinds = append(g.kinds, kind)
	}
}

// find returns some type of a kind, or 0.
func (g *generator) find(kind btf.Kind) uint32 {
	var ids []uint32
	for id, k := range g.kinds {
		if k == kind {
			ids = append(ids, uint32(id))
		}
	}
	if len(ids) == 0 {
		return 0
	}
	return ids[g.rng.IntN(len(ids))]
}

// ref returns a type below limit that can be used as that of a member.
func (g *generator) ref(limit int) uint32 {
	for range 8 {
		id := g.rng.IntN(limit)
		switch g.kinds[id] {
		case btf.KindFunc, btf.KindVar, btf.KindDatasec, btf.KindDeclTag:
			if !g.one(100) {
				continue
			}
		case btf.KindVoid:
			if g.one(2) {
				continue
			}
		}
		return uint32(id)
	}
	return 0
}

func (g *generator) any() uint32 { return g.ref(len(g.kinds)) }

// record adds the next type that was planned.
func (g *generator) record() {
	kind := g.kinds[g.next]
	below := int(g.next)
	switch kind {
	case btf.KindInt:
		enc := btf.Encoding(0)
		if g.one(2) {
			enc = btf.EncodingSigned
		}
		size := g.size()
		g.add(g.name(), kind, 0, false, size, btf.IntWord(enc, 0, uint8(min(8*size, 128)-uint32(g.rng.IntN(2)))))
	case btf.KindFloat:
		g.add(g.name(), kind, 0, false, g.size())
	case btf.KindFwd:
		g.add(g.name(), kind, 0, g.one(3), 0)
	case btf.KindEnum:
		if g.one(3) {
			g.add(g.maybeName(), kind, 0, g.one(4), 1<<g.rng.IntN(4))
			break
		}
		g.add(g.maybeName(), kind, 1, g.one(4), 4<<g.rng.IntN(2), g.member(), g.rng.Uint32N(3))
	case btf.KindEnum64:
		g.add(g.maybeName(), kind, 1, g.one(4), 4<<g.rng.IntN(2), g.member(), g.rng.Uint32N(3), 1)
	case btf.KindTypedef:
		g.add(g.name(), kind, 0, false, g.ref(below))
	case btf.KindTypeTag:
		g.add(g.name(), kind, 0, g.one(4), g.ref(below))
	case btf.KindConst, btf.KindVolatile, btf.KindRestrict:
		g.add(0, kind, 0, false, g.ref(below))
	case btf.KindPtr:
		g.add(0, kind, 0, false, g.any())
	case btf.KindArray:
		g.add(0, kind, 0, false, 0, g.ref(below), g.any(), g.rng.Uint32N(3))
	case btf.KindStruct, btf.KindUnion:
		g.composite(g.maybeName(), kind, g.size())
	case btf.KindFuncProto:
		var params []uint32
		n := g.rng.IntN(3)
		for range n {
			params = append(params, g.member(), g.any())
		}
		g.add(0, kind, n, false, g.any(), params...)
	case btf.KindFunc:
		g.add(g.name(), kind, g.rng.IntN(2), false, g.find(btf.KindFuncProto))
	case btf.KindVar:
		g.add(g.name(), kind, 0, false, g.any(), g.rng.Uint32N(2))
	case btf.KindDatasec:
		if v := g.find(btf.KindVar); v != 0 {
			g.add(g.name(), kind, 1, false, 8, v, 0, 8)
			break
		}
		g.add(g.name(), kind, 0, false, 8)
	case btf.KindDeclTag:
		target := g.find(btf.KindStruct)
		if g.one(20) {
			target = g.find(btf.KindFunc)
		}
		g.add(g.name(), kind, 0, false, target, uint32(g.rng.IntN(3))-1)
	}
}

// composite adds a STRUCT or UNION, now and then with bitfields.
func (g *generator) composite(name uint32, kind btf.Kind, size uint32) {
	n := g.rng.IntN(4)
	kflag := g.one(4)
	var members []uint32
	for i := range n {
		off := uint32(32 * i)
		if kind == btf.KindUnion {
			off = 0
		}
		if kflag {
			off |= g.rng.Uint32N(8) << 24
		}
		members = append(members, g.member(), g.any(), off)
	}
	g.add(name, kind, n, kflag, size, members...)
}

// types finishes.
func (g *generator) types() *btf.Types {
	types, err := btf.New(nil, g.base, g.words, g.strs)
	if err != nil {
		panic(err) // a defect of the generator
	}
	return types
}

// rest adds all types that were planned.
func (g *generator) rest() *btf.Types {
	for int(g.next) < len(g.kinds) {
		g.record()
	}
	return g.types()
}

// allKinds has each kind as often as it is to be.
var allKinds = []btf.Kind{
	btf.KindInt, btf.KindInt, btf.KindFloat, btf.KindFwd, btf.KindEnum, btf.KindEnum, btf.KindEnum64,
	btf.KindPtr, btf.KindPtr, btf.KindPtr, btf.KindArray, btf.KindTypedef, btf.KindTypedef, btf.KindConst, btf.KindVolatile, btf.KindRestrict,
	btf.KindTypeTag, btf.KindFuncProto, btf.KindFunc, btf.KindStruct, btf.KindStruct, btf.KindStruct, btf.KindUnion,
	btf.KindVar, btf.KindDatasec, btf.KindDeclTag,
}

// Types makes random types of all kinds on a base, or nil.
func Types(rng *rand.Rand, base *btf.Types) *btf.Types {
	n := rng.IntN(12)
	if rng.IntN(4) == 0 {
		n = rng.IntN(50)
	}
	g := newGenerator(rng, base, 2+rng.IntN(20))
	g.plan(n, allKinds)
	return g.rest()
}

// distilledKinds are those of a distilled base.
var distilledKinds = []btf.Kind{
	btf.KindInt, btf.KindFloat, btf.KindEnum, btf.KindFwd, btf.KindFwd,
	btf.KindStruct, btf.KindStruct, btf.KindStruct, btf.KindUnion,
}

// Case is what one relocation needs.
type Case struct{ Distilled, Split, Target *btf.Types }

// Relocation makes a random case. The target resembles the distilled base: most
// types are there, some several times, some with another kind, size or flag.
func Relocation(rng *rand.Rand) Case {
	var c Case
	names := 3 + rng.IntN(12)
	g := newGenerator(rng, nil, names)
	faulty := g.one(40)
	for range rng.IntN(7) {
		g.distilled(distilledKinds[rng.IntN(len(distilledKinds))])
		if faulty && g.one(3) {
			g.invalidDistilled()
		}
	}
	if g.one(30) {
		g.string("unused")
	}
	c.Distilled = g.types()

	g = newGenerator(rng, c.Distilled, names)
	g.plan(rng.IntN(10), allKinds)
	if g.one(40) {
		g.suffix()
	}
	c.Split = g.rest()

	g = newGenerator(rng, nil, names)
	g.plan(rng.IntN(4), allKinds)
	for id := btf.ID(1); id < c.Distilled.NumIDs(); id++ {
		g.planLike(c.Distilled, id)
	}
	rng.Shuffle(len(g.kinds)-1, func(i, j int) { g.kinds[i+1], g.kinds[j+1] = g.kinds[j+1], g.kinds[i+1] })
	c.Target = g.like(c.Distilled)
	return c
}

// distilled adds a type as distilled bases have them.
func (g *generator) distilled(kind btf.Kind) {
	g.kinds = append(g.kinds, kind)
	switch kind {
	case btf.KindStruct, btf.KindUnion, btf.KindEnum:
		g.add(g.name(), kind, 0, false, g.size())
	default:
		g.record()
	}
}

// invalidDistilled adds a type that they cannot have.
func (g *generator) invalidDistilled() {
	switch g.rng.IntN(4) {
	case 0:
		g.add(0, btf.KindStruct, 0, false, g.size())
	case 1:
		g.add(g.name(), btf.KindEnum64, 0, false, 8)
	case 2:
		g.add(0, btf.KindPtr, 0, false, 0)
	case 3:
		g.add(g.blank(), btf.KindUnion, 0, false, 0)
	}
	g.kinds = append(g.kinds, btf.KindOf(g.words[len(g.words)-2]))
}

// blank returns the offset of an empty string that is not that of no name.
func (g *generator) blank() uint32 {
	g.strs = append(g.strs, 0)
	return g.start + uint32(len(g.strs)) - 1
}

// suffix adds a type whose name is a part of one of the base.
func (g *generator) suffix() {
	if len(g.base.Strings()) < 4 {
		return
	}
	g.kinds = append(g.kinds[:g.next:g.next], append([]btf.Kind{btf.KindTypedef}, g.kinds[g.next:]...)...)
	g.add(2, btf.KindTypedef, 0, false, 0)
}

// planLike plans types of a target for a distilled type: the one that matches,
// or something else.
func (g *generator) planLike(d *btf.Types, id btf.ID) {
	kind := d.Record(id).Kind()
	switch g.rng.IntN(24) {
	case 0:
		return
	case 1:
		g.kinds = append(g.kinds, distilledKinds[g.rng.IntN(len(distilledKinds))])
	case 2:
		g.kinds = append(g.kinds, kind, kind)
	case 3:
		kind = btf.KindFwd
	}
	if kind == btf.KindEnum && g.one(4) {
		kind = btf.KindEnum64
	}
	if kind == btf.KindFwd && g.one(3) {
		kind = btf.KindStruct
	}
	g.kinds = append(g.kinds, kind)
}

// like adds what was planned. Types get the name and size of a distilled one of
// their kind that has not been used, as long as there is one.
func (g *generator) like(d *btf.Types) *btf.Types {
	used := make([]bool, d.NumIDs())
	if g.one(40) {
		g.kinds = append(g.kinds[:g.next:g.next], append([]btf.Kind{btf.KindUnion}, g.kinds[g.next:]...)...)
		g.composite(g.blank(), btf.KindUnion, 4*g.rng.Uint32N(2))
	}
	for int(g.next) < len(g.kinds) {
		kind := g.kinds[g.next]
		var like btf.Record
		var name string
		for id := btf.ID(1); id < d.NumIDs(); id++ {
			rec := d.Record(id)
			k := rec.Kind()
			if !used[id] && (k == kind || k == btf.KindEnum && kind == btf.KindEnum64 || k == btf.KindFwd && kind == btf.KindStruct) {
				used[id] = !g.one(20)
				like, name = rec, d.Name(id)
				break
			}
		}
		if like == nil || g.one(30) {
			g.record()
			continue
		}
		size, kflag := like.SizeOrType(), like.KindFlag()
		if g.one(30) {
			size = g.size()
		}
		switch kind {
		case btf.KindInt:
			g.add(g.string(name), kind, 0, false, size, like[3])
		case btf.KindFloat:
			g.add(g.string(name), kind, 0, false, size)
		case btf.KindFwd:
			g.add(g.string(name), kind, 0, kflag, 0)
		case btf.KindEnum:
			g.add(g.string(name), kind, 1, g.one(4), size, g.member(), 1)
		case btf.KindEnum64:
			g.add(g.string(name), kind, 1, g.one(4), size, g.member(), 1, 2)
		case btf.KindStruct, btf.KindUnion:
			if like.Kind() == btf.KindFwd && kflag {
				g.kinds[g.next] = btf.KindUnion
				kind = btf.KindUnion
			}
			g.composite(g.string(name), kind, size)
		default:
			g.record()
		}
	}
	return g.types()
}
