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

var errOneKernel = errors.New("has no .BTF.base, so that it is for the kernel that it was built for and no other: " +
	"`gopahole verify --base=KERNEL' says whether that is this one, `gopahole distill' makes it independent of it")

// module explains whether a module relocates onto the kernel of the base.
func (x *explainer) module(name string) error {
	base := x.o.bases[len(x.o.bases)-1]
	chain, err := loadBases(x.o.bases, refuseDistilled)
	if err != nil {
		return &unreadableError{err}
	}
	m := loadRelocatable(name)
	switch {
	case errors.Is(m.err, errNotDistilled):
		return fileError(name, errOneKernel)
	case errors.Is(m.err, errBare):
		return fileError(name, fmt.Errorf("has no BTF: %w", errBare))
	case m.err != nil:
		return &unreadableError{m.err}
	}
	types, err := m.parse()
	if err != nil {
		return &unreadableError{fileError(name, err)}
	}
	if types.Base() == nil {
		return fileError(name, errOneKernel)
	}
	res, err := relocate.Check(types, relocate.NewTarget(chain.types()))
	if err != nil {
		return fileError(name, err)
	}
	r := &moduleExplanation{jsonHead: x.jsonHead(name), Kind: kindModule, Base: base, Verdict: res.Outcome.String(), Why: res.Why}
	if res.Refusal != nil {
		r.Why = res.Refusal.Message
	}
	for i := range res.Distilled {
		d := &res.Distilled[i]
		if d.State != relocate.Matched {
			r.Types = append(r.Types, moduleTypeDiff{Type: d.Kind.String(), Name: d.Name, State: d.State.String(), Why: d.Explain()})
		}
	}
	if err := x.changes(r, chain.types()); err != nil {
		return err
	}
	if x.json {
		err = x.printJSON(r)
	} else {
		x.printModule(r)
	}
	if err == nil && !res.OK() {
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

func (x *explainer) printModule(r *moduleExplanation) {
	why := ""
	if r.Why != "" {
		why = ": " + r.Why
	}
	x.headline(fmt.Sprintf("%s on %s: ", r.File, r.Base), relocationStyle(r.Verdict), r.Verdict, why)
	for _, t := range r.Types {
		x.line("  %s %s: %s: %s", t.Type, t.Name, t.State, t.Why)
		for _, c := range t.Changes {
			x.line("    %s", c)
		}
	}
}
