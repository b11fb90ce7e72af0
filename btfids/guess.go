package btfids

import "github.com/gopahole/gopahole/btf"

// HasKfuncTag reports whether an own type is a declaration tag of a kernel function,
// as encoders are asked for it up to Linux 7.2.
func HasKfuncTag(types *btf.Types) bool {
	for id := range types.Own() {
		if isKfuncTag(types, id) {
			return true
		}
	}
	return false
}

func isKfuncTag(types *btf.Types, id btf.ID) bool {
	rec := types.Record(id)
	return rec.Kind() == btf.KindDeclTag && !rec.KindFlag() && rec.Component() == -1 &&
		types.NameUpTo(id, len(kfuncTag)) == kfuncTag
}

// ListsKfuncs reports whether a set8 of kernel functions lists an own function. The
// table may be nil.
func (t *Table) ListsKfuncs(types *btf.Types) bool {
	if t == nil {
		return false
	}
	entries, err := t.kfuncEntries()
	if err != nil {
		return false
	}
	for _, id := range ownFuncs(types, entries) {
		if id != 0 {
			return true
		}
	}
	return false
}
