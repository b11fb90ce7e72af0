package dwarf2btf

import (
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dedup"
	"github.com/gopahole/gopahole/dwarf2btf/internal/funcs"
	"github.com/gopahole/gopahole/dwarf2btf/internal/symtab"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/hugepage"
	"github.com/gopahole/gopahole/internal/kfunc"
)

// encoder consumes CUs in the order of the input and builds the result. It is
// the only place where order matters, and one goroutine at a time uses it.
type encoder struct {
	opts   *Options
	s      *session   // of the file whose CUs are added
	files  []*session // so far
	lead   *session   // of the first file with a CU that is not left out, nil before it
	names  *nameTable
	shapes *dedup.Shapes
	graph  *dedup.Graph

	strs   []byte       // string section, in the order of first use
	strOff []btf.StrOff // by nameID - names.first, 0 = not used yet; those of the base stand for themselves
	seen   []bool       // by shape: its names are in strs
	saved  funcs.Saved  // functions, with graph IDs
	secs   map[int][]secVar
	index  uint32 // index type of arrays: dedup.Earlier | graph ID; 0 = none met so far
	params []funcs.Param

	types     int // added so far
	functions int // instances saved

	signed []verboseEnum // of the CU that is printed
}

// secVar is an entry of a DATASEC.
type secVar struct {
	id           uint32 // graph ID of the VAR
	offset, size uint32 // in bytes
}

// newEncoder returns an encoder that works in w.
func newEncoder(opts *Options, w *workspace, raw bool, primitives uint64) *encoder {
	e := &encoder{opts: opts, names: w.names, shapes: w.shapes, graph: w.graph, secs: make(map[int][]secVar)}
	if opts.Base == nil {
		e.strs = append(hugepage.Make[byte](0, min(bytesPerName*w.room, maxStringRoom)), 0)
		e.strOff = hugepage.Make[btf.StrOff](0, w.room)
		e.graph = dedup.NewGraph(w.shapes, dedup.GraphOptions{Raw: raw, Primitives: primitives, Compat: opts.Compat.dedup(), Room: w.room})
	}
	return e
}

// begin says that the CUs of another file follow.
func (e *encoder) begin(s *session) {
	e.s = s
	if len(e.files) == 0 {
		e.saved.Grow(s.symbols.Len())
	}
	e.files = append(e.files, s)
}

// leading returns the session of the lead, or of the first file if all is left out.
func (e *encoder) leading() *session {
	if e.lead == nil {
		return e.files[0]
	}
	return e.lead
}

// add consumes a CU.
func (e *encoder) add(c *cu) error {
	e.s.addReports(c)
	e.verboseFile(c)
	if e.lead == nil && !c.filtered {
		e.lead = e.s
	}
	e.chooseIndexType(c)
	e.addStrings(c.unit.Shapes[:c.nTags])
	first := e.graph.NumIDs()
	e.signed = c.enums
	e.printTypes(&c.unit, first, 0, c.nTags)
	e.signed = nil
	if err := e.graph.Add(&c.unit); err != nil {
		return err
	}
	e.types += len(c.unit.Shapes)
	ids := e.graph.IDs()
	if e.index == 0 && c.intType != 0 {
		e.index = dedup.Earlier | ids[c.intType]
	}
	for _, name := range c.unknown {
		e.s.verbose("could not find function '%s' in the ELF functions table\n", name)
	}
	for i := range c.states {
		e.addState(c, &c.states[i], ids)
	}
	e.addStrings(c.unit.Shapes[c.nTags:])
	e.verboseVars(c, first)
	for _, v := range c.secinfos {
		e.secs[v.section] = append(e.secs[v.section], secVar{ids[v.num], v.offset, v.size})
	}
	return nil
}

// chooseIndexType gives the arrays of a CU their index type: the first base type
// called int of the first CU that has one, for all of them. A CU before that
// which has arrays gets an int of its own behind its types (pahole 1.32).
func (e *encoder) chooseIndexType(c *cu) {
	index := e.index
	if index == 0 {
		if c.intType == 0 && c.needInt {
			e.insertInt(c)
		}
		index = c.intType
	}
	for _, i := range c.indexEdges {
		c.unit.Edges[i] = index
	}
}

// insertInt adds a type int behind the types of a CU; what stands there, decl
// tags and variables, moves up by one.
func (e *encoder) insertInt(c *cu) {
	n := uint32(c.nType)
	u := &c.unit
	first := u.Start[n]
	for i := first; i < uint32(len(u.Edges)); i++ {
		if u.Edges[i] > n && !earlier(u.Edges[i]) {
			u.Edges[i]++
		}
	}
	words := []uint32{e.names.intern([]byte("int")), btf.Info(btf.KindInt, 0, false), 4, 1<<24 | 32}
	u.Shapes = slices.Insert(u.Shapes, c.nType, e.shapes.Intern(words))
	u.Start = slices.Insert(u.Start, c.nType+1, first)
	for i := range c.secinfos {
		c.secinfos[i].num++
	}
	c.intType = n + 1
	c.nType++
	c.nTags++
}

// addStrings adds the names of types to the string section. A shape that was
// seen before brings nothing new.
func (e *encoder) addStrings(shapes []dedup.Shape) {
	for _, sh := range shapes {
		if int(sh) < len(e.seen) && e.seen[sh] {
			continue
		}
		if n := e.shapes.Len(); n > len(e.seen) {
			e.seen = append(e.seen, make([]bool, n+n/2-len(e.seen))...)
		}
		e.seen[sh] = true
		words := e.shapes.Words(sh)
		nameWords(words, func(i int) { e.addString(words[i]) })
	}
}

// addString adds a string at its first use. The string section of a result has
// strings in the order in which pahole's encoder meets them, with those of types
// that disappear later (libbpf keeps the strings of BTF that it built itself).
func (e *encoder) addString(id nameID) {
	if id == 0 || id < e.names.first {
		return
	}
	text := e.names.bytes(id)
	id -= e.names.first
	if int(id) >= len(e.strOff) {
		e.strOff = append(e.strOff, make([]btf.StrOff, int(id)+1024-len(e.strOff))...)
	}
	if e.strOff[id] != 0 {
		return
	}
	e.strOff[id] = btf.StrOff(e.names.first) + btf.StrOff(len(e.strs))
	e.strs = append(append(e.strs, text...), 0)
}

// addState saves a function, with graph IDs instead of type numbers.
func (e *encoder) addState(c *cu, st *savedFunc, ids []uint32) {
	e.params = e.params[:0]
	for _, p := range c.sparams[st.first:st.last] {
		e.addString(p.Name)
		e.params = append(e.params, funcs.Param{Name: p.Name, Type: ids[p.Type]})
	}
	annots := c.sannots[st.annot[0]:st.annot[1]]
	for _, a := range annots {
		e.addString(a.Value)
	}
	state := st.State
	state.File = uint16(len(e.files) - 1)
	state.Ret = ids[state.Ret]
	e.saved.Add(state, e.params, annots)
	e.functions++
}

// finish chooses the functions, adds them and the DATASECs, and returns the
// deduplicated result, nil if there is none.
func (e *encoder) finish() (*btf.Types, int, error) {
	opts := funcs.Options{ConsistentFunc: e.opts.Features.Has(features.ConsistentFunc), TrueSignature: e.opts.Features.Has(features.TrueSignature)}
	var skips skipLog
	tables := make([]*symtab.Table, len(e.files))
	for i, s := range e.files {
		tables[i] = s.symbols
	}
	emits := e.saved.Select(tables, graphView{e}, opts, e.skipped(&skips))
	t := tail{e: e, unit: dedup.Unit{Start: []uint32{0}}, quiet: make(map[int]bool)}
	for i := range emits {
		skips.at(len(t.unit.Shapes), emits[i].Group)
		if err := t.function(&emits[i]); err != nil {
			return nil, 0, err
		}
		if len(t.unit.Shapes) > tailPart && e.opts.Verbose == nil {
			if err := t.flush(); err != nil {
				return nil, 0, err
			}
		}
	}
	for _, sec := range sortedKeys(e.secs) {
		if err := t.datasec(sec); err != nil {
			return nil, 0, err
		}
	}
	e.verboseTail(&t, &skips)
	if err := t.flush(); err != nil {
		return nil, 0, err
	}
	if e.types == 0 && e.opts.Base == nil {
		return nil, 0, nil
	}
	e.saved, e.secs = funcs.Saved{}, nil // the result needs the room
	for _, s := range e.files {
		s.symbols = nil
	}
	res, err := e.graph.Finish()
	if err != nil {
		return nil, 0, err
	}
	out, err := e.write(res)
	return out, len(emits), err
}

// write turns the merged types into BTF.
func (e *encoder) write(res *dedup.Result) (*btf.Types, error) {
	size := 0
	for i := range res.Shapes {
		size += len(e.shapes.Words(res.Shapes[i])) + int(res.Start[i+1]-res.Start[i])
	}
	words := make([]uint32, 0, size)
	name := func(id uint32) uint32 {
		if first := e.names.first; id >= first && id != 0 {
			return uint32(e.strOff[id-first])
		}
		return id
	}
	for i := range res.Shapes {
		words = dedup.AppendRecord(words, e.shapes.Words(res.Shapes[i]), res.Edges[res.Start[i]:res.Start[i+1]], name)
	}
	return btf.New(e.leading().order, e.opts.baseTypes(), words, e.strs)
}

// graphView shows the types to the comparison of prototypes.
type graphView struct{ e *encoder }

func (v graphView) Node(id uint32) (words, edges []uint32) {
	sh, edges := v.e.graph.Node(id)
	return v.e.shapes.Words(sh), edges
}

// tail builds the types behind those of the CUs.
type tail struct {
	e    *encoder
	unit dedup.Unit

	quiet map[int]bool // indexes of types that pahole adds without a verbose line
}

// tailPart is the number of types after which the tail is handed to the graph, so
// that it need not be held as a whole.
const tailPart = 8 << 10

// flush adds what was built so far to the graph.
func (t *tail) flush() error {
	t.e.addStrings(t.unit.Shapes)
	if err := t.e.graph.Add(&t.unit); err != nil {
		return err
	}
	t.e.types += len(t.unit.Shapes)
	t.unit.Shapes, t.unit.Start, t.unit.Edges = t.unit.Shapes[:0], append(t.unit.Start[:0], 0), t.unit.Edges[:0]
	return nil
}

// maxText is the length in bytes to which pahole 1.32 cuts the names of
// parameters and the texts of decl tags of functions: they pass through a buffer
// of 128 bytes.
const maxText = 127

// cut returns the identity of a text of at most maxText bytes.
func (t *tail) cut(id nameID) nameID {
	if names := t.e.names; names.size(id) > maxText {
		return names.intern(names.bytes(id)[:maxText])
	}
	return id
}

// add appends a type and returns its local number.
func (t *tail) add(words []uint32, edges ...uint32) uint32 {
	t.unit.Shapes = append(t.unit.Shapes, t.e.shapes.Intern(words))
	t.unit.Edges = append(t.unit.Edges, edges...)
	t.unit.Start = append(t.unit.Start, uint32(len(t.unit.Edges)))
	return uint32(len(t.unit.Shapes))
}

// inGraph returns the edge that leads to a type of the graph.
func inGraph(id uint32) uint32 {
	if id == 0 {
		return 0
	}
	return dedup.Earlier | id
}

// function adds FUNC_PROTO, FUNC and the decl tags of a chosen function.
func (t *tail) function(em *funcs.Emit) error {
	st := t.e.saved.State(em.State)
	params := t.e.saved.Params(em.State)
	edges := make([]uint32, 1+len(params))
	edges[0] = inGraph(st.Ret)
	words := make([]uint32, 3+len(params))
	words[1] = btf.Info(btf.KindFuncProto, len(params), false)
	for i, p := range params {
		words[3+i], edges[1+i] = t.cut(p.Name), inGraph(p.Type)
	}
	flags, isKfunc := t.e.files[st.File].kfuncs[st.Entry]
	isKfunc = isKfunc && em.Plain
	if isKfunc && t.e.opts.Features.Has(features.Attributes) {
		if err := t.arena(em, flags, &st, params, edges); err != nil {
			return err
		}
	}
	name := t.e.names.intern(em.Name)
	proto := t.add(words, edges...)
	fn := t.add([]uint32{name, btf.Info(btf.KindFunc, 0, false), 0}, proto)
	for _, a := range t.e.saved.Annots(em.State) {
		t.declTag(t.cut(a.Value), fn, a.Component)
	}
	first := len(t.unit.Shapes)
	if isKfunc && t.e.opts.Features.Has(features.DeclTag) {
		t.declTag(t.e.names.intern([]byte("bpf_kfunc")), fn, -1)
		if flags&kfunc.FastCall != 0 {
			t.declTag(t.e.names.intern([]byte("bpf_fastcall")), fn, -1)
		}
	}
	t.silence(first)
	return nil
}

// arena replaces the pointers into an arena in a kfunc's prototype by pointers
// to a tagged type.
func (t *tail) arena(em *funcs.Emit, flags kfunc.Flags, st *funcs.State, params []funcs.Param, edges []uint32) error {
	isPtr := func(id uint32) bool {
		if id == 0 {
			return false
		}
		sh, _ := t.e.graph.Node(id)
		return btf.KindOf(t.e.shapes.Words(sh)[1]) == btf.KindPtr
	}
	places, err := funcs.ArenaPlaces(flags, st.Ret, params, isPtr)
	if err != nil {
		return fmt.Errorf("kfunc %s: %w", em.Name, err)
	}
	first := len(t.unit.Shapes)
	tag := []uint32{t.e.names.intern([]byte("address_space(1)")), btf.Info(btf.KindTypeTag, 0, true), 0}
	for _, p := range places {
		id := st.Ret
		if p != funcs.Return {
			id = params[p].Type
		}
		_, pointee := t.e.graph.Node(id)
		n := t.add(tag, inGraph(pointee[0]))
		edges[1+p] = t.add([]uint32{0, btf.Info(btf.KindPtr, 0, false), 0}, n)
	}
	t.silence(first)
	return nil
}

// silence keeps the types from index first on out of verbose output.
func (t *tail) silence(first int) {
	for i := first; i < len(t.unit.Shapes); i++ {
		t.quiet[i] = true
	}
}

func (t *tail) declTag(value nameID, target uint32, component int32) {
	t.add([]uint32{value, btf.Info(btf.KindDeclTag, 0, false), 0, uint32(component)}, target)
}

// datasec adds the DATASEC of a section: variables by offset, and as size the
// end of the last one (pahole 1.32).
func (t *tail) datasec(sec int) error {
	vars := t.e.secs[sec]
	slices.SortStableFunc(vars, func(a, b secVar) int {
		return int(int32(a.offset - b.offset))
	})
	name := t.e.leading().file.Sections[sec].Name
	if len(vars) > maxVlen {
		return fmt.Errorf("section %s: %d variables: BTF has at most %d in one section", name, len(vars), maxVlen)
	}
	last := vars[len(vars)-1]
	words := []uint32{t.e.names.intern([]byte(name)), btf.Info(btf.KindDatasec, len(vars), false), last.offset + last.size}
	edges := make([]uint32, 0, len(vars))
	for _, v := range vars {
		words = append(words, v.offset, v.size)
		edges = append(edges, inGraph(v.id))
	}
	t.add(words, edges...)
	return nil
}
