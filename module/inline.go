package module

import (
	"context"
	"debug/elf"
	"errors"

	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/elffile"
)

// SplitInline takes BTF inline out of the types, as builds of kernels with it do after
// SortByName. A function keeps its FUNC if the file has a symbol for its code, or if
// .BTF_ids asks for it; without a symbol table, all keep them. The error is a *StepError
// of "extract inline BTF".
func SplitInline() Step {
	const name = "extract inline BTF"
	return Step{name, func(_ context.Context, m *Module) error {
		main, inline, err := btfids.SplitInline(m.BTF, m.hasCode)
		if err != nil {
			return &StepError{name, err}
		}
		m.BTF, m.Inline = main, inline
		return nil
	}}
}

// hasCode sets those names to true that are functions of the file, or that .BTF_ids asks
// for.
func (m *Module) hasCode(names map[string]bool) error {
	for name := range names {
		names[name] = m.Table.AsksForFunc(name)
	}
	err := m.file().Symbols(func(sym elffile.Symbol) error {
		if undefined := !sym.Reserved && sym.Shndx == uint32(elf.SHN_UNDEF); undefined || sym.Type() != elf.STT_FUNC {
			return nil
		}
		if has, ok := names[string(sym.Name)]; ok && !has {
			names[string(sym.Name)] = true
		}
		return nil
	})
	if errors.Is(err, elffile.ErrNoSymtab) {
		for name := range names {
			names[name] = true
		}
		return nil
	}
	return err
}
