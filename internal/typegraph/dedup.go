package typegraph

import (
	"context"
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// Options are the options of Dedup. The zero value is libbpf 1.8's treatment
// of BTF that was read from a file.
type Options struct {
	// KeepStrings leaves the string section as it is, as libbpf does with BTF
	// that was built through its API: unused strings stay, and names are equal
	// if their offsets are.
	KeepStrings bool

	Compat Compat
}

// Dedup returns t without duplicate types, as libbpf's btf__dedup would: byte
// for byte the same. Split BTF is deduplicated against its base as well, which
// stays as it is. t is not changed.
//
// Types that stay keep their order. The result has the byte order of t, and a
// layout section if t has one.
//
// The error is a *UnknownKindError, wrapped, for a kind whose references are
// not known, a *TypeError for types that cannot be put in order, and a *WorkError for
// types that take too long to compare.
func Dedup(ctx context.Context, t *btf.Types, opts Options) (*btf.Types, error) {
	out, _, err := dedupStats(ctx, t, opts)
	return out, err
}

// fewTypes is how many types of the base there have to be for each own one, for few of
// them to be looked at.
const fewTypes = 16

// dedupStats is Dedup with the counts of the graph.
func dedupStats(ctx context.Context, t *btf.Types, opts Options) (*btf.Types, Stats, error) {
	if t.HasUnknownHeader() {
		return nil, Stats{}, fmt.Errorf("dedup: the header has fields that are not known")
	}
	c := new(converter)
	index := make(chan error, 1)
	var base *Base
	go func() { // beside the search for names, which goes through all of the base as well
		var err error
		if t.Base() != nil {
			base, err = NewBase(t.Base())
		}
		index <- err
	}()
	own, strs, err := c.rename(t, opts)
	baseErr := <-index
	if err != nil {
		return nil, Stats{}, fmt.Errorf("dedup: %w", err)
	}
	if baseErr != nil {
		return nil, Stats{}, fmt.Errorf("dedup: base: %w", baseErr)
	}
	var g Graph
	if base != nil {
		few := int(t.NumIDs()-t.FirstID()) < int(t.FirstID())/fewTypes
		split := NewSplit(base, SplitOptions{Few: few, Compat: opts.Compat})
		g, c.shapes = split, split.Shapes()
	} else {
		c.shapes = NewShapes()
		g = NewDeferred(c.shapes)
	}
	unit, err := c.unit(own, t.FirstID())
	if err != nil {
		return nil, Stats{}, fmt.Errorf("dedup: %w", err)
	}
	err = g.Add(unit)
	var res *Result
	if err == nil {
		res, err = g.Finish(ctx)
	}
	if err != nil {
		return nil, g.Stats(), fmt.Errorf("dedup: %w", withName(err, t))
	}
	same := func(name uint32) uint32 { return name }
	var words []uint32
	for id := res.First; id < res.NumIDs(); id++ {
		shape, edges := res.Type(id)
		words = AppendRecord(words, c.shapes.Words(shape), edges, same)
	}
	out, err := t.Replace(words, strs)
	if err != nil {
		return nil, Stats{}, fmt.Errorf("dedup: %w", err)
	}
	return out, g.Stats(), nil
}

// withName adds the name of the type to an error about work. Names have the string
// offsets of the result, so the type is looked up in t.
func withName(err error, t *btf.Types) error {
	if work := (*WorkError)(nil); errors.As(err, &work) {
		return fmt.Errorf("%.200q: %w", t.Name(btf.ID(work.ID)), err)
	}
	return err
}

// converter turns records into units. Name identities are string offsets.
type converter struct {
	shapes *Shapes
	shape  []uint32 // scratch
}

// unit returns the types in words, whose IDs start at first.
func (c *converter) unit(words []uint32, first btf.ID) (*Unit, error) {
	b := unitWriter{converter: c, first: first}
	for at := 0; at < len(words); {
		n, ok := btf.RecordWords(btf.KindOf(words[at+1]), btf.VlenOf(words[at+1]))
		if !ok {
			return nil, fmt.Errorf("[%d]: %w", int(first)+len(b.u.Shapes), &UnknownKindError{btf.KindOf(words[at+1])})
		}
		if err := b.add(words[at : at+n]); err != nil {
			return nil, fmt.Errorf("[%d]: %w", int(first)+len(b.u.Shapes), err)
		}
		at += n
	}
	return b.done(), nil
}

type unitWriter struct {
	*converter
	first btf.ID
	u     Unit
	edges []uint32 // scratch
}

func (b *unitWriter) add(rec []uint32) error {
	if kind := btf.KindOf(rec[1]); lookupKind(kind) == nil {
		return &UnknownKindError{Kind: kind}
	}
	b.u.Start = append(b.u.Start, uint32(len(b.u.Edges)))
	b.shape, b.edges = SplitRecord(b.shape[:0], b.edges[:0], rec)
	b.u.Shapes = append(b.u.Shapes, b.shapes.Intern(b.shape))
	for _, id := range b.edges {
		b.u.Edges = append(b.u.Edges, b.ref(id))
	}
	return nil
}

// ref returns the reference to a type ID.
func (b *unitWriter) ref(id uint32) Ref {
	if id < uint32(b.first) {
		return InGraph(id)
	}
	return Local(id - uint32(b.first) + 1)
}

func (b *unitWriter) done() *Unit {
	b.u.Start = append(b.u.Start, uint32(len(b.u.Edges)))
	return &b.u
}
