package unit

import (
	"sync"
	"sync/atomic"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/dwarf2btf/internal/funcs"
	"github.com/gopahole/gopahole/dwarf2btf/internal/reloc"
	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// Storage is memory that conversions use one after the other. A small module takes 2.5 MB for its
// tables and for the scratch of its units, which would have to be made, emptied and collected for each of
// many, and would not be in the caches of the processor. Nothing that a file leaves there is known to the
// next one, but for what is found by its bytes: compiled abbreviations.
//
// A File has it from Open to Close.
type Storage struct {
	scratch scratches
	abbrevs *die.Store // of units such as the first one
	structs cache[cachedStruct]
	names   slab[atomic.Uint64]
	shapes  slab[cachedShape]
	words   slab[uint32]
	relocs  reloc.Storage
	merged  *reloc.Strings // of a file that was closed; names may still be looked up in them

	kept bool // there is a next file

	mu       sync.Mutex
	decoders []*Decoder       // of the file that is open
	cus      []*CU            // of that file, and not with scratch alone
	spare    []decoderStorage // of decoders
	results  []cuStorage      // of CUs
}

// NewStorage returns storage for several files. The zero value is for one.
func NewStorage() *Storage { return &Storage{kept: true} }

// What is kept for the next file. Few need more, and these take so long that it does not matter.
const (
	keptNames   = 1 << 16 // slots
	keptShapes  = 1 << 15 // slots
	keptWords   = 1 << 18
	keptUnit    = 1 << 20 // bytes of a unit
	keptEntries = 1 << 16 // types of a CU
	keptItems   = 1 << 18 // words and references
	keptParams  = 1 << 12 // of functions in each other
)

// kept returns the memory of a list, none if it is for more than most.
func kept[E any](list []E, most int) []E {
	if cap(list) > most {
		return nil
	}
	return list[:0]
}

// release takes everything back when a file is closed.
func (s *Storage) release() {
	decoders, cus := s.decoders, s.cus
	s.decoders, s.cus = nil, nil
	if !s.kept {
		s.scratch = scratches{}
		s.abbrevs, s.structs = nil, cache[cachedStruct]{}
		return
	}
	for _, d := range decoders {
		s.spare = append(s.spare, d.endStorage())
	}
	for _, c := range cus {
		if cap(c.Types.Shapes) <= keptEntries {
			s.results = append(s.results, c.endStorage())
		}
	}
	s.names.release(keptNames)
	s.shapes.release(keptShapes)
	s.words.release(keptWords)
	s.scratch.trim(keptUnit)
	if s.abbrevs.Large() {
		s.abbrevs = nil
	}
	s.relocs.FreeLists()
}

// Ended says that a conversion has ended, and with it all use of what it has read.
func (s *Storage) Ended() {
	if s.merged != nil && s.kept {
		s.relocs.TakeBack(s.merged)
	}
	s.merged, s.relocs.Lists = nil, s.kept
}

// A slab is memory that the tables of one file are cut from.
type slab[E any] struct {
	mem  []E // zero from used on
	used int
	want int // of all tables of the file
	room int // that mem should have
}

// make returns n elements that are zero.
func (s *slab[E]) make(n int) []E {
	s.want += n
	if s.used == 0 && s.room > len(s.mem) { // not before there is a next file
		s.mem = memory.Make[E](s.room, s.room)
	}
	if n > len(s.mem)-s.used {
		return memory.Make[E](n, n)
	}
	p := s.mem[s.used:][:n:n]
	s.used += n
	return p
}

// release ends the use of all tables. The next file finds as much as this one wanted, up to most.
func (s *slab[E]) release(most int) {
	clear(s.mem[:s.used])
	s.used, s.want, s.room = 0, 0, min(s.want, most)
}

// pop takes the last element off a list. It returns the zero value if there is none.
func pop[E any](list *[]E) (last E) {
	if n := len(*list) - 1; n >= 0 {
		last = (*list)[n]
		clear((*list)[n:])
		*list = (*list)[:n]
	}
	return last
}

// decoderStorage is the memory of a Decoder.
type decoderStorage struct {
	table                die.Table
	abbrev, lists, index []byte
	named                []cachedName
	words                []uint32
	refs                 []die.Ref
	pars                 []param
}

// lendDecoder gives a new decoder the memory of an earlier one, if there is one.
func (s *Storage) lendDecoder(d *Decoder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decoders = append(s.decoders, d)
	s.scratch.work()
	r := pop(&s.spare)
	d.table = r.table
	d.abbrev.buf, d.signatures.locs.lists.buf, d.signatures.locs.index.buf = r.abbrev, r.lists, r.index
	d.named.slots = r.named
	d.words, d.refs, d.pars = r.words, r.refs, r.pars
}

// endStorage takes the memory of a decoder that is not used any more.
func (d *Decoder) endStorage() decoderStorage {
	d.table.Close()
	locs := &d.signatures.locs
	r := decoderStorage{
		d.table, kept(d.abbrev.buf, keptUnit), kept(locs.lists.buf, keptUnit), kept(locs.index.buf, keptUnit),
		d.named.slots, kept(d.words, keptItems), kept(d.refs, keptItems), kept(d.pars, keptParams),
	}
	*d = Decoder{}
	return r
}

// cuStorage is the memory of what a CU has when it is complete.
type cuStorage struct {
	types     typegraph.Unit
	index     []uint32
	functions []Function
	params    []funcs.Param
	annots    []funcs.Annot
	vars      []VarSecinfo
}

// lendCU gives a new CU the memory of an earlier one, if there is one.
func (s *Storage) lendCU(c *CU) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cus = append(s.cus, c)
	r := pop(&s.results)
	c.Types, c.IndexEdges, c.Functions, c.Params, c.Annots, c.Vars = r.types, r.index, r.functions, r.params, r.annots, r.vars
}

// endStorage takes the memory of a CU that is not used any more.
func (c *CU) endStorage() cuStorage {
	c.Types.Edges = kept(c.Types.Edges, keptItems)
	r := cuStorage{
		c.Types, kept(c.IndexEdges, keptItems), kept(c.Functions, keptEntries), kept(c.Params, keptEntries),
		kept(c.Annots, keptEntries), kept(c.Vars, keptEntries),
	}
	c.Types, c.IndexEdges, c.Functions, c.Params, c.Annots, c.Vars = typegraph.Unit{}, nil, nil, nil, nil, nil
	return r
}
