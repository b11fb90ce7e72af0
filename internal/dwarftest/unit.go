package dwarftest

import (
	"debug/dwarf"
	"fmt"
)

// UnitKind is the type of a unit (DWARF 5, 7.5.1). Before DWARF 5 only a type unit differs from the others: it
// stands in .debug_types.
type UnitKind uint8

const (
	CompileUnit UnitKind = iota // the zero value; 1 in the file
	TypeUnit
	PartialUnit
	SkeletonUnit
	SplitCompileUnit
	SplitTypeUnit
)

// A Unit is one unit of .debug_info or .debug_types.
type Unit struct {
	Version   uint16 // 2 to 5; 0 means 5
	Dwarf64   bool   // offsets of 8 bytes
	AddrSize  int    // in bytes; 0 means that of the ELF class
	Kind      UnitKind
	Signature uint64 // of a type unit, or the ID of a skeleton or split unit
	TypeLabel string // the label of the DIE that a type unit is about
	DIE       *DIE
	Tail      []byte // bytes after the last DIE that still belong to the unit
	// AbbrevCode gives the code of the nth abbreviation, from 0. Without it codes are 1, 2, 3, ...
	AbbrevCode func(n int) uint64
}

// A position is the place of a DIE.
type position struct {
	section string
	unit    uint64 // offset of the unit in the section
	offset  uint64 // offset of the DIE in the section
}

// A unitWriter writes one unit in one pass.
type unitWriter struct {
	*pass
	index    int
	version  int
	dwarf64  bool
	addrSize int
	section  string
	start    uint64 // offset of the unit in its section
	abbrevs  *abbrevTable
	strx     indexTable
	addrx    indexTable
	loclists listTable
	rnglists listTable
}

// A listTable is a unit's part of .debug_loclists or .debug_rnglists.
type listTable struct {
	body   buffer
	starts []uint64 // offset in body of each list
}

func (u *unitWriter) offsetSize() int {
	if u.dwarf64 {
		return 8
	}
	return 4
}

func (u *unitWriter) offset(b *buffer, n uint64) { b.uint(u.offsetSize(), n) }

// unitLengthSize is the size of the initial length.
func (u *unitWriter) unitLengthSize() uint64 {
	if u.dwarf64 {
		return 12
	}
	return 4
}

func (u *unitWriter) oldBases() unitBases {
	if u.index < len(u.old.bases) {
		return u.old.bases[u.index]
	}
	return unitBases{}
}

// unit writes a unit with its parts of the other sections.
func (p *pass) unit(index int, unit *Unit) error {
	u := &unitWriter{pass: p, index: index, version: int(unit.Version), dwarf64: unit.Dwarf64, addrSize: unit.AddrSize, section: ".debug_info"}
	if u.version == 0 {
		u.version = 5
	}
	if u.addrSize == 0 {
		u.addrSize = p.file.addrSize()
	}
	u.loclists.body.order, u.rnglists.body.order = p.order, p.order
	out := &p.info
	isType := unit.Kind == TypeUnit || unit.Kind == SplitTypeUnit
	if isType && u.version < 5 {
		out, u.section = &p.types, ".debug_types"
	}
	u.start = out.len()
	if u.abbrevs = p.shared; u.abbrevs == nil {
		u.abbrevs = newAbbrevTable(p.abbrev.len(), unit.AbbrevCode)
	}

	// Everything after the initial length, whose own offset the DIEs must know.
	body := &buffer{order: p.order}
	body.uint(2, uint64(u.version))
	if u.version >= 5 {
		body.uint(1, uint64(unit.Kind)+1)
		body.uint(1, uint64(u.addrSize))
		u.offset(body, u.abbrevs.offset)
		if unit.Kind == SkeletonUnit || unit.Kind == SplitCompileUnit {
			body.uint(8, unit.Signature)
		}
	} else {
		u.offset(body, u.abbrevs.offset)
		body.uint(1, uint64(u.addrSize))
	}
	if isType {
		body.uint(8, unit.Signature)
		target := p.old.labels[unit.TypeLabel]
		if _, ok := p.old.labels[unit.TypeLabel]; !ok && !p.first && unit.TypeLabel != "" {
			return fmt.Errorf("no DIE has the label %q", unit.TypeLabel)
		}
		u.offset(body, target.offset-target.unit)
	}
	if unit.DIE != nil {
		root := *unit.DIE
		root.Attrs = append(root.Attrs[:len(root.Attrs):len(root.Attrs)], u.baseAttrs(unit.DIE)...)
		if err := u.die(body, &root, unit.DIE); err != nil {
			return err
		}
	}
	body.bytes(unit.Tail)
	out.unitLength(u.dwarf64, body.len())
	out.bytes(body.data)
	if p.shared == nil {
		u.abbrevs.write(&p.abbrev)
	}
	p.new.bases = append(p.new.bases, u.tables())
	return nil
}

// baseAttrs are the attributes by which a unit of DWARF 5 finds its part of the tables that it uses.
func (u *unitWriter) baseAttrs(root *DIE) []Attr {
	if u.version < 5 {
		return nil
	}
	bases := u.oldBases()
	var attrs []Attr
	for _, b := range []struct {
		attr dwarf.Attr
		base uint64
	}{
		{dwarf.AttrStrOffsetsBase, bases.strx},
		{dwarf.AttrAddrBase, bases.addrx},
		{dwarf.AttrRnglistsBase, bases.rnglists.base},
		{dwarf.AttrLoclistsBase, bases.loclists.base},
	} {
		if b.base != 0 && !root.has(b.attr) {
			attrs = append(attrs, A(b.attr, FormSecOffset, b.base))
		}
	}
	return attrs
}

func (d *DIE) has(attr dwarf.Attr) bool {
	for _, a := range d.Attrs {
		if a.Attr == attr {
			return true
		}
	}
	return false
}

// die writes a DIE and its children. As the caller's, it is known under original, of which d may be an extended copy.
func (u *unitWriter) die(body *buffer, d, original *DIE) error {
	at := u.start + u.unitLengthSize() + body.len()
	if d.Label != "" {
		if _, ok := u.new.labels[d.Label]; ok {
			return fmt.Errorf("two DIEs have the label %q", d.Label)
		}
		u.new.labels[d.Label] = position{u.section, u.start, at}
	}
	hasChildren := len(d.Children) > 0 || d.EmptyList
	code, err := u.abbrevs.code(d, hasChildren)
	if err != nil {
		return fmt.Errorf("%v: %w", d.Tag, err)
	}
	body.uleb(code)
	for _, a := range d.Attrs {
		if err := u.value(body, original, a.Form, a.Value); err != nil {
			return fmt.Errorf("%v %q: %v, form %#x: %w", d.Tag, d.Label, a.Attr, uint16(a.Form), err)
		}
	}
	for _, child := range d.Children {
		if err := u.die(body, child, child); err != nil {
			return err
		}
	}
	if hasChildren {
		body.uint(1, 0)
	}
	u.new.ends[original] = u.start + u.unitLengthSize() + body.len()
	return nil
}

// tables writes the unit's parts of the tables of DWARF 5 and returns where they are.
func (u *unitWriter) tables() unitBases {
	var bases unitBases
	if len(u.strx.values) > 0 {
		b := &u.strOffsets
		b.unitLength(u.dwarf64, 4+uint64(len(u.strx.values)*u.offsetSize()))
		b.uint(2, 5)
		b.uint(2, 0)
		bases.strx = b.len()
		for _, off := range u.strx.values {
			u.offset(b, off)
		}
	}
	// Lists may add addresses, but they are written by now.
	if len(u.addrx.values) > 0 {
		b := &u.addr
		b.unitLength(u.dwarf64, 4+uint64(len(u.addrx.values)*u.addrSize))
		b.uint(2, 5)
		b.uint(1, uint64(u.addrSize))
		b.uint(1, 0)
		bases.addrx = b.len()
		for _, a := range u.addrx.values {
			b.uint(u.addrSize, a)
		}
	}
	bases.loclists = u.lists(&u.newLoc, &u.loclists)
	bases.rnglists = u.lists(&u.newRanges, &u.rnglists)
	return bases
}

func (u *unitWriter) lists(b *buffer, t *listTable) listBase {
	if len(t.starts) == 0 {
		return listBase{}
	}
	arraySize := uint64(len(t.starts) * u.offsetSize())
	b.unitLength(u.dwarf64, 8+arraySize+t.body.len())
	b.uint(2, 5)
	b.uint(1, uint64(u.addrSize))
	b.uint(1, 0)
	b.uint(4, uint64(len(t.starts)))
	base := b.len()
	for _, s := range t.starts {
		u.offset(b, arraySize+s)
	}
	b.bytes(t.body.data)
	return listBase{base, arraySize}
}
