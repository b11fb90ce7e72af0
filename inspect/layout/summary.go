package layout

// comment begins a comment on a line of its own.
func (p *Printer) comment(s *style, format string, args ...any) {
	p.tabs(s.indent)
	p.str("/* ")
	p.printf(format, args...)
	p.str(" */\n")
}

// summary prints the comments at the end of a struct.
func (p *Printer) summary(k *class, members int, s *style, sum *summary) {
	size := k.size
	line := p.classes.line
	p.str("\n")
	p.tabs(s.indent)
	p.count("/* size: ", size)
	p.count(", cachelines: ", uint32((p.classes.size(k.id)+uint64(line)-1)/uint64(line)))
	p.count(", members: ", uint32(uint16(members)))
	p.str(" */\n")
	if sum.holes > 0 || sum.bitHoles > 0 {
		p.holes(k, s, sum)
	}
	if k.padding > 0 {
		p.comment(s, "padding: %d", k.padding)
	}
	p.inner(s, &sum.inner)
	if k.bitPadding > 0 {
		p.comment(s, "bit_padding: %d bits", k.bitPadding)
	}
	if sum.forced != 0 {
		p.tabs(s.indent)
		p.printf("/* forced alignments: %d", sum.forced)
		if sum.forcedHoles != 0 {
			p.printf(", forced holes: %d, sum forced holes: %d", sum.forcedHoles, sum.forcedHoleBytes)
		}
		p.str(" */\n")
	}
	p.flexible(s, &sum.inner)
	if rest := (s.base + size) % line; rest != 0 {
		p.tabs(s.indent)
		p.count("/* last cacheline: ", rest)
		p.str(" bytes */\n")
	}
	// What does not add up is said, so that nobody trusts the rest.
	diff := int32(size*8) - int32(sum.bytes*8+sum.bits+sum.holes*8+sum.bitHoles+uint32(k.padding)*8+uint32(k.bitPadding))
	if diff != 0 && uint16(members) != 0 {
		p.str("\n")
		p.comment(s, "BRAIN FART ALERT! %d bytes != %d (member bytes) + %d (member bits) + %d (byte holes) + %d (bit holes), diff = %d bits",
			int32(size), sum.bytes, sum.bits, sum.holes, sum.bitHoles, diff)
	}
}

func (p *Printer) holes(k *class, s *style, sum *summary) {
	if sum.bytes > 0 {
		p.tabs(s.indent)
		p.printf("/* sum members: %d", sum.bytes)
		if sum.holes > 0 {
			p.printf(", holes: %d, sum holes: %d", k.holes, sum.holes)
		}
		p.str(" */\n")
	}
	if sum.bits > 0 {
		p.tabs(s.indent)
		p.printf("/* sum bitfield members: %d bits", sum.bits)
		if sum.bitHoles > 0 {
			p.printf(", bit holes: %d, sum bit holes: %d bits", k.bitHoles, sum.bitHoles)
		} else {
			p.printf(" (%d bytes)", sum.bits/8)
		}
		p.str(" */\n")
	}
}

// inner prints what members that are structs have inside.
func (p *Printer) inner(s *style, sum *innerSummary) {
	if sum.withHoles > 0 || sum.withBitHoles > 0 || sum.bitPaddings > 0 {
		p.tabs(s.indent)
		p.str("/* member types with ")
		comma := ""
		if sum.withHoles > 0 {
			p.printf("holes: %d, total: %d", sum.withHoles, sum.holes)
			comma = ", "
		}
		if sum.withBitHoles > 0 {
			p.printf("%sbit holes: %d, total: %d", comma, sum.withBitHoles, sum.bitHoles)
			comma = ", "
		}
		if sum.bitPaddings > 0 {
			p.printf("%sbit paddings: %d, total: %d bit%s", comma, sum.bitPaddings, sum.paddingBits, plural(max(1, sum.paddingBits)))
		}
		p.str(" */\n")
	}
	if sum.paddings > 0 {
		p.comment(s, "paddings: %d, sum paddings: %d", sum.paddings, sum.paddingBytes)
	}
}

func (p *Printer) flexible(s *style, sum *innerSummary) {
	if sum.flexible == 0 && sum.embeddedFlexible == 0 {
		return
	}
	p.tabs(s.indent)
	p.str("/* flexible array members: ")
	comma := ""
	if sum.flexible > 0 {
		p.printf("end: %d", sum.flexible)
		comma = ", "
	}
	if sum.embeddedFlexible > 0 {
		p.printf("%smiddle: %d", comma, sum.embeddedFlexible)
	}
	p.str(" */\n")
}
