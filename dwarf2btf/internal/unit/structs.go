package unit

import (
	"cmp"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/typegraph"
)

const langRust = 0x1c // DWARF 5, 7.12

// structure encodes a structure, class or union with its members.
func (d *Decoder) structure(a *die.Abbrev) {
	h := structHead{at: d.cur.At, kind: btf.KindStruct, tag: tagStruct}
	switch a.Tag {
	case die.TagUnionType:
		h.kind, h.tag = btf.KindUnion, tagUnion
	case die.TagClassType:
		h.tag = tagClass
	}
	h.name, h.size, h.declaration = d.nameAndSize(a)
	have := d.cur.Have
	if have.Has(die.Signature) {
		d.declared(a)
		return
	}
	if h.name == 0 && have.Has(die.Specification) {
		h.name = d.specifiedName()
	}
	var seen *cachedStruct
	if a.Simple() && a.Children && d.repeats {
		if seen = d.structs.at(h.name, h.kind); d.repeated(seen, &h) {
			return
		}
	}
	d.newStructure(a, &h, seen)
}

// structHead is what a structure, class or union says of itself.
type structHead struct {
	at          die.Off
	name        nameKey
	size        uint32 // in bytes
	kind        btf.Kind
	tag         typeTag
	declaration bool
}

// newStructure encodes a structure, class or union whose own attributes were read last.
// seen is where it is to be remembered, if that may be.
func (d *Decoder) newStructure(a *die.Abbrev, h *structHead, seen *cachedStruct) {
	have := d.cur.Have
	var chain die.Value
	if have.Has(die.GNUAnnotation) {
		chain = d.cur.V[die.GNUAnnotation]
	}
	w, e := len(d.words), len(d.refs)
	firstTag := len(d.cu.declTags)
	d.words = append(d.words, h.name, 0, h.size)
	var m members
	m.union = h.kind == btf.KindUnion
	m.words, m.refs = w, e
	if a.Children {
		d.enter()
		d.members(&m)
		d.depth--
	}
	// pahole 1.32 does not look at those of unions.
	if have.Has(die.GNUAnnotation) && !m.union && d.s.opts.Features.Has(features.DeclTag) {
		d.gnuChain(have, &chain, func(n, value nameKey) bool {
			if d.nameIs(n, "btf_decl_tag") {
				d.cu.declTags = append(d.cu.declTags, declTag{component: -1, value: value})
			}
			return true
		})
	}
	var num uint32
	if h.declaration {
		d.words, d.refs = d.words[:w], d.refs[:e]
		if d.s.opts.BestEffort && d.nameIs(h.name, "") {
			d.noForm(h.at, "forward declaration without a name")
			d.dropTags(firstTag)
			d.record(h.at, targetType, noType)
			return
		}
		num = d.endNode(d.forward(h.at, h.name, btf.Info(btf.KindFwd, 0, m.union)), h.tag, h.size)
	} else {
		if !d.checkVlen(h.at, m.n) {
			d.words, d.refs, m, seen = d.words[:w+3], d.refs[:e], members{}, nil
			d.dropTags(firstTag)
		}
		if m.n > 1 && d.ctx.language == langRust {
			d.sortMembers(&m)
		}
		d.words[w+1] = btf.Info(h.kind, m.n, m.kflag)
		if d.s.opts.Trace != nil {
			d.traceStruct(h, w, e)
		}
		if len(m.pending) > 0 {
			num = d.postpone(pendingShape{member: m.pending, unit: *d.cur.Unit, info: d.info}, w, e, h.tag, h.size)
		} else {
			num = d.emitStruct(w, e, h.tag, h.size, seen)
		}
	}
	if h.tag == tagClass {
		d.dropTags(firstTag) // pahole 1.32 emits none for classes
	}
	d.ownTags(firstTag, num)
	d.record(h.at, targetType, num)
}

// forward returns the shape of a forward declaration, which must have a name. The
// text is looked at once: what nameShape remembers has one.
func (d *typeBuilder) forward(at die.Off, name nameKey, info uint32) typegraph.Shape {
	if c := d.named.at(name ^ info); !c.is(name, info) && d.nameIs(name, "") {
		d.cur.Fail(at, "forward declaration without a name")
	}
	return d.nameShape(name, info)
}

// dropTags forgets the decl tags collected since first that no type owns yet.
func (d *typeBuilder) dropTags(first int) {
	kept := d.cu.declTags[:first]
	for _, t := range d.cu.declTags[first:] {
		if t.typ != 0 {
			kept = append(kept, t)
		}
	}
	d.cu.declTags = kept
}

// specifiedName returns the name of the DIE that DW_AT_specification names.
func (d *reader) specifiedName() nameKey {
	off, ok := d.within(&d.cur.V[die.Specification])
	if !ok || off >= uint64(len(d.cur.Data)) {
		return 0
	}
	a, have, vals := d.cur.ReadAt(die.Off(off))
	if a == nil || !have.Has(die.Name) {
		return 0
	}
	return d.keyOf(&vals[die.Name])
}

// members is the state of a struct's member list.
type members struct {
	words, refs int // where the record and its references start
	n           int // DW_TAG_member entries
	component   int32
	union       bool
	kflag       bool // some member is a bit-field
	order       []memberOrder
	pending     []pendingMember
}

// memberOrder is what sorting by offset needs to know of the children of a Rust
// struct.
type memberOrder struct {
	member     bool   // or some other DIE between members
	byteOffset uint64 // in bytes
}

// members reads the children of a struct up to the null entry. Half of all bytes
// of .debug_info are members, so the common one takes the shortest way.
func (d *Decoder) members(m *members) {
	for {
		if d.ctx.language != langRust {
			var n int
			d.words, d.refs, n = d.cur.Members(d.words, d.refs, d.delta, m.union)
			m.n += n
			m.component += int32(n)
		}
		k := d.cur.Next()
		if k == nil {
			return
		}
		switch k.Tag {
		case die.TagMember:
			d.cur.Attrs(k)
			d.member(k, m)
		case die.TagInheritance:
			d.cur.Attrs(k)
			d.memberTags(k, m.component)
			m.component++
		case die.TagLLVMAnnotation, die.TagGNUAnnotation:
			d.annotation(k, -1)
		case die.TagSubrangeType, die.TagVariantPart, die.TagTemplateTypeParameter, die.TagTemplateValueParameter,
			die.TagGNUTemplatePack, die.TagGNUFormalPack, die.TagGNUTemplateTemplate:
			d.skip(k)
		default:
			d.entry(k, false)
			if d.ctx.language == langRust {
				m.order = append(m.order, memberOrder{})
			}
		}
	}
}

// member adds the DW_TAG_member whose attributes were read last.
func (d *Decoder) member(k *die.Abbrev, m *members) {
	have := d.cur.Have
	var byteOffset, bitOffset uint64
	bitSize := uint32(uint8(d.num(die.BitSize))) // pahole 1.32 keeps 8 bits
	hasData := have.Has(die.DataBitOffset)
	switch {
	case hasData:
		bitOffset = d.offset(&d.cur.V[die.DataBitOffset])
		byteOffset = bitOffset / 8
	case have.Has(die.DataMemberLocation):
		byteOffset = d.offset(&d.cur.V[die.DataMemberLocation])
		bitOffset = byteOffset * 8
	}
	wait := false
	if bitSize != 0 && (!hasData || d.s.opts.FixupSillyBitfields) && (hasData || have.Has(die.DataMemberLocation) || m.union) {
		p := pendingMember{
			word: 3 + 2*m.n + 1, edge: len(d.refs) - m.refs, bitSize: bitSize, byteOff: byteOffset, hasData: hasData, dataOff: bitOffset,
			bitOffset: int64(int8(d.num(die.BitOffset))),
		}
		if storage := d.num(die.ByteSize); storage != 0 {
			bitSize, bitOffset = d.bitfield(p, bitOffset, uint32(storage))
		} else if d.checkPending(byteOffset, bitSize) {
			wait, m.kflag = true, true
			m.pending = append(m.pending, p)
		} else {
			d.cur.SkipChildren(k)
			return
		}
	}
	if !wait && !d.checkMember(bitOffset, bitSize, m) {
		d.cur.SkipChildren(k)
		return
	}
	d.words = append(d.words, d.key(die.Name), uint32(bitOffset)|bitSize<<24)
	d.refs = append(d.refs, d.ref(die.Type))
	m.n++
	if d.ctx.language == langRust {
		m.order = append(m.order, memberOrder{member: true, byteOffset: byteOffset})
	}
	if k.Children || have.Has(die.GNUAnnotation) {
		d.memberTags(k, m.component)
	}
	m.component++
}

// bitfield returns width and position of a bit-field whose storage unit has the
// given size in bytes. DWARF before version 4 counts DW_AT_bit_offset from the
// most significant bit of the storage unit (DWARF 3, 5.5.6).
func (d *Decoder) bitfield(p pendingMember, bitOffset uint64, storage uint32) (bitSize uint32, offset uint64) {
	bitSize = p.bitSize
	if !p.hasData {
		o := p.bitOffset
		if !d.cur.Big {
			o = int64(int8(int64(storage)*8 - o - int64(bitSize)))
		}
		bitOffset = uint64(int64(p.byteOff*8) + o)
	}
	if d.s.opts.FixupSillyBitfields && bitSize == 8*storage && bitOffset%uint64(bitSize) == 0 {
		bitSize = 0
	}
	return bitSize, bitOffset
}

// checkMember reports whether the format can say where a member is (libbpf:
// btf__add_field). It returns with best effort only if it cannot.
func (d *Decoder) checkMember(bitOffset uint64, bitSize uint32, m *members) bool {
	isBitfield := bitSize != 0 || bitOffset%8 != 0
	switch {
	case isBitfield && (bitSize == 0 || bitSize > 255 || bitOffset > maxBitOffset):
		d.noForm(d.cur.At, "bit-field of %d bits at bit %d", bitSize, bitOffset)
		return false
	case m.union && bitOffset != 0:
		d.noForm(d.cur.At, "member of a union at bit %d", bitOffset)
		return false
	}
	m.kflag = m.kflag || isBitfield
	return true
}

// checkPending is checkMember for a bit-field whose place depends on its type.
func (d *Decoder) checkPending(byteOffset uint64, bitSize uint32) bool {
	const largestType = 16 // bytes that a bit-field may be moved by
	if !d.s.opts.BestEffort || byteOffset+largestType <= maxBitOffset/8 {
		return true
	}
	d.noForm(d.cur.At, "bit-field of %d bits at byte %d", bitSize, byteOffset)
	return false
}

// maxBitOffset is the largest offset of a bit-field that BTF can say, in bits.
const maxBitOffset = 0xffffff

// memberTags collects the decl tags of a member and consumes its children.
func (d *Decoder) memberTags(k *die.Abbrev, component int32) {
	have, chain := d.cur.Have, d.cur.V[die.GNUAnnotation]
	d.children(k, func(c *die.Abbrev) { d.annotation(c, component) })
	if !d.s.opts.Features.Has(features.DeclTag) {
		return
	}
	d.gnuChain(have, &chain, func(name, value nameKey) bool {
		if d.nameIs(name, "btf_decl_tag") {
			d.cu.declTags = append(d.cu.declTags, declTag{component: component, value: value})
		}
		return true
	})
}

// sortMembers orders the members of a Rust struct by offset. rustc lists them in
// source order. pahole 1.32 moves members over members only: another entry among
// them ends what is sorted together.
func (d *Decoder) sortMembers(m *members) {
	type entry struct {
		byteOffset uint64
		index      int
	}
	list := make([]entry, 0, m.n)
	first := 0
	sortRun := func() {
		slices.SortStableFunc(list[first:], func(a, b entry) int { return cmp.Compare(a.byteOffset, b.byteOffset) })
		first = len(list)
	}
	for _, o := range m.order {
		if !o.member {
			sortRun()
			continue
		}
		list = append(list, entry{o.byteOffset, len(list)})
	}
	sortRun()
	words := append([]uint32(nil), d.words[m.words+3:]...)
	refs := append([]die.Ref(nil), d.refs[m.refs:]...)
	for n, o := range list {
		copy(d.words[m.words+3+2*n:], words[2*o.index:2*o.index+2])
		d.refs[m.refs+n] = refs[o.index]
	}
}
