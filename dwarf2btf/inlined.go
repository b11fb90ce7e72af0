package dwarf2btf

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/funcs"
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
	funcs    []unit.InlinedFunc // with graph IDs; the parameters are params[First:Last]
	params   []funcs.Param
	byFunc   map[string]uint32 // index in funcs by its content
	locs     []typegraph.Shape // of protos, one after the other
	protos   []span            // in locs
	byProto  map[string]uint32 // index in protos by its content
	sections map[int][]site
	key      []byte   // scratch
	numbers  []uint32 // scratch: of the functions of a CU
}

type span struct{ first, last uint32 }

// site is a place where a function was inlined.
type site struct {
	offset    uint32 // in the section, in bytes
	fn, proto uint32 // index
}

func newInlined() *inlined {
	return &inlined{byFunc: make(map[string]uint32), byProto: make(map[string]uint32), sections: make(map[int][]site)}
}

// add takes the sites of a CU, whose types have these graph IDs.
func (n *inlined) add(in *unit.Inlined, ids []uint32, stats *InlineStats) {
	n.numbers = n.numbers[:0]
	for i := range in.Funcs {
		n.numbers = append(n.numbers, n.function(&in.Funcs[i], in.Params, ids))
	}
	for i := range in.Sites {
		s := &in.Sites[i]
		fn := &in.Funcs[s.Func]
		locs := in.Locs[s.First:][:fn.Last-fn.First]
		stats.count(locs)
		n.sections[s.Section] = append(n.sections[s.Section], site{s.Offset, n.numbers[s.Func], n.proto(locs)})
	}
}

// function returns the index of a function.
func (n *inlined) function(fn *unit.InlinedFunc, params []funcs.Param, ids []uint32) uint32 {
	key := binary.NativeEndian.AppendUint32(n.key[:0], fn.Name)
	key = binary.NativeEndian.AppendUint32(key, ids[fn.Ret])
	for _, p := range params[fn.First:fn.Last] {
		key = binary.NativeEndian.AppendUint32(key, p.Name)
		key = binary.NativeEndian.AppendUint32(key, ids[p.Type])
	}
	n.key = key
	if i, ok := n.byFunc[string(key)]; ok {
		return i
	}
	added := unit.InlinedFunc{Name: fn.Name, Ret: ids[fn.Ret], First: uint32(len(n.params))}
	for _, p := range params[fn.First:fn.Last] {
		n.params = append(n.params, funcs.Param{Name: p.Name, Type: ids[p.Type]})
	}
	added.Last = uint32(len(n.params))
	i := uint32(len(n.funcs))
	n.funcs = append(n.funcs, added)
	n.byFunc[string(key)] = i
	return i
}

// proto returns the index of a list of locations.
func (n *inlined) proto(locs []typegraph.Shape) uint32 {
	key := n.key[:0]
	for _, l := range locs {
		key = binary.NativeEndian.AppendUint32(key, uint32(l))
	}
	n.key = key
	if i, ok := n.byProto[string(key)]; ok {
		return i
	}
	first := uint32(len(n.locs))
	n.locs = append(n.locs, locs...)
	i := uint32(len(n.protos))
	n.protos = append(n.protos, span{first, uint32(len(n.locs))})
	n.byProto[string(key)] = i
	return i
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
	var u typegraph.Unit
	u.Start = append(u.Start, 0)
	t := inlinedTypes{lastTypes: lastTypes{e: e, unit: &u}}
	order := sortedKeys(n.sections)
	total := 0
	for _, sec := range order {
		n.sections[sec] = sortedSites(n.sections[sec])
		total += len(n.sections[sec])
	}
	if total == 0 {
		return nil
	}
	fns := make([]uint32, len(n.funcs))
	for i := range n.funcs {
		fns[i] = t.inlinedFunc(&n.funcs[i], n.params)
	}
	locs := make(map[typegraph.Shape]uint32)
	protos := make([]uint32, len(n.protos))
	for _, sec := range order {
		for _, s := range n.sections[sec] {
			if protos[s.proto] == 0 {
				p := n.protos[s.proto]
				protos[s.proto] = t.locProto(n.locs[p.first:p.last], locs)
			}
		}
	}
	stats.Params, stats.Protos = len(locs), len(protos)
	for _, sec := range order {
		if err := t.locsec(sec, n.sections[sec], fns, protos); err != nil {
			return err
		}
	}
	stats.Functions = len(fns)
	slices.SortStableFunc(e.calls, func(a, b InlinedCall) int {
		return cmp.Or(cmp.Compare(a.Section, b.Section), cmp.Compare(a.Offset, b.Offset))
	})
	return e.addUnit(&u)
}

// sortedSites returns the sites by offset. Units are in the order of the input, and a CU's sites
// in that of its entries: so those of one offset have one order, whatever worker was first.
func sortedSites(sites []site) []site {
	order := make([]uint64, len(sites)) // a number sorts twice as fast as a site
	for i := range sites {
		order[i] = uint64(sites[i].offset)<<32 | uint64(i)
	}
	slices.Sort(order)
	sorted := make([]site, len(sites))
	for i, o := range order {
		sorted[i] = sites[uint32(o)]
	}
	return sorted
}

// inlinedTypes builds the types of all sites.
type inlinedTypes struct {
	lastTypes
	words []uint32        // scratch
	edges []typegraph.Ref // scratch
}

// inlinedFunc adds a function that was inlined and returns its number.
func (t *inlinedTypes) inlinedFunc(fn *unit.InlinedFunc, all []funcs.Param) uint32 {
	params := all[fn.First:fn.Last]
	words := append(t.words[:0], 0, btf.Info(btf.KindFuncProto, len(params), false), 0)
	edges := append(t.edges[:0], typegraph.InGraph(fn.Ret))
	for _, p := range params {
		words, edges = append(words, t.shorten(p.Name)), append(edges, typegraph.InGraph(p.Type))
	}
	t.words, t.edges = words, edges
	proto := t.add(words, edges...)
	return t.add([]uint32{fn.Name, btf.Info(btf.KindFunc, 0, false), 0}, typegraph.Local(proto))
}

// locProto adds a LOC_PROTO, and the LOC_PARAMs that are not in locs yet.
func (t *inlinedTypes) locProto(shapes []typegraph.Shape, locs map[typegraph.Shape]uint32) uint32 {
	edges := t.edges[:0]
	for _, sh := range shapes {
		num := locs[sh]
		if num == 0 && sh != 0 {
			num = t.addShape(sh)
			locs[sh] = num
		}
		edges = append(edges, typegraph.Local(num))
	}
	t.edges = edges
	return t.add([]uint32{0, btf.Info(btf.KindLocProto, len(shapes), false), 0}, edges...)
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
	Functions int // that were inlined, by name and prototype
	Params    int // LOC_PARAMs
	Protos    int // LOC_PROTOs
	Words     int // of the records of all sites, had each its own LOC_PARAMs and LOC_PROTO
}

func (s *InlineStats) count(locs []typegraph.Shape) {
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
