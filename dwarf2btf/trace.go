package dwarf2btf

import (
	"debug/elf"
	"strconv"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/funcs"
	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"
	"github.com/gopahole/gopahole/dwarf2btf/trace"
	"github.com/gopahole/gopahole/elffile"
)

// What is recorded with Options.Trace. The rules are asked where they decide: package unit records instances, variables
// and definitions of a CU, funcs.Select says which functions are left out, and here both come together.

// traceCU takes what was recorded of a CU. Its functions are saved after that.
func (e *encoder) traceCU(c *unit.CU) {
	r := e.opts.Trace
	if c.Filtered {
		r.LeftUnits++
	}
	for _, in := range c.Traced.Instances {
		if in.Number >= 0 {
			in.Number += e.saved.Len()
		}
		r.Instances = append(r.Instances, in)
	}
	r.Variables = append(r.Variables, c.Traced.Variables...)
	r.Definitions = append(r.Definitions, c.Traced.Definitions...)
}

// traceReasons are the words for the reasons of package funcs.
var traceReasons = map[funcs.Reason]trace.Reason{
	funcs.UnexpectedRegister:    trace.UnexpectedRegister,
	funcs.InconsistentPrototype: trace.InconsistentPrototype,
	funcs.UncertainLocation:     trace.UncertainLocation,
	funcs.ReorderedParams:       trace.ReorderedParams,
	funcs.OptimizedParams:       trace.OptimizedParams,
	funcs.AmbiguousAddress:      trace.AmbiguousAddress,
}

// traceSkips returns a function that records what is left out, and passes it on to next, which may be nil.
func (e *encoder) traceSkips(next func(*funcs.Skip)) func(*funcs.Skip) {
	r := e.opts.Trace
	var differ []trace.Differ // of the group
	group := -1
	return func(s *funcs.Skip) {
		if next != nil {
			next(s)
		}
		if s.Group != group {
			group, differ = s.Group, nil
		}
		if s.Reason.Note() {
			d := trace.Differ{A: int(s.States[0]), B: int(s.States[1]), Words: s.Text(e.name)}
			differ = append(differ, d)
			if r.Wanted(s.Func) {
				if e.differs == nil {
					e.differs = make(map[[2]int32][]trace.Differ)
				}
				at := [2]int32{int32(s.File), s.Entry}
				e.differs[at] = append(e.differs[at], d)
			}
			return
		}
		f := e.tracedFunction(s.Func, s.Entry, int(s.File))
		f.Reason, f.Words, f.Differ = traceReasons[s.Reason], s.Text(e.name), differ
		r.Functions = append(r.Functions, f)
	}
}

// tracedFunction begins the record of a function.
func (e *encoder) tracedFunction(name []byte, entry int32, file int) trace.Function {
	r, s := e.opts.Trace, e.files[file]
	f := trace.Function{File: s.ELF().Name, Name: string(name)}
	_, f.Kfunc = s.Kfunc(entry)
	if r.Wanted(name) {
		sections := e.sectionsOfSymbols(file)
		seen := make(map[symbolAt]int)
		s.Symbols().Each(entry, func(name []byte, addr uint64) {
			sym := trace.Symbol{Name: string(name), Address: addr}
			at := symbolAt{sym.Name, addr}
			if n := seen[at]; n < len(sections[at]) {
				sym.Section = sections[at][n]
			}
			seen[at]++
			f.Symbols = append(f.Symbols, sym)
		})
	}
	return f
}

// A symbolAt is what the tables of symbols keep of a function.
type symbolAt struct {
	name  string
	value uint64
}

// sectionsOfSymbols returns the sections of the functions of a relocatable file, whose symbols have offsets in these. Of
// symbols with one name and offset they are in the order of the table. Of a linked file, and of one whose symbols cannot
// be read again, there are none.
func (e *encoder) sectionsOfSymbols(file int) map[symbolAt][]string {
	f := e.files[file].ELF()
	if f.Type != elf.ET_REL {
		return nil
	}
	if sections, ok := e.symbolSections[file]; ok {
		return sections
	}
	sections := make(map[symbolAt][]string)
	_ = f.Symbols(func(s elffile.Symbol) error {
		if s.Type() == elf.STT_FUNC && !s.Reserved && int(s.Shndx) < len(f.Sections) {
			at := symbolAt{string(s.Name), s.Value}
			sections[at] = append(sections[at], f.Sections[s.Shndx].Name)
		}
		return nil
	})
	if e.symbolSections == nil {
		e.symbolSections = make(map[int]map[symbolAt][]string)
	}
	e.symbolSections[file] = sections
	return sections
}

// traceEmits records the functions that are encoded and wanted, and completes what was recorded of instances.
func (e *encoder) traceEmits(emits []funcs.Emit, graph graphView) {
	r := e.opts.Trace
	for i := range emits {
		st := e.saved.State(emits[i].State)
		key := e.files[st.File].Symbols().Key(st.Entry)
		if !r.Wanted(key) {
			continue
		}
		f := e.tracedFunction(key, st.Entry, int(st.File))
		f.Encoded = string(emits[i].Name)
		f.Differ = e.differs[[2]int32{int32(st.File), st.Entry}]
		r.Functions = append(r.Functions, f)
	}
	c := cText{e: e, graph: graph}
	for i := range r.Instances {
		if in := &r.Instances[i]; in.Number >= 0 {
			in.Prototype = c.prototype(in.Number)
		}
	}
}

// cText says types in C, for people.
type cText struct {
	e     *encoder
	graph graphView
}

func (c *cText) prototype(state int) string {
	var params []string
	for _, p := range c.e.saved.Params(state) {
		text := "..."
		if p != (funcs.Param{}) {
			text = declare(c.typ(p.Type, 0), c.e.name(p.Name))
		}
		params = append(params, text)
	}
	if params == nil {
		params = []string{"void"}
	}
	return c.typ(c.e.saved.State(state).Ret, 0) + " (" + strings.Join(params, ", ") + ")"
}

// declare puts a name behind a type.
func declare(typ, name string) string {
	if name == "" || strings.HasSuffix(typ, "*") {
		return typ + name
	}
	return typ + " " + name
}

// maxCText is how many types deep a type is said.
const maxCText = 16

// typ says a type.
func (c *cText) typ(id uint32, depth int) string {
	if id == 0 {
		return "void"
	}
	if depth > maxCText {
		return "..."
	}
	words, edges := c.graph.Node(id)
	name := ""
	if words[0] != 0 {
		name = c.e.name(words[0])
	}
	tagged := func(word string) string {
		if name == "" {
			return word + " {...}"
		}
		return word + " " + name
	}
	switch kind := btf.KindOf(words[1]); kind {
	case btf.KindPtr:
		if w, _ := c.graph.Node(edges[0]); edges[0] != 0 && btf.KindOf(w[1]) == btf.KindFuncProto {
			return c.function(edges[0], depth+1)
		}
		return declare(c.typ(edges[0], depth+1), "*")
	case btf.KindConst:
		return "const " + c.typ(edges[0], depth+1)
	case btf.KindVolatile:
		return "volatile " + c.typ(edges[0], depth+1)
	case btf.KindRestrict, btf.KindTypeTag:
		return c.typ(edges[0], depth+1)
	case btf.KindArray:
		return c.typ(edges[0], depth+1) + "[" + strconv.FormatUint(uint64(words[3]), 10) + "]"
	case btf.KindStruct:
		return tagged("struct")
	case btf.KindUnion:
		return tagged("union")
	case btf.KindEnum, btf.KindEnum64:
		return tagged("enum")
	case btf.KindFwd:
		if btf.KindFlag(words[1]) {
			return tagged("union")
		}
		return tagged("struct")
	case btf.KindFuncProto:
		return c.function(id, depth)
	default:
		return name
	}
}

// function says a pointer to a function.
func (c *cText) function(id uint32, depth int) string {
	_, edges := c.graph.Node(id)
	var params []string
	for _, e := range edges[1:] {
		params = append(params, c.typ(e, depth+1))
	}
	return c.typ(edges[0], depth+1) + " (*)(" + strings.Join(params, ", ") + ")"
}
