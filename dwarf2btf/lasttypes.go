package dwarf2btf

import (
	"context"
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/funcs"
	"github.com/gopahole/gopahole/dwarf2btf/internal/names"
	"github.com/gopahole/gopahole/dwarf2btf/internal/symtab"
	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/kfunc"
	"github.com/gopahole/gopahole/internal/typegraph"
	"github.com/gopahole/gopahole/internal/workers"
)

// functionsPerPart is the number of instances of functions that are judged and added to the
// graph together. What comes of all of them would be too large.
const functionsPerPart = 4 << 10

// addFunctions chooses the functions and adds them, and after them the DATASECs.
func (e *encoder) addFunctions(ctx context.Context, pool workers.Pool) error {
	opts := funcs.Options{ConsistentFunc: e.opts.Features.Has(features.ConsistentFunc), TrueSignature: e.opts.Features.Has(features.TrueSignature)}
	tables := make([]*symtab.Table, len(e.files))
	for i, s := range e.files {
		tables[i] = s.Symbols()
	}
	selection, graph, err := e.sortFunctions(ctx, pool, tables, opts)
	if err != nil {
		return err
	}
	if graph.nodes == e.graph {
		pool = pool.Single()
	}
	size := functionsPerPart
	switch {
	case e.opts.Verbose != nil || e.opts.Trace != nil:
		size = 0 // lines on what is left out stand between those on types
	case pool.Jobs() > 1:
		size = min(size, e.saved.Len()/(8*pool.Jobs())+1)
	}
	parts := selection.Parts(size)
	counts := make([]int, len(parts))
	worker := func() func(int, *lastCU) {
		var emits []funcs.Emit
		return func(i int, c *lastCU) {
			c.reset()
			var skips skipLog
			report := e.skipped(&skips)
			if e.opts.Trace != nil {
				report = e.traceSkips(report)
			}
			emits = selection.Select(emits[:0], parts[i], graph, report)
			if e.opts.Trace != nil {
				e.traceEmits(emits, graph)
			}
			t := lastTypes{e: e, graph: graph, unit: &c.unit, hidden: make(map[int]bool)}
			if e.sources != nil {
				c.emits, c.ends, t.ends = emits, c.ends[:0], &c.ends
			}
			c.err = t.functions(emits, &skips)
			counts[i] = len(emits)
			if c.err == nil && i == len(parts)-1 {
				c.err = t.datasecs()
			}
			if c.err == nil {
				e.printFunctions(&t, &skips)
			}
			if c.err == nil && graph.sealed != nil {
				c.err = graph.sealed.Prepare(&c.unit, &c.prepared)
			}
		}
	}
	err = inOrder(ctx, pool, len(parts), nil, worker, func(c *lastCU) error {
		if c.err != nil {
			return c.err
		}
		if e.inlined != nil {
			e.inlined.addEncoded(e.shapes, c.unit.Shapes)
		}
		if graph.sealed != nil {
			err := e.graph.(*typegraph.Incremental).AddLast(&c.unit, graph.sealed, &c.prepared)
			if err != nil {
				return err
			}
			e.addStrings(c.unit.Shapes)
			e.types += len(c.unit.Shapes)
		} else if err := e.addUnit(&c.unit); err != nil {
			return err
		}
		e.sources.endFunctions(c.emits, c.ends, e.graph)
		return nil
	})
	for _, n := range counts {
		e.emitted += n
	}
	return err
}

// lastCU is the types of a part of the functions.
type lastCU struct {
	unit     typegraph.Unit
	prepared typegraph.Prepared
	emits    []funcs.Emit // with sources: the functions, whose types end at
	ends     []int        // these indexes
	err      error
}

func (c *lastCU) reset() {
	c.err = nil
	c.unit.Shapes, c.unit.Edges = c.unit.Shapes[:0], c.unit.Edges[:0]
	c.unit.Start = append(c.unit.Start[:0], 0)
}

// addUnit adds types that are no CU's.
func (e *encoder) addUnit(u *typegraph.Unit) error {
	e.addStrings(u.Shapes)
	e.types += len(u.Shapes)
	return e.graph.Add(u)
}

// graphView shows the types to the comparison of prototypes.
type graphView struct {
	shapes *typegraph.Shapes
	nodes  interface {
		Node(id uint32) (typegraph.Shape, []uint32)
	}
	sealed *typegraph.Sealed // the same, nil if the graph is not
}

// maxSortParts is how many parts of the functions are sorted at the same time at most.
const maxSortParts = 32

// sortFunctions sorts the instances of functions, and seals the graph if it can be. Workers look at
// the types that it has then, while others are added.
func (e *encoder) sortFunctions(ctx context.Context, pool workers.Pool, tables []*symtab.Table, opts funcs.Options) (*funcs.Selection, graphView, error) {
	graph := graphView{shapes: e.shapes, nodes: e.graph}
	var sealed error
	seal := func() {}
	if g, ok := e.graph.(*typegraph.Incremental); ok && e.inlined != nil { // types for these follow
		graph.nodes = g.Snapshot()
	} else if ok {
		seal = func() { graph.sealed, sealed = g.Seal(e.saved.Len()) }
	}
	each := func(n int, f func(i int)) {
		meanwhile := seal
		seal = func() {}
		_ = pool.Each(context.WithoutCancel(ctx), n+1, func(i int) { // which takes some milliseconds
			if i == 0 {
				meanwhile()
			} else {
				f(i - 1)
			}
		})
	}
	selection := e.saved.Sort(tables, opts, min(pool.Jobs(), maxSortParts), each)
	if graph.sealed != nil {
		graph.nodes = graph.sealed
	}
	return selection, graph, sealed
}

func (v graphView) Node(id uint32) (words, edges []uint32) {
	sh, edges := v.nodes.Node(id)
	return v.shapes.Words(sh), edges
}

// lastTypes builds the types that stand after those of the CUs: functions and DATASECs.
type lastTypes struct {
	e     *encoder
	graph graphView
	unit  *typegraph.Unit

	ends   *[]int       // where the types of each function end, nil if nobody asks
	hidden map[int]bool // indexes of types that pahole adds without a verbose line
}

// functions adds the chosen functions.
func (t *lastTypes) functions(emits []funcs.Emit, skips *skipLog) error {
	for i := range emits {
		skips.at(len(t.unit.Shapes), emits[i].Group)
		if err := t.function(&emits[i]); err != nil {
			return err
		}
		if t.ends != nil {
			*t.ends = append(*t.ends, len(t.unit.Shapes))
		}
	}
	return nil
}

// datasecs adds the DATASECs.
func (t *lastTypes) datasecs() error {
	for _, sec := range sortedKeys(t.e.secs) {
		if err := t.datasec(sec); err != nil {
			return err
		}
	}
	return nil
}

// maxText is the length in bytes to which pahole 1.32 cuts the names of
// parameters and the texts of decl tags of functions: they pass through a buffer
// of 128 bytes.
const maxText = 127

// shorten returns the identity of a text of at most maxText bytes.
func (t *lastTypes) shorten(id names.ID) names.ID {
	if table := t.e.names; table.Size(id) > maxText {
		return table.Intern(table.Bytes(id)[:maxText])
	}
	return id
}

// add appends a type and returns its local number.
func (t *lastTypes) add(words []uint32, edges ...typegraph.Ref) uint32 {
	return t.addShape(t.e.shapes.Intern(words), edges...)
}

// addShape is add for a shape.
func (t *lastTypes) addShape(shape typegraph.Shape, edges ...typegraph.Ref) uint32 {
	t.unit.Shapes = append(t.unit.Shapes, shape)
	t.unit.Edges = append(t.unit.Edges, edges...)
	t.unit.Start = append(t.unit.Start, uint32(len(t.unit.Edges)))
	return uint32(len(t.unit.Shapes))
}

// function adds FUNC_PROTO, FUNC and the decl tags of a chosen function.
func (t *lastTypes) function(em *funcs.Emit) error {
	st := t.e.saved.State(em.State)
	params := t.e.saved.Params(em.State)
	edges := make([]typegraph.Ref, 1+len(params))
	edges[0] = typegraph.InGraph(st.Ret)
	words := make([]uint32, 3+len(params))
	words[1] = btf.Info(btf.KindFuncProto, len(params), false)
	for i, p := range params {
		words[3+i], edges[1+i] = t.shorten(p.Name), typegraph.InGraph(p.Type)
	}
	flags, isKfunc := t.e.files[st.File].Kfunc(st.Entry)
	isKfunc = isKfunc && em.Plain
	if isKfunc && t.e.opts.Features.Has(features.Attributes) {
		if err := t.arena(em, flags, &st, params, edges); err != nil {
			return err
		}
	}
	name := t.e.names.Intern(em.Name)
	proto := t.add(words, edges...)
	fn := t.add([]uint32{name, btf.Info(btf.KindFunc, 0, false), 0}, typegraph.Local(proto))
	for _, a := range t.e.saved.Annots(em.State) {
		t.declTag(t.shorten(a.Value), fn, a.Component)
	}
	first := len(t.unit.Shapes)
	if isKfunc && t.e.opts.Features.Has(features.DeclTag) {
		t.declTag(t.e.names.Intern([]byte("bpf_kfunc")), fn, -1)
		if flags&kfunc.FastCall != 0 {
			t.declTag(t.e.names.Intern([]byte("bpf_fastcall")), fn, -1)
		}
	}
	t.hide(first)
	return nil
}

// arena replaces the pointers into an arena in a kfunc's prototype by pointers
// to a tagged type.
func (t *lastTypes) arena(em *funcs.Emit, flags kfunc.Flags, st *funcs.State, params []funcs.Param, edges []typegraph.Ref) error {
	isPtr := func(id uint32) bool {
		if id == 0 {
			return false
		}
		words, _ := t.graph.Node(id)
		return btf.KindOf(words[1]) == btf.KindPtr
	}
	pointers, err := funcs.ArenaPointers(flags, st.Ret, params, isPtr)
	if err != nil {
		return fmt.Errorf("kfunc %s: %w", em.Name, err)
	}
	first := len(t.unit.Shapes)
	tag := []uint32{t.e.names.Intern([]byte("address_space(1)")), btf.Info(btf.KindTypeTag, 0, true), 0}
	for _, p := range pointers {
		id := st.Ret
		if p != funcs.Return {
			id = params[p].Type
		}
		_, pointee := t.graph.Node(id)
		n := t.add(tag, typegraph.InGraph(pointee[0]))
		ptr := t.add([]uint32{0, btf.Info(btf.KindPtr, 0, false), 0}, typegraph.Local(n))
		edges[1+p] = typegraph.Local(ptr)
	}
	t.hide(first)
	return nil
}

// hide keeps the types from index first on out of verbose output.
func (t *lastTypes) hide(first int) {
	for i := first; i < len(t.unit.Shapes); i++ {
		t.hidden[i] = true
	}
}

func (t *lastTypes) declTag(value names.ID, target uint32, component int32) {
	t.add([]uint32{value, btf.Info(btf.KindDeclTag, 0, false), 0, uint32(component)}, typegraph.Local(target))
}

// datasec adds the DATASEC of a section: variables by offset, and as size the
// end of the last one (pahole 1.32).
func (t *lastTypes) datasec(sec int) error {
	vars := t.e.secs[sec]
	slices.SortStableFunc(vars, func(a, b secVar) int {
		return int(int32(a.offset - b.offset))
	})
	name := t.e.mainFile().ELF().Sections[sec].Name
	if len(vars) > unit.MaxVlen {
		return fmt.Errorf("section %s: %d variables: BTF has at most %d in one section", name, len(vars), unit.MaxVlen)
	}
	last := vars[len(vars)-1]
	words := []uint32{t.e.names.Intern([]byte(name)), btf.Info(btf.KindDatasec, len(vars), false), last.offset + last.size}
	edges := make([]typegraph.Ref, 0, len(vars))
	for _, v := range vars {
		words = append(words, v.offset, v.size)
		edges = append(edges, typegraph.InGraph(v.id))
	}
	t.add(words, edges...)
	return nil
}

// sortedKeys returns the keys of a map, ascending.
func sortedKeys[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
