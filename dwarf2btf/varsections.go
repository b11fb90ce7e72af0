package dwarf2btf

import (
	"debug/elf"

	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/elfio"
)

// percpuSection is the section of per-CPU variables.
const percpuSection = ".data..percpu"

// varSections are the sections of a file that variables are looked for in. Of
// several files the first one stands for all: there variables of the others are
// looked for by their addresses, too (pahole 1.32: btf_encoder__new indexes the
// sections once).
type varSections struct {
	file   *elfio.File
	addrs  []uint64 // by section number
	wanted []bool   // by section number: variables are encoded
	perCPU bool     // there is a section of per-CPU variables
	ranges []addrRange
}

// addrRange is a section with content.
type addrRange struct {
	addr, size uint64
	index      int
}

// newVarSections takes the sections of a file with their addresses, by section number.
func newVarSections(f *elfio.File, addrs []uint64, set features.Set) *varSections {
	v := &varSections{file: f, addrs: addrs, wanted: make([]bool, len(f.Sections))}
	for i := range f.Sections {
		s := &f.Sections[i]
		v.wanted[i] = set.Has(features.GlobalVar)
		if s.Name == percpuSection {
			v.perCPU = true
			v.wanted[i] = v.wanted[i] || set.Has(features.Var)
		}
		if i > 0 && (s.Type == elf.SHT_PROGBITS || s.Type == elf.SHT_NOBITS) {
			v.ranges = append(v.ranges, addrRange{addrs[i], s.Size, i})
		}
	}
	return v
}

// wants tells whether variables of a section are encoded.
func (v *varSections) wants(section uint32) bool {
	return section < uint32(len(v.wanted)) && v.wanted[section]
}

// at returns the first section with content that holds an address, 0 if there is
// none. Sections that are not loaded take part, at address 0, behind the per-CPU
// section that linkers place there (pahole 1.32).
func (v *varSections) at(addr uint64) int {
	for _, r := range v.ranges {
		if addr-r.addr < r.size {
			return r.index
		}
	}
	return 0
}
