package unit

import (
	"debug/elf"
	"fmt"
	"sync/atomic"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
)

// Compilers put a type into a unit of its own on request, so that a linker keeps one
// copy (-fdebug-types-section; DWARF 5, 3.1.4). References lead to it by a signature.
//
//	.debug_info    unit ── ref_sig8 0x5a… ─┐   unit ── ref_sig8 0x5a… ─┐
//	.debug_types                           └──────► type unit ◄────────┘
//
// Here each CU gets its own copy back, as it has in a program without that option:
// the type units that it refers to are decoded after it, in the order of the first
// references. So all that follows is as ever, and equal types of several CUs are merged.

// typeUnits are the type units of a file.
type typeUnits struct {
	list  []*typeUnit
	bySig map[uint64]*typeUnit // of several with one signature the first
}

// typeUnit is a unit with a type that is referred to by its signature.
type typeUnit struct {
	die.Unit
	src     *source
	info    *section
	part    contribution
	reached atomic.Bool // some CU wants it
}

// findTypeUnits takes the type units out of the units of .debug_info, and adds those of
// .debug_types and of sections that a linker may leave out.
func (s *source) findTypeUnits(units []die.Unit) error {
	t := &typeUnits{bySig: make(map[uint64]*typeUnit)}
	s.units = t.take(&s.info, units)
	s.unitBytes = s.info.size()
	for _, sec := range s.typeSections() {
		if err := sec.relocate(s.relocs); err != nil {
			return err
		}
		more, err := s.scan(sec, sec.name == debugTypes)
		if err != nil {
			return err
		}
		s.unitBytes += sec.size()
		t.take(sec, more) // other units are of no use there
	}
	return s.setTypeUnits(t)
}

const debugTypes = ".debug_types"

// typeSections returns the sections that have type units only: .debug_types, and those
// of section groups, of which a linker keeps one for each signature.
func (s *source) typeSections() []*section {
	var list []*section
	if s.types.size() > 0 {
		list = append(list, &s.types)
	}
	prefix := debugPrefix(s.elf)
	for i := range s.elf.Sections {
		sec := &s.elf.Sections[i]
		if sec.Flags&elf.SHF_GROUP == 0 || !sec.HasData() || sec.Size == 0 {
			continue
		}
		for _, name := range []string{debugTypes, ".debug_info"} {
			if sec.Name == prefix+name || sec.Name == prefix+".z"+name[1:] {
				list = append(list, &section{name: name, file: s.elf, sec: sec})
			}
		}
	}
	return list
}

// take moves the type units among the units of a section to the list and returns the
// others.
func (t *typeUnits) take(info *section, units []die.Unit) (rest []die.Unit) {
	rest = units[:0]
	for i := range units {
		if u := &units[i]; isTypeUnit(u) {
			t.list = append(t.list, &typeUnit{Unit: *u, info: info})
		} else {
			rest = append(rest, *u)
		}
	}
	return rest
}

func isTypeUnit(u *die.Unit) bool { return u.Type == die.UTType || u.Type == die.UTSplitType }

// find returns the unit of a signature, nil if there is none.
func (t *typeUnits) find(signature uint64) *typeUnit {
	if t == nil {
		return nil
	}
	return t.bySig[signature]
}

// span is a unit of a CU that does not stand where the section's offset says.
type span struct {
	start, size uint32 // in the offsets of the CU
	info        *section
	off         uint64 // of the unit in its section
}

// place gives a unit the offset in the CU that comes after those of the others.
func (c *CU) place(info *section, u *die.Unit) (uint32, error) {
	start := c.next
	if uint64(start)+uint64(u.Len) > maxOffset {
		return 0, &die.Error{Section: info.name, Offset: u.Offset, Msg: "units that refer to each other have more than the supported 2 GiB"}
	}
	c.next += u.Len
	c.spans = append(c.spans, span{start, u.Len, info, u.Offset})
	return start, nil
}

// where names the place of an offset of the CU, whose first unit is in info.
func (c *CU) where(info *section, off uint32) string {
	for i := range c.spans {
		if s := &c.spans[i]; off-s.start < s.size {
			return fmt.Sprintf("%s+%#x", s.info.name, s.off+uint64(off-s.start))
		}
	}
	return fmt.Sprintf("%s+%#x", info.name, c.base+uint64(off))
}

// signature returns the offset, in the CU, of the type that has a signature. Its unit is
// decoded with the CU.
func (d *reader) signature(signature uint64) uint32 {
	u := d.src.signed.find(signature)
	if u == nil {
		d.cur.Fail(d.cur.At, "no type unit has the signature %#016x that is referred to; a file without a part of its types cannot be encoded", signature)
	}
	return d.want(u) + uint32(u.TypeOff)
}

// want returns the offset of a type unit in the CU.
func (d *reader) want(u *typeUnit) uint32 {
	c := d.cu
	off, ok := c.placed[u]
	if !ok {
		var err error
		if off, err = c.place(u.info, &u.Unit); err != nil {
			d.cur.Fail(d.cur.At, "%v", err)
		}
		if c.placed == nil {
			c.placed = make(map[*typeUnit]uint32)
		}
		c.placed[u] = off
		c.wanted = append(c.wanted, u)
		u.reached.Store(true)
	}
	return off
}

// declared steps over the declaration of a type that has a unit of its own: references
// to it are references to that. In that unit gcc refers to the type by its offset, where
// it repeats what encloses a declaration. Declarations that other entries refer to may be
// inside.
func (d *Decoder) declared(a *die.Abbrev) {
	at, v := d.cur.At, d.cur.V[die.Signature]
	target := d.refOf(&v)
	if target == 0 {
		d.cur.Fail(at, "signature of form %#x", v.Form)
	}
	d.synonym(at, target)
	d.children(a, func(k *die.Abbrev) {
		switch k.Tag {
		case die.TagMember, die.TagEnumerator, die.TagInheritance, die.TagVariantPart, die.TagSubrangeType, die.TagLLVMAnnotation, die.TagGNUAnnotation,
			die.TagTemplateTypeParameter, die.TagTemplateValueParameter, die.TagGNUTemplatePack, die.TagGNUFormalPack, die.TagGNUTemplateTemplate:
			d.skip(k)
		default:
			d.entry(k, false)
		}
	})
}

// synonym makes the DIE at an offset of the unit stand for what another reference
// leads to, 0 for void.
func (d *typeBuilder) synonym(at die.Off, target die.Ref) {
	d.cu.synonyms = append(d.cu.synonyms, target)
	d.record(at, targetType, firstSynonym+uint32(len(d.cu.synonyms))-1)
}

// firstSynonym is the first number that stands for another offset instead of a type:
// an index of cu.synonyms is added to it.
const firstSynonym = 1 << 29

// actual returns the offset of the type that is meant by one, which may be that of a
// declaration. What is outside of the unit is returned as it is.
func (d *typeBuilder) actual(r *resolver, off uint32) uint32 {
	synonyms := d.cu.synonyms
	if len(synonyms) == 0 {
		return off
	}
	for range maxChain {
		if !r.inside(off) {
			return off
		}
		kind, num, ok := r.find(off)
		if !ok || kind != targetType || num < firstSynonym || num == noType {
			return off
		}
		off = synonyms[num-firstSynonym].Offset()
	}
	d.cur.Fail(d.cur.At, "types stand for each other and never for a type of their own, for example at %s", d.cu.where(d.info, off))
	return 0
}

// wantedTypes decodes the type units that the CU refers to, and those that these refer
// to, and so on.
func (d *Decoder) wantedTypes() error {
	c, parent := d.cu, d.ctx
	for ; c.ntypes < len(c.wanted); c.ntypes++ {
		u := c.wanted[c.ntypes]
		d.use(u.src)
		d.info, d.part, d.delta = u.info, u.part, c.placed[u]
		if err := d.load(&u.Unit); err != nil {
			return err
		}
		c.Stats.TypeBytes += uint64(u.Len)
		if err := d.typeUnit(u, parent); err != nil {
			return err
		}
	}
	return nil
}

// typeUnit decodes a loaded type unit. parent is the CU's unit.
func (d *Decoder) typeUnit(u *typeUnit, parent *unitContext) (err error) {
	return d.walk(&u.Unit, func(root *die.Abbrev) (bool, error) {
		if root.Tag != die.TagTypeUnit {
			d.cur.Fail(d.cur.At, "type unit starts with tag %#x", root.Tag)
		}
		d.readUnitAttrs(&u.Unit)
		ctx := unitContext{unit: u.Unit, src: d.src, loclistsBase: d.attrs.loclistsBase, language: uint16(d.num(die.Language))}
		if parent != nil {
			ctx.clang = parent.clang
			if !d.cur.Have.Has(die.Language) {
				ctx.language = parent.language
			}
		}
		d.ctx = &ctx
		if parent == nil { // nobody refers to it
			if !d.s.opts.WantsLanguage(ctx.language) {
				return false, nil
			}
			d.cu.taken++
			d.cu.Languages.add(ctx.language)
		}
		return true, nil
	})
}

// otherTypes decodes the type units that no CU refers to: compilers make some, for types
// that are used in expressions only, and files may have several of one signature.
func (d *Decoder) otherTypes(c *CU) error {
	if len(d.s.opts.CUExclude) > 0 { // it may be a unit that is left out that uses them
		return nil
	}
	d.cu, d.single = c, false
	if err := d.unreached(d.s.signed); err != nil {
		return err
	}
	pkg := d.s.split.pkg
	if pkg == nil || pkg.signed == nil {
		return nil
	}
	d.reachOthers(pkg)
	d.cu, d.skeleton = c, new(skeleton)
	if err := d.unreached(pkg.signed); err != nil {
		return fmt.Errorf("%s: %w", pkg.path, err)
	}
	return nil
}

// unreached decodes the type units of a list that no CU refers to.
func (d *Decoder) unreached(types *typeUnits) error {
	if types == nil {
		return nil
	}
	for _, u := range types.list {
		if u.reached.Load() {
			continue
		}
		d.ctx = nil
		if _, err := d.wantGuarded(u); err != nil {
			return err
		}
		if err := d.wantedTypes(); err != nil {
			return err
		}
	}
	return nil
}

// wantGuarded is want outside of a unit.
func (d *Decoder) wantGuarded(u *typeUnit) (off uint32, err error) {
	defer d.cur.Guard(&err)
	return d.want(u), nil
}
