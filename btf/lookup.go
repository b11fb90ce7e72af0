package btf

import (
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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

// OfKind returns the types of some kinds with their IDs, those of the bases first. It costs less
// than a look at all types.
func (t *Types) OfKind(kinds ...Kind) iter.Seq2[ID, Record] {
	var wanted [maxKind + 1]bool
	for _, k := range kinds {
		wanted[k&maxKind] = true
	}
	return func(yield func(ID, Record) bool) { t.eachOfKind(&wanted, yield) }
}

func (t *Types) eachOfKind(wanted *[maxKind + 1]bool, yield func(ID, Record) bool) bool {
	if t.base != nil && !t.base.eachOfKind(wanted, yield) {
		return false
	}
	for i, at := range t.index[:len(t.index)-1] {
		if !wanted[KindOf(t.words[at+1])&maxKind] {
			continue
		}
		end := t.index[i+1]
		if !yield(t.firstID+ID(i), t.words[at:end:end]) {
			return false
		}
	}
	return true
}

// DeclTags returns the DECL_TAGs with their IDs, those of the bases first. It does not look at other
// types, which would take as long as to check them all.
func (t *Types) DeclTags() iter.Seq2[ID, Record] {
	return func(yield func(ID, Record) bool) { t.eachDeclTag(yield) }
}

func (t *Types) eachDeclTag(yield func(ID, Record) bool) bool {
	if t.base != nil && !t.base.eachDeclTag(yield) {
		return false
	}
	if !t.tagsListed {
		for id, rec := range t.Own() {
			if rec.Kind() == KindDeclTag && !yield(id, rec) {
				return false
			}
		}
		return true
	}
	for _, i := range t.declTags {
		lo, hi := t.index[i], t.index[i+1]
		if !yield(t.firstID+ID(i), t.words[lo:hi:hi]) {
			return false
		}
	}
	return true
}

// Find returns the type of a kind and name: of several the one with the lowest
// ID, so that those of a base come first (libbpf: btf__find_by_name_kind). The
// first few calls search; then the types are indexed by their names. Calls from several
// goroutines are fine.
func (t *Types) Find(kind Kind, name string) (ID, bool) {
	for id := range t.Named(name) {
		if t.Record(id).Kind() == kind {
			return id, true
		}
	}
	return 0, false
}

// Named returns all types of a name, in the order of their IDs: those of a base
// first. The name is not empty. Like Find it indexes the types for those who ask often.
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
	if t.names.searches.Load() < fewSearches && t.names.searches.Add(1) <= fewSearches {
		return t.searchNamed(name, yield)
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

// fewSearches is how many searches for a name take less than an index of the types.
const fewSearches = 16

// searchNamed is eachNamed without an index, of the own types. A name may be anywhere in the
// strings, also at the end of another one.
func (t *Types) searchNamed(name string, yield func(ID) bool) bool {
	var offs []uint32
	needle := name + "\x00"
	for b := t; b != nil; b = b.base {
		for at := 0; ; at++ {
			n := strings.Index(b.text[at:], needle)
			if n < 0 {
				break
			}
			at += n
			offs = append(offs, uint32(b.strStart)+uint32(at))
		}
	}
	if len(offs) == 0 {
		return true
	}
	slices.Sort(offs)
	first, last := offs[0], offs[len(offs)-1]
	for i, at := range t.index[:len(t.index)-1] {
		off := t.words[at]
		if off < first || off > last {
			continue
		}
		if _, ok := slices.BinarySearch(offs, off); ok && !yield(t.firstID+ID(i)) {
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
	searches atomic.Int32

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
