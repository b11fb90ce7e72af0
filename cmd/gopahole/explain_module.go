package main

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/inspect/diff"
	"github.com/gopahole/gopahole/relocate"
)

// A moduleExplanation is what --json prints of a module that is to be loaded on a kernel.
type moduleExplanation struct {
	jsonHead
	Kind    string           `json:"kind"`
	Base    string           `json:"base"`
	Verdict string           `json:"verdict"`
	Why     string           `json:"why,omitempty"`
	Types   []moduleTypeDiff `json:"types,omitempty"`
}

// A moduleTypeDiff is a type of the distilled base that does not fit, or has changed.
type moduleTypeDiff struct {
	Type    string   `json:"type"`
	Name    string   `json:"name"`
	State   string   `json:"state"`
	Why     string   `json:"why,omitempty"`
	Changes []string `json:"changes,omitempty"`
}

// forOneKernel says which kernels a module without distilled base is for.
const forOneKernel = "it has no .BTF.base, so that it is for the kernel that it was built for and no other; " +
	"`gopahole distill' makes it independent of that"

// splitModule explains what a kernel makes of a module without a distilled base.
func (x *explainer) splitModule(name string) error {
	base := x.o.bases[0]
	if len(x.o.bases) > 1 {
		return &verbUsageError{"a module is explained for one kernel: --base is given several times"}
	}
	v, err := x.verifierOn(base, x.version)
	if err != nil {
		return &unreadableError{fmt.Errorf("--base %w", err)}
	}
	defer v.chain[0].close()
	m := v.scan(operand{path: name})
	r := &moduleExplanation{jsonHead: x.jsonHead(name), Kind: kindModule, Base: base, Verdict: m.state.String(), Why: m.why}
	switch {
	case m.state == scanUnreadable:
		return &unreadableError{fileError(name, errors.New(m.why))}
	case !m.state.inOrder():
		r.Why += "; " + forOneKernel
	}
	if x.json {
		err = x.printJSON(r)
	} else {
		x.printModule(r, m.state.style())
	}
	if err == nil && !m.state.inOrder() {
		err = &statusError{exitFailure}
	}
	return err
}

// module explains what a kernel, that of the base, makes of a module, as relocate --check does.
func (x *explainer) module(name string) error {
	m := loadRelocatable(name)
	switch {
	case errors.Is(m.err, errNotDistilled):
		return x.splitModule(name)
	case errors.Is(m.err, errBare):
		return fileError(name, fmt.Errorf("has no BTF: %w", errBare))
	case m.err != nil:
		return &unreadableError{m.err}
	}
	kernels := &relocateRun{command: x.command, bases: x.o.bases, version: x.version}
	stacks := kernels.stacks(x.o.bases)
	if len(stacks) > 1 {
		return &verbUsageError{"a module is explained for one kernel: --base is given several times"}
	}
	target, err := kernels.loadTarget(stacks[0])
	if err != nil {
		return &unreadableError{fmt.Errorf("--base %w", err)}
	}
	c := check(m, target)
	r := &moduleExplanation{jsonHead: x.jsonHead(name), Kind: kindModule, Base: target.name, Verdict: c.verdict(), Why: c.why()}
	if c.report != nil {
		for i := range c.report.Distilled {
			d := &c.report.Distilled[i]
			if d.State != relocate.Matched {
				r.Types = append(r.Types, moduleTypeDiff{Type: d.Kind.String(), Name: d.Name, State: d.State.String(), Why: d.Explain()})
			}
		}
		chain, err := loadBases(stacks[0], refuseDistilled)
		if err != nil {
			return &unreadableError{fmt.Errorf("--base %w", err)}
		}
		if err := x.changes(r, chain.types()); err != nil {
			return err
		}
	}
	if x.json {
		err = x.printJSON(r)
	} else {
		x.printModule(r, relocationStyle(r.Verdict))
	}
	if err == nil && c.exit() != exitOK {
		err = &statusError{exitFailure}
	}
	return err
}

// changes adds which members of the types have changed, if the DWARF of the module tells what they were.
func (x *explainer) changes(r *moduleExplanation, kernel *btf.Types) error {
	wanted := make(map[string]bool)
	for _, t := range r.Types {
		wanted[t.Name] = true
	}
	if len(wanted) == 0 {
		return nil
	}
	res, err := x.toBTF(x.context(), []*elffile.File{x.file}, x.conv)
	if errors.Is(err, dwarf2btf.ErrNoDWARF) || err == nil && res.BTF == nil {
		x.warn("%s: without DWARF it is not known which members its types had", x.file.Name)
		return nil
	}
	if err != nil {
		return fileError(x.file.Name, withCure(err))
	}
	changes, err := diff.Compare(res.BTF, kernel, diff.Options{Only: func(name string) bool { return wanted[name] }})
	if err != nil {
		return fileError(x.file.Name, err)
	}
	for i := range r.Types {
		t := &r.Types[i]
		for _, c := range changes {
			if c.Name != t.Name || c.Class != "" { // that it is not there is said
				continue
			}
			for _, d := range c.Details {
				t.Changes = append(t.Changes, d.String())
			}
		}
	}
	return nil
}

func (x *explainer) printModule(r *moduleExplanation, s style) {
	why := ""
	if r.Why != "" {
		why = ": " + r.Why
	}
	x.headline(fmt.Sprintf("%s on %s: ", r.File, r.Base), s, r.Verdict, why)
	for _, t := range r.Types {
		x.line("  %s %s: %s: %s", t.Type, t.Name, t.State, t.Why)
		for _, c := range t.Changes {
			x.line("    %s", c)
		}
	}
}
