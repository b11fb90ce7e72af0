package distill

import "github.com/gopahole/gopahole/btf"

// A distilled base without types is what libbpf makes when split types refer to
// nothing of their base that has a name: at most to pointers to void and the
// like. (It also loses those, as it takes its second pass over the base for the
// first.) libbpf could relocate such a base, but kernels misread it: they count
// void as a type only once another one was added (Linux 7.2, kernel/bpf/btf.c:
// btf_add_type, btf_nr_types), so that the IDs of the split types begin at 0
// there, and at 1 for everyone who made them.
//
// The smallest base that all readers agree on has one type, which nothing
// refers to. It must be found in every kernel, and only once.

// anchorNames are INTs that every C program has, best first.
var anchorNames = []string{"int", "char"}

// maxNameBytes bounds the names that are looked at: they may overlap, so that a
// small base can have terabytes of them. Those of a kernel are some MiB.
const maxNameBytes = 1 << 28

// anchor returns the type of a base that a distilled base gets instead of
// none: an INT of a well-known name, or the first type that can be told from
// all others by its name. It returns 0 if there is no such type,
// or the names are too long to say.
func anchor(base *btf.Types) btf.ID {
	named := make(map[string]int) // types that relocation would look at
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
		for i, want := range anchorNames {
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
