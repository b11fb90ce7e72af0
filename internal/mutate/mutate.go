// Package mutate changes ELF files, DWARF and BTF for tests of programs that read them. It knows the formats, so that a
// change hits a field and leaves the rest well-formed: what comes out gets past the first checks of a reader, where
// random bytes end.
//
//	m := mutate.New(rand.New(rand.NewPCG(seed, 0)), others)
//	changed, what := m.Object(file)
//
// The same seed and files give the same changes. Readers of this package are tolerant: they have to read what they
// changed before.
//
// A change is a function of a table: of ELF files in elf.go, of DWARF in attributes.go, tree.go, abbrevs.go and
// lists.go, of BTF in btf.go, of any bytes in bytes.go. What they find things with is image.go (ELF), debuginfo.go
// (DIEs) and records.go (BTF).
package mutate

import (
	"bytes"
	"math/rand/v2"
)

// A Mutator makes changes. It is not for several goroutines.
type Mutator struct {
	*rand.Rand
	others [][]byte // files that parts are taken from
}

// New returns a mutator with a source of randomness, and with real files that it may take parts of.
func New(rng *rand.Rand, others [][]byte) *Mutator { return &Mutator{rng, others} }

// A change is one kind of change. apply may overwrite data, or returns a new slice; nil says that there is nothing in
// data that it could change.
type change struct {
	name   string
	weight int
	apply  func(m *Mutator, data []byte) []byte
}

// maxChanges is the most that are made to one object. Few is best: each more hides what the others would have reached.
const maxChanges = 4

// Object returns a copy of data with one change or several, and their names. data is an ELF file, BTF, or anything.
func (m *Mutator) Object(data []byte) (changed []byte, what []string) {
	changed = bytes.Clone(data)
	n := 1
	for n < maxChanges && m.one(2) {
		n++
	}
	for range n {
		var name string
		if changed, name = m.change(changed); name != "" {
			what = append(what, name)
		}
	}
	return changed, what
}

// tries is how often another change is looked for when one finds nothing to change.
const tries = 20

// change makes one change and returns its name.
func (m *Mutator) change(data []byte) ([]byte, string) {
	table := m.tableFor(data)
	for range tries {
		c := m.pick(table)
		if changed := c.apply(m, data); changed != nil {
			return changed, c.name
		}
	}
	return data, ""
}

// tableFor returns the changes that suit data.
func (m *Mutator) tableFor(data []byte) []change {
	if parseImage(data) != nil {
		return objectChanges
	}
	if parseRecords(data) != nil && !m.one(10) {
		return btfChanges
	}
	return byteChanges
}

func (m *Mutator) pick(table []change) change {
	sum := 0
	for _, c := range table {
		sum += c.weight
	}
	n := m.IntN(sum)
	for _, c := range table {
		if n -= c.weight; n < 0 {
			return c
		}
	}
	panic("mutate: weights")
}

// one is true once in n times.
func (m *Mutator) one(n int) bool { return m.IntN(n) == 0 }

// other returns one of the files that parts are taken from, or nil.
func (m *Mutator) other() []byte {
	if len(m.others) == 0 {
		return nil
	}
	return m.others[m.IntN(len(m.others))]
}

// among returns an element of s, which must not be empty.
func among[T any](m *Mutator, s []T) T { return s[m.IntN(len(s))] }

var objectChanges, btfChanges []change

func init() {
	objectChanges = append(objectChanges, elfChanges...)
	objectChanges = append(objectChanges, attributeChanges...)
	objectChanges = append(objectChanges, treeChanges...)
	objectChanges = append(objectChanges, abbrevChanges...)
	objectChanges = append(objectChanges, listChanges...)
	objectChanges = append(objectChanges, sectionBTFChanges...)
	for _, c := range byteChanges {
		c.weight = 1
		objectChanges = append(objectChanges, c)
	}
	btfChanges = append(btfChanges, recordChanges...)
	for _, c := range byteChanges {
		c.weight = 1
		btfChanges = append(btfChanges, c)
	}
}
