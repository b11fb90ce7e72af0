package dwarf2btf

import (
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/funcs"
	"github.com/gopahole/gopahole/dwarf2btf/trace"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// sources knows which directory of the source each type of the graph comes from: that of the unit with which it was
// added, or of a function's instance. Its methods do nothing on nil.
type sources struct {
	types  []sourceRange // by graph ID, ascending
	states []sourceRange // by state, ascending
	funcs  map[uint32]string
}

// sourceRange says that numbers below end, and not in the range before, are of a directory.
type sourceRange struct {
	end       uint32
	directory string
}

func newSources(opts *Options) *sources {
	if opts.Trace == nil || !opts.Trace.WantSources {
		return nil
	}
	return &sources{funcs: make(map[uint32]string)}
}

// endCU says that a CU brought the types before an ID, and instances of functions.
func (s *sources) endCU(name string, first, last int, ids uint32) {
	if s == nil {
		return
	}
	directory := ""
	if name != "" {
		directory = path.Dir(name)
	}
	s.types = append(s.types, sourceRange{ids, directory})
	if last > first {
		s.states = append(s.states, sourceRange{uint32(last), directory})
	}
}

// endFunctions says that functions were added last, the i-th with the types before the index ends[i].
func (s *sources) endFunctions(emits []funcs.Emit, ends []int, graph typegraph.Graph) {
	if s == nil {
		return
	}
	ids := graph.IDs() // by number, from 1
	from := 0
	for i, end := range ends {
		directory := at(s.states, uint32(emits[i].State))
		for n := from + 1; n <= end; n++ {
			if id := ids[n]; at(s.types, id) == "" {
				if _, ok := s.funcs[id]; !ok {
					s.funcs[id] = directory
				}
			}
		}
		from = end
	}
}

// at returns the directory of a number, "" if it is of none.
func at(ranges []sourceRange, n uint32) string {
	i := sort.Search(len(ranges), func(i int) bool { return ranges[i].end > n })
	if i == len(ranges) {
		return ""
	}
	return ranges[i].directory
}

// sizes adds up what came of the directories.
func (s *sources) sizes(res *typegraph.Result, types *btf.Types) []trace.Source {
	sums := make(map[string]sourceSum)
	next := res.First
	for i, final := range res.Final {
		if final != next { // another one stands for it
			continue
		}
		next++
		id := res.First + uint32(i)
		directory, ok := s.funcs[id]
		if !ok {
			directory = at(s.types, id)
		}
		sum := sums[directory]
		if sum == nil {
			sum = make(sourceSum)
			sums[directory] = sum
		}
		sum.add(types.Record(btf.ID(final)))
	}
	var all []trace.Source
	for directory, sum := range sums {
		all = append(all, sum.source(directory))
	}
	slices.SortFunc(all, func(a, b trace.Source) int { return strings.Compare(a.Directory, b.Directory) })
	return all
}

// A sourceSum is what a directory brought, by kind.
type sourceSum map[btf.Kind]*trace.SourceKind

func (s sourceSum) add(rec btf.Record) {
	of := s[rec.Kind()]
	if of == nil {
		of = &trace.SourceKind{Kind: rec.Kind().String()}
		s[rec.Kind()] = of
	}
	of.Types++
	of.Bytes += 4 * len(rec)
}

func (s sourceSum) source(directory string) trace.Source {
	all := trace.Source{Directory: directory}
	for _, of := range s {
		all.Types += of.Types
		all.Bytes += of.Bytes
		all.Kinds = append(all.Kinds, *of)
	}
	slices.SortFunc(all.Kinds, func(a, b trace.SourceKind) int { return strings.Compare(a.Kind, b.Kind) })
	return all
}
