package elffile

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// A Symbol is one entry of the symbol table.
type Symbol struct {
	Name    []byte // a piece of SymbolTable.Names; must not be changed
	Value   uint64 // an address; in ET_REL files relative to the section
	Size    uint64 // in bytes
	Info    byte   // type and binding
	Other   byte   // st_other: visibility
	NameOff uint32 // of the name in SymbolTable.Names

	// Shndx is the number of a section (SHN_XINDEX is resolved), unless Reserved says that it
	// is SHN_ABS, SHN_COMMON and the like. A file with many sections has real ones with those
	// numbers.
	Shndx    uint32
	Reserved bool
}

// Type returns the symbol's type.
func (s *Symbol) Type() elf.SymType { return elf.ST_TYPE(s.Info) }

// Bind returns the symbol's binding.
func (s *Symbol) Bind() elf.SymBind { return elf.ST_BIND(s.Info) }

// symChunk is the number of symbols read at once.
const symChunk = 4096

// A SymbolTable is the first SHT_SYMTAB section of a file, with its names, or what [File.WithSymbols] has put in its
// place.
type SymbolTable struct {
	Names []byte // the string table

	f       *File
	section *Section
	xindex  []byte // see symbolSections
	number  []int  // of sections, by those of f; nil if they are the same
}

// SymbolTable reads the names of the symbol table and what else is needed to read its
// symbols. For a file without one the error wraps [ErrNoSymtab].
func (f *File) SymbolTable() (*SymbolTable, error) {
	if f.symbols != nil {
		return f.symbols, nil
	}
	t := &SymbolTable{f: f, section: f.sectionOfType(elf.SHT_SYMTAB)}
	if t.section == nil {
		return nil, fmt.Errorf("%s: %w", f.Name, ErrNoSymtab)
	}
	var err error
	if t.Names, err = f.symbolNames(t.section); err != nil {
		return nil, err
	}
	if t.xindex, err = f.symbolSections(t.section); err != nil {
		return nil, err
	}
	if size := f.wire().sym; t.section.Size%size != 0 {
		return nil, f.sectionf(t.section, t.section.Size/size*size, "the section ends inside a symbol")
	}
	return t, nil
}

// File returns the file of the table.
func (t *SymbolTable) File() *File { return t.f }

// Len returns the number of symbols, the null symbol included.
func (t *SymbolTable) Len() uint64 { return t.section.Size / t.f.wire().sym }

// Symbols calls yield for the symbols of the first SHT_SYMTAB section, in order and without
// the null symbol. It stops at the first error. For a file without such a section the
// error wraps [ErrNoSymtab].
func (f *File) Symbols(yield func(Symbol) error) error {
	t, err := f.SymbolTable()
	if err != nil {
		return err
	}
	return t.Each(func(s *Symbol) error { return yield(*s) })
}

// Each calls yield for the symbols, in order and without the null symbol. yield must not
// keep the symbol, but may keep its name. Each stops at the first error.
func (t *SymbolTable) Each(yield func(*Symbol) error) error { return t.EachOf(0, t.Len(), yield) }

// EachOf is Each for the symbols from number first on, up to number end, which is at most Len.
// It may be called from several goroutines.
func (t *SymbolTable) EachOf(first, end uint64, yield func(*Symbol) error) error {
	f, tab := t.f, t.section
	size := f.wire().sym
	big := f.Order == binary.BigEndian
	buf := make([]byte, min(end-first, symChunk)*size)
	var sym Symbol
	for ; first < end; first += symChunk {
		chunk := buf[:min(end-first, symChunk)*size]
		if err := f.ReadSectionAt(tab, chunk, first*size); err != nil {
			return err
		}
		for i := first; len(chunk) > 0; i, chunk = i+1, chunk[size:] {
			if i == 0 {
				continue
			}
			sym = f.decodeSymbol(chunk, big)
			n, msg := nameLen(t.Names, uint64(sym.NameOff))
			if msg != "" {
				return f.sectionf(tab, i*size, "name of symbol %d %s", i, msg)
			}
			if n > 0 {
				sym.Name = t.Names[sym.NameOff:][:n:n]
			}
			if sym.Reserved && sym.Shndx == uint32(elf.SHN_XINDEX) {
				if i >= uint64(len(t.xindex)/4) {
					return f.sectionf(tab, i*size, "section number of symbol %d is missing", i)
				}
				sym.Shndx, sym.Reserved = f.Order.Uint32(t.xindex[4*i:]), false
			}
			if t.number != nil && !sym.Reserved {
				if uint64(sym.Shndx) >= uint64(len(t.number)) {
					return f.sectionf(tab, i*size, "symbol %d is in section %d of %d", i, sym.Shndx, len(t.number))
				}
				sym.Shndx = uint32(t.number[sym.Shndx])
			}
			if err := yield(&sym); err != nil {
				return err
			}
		}
	}
	return nil
}

// decodeSymbol reads one symbol, without its name. For 190,000 symbols, calls through
// binary.ByteOrder took three times as long.
func (f *File) decodeSymbol(p []byte, big bool) (s Symbol) {
	var shndx uint16
	if f.Class64 {
		p = p[:24]
		s.Info, s.Other, shndx = p[4], p[5], load16(p[6:], big)
		s.Value, s.Size = load64(p[8:], big), load64(p[16:], big)
	} else {
		p = p[:16]
		s.Value, s.Size = uint64(load32(p[4:], big)), uint64(load32(p[8:], big))
		s.Info, s.Other, shndx = p[12], p[13], load16(p[14:], big)
	}
	s.Shndx = uint32(shndx)
	s.Reserved = shndx >= uint16(elf.SHN_LORESERVE)
	s.NameOff = load32(p, big)
	return s
}

func load16(p []byte, big bool) uint16 {
	v := binary.LittleEndian.Uint16(p)
	if big {
		v = bits.ReverseBytes16(v)
	}
	return v
}

func load32(p []byte, big bool) uint32 {
	v := binary.LittleEndian.Uint32(p)
	if big {
		v = bits.ReverseBytes32(v)
	}
	return v
}

func load64(p []byte, big bool) uint64 {
	v := binary.LittleEndian.Uint64(p)
	if big {
		v = bits.ReverseBytes64(v)
	}
	return v
}

func (f *File) sectionOfType(t elf.SectionType) *Section {
	for i := range f.Sections {
		if f.Sections[i].Type == t {
			return &f.Sections[i]
		}
	}
	return nil
}

// symbolNames returns the string table of a symbol table.
func (f *File) symbolNames(tab *Section) ([]byte, error) {
	if tab.Link == 0 || uint64(tab.Link) >= uint64(len(f.Sections)) {
		return nil, f.sectionf(tab, 0, "the symbol names are said to be in section %d of %d", tab.Link, len(f.Sections))
	}
	return f.SectionData(&f.Sections[tab.Link])
}

// symbolSections returns the table of section numbers that do not fit 16 bits (gABI, ch. 4,
// SHT_SYMTAB_SHNDX), nil if there is none.
func (f *File) symbolSections(tab *Section) ([]byte, error) {
	for i := range f.Sections {
		if s := &f.Sections[i]; s.Type == elf.SHT_SYMTAB_SHNDX && uint64(s.Link) == uint64(tab.Index) {
			return f.SectionData(s)
		}
	}
	return nil, nil
}
