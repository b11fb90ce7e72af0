package explain

import (
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/trace"
)

// A Step leads from a type to one that it refers to.
type Step struct {
	Name string // of the member or parameter, or what the reference is: "*", "[]", "result"
	A, B btf.ID // where it leads, on either side
}

// A Difference is where two types that have one name stop to be the same.
type Difference struct {
	Path []Step // from the types to those that differ in themselves
	A, B btf.ID // these
	Why  string // how they differ
}

// maxPairs bounds a search. Two versions of the largest struct of a kernel lead to some ten thousand pairs.
const maxPairs = 1 << 20

// Between returns the shortest way of members from two types to a pair of types that differ in themselves, and not
// only in what they lead to; nil if there is none. Types that are equal have one ID in BTF that was deduplicated, so
// the search follows only pairs that are not.
func Between(types *btf.Types, a, b btf.ID) *Difference {
	type pair struct{ a, b btf.ID }
	type visit struct {
		pair
		from int // index of the visit that it was reached from, -1 for none
		name string
	}
	visits := []visit{{pair{a, b}, -1, ""}}
	seen := map[pair]bool{{a, b}: true}
	for i := 0; i < len(visits) && i < maxPairs; i++ {
		v := visits[i]
		if why := itself(types, v.a, v.b); why != "" {
			d := &Difference{A: v.a, B: v.b, Why: why}
			for k := i; visits[k].from >= 0; k = visits[k].from {
				d.Path = append([]Step{{visits[k].name, visits[k].a, visits[k].b}}, d.Path...)
			}
			return d
		}
		ra, rb := references(types, v.a), references(types, v.b)
		for k := range min(len(ra), len(rb)) {
			p := pair{ra[k].id, rb[k].id}
			if p.a == p.b || seen[p] {
				continue
			}
			seen[p] = true
			visits = append(visits, visit{p, i, ra[k].name})
		}
	}
	return nil
}

// Text is the path in one line: task_struct.mm → *.pgd.
func (d *Difference) Text(name string) string {
	var b strings.Builder
	b.WriteString(name)
	for _, s := range d.Path {
		switch s.Name {
		case "*":
			b.WriteString("→")
		case "[]":
			b.WriteString("[]")
		case "":
		default:
			if !strings.HasSuffix(b.String(), "→") {
				b.WriteString(".")
			}
			b.WriteString(s.Name)
		}
	}
	return b.String()
}

// NamedIDs returns the types with a name that the way to the difference leads through last, 0 if there is none.
func (d *Difference) NamedIDs(types *btf.Types) (a, b btf.ID) {
	steps := append([]Step{{A: d.A, B: d.B}}, reversed(d.Path)...)
	for _, s := range steps {
		if named(types, s.A) && named(types, s.B) {
			return s.A, s.B
		}
	}
	return 0, 0
}

func named(types *btf.Types, id btf.ID) bool {
	r := types.Record(id)
	return r != nil && types.Name(id) != "" && (r.Kind() == btf.KindStruct || r.Kind() == btf.KindUnion)
}

func reversed(path []Step) (r []Step) {
	for i := len(path) - 1; i >= 0; i-- {
		r = append(r, path[i])
	}
	return r
}

// Named returns the name of these types; name is that of the types where the way begins.
func (d *Difference) Named(types *btf.Types, name string) string {
	if a, _ := d.NamedIDs(types); a != 0 {
		return types.Name(a)
	}
	return name
}

// Defines reports whether a definition of DWARF is that of a type, by its size and the names, offsets and types of its members.
func Defines(d *trace.Definition, types *btf.Types, id btf.ID) bool {
	r := types.Record(id)
	if r == nil || r.Kind() != btf.KindStruct && r.Kind() != btf.KindUnion ||
		d.Union != (r.Kind() == btf.KindUnion) || d.Size != r.Size() || len(d.Members) != r.Vlen() {
		return false
	}
	for i, m := range types.Members(id) {
		offset := d.Members[i].Word
		if r.KindFlag() {
			offset &= 1<<24 - 1
		}
		if m.Name != d.Members[i].Name || m.Offset != offset {
			return false
		}
		if name := memberType(types, m.Type); name != "" && d.Members[i].Type != "" && name != d.Members[i].Type {
			return false
		}
	}
	return true
}

// memberType returns the name that trace.Member has for the type of a member.
func memberType(types *btf.Types, id btf.ID) string {
	for range maxMemberType {
		r := types.Record(id)
		if r == nil {
			return ""
		}
		switch r.Kind() {
		case btf.KindPtr, btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindTypeTag:
			id = r.Type()
		case btf.KindArray:
			id = r.Array().Elem
		case btf.KindStruct, btf.KindUnion, btf.KindEnum, btf.KindEnum64, btf.KindTypedef, btf.KindFwd:
			return types.Name(id)
		default:
			return ""
		}
	}
	return ""
}

const maxMemberType = 16

// itself says how two types differ but for what they refer to, "" if they do not.
func itself(types *btf.Types, a, b btf.ID) string {
	ra, rb := types.Record(a), types.Record(b)
	switch {
	case ra == nil || rb == nil:
		return "one is void"
	case ra.Kind() != rb.Kind():
		return fmt.Sprintf("one is a %s, the other one a %s", kindWord(ra.Kind()), kindWord(rb.Kind()))
	case types.Name(a) != types.Name(b):
		return fmt.Sprintf("one is called %s, the other one %s", orAnonymous(types.Name(a)), orAnonymous(types.Name(b)))
	}
	switch ra.Kind() {
	case btf.KindStruct, btf.KindUnion:
		return members(types, a, b)
	case btf.KindFuncProto:
		return params(types, a, b)
	case btf.KindInt, btf.KindFloat, btf.KindEnum, btf.KindEnum64, btf.KindArray, btf.KindFwd, btf.KindDatasec:
		if !sameWords(ra, rb, ra.Kind() == btf.KindArray) {
			return fmt.Sprintf("the %ss of that name have different contents", kindWord(ra.Kind()))
		}
	}
	return ""
}

func kindWord(k btf.Kind) string { return strings.ToLower(strings.ReplaceAll(k.String(), "_", " ")) }

func orAnonymous(name string) string {
	if name == "" {
		return "(anon)"
	}
	return name
}

// sameWords compares the own content of two records of one kind and name.
func sameWords(a, b btf.Record, array bool) bool {
	if len(a) != len(b) || a[1] != b[1] {
		return false
	}
	if array {
		return a[len(a)-1] == b[len(b)-1] // the number of elements
	}
	for i := 2; i < len(a); i++ {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func members(types *btf.Types, a, b btf.ID) string {
	ra, rb := types.Record(a), types.Record(b)
	ma, mb := allMembers(types, a), allMembers(types, b)
	for i := range min(len(ma), len(mb)) {
		switch x, y := ma[i], mb[i]; {
		case x.name != y.name:
			return fmt.Sprintf("member %d is %s in one and %s in the other one", i+1, orAnonymous(x.name), orAnonymous(y.name))
		case x.offset != y.offset:
			return fmt.Sprintf("member %s is at bit %d in one and at bit %d in the other one", orAnonymous(x.name), x.offset, y.offset)
		case x.bits != y.bits:
			return fmt.Sprintf("member %s has %d bits in one and %d in the other one", orAnonymous(x.name), x.bits, y.bits)
		}
	}
	switch {
	case len(ma) != len(mb):
		longer := ma
		if len(mb) > len(ma) {
			longer = mb
		}
		return fmt.Sprintf("one has %d members, the other one %d: %s is only in one of them", len(ma), len(mb), orAnonymous(longer[min(len(ma), len(mb))].name))
	case ra[2] != rb[2]:
		return fmt.Sprintf("one has %d bytes, the other one %d", ra[2], rb[2])
	}
	return ""
}

func params(types *btf.Types, a, b btf.ID) string {
	pa, pb := paramNames(types, a), paramNames(types, b)
	if len(pa) != len(pb) {
		return fmt.Sprintf("one has %d parameters, the other one %d", len(pa), len(pb))
	}
	for i := range pa {
		if pa[i] != pb[i] {
			return fmt.Sprintf("parameter %d is called %s in one and %s in the other one", i+1, orAnonymous(pa[i]), orAnonymous(pb[i]))
		}
	}
	return ""
}
