package main

import (
	"github.com/gopahole/gopahole/internal/mutate"
)

func list(first string, more ...[]string) []string {
	all := []string{first}
	for _, m := range more {
		all = append(all, m...)
	}
	return all
}

// scenario runs what suits the object.
func (t *trial) scenario(m *mutate.Mutator) {
	if t.one(12) {
		t.packed(m)
		return
	}
	switch t.item.kind {
	case kernel, module:
		t.dwarf()
	case image:
		t.do(asVerb, files{t.name: t.data}, nil, "dump", "@"+t.name)
		t.asBase()
	default:
		t.types()
	}
	if t.one(6) {
		t.asBase()
	}
	if t.one(2) {
		t.looks()
	}
	if t.one(10) {
		t.archives()
	}
}
