package dwarf2btf

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/names"
	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"

	"github.com/gopahole/gopahole/internal/typegraph"
)

// inlined collects the sites of inlined functions, and adds them as the last types, which are
//
//	FUNC_PROTO, FUNC            of each function; equal to what is there already, if it is encoded
//	LOC_PARAM …, LOC_PROTO      of each site, as far as it has new ones
//	LOCSEC                      for each section
//
// Functions and lists of locations are few, and come with most units again: each is kept once.
type inlined struct {
	funcs    *wordTable // name, result, and name and type of each parameter, types with graph IDs
	protos   *wordTable // shapes of LOC_PARAMs, 0 for none
	sites    []site
	expected int               // sites
	sections []uint32          // how many of them each section has, by section number
	encoded  map[names.ID]bool // names of functions that are encoded as well
	words    []uint32          // scratch
	numbers  []uint32          // scratch: of the functions of a CU
}

// site is a place where a function was inlined.
type site struct {
	section   uint32
	offset    uint32 // in the section, in bytes
	fn, proto uint32 // number in the tables
}

const (
	bytesPerSite = 512     // of .debug_info, in kernels
	maxReserved  = 1 << 20 // sites
)

func newInlined(infoBytes uint64) *inlined {
	return &inlined{funcs: newWordTable(), protos: newWordTable(), expected: int(min(infoBytes/bytesPerSite, maxReserved))}
}

// add takes the sites of a CU, whose types have these graph IDs.
func (n *inlined) add(in *unit.Inlined, ids []uint32, stats *InlineStats) {
	n.numbers = n.numbers[:0]
	for i := range in.Funcs {
		fn := &in.Funcs[i]
		words := append(n.words[:0], fn.Name, ids[fn.Ret])
		for _, p := range in.Params[fn.First:fn.Last] {
			words = append(words, p.Name, ids[p.Type])
		}
		n.words = words
		n.numbers = append(n.numbers, n.funcs.number(words))
	}
	if n.sites == nil && len(in.Sites) > 0 {
		n.sites = make([]site, 0, n.expected)
	}
	for i := range in.Sites {
		s := &in.Sites[i]
		fn := &in.Funcs[s.Func]
		words := n.words[:0]
		for _, l := range in.Locs[s.First:][:fn.Last-fn.First] {
			words = append(words, uint32(l))
		}
		n.words = words
		stats.count(words)
		if s.Section >= len(n.sections) {
			n.sections = append(n.sections, make([]uint32, s.Section+1-len(n.sections))...)
		}
		n.sections[s.Section]++
		n.sites = append(n.sites, site{uint32(s.Section), s.Offset, n.numbers[s.Func], n.protos.number(words)})
	}
}

// addSites takes the sites of a CU. BTF names sections, and those of another file than the main
// one are not there.
func (e *encoder) addSites(c *unit.CU, ids []uint32) {
	if e.file == e.main {
		e.inlined.add(&c.Inlined, ids, &e.inlines)
		e.addCalls(&c.Inlined)
	}
}

// InlinedCall is where the source calls a function that was inlined.
type InlinedCall struct {
	Section string // of the code that it became
	Offset  uint32 // in the section, in bytes
	File    string // as the compiler named it, relative to where it ran; "" if it is not known
	Line    uint64 // from 1; 0 if it is not known
}

func (e *encoder) addCalls(in *unit.Inlined) {
	for i, call := range in.Calls {
		if call == (unit.Call{}) {
			continue
		}
		s := &in.Sites[i]
		e.calls = append(e.calls, InlinedCall{e.file.ELF().Sections[s.Section].Name, s.Offset, call.File, call.Line})
	}
}

// addInlined adds the types of all sites.
func (e *encoder) addInlined() error {
	n, stats := e.inlined, &e.inlines
	out := e.leaveOutSites()
	if len(n.sites) == 0 {
		return nil
	}
	sites := n.sorted()
	types := 2*n.funcs.len() + 2*n.protos.len()
	u := typegraph.Unit{
		Shapes: make([]typegraph.Shape, 0, types), Start: append(make([]uint32, 0, types+1), 0),
		Edges: make([]typegraph.Ref, 0, len(n.funcs.words)+len(n.protos.words)+2*len(sites)),
	}
	t := inlinedTypes{lastTypes: lastTypes{e: e, unit: &u}}
	fns := make([]uint32, n.funcs.len())
	for i := range fns {
		if !out[i] {
			fns[i] = t.inlinedFunc(n.funcs.list(uint32(i)))
			stats.Functions++
		}
	}
	locs := make(map[uint32]uint32)
	protos := make([]uint32, n.protos.len())
	for i := range sites {
		if p := sites[i].proto; protos[p] == 0 {
			protos[p] = t.locProto(n.protos.list(p), locs)
			stats.Protos++
		}
	}
	for sec, count := range n.sections {
		if count == 0 {
			continue
		}
		if err := t.locsec(sec, sites[:count], fns, protos); err != nil {
			return err
		}
		sites = sites[count:]
	}
	stats.Params = len(locs)
	slices.SortStableFunc(e.calls, func(a, b InlinedCall) int {
		return cmp.Or(cmp.Compare(a.Section, b.Section), cmp.Compare(a.Offset, b.Offset))
	})
	e.inlined = nil // all of it is in u
	return e.addUnit(&u)
}

// addEncoded takes the names of the functions among types.
func (n *inlined) addEncoded(shapes *typegraph.Shapes, types []typegraph.Shape) {
	if n.encoded == nil {
		n.encoded = make(map[names.ID]bool)
	}
	for _, sh := range types {
		if words := shapes.Words(sh); btf.KindOf(words[1]) == btf.KindFunc {
			n.encoded[words[0]] = true
		}
	}
}

// leaveOutSites leaves out the sites of functions that a symbol has the name of, and that were
// left out for their prototypes or registers. With a FUNC for the LOCSEC, BPF programs could be
// attached to that symbol, and kernels trust them to know its parameters. It returns which of
// n.funcs these are.
func (e *encoder) leaveOutSites() (out []bool) {
	n := e.inlined
	table := e.mainFile().Symbols()
	out = make([]bool, n.funcs.len())
	for i := range out {
		name := n.funcs.list(uint32(i))[0]
		text := e.names.Bytes(name)
		if n.encoded[name] || string(text) == e.opts.CallsOf {
			continue
		}
		entry, ok := table.Find(text)
		out[i] = ok && table.HasPlain(entry)
	}
	kept := n.sites[:0]
	for _, s := range n.sites {
		if out[s.fn] {
			n.sections[s.section]--
			e.inlines.LeftOut++
			continue
		}
		kept = append(kept, s)
	}
	n.sites = kept
	return out
}

// sorted returns the sites by section and offset. Units are in the order of the input, and a
// CU's sites in that of its entries: so those of one offset have one order, whatever worker was
// first.
func (n *inlined) sorted() []site {
	next := make([]uint32, len(n.sections)) // place of the next site of a section
	at := uint32(0)
	for sec, count := range n.sections {
		next[sec] = at
		at += count
	}
	order := make([]uint64, len(n.sites)) // a number sorts twice as fast as a site
	for i := range n.sites {
		s := &n.sites[i]
		order[next[s.section]] = uint64(s.offset)<<32 | uint64(i)
		next[s.section]++
	}
	for sec, count := range n.sections {
		slices.Sort(order[next[sec]-count : next[sec]])
	}
	sorted := make([]site, len(n.sites))
	for i, o := range order {
		sorted[i] = n.sites[uint32(o)]
	}
	return sorted
}

// inlinedTypes builds the types of all sites.
type inlinedTypes struct {
	lastTypes
	words []uint32        // scratch
	edges []typegraph.Ref // scratch
}

// inlinedFunc adds a function, a list of inlined.funcs,, and returns its number.
func (t *inlinedTypes) inlinedFunc(fn []uint32) uint32 {
	params := fn[2:]
	words := append(t.words[:0], 0, btf.Info(btf.KindFuncProto, len(params)/2, false), 0)
	edges := append(t.edges[:0], typegraph.InGraph(fn[1]))
	for i := 0; i < len(params); i += 2 {
		words, edges = append(words, t.shorten(params[i])), append(edges, typegraph.InGraph(params[i+1]))
	}
	t.words, t.edges = words, edges
	proto := t.add(words, edges...)
	t.words = append(t.words[:0], fn[0], btf.Info(btf.KindFunc, 0, false), 0)
	return t.add(t.words, typegraph.Local(proto))
}

// locProto adds a LOC_PROTO, and the LOC_PARAMs that are not in locs yet.
func (t *inlinedTypes) locProto(shapes []uint32, locs map[uint32]uint32) uint32 {
	edges := t.edges[:0]
	for _, sh := range shapes {
		num := locs[sh]
		if num == 0 && sh != 0 {
			num = t.addShape(typegraph.Shape(sh))
			locs[sh] = num
		}
		edges = append(edges, typegraph.Local(num))
	}
	t.edges = edges
	t.words = append(t.words[:0], 0, btf.Info(btf.KindLocProto, len(shapes), false), 0)
	return t.add(t.words, edges...)
}

// maxSites is the largest number of sites in a section: btf.Info has 24 bits for it.
const maxSites = 1<<24 - 1

// locsec adds the LOCSEC of a section.
func (t *inlinedTypes) locsec(sec int, sites []site, fns, protos []uint32) error {
	name := t.e.mainFile().ELF().Sections[sec].Name
	if len(sites) > maxSites {
		return fmt.Errorf("section %s: functions were inlined in %d places: BTF has at most %d in one section", name, len(sites), maxSites)
	}
	words := make([]uint32, 3, 3+len(sites))
	words[0], words[1] = t.e.names.Intern([]byte(name)), btf.Info(btf.KindLocsec, len(sites), false)
	edges := make([]typegraph.Ref, 0, 2*len(sites))
	for _, s := range sites {
		words = append(words, s.offset)
		edges = append(edges, typegraph.Local(fns[s.fn]), typegraph.Local(protos[s.proto]))
	}
	t.add(words, edges...)
	return nil
}

// sortSites sorts the entries of a LOCSEC that have the same offset by ID, and leaves out those
// that are there twice: only when all types are merged it is known which functions are equal.
// record is the last one in words, which are returned.
func sortSites(words []uint32, record int) []uint32 {
	type entry [3]uint32 // FUNC, LOC_PROTO, offset
	var same []entry     // of one offset
	tail := words[record+3:]
	n := 0 // words of tail that are final
	for i := 0; i < len(tail); {
		same = same[:0]
		for offset := tail[i+2]; i < len(tail) && tail[i+2] == offset; i += 3 {
			same = append(same, entry(tail[i:]))
		}
		if len(same) > 1 {
			slices.SortFunc(same, func(a, b entry) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
			same = slices.Compact(same)
		}
		for _, s := range same {
			n += copy(tail[n:], s[:])
		}
	}
	words[record+1] = btf.Info(btf.KindLocsec, n/3, false)
	return words[:record+3+n]
}

// InlineStats counts what the feature inline_preview found.
type InlineStats struct {
	Sites     int // entries of inlined subroutines with an address and a function
	None      int // with no parameter's location known, of functions that have parameters
	Some      int // with some
	All       int // with all; functions without parameters not included
	Plain     int // of functions without parameters
	LeftOut   int // of all these, of functions that have a symbol and are left out
	Functions int // that were inlined, by name and prototype
	Params    int // LOC_PARAMs
	Protos    int // LOC_PROTOs
	Words     int // of the records of all sites, had each its own LOC_PARAMs and LOC_PROTO
}

func (s *InlineStats) count(locs []uint32) {
	known := 0
	for _, l := range locs {
		if l != 0 {
			known++
		}
	}
	s.Sites++
	switch {
	case len(locs) == 0:
		s.Plain++
	case known == len(locs):
		s.All++
	case known == 0:
		s.None++
	default:
		s.Some++
	}
	s.Words += 3 + len(locs) + 5*known + 3
}
