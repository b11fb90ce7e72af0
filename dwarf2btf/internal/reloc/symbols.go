package reloc

import (
	"debug/elf"

	"github.com/gopahole/gopahole/internal/elfio"
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
	symBad // in a section that does not exist
)

// AddSymbol takes the next symbol of the table, the null symbol left out.
func (f *File) AddSymbol(sym *elfio.Symbol) {
	s := symbol{value: sym.Value}
	switch {
	case !sym.Reserved && sym.Shndx == uint32(elf.SHN_UNDEF):
		s.kind = symUndefined
	case sym.Reserved && sym.Shndx == uint32(elf.SHN_ABS):
	case sym.Reserved && sym.Shndx == uint32(elf.SHN_COMMON):
		s.value = 0 // it is the alignment
	case sym.Reserved || uint64(sym.Shndx) >= uint64(len(f.file.Sections)):
		s.kind = symBad
	case sym.Shndx == f.strSection:
		s.kind = symString
	case loaded(&f.file.Sections[sym.Shndx]):
		s.value += f.addrs[sym.Shndx]
	}
	f.symbols = append(f.symbols, s)
}
