package reloc

import (
	"debug/elf"

	"github.com/gopahole/gopahole/elffile"
)

// A symbol is what a relocation adds for one entry of the symbol table.
type symbol struct {
	value uint64
	kind  symbolKind
}

type symbolKind uint8

const (
	symDefined symbolKind = iota
	symString             // in the section of strings
	symUndefined
	symBad      // in a section that does not exist
	symReserved // in none, but for a reason that is not known
)

// AddSymbol takes the next symbol of the table, the null symbol left out.
func (f *File) AddSymbol(sym *elffile.Symbol) {
	s := symbol{value: sym.Value}
	switch {
	case sym.Reserved:
		s = reservedSymbol(f.file.Machine, elf.SectionIndex(sym.Shndx), sym.Value)
	case sym.Shndx == uint32(elf.SHN_UNDEF):
		s.kind = symUndefined
	case uint64(sym.Shndx) >= uint64(len(f.file.Sections)):
		s.kind = symBad
	case sym.Shndx == f.strSection:
		s.kind = symString
	case loaded(&f.file.Sections[sym.Shndx]):
		s.value += f.addrs[sym.Shndx]
	}
	f.symbols = append(f.symbols, s)
}

// reservedSymbol returns a symbol with a section number that stands for no section.
// Those from SHN_LOPROC to SHN_HIOS belong to the machine and the system. Nearly all of
// them are kinds of common symbols (SHN_X86_64_LCOMMON, SHN_MIPS_SCOMMON,
// SHN_HEXAGON_SCOMMON_4, SHN_AMDGPU_LDS, ...), whose value is an alignment.
func reservedSymbol(m elf.Machine, shndx elf.SectionIndex, value uint64) symbol {
	switch {
	case shndx == elf.SHN_ABS:
		return symbol{value: value}
	case shndx == elf.SHN_COMMON:
		return symbol{}
	case shndx > elf.SHN_HIOS: // SHN_LOPROC is the lowest one that is reserved
		return symbol{kind: symReserved}
	}
	other, ok := reserved[sectionNumber{m, shndx}]
	if ok && other == symDefined {
		return symbol{value: value}
	}
	return symbol{kind: other}
}

type sectionNumber struct {
	machine elf.Machine
	shndx   elf.SectionIndex
}

// reserved has the numbers that are not those of common symbols.
var reserved = map[sectionNumber]symbolKind{
	// SHN_MIPS_ACOMMON, which is allocated, SHN_MIPS_TEXT, SHN_MIPS_DATA, SHN_MIPS_SUNDEFINED
	{elf.EM_MIPS, 0xff00}: symDefined, {elf.EM_MIPS, 0xff01}: symDefined, {elf.EM_MIPS, 0xff02}: symDefined,
	{elf.EM_MIPS, 0xff04}: symUndefined,
	// SHN_NS_UNDEF, SHN_FS_UNDEF, SHN_HP_EXTERN, SHN_HP_EXTHINT, SHN_HP_UNDEF_BIND_IMM of HP-UX
	{elf.EM_PARISC, 0xff23}: symUndefined, {elf.EM_PARISC, 0xff24}: symUndefined, {elf.EM_PARISC, 0xff25}: symUndefined,
	{elf.EM_PARISC, 0xff26}: symUndefined, {elf.EM_PARISC, 0xff27}: symUndefined,
	{elf.EM_MMIX, 0xff00}:  symDefined, // SHN_REGISTER: the number of one
	{emScore, 0xff01}:      symDefined, // SHN_SCORE_TEXT
	{emScore, 0xff02}:      symDefined, // SHN_SCORE_DATA
	{elf.EM_IA_64, 0xff20}: symDefined, // SHN_IA_64_VMS_SYMVEC
}
