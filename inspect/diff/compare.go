package diff

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// Options say what is compared.
type Options struct {
	// All compares the types of bases as well: those of a distilled base are part of what a
	// module needs. Without it, of split BTF only its own types count.
	All bool
	// Only tells which names count; nil for all.
	Only func(name string) bool
	// Kfuncs are the flags of the functions that each side offers to BPF programs, by name;
	// nil for a side of which they are not known. Without both they are not compared.
	OldKfuncs, NewKfuncs map[string]uint32
}

// Compare returns what has changed from old to new, in the order of the sorts and of names.
// No changes means that the two are the same, whatever IDs their types have. Both have to
// be checked as btf.Load does.
//
// The error is a *CycleError, a *KindError, or ErrWork.
func Compare(old, new *btf.Types, o Options) ([]Change, error) {
	k, err := NewKernels(old, new)
	if err != nil {
		return nil, err
	}
	return k.Compare(o)
}

// Kernels are two kernels of which not only their own BTF is compared but also that of
// modules. They are for one goroutine.
type Kernels struct {
	old, new *side
	names    *names
	all      *identities
}

// NewKernels looks at the types of two kernels. The error is that of [Compare].
func NewKernels(old, new *btf.Types) (*Kernels, error) {
	const nameBytes, most = 20, 1 << 18 // of a kernel's names on average; and what nobody has to pay for that is not there
	some := min(most, max(len(old.Text()), len(new.Text()))/nameBytes)
	n, all := newNames(some), newIdentities(some)
	k := &Kernels{newSide(old, nil, n, all), newSide(new, nil, n, all), n, all}
	if err := k.old.identify(); err != nil {
		return nil, err
	}
	return k, k.new.identify()
}

// Compare compares their own BTF, as the function of this name does.
func (k *Kernels) Compare(o Options) ([]Change, error) { return k.compare(k.old, k.new, o) }

// Module compares the BTF of a module, each split from that of its kernel.
func (k *Kernels) Module(old, new *btf.Types, o Options) ([]Change, error) {
	if old.Base() != k.old.types || new.Base() != k.new.types {
		return nil, errors.New("the BTF is not split from that of the kernels")
	}
	was, is := newSide(old, k.old, k.names, k.all), newSide(new, k.new, k.names, k.all)
	if err := was.identify(); err != nil {
		return nil, err
	}
	if err := is.identify(); err != nil {
		return nil, err
	}
	return k.compare(was, is, o)
}

func (k *Kernels) compare(old, new *side, o Options) ([]Change, error) {
	c := &comparer{old: old, new: new, names: k.names, all: k.all, options: o, steps: maxSteps, textLeft: maxTexts}
	if err := c.types(); err != nil {
		return nil, err
	}
	if err := c.constants(); err != nil {
		return nil, err
	}
	c.kfuncs()
	slices.SortFunc(c.changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.sort, b.sort), strings.Compare(a.Name, b.Name), cmp.Compare(a.Old, b.Old), cmp.Compare(a.New, b.New))
	})
	changes := make([]Change, len(c.changes))
	for i := range c.changes {
		changes[i] = c.changes[i].Change
	}
	return changes, nil
}

// Bounds of what is told of details. Whether types differ is known without them.
const (
	maxSteps = 1 << 22 // members and enumerators looked at
	maxTexts = 1 << 26 // bytes of text
)

// A comparer is one comparison.
type comparer struct {
	old, new *side
	names    *names
	all      *identities
	options  Options
	changes  []change

	steps, textLeft int // see maxSteps and maxTexts
}

// A change with what it is sorted by.
type change struct {
	sort sort
	Change
}

// add notes a change of a type with a name.
func (c *comparer) add(n named, ch Change) {
	ch.Sort, ch.Name = n.sort.String(), c.names.text[n.name]
	c.changes = append(c.changes, change{n.sort, ch})
}

// wanted reports whether a name counts.
func (c *comparer) wanted(name uint32) bool {
	return c.options.Only == nil || c.options.Only(c.names.text[name])
}

// definitions are the types of one side by their identity.
type definitions struct {
	first []btf.ID // by identity; 0 for none
	next  []btf.ID // by ID: another one of that identity
}

// list returns those of an identity, in the order of their IDs. A declaration counts where
// there is nothing else.
func (d *definitions) list(s *side, i identity) (ids []btf.ID) {
	var declared btf.ID
	for id := d.first[i]; id != 0; id = d.next[id] {
		if s.types.Record(id).Kind() == btf.KindFwd {
			declared = id
			continue
		}
		ids = append(ids, id)
	}
	if ids == nil && declared != 0 {
		ids = append(ids, declared)
	}
	return ids
}

func (c *comparer) definitions(s *side) *definitions {
	d := &definitions{first: make([]btf.ID, c.all.last+1), next: make([]btf.ID, s.types.NumIDs())}
	from := btf.ID(1)
	if !c.options.All {
		from = s.types.FirstID()
	}
	for id := s.types.NumIDs() - 1; id >= from; id-- {
		i := s.ident[id]
		if c.all.of[i].name != 0 {
			d.next[id], d.first[i] = d.first[i], id
		}
	}
	return d
}

// types compares all types that have names.
func (c *comparer) types() error {
	old, new := c.definitions(c.old), c.definitions(c.new)
	for i := range c.all.of {
		n := c.all.of[i]
		if n.name == 0 || old.first[i] == 0 && new.first[i] == 0 || !c.wanted(n.name) {
			continue
		}
		if err := c.definition(n, old.list(c.old, identity(i)), new.list(c.new, identity(i))); err != nil {
			return err
		}
	}
	return nil
}

// definition compares what is defined under a name.
func (c *comparer) definition(n named, old, new []btf.ID) error {
	if len(old) == 1 && len(new) == 1 {
		same, err := c.same(old[0], new[0])
		if err != nil || same {
			return err
		}
		c.pair(n, old[0], new[0])
		return nil
	}
	oldLeft, newLeft, err := c.cancel(old, new)
	if err != nil {
		return err
	}
	switch {
	case len(old) == 0:
		c.add(n, Change{Class: Added, New: new[0], Details: c.summary(c.new, new, Added)})
		return nil
	case len(new) == 0:
		c.add(n, Change{Class: Removed, Old: old[0], Details: c.summary(c.old, old, Removed)})
		return nil
	}
	oldLeft, newLeft = c.pairSizes(n, oldLeft, newLeft)
	both := min(len(oldLeft), len(newLeft))
	for i := range both {
		c.pair(n, oldLeft[i], newLeft[i])
	}
	for _, id := range oldLeft[both:] {
		c.add(n, Change{Old: id, Details: []Detail{{Class: Removed, What: "definition", Old: c.another(c.old, id, len(old))}}})
	}
	for _, id := range newLeft[both:] {
		c.add(n, Change{New: id, Details: []Detail{{Class: Added, What: "definition", New: c.another(c.new, id, len(new))}}})
	}
	return nil
}

// pairSizes compares definitions of a size with each other, and returns what is left over. Both
// lists are in order.
func (c *comparer) pairSizes(n named, old, new []btf.ID) (oldLeft, newLeft []btf.ID) {
	for len(old) > 0 && len(new) > 0 {
		was, is := c.old.types.Record(old[0]), c.new.types.Record(new[0])
		switch order := cmp.Or(cmp.Compare(was.Kind(), is.Kind()), cmp.Compare(was.Size(), is.Size())); {
		case order < 0:
			oldLeft, old = append(oldLeft, old[0]), old[1:]
		case order > 0:
			newLeft, new = append(newLeft, new[0]), new[1:]
		default:
			c.pair(n, old[0], new[0])
			old, new = old[1:], new[1:]
		}
	}
	return append(oldLeft, old...), append(newLeft, new...)
}

// same reports whether two types have the same content.
func (c *comparer) same(old, new btf.ID) (bool, error) {
	var err error
	if c.old.buf, err = c.old.appendContent(c.old.buf[:0], old); err != nil {
		return false, err
	}
	if c.new.buf, err = c.new.appendContent(c.new.buf[:0], new); err != nil {
		return false, err
	}
	return string(c.old.buf) == string(c.new.buf), nil
}

// cancel returns the definitions that the other side has not, in an order that does not
// depend on IDs.
func (c *comparer) cancel(old, new []btf.ID) (oldLeft, newLeft []btf.ID, err error) {
	have := make(map[string]int)
	for _, id := range new {
		if c.new.buf, err = c.new.appendContent(c.new.buf[:0], id); err != nil {
			return nil, nil, err
		}
		have[string(c.new.buf)]++
	}
	taken := make(map[string]int)
	for _, id := range old {
		if c.old.buf, err = c.old.appendContent(c.old.buf[:0], id); err != nil {
			return nil, nil, err
		}
		if have[string(c.old.buf)] > 0 {
			have[string(c.old.buf)]--
			taken[string(c.old.buf)]++
		} else {
			oldLeft = append(oldLeft, id)
		}
	}
	for _, id := range new {
		if c.new.buf, err = c.new.appendContent(c.new.buf[:0], id); err != nil {
			return nil, nil, err
		}
		if taken[string(c.new.buf)] > 0 {
			taken[string(c.new.buf)]--
		} else {
			newLeft = append(newLeft, id)
		}
	}
	slices.SortFunc(oldLeft, c.old.order)
	slices.SortFunc(newLeft, c.new.order)
	return oldLeft, newLeft, nil
}

// order is that of definitions of a name: by kind, size, number of members, and by these.
func (s *side) order(a, b btf.ID) int {
	ra, rb := s.types.Record(a), s.types.Record(b)
	if o := cmp.Or(cmp.Compare(ra.Kind(), rb.Kind()), cmp.Compare(ra.Size(), rb.Size()), cmp.Compare(ra.Vlen(), rb.Vlen())); o != 0 {
		return o
	}
	for i, m := range ra.Members() {
		other := rb.Member(i)
		if o := cmp.Or(s.orderNames(m.Name, other.Name), cmp.Compare(m.Offset, other.Offset)); o != 0 {
			return o
		}
	}
	for i, v := range ra.EnumValues() {
		other := rb.EnumValue(i)
		if o := cmp.Or(s.orderNames(v.Name, other.Name), cmp.Compare(v.Value, other.Value)); o != 0 {
			return o
		}
	}
	if ra.Kind() == btf.KindTypedef || ra.Kind() == btf.KindFunc || ra.Kind() == btf.KindVar {
		return strings.Compare(s.describe(ra.Type()), s.describe(rb.Type()))
	}
	return 0
}

func (s *side) orderNames(a, b btf.StrOff) int {
	if a == b {
		return 0
	}
	// Both have been looked at.
	na, _ := s.name(a)
	nb, _ := s.name(b)
	return strings.Compare(s.names.text[na], s.names.text[nb])
}
