package unit

import (
	"cmp"
	"container/heap"
	"debug/elf"
	"slices"
	"sort"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
)

// PerCPUSection is the section of per-CPU variables.
const PerCPUSection = ".data..percpu"

// varSections are the sections of a file that variables are looked for in. Of
// several files the first one stands for all: there variables of the others are
// looked for by their addresses, too (pahole 1.32: btf_encoder__new indexes the
// sections once).
type varSections struct {
	file   *elffile.File
	addrs  []uint64   // by section number
	wanted []bool     // by section number: variables are encoded
	perCPU bool       // there is a section of per-CPU variables
	parts  []addrPart // ascending
}

// addrRange is a section with content.
type addrRange struct {
	addr, size uint64
	index      int
}

// newVarSections takes the sections of a file with their addresses, by section number.
func newVarSections(f *elffile.File, addrs []uint64, set features.Set) *varSections {
	v := &varSections{file: f, addrs: addrs, wanted: make([]bool, len(f.Sections))}
	var ranges []addrRange
	for i := range f.Sections {
		s := &f.Sections[i]
		v.wanted[i] = set.Has(features.GlobalVar)
		if s.Name == PerCPUSection {
			v.perCPU = true
			v.wanted[i] = v.wanted[i] || set.Has(features.Var)
		}
		if i > 0 && (s.Type == elf.SHT_PROGBITS || s.Type == elf.SHT_NOBITS) {
			ranges = append(ranges, addrRange{addrs[i], s.Size, i})
		}
	}
	v.parts = divide(ranges)
	return v
}

// wants reports whether variables of a section are encoded.
func (v *varSections) wants(section uint32) bool {
	return section < uint32(len(v.wanted)) && v.wanted[section]
}

// at returns the first section with content that holds an address, 0 if there is
// none. Sections that are not loaded take part, at address 0, after the per-CPU
// section that linkers place there (pahole 1.32).
func (v *varSections) at(addr uint64) int {
	i := sort.Search(len(v.parts), func(i int) bool { return v.parts[i].addr > addr })
	if i == 0 {
		return 0
	}
	return v.parts[i-1].index
}

// addrPart is the addresses from addr to the next part, and the first section that
// holds them, 0 if there is none.
type addrPart struct {
	addr  uint64
	index int
}

// divide returns the parts of ranges, of which the first one counts where they
// overlap. A range may go on at address 0.
func divide(ranges []addrRange) []addrPart {
	type edge struct {
		addr  uint64
		begin bool
		index int // of the range
	}
	var edges []edge
	for i, r := range ranges {
		if r.size == 0 {
			continue
		}
		edges = append(edges, edge{r.addr, true, i})
		if end := r.addr + r.size; end > r.addr {
			edges = append(edges, edge{end, false, i})
		} else if end > 0 { // once around
			edges = append(edges, edge{0, true, i}, edge{end, false, i})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.addr, b.addr) })
	var parts []addrPart
	var open intHeap       // ranges that have begun
	ended := map[int]int{} // how often those have ended that are still among them
	for i, e := range edges {
		if e.begin {
			heap.Push(&open, e.index)
		} else {
			ended[e.index]++
		}
		if i+1 < len(edges) && edges[i+1].addr == e.addr {
			continue
		}
		for len(open) > 0 && ended[open[0]] > 0 {
			ended[open[0]]--
			heap.Pop(&open)
		}
		p := addrPart{addr: e.addr}
		if len(open) > 0 {
			p.index = ranges[open[0]].index
		}
		parts = append(parts, p)
	}
	return parts
}

// intHeap is a heap.Interface whose first element is the least.
type intHeap []int

func (h intHeap) Len() int           { return len(h) }
func (h intHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h intHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *intHeap) Push(x any)        { *h = append(*h, x.(int)) }
func (h *intHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}
