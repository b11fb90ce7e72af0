package dwarf2btf

import (
	"slices"
	"sync/atomic"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/funcs"
	"github.com/gopahole/gopahole/dwarf2btf/internal/names"
	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"
	"github.com/gopahole/gopahole/dwarf2btf/trace"
	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// encoder consumes CUs in the order of the input and builds the result. It is
// the only place where order matters, and one goroutine at a time uses it.
type encoder struct {
	opts   *Options
	file   *unit.File   // of the file whose CUs are added
	files  []*unit.File // so far
	main   *unit.File   // of the main file: the first with a CU that is not left out; nil before it
	names  *names.Table
	shapes *typegraph.Shapes
	graph  typegraph.Graph

	strs    []byte       // string section, in the order of first use
	strOff  []btf.StrOff // by names.ID - names.First(), 0 = not used yet; those of the base stand for themselves
	seen    []bool       // by shape, from the first one that the base does not have: its names are in strs
	saved   funcs.Saved  // functions, with graph IDs
	secs    map[int][]secVar
	inlined *inlined      // nil if nobody asks for inlined functions
	index   atomic.Uint32 // a typegraph.Ref, the index type of arrays, in the graph; void: none met so far
	params  []funcs.Param

	types     int // added so far
	functions int // instances saved
	emitted   int // functions encoded
	languages unit.LanguageSet
	inlines   InlineStats
	calls     []InlinedCall

	signed []unit.Enum // of the CU that is printed

	sources *sources // where types come from, nil unless that is recorded

	symbolSections map[int]map[symbolAt][]string // by file, see sectionsOfSymbols

	differs map[[2]int32][]trace.Differ // by file and entry: between instances of names that are wanted, if they are recorded
}

// secVar is an entry of a DATASEC.
type secVar struct {
	id           uint32 // graph ID of the VAR
	offset, size uint32 // in bytes
}

// newEncoder returns an encoder that works in w.
func newEncoder(opts *Options, w *workspace, deferred bool, primitives uint64) *encoder {
	e := &encoder{opts: opts, sources: newSources(opts), names: w.names, shapes: w.shapes, secs: make(map[int][]secVar)}
	switch {
	case opts.Base != nil:
		e.graph = w.split
		if !deferred {
			w.split.MergeByUnit(primitives)
		}
	case deferred:
		e.graph = typegraph.NewDeferred(w.shapes, opts.Compat)
	default:
		e.graph = typegraph.NewIncremental(w.shapes, typegraph.IncrementalOptions{Compat: opts.Compat, Primitives: primitives, Expected: w.expected, Scouts: sendsScouts(opts.Jobs)})
	}
	if opts.Base == nil {
		e.strs = append(memory.Make[byte](0, min(bytesPerName*w.expected, maxStringBytes)), 0)
		e.strOff = memory.Make[btf.StrOff](0, w.expected)
	}
	return e
}

// begin says that the CUs of another file follow, of so many bytes of .debug_info.
func (e *encoder) begin(s *unit.File, info uint64) {
	e.file = s
	if len(e.files) == 0 {
		e.saved.Grow(min(s.Symbols().Len()*5/4, int(min(info/bytesPerFunction, unit.MaxExpected))))
	}
	e.files = append(e.files, s)
}

// mainFile returns the session of the main file, or of the first file if all is left out.
func (e *encoder) mainFile() *unit.File {
	if e.main == nil {
		return e.files[0]
	}
	return e.main
}

// add consumes a CU.
func (e *encoder) add(c *unit.CU, found *typegraph.Findings) error {
	e.file.TakeReports(c)
	saved := e.saved.Len()
	if e.opts.Trace != nil {
		e.traceCU(c)
	}
	e.languages.AddAll(c.Languages)
	e.verboseFile(c)
	if e.main == nil && !c.Filtered {
		e.main = e.file
	}
	e.chooseIndexType(c)
	e.addNames(c, found, 0, c.NumTags)
	first := e.graph.NumIDs()
	e.signed = c.SignedEnums
	e.printTypes(&c.Types, first, 0, c.NumTags)
	e.signed = nil
	if err := e.addTypes(&c.Types, found); err != nil {
		return err
	}
	e.types += len(c.Types.Shapes)
	ids := e.graph.IDs()
	if e.index.Load() == uint32(typegraph.Void) && c.IntType != 0 {
		e.index.Store(uint32(typegraph.InGraph(ids[c.IntType])))
	}
	for _, name := range c.Unknown {
		e.file.Verbose("could not find function '%s' in the ELF functions table\n", quote.Name(string(name)))
	}
	for i := range c.Functions {
		e.addState(c, &c.Functions[i], ids)
	}
	if e.inlined != nil {
		e.addSites(c, ids)
	}
	e.addNames(c, found, c.NumTags, len(c.Types.Shapes))
	e.verboseVars(c, first)
	for _, v := range c.Vars {
		e.secs[v.Section] = append(e.secs[v.Section], secVar{ids[v.Num], v.Offset, v.Size})
	}
	e.sources.endCU(c.Name, saved, e.saved.Len(), e.graph.NumIDs())
	return nil
}

// chooseIndexType gives the arrays of a CU their index type: the first base type
// called int of the first CU that has one, for all of them. A CU before that
// which has arrays gets an int of its own after its types (pahole 1.32).
func (e *encoder) chooseIndexType(c *unit.CU) {
	index := typegraph.Ref(e.index.Load())
	if index == typegraph.Void {
		if c.IntType == 0 && c.NeedInt {
			e.insertInt(c)
		}
		index = typegraph.Local(c.IntType)
	}
	for _, i := range c.IndexEdges {
		c.Types.Edges[i] = index
	}
}

// insertInt adds a type int after the types of a CU. Decl tags and variables, which
// follow, move up by one.
func (e *encoder) insertInt(c *unit.CU) {
	n := uint32(c.NumTypes)
	u := &c.Types
	first := u.Start[n]
	for i := first; i < uint32(len(u.Edges)); i++ {
		if r := u.Edges[i]; !r.IsInGraph() && r.Number() > n {
			u.Edges[i] = typegraph.Local(r.Number() + 1)
		}
	}
	words := []uint32{e.names.Intern([]byte("int")), btf.Info(btf.KindInt, 0, false), 4, 1<<24 | 32}
	u.Shapes = slices.Insert(u.Shapes, c.NumTypes, e.shapes.Intern(words))
	u.Start = slices.Insert(u.Start, c.NumTypes+1, first)
	for i := range c.Vars {
		c.Vars[i].Num++
	}
	c.IntType = n + 1
	c.NumTypes++
	c.NumTags++
}

// addStrings adds the names of types to the string section. A shape that was
// seen before brings nothing new, nor does one of the base, which has its names.
func (e *encoder) addStrings(shapes []typegraph.Shape) {
	first := e.shapes.First()
	for _, sh := range shapes {
		if sh < first {
			continue
		}
		own := int(sh - first)
		if own < len(e.seen) && e.seen[own] {
			continue
		}
		if n := e.shapes.Len() - int(first); n > len(e.seen) {
			e.seen = append(e.seen, make([]bool, n+n/2-len(e.seen))...)
		}
		e.seen[own] = true
		words := e.shapes.Words(sh)
		unit.NameWords(words, func(i int) { e.addString(words[i]) })
	}
}

// addString adds a string at its first use. The string section of a result has
// strings in the order in which pahole's encoder meets them, with those of types
// that disappear later (libbpf keeps the strings of BTF that it built itself).
func (e *encoder) addString(id names.ID) {
	if id == 0 || id < e.names.First() {
		return
	}
	text := e.names.Bytes(id)
	id -= e.names.First()
	if int(id) >= len(e.strOff) {
		e.strOff = append(e.strOff, make([]btf.StrOff, int(id)+1024-len(e.strOff))...)
	}
	if e.strOff[id] != 0 {
		return
	}
	e.strOff[id] = btf.StrOff(e.names.First()) + btf.StrOff(len(e.strs))
	e.strs = append(append(e.strs, text...), 0)
}

// addState saves a function, with graph IDs instead of type numbers.
func (e *encoder) addState(c *unit.CU, st *unit.Function, ids []uint32) {
	e.params = e.params[:0]
	for _, p := range c.Params[st.First:st.Last] {
		e.addString(p.Name)
		e.params = append(e.params, funcs.Param{Name: p.Name, Type: ids[p.Type]})
	}
	annots := c.Annots[st.Annot[0]:st.Annot[1]]
	for _, a := range annots {
		e.addString(a.Value)
	}
	state := st.State
	state.File = uint16(len(e.files) - 1)
	state.Ret = ids[state.Ret]
	e.saved.Add(state, e.params, annots)
	e.functions++
}

// releaseInput drops what only functions and DATASECs need.
func (e *encoder) releaseInput() {
	e.saved, e.secs, e.inlined = funcs.Saved{}, nil, nil
	for _, s := range e.files {
		s.DropSymbols()
	}
}

// build turns the merged types into BTF.
func (e *encoder) build(res *typegraph.Result) (*btf.Types, error) {
	size := 0
	for i := range res.Shapes {
		size += len(e.shapes.Words(res.Shapes[i])) + int(res.Start[i+1]-res.Start[i])
	}
	words := make([]uint32, 0, size)
	name := func(id uint32) uint32 {
		if first := e.names.First(); id >= first && id != 0 {
			return uint32(e.strOff[id-first])
		}
		return id
	}
	for i := range res.Shapes {
		at := len(words)
		words = typegraph.AppendRecord(words, e.shapes.Words(res.Shapes[i]), res.Edges[res.Start[i]:res.Start[i+1]], name)
		if btf.KindOf(words[at+1]) == btf.KindLocsec {
			words = sortSites(words, at)
		}
	}
	types, err := btf.New(e.mainFile().ELF().Order, e.opts.baseTypes(), words, e.strs)
	if err == nil && e.sources != nil {
		e.opts.Trace.Sources = e.sources.sizes(res, types)
	}
	return types, err
}
