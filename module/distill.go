package module

import (
	"context"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/libbpf"
)

// DistillOptions of [Distill].
type DistillOptions struct {
	// KeepIDs keeps the types of the base that .BTF_ids asks for, and that nothing
	// in the module refers to any more.
	KeepIDs bool
	// LongHeader writes both results as the tool of Linux 7.0 does.
	LongHeader bool
	// Compat is the libbpf whose bytes the results have.
	Compat libbpf.Version
}

// Distill makes the types independent of their base. The error is a *StepError of
// "distill base BTF" with that of distill.Distill.
func Distill(opts DistillOptions) Step {
	const name = "distill base BTF"
	return Step{name, func(_ context.Context, m *Module) error {
		var keep []btf.ID
		if opts.KeepIDs {
			keep = wantedByIDs(m.Table, m.BTF)
		}
		base, types, err := distill.Distill(m.BTF, distill.Options{Keep: keep, Compat: opts.Compat})
		if err != nil {
			return &StepError{name, err}
		}
		if opts.LongHeader {
			// As libbpf writes BTF that it has made; what it has read keeps its header.
			base, types = base.WithLongHeader(true), types.WithLongHeader(true)
		}
		m.Base, m.BTF = base, types
		return nil
	}}
}

// wantedByIDs returns the types of the base that .BTF_ids asks for, as far as a
// distilled base can have them. resolve_btfids would not find those any more that
// no type of the module refers to.
func wantedByIDs(table *btfids.Table, types *btf.Types) []btf.ID {
	if table == nil {
		return nil
	}
	var ids []btf.ID
	for _, slot := range table.Slots() {
		if slot.ID == 0 || slot.ID >= types.FirstID() {
			continue
		}
		switch types.Record(slot.ID).Kind() {
		case btf.KindStruct, btf.KindUnion, btf.KindTypedef:
			ids = append(ids, slot.ID)
		}
	}
	return ids
}

// SortByName sorts the types as builds from Linux 7.0 on do. The error is a *StepError
// of "sort BTF".
func SortByName() Step {
	const name = "sort BTF"
	return Step{name, func(_ context.Context, m *Module) error {
		types, err := btf.SortByName(m.BTF)
		if err != nil {
			return &StepError{name, err}
		}
		m.BTF = types
		return nil
	}}
}
