package btfids

import "github.com/gopahole/gopahole/btf"

// Untagged are the own functions that set8s of kernel functions list and that have no
// declaration tag bpf_kfunc, so that no BPF program can call them.
type Untagged struct {
	Names []string // each once, in the order of the sets
	Of    int      // the number of own functions that are listed
}

// Untagged looks for kernel functions without a tag. The table may be nil.
func (t *Table) Untagged(types *btf.Types) Untagged {
	var u Untagged
	if t == nil {
		return u
	}
	entries, err := t.kfuncEntries()
	if err != nil || len(entries) == 0 {
		return u
	}
	tagged := map[btf.ID]bool{}
	for id, rec := range types.Own() {
		if isKfuncTag(types, id) {
			tagged[rec.Type()] = true
		}
	}
	funcs := ownFuncs(types, entries)
	for _, e := range entries {
		id := funcs[e.name]
		if id == 0 {
			continue
		}
		funcs[e.name] = 0 // it may be in several sets
		if u.Of++; !tagged[id] {
			u.Names = append(u.Names, e.name)
		}
	}
	return u
}
