package dedup

import (
	"context"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/typegraph"
	"github.com/gopahole/gopahole/libbpf"
)

// Options are the options of [Dedup]. The zero value is libbpf 1.8's treatment of
// BTF that was read from a file.
type Options struct {
	// KeepStrings leaves the string section as it is, as libbpf does with BTF that
	// was built through its API: unused strings stay, and names are equal if their
	// offsets are.
	KeepStrings bool

	// Compat is the libbpf whose bytes the result has.
	Compat libbpf.Version
}

// Dedup returns t without duplicate types, as libbpf's btf__dedup would: byte for
// byte the same. Split BTF is deduplicated against its base as well, which stays as
// it is. t is not changed. Several goroutines may call Dedup, also for the same
// types.
//
// Types that stay keep their order. The result has the byte order of t, and a layout
// section if t has one.
//
// The error wraps an [*UnknownKindError], a [*TypeError] or a [*WorkError], or is that
// of ctx, which is looked at every few milliseconds.
func Dedup(ctx context.Context, t *btf.Types, opts Options) (*btf.Types, error) {
	if t.HasUnknownHeader() {
		return nil, fmt.Errorf("dedup: the header has fields that are not known")
	}
	own, strs, err := rename(t, opts)
	if err != nil {
		return nil, fmt.Errorf("dedup: %w", err)
	}
	var base *typegraph.Base
	if t.Base() != nil {
		if base, err = typegraph.NewBaseFor(t.Base(), own); err != nil {
			return nil, fmt.Errorf("dedup: base: %w", publicError(err, t))
		}
	}
	words, err := merge(ctx, own, t, base, opts)
	if err != nil {
		return nil, fmt.Errorf("dedup: %w", publicError(err, t))
	}
	out, err := t.Replace(words, strs)
	if err != nil {
		return nil, fmt.Errorf("dedup: %w", err)
	}
	return out, nil
}

// fewTypes is how many types of the base there have to be for each own one, for few of
// them to be looked at.
const fewTypes = 16

// merge returns the records that are left of the own records of t, whose names are
// those of the result.
func merge(ctx context.Context, own []uint32, t *btf.Types, base *typegraph.Base, opts Options) ([]uint32, error) {
	var graph typegraph.Graph
	var shapes *typegraph.Shapes
	if base != nil {
		few := int(t.NumIDs()-t.FirstID()) < int(t.FirstID())/fewTypes
		split := typegraph.NewSplit(base, typegraph.SplitOptions{Few: few, Compat: opts.Compat})
		graph, shapes = split, split.Shapes()
	} else {
		shapes = typegraph.NewShapes()
		graph = typegraph.NewDeferred(shapes, opts.Compat)
	}
	size := len(own)
	unit, err := unitOf(own, t.FirstID(), shapes)
	if err != nil {
		return nil, err
	}
	if err := graph.Add(unit); err != nil {
		return nil, err
	}
	res, err := graph.Finish(ctx)
	if err != nil {
		return nil, err
	}
	words := make([]uint32, 0, size)
	same := func(name uint32) uint32 { return name }
	for id := res.First; id < res.NumIDs(); id++ {
		shape, edges := res.Type(id)
		words = typegraph.AppendRecord(words, shapes.Words(shape), edges, same)
	}
	return words, nil
}
