package unit

import (
	"bytes"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/dwarf2btf/internal/names"
	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// Decoder turns units into CUs. Each worker has one. What workers share belongs to the
// session, where it is read-only or synchronised.
type Decoder struct {
	s     *File
	src   *source      // of the unit
	info  *section     // .debug_info or .debug_types
	part  contribution // of the unit, in a package
	cur   die.Cursor
	table die.Table
	tab   tableKey // what table was compiled for
	buf   []byte   // the unit
	names nameCache
	shape shapeCache

	structs structCache

	cu       *CU
	delta    uint32       // of offsets in the unit: section offset minus cu.base
	ctx      *unitContext // of the unit
	attrs    unitAttrs
	skeleton *skeleton // of the unit
	targets  targets   // of the unit

	plain [btf.KindEnum64 + 1]typegraph.Shape // of nameless types that consist of a reference

	named      cache[cachedName]
	arrays     [256]cachedArray    // by number of elements, modulo
	prototypes [32]typegraph.Shape // of prototypes without names, by number of parameters

	words []uint32  // stack of records under construction
	refs  []die.Ref // stack of their references
	pars  []param   // stack of the parameters of functions under construction
	depth int
	units int // imported units nested in each other
	steps int // of chains of annotations in the unit

	single  bool        // the CU has one unit
	marking bool        // units are only searched for references, see supplementary.go
	nested  bool        // a unit was imported: targets may lack entries of the importer
	spare   []die.Table // of imports that are over

	abbrev   window
	locs     locationReader
	producer struct { // of the last unit
		key   nameKey
		clang bool
	}
	entries cache[cachedEntry]
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
func (d *Decoder) use(src *source) { d.src, d.info, d.locs.src = src, &src.info, src }

func NewDecoder(s *File) *Decoder {
	types := ExpectedTypes(s.info.size())
	d := &Decoder{s: s, names: newNameCache(types / 2), shape: newShapeCache(s.shapes, types)}
	d.named = newCache[cachedName](types, 1<<11, maxNamed)
	d.structs.slots = newCache[cachedRecord](types, 1<<11, maxCachedStructs)
	d.entries = newCache[cachedEntry](s.symbols.Len(), 1<<6, maxEntries)
	d.cur.Big = s.bigEndian
	d.use(&s.source)
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
		c.reserve(int(u.Len))
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
	if cap(d.buf) < int(u.Len) {
		n := int(u.Len) + int(u.Len)/4
		var err error
		if d.buf, err = memory.TryMake[byte](n, n, fmt.Sprintf("%s+%#x: a unit of %d bytes", d.info.name, u.Offset, u.Len)); err != nil {
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

// walk decodes the loaded unit if begin, which looks at its first entry, wants it.
func (d *Decoder) walk(u *die.Unit, begin func(root *die.Abbrev) (wanted bool, err error)) (err error) {
	defer d.cur.Guard(&err)
	d.words, d.refs, d.pars, d.depth, d.steps = d.words[:0], d.refs[:0], d.pars[:0], 0, 0
	d.targets.reset(d.delta, u.Len)
	before := d.cur.DIEs
	first := d.firsts()
	d.nested = false
	if !d.cur.More() {
		return nil
	}
	root := d.cur.Next()
	if root == nil {
		return nil
	}
	d.cur.Attrs(root)
	wanted, err := begin(root)
	if err != nil || !wanted {
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
	if d.s.opts.Verbose != nil && !d.s.Merged {
		d.cu.Name = string(name)
	}
	d.cu.taken++
	d.cu.Languages.add(filter)
	return true, nil
}

// maxUnitText bounds what is read of the name and the producer of a unit, in bytes.
const maxUnitText = 1 << 16

// isClang tells whether the producer of a unit is clang (pahole 1.32:
// cu__is_clang). Units of a file have the same few.
func (d *Decoder) isClang(producer nameKey) bool {
	if d.producer.key != producer {
		d.producer.key, d.producer.clang = producer, bytes.Contains(d.keyPrefix(producer, maxUnitText), []byte("clang"))
	}
	return d.producer.clang
}

// readUnitAttrs keeps the bases that indexed forms are relative to
// (DWARF 5, 7.26 to 7.29). Units without the attribute use the first table.
func (d *Decoder) readUnitAttrs(u *die.Unit) {
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
		d.attrs.strOffsetsBase = d.cur.V[die.StrOffsetsBase].U
	}
	if d.cur.Have.Has(die.AddrBase) {
		d.attrs.addrBase = d.cur.V[die.AddrBase].U
	}
}

// firsts are the lengths of a CU's tables before a unit was added.
type firsts struct{ ref, param, fn, v, target int }

func (d *Decoder) firsts() firsts {
	c := d.cu
	return firsts{ref: len(c.refs), param: len(c.params), fn: len(c.funcs), v: len(c.vars), target: len(c.targets)}
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
func (d *Decoder) record(off die.Off, kind targetKind, num uint32) {
	d.targets.put(d.delta+uint32(off), kind, num)
	if !d.single {
		d.cu.targets = append(d.cu.targets, target{off: d.delta + uint32(off), kind: kind, num: num})
	}
}

// num returns a numeric attribute of the DIE read last, 0 if it is absent or has
// a form without a number (as pahole 1.32 does).
func (d *Decoder) num(s die.Slot) uint64 {
	if !d.cur.Have.Has(s) {
		return 0
	}
	return number(d.cur.V[s])
}

func number(v die.Value) uint64 {
	switch v.Form {
	case die.FormData1, die.FormData2, die.FormData4, die.FormData8, die.FormSdata, die.FormUdata,
		die.FormImplicitConst, die.FormFlag, die.FormFlagPresent, die.FormAddr, die.FormSecOffset:
		return v.U
	}
	return 0
}

// constant is number with the test whether the form has one.
func constant(v die.Value) (uint64, bool) {
	switch v.Form {
	case die.FormData1, die.FormData2, die.FormData4, die.FormData8, die.FormSdata, die.FormUdata, die.FormImplicitConst:
		return v.U, true
	}
	return 0, false
}

// offset returns an offset attribute, which may be a number or an expression
// that adds one (DWARF 2, 5.5.4).
func (d *Decoder) offset(v die.Value) uint64 {
	if n, ok := constant(v); ok {
		return n
	}
	if v.Form != die.FormBlock && v.Form != die.FormExprloc {
		return 0
	}
	const opConstu, opPlusUconst = 0x10, 0x23
	expr := d.cur.Data[v.U : v.U+uint64(v.N)]
	if len(expr) == 0 || expr[0] != opPlusUconst && expr[0] != opConstu {
		return 1<<64 - 1 // what pahole 1.32 takes, after a message
	}
	n, shift := uint64(0), 0
	for _, b := range expr[1:] {
		if shift < 64 {
			n |= uint64(b&0x7f) << shift
		}
		shift += 7
		if b < 0x80 {
			break
		}
	}
	return n
}

// ref returns the reference in a slot, 0 if there is none or it leads out of what is
// encoded.
func (d *Decoder) ref(s die.Slot) die.Ref {
	if !d.cur.Have.Has(s) {
		return 0
	}
	return d.refOf(d.cur.V[s])
}

func (d *Decoder) refOf(v die.Value) die.Ref {
	switch v.Form {
	case die.FormRef:
		if v.U >= uint64(len(d.cur.Data)) {
			d.cur.Fail(d.cur.At, "reference to %#x leaves the unit", v.U)
		}
		return die.AtOffset(d.delta + uint32(v.U))
	case die.FormRefAddr:
		if d.src.skeletons != nil {
			return die.AtOffset(d.refInSplit(v.U))
		}
		if d.s.sup != nil {
			return die.AtOffset(d.supReference(v.U, d.src == &d.s.sup.source))
		}
		if v.U-d.cu.base > maxOffset || v.U < d.cu.base {
			d.cur.Fail(d.cur.At, "reference to %s+%#x is out of range", d.cur.Section, v.U)
		}
		return die.AtOffset(uint32(v.U - d.cu.base))
	case die.FormRefSig8:
		return die.AtOffset(d.signature(v.U))
	case die.FormGNURefAlt:
		d.supSource()
		return die.AtOffset(d.supReference(v.U, true))
	}
	return 0
}

// key returns the name key of a string attribute of the DIE read last.
func (d *Decoder) key(s die.Slot) nameKey {
	if !d.cur.Have.Has(s) {
		return 0
	}
	return d.keyOf(&d.cur.V[s])
}

func (d *Decoder) keyOf(v *die.Value) nameKey {
	switch v.Form {
	case die.FormStrp:
		if v.U < keyPacked-1 {
			return uint32(v.U) + 1
		}
	case die.FormString:
		if v.N <= 3 {
			k := uint32(keyPacked) | v.N<<24
			for i := uint32(0); i < v.N; i++ {
				k |= uint32(d.cur.Data[v.U+uint64(i)]) << (8 * i)
			}
			return k
		}
	case die.FormStrx:
		if off := d.indexedString(v.U); off < keyPacked-1 && d.src == &d.s.source {
			return uint32(off) + 1
		}
	}
	text, ok := d.text(v)
	if !ok {
		return 0
	}
	return keyInterned | d.intern(text)
}

// intern gives text its identity, after --kabi_prefix.
func (d *Decoder) intern(text []byte) names.ID {
	id := d.s.names.Intern(d.s.opts.kabi(text))
	if id == 0 && len(text) > 0 {
		d.cur.Fail(d.cur.At, "no room for more names") // Convert says why
	}
	return id
}

// text returns the bytes of a string attribute.
func (d *Decoder) text(v *die.Value) ([]byte, bool) {
	switch v.Form {
	case die.FormString:
		return d.cur.Data[v.U : v.U+uint64(v.N)], true
	case die.FormStrp, die.FormStrpApart:
		return d.stringAt(&d.src.str, v.U), true
	case die.FormStrpSup:
		return d.stringAt(&d.supSource().str, v.U), true
	case die.FormLineStrp:
		return d.stringAt(&d.src.lineStr, v.U), true
	case die.FormStrx:
		return d.stringAt(&d.src.str, d.indexedString(v.U)), true
	}
	return nil, false
}

// indexedString returns entry i of the unit's table in .debug_str_offsets.
func (d *Decoder) indexedString(i uint64) uint64 {
	size := uint64(d.cur.Unit.OffsetSize())
	off, err := d.src.strOffsets.word(d.attrs.strOffsetsBase+i*size, int(size), d.s.order)
	if err != nil {
		d.cur.Fail(d.cur.At, "string index %d: %v", i, err)
	}
	return off
}

// stringAt returns the string at an offset of a string section.
func (d *Decoder) stringAt(sec *section, off uint64) []byte {
	s, err := sec.cstring(off)
	if err != nil {
		d.cur.Fail(d.cur.At, "%v", err)
	}
	return s
}

// id returns the identity of a key.
func (d *Decoder) id(k nameKey) names.ID {
	if k == 0 {
		return 0
	}
	if k&keyInterned != 0 {
		return k &^ keyInterned
	}
	if id, ok := d.names.find(k); ok {
		return id
	}
	id := d.intern(d.keyText(k))
	d.names.put(k, id)
	return id
}

// keyText returns the text of a key that is not interned, as the input has it.
func (d *Decoder) keyText(k nameKey) []byte {
	if k&keyPacked != 0 {
		n := k >> 24 & 3
		return []byte{byte(k), byte(k >> 8), byte(k >> 16)}[:n]
	}
	return d.stringAt(&d.s.str, uint64(k-1))
}

// nameIs tells whether the text of a key is s, without a look at more of it.
func (d *Decoder) nameIs(k nameKey, s string) bool {
	// Not of merged strings: their section is loaded by whichever worker needs it first.
	if k != 0 && k&(keyPacked|keyInterned) == 0 && d.s.opts.KABIPrefix == "" && d.s.str.merged == nil {
		if text := d.s.str.data; uint64(k-1)+uint64(len(s)) < uint64(len(text)) {
			text = text[k-1:]
			return string(text[:len(s)]) == s && text[len(s)] == 0
		}
	}
	return string(d.keyBytes(k)) == s
}

// keyBytes returns the text of a key, after --kabi_prefix.
func (d *Decoder) keyBytes(k nameKey) []byte {
	if k == 0 {
		return nil
	}
	if k&keyInterned != 0 {
		return d.s.names.Bytes(k &^ keyInterned)
	}
	return d.s.opts.kabi(d.keyText(k))
}

// keyPrefix returns the text of a key, after --kabi_prefix, as far as its first max
// bytes and one more. Reading no more of names than needed matters if they overlap: a
// small section can have any number of long ones.
func (d *Decoder) keyPrefix(k nameKey, max int) []byte {
	if k != 0 && k&(keyPacked|keyInterned) == 0 && len(d.s.opts.KABIPrefix) <= max {
		if text, err := d.s.str.cstart(uint64(k-1), max+1); err == nil && len(text) > max {
			return d.s.opts.kabi(text)
		}
	}
	return d.keyBytes(k)
}

// emitStruct is emit for a struct or union.
func (d *Decoder) emitStruct(w, e int, tag typeTag, size uint32) (uint32, cachedRecord) {
	s := d.endRecord(w)
	d.structs.last = s.shape
	return d.addNode(s.shape, e, tag, size), s
}

// endRecord ends the record whose words start at w and returns where it is kept.
func (d *Decoder) endRecord(w int) cachedRecord {
	words := d.words[w:]
	n := uint32(len(words))
	shape, slot, hash, ok := d.shape.lookup(words)
	start := d.shape.slots[slot].start
	if !ok {
		shape = d.internShape(words)
		start = d.shape.insert(words, shape, slot, hash)
	}
	d.words = d.words[:w]
	return cachedRecord{start, n, shape}
}

// shapeOf ends the record whose words start at w and returns its shape.
func (d *Decoder) shapeOf(w int) typegraph.Shape { return d.endRecord(w).shape }

// emit ends the record whose words start at w and whose references start at e,
// and gives it the next type number.
func (d *Decoder) emit(w, e int, tag typeTag, size uint32) uint32 {
	return d.addNode(d.shapeOf(w), e, tag, size)
}

// addNode appends a type of a known shape, with the references from e on.
func (d *Decoder) addNode(shape typegraph.Shape, e int, tag typeTag, size uint32) uint32 {
	d.cu.refs = append(d.cu.refs, d.refs[e:]...)
	d.refs = d.refs[:e]
	return d.endNode(shape, tag, size)
}

// endNode appends a type of a known shape whose references are the last edges.
func (d *Decoder) endNode(shape typegraph.Shape, tag typeTag, size uint32) uint32 {
	return d.endType(shape, tag, size, len(d.cu.refs))
}

// addResolved appends a type with one reference when the others are resolved.
func (d *Decoder) addResolved(w int, target typegraph.Ref) uint32 {
	u := &d.cu.Types
	u.Edges = append(u.Edges, target)
	return d.endType(d.shapeOf(w), tagOther, 0, len(u.Edges))
}

// endType appends a type whose references end at an index.
func (d *Decoder) endType(shape typegraph.Shape, tag typeTag, size uint32, end int) uint32 {
	u := &d.cu.Types
	u.Shapes = append(u.Shapes, shape)
	u.Start = append(u.Start, uint32(end))
	d.cu.types = append(d.cu.types, typeInfo{size, tag})
	if len(u.Shapes) >= firstSynonym {
		d.cur.Fail(d.cur.At, "too many types")
	}
	return uint32(len(u.Shapes))
}

// internShape replaces the keys of a record by identities and interns it.
func (d *Decoder) internShape(words []uint32) typegraph.Shape {
	own := len(d.words)
	d.words = append(d.words, words...)
	canon := d.words[own:]
	d.identify(canon)
	s := d.s.shapes.Intern(canon)
	d.words = d.words[:own]
	return s
}

// identify replaces the keys of a record by identities.
func (d *Decoder) identify(words []uint32) {
	k := btf.KindOf(words[1])
	enum := k == btf.KindEnum || k == btf.KindEnum64
	NameWords(words, func(i int) {
		if words[i] = d.id(words[i]); words[i] == 0 && enum && i > 0 {
			d.cur.Fail(d.cur.At, "enumerator without a name")
		}
	})
}

// tagName names the tags that errors mention.
func tagName(tag uint16) string {
	if name := tagNames[tag]; name != "" {
		return "DW_TAG_" + name
	}
	return fmt.Sprintf("tag %#x", tag)
}

var tagNames = map[uint16]string{
	die.TagAtomicType: "atomic_type", die.TagReferenceType: "reference_type", die.TagRvalueReferenceType: "rvalue_reference_type",
	die.TagPtrToMemberType: "ptr_to_member_type", die.TagStringType: "string_type", die.TagInterfaceType: "interface_type",
	die.TagSetType: "set_type", die.TagFileType: "file_type", die.TagCoarrayType: "coarray_type",
}
