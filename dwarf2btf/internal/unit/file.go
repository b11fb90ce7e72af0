package unit

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/gopahole/gopahole/dwarf2btf/internal/location"
	"github.com/gopahole/gopahole/dwarf2btf/internal/names"
	"github.com/gopahole/gopahole/dwarf2btf/internal/reloc"
	"github.com/gopahole/gopahole/dwarf2btf/internal/symtab"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/kfunc"
	"github.com/gopahole/gopahole/internal/typegraph"
	"github.com/gopahole/gopahole/internal/workers"
)

// File is what all units of one input file share. Workers read it; what they
// write to is synchronised.
type File struct {
	opts  *Options
	file  *elffile.File
	order binary.ByteOrder

	bigEndian     bool
	addrSize      int
	convention    *location.Convention
	Merged        bool         // all units form one CU
	first         *unitContext // of the first unit, merged mode
	wantVars      bool
	trueSignature bool
	flatArrays    bool

	source                // of the units
	split  *splitFiles    // that have the rest of skeletons
	sup    *supplementary // nil if there is none

	importedUnits map[uint64]bool // by section offset, merged mode

	symbols *symtab.Table
	kfuncs  map[int32]kfunc.Flags // by entry of the symbol table
	vars    *varSections
	code    *codeSections // nil if nobody asks for inlined functions

	names  *names.Table
	shapes *typegraph.Shapes

	reports []string        // to be said at the end
	warned  warning         // of those that are given once
	said    map[string]bool // by the key of a report

	mu           sync.Mutex
	missing      int    // references that lead to nothing
	firstMissing string // where
}

// An Input is the files that the debugging information of one input is in.
type Input struct {
	*elffile.File               // with the symbols, .BTF_ids and the sections of variables
	DWARF         *elffile.File // with the DWARF: the file itself, or its separate debug file
	Sup           *elffile.File // its supplementary file, nil if there is none

	strings *reloc.Strings // of an attempt that failed, for the next one; nil if they are not merged
}

// Added says that all units were added, and no attempt follows.
func (in *Input) Added() { in.strings = nil }

// InfoBytes is the size of .debug_info.
func (in *Input) InfoBytes() uint64 {
	info := debugSection(in.DWARF, ".debug_info")
	return info.size()
}

// HasDWARF reports whether a file has units.
func HasDWARF(f *elffile.File) bool {
	info, types := debugSection(f, ".debug_info"), debugSection(f, ".debug_types")
	return info.size()+types.size() > 0
}

// Open opens the sections of a file. main is the main file, nil if there is none yet, and
// this one may become it. The file has units, see HasDWARF. The caller closes it.
func Open(ctx context.Context, in *Input, opts *Options, table *names.Table, shapes *typegraph.Shapes, main *File) (*File, error) {
	f := in.File
	s := &File{opts: opts, file: f, order: f.Order, names: table, shapes: shapes, importedUnits: make(map[uint64]bool)}
	s.split = newSplitFiles(ctx, s)
	s.bigEndian = f.Order == binary.ByteOrder(binary.BigEndian)
	s.convention = location.ConventionOf(f.Machine)
	s.flatArrays = opts.FlatArrays
	s.trueSignature = opts.Features.Has(features.TrueSignature)
	s.source.init(in.DWARF)
	s.strings = &in.strings
	addrs, err := s.placeSections(f)
	if err != nil {
		return nil, err
	}
	s.wantVars = opts.Features.Has(features.Var) || opts.Features.Has(features.GlobalVar)
	if main == nil {
		s.vars = newVarSections(f, addrs, opts.Features)
	} else {
		s.vars = main.vars
	}
	if opts.Features.Has(features.InlinePreview) {
		s.code = newCodeSections(f, addrs)
	}
	if in.Sup != nil {
		s.sup = newSupplementary(in.Sup)
		s.names.Allow(s.sup.info.size() + 8*(s.sup.str.size()+s.sup.lineStr.size()))
	}
	// Names may be the ends of others, but not of one that goes on and on.
	s.names.Allow(s.info.size() + 8*(s.str.size()+s.lineStr.size()))
	return s, nil
}

// Close drops what is not needed when all units are decoded, and closes the files of split
// DWARF.
func (s *File) Close() {
	s.release()
	s.split.close()
}

// ELF is the input.
func (s *File) ELF() *elffile.File { return s.file }

// NumUnits is the number of units, without type units.
func (s *File) NumUnits() int { return len(s.units) }

// HasTypeUnits reports whether there are units that no unit may refer to.
func (s *File) HasTypeUnits() bool {
	pkg := s.split.pkg
	return s.signed != nil || pkg != nil && pkg.signed != nil
}

// UnitBytes is the size of all units of the file that a CU may be of, without split units.
func (s *File) UnitBytes(c *CU) uint64 {
	if c.Stats.SplitBytes > 0 && s.split.pkg != nil {
		return s.unitBytes + s.split.pkg.unitBytes
	}
	return s.unitBytes
}

// Symbols are the functions and objects of the symbol table.
func (s *File) Symbols() *symtab.Table { return s.symbols }

// DropSymbols forgets the symbols, when no function is left to be chosen.
func (s *File) DropSymbols() { s.symbols = nil }

// Kfunc returns the flags of the function of a symbol, if it is a kfunc.
func (s *File) Kfunc(entry int32) (kfunc.Flags, bool) {
	flags, ok := s.kfuncs[entry]
	return flags, ok
}

// WantsVars reports whether variables are encoded.
func (s *File) WantsVars() bool { return s.wantVars }

// HasPerCPU reports whether there is a section of per-CPU variables.
func (s *File) HasPerCPU() bool { return s.vars.perCPU }

// Start reads what is needed before the first unit: the symbols and, at the same time if
// there are two workers, what units are found by. kfuncs says whether the sets of kernel
// functions are wanted.
func (s *File) Start(ctx context.Context, pool workers.Pool, kfuncs bool) error {
	var symbols, units error
	if s.relocs != nil { // relocations of units are by the symbols
		if symbols = s.readSymbols(kfuncs); symbols == nil {
			units = s.findAllUnits()
		}
	} else {
		pool.Both(ctx, func() { symbols = s.readSymbols(kfuncs) }, func() { units = s.findAllUnits() })
	}
	if symbols != nil {
		return symbols
	}
	s.addrSize = 8
	if units == nil && len(s.units) > 0 {
		s.addrSize = int(s.units[0].AddrSize)
	}
	return units
}

// readSymbols reads the ELF symbol table and, if they are wanted, the kfunc sets:
// of several files, pahole 1.32 looks for them in the first one only
// (btf_encoder__new).
func (s *File) readSymbols(kfuncs bool) error {
	tab, number, err := s.symbolTable()
	if err != nil {
		return err
	}
	if s.relocs != nil && tab.File() != s.elf {
		if err := s.addRelocationSymbols(); err != nil {
			return err
		}
	}
	b := symtab.NewBuilder(tab.Names, int(tab.Len()), s.vars.wants)
	var ids *elffile.Section
	var kf *kfunc.Collector
	if kfuncs && s.opts.Features.Has(features.DeclTagKfuncs) {
		if ids = s.file.Section(".BTF_ids"); ids != nil && ids.HasData() {
			kf = kfunc.NewCollector(uint32(ids.Index))
		}
	}
	err = tab.Each(func(sym *elffile.Symbol) error {
		if s.relocs != nil && tab.File() == s.elf {
			s.relocs.AddSymbol(sym)
		}
		if sym.Reserved {
			sym.Shndx = math.MaxUint32 // the number stands for no section
		}
		if number != nil && uint64(sym.Shndx) < uint64(len(number)) {
			sym.Shndx = uint32(number[sym.Shndx])
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
	if kf.Stripped(data) {
		if s.opts.RefuseFinished {
			return errStripped
		}
		s.reports = append(s.reports, ".BTF_ids is stripped of its symbols, which say what the kernel functions are: they get no tags, as from pahole 1.32; "+
			"the verb encode looks for its debug file")
		return nil
	}
	list, err := kf.Kfuncs(ids.Addr, data, s.order)
	if err != nil {
		return err
	}
	acts := kfunc.FastCall
	if s.opts.Features.Has(features.Attributes) {
		acts |= kfunc.ArenaRet | kfunc.ArenaArg | kfunc.ArenaArg<<1
	}
	if (s.opts.Report || s.opts.RefuseFinished) && kf.Misplaced(ids.Addr, data, s.order, acts) {
		if s.opts.RefuseFinished {
			return errFinished
		}
		s.reports = append(s.reports, ".BTF_ids is filled in already, and sorted: kernel functions get tags by the flags of others, as by pahole 1.32; "+
			"the verb encode goes by the IDs")
	}
	for _, k := range list {
		if e, ok := s.symbols.Find([]byte(k.Name)); ok {
			s.kfuncs[e] = k.Flags
		}
	}
	return nil
}

// errFinished is about a file that nobody has put back as it was linked.
var errFinished = errors.New(".BTF_ids is filled in already, and sorted, so that its symbols do not tell which kernel function has which flags: " +
	"put a symbol table into the file itself, or leave out the feature decl_tag_kfuncs")

// errStripped is about a file to which nobody has given the symbols of its debug file.
var errStripped = errors.New(".BTF_ids is stripped of its symbols, which say what the kernel functions are: " +
	"take the file as it was linked, or leave out the feature decl_tag_kfuncs")

// symbolTable returns the symbol table of the file. If the file was stripped of it, it
// is that of the separate debug file, which pahole 1.32 does not look for; number has
// then the section numbers of the file by those of the debug file, and is nil else.
func (s *File) symbolTable() (tab *elffile.SymbolTable, number []int, err error) {
	tab, err = s.file.SymbolTable()
	if !errors.Is(err, elffile.ErrNoSymtab) {
		return tab, nil, err
	}
	if s.elf != s.file {
		switch own, err := s.elf.SymbolTable(); {
		case err == nil:
			number, err := s.pair(s.file)
			return own, number, err
		case !errors.Is(err, elffile.ErrNoSymtab):
			return nil, nil, err
		}
	}
	return nil, nil, fmt.Errorf("%w: function names and addresses come from it", err)
}

// addRelocationSymbols reads the symbols of the separate debug file, which its own
// relocations are by.
func (s *File) addRelocationSymbols() error {
	tab, err := s.elf.SymbolTable()
	if errors.Is(err, elffile.ErrNoSymtab) {
		return nil
	}
	if err != nil {
		return err
	}
	return tab.Each(func(sym *elffile.Symbol) error {
		s.relocs.AddSymbol(sym)
		return nil
	})
}

// locationContext returns what the location rules need to know of a unit.
func (s *File) locationContext(u *unitContext) location.Context {
	return location.Context{
		AddrSize: int(u.unit.AddrSize), Is64: u.unit.Is64, Version: int(u.unit.Version), Order: s.order, Split: u.src.skeletons != nil,
		Convention: s.convention,
	}
}

// Verbose prints a line of verbose output, if it is wanted.
func (s *File) Verbose(format string, args ...any) {
	if s.opts.Verbose != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.opts.Verbose(format, args...)
	}
}
