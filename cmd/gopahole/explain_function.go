package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/trace"
	"github.com/gopahole/gopahole/inspect/diff"
	"github.com/gopahole/gopahole/inspect/explain"
	"github.com/gopahole/gopahole/verify/kfuncs"
)

// A functionReport is what --json prints of a function.
type functionReport struct {
	jsonHead
	Kind      string           `json:"kind"`
	Name      string           `json:"name"`
	Encoded   string           `json:"encoded,omitempty"` // name of the FUNC
	Reason    trace.Reason     `json:"reason,omitempty"`
	Words     string           `json:"words,omitempty"`
	Why       string           `json:"why,omitempty"`
	Cure      string           `json:"cure,omitempty"`
	Symbols   []symbolReport   `json:"symbols,omitempty"`
	Kfunc     *kfuncReport     `json:"kfunc,omitempty"`
	Instances []instanceReport `json:"instances"`
}

type symbolReport struct {
	Symbol  string `json:"symbol"`
	Section string `json:"section,omitempty"` // of a relocatable file
	Address uint64 `json:"address"`           // in a relocatable file the offset in the section
}

// A kfuncReport is what BPF programs find of a kernel function.
type kfuncReport struct {
	Flags   string   `json:"flags,omitempty"`
	Missing []string `json:"missing"`
}

// A placeReport is where something stands.
type placeReport struct {
	Unit   string `json:"unit"`
	Offset uint64 `json:"offset"`
	Source string `json:"source,omitempty"`
	Line   uint64 `json:"line,omitempty"`
}

type instanceReport struct {
	placeReport
	Fate      trace.Fate    `json:"fate"`
	Section   string        `json:"section,omitempty"` // of a relocatable file
	Address   uint64        `json:"address,omitempty"` // in a relocatable file the offset in the section
	Symbol    string        `json:"symbol,omitempty"`
	Inlined   bool          `json:"inlined,omitempty"`
	Prototype string        `json:"prototype,omitempty"`
	Params    []paramReport `json:"params,omitempty"`
}

type paramReport struct {
	Param      string `json:"param"`
	Found      string `json:"found"`
	Expected   string `json:"expected,omitempty"`
	Optimized  bool   `json:"optimized,omitempty"`
	Unexpected bool   `json:"unexpected,omitempty"`
}

func newPlace(p *trace.Place) placeReport { return placeReport{p.Unit, p.Offset, p.File, p.Line} }

func newInstance(in *trace.Instance) instanceReport {
	r := instanceReport{
		placeReport: newPlace(&in.Place), Fate: in.Fate, Section: in.Section, Address: in.Address, Symbol: in.Symbol, Inlined: in.Inlined, Prototype: in.Prototype,
	}
	for i := range in.Params {
		p := &in.Params[i]
		r.Params = append(r.Params, paramReport{p.Name, p.Found, p.Expected, p.Optimized, p.Unexpected})
	}
	return r
}

// function explains a function, if there is one of that name.
func (x *explainer) function(name string, r *trace.Recorder, types *btf.Types) (found bool, err error) {
	i := slices.IndexFunc(r.Functions, func(f trace.Function) bool { return f.Name == name })
	if len(r.Instances) == 0 && i < 0 {
		return false, nil
	}
	k, missing, err := x.kfunc(name, types)
	if err != nil && !errors.Is(err, kfuncs.ErrNoSymbols) {
		return false, fileError(x.file.Name, err)
	}
	f := &trace.Function{Name: name}
	if i >= 0 {
		f = &r.Functions[i]
	}
	report := functionReport{
		jsonHead: x.jsonHead(x.file.Name), Kind: kindFunction, Name: name, Encoded: f.Encoded, Reason: f.Reason, Words: f.Words,
		Why: explain.Function(f, r.Instances), Cure: explain.Cure(f.Reason), Instances: []instanceReport{},
	}
	if f.Encoded == "" && f.Reason == "" {
		report.Why = explain.Unjudged(r.Instances)
	}
	for _, s := range f.Symbols {
		report.Symbols = append(report.Symbols, symbolReport{s.Name, s.Section, s.Address})
	}
	if k != nil {
		report.Kfunc = &kfuncReport{diff.FlagNames(k.Flags), append([]string{}, missing...)}
	}
	for i := range r.Instances {
		report.Instances = append(report.Instances, newInstance(&r.Instances[i]))
	}
	if x.json {
		return true, x.printJSON(report)
	}
	x.printFunction(&report)
	return true, nil
}

func (x *explainer) printFunction(r *functionReport) {
	switch {
	case r.Reason != "":
		x.headline(r.Name+": function, ", bad, "not in BTF", ": "+r.Words)
	case r.Encoded == "":
		x.headline(r.Name+": function, ", bad, "not in BTF", "")
	case r.Encoded != r.Name:
		x.headline(r.Name+": function, ", good, "in BTF", " as "+r.Encoded)
	default:
		x.headline(r.Name+": function, ", good, "in BTF", "")
	}
	if r.Why != "" {
		x.line("  why:  %s", r.Why)
	}
	if r.Cure != "" {
		x.line("  cure: %s", r.Cure)
	}
	if k := r.Kfunc; k != nil {
		text := "  kfunc: BPF programs find all that they need to call it"
		if len(k.Missing) > 0 {
			text = "  kfunc: BPF programs cannot call it: no " + strings.Join(k.Missing, ", no ")
		}
		if k.Flags != "" {
			text += "; flags " + k.Flags
		}
		x.line("%s", text)
	}
	for i := range r.Instances {
		x.printInstance(&r.Instances[i])
	}
}

func (x *explainer) printInstance(in *instanceReport) {
	text := in.Source
	if in.Line > 0 {
		text += fmt.Sprintf(":%d", in.Line)
	}
	if text != "" {
		text += ", "
	}
	text += fmt.Sprintf("unit %s, .debug_info+%#x", in.Unit, in.Offset)
	switch {
	case in.Address != 0 || in.Section != "":
		text += ", at " + explain.Where(in.Section, in.Address)
		if in.Symbol != "" {
			text += " " + in.Symbol
		}
	case in.Inlined:
		text += ", inlined"
	}
	if why := explain.Fate(in.Fate); why != "" {
		text += ": " + why
	}
	x.line("  %s", text)
	if in.Prototype != "" {
		x.line("    %s", in.Prototype)
	}
	for i := range in.Params {
		p := &in.Params[i]
		line := fmt.Sprintf("      %s: %s", p.Param, p.Found)
		if p.Expected != "" {
			line += ", expected " + p.Expected
		}
		if p.Optimized {
			line += "; optimized"
		}
		if p.Unexpected {
			line += "; unexpected"
		}
		x.line("%s", line)
	}
}

// A variableReport is what --json prints of variables of a name.
type variableReport struct {
	jsonHead
	Kind      string        `json:"kind"`
	Name      string        `json:"name"`
	Variables []variableRow `json:"variables"`
}

type variableRow struct {
	placeReport
	Reason  trace.VarReason `json:"reason"`
	Why     string          `json:"why,omitempty"`
	Address uint64          `json:"address,omitempty"`
	Section string          `json:"section,omitempty"`
	// Relative: Address is an offset in Section, as the file is relocatable.
	Relative bool `json:"relative,omitempty"`
}

// variable explains the variables of a name.
func (x *explainer) variable(name string, r *trace.Recorder) error {
	report := variableReport{jsonHead: x.jsonHead(x.file.Name), Kind: kindVariable, Name: name}
	for i := range r.Variables {
		v := &r.Variables[i]
		report.Variables = append(report.Variables, variableRow{newPlace(&v.Place), v.Reason, explain.Variable(v.Reason), v.Address, v.Section, v.Relative})
	}
	if x.json {
		return x.printJSON(report)
	}
	if slices.ContainsFunc(r.Variables, func(v trace.Variable) bool { return v.Reason == trace.VarEncoded }) {
		x.headline(name+": variable, ", good, "in BTF", "")
	} else {
		x.headline(name+": variable, ", bad, "not in BTF", "")
	}
	// Declarations say something only where there is nothing else.
	slices.SortStableFunc(report.Variables, func(a, b variableRow) int { return order(a.Reason) - order(b.Reason) })
	defined := slices.ContainsFunc(report.Variables, func(v variableRow) bool { return order(v.Reason) == 0 })
	declared := 0
	for _, v := range report.Variables {
		if v.Reason == trace.VarDeclaration {
			if declared++; declared > 1 || defined {
				continue
			}
		}
		text := fmt.Sprintf("unit %s", v.Unit)
		if v.Source != "" {
			text = fmt.Sprintf("%s:%d, %s", v.Source, v.Line, text)
		}
		switch {
		case v.Section != "" && v.Relative:
			text += ", at " + explain.Where(v.Section, v.Address)
		case v.Section != "":
			text += fmt.Sprintf(", at %#x in %s", v.Address, v.Section)
		}
		if v.Why == "" {
			v.Why = "encoded"
		}
		x.line("  %s: %s", text, v.Why)
	}
	if declared > 1 {
		x.line("  declared %d times", declared)
	}
	if declared > 0 && !defined {
		x.line("  no unit with DWARF defines it: assembler or a linker script does, or a unit that is left out")
	}
	return nil
}

// order puts definitions in front of those in functions, and these in front of declarations.
func order(r trace.VarReason) int {
	switch r {
	case trace.VarLocal:
		return 1
	case trace.VarDeclaration:
		return 2
	}
	return 0
}
