package btfids

import (
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// An Origin is a base that is not there: so many IDs and bytes of strings come before those
// of BTF that is split from it.
type Origin struct {
	IDs     btf.ID
	Strings btf.StrOff
}

// maxSearch bounds the steps in which an origin is looked for. A module has some functions
// in its sets, and at most some thousands of its own.
const maxSearch = 1 << 24

// Origin finds the base that types were split from when the section was filled in from
// them. own are these types, read on a base without types: IDs and offsets in it are as they
// were written. Functions that the sets list are own functions, so two things have to fit:
// their names stand in the own strings where the offset of a FUNC leads, and their IDs
// in the section are those of these FUNCs. It returns false if that is so for no base or
// for several.
func (t *Table) Origin(own *btf.Types) (Origin, bool) {
	names, ids := t.filledFuncs()
	at := ownStrings(own.Text(), names)
	if len(at) == 0 {
		return Origin{}, false
	}
	funcs := map[btf.StrOff]btf.ID{} // own ones by name, counted from 0
	for id, rec := range own.Own() {
		if rec.Kind() == btf.KindFunc {
			if _, ok := funcs[rec.NameOff()]; !ok {
				funcs[rec.NameOff()] = id - own.FirstID()
			}
		}
	}
	steps := 0
	var found []Origin
	for off := range funcs {
		if off <= at[0] {
			continue
		}
		o := Origin{Strings: off - at[0]}
		var listed []btf.ID
		for _, a := range at {
			f, ok := funcs[o.Strings+a]
			if steps++; !ok {
				break
			}
			listed = append(listed, f)
		}
		if len(listed) < len(at) {
			continue
		}
		for _, id := range ids {
			o.IDs = id - listed[0]
			fits := id > listed[0]
			for i := 0; fits && i < len(listed); i++ {
				steps++
				_, fits = slices.BinarySearch(ids, o.IDs+listed[i])
			}
			if fits {
				found = append(found, o)
			}
			if steps > maxSearch || len(found) > 1 {
				return Origin{}, false
			}
		}
		if steps > maxSearch {
			return Origin{}, false
		}
	}
	if len(found) == 0 {
		return Origin{}, false
	}
	return found[0], true
}

// ownStrings returns the offsets of those names that are in a section of strings.
func ownStrings(text string, names []string) []btf.StrOff {
	wanted := make(map[string]bool, len(names))
	for _, name := range names {
		wanted[name] = true
	}
	var at []btf.StrOff
	for off := 0; off < len(text); {
		n := strings.IndexByte(text[off:], 0)
		if n < 0 {
			break
		}
		if name := text[off : off+n]; wanted[name] {
			wanted[name] = false
			at = append(at, btf.StrOff(off))
		}
		off += n + 1
	}
	return at
}

// filledFuncs returns the names of functions that filled set8s list, and the IDs in them,
// ascending.
func (t *Table) filledFuncs() (names []string, ids []btf.ID) {
	places := map[uint64]bool{}
	for i := range t.sets {
		s := &t.sets[i]
		if !s.pairs || !t.filled(s) {
			continue
		}
		for at := s.off + s.head(); at < s.end(); at += pairSize {
			places[at] = true
			if id, _ := t.word(at); id != 0 {
				ids = append(ids, btf.ID(id))
			}
		}
	}
	for _, e := range t.lists[slices.Index(listKinds[:], btf.KindFunc)].entries {
		if slices.ContainsFunc(e.offs, func(off uint64) bool { return places[off] }) {
			names = append(names, e.name)
		}
	}
	slices.Sort(ids)
	return names, slices.Compact(ids)
}
