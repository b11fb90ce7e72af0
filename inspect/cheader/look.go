package cheader

import "github.com/gopahole/gopahole/btf"

// A seen says what there is. Counts are made room by.
type seen struct {
	mayRank  []btf.ID // what may have a rank before the last one: types with names, and enums
	declTags []btf.ID

	tagged, typedefs, values int // structs, unions and enums; typedefs; values of enums
}

// look goes through all types once, those of bases first. It finds what they are, and what
// other types refer to: an anonymous enum that nothing refers to only names constants, and is a
// definition of its own.
func (p *printer) look(t *btf.Types) {
	if t.Base() != nil {
		p.look(t.Base())
	} else {
		p.mayRank = make([]btf.ID, 0, t.NumIDs()/6) // as in kernels
	}
	words, starts, states := t.Words(), t.Starts(), p.states
	for i := range len(starts) - 1 {
		rec := btf.Record(words[starts[i]:starts[i+1]])
		kind := rec.Kind()
		if kind == btf.KindFunc { // half of them: a prototype is no enum
			continue
		}
		id := t.FirstID() + btf.ID(i)
		if rec.NameOff() != 0 || kind.IsAnyEnum() {
			p.mayRank = append(p.mayRank, id)
		}
		switch kind {
		case btf.KindStruct, btf.KindUnion:
			p.tagged++
			for rest := rec[3:]; len(rest) >= 3; rest = rest[3:] {
				states[rest[1]] |= referenced
			}
		case btf.KindFuncProto:
			states[rec[2]] |= referenced
			for rest := rec[3:]; len(rest) >= 2; rest = rest[2:] {
				states[rest[1]] |= referenced
			}
		case btf.KindEnum, btf.KindEnum64:
			p.tagged++
			p.values += rec.Vlen()
		default:
			switch kind {
			case btf.KindDeclTag:
				p.declTags = append(p.declTags, id)
			case btf.KindTypedef:
				p.typedefs++
			}
			for to := range rec.Refs() {
				states[to] |= referenced
			}
		}
	}
}
