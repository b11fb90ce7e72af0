package unit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/dwarf2btf/internal/symtab"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/kfunc"
	"github.com/gopahole/gopahole/internal/workers"
)

// Start reads what is needed before the first unit: the symbols, what units are found by, and
// strings, at the same time if there are several workers. kfuncs says whether the sets of kernel
// functions are wanted.
func (s *File) Start(ctx context.Context, pool workers.Pool, kfuncs bool) error {
	var r symbolReader
	if s.relocs != nil { // relocations of units are by the symbols
		err := s.openSymbols(&r, kfuncs)
		if err == nil {
			err = s.readSymbols(ctx, pool.Single(), &r)
		}
		if err == nil {
			err = s.findUnits()
		}
		if err != nil {
			return err
		}
	} else {
		first := [...]func() error{func() error { return s.openSymbols(&r, kfuncs) }, s.findUnits, s.str.load}
		var errs [len(first)]error
		if err := pool.Each(ctx, len(first), func(i int) { errs[i] = first[i]() }); err != nil {
			return err
		}
		if errs[0] == nil {
			errs[0] = s.readSymbols(ctx, pool, &r)
		}
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
	}
	s.storage.scratch.classes = pool.Jobs() > 2
	s.addrSize = 8
	if len(s.units) > 0 {
		s.addrSize = int(s.units[0].AddrSize)
		s.storage.abbrevs = die.StoreFor(s.storage.abbrevs, &s.units[0])
	}
	return s.loadAllStrings()
}

// symbolReader reads the symbol table of a file, and the sets of kernel functions that its
// symbols tell.
type symbolReader struct {
	*elffile.SymbolTable
	number []int            // see symbolTable
	ids    *elffile.Section // .BTF_ids, nil if the sets are not wanted
	kfuncs *kfunc.Collector // nil as well
}

// openSymbols reads the names of the symbols.
func (s *File) openSymbols(r *symbolReader, kfuncs bool) (err error) {
	if r.SymbolTable, r.number, err = s.symbolTable(); err != nil {
		return err
	}
	if s.relocs != nil && r.File() != s.elf {
		if err := s.addRelocationSymbols(); err != nil {
			return err
		}
	}
	if kfuncs && s.opts.Features.Has(features.DeclTagKfuncs) {
		if ids := s.file.Section(".BTF_ids"); ids != nil && ids.HasData() {
			r.ids, r.kfuncs = ids, kfunc.NewCollector(uint32(ids.Index))
		}
	}
	return nil
}

// symbolsPerPart is the least number of symbols that a worker reads by itself.
const symbolsPerPart = 8 << 10

// symbolPart is what a worker has read of the symbol table.
type symbolPart struct {
	symbols *symtab.Builder
	kfuncs  *kfunc.Collector // nil if they are not wanted
	err     error
}

// readSymbols reads the symbol table in parts and, if they are wanted, the kfunc sets:
// of several files, pahole 1.32 looks for them in the first one only
// (btf_encoder__new).
func (s *File) readSymbols(ctx context.Context, pool workers.Pool, r *symbolReader) error {
	n, count := r.Len(), uint64(1)
	if jobs := pool.Jobs(); jobs > 1 {
		count = min(max(n/symbolsPerPart, 1), uint64(2*jobs))
	}
	parts := make([]symbolPart, count)
	builders := make([]*symtab.Builder, count)
	for i := range parts {
		p := &parts[i]
		if i == 0 {
			p.symbols, p.kfuncs = symtab.NewBuilder(r.Names, int(n/count), s.vars.wants), r.kfuncs
		} else {
			p.symbols = builders[0].Part(int(n / count))
			if r.kfuncs != nil {
				p.kfuncs = kfunc.NewCollector(uint32(r.ids.Index))
			}
		}
		builders[i] = p.symbols
	}
	if err := pool.Each(ctx, len(parts), func(i int) {
		parts[i].err = s.readSymbolPart(r, &parts[i], uint64(i)*n/count, uint64(i+1)*n/count)
	}); err != nil {
		return err
	}
	for i := range parts {
		if err := parts[i].err; err != nil {
			return err
		}
		if i > 0 && r.kfuncs != nil {
			r.kfuncs.Join(parts[i].kfuncs)
		}
	}
	var cancelled error
	symbols, err := symtab.Join(builders, func(n int, f func(int)) {
		if cancelled == nil {
			cancelled = pool.Each(ctx, n, f)
		}
	})
	if err = errors.Join(cancelled, err); err != nil {
		return err
	}
	s.symbols, s.kfuncs = symbols, make(map[int32]kfunc.Flags)
	s.seen.entries = newCache[atomic.Uint64](nil, symbols.Len(), 1<<6, maxEntries)
	if r.kfuncs == nil {
		return nil
	}
	return s.findKfuncs(r)
}

// readSymbolPart reads the symbols from number first on up to number end.
func (s *File) readSymbolPart(r *symbolReader, p *symbolPart, first, end uint64) error {
	relocates := s.relocs != nil && r.File() == s.elf
	return r.EachOf(first, end, func(sym *elffile.Symbol) error {
		if relocates {
			s.relocs.AddSymbol(sym)
		}
		if sym.Reserved {
			sym.Shndx = math.MaxUint32 // the number stands for no section
		}
		if r.number != nil && uint64(sym.Shndx) < uint64(len(r.number)) {
			sym.Shndx = uint32(r.number[sym.Shndx])
		}
		if p.kfuncs != nil {
			p.kfuncs.Add(sym.Name, sym.Value, sym.Size, sym.Shndx)
		}
		return p.symbols.Add(sym.NameOff, uint32(len(sym.Name)), sym.Value, byte(sym.Type()), sym.Shndx)
	})
}

// findKfuncs finds the kernel functions by the symbols of .BTF_ids.
func (s *File) findKfuncs(r *symbolReader) error {
	kf, ids := r.kfuncs, r.ids
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
