package module

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/elffile"
)

// errUnknownIDs says that nothing tells which functions the flags in .BTF_ids belong
// to: they are in the order of IDs of BTF that is not there.
var errUnknownIDs = errors.New(".BTF_ids is filled in with the IDs of BTF that is not in the module: build the module again")

// unresolved returns a module that was done before as it was then. The encoder and
// btfids.ImplicitArgs look at the flags of kernel functions, which filling in
// .BTF_ids puts into another order.
func (g *Generator) unresolved(f *elffile.File, table *btfids.Table) (*elffile.File, *btfids.Table, error) {
	types, err := g.typesOf(f)
	if err != nil {
		return nil, nil, err
	}
	view, err := f.WithData(f.Section(btfids.SectionName), table.Unresolve(types))
	if err != nil {
		return nil, nil, err
	}
	table, err = btfids.Read(view)
	return view, table, err
}

// typesOf returns the types that a module has.
func (g *Generator) typesOf(f *elffile.File) (*btf.Types, error) {
	data := func(name string) ([]byte, error) {
		s := f.Section(name)
		if s == nil || !s.HasData() {
			return nil, nil
		}
		return f.SectionData(s)
	}
	raw, err := data(".BTF")
	if err != nil {
		return nil, err
	}
	if raw == nil {
		return nil, errUnknownIDs
	}
	base := g.base.Types()
	distilled, err := data(".BTF.base")
	if err == nil && distilled != nil {
		base, err = btf.Parse(distilled, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("%w (.BTF.base: %w)", errUnknownIDs, err)
	}
	types, err := btf.Parse(raw, base)
	if err != nil {
		return nil, fmt.Errorf("%w (.BTF: %w)", errUnknownIDs, err)
	}
	return types, nil
}
