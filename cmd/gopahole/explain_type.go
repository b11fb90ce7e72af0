package main

import (
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/trace"
	"github.com/gopahole/gopahole/inspect/explain"
)

// A typeReport is what --json prints of the types of a name.
type typeReport struct {
	jsonHead
	Kind        string             `json:"kind"`
	Name        string             `json:"name"`
	Copies      []copyReport       `json:"copies"`
	Differences []differenceReport `json:"differences,omitempty"`
}

// A copyReport is one of the types.
type copyReport struct {
	ID          btf.ID             `json:"id"`
	Type        string             `json:"type"` // kind of BTF
	Size        uint32             `json:"size,omitempty"`
	Definitions []definitionReport `json:"definitions,omitempty"`
}

// A definitionReport is where a type is defined, and the units that have it from there.
type definitionReport struct {
	Source string   `json:"source"`
	Line   uint64   `json:"line,omitempty"`
	Units  []string `json:"units"`
}

// A differenceReport is in what two of the types differ.
type differenceReport struct {
	IDs         [2]btf.ID             `json:"ids"`
	Path        string                `json:"path"`
	Differs     string                `json:"differs"` // name of the type at its end
	Why         string                `json:"why"`
	Definitions [2][]definitionReport `json:"of_both,omitempty"` // of that type
}

// typ explains the types of a name, if there are any.
func (x *explainer) typ(name string, r *trace.Recorder, types *btf.Types) (found bool, err error) {
	byKind := make(map[btf.Kind][]btf.ID)
	report := typeReport{jsonHead: x.jsonHead(x.file.Name), Kind: kindType, Name: name, Copies: []copyReport{}}
	for id := range types.Named(name) {
		rec := types.Record(id)
		if kind := rec.Kind(); kindOf(kind) == kindType {
			byKind[kind] = append(byKind[kind], id)
			report.Copies = append(report.Copies, copyReport{ID: id, Type: kind.String(), Size: rec.Size()})
		}
	}
	if len(report.Copies) == 0 {
		return false, nil
	}
	for i := range report.Copies {
		report.Copies[i].Definitions = definedIn(r.Definitions, name, types, report.Copies[i].ID)
	}
	var diffs []*explain.Difference
	leaves := make(map[string]bool)
	for _, ids := range byKind {
		for _, id := range ids[1:] {
			if d := explain.Between(types, ids[0], id); d != nil {
				diffs = append(diffs, d)
				report.Differences = append(report.Differences, differenceReport{
					IDs: [2]btf.ID{ids[0], id}, Path: d.Text(name), Differs: d.Named(types, name), Why: d.Why,
				})
				leaves[d.Named(types, name)] = true
			}
		}
	}
	if err := x.leaves(name, types, leaves, r, &report, diffs); err != nil {
		return true, err
	}
	if x.json {
		return true, x.printJSON(report)
	}
	x.printType(&report)
	return true, nil
}

// leaves looks for the definitions of the types that differ. Those that have another name than what is explained need
// another look at the file.
func (x *explainer) leaves(name string, types *btf.Types, leaves map[string]bool, r *trace.Recorder, report *typeReport, diffs []*explain.Difference) error {
	delete(leaves, "")
	all := r.Definitions
	if len(leaves) > 1 || len(leaves) == 1 && !leaves[name] {
		more, _, err := x.encode(func(n []byte) bool { return leaves[string(n)] })
		if err != nil {
			return err
		}
		all = slices.Concat(all, more.Definitions)
	}
	for i, d := range diffs {
		a, b := d.NamedIDs(types)
		out := &report.Differences[i]
		if out.Differs != "" && a != 0 {
			out.Definitions[0] = definedIn(all, out.Differs, types, a)
			out.Definitions[1] = definedIn(all, out.Differs, types, b)
			if out.Path != name {
				report.narrow(out)
			}
		}
	}
	slices.SortStableFunc(report.Differences, func(a, b differenceReport) int { return int(a.IDs[1]) - int(b.IDs[1]) })
	return nil
}

// definedIn returns where a type is defined, among the definitions of its name.
func definedIn(all []trace.Definition, name string, types *btf.Types, id btf.ID) (found []definitionReport) {
	for i := range all {
		d := &all[i]
		if d.Name != name || !explain.Defines(d, types, id) {
			continue
		}
		k := slices.IndexFunc(found, func(f definitionReport) bool { return f.Source == d.File && f.Line == d.Line })
		if k < 0 {
			k = len(found)
			found = append(found, definitionReport{Source: d.File, Line: d.Line})
		}
		if units := found[k].Units; len(units) == 0 || units[len(units)-1] != d.Unit {
			found[k].Units = append(units, d.Unit)
		}
	}
	return found
}

func (x *explainer) definedText(d *definitionReport) string {
	return fmt.Sprintf("%s:%d, in %s", d.Source, d.Line, x.unitsText(d.Units))
}

func (x *explainer) printType(r *typeReport) {
	times := "once"
	if n := len(r.Copies); n > 1 {
		times = fmt.Sprintf("%d times", n)
	}
	x.line("%s: type, %s in BTF", r.Name, times)
	for _, c := range r.Copies {
		x.line("  [%d] %s size=%d", c.ID, c.Type, c.Size)
		for i := range c.Definitions {
			x.line("    %s", x.definedText(&c.Definitions[i]))
		}
	}
	for _, d := range r.Differences {
		x.line("  [%d] and [%d] differ at %s: %s", d.IDs[0], d.IDs[1], d.Path, d.Why)
		if d.Path == r.Name {
			continue // they stand above
		}
		for side, defs := range d.Definitions {
			for i := range defs {
				x.line("    %s: %s", [...]string{"one", "other"}[side], x.definedText(&defs[i]))
			}
		}
	}
}

// narrow narrows the definitions of the two copies that a difference is of.
func (r *typeReport) narrow(d *differenceReport) {
	for side, id := range d.IDs {
		for i := range r.Copies {
			if r.Copies[i].ID == id {
				r.Copies[i].narrow(d.Definitions[side])
			}
		}
	}
}

// narrow keeps of the definitions of a copy the units that have the type at the end of a difference as on its side:
// copies that differ only in what they lead to have definitions that look the same.
func (c *copyReport) narrow(leaf []definitionReport) {
	if len(leaf) == 0 {
		return
	}
	var kept []definitionReport
	for _, d := range c.Definitions {
		d.Units = slices.DeleteFunc(slices.Clone(d.Units), func(unit string) bool {
			return !slices.ContainsFunc(leaf, func(l definitionReport) bool { return slices.Contains(l.Units, unit) })
		})
		if len(d.Units) > 0 {
			kept = append(kept, d)
		}
	}
	c.Definitions = kept
}
