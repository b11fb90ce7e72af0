// Package mutate changes ELF files, DWARF and BTF for tests of programs that read them. It knows the formats, so that a
// change hits a field and leaves the rest well-formed: what comes out gets past the first checks of a reader, where
// random bytes end.
//
//	changed, names := mutate.NewPlan(seed, others, nil).Apply(file, mutate.All)
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
	valid  bool     // see NewPlan
}

// New returns a mutator with a source of randomness, and with real files that it may take parts of.
func New(rng *rand.Rand, others [][]byte) *Mutator { return &Mutator{Rand: rng, others: others} }

// A change is one kind of change. apply may overwrite data, or returns a new slice; nil says that there is nothing in
// data that it could change.
type change struct {
	name   string
	weight int
	apply  func(m *Mutator, data []byte) []byte
}

// maxChanges is the most that are made to one file. Few is best: each more hides what the others would have reached.
const maxChanges = 4

// A Plan is a list of changes that were chosen by a seed. Each is made by a seed of its own, so that a part of the list
// can be made alone.
type Plan struct {
	seed   uint64
	others [][]byte
	valid  bool
	n      int
}

// NewPlan returns the changes of a seed: one, or several. Parts of other files come from others. With valid there are
// only changes that leave the structure of a file as it was, see Valid.
func NewPlan(seed uint64, others [][]byte, valid bool) *Plan {
	rng := rand.New(rand.NewPCG(seed, 0))
	n := 1
	for n < maxChanges && rng.IntN(2) == 0 {
		n++
	}
	return &Plan{seed, others, valid, n}
}

// Len is the number of changes.
func (p *Plan) Len() int { return p.n }

// Apply returns a copy of data with those changes whose bit is set in the mask, and their names. data is an ELF file,
// BTF, or anything.
func (p *Plan) Apply(data []byte, mask uint) (changed []byte, names []string) {
	changed = bytes.Clone(data)
	for i := range p.n {
		if mask>>i&1 == 0 {
			continue
		}
		m := New(rand.New(rand.NewPCG(p.seed, uint64(i)+1)), p.others)
		m.valid = p.valid
		var name string
		if changed, name = m.change(changed); name != "" {
			names = append(names, name)
		}
	}
	return changed, names
}

// All is the mask of all changes.
const All = ^uint(0)

// Valid reports whether a change, of a name that Apply returns, can leave the structure of a file as it was:
// what it says may be nonsense, but all readers read the same.
func Valid(name string) bool {
	switch name {
	case "DWARF: attribute", "DWARF: attribute of interest", "DWARF: reference", "DWARF: cycle of references",
		"DWARF: all references to one type", "DWARF: names", "DWARF: strings", "DWARF: expression", "ELF: symbol's name":
		return true
	}
	return false
}

// tries is how often another change is looked for when one finds nothing to change.
const tries = 50

// change makes one change and returns its name.
func (m *Mutator) change(data []byte) ([]byte, string) {
	table := m.tableFor(data)
	for range tries {
		c := m.pick(table)
		if m.valid && !Valid(c.name) {
			continue
		}
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
