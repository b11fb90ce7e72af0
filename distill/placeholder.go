package distill

import "github.com/gopahole/gopahole/btf"

// libbpf makes a distilled base without types when the split types refer to no
// named type of their base, but only to pointers to void and the like. (It also
// loses those pointers: its second pass over the base takes itself for the first.)
// libbpf can relocate such a base. Kernels misread it: they count void as a type
// only after another one was added (Linux 7.2, kernel/bpf/btf.c: btf_add_type,
// btf_nr_types). So they number the split types from 0, and everyone else numbers
// them from 1.
//
// Without split types there is nothing to number, and the base may be empty. Else the
// smallest base that all readers agree on has one type, to which nothing
// refers: a placeholder. Every kernel must have exactly one type like it.

// placeholderNames are INTs that every C program has, best first.
var placeholderNames = []string{"int", "char"}

// maxNameBytes bounds the names that are compared. Names may overlap, so a small
// base can have terabytes of them. A kernel has a few MiB.
const maxNameBytes = 1 << 28

// placeholder returns the type of the base that an otherwise empty distilled base
// gets: an INT with a well-known name, or else the first type whose name no other
// type has. It returns 0 if there is none, or if the names exceed maxNameBytes.
func placeholder(base *btf.Types) btf.ID {
	named := make(map[string]int) // types that relocation would consider, by name
	bytes := 0
	for id, rec := range base.All() {
		if rec.NameOff() != 0 && goesToBase(rec) {
			name := base.Name(id)
			named[name]++
			if bytes += len(name); bytes > maxNameBytes {
				return 0
			}
		}
	}
	var known [2]btf.ID
	var first btf.ID
	for id, rec := range base.All() {
		name := base.Name(id)
		if rec.NameOff() == 0 || name == "" || !goesToBase(rec) || named[name] > 1 {
			continue
		}
		if first == 0 {
			first = id
		}
		for i, want := range placeholderNames {
			if name == want && rec.Kind() == btf.KindInt {
				known[i] = id
			}
		}
	}
	for _, id := range known {
		if id != 0 {
			return id
		}
	}
	return first
}
