package explain

import "github.com/gopahole/gopahole/btf"

// reference is a type that another one refers to, and how.
type reference struct {
	name string
	id   btf.ID
}

// references returns what a type refers to, in the order of its record.
func references(types *btf.Types, id btf.ID) (refs []reference) {
	r := types.Record(id)
	if r == nil {
		return nil
	}
	switch r.Kind() {
	case btf.KindStruct, btf.KindUnion:
		for _, m := range types.Members(id) {
			refs = append(refs, reference{m.Name, m.Type})
		}
	case btf.KindFuncProto:
		refs = append(refs, reference{"(result)", r.Type()})
		for _, p := range types.Params(id) {
			refs = append(refs, reference{"(" + orAnonymous(p.Name) + ")", p.Type})
		}
	case btf.KindArray:
		refs = append(refs, reference{"[]", r.Array().Elem})
	case btf.KindPtr:
		refs = append(refs, reference{"*", r.Type()})
	default:
		for ref := range r.Refs() {
			refs = append(refs, reference{"", ref})
		}
	}
	return refs
}

// member is what a member says of itself.
type member struct {
	name         string
	offset, bits uint32
}

func allMembers(types *btf.Types, id btf.ID) (all []member) {
	for _, m := range types.Members(id) {
		all = append(all, member{m.Name, m.Offset, m.Width})
	}
	return all
}

func paramNames(types *btf.Types, id btf.ID) (names []string) {
	for _, p := range types.Params(id) {
		names = append(names, p.Name)
	}
	return names
}
