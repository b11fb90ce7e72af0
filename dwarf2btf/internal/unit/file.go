package unit

import (
	"context"
	"debug/elf"
	"encoding/binary"
	"sync"
	"sync/atomic"

	"github.com/gopahole/gopahole/dwarf2btf/internal/location"
	"github.com/gopahole/gopahole/dwarf2btf/internal/names"
	"github.com/gopahole/gopahole/dwarf2btf/internal/reloc"
	"github.com/gopahole/gopahole/dwarf2btf/internal/symtab"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/kfunc"
	"github.com/gopahole/gopahole/internal/typegraph"
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
	made    []uint64      // addresses that sections of a relocatable file got, for Options.Trace; else nil

	names   *names.Table
	shapes  *typegraph.Shapes
	seen    seen
	storage *Storage

	reports []string        // to be said at the end
	warned  warning         // of those that are given once
	said    map[string]bool // by the key of a report

	mu           sync.Mutex
	missing      int    // references that lead to nothing
	firstMissing string // where
}

// seen is what workers have seen: what is in one unit is in many others.
type seen struct {
	names   *nameCache
	shapes  *shapeCache
	structs cache[cachedStruct]
	entries cache[atomic.Uint64] // key<<32 | entry of the symbol table + 1, which is 0 if there is none
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
// this one may become it. The file has units, see HasDWARF. The caller closes it, and nobody else
// uses the storage until then.
func Open(ctx context.Context, in *Input, opts *Options, table *names.Table, shapes *typegraph.Shapes, main *File, storage *Storage) (*File, error) {
	f := in.File
	s := &File{opts: opts, file: f, order: f.Order, names: table, shapes: shapes, storage: storage, importedUnits: make(map[uint64]bool)}
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
	if s.relocs != nil {
		s.relocs.Hasty, s.relocs.Room = opts.Hasty, &storage.relocs
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
	if opts.Trace != nil && f.Type == elf.ET_REL {
		s.made = addrs
	}
	if in.Sup != nil {
		s.sup = newSupplementary(in.Sup)
		s.names.Allow(s.sup.info.size() + 8*(s.sup.str.size()+s.sup.lineStr.size()))
	}
	// Names may be the ends of others, but not of one that goes on and on.
	s.names.Allow(s.info.size() + 8*(s.str.size()+s.lineStr.size()))
	types := ExpectedTypes(s.info.size())
	s.seen.names, s.seen.shapes = newNameCache(&storage.names, types/2), newShapeCache(s.shapes, storage, types)
	storage.structs = newCache(storage.structs.slots, types, 1<<11, maxCachedStructs)
	s.seen.structs = storage.structs
	return s, nil
}

// Close drops what is not needed when all units are decoded and added, and closes the files of split
// DWARF.
func (s *File) Close() {
	if s.str.merged != nil && s.strings != nil && *s.strings == nil { // no attempt follows
		s.storage.merged = s.str.merged
	}
	s.release()
	s.split.close()
	s.seen = seen{}
	s.storage.release()
}

// CheckOrder looks at relocations that were not needed, when all units are decoded: the error
// is ErrOrder, or one of reading.
func (s *File) CheckOrder() error {
	if s.relocs == nil {
		return nil
	}
	return s.relocs.CheckOrder()
}

// ELF is the input.
func (s *File) ELF() *elffile.File { return s.file }

// NumUnits is the number of units, without type units.
func (s *File) NumUnits() int { return len(s.units) }

// UnitSize is the size of a unit in bytes.
func (s *File) UnitSize(i int) int64 { return int64(s.units[i].Len) }

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
