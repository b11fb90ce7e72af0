package dwarf2btf

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/gopahole/gopahole/dedup"
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/dwarf2btf/internal/location"
	"github.com/gopahole/gopahole/dwarf2btf/internal/reloc"
	"github.com/gopahole/gopahole/dwarf2btf/internal/symtab"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/elfio"
	"github.com/gopahole/gopahole/internal/kfunc"
)

// session is what all units of one input file share. Workers read it; what they
// write to is synchronised.
type session struct {
	opts  *Options
	file  *elfio.File
	order binary.ByteOrder

	bigEndian     bool
	addrSize      int
	regs          location.Regs
	merged        bool         // all units form one CU
	first         *unitContext // of the first unit, merged mode
	wantVars      bool
	trueSignature bool
	flatArrays    bool

	info, types, abbrev, str, lineStr, strOffsets, addr, loc, loclists section

	relocs *reloc.File // nil in linked files
	addrs  []uint64    // of the sections, by section number

	units         []die.Unit        // of .debug_info
	importedUnits map[uint64]bool   // by section offset, merged mode
	signatures    map[uint64]uint64 // section offset of the type by signature, of the units that form one CU

	symbols *symtab.Table
	kfuncs  map[int32]kfunc.Flags // by entry of the symbol table
	vars    *varSections

	names   *nameTable
	shapes  *dedup.Shapes
	fakeInt nameID

	reports []string // to be said at the end
	warned  warning  // of those that are given once

	mu           sync.Mutex
	tables       map[uint64][]uint64 // section offsets of tables of abbreviations by their end
	missing      int                 // references that lead to nothing
	firstMissing string              // where
}

// newSession opens the sections of a file. lead is the session of the first file
// of several, if this is another one.
func newSession(f *elfio.File, opts *Options, w *workspace, lead *session) (*session, error) {
	s := &session{opts: opts, file: f, order: f.Order, names: w.names, shapes: w.shapes, importedUnits: make(map[uint64]bool), tables: make(map[uint64][]uint64)}
	s.bigEndian = f.Order == binary.ByteOrder(binary.BigEndian)
	s.fakeInt = s.names.intern([]byte(fakeInt))
	s.regs = location.Registers(f.Machine)
	s.flatArrays = opts.flatArrays()
	s.trueSignature = opts.Features.Has(features.TrueSignature)
	for _, sec := range []struct {
		to   *section
		name string
	}{
		{&s.info, ".debug_info"}, {&s.types, ".debug_types"}, {&s.abbrev, ".debug_abbrev"},
		{&s.str, ".debug_str"}, {&s.lineStr, ".debug_line_str"}, {&s.strOffsets, ".debug_str_offsets"},
		{&s.addr, ".debug_addr"}, {&s.loc, ".debug_loc"}, {&s.loclists, ".debug_loclists"},
	} {
		*sec.to = debugSection(f, sec.name)
	}
	if s.info.size() == 0 && s.types.size() == 0 {
		return nil, ErrNoDWARF
	}
	if err := s.placeSections(); err != nil {
		return nil, err
	}
	s.wantVars = opts.Features.Has(features.Var) || opts.Features.Has(features.GlobalVar)
	if lead == nil {
		s.vars = newVarSections(f, s.addrs, opts.Features)
	} else {
		s.vars = lead.vars
	}
	// Names may be the ends of others, but not of one that goes on and on.
	s.names.limit += s.info.size() + 8*(s.str.size()+s.lineStr.size())
	return s, nil
}

// start reads what is needed before the first unit: the symbols and, if both may run
// them at the same time, beside them what units are found by.
func (s *session) start(lead bool, both func(f, g func())) error {
	if s.relocs != nil { // relocations of units are by the symbols
		if err := s.readSymbols(lead); err != nil {
			return err
		}
		return s.findUnits()
	}
	var symbols, units error
	both(func() { symbols = s.readSymbols(lead) }, func() { units = s.findUnits() })
	if symbols != nil {
		return symbols
	}
	return units
}

// findUnits finds the units of .debug_info, and loads the strings.
func (s *session) findUnits() error {
	// No assembler relocates abbreviations or strings.
	for _, sec := range []*section{&s.info, &s.types, &s.strOffsets, &s.addr, &s.loc, &s.loclists} {
		if err := sec.relocate(s.relocs); err != nil {
			return err
		}
	}
	units, err := s.scan(&s.info, false)
	if err != nil {
		return err
	}
	s.units = units
	return s.loadStrings(len(units))
}

// loadStrings loads what names and addresses are read from. Objects joined to one
// relocatable file have the same strings again and again: they are merged.
func (s *session) loadStrings(units int) error {
	if n := s.str.size(); s.info.rel != nil && units > 1 && n > 0 && n <= reloc.MaxStrings {
		strs, err := reloc.MergeStrings(n, s.str.read)
		if err != nil {
			return err
		}
		s.str.merged = strs
		s.relocs.MergeStrings(strs)
	} else if err := s.str.load(); err != nil {
		return err
	}
	for _, sec := range []*section{&s.lineStr, &s.strOffsets, &s.addr} {
		if err := sec.load(); err != nil {
			return err
		}
	}
	return nil
}

// placeSections gives the sections their addresses. A relocatable file has none: it
// gets those of libdwfl, and its relocations refer to them.
func (s *session) placeSections() error {
	if s.file.Type == elf.ET_REL {
		addrs, err := reloc.Layout(s.file)
		if err != nil {
			return err
		}
		s.addrs, s.relocs = addrs, reloc.NewFile(s.file, addrs, s.str.sec)
		return nil
	}
	s.addrs = make([]uint64, len(s.file.Sections))
	for i := range s.addrs {
		s.addrs[i] = s.file.Sections[i].Addr
	}
	return nil
}

// readSymbols reads the ELF symbol table and, if they are wanted, the kfunc sets:
// of several files, pahole 1.32 looks for them in the first one only
// (btf_encoder__new).
func (s *session) readSymbols(wantKfuncs bool) error {
	tab, err := s.file.SymbolTable()
	if err != nil {
		if errors.Is(err, elfio.ErrNoSymtab) {
			return fmt.Errorf("%w: function names and addresses come from it", err)
		}
		return err
	}
	b := symtab.NewBuilder(tab.Names, int(tab.Len()), s.vars.wants)
	var ids *elfio.Section
	var kf *kfunc.Collector
	if wantKfuncs && s.opts.Features.Has(features.DeclTagKfuncs) {
		if ids = s.file.Section(".BTF_ids"); ids != nil && ids.HasData() {
			kf = kfunc.NewCollector(uint32(ids.Index))
		}
	}
	err = tab.Each(func(sym *elfio.Symbol) error {
		if s.relocs != nil {
			s.relocs.AddSymbol(sym)
		}
		if kf != nil {
			kf.Add(sym.Name, sym.Value, sym.Size, sym.Shndx)
		}
		return b.Add(sym.NameOff, uint32(len(sym.Name)), sym.Value, byte(sym.Type()), sym.Shndx)
	})
	if err != nil {
		return err
	}
	s.symbols = b.Build()
	s.kfuncs = make(map[int32]kfunc.Flags)
	if kf == nil {
		return nil
	}
	data, err := s.file.SectionData(ids)
	if err != nil {
		return err
	}
	list, err := kf.Kfuncs(ids.Addr, data, s.order)
	if err != nil {
		return err
	}
	for _, k := range list {
		if e, ok := s.symbols.Find([]byte(k.Name)); ok {
			s.kfuncs[e] = k.Flags
		}
	}
	return nil
}

// compile compiles the abbreviations of a unit, read through a window.
func (s *session) compile(t *die.Table, w *window, u *die.Unit) error {
	if u.AbbrevOff >= s.abbrev.size() {
		return &die.Error{Section: ".debug_info", Offset: u.Offset, Msg: fmt.Sprintf("abbreviations at %#x are behind the end of .debug_abbrev", u.AbbrevOff)}
	}
	for need := uint64(windowSize / 2); ; need *= 4 {
		b, err := w.from(&s.abbrev, u.AbbrevOff, need)
		if err != nil {
			return err
		}
		err = t.Compile(b, u.AbbrevOff, u)
		if err == nil {
			return s.checkTable(u.AbbrevOff, t.Size)
		}
		if !errors.Is(err, die.ErrShortTable) || u.AbbrevOff+uint64(len(b)) >= s.abbrev.size() {
			return err
		}
	}
}

// checkTable refuses tables of abbreviations that are parts of each other: a small
// section could be compiled again and again, from another place each time.
func (s *session) checkTable(off, size uint64) error {
	const maxTables = 100 // one is all that there should be
	s.mu.Lock()
	defer s.mu.Unlock()
	starts := s.tables[off+size]
	if slices.Contains(starts, off) {
		return nil
	}
	if len(starts) == maxTables {
		return fmt.Errorf("%s: more than %d tables have the same end", s.abbrev.name, maxTables)
	}
	s.tables[off+size] = append(starts, off)
	return nil
}

// locationContext returns what the location rules need to know of a unit.
func (s *session) locationContext(u *unitContext) location.Context {
	return location.Context{
		AddrSize: int(u.unit.AddrSize), Is64: u.unit.Is64, Version: int(u.unit.Version), Order: s.order,
		S390: s.file.Machine == elf.EM_S390,
	}
}

// isClang tells whether a producer string is that of clang.
func (s *session) isClang(producer []byte) bool {
	const clang = "clang"
	for i := 0; i+len(clang) <= len(producer); i++ {
		if string(producer[i:i+len(clang)]) == clang {
			return true
		}
	}
	return false
}

// ltoMerged tells whether the LTO note of a kernel asks for one CU (an ELF note of
// owner Linux and type 0x101 whose first word is not 0; include/linux/elfnote-lto.h).
func ltoMerged(f *elfio.File) bool {
	const elfnoteLTO = 0x101
	lto, done := false, errors.New("found")
	err := f.Notes(func(owner string, typ uint32, desc []byte) error {
		if owner != "Linux" || typ != elfnoteLTO {
			return nil
		}
		lto = len(desc) >= 4 && f.Order.Uint32(desc) != 0
		return done
	})
	return err == done && lto
}

// release drops the sections that no name is read from any more.
func (s *session) release() {
	for _, sec := range []*section{&s.str, &s.lineStr, &s.strOffsets, &s.addr} {
		sec.data, sec.merged = nil, nil
	}
	for _, sec := range []*section{&s.info, &s.types, &s.abbrev, &s.str, &s.lineStr, &s.strOffsets, &s.addr, &s.loc, &s.loclists} {
		sec.rel = nil // which hold the merged strings
	}
	s.units, s.relocs = nil, nil
}

// indexSignatures notes where the types of type units stand.
func (s *session) indexSignatures(units []die.Unit) {
	s.signatures = make(map[uint64]uint64)
	for i := range units {
		if u := &units[i]; u.TypeOff != 0 {
			s.signatures[u.Signature] = u.Offset + u.TypeOff
		}
	}
}

func (s *session) verbose(format string, args ...any) {
	if s.opts.Verbose != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.opts.Verbose(format, args...)
	}
}

// sortedKeys returns the keys of a map, ascending.
func sortedKeys[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
