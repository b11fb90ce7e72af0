package btf

import (
	"iter"
	"sync"
)

// All returns all types with their IDs, those of the bases first. Void is not
// among them.
func (t *Types) All() iter.Seq2[ID, Record] {
	return func(yield func(ID, Record) bool) {
		if t.base != nil {
			for id, rec := range t.base.All() {
				if !yield(id, rec) {
					return
				}
			}
		}
		for id, rec := range t.Own() {
			if !yield(id, rec) {
				return
			}
		}
	}
}

// Own returns the types of the blob itself, without those of its base, with their
// IDs.
func (t *Types) Own() iter.Seq2[ID, Record] {
	return func(yield func(ID, Record) bool) {
		for i := range t.index[1:] {
			lo, hi := t.index[i], t.index[i+1]
			if !yield(t.firstID+ID(i), t.words[lo:hi:hi]) {
				return
			}
		}
	}
}

// Find returns the type of a kind and name: of several the one with the lowest
// ID, so that those of a base come first (libbpf: btf__find_by_name_kind). The
// first call for any name indexes the types; calls from several goroutines are
// fine.
func (t *Types) Find(kind Kind, name string) (ID, bool) {
	for id := range t.Named(name) {
		if t.Record(id).Kind() == kind {
			return id, true
		}
	}
	return 0, false
}

// Named returns all types of a name, in the order of their IDs: those of a base
// first. The name is not empty. The first call indexes the types, like Find.
func (t *Types) Named(name string) iter.Seq[ID] {
	return func(yield func(ID) bool) { t.eachNamed(name, yield) }
}

func (t *Types) eachNamed(name string, yield func(ID) bool) bool {
	if t.base != nil && !t.base.eachNamed(name, yield) {
		return false
	}
	if name == "" {
		return true
	}
	t.names.once.Do(func() { t.names.build(t) })
	for i := t.names.first[name[:min(len(name), maxKey)]]; i != 0; i = t.names.next[i-1] {
		id := t.firstID + ID(i) - 1
		if t.NameUpTo(id, len(name)) == name && !yield(id) {
			return false
		}
	}
	return true
}

// maxKey bounds the part of a name that is a key, in bytes: names may overlap, so
// that a small blob can have any number of long ones. Kernels accept no name of more
// than 511.
const maxKey = 255

// nameIndex finds own types by name. It is made when it is first needed, and
// copies of the Types share it.
type nameIndex struct {
	once  sync.Once
	first map[string]uint32 // by the beginning of a name: place of the first type, counted from 1
	next  []uint32          // by place: the next one, 0 at the end
}

func (n *nameIndex) build(t *Types) {
	count := len(t.index) - 1
	n.first = make(map[string]uint32, count/2)
	n.next = make([]uint32, count)
	for i := count; i > 0; i-- {
		key := t.NameUpTo(t.firstID+ID(i)-1, maxKey-1)
		if key != "" {
			n.next[i-1] = n.first[key]
			n.first[key] = uint32(i)
		}
	}
}
