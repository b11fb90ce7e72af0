package reloc

// Where linkers take instructions out, some machines have relocations that compute: all
// those for one field together give its value.
//
//	RL78, RX, V850   SYM f+8   SYM f   OPsub   ABS32     the field is (f+8) - f
//	MSP430, MN10300  SYM_DIFF f        ABS32 f+8         the field is (f+8) - f
type stack struct {
	values []uint64
	open   bool   // there are some
	field  uint64 // offset that they are for
}

// maxStack is the largest number of values. binutils allows as many or more
// (elf32-rl78.c).
const maxStack = 16

// stacked does what an entry asks for that is part of a computation. store: the field
// gets this value.
func (s *task) stacked(e *entry, r rule, value uint64) (result uint64, store bool, err error) {
	st := &s.stack
	if st.open && e.off != st.field {
		return 0, false, s.errorf(e, "the computation for offset %#x has no end", st.field)
	}
	st.field = e.off
	if r.op == opPush || r.op == opLess {
		if len(st.values) == maxStack {
			return 0, false, s.errorf(e, "a computation with more than %d values", maxStack)
		}
		if r.op == opLess {
			value = -value
		}
		st.values, st.open = append(st.values, value), true
		return 0, false, nil
	}
	last := len(st.values) - 1
	switch {
	case r.op == opSet && last == 0: // after SYM_DIFF
		value += st.values[0]
	case r.op == opStore && last == 0:
		value = st.values[0]
	case (r.op == opPlus || r.op == opMinus) && last > 0:
		if r.op == opMinus {
			st.values[last] = -st.values[last]
		}
		st.values[last-1] += st.values[last]
		st.values = st.values[:last]
		return 0, false, nil
	case r.op == opNegate && last >= 0:
		st.values[last] = -st.values[last]
		return 0, false, nil
	default:
		return 0, false, s.errorf(e, "relocation type %d with %d values to compute with", e.typ, last+1)
	}
	st.values, st.open = st.values[:0], false
	return value, true, nil
}

// finish ends a task. A computation must not go on past p.
func (s *task) finish() error {
	if st := &s.stack; st.open {
		return s.f.errorf(s.target, st.field, "%s: the computation for this field has no end", s.rel.Name)
	}
	return nil
}
