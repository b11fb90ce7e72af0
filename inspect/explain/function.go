package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/dwarf2btf/trace"
)

// Function says in one sentence why a function is left out, "" if it is not. instances are those of its name, or
// none: then the sentence is about the rule and names no parameter.
func Function(f *trace.Function, instances []trace.Instance) string {
	switch f.Reason {
	case trace.AmbiguousAddress:
		return ambiguous(f)
	case trace.OptimizedParams:
		return "the compiler made a copy of it that does not get all parameters of the source" + of(instances, func(p *trace.Param) bool {
			return p.Optimized || p.Found == "nowhere"
		}, "is not passed")
	case trace.ReorderedParams:
		return "the compiler put its parameters into another order than the source has" + reordered(instances)
	case trace.UncertainLocation:
		return "it gets a packed struct on the stack, and DWARF does not say at which offset"
	case trace.InconsistentPrototype:
		return inconsistent(f, instances)
	case trace.UnexpectedRegister:
		return "a parameter is not in the register in which the calling convention passes it" + of(instances, func(p *trace.Param) bool {
			return p.Unexpected
		}, "is elsewhere")
	case "":
		return ""
	}
	return fmt.Sprintf("the rule %s applies", f.Reason)
}

// of names the first parameter that a rule is about.
func of(instances []trace.Instance, about func(*trace.Param) bool, what string) string {
	for i := range instances {
		in := &instances[i]
		k := slices.IndexFunc(in.Params, func(p trace.Param) bool { return about(&p) })
		if in.Number < 0 || k < 0 {
			continue
		}
		p := &in.Params[k]
		text := fmt.Sprintf(": parameter %d (%s) %s", k+1, p.Name, what)
		if p.Unexpected {
			text += fmt.Sprintf(": in %s", p.Found)
			if p.Expected != "" {
				text += ", and not in " + p.Expected
			}
		}
		if in.Symbol != "" {
			text += " of " + in.Symbol
		}
		return text
	}
	return ""
}

// reordered names the first parameter of an instance that is elsewhere in the order of another one.
func reordered(instances []trace.Instance) string {
	for i := range instances {
		in := &instances[i]
		if !in.Reordered {
			continue
		}
		for j := range instances {
			source := &instances[j]
			if source.Reordered || len(source.Params) != len(in.Params) {
				continue
			}
			for k := range source.Params {
				name := source.Params[k].Name
				at := slices.IndexFunc(in.Params, func(p trace.Param) bool { return p.Name == name })
				if at < 0 || at == k {
					continue
				}
				text := fmt.Sprintf(": parameter %d (%s) is number %d", k+1, name, at+1)
				if in.Symbol != "" {
					text += " of " + in.Symbol
				}
				return text
			}
		}
	}
	return ""
}

func ambiguous(f *trace.Function) string {
	text := "its name is that of functions at several addresses, so that it does not tell which one is meant"
	var at []string
	for _, s := range f.Symbols {
		if a := fmt.Sprintf("%s at %s", s.Name, Where(s.Section, s.Address)); !slices.Contains(at, a) {
			at = append(at, a)
		}
	}
	const most = 4
	if more := len(at) - most; more > 0 {
		at = append(at[:most], fmt.Sprintf("%d more", more))
	}
	if len(at) > 0 {
		text += ": " + strings.Join(at, ", ")
	}
	return text
}

func inconsistent(f *trace.Function, instances []trace.Instance) string {
	text := "units do not agree on what its parameters or its result are"
	for _, d := range f.Differ {
		a, b := byNumber(instances, d.A), byNumber(instances, d.B)
		if a == nil || b == nil {
			continue
		}
		return text + fmt.Sprintf(": %s in %s, %s in %s", a.Prototype, where(&a.Place), b.Prototype, where(&b.Place))
	}
	if len(f.Differ) > 0 {
		text += ": " + f.Differ[0].Words
	}
	return text
}

// Where is a place in code or data: an address or, with a section, an offset in that.
func Where(section string, at uint64) string {
	if section == "" {
		return fmt.Sprintf("%#x", at)
	}
	return fmt.Sprintf("%s+%#x", section, at)
}

func byNumber(instances []trace.Instance, n int) *trace.Instance {
	i := slices.IndexFunc(instances, func(in trace.Instance) bool { return in.Number == n })
	if i < 0 {
		return nil
	}
	return &instances[i]
}

// where says where something stands, for people.
func where(p *trace.Place) string {
	switch {
	case p.File != "" && p.Line > 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	case p.Unit != "":
		return p.Unit
	}
	return fmt.Sprintf(".debug_info+%#x", p.Offset)
}

// Cure says what it would take for a function to be encoded.
func Cure(r trace.Reason) string {
	switch r {
	case trace.AmbiguousAddress:
		return "rename all but one of the functions, or make the static ones one"
	case trace.OptimizedParams:
		return "keep the compiler from changing its parameters: __noclone and noinline, or __used or noipa on it; " +
			"or encode with the feature true_signature, which gives it the name of its symbol"
	case trace.ReorderedParams:
		return "keep the compiler from changing its parameters: __noclone and noinline, or noipa on it"
	case trace.UncertainLocation:
		return "pass the struct by a pointer, or without __packed"
	case trace.InconsistentPrototype:
		return "give the units one declaration, or the functions different names; or encode without the feature consistent_func"
	case trace.UnexpectedRegister:
		return "keep the compiler from changing its parameters (noipa, __noclone); a function in assembler needs one that follows the convention"
	}
	return ""
}

// Fate says in a sentence why an instance is not judged, "" for one that is.
func Fate(f trace.Fate) string {
	switch f {
	case trace.Declared:
		return "only declared there: a definition has to be somewhere else"
	case trace.NoSymbol:
		return "no function of the symbol table has its name: it was inlined everywhere or left out by the linker, or exists only under another name; " +
			"noinline or __used would keep it"
	case trace.UnnamedArgs:
		return "a parameter has no name there"
	}
	return ""
}

// Unjudged says in a sentence why a function is left out none of whose instances could be judged.
func Unjudged(instances []trace.Instance) string {
	for _, fate := range []trace.Fate{trace.NoSymbol, trace.UnnamedArgs, trace.Declared} {
		if slices.ContainsFunc(instances, func(in trace.Instance) bool { return in.Fate == fate }) {
			return Fate(fate)
		}
	}
	return ""
}
