package layout

import "fmt"

// begin begins a comment on a line of its own with a number after a label.
func (p *Printer) begin(s *style, label string, n uint32) {
	p.tabs(s.indent)
	p.str("/* ")
	p.count(label, n)
}

const endComment = " */\n"

// summary prints the comments at the end of a struct.
func (p *Printer) summary(k *class, members int, s *style, sum *summary) {
	size := k.size
	line := p.classes.line
	p.str("\n")
	p.begin(s, "size: ", size)
	p.count(", cachelines: ", uint32((p.classes.size(k.id)+uint64(line)-1)/uint64(line)))
	p.count(", members: ", uint32(uint16(members)))
	p.str(endComment)
	if sum.holes > 0 || sum.bitHoles > 0 {
		p.holes(k, s, sum)
	}
	if k.padding > 0 {
		p.begin(s, "padding: ", uint32(k.padding))
		p.str(endComment)
	}
	p.inner(s, &sum.inner)
	if k.bitPadding > 0 {
		p.begin(s, "bit_padding: ", uint32(k.bitPadding))
		p.str(" bits */\n")
	}
	if sum.forced != 0 {
		p.begin(s, "forced alignments: ", uint32(sum.forced))
		if sum.forcedHoles != 0 {
			p.count(", forced holes: ", uint32(sum.forcedHoles))
			p.count(", sum forced holes: ", sum.forcedHoleBytes)
		}
		p.str(endComment)
	}
	p.flexible(s, &sum.inner)
	if rest := (s.base + size) % line; rest != 0 {
		p.begin(s, "last cacheline: ", rest)
		p.str(" bytes */\n")
	}
	// What does not add up is said, so that nobody trusts the rest.
	diff := int32(size*8) - int32(sum.bytes*8+sum.bits+sum.holes*8+sum.bitHoles+uint32(k.padding)*8+uint32(k.bitPadding))
	if diff != 0 && uint16(members) != 0 {
		p.str("\n")
		p.tabs(s.indent)
		p.buf = fmt.Appendf(p.buf, "/* BRAIN FART ALERT! %d bytes != %d (member bytes) + %d (member bits) + %d (byte holes) + %d (bit holes), diff = %d bits */\n",
			int32(size), sum.bytes, sum.bits, sum.holes, sum.bitHoles, diff)
	}
}

func (p *Printer) holes(k *class, s *style, sum *summary) {
	if sum.bytes > 0 {
		p.begin(s, "sum members: ", sum.bytes)
		if sum.holes > 0 {
			p.count(", holes: ", uint32(k.holes))
			p.count(", sum holes: ", sum.holes)
		}
		p.str(endComment)
	}
	if sum.bits > 0 {
		p.begin(s, "sum bitfield members: ", sum.bits)
		if sum.bitHoles > 0 {
			p.count(" bits, bit holes: ", uint32(k.bitHoles))
			p.count(", sum bit holes: ", sum.bitHoles)
			p.str(" bits */\n")
		} else {
			p.count(" bits (", sum.bits/8)
			p.str(" bytes) */\n")
		}
	}
}

// inner prints what members that are structs have inside.
func (p *Printer) inner(s *style, sum *innerSummary) {
	if sum.withHoles > 0 || sum.withBitHoles > 0 || sum.bitPaddings > 0 {
		p.tabs(s.indent)
		p.str("/* member types with ")
		comma := ""
		if sum.withHoles > 0 {
			p.count("holes: ", uint32(sum.withHoles))
			p.count(", total: ", uint32(sum.holes))
			comma = ", "
		}
		if sum.withBitHoles > 0 {
			p.str(comma)
			p.count("bit holes: ", uint32(sum.withBitHoles))
			p.count(", total: ", uint32(sum.bitHoles))
			comma = ", "
		}
		if sum.bitPaddings > 0 {
			p.str(comma)
			p.count("bit paddings: ", uint32(sum.bitPaddings))
			p.count(", total: ", sum.paddingBits)
			p.str(" bit")
			p.str(plural(max(1, sum.paddingBits)))
		}
		p.str(endComment)
	}
	if sum.paddings > 0 {
		p.begin(s, "paddings: ", uint32(sum.paddings))
		p.count(", sum paddings: ", sum.paddingBytes)
		p.str(endComment)
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
		p.count("end: ", uint32(sum.flexible))
		comma = ", "
	}
	if sum.embeddedFlexible > 0 {
		p.str(comma)
		p.count("middle: ", uint32(sum.embeddedFlexible))
	}
	p.str(endComment)
}
