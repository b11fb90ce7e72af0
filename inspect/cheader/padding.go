package cheader

// pad fills a hole in a struct, of the bits from at to next, with bit-fields that have
// no name. next is aligned to align bytes. The compiler leaves some holes by itself;
// those are left to it. inBits says that a bit-field is on both sides, where it leaves
// none.
//
// The unit of the fields is the largest integer that has a boundary in the hole.
func (p *printer) pad(at, next int64, align int, inBits bool, level int) {
	if at >= next {
		return
	}
	units := p.units()
	unit := units[len(units)-1]
	start := at
	for _, u := range units {
		unit, start = u, roundUp(at, u.bits)
		if start <= next {
			break
		}
	}
	if start > at && start <= next {
		if inBits || !p.byItself(at, start, next, align) {
			width := int64(0) // begins a new unit
			if inBits {
				width = start - at
			}
			p.hole(unit.name, width, level)
		}
		at = start
	}
	for ; next-at >= unit.bits; at += unit.bits {
		if !p.hole(unit.name, unit.bits, level) {
			return
		}
	}
	if rest := next - at; rest > 0 {
		for i := len(units) - 1; i >= 0; i-- {
			if units[i].bits >= rest {
				p.hole(units[i].name, rest, level)
				return
			}
		}
	}
}

// byItself reports whether the compiler goes from at to start without being told: the
// next member asks for that, or the fields after start cannot be put before it.
func (p *printer) byItself(at, start, next int64, align int) bool {
	if start == next {
		return roundUp(at, int64(align)*8) == start
	}
	return next-start > start-at
}

// hole writes a bit-field without a name, and reports whether to go on.
func (p *printer) hole(unit string, width int64, level int) bool {
	p.line(level)
	p.str(unit)
	p.str(": ")
	p.int(width)
	p.str(";")
	p.work-- // a hole is as long as a struct says; whoever is filling it looks at this
	return p.flushFull() == nil && p.work > 0
}

// A unit is an integer that bit-fields are of.
type unit struct {
	name string
	bits int64
}

func (p *printer) units() [4]unit {
	return [4]unit{{"long", int64(p.layouts.pointer) * 8}, {"int", 32}, {"short", 16}, {"char", 8}}
}

// roundUp rounds up to a multiple of n, and of 0 to 0, as C's division would not.
func roundUp(v, n int64) int64 {
	if n == 0 {
		return 0
	}
	return (v + n - 1) / n * n
}
