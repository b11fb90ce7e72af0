package layout

import (
	"fmt"

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
	case f.StructsOnly && !k.isStruct(), f.UnionsOnly && k.isStruct():
		return false
	case f.UnionsOnly || f.Holes == 0:
		return true
	}
	c.findHoles(k)
	return k.isStruct() && int(k.holes) >= f.Holes
}

// each calls f for the structs and unions that a filter takes, once for all that are
// not told apart.
func (p *Printer) each(filter Filter, f func(k *class) error) error {
	seen := make(map[string]bool)
	total := stepsOf(p.types)
	for id, rec := range p.types.All() {
		if !rec.Kind().IsComposite() || rec.NameOff() == 0 {
			continue
		}
		p.classes.work = stepsPerType
		k := p.classes.get(id)
		if !filter.takes(&p.classes, k) {
			continue
		}
		if key := p.key(k); !seen[key] {
			seen[key] = true
			if err := f(k); err != nil {
				return err
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
	return p.each(filter, func(k *class) error { return p.Print(k.id) })
}

// Sizes prints the names of all structs and unions, their sizes in bytes, and how many
// holes they have (pahole: --sizes).
func (p *Printer) Sizes(filter Filter) error { return p.list(filter, p.size) }

func (p *Printer) size(k *class) {
	p.classes.findHoles(k)
	p.printf("%s\t%d\t%d\n", p.name(k.id), int32(p.classes.bytes(k)), k.holes)
}

// Size prints the line of Sizes for a struct or union.
func (p *Printer) Size(id btf.ID) error { return p.line(id, p.size) }

// Members prints the names of all structs and unions, and how many members they have
// (pahole: --nr_members).
func (p *Printer) Members(filter Filter) error { return p.list(filter, p.memberCount) }

func (p *Printer) memberCount(k *class) {
	p.printf("%s\t%d\n", p.name(k.id), uint16(len(k.members)))
}

// MemberCount prints the line of Members for a struct or union.
func (p *Printer) MemberCount(id btf.ID) error { return p.line(id, p.memberCount) }

// line prints a line about one struct or union.
func (p *Printer) line(id btf.ID, print func(k *class)) error {
	p.classes.work = stepsPerType
	k := p.classes.get(id)
	if k == nil {
		return fmt.Errorf("type %d is a %v, which has no members", id, p.types.Record(id).Kind())
	}
	print(k)
	return p.flush()
}

// Containing prints the names of the structs and unions with a member of a type
// (pahole: --contains).
func (p *Printer) Containing(id btf.ID, filter Filter) error {
	return p.listWith(filter, func(m *member) bool { return m.typ == id }, func(k *class, _ []*member) {
		p.printf("%s\n", p.name(k.id))
	})
}

// PointingTo prints the names of the structs and unions with members that are pointers
// to a type, and of these members (pahole: --find_pointers_to).
func (p *Printer) PointingTo(id btf.ID, filter Filter) error {
	points := func(m *member) bool {
		rec := p.types.Record(m.typ)
		return rec.Kind() == btf.KindPtr && rec.Type() == id
	}
	return p.listWith(filter, points, func(k *class, members []*member) {
		for _, m := range members {
			p.printf("%s: ", p.name(k.id))
			p.name1(m.name)
			p.str("\n")
		}
	})
}

func (p *Printer) list(filter Filter, line func(k *class)) error {
	return p.each(filter, func(k *class) error {
		line(k)
		return p.flush()
	})
}

// listWith calls line for the structs and unions that have members of a sort. Those
// without are as if they did not exist.
func (p *Printer) listWith(filter Filter, is func(m *member) bool, line func(k *class, members []*member)) error {
	return p.list(filter, func(k *class) {
		var found []*member
		for i := range k.members {
			if is(&k.members[i]) {
				found = append(found, &k.members[i])
			}
		}
		if len(found) > 0 {
			line(k, found)
		}
	})
}
