package layout

import (
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// A Filter leaves structs and unions out of a list. The zero value leaves none out.
type Filter struct {
	// Holes is the least number of holes (pahole: --holes). Unions have none.
	Holes int
	// StructsOnly and UnionsOnly are for one of the two (--structs, --unions).
	StructsOnly, UnionsOnly bool
}

func (f *Filter) takes(c *classes, k *class) bool {
	switch {
	case f.StructsOnly && !k.isStruct, f.UnionsOnly && k.isStruct:
		return false
	case f.UnionsOnly || f.Holes == 0:
		return true
	}
	if !k.isStruct {
		return false
	}
	c.countHoles(k)
	return int(k.holes) >= f.Holes
}

// each calls f for the structs and unions that a filter takes, once for all that are
// not told apart.
func (p *Printer) each(filter Filter, f func(k *class) error) error {
	return p.flushAfter(p.unseen(newSeenClasses(p.types), filter, func(k *class) (bool, error) { return true, f(k) }))
}

// unseen calls f for those that are not seen yet. What f reports true of is. f does not keep the class, of
// which nothing is known yet but what its record says, and its holes if the filter asks for some.
func (p *Printer) unseen(seen *seenClasses, filter Filter, f func(k *class) (bool, error)) error {
	p.buf = slices.Grow(p.buf, textRoom+textExcess)
	total := stepsOf(p.types)
	var k class
	for id, rec := range p.types.OfKind(btf.KindStruct, btf.KindUnion) {
		if rec.NameOff() == 0 {
			continue
		}
		p.classes.work = stepsPerType
		k = newClass(id, rec)
		if !filter.takes(&p.classes, &k) {
			continue
		}
		named := seen.first.At(k.name)
		if !seen.has(p, named, &k) {
			taken, err := f(&k)
			if err != nil {
				return err
			}
			if taken {
				seen.add(p, named, &k)
			}
		}
		if total -= stepsPerType - p.classes.work; total < 0 {
			p.classes.tooDeep(id)
			break
		}
	}
	return p.classes.err
}

// All prints all structs and unions that have a name, by ID. Of those with one name,
// size and members of the same names and offsets it prints the first, whatever the
// types of members are, as pahole does.
func (p *Printer) All(filter Filter) error {
	return p.each(filter, func(k *class) error { return p.print(k.id) })
}

// Sizes prints the names of all structs and unions, their sizes in bytes, and how many
// holes they have (pahole: --sizes).
func (p *Printer) Sizes(filter Filter) error { return p.list(filter, p.size) }

func (p *Printer) size(k *class) {
	p.classes.countHoles(k)
	p.nameAt(k.name)
	p.str("\t")
	p.int(int32(k.size))
	p.count("\t", uint32(k.holes))
	p.str("\n")
}

// Size prints the line of Sizes for a struct or union.
func (p *Printer) Size(id btf.ID) error { return p.line(id, p.size) }

// Members prints the names of all structs and unions, and how many members they have
// (pahole: --nr_members).
func (p *Printer) Members(filter Filter) error { return p.list(filter, p.memberCount) }

func (p *Printer) memberCount(k *class) {
	p.nameAt(k.name)
	p.count("\t", uint32(uint16(p.types.Record(k.id).Vlen())))
	p.str("\n")
}

// MemberCount prints the line of Members for a struct or union.
func (p *Printer) MemberCount(id btf.ID) error { return p.line(id, p.memberCount) }

// Packable prints the names of all structs that would be smaller with their members in
// another order, their sizes in bytes, those that they would have, and the difference (pahole:
// --packable, which does not end for some; these have what a sound order gives).
func (p *Printer) Packable(filter Filter) error { return p.list(filter, p.packable) }

func (p *Printer) packable(k *class) {
	p.classes.countHoles(k)
	if k.holes == 0 && k.bitHoles == 0 {
		return
	}
	if size, _ := p.classes.packedSize(k); size < k.size {
		p.nameAt(k.name)
		p.count("\t", k.size)
		p.count("\t", size)
		p.count("\t", k.size-size)
		p.str("\n")
	}
}

// PackableSize prints the line of Packable for a struct, or nothing if it would not be
// smaller.
func (p *Printer) PackableSize(id btf.ID) error { return p.line(id, p.packable) }

// line prints a line about one struct or union.
func (p *Printer) line(id btf.ID, print func(k *class)) error {
	p.classes.work = stepsPerType
	k := p.classes.get(id)
	if k == nil {
		return fmt.Errorf("type %d is a %v, which has no members", id, p.types.Record(id).Kind())
	}
	print(k)
	return p.flushAfter(p.finish())
}

// Containing prints the names of the structs and unions with a member of a type, for one
// type after the other, and each once (pahole: --contains).
func (p *Printer) Containing(filter Filter, ids ...btf.ID) error {
	is := func(m btf.RawMember, id btf.ID) bool { return m.Type == id }
	return p.listWith(filter, ids, is, func(k *class, _ []btf.RawMember) {
		p.nameAt(k.name)
		p.str("\n")
	})
}

// PointingTo prints the names of the structs and unions with members that are pointers
// to a type, and of these members, in the same way (pahole: --find_pointers_to).
func (p *Printer) PointingTo(filter Filter, ids ...btf.ID) error {
	points := func(m btf.RawMember, id btf.ID) bool {
		rec := p.types.Record(m.Type)
		return rec.Kind() == btf.KindPtr && rec.Type() == id
	}
	return p.listWith(filter, ids, points, func(k *class, members []btf.RawMember) {
		for _, m := range members {
			p.nameAt(k.name)
			p.str(": ")
			p.nameAt(m.Name)
			p.str("\n")
		}
	})
}

func (p *Printer) list(filter Filter, line func(k *class)) error {
	return p.each(filter, func(k *class) error {
		line(k)
		return p.finish()
	})
}

// listWith calls line for the structs and unions that have members of a sort. Those
// without are as if they did not exist.
func (p *Printer) listWith(filter Filter, ids []btf.ID, is func(m btf.RawMember, id btf.ID) bool, line func(k *class, members []btf.RawMember)) error {
	seen := newSeenClasses(p.types)
	var found []btf.RawMember
	for _, id := range ids {
		err := p.unseen(seen, filter, func(k *class) (bool, error) {
			found = found[:0]
			for _, m := range p.types.Record(k.id).Members() {
				if is(m, id) {
					found = append(found, m)
				}
			}
			if len(found) == 0 {
				return false, nil
			}
			line(k, found)
			return true, p.finish()
		})
		if err = p.flushAfter(err); err != nil {
			return err
		}
	}
	return nil
}
