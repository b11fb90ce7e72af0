package layout

import "github.com/gopahole/gopahole/btf"

// A Layout is a struct or union with the places of its members, for those that draw it
// themselves. Numbers are those that a [Printer] prints.
type Layout struct {
	ID       btf.ID
	Union    bool
	Size     uint32 // in bytes
	Holes    int    // between members, those of bits among them
	HoleBits uint64 // their sum
	Padding  uint64 // after the last member, in bits
	Members  []Place
}

// A Place is a member and where it is.
type Place struct {
	Name   string // as it is in the file; "" for none
	Type   btf.ID
	Offset uint32 // in bits, from the start
	Bits   uint64 // that it takes: its size, or the width of a bit-field
	Field  bool   // it is a bit-field
}

// Describe calls f for each struct and union that the types have beyond those of their base,
// with and without a name, by ID. f may keep what it gets. The error is that of f, or a
// *[DepthError].
func (p *Printer) Describe(f func(*Layout) error) error {
	left := stepsOf(p.types)
	for id, rec := range p.types.Own() {
		if !rec.Kind().IsComposite() {
			continue
		}
		p.classes.work = stepsPerType
		k := p.classes.get(id)
		members := p.classes.members(id)
		p.classes.align(k, members)
		p.classes.findHoles(k, members)
		if left -= stepsPerType - p.classes.work; left < 0 {
			p.classes.tooDeep(id)
		}
		if p.classes.err != nil {
			return p.classes.err
		}
		l := p.layout(k, members)
		p.classes.done(members)
		if err := f(l); err != nil {
			return err
		}
	}
	return nil
}

func (p *Printer) layout(k *class, members []member) *Layout {
	l := &Layout{ID: k.id, Union: !k.isStruct, Size: k.size, Members: make([]Place, len(members))}
	for i := range members {
		m := &members[i]
		place := Place{p.string(m.name), m.typ, m.bitOffset, m.size * 8, m.width != 0}
		if place.Field {
			place.Bits = uint64(m.width)
		}
		l.Members[i] = place
		l.HoleBits += uint64(max(0, m.hole))*8 + uint64(m.bitHole)
	}
	if k.isStruct {
		l.Holes = int(k.holes) + int(k.bitHoles)
		l.HoleBits += uint64(k.preHole)*8 + uint64(k.preBitHole)
		l.Padding = uint64(k.padding)*8 + uint64(k.bitPadding)
	}
	return l
}

// stepsOf bounds the steps for all types of a blob and its bases.
func stepsOf(types *btf.Types) int {
	total := stepsPerType
	for t := types; t != nil; t = t.Base() {
		total += stepsPerWord * len(t.Words())
	}
	return total
}
