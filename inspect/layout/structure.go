package layout

import "github.com/gopahole/gopahole/btf"

// A summary is what the comments at the end of a struct count.
type summary struct {
	bytes, bits     uint32 // of members that are no bit-fields, and that are
	holes, bitHoles uint32
	forced          uint16 // members whose alignment has to be asked for
	forcedHoles     uint16
	forcedHoleBytes uint32
	inner           innerSummary
}

// An innerSummary is about the structs that are members.
type innerSummary struct {
	paddings, bitPaddings      uint16
	paddingBytes, paddingBits  uint32
	withHoles, withBitHoles    uint16
	holes, bitHoles            uint16
	flexible, embeddedFlexible uint16
}

// plural returns what makes a word plural.
func plural(n uint32) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// class prints a struct or union.
func (p *Printer) class(k *class, s *style) {
	if k.isStruct {
		p.structure(k, s)
	} else {
		p.union(k, s)
	}
}

// structure prints a struct with its members and what is to say of them.
func (p *Printer) structure(k *class, outer *style) {
	if !p.classes.enter(k.id) {
		return
	}
	s := *outer
	p.str("struct")
	if k.name != 0 {
		p.str(" ")
		p.nameAt(k.name)
	}
	line := uint32(0)
	if s.line == nil {
		s.line = &line
	}
	indent := min(s.indent, len(tabs))
	s.indent = indent + 1
	members := p.classes.members(k.id)
	p.classes.align(k, members)
	p.classes.findHoles(k, members)
	p.classes.inferPacked(k, members)
	p.str(" {\n")
	var sum summary
	p.members(k, members, &s, &sum)
	if s.stats {
		p.summary(k, len(members), &s, &sum)
	}
	p.classes.done(members)
	p.tabs(indent)
	p.str("}")
	if k.packed {
		p.str(packedAttribute)
	}
	if s.hasSuffix {
		p.str(" ")
		p.str(s.suffix)
	}
	if k.align != 0 && !k.packed {
		p.buf = appendAligned(p.buf, k.align)
	}
	p.classes.depth--
}

const packedAttribute = " __attribute__((__packed__))"

// members prints the members of a struct.
func (p *Printer) members(k *class, members []member, s *style, sum *summary) {
	newline := false // owed before the next line
	owe := func() {
		if !newline {
			p.str("\n")
			newline = true
		}
	}
	if k.preBitHole > 0 {
		owe()
		p.hole(s, uint32(k.preBitHole), " bit")
		p.str("\n")
		sum.bitHoles += uint32(k.preBitHole)
	}
	if k.preHole > 0 {
		owe()
		p.hole(s, uint32(k.preHole), " byte")
		p.str("\n")
		sum.holes += uint32(k.preHole)
	}
	var last *member
	lastSize := uint64(0)
	for i := range members {
		m := &members[i]
		if m.align != 0 {
			hole := uint32(k.preHole)
			if last != nil {
				hole = uint32(last.hole)
			}
			if hole != 0 {
				sum.forcedHoles++
				sum.forcedHoleBytes += hole
			}
			sum.forced++
		}
		if last != nil && lastSize != 0 {
			if last.bitHole != 0 && m.width != 0 {
				p.bitHole(m, last, s)
			}
			p.combined(m, last, lastSize, s, owe)
		}
		if newline {
			p.str("\n")
			newline = false
		}
		s.last, s.first = i == len(members)-1, last == nil
		p.tabs(s.indent)
		p.member(m, false, s)
		if isClass(m.rec.Kind()) {
			if inner := p.classes.get(m.typ); inner.isStruct {
				p.innerHoles(inner, s, &sum.inner, owe)
			}
		}
		if m.bitHole != 0 {
			owe()
			p.str("\n")
			p.hole(s, uint32(m.bitHole), " bit")
			sum.bitHoles += uint32(m.bitHole)
		}
		if m.hole > 0 {
			owe()
			p.str("\n")
			p.hole(s, uint32(m.hole), " byte")
			sum.holes += uint32(m.hole)
		}
		p.str("\n")
		if m.width != 0 {
			sum.bits += uint32(m.width)
		} else {
			sum.bytes += uint32(m.size)
		}
		if last == nil || lastSize == 0 || last.offset != m.offset || last.width == 0 && m.width != 0 {
			lastSize = m.size
		}
		last = m
	}
}

// hole prints the comment on a hole of n bits or bytes.
func (p *Printer) hole(s *style, n uint32, unit string) {
	p.tabs(s.indent)
	p.count("/* XXX ", n)
	p.str(unit)
	p.str(plural(n))
	p.str(" hole, try to pack */")
}

// bitHole prints a bit-field without a name between two that do not touch, as the source
// must have had it.
func (p *Printer) bitHole(m, last *member, s *style) {
	width := last.bitHole
	if last.offset != m.offset {
		p.str("\n")
		p.tabs(s.indent)
		p.str("/* Force alignment to the next boundary: */\n")
		width = 0
	}
	p.tabs(s.indent)
	p.declare(m.typ, "", true, s)
	p.count(":", uint32(width))
	p.str(";\n")
}

// combined says of a member that it shares an integer with the one before.
func (p *Printer) combined(m, last *member, lastSize uint64, s *style, owe func()) {
	with := ""
	switch gap := int64(m.offset) - int64(last.offset); {
	case gap < 0 || gap == 0 && last.width == 0 && m.width != 0:
		with = "previous"
	case gap > 0 && uint64(gap) < lastSize:
		with = "next"
	default:
		return
	}
	owe()
	p.tabs(s.indent)
	p.str("/* Bitfield combined with ")
	p.str(with)
	p.str(" fields */\n")
}

// innerHoles says of a member that is a struct what is in it besides members.
func (p *Printer) innerHoles(k *class, s *style, sum *innerSummary, owe func()) {
	p.classes.lookInto(k)
	flexible, embeds := p.classes.isFlexible(k), p.classes.embedsFlexible(k)
	if k.padding == 0 && k.bitPadding == 0 && k.holes == 0 && k.bitHoles == 0 && !flexible && !embeds {
		return
	}
	owe()
	p.str("\n")
	p.tabs(s.indent)
	p.str("/* XXX last struct has")
	comma := ""
	say := func(text string) {
		p.str(comma)
		p.str(text)
		comma = ","
	}
	saySome := func(n uint32, what, more string) {
		say(" ")
		p.count("", n)
		p.str(what)
		p.str(plural(n))
		p.str(more)
	}
	if flexible {
		say(" a flexible array")
		sum.flexible++
	}
	if embeds {
		say(" embedded flexible array(s)")
		sum.embeddedFlexible++
	}
	if k.padding > 0 {
		saySome(uint32(k.padding), " byte", " of padding")
		sum.paddings++
		sum.paddingBytes += uint32(k.padding)
	}
	if k.bitPadding > 0 {
		saySome(uint32(k.bitPadding), " bit", " of padding")
		sum.bitPaddings++
		sum.paddingBits += uint32(k.bitPadding)
	}
	if k.holes > 0 {
		saySome(uint32(k.holes), " hole", "")
		sum.withHoles++
		sum.holes += uint16(k.holes)
	}
	if k.bitHoles > 0 {
		saySome(uint32(k.bitHoles), " bit hole", "")
		sum.withBitHoles++
		sum.bitHoles += uint16(k.bitHoles)
	}
	p.str(" */")
}

// union prints a union with its members.
func (p *Printer) union(k *class, outer *style) {
	if !p.classes.enter(k.id) {
		return
	}
	indent := min(outer.indent, len(tabs))
	p.str("union")
	if k.name != 0 {
		p.str(" ")
		p.nameAt(k.name)
	}
	p.str(" {\n")
	s := *outer
	s.indent = indent + 1
	members := p.classes.members(k.id)
	p.classes.align(k, members)
	p.classes.inferPackedUnion(k, members)
	line := uint32(0)
	if s.line == nil {
		s.line = &line
	}
	// Each member begins on the line that the union begins on.
	start := *s.line
	s.inUnion = true
	for i := range members {
		p.tabs(s.indent)
		p.member(&members[i], true, &s)
		p.str("\n")
		*s.line = start
	}
	p.classes.done(members)
	p.tabs(indent)
	p.str("}")
	if outer.hasSuffix {
		p.str(" ")
		p.str(outer.suffix)
	}
	p.classes.depth--
}

// isNamed reports whether a type is said by its name, and a keyword before that if it is tagged.
func isNamed(kind btf.Kind) bool {
	return kind == btf.KindInt || kind == btf.KindFloat || kind == btf.KindTypedef || isTagged(kind)
}

// isTagged reports whether a type is a struct, union or enum.
func isTagged(kind btf.Kind) bool {
	return kind.IsComposite() || kind.IsAnyEnum() || kind == btf.KindFwd
}
