package unit

import (
	"bytes"
	"fmt"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/internal/memory"
)

// Decoder turns units into CUs. Each worker has one. What workers share belongs to the
// File, where it is read-only or synchronised.
//
// It consists of layers, each of which has its own concern and knows nothing of those
// around it:
//
//	Decoder       walks the entries of a unit, and decides which units are part of a CU
//	signatures    functions and parameters, by their locations and symbols
//	typeBuilder   types under construction, and what references lead to
//	reader        the open unit, and what the attributes of its entries say
//	cuTypes       questions on types that are complete
type Decoder struct {
	typeBuilder
	signatures signatures

	depth int     // of the entry in the unit
	pars  []param // of functions under construction; as entries are nested, this is a stack

	marking bool        // units are only searched for references, see supplementary.go
	units   int         // imported units nested in each other
	spare   []die.Table // of imports that are over

	abbrev window
	inl    inlining
	places placeReader

	room int // bytes of the largest unit that tables are for, see scratch

	repeats bool // structs of the unit are recognised without reading them again, see structure
}

type tableKey struct {
	src      *source
	off      uint64
	version  uint16
	addrSize uint8
	is64     bool
	valid    bool
}

// unitAttrs are the attributes of a unit's DIE that other DIEs depend on.
type unitAttrs struct {
	strOffsetsBase uint64
	addrBase       uint64
	loclistsBase   uint64
}

const (
	maxOffset = die.MaxOffset // largest offset of a CU
	maxDepth  = 10_000        // DIEs nested in each other; C stays below 100
	maxChain  = 500           // types that only name the next one; C stays below 10
	maxImport = 64            // imported units nested in each other (pahole 1.32)
)

// use says which file the next unit is of.
func (d *Decoder) use(src *source) { d.src, d.info, d.signatures.locs.src = src, &src.info, src }

func NewDecoder(s *File) *Decoder {
	types := ExpectedTypes(s.info.size())
	d := new(Decoder)
	d.s = s
	s.storage.lendDecoder(d)
	d.table.Shared = s.storage.abbrevs
	d.named = newCache(d.named.slots, types, 1<<11, maxNamed)
	d.structs.slots = s.seen.structs
	d.signatures.reader = &d.reader
	d.cur.Big = s.bigEndian
	d.use(&s.source)
	d.inl.on = s.code != nil
	return d
}

// decodeUnit adds unit u to the CU. It returns ErrMerge when the unit's
// abbreviations tell that units may refer to each other and they are not merged.
func (d *Decoder) decodeUnit(c *CU, u *die.Unit) error {
	d.use(&d.s.source)
	d.part, d.skeleton = contribution{}, nil
	d.cu, d.single = c, !d.s.Merged && d.s.signed == nil
	d.delta = uint32(u.Offset - c.base)
	if !d.s.Merged {
		c.next = u.Len
	}
	if err := d.load(u); err != nil {
		return err
	}
	if d.table.RefAddr && !d.s.Merged {
		return ErrMerge
	}
	if d.single {
		c.reserve(d.room)
	}
	if err := d.walkUnit(u); err != nil {
		return err
	}
	if d.skeleton != nil {
		return d.splitUnit(d.skeleton)
	}
	if d.single {
		return nil
	}
	return d.wantedTypes()
}

// load reads the bytes and the abbreviations of a unit.
func (d *Decoder) load(u *die.Unit) error {
	d.makeRoom(int(u.Len))
	if cap(d.buf) < int(u.Len) {
		var err error
		if d.buf, err = memory.TryMake[byte](d.room, d.room, fmt.Sprintf("%s+%#x: a unit of %d bytes", d.info.name, u.Offset, u.Len)); err != nil {
			return err
		}
	}
	data := d.buf[:u.Len]
	if err := d.info.read(data, u.Offset); err != nil {
		return err
	}
	key := tableKey{d.src, u.AbbrevOff, u.Version, u.AddrSize, u.Is64, true}
	if d.tab != key {
		d.tab.valid = false
		if err := d.src.compile(&d.table, &d.abbrev, u); err != nil {
			return err
		}
		d.tab = key
	}
	d.cur.Start(d.info.name, u, data, &d.table)
	d.cu.Stats.Bytes += uint64(u.Len)
	return nil
}

// walkUnit decodes the loaded unit and resolves the references within it.
func (d *Decoder) walkUnit(u *die.Unit) error {
	return d.walk(u, func(root *die.Abbrev) (bool, error) { return d.rootDIE(u, root) })
}

// walk decodes the loaded unit if wanted, which looks at its first entry, says so.
func (d *Decoder) walk(u *die.Unit, wanted func(root *die.Abbrev) (bool, error)) (err error) {
	defer d.cur.Guard(&err)
	d.words, d.refs, d.pars, d.steps = d.words[:0], d.refs[:0], d.pars[:0], 0
	d.targets.reset(d.delta, u.Len, d.room)
	before := d.cur.DIEs
	first := d.firsts()
	d.nested = false
	root, err := d.firstEntry(wanted)
	if root == nil {
		return err
	}
	if root.Children {
		d.siblings(true)
	}
	d.cur.Stop()
	d.cu.Stats.DIEs += d.cur.DIEs - before
	d.reportLeft()
	d.resolveUnit(u, first)
	return nil
}

// firstEntry reads the first entry of the loaded unit. It returns nil if there is none, or
// if wanted says that the unit is not.
func (d *Decoder) firstEntry(wanted func(root *die.Abbrev) (bool, error)) (*die.Abbrev, error) {
	d.depth = 0
	if !d.cur.More() {
		return nil, nil
	}
	root := d.cur.Next()
	if root == nil {
		return nil, nil
	}
	d.cur.Attrs(root)
	if ok, err := wanted(root); err != nil || !ok {
		return nil, err
	}
	return root, nil
}

// rootDIE looks at the DIE of the unit itself. wanted is false for units that
// have nothing to encode or are filtered.
func (d *Decoder) rootDIE(u *die.Unit, root *die.Abbrev) (wanted bool, err error) {
	if d.isSkeleton(u, root) {
		d.skeleton = d.readSkeleton(u)
		return false, nil
	}
	switch root.Tag {
	case die.TagCompileUnit:
	case die.TagPartialUnit:
		if !d.s.Merged { // then nobody can import it; else pahole 1.32 takes it here, too
			return false, nil
		}
	default:
		d.cur.Fail(d.cur.At, "unit starts with tag %#x, not with a unit", root.Tag)
	}
	d.readUnitAttrs(u)
	d.ctx = &unitContext{src: d.src, unit: *u, loclistsBase: d.attrs.loclistsBase, language: uint16(d.num(die.Language))}
	if d.cur.Have.Has(die.Producer) {
		d.ctx.clang = d.isClang(d.key(die.Producer))
	}
	filter := d.ctx.language
	if d.s.Merged { // pahole 1.32 takes these from the first unit when it merges
		if d.s.first == nil {
			d.s.first = d.ctx
		}
		d.ctx.clang, d.ctx.language = d.s.first.clang, d.s.first.language
	}
	if d.inl.on || d.tracing() {
		d.readRangeBases(u)
	}
	d.repeats = d.ctx.language != langRust && !d.tracing()
	d.ctx.name = d.key(die.Name)
	name := d.keyPrefix(d.ctx.name, maxUnitText)
	if !d.s.opts.WantsLanguage(filter) {
		d.verboseFilter(filter, name)
		return false, nil
	}
	if !d.s.opts.wantsName(name) {
		// pahole 1.32 looks at the name of a whole CU, and merged units have none.
		if !d.s.Merged {
			d.cu.Filtered = true
			return false, nil
		}
		d.warnOnce(warnExclude)
	}
	if (d.s.opts.Verbose != nil || d.s.opts.Trace != nil) && !d.s.Merged {
		d.cu.Name = string(name)
	}
	d.cu.taken++
	d.cu.Languages.add(filter)
	return true, nil
}

// maxUnitText bounds what is read of the name and the producer of a unit, in bytes.
const maxUnitText = 1 << 16

// isClang reports whether the producer of a unit is clang (pahole 1.32:
// cu__is_clang). Units of a file have the same few.
func (d *reader) isClang(producer nameKey) bool {
	if d.producer.key != producer {
		d.producer.key, d.producer.clang = producer, bytes.Contains(d.keyPrefix(producer, maxUnitText), []byte("clang"))
	}
	return d.producer.clang
}

// readUnitAttrs keeps the bases that indexed forms are relative to
// (DWARF 5, 7.26 to 7.29). Units without the attribute use the first table.
func (d *reader) readUnitAttrs(u *die.Unit) {
	d.attrs = unitAttrs{}
	if u.Version >= 5 {
		d.attrs.strOffsetsBase = 8
		d.attrs.addrBase = 8
		if u.Is64 {
			d.attrs.strOffsetsBase, d.attrs.addrBase = 16, 16
		}
	}
	d.attrs.loclistsBase = d.num(die.LoclistsBase)
	if d.src.skeletons != nil { // split units say nothing of their own tables
		d.attrs.strOffsetsBase, d.attrs.loclistsBase = d.part.bases(u)
		d.attrs.addrBase = d.skeleton.addrBase
		return
	}
	if d.cur.Have.Has(die.StrOffsetsBase) {
		d.attrs.strOffsetsBase = d.num(die.StrOffsetsBase)
	}
	if d.cur.Have.Has(die.AddrBase) {
		d.attrs.addrBase = d.num(die.AddrBase)
	}
}

// firsts are the lengths of a CU's tables before a unit was added.
type firsts struct{ ref, param, fn, v, target, inlined int }

func (d *Decoder) firsts() firsts {
	c := d.cu
	return firsts{ref: len(c.refs), param: len(c.params), fn: len(c.funcs), v: len(c.vars), target: len(c.targets), inlined: len(c.inlined)}
}

// siblings processes DIEs up to the null entry. top says that they are direct
// children of the unit.
func (d *Decoder) siblings(top bool) {
	d.enter()
	for d.cur.More() {
		a := d.cur.Next()
		if a == nil {
			break
		}
		if err := memory.Err(); err != nil {
			d.cur.Abort(err)
		}
		if a.Plain() {
			d.plainReference(a)
			continue
		}
		d.entry(a, top)
	}
	d.depth--
}

func (d *Decoder) enter() {
	if d.depth++; d.depth > maxDepth {
		d.cur.Fail(d.cur.At, "entries nested more than %d deep", maxDepth)
	}
}

// entry processes a DIE and its children. The containers that pahole walks are
// walked, everything else is stepped over (pahole 1.32: types anywhere in a
// walked container take part).
func (d *Decoder) entry(a *die.Abbrev, top bool) {
	switch a.Tag {
	case die.TagStructureType, die.TagUnionType, die.TagClassType:
		d.structure(a)
	case die.TagPointerType:
		d.pointer(a)
	case die.TagConstType, die.TagVolatileType, die.TagRestrictType:
		d.modifier(a)
	case die.TagTypedef:
		d.typedef(a)
	case die.TagBaseType:
		d.base(a)
	case die.TagEnumerationType:
		d.enumeration(a)
	case die.TagArrayType:
		d.array(a)
	case die.TagSubroutineType:
		d.subroutine(a)
	case die.TagSubprogram:
		d.subprogram(a)
	case die.TagVariable:
		d.variable(a, top)
	case die.TagUnspecifiedType:
		d.cur.SkipAttrs(a)
		d.record(d.cur.At, targetType, noType)
		d.cur.SkipChildren(a)
	case die.TagNamespace:
		d.cur.SkipAttrs(a)
		if a.Children {
			d.siblings(false)
		}
	case die.TagImportedUnit:
		if !top { // pahole 1.32 does not look for them in namespaces
			d.skip(a)
			return
		}
		d.imported(a)
	case die.TagAtomicType, die.TagReferenceType, die.TagRvalueReferenceType, die.TagPtrToMemberType, die.TagStringType, die.TagInterfaceType:
		d.withoutForm(a)
	default:
		if d.s.opts.BestEffort && d.passedOver(a) {
			return
		}
		d.skip(a)
	}
}

// skip steps over a DIE and its children.
func (d *Decoder) skip(a *die.Abbrev) { d.cur.Skip(a) }

// record remembers what stands at an offset of the unit.
func (d *typeBuilder) record(off die.Off, kind targetKind, num uint32) {
	d.targets.put(d.delta+uint32(off), kind, num)
	if !d.single {
		d.cu.targets = append(d.cu.targets, target{off: d.delta + uint32(off), kind: kind, num: num})
	}
}
