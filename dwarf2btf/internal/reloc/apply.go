package reloc

import (
	"encoding/binary"
	"math/bits"
)

// A task relocates p, the bytes of a section from offset off on, with the entries of a
// list.
type task struct {
	*list
	p   []byte
	off uint64

	partial bool // a field is only partly in p, and was left out
	stack   stack
	other   [1]entry // for applyUsual
}

// apply applies entries up to the first one past p.
func (s *task) apply(entries []entry) error {
	rules, symbols := s.f.rules, s.f.symbols
	p, off := s.p, s.off
	end := off + uint64(len(p))
	for i := range entries {
		e := &entries[i]
		if e.off >= end {
			break
		}
		var r rule
		if e.typ < uint32(len(rules)) {
			r = rules[e.typ]
		}
		inPlace := !s.format.rela
		if r.op != opSet { // which nearly all are
			if r.op == opLeave {
				continue
			}
			if r.op == opUnknown || inPlace && r.op != opInPlace {
				return s.errorf(e, "unknown relocation type %d of machine %v", e.typ, s.f.file.Machine)
			}
			inPlace = inPlace || r.op.inPlace()
		}
		if e.sym >= uint32(len(symbols)) {
			return s.errorf(e, "symbol %d of %d", e.sym, len(symbols))
		}
		sym := &symbols[e.sym]
		switch sym.kind {
		case symBad:
			return s.errorf(e, "symbol %d is in a section that does not exist", e.sym)
		case symReserved:
			return s.errorf(e, "symbol %d has a reserved section number without a known meaning", e.sym)
		case symUndefined:
			if !s.stack.open && r.op < opStacked {
				continue // libdwfl leaves the field as it is
			}
		}
		value := sym.value + e.addend
		if s.stack.open || r.op >= opStacked {
			var err error
			var store bool
			if value, store, err = s.stacked(e, r, value); err != nil {
				return err
			} else if !store {
				continue
			}
		}
		if e.off < off || end-e.off < uint64(r.size) {
			if s.target.Size-e.off < uint64(r.size) {
				return s.errorf(e, "the field has %d bytes, the section has only %d more", r.size, s.target.Size-e.off)
			}
			s.partial = s.partial || e.off+uint64(r.size) > off
			continue
		}
		field := p[e.off-off:]
		if inPlace {
			if r.op == opSub {
				value = -value
			}
			value += load(field, r.size, s.format.big)
		}
		if sym.kind == symString && s.f.strings != nil && r.size >= 4 {
			value &= 1<<(8*r.size) - 1
			merged, ok := s.f.strings.Offset(value)
			if !ok {
				return s.errorf(e, "no string at offset %#x of its section", value)
			}
			value = merged
		}
		store(field, value, r.size, s.format.big)
	}
	return nil
}

// applyUsual is apply for entries as they are in the file, see inFile. What nearly all of them
// ask for is done here: a field of 4 bytes that gets a defined value, or the offset of a string.
func (s *task) applyUsual(raw []byte) error {
	rules, symbols, strs := s.f.rules, s.f.symbols, s.f.strings
	p := s.p
	for ; len(raw) >= usualSize; raw = raw[usualSize:] {
		at := binary.LittleEndian.Uint64(raw) - s.off
		typ, n := binary.LittleEndian.Uint32(raw[8:]), binary.LittleEndian.Uint32(raw[12:])
		if at < uint64(len(p)) && len(p)-int(at) >= 4 && uint(typ) < uint(len(rules)) && rules[typ] == (rule{opSet, 4}) &&
			uint(n) < uint(len(symbols)) && symbols[n].kind <= symString && !s.stack.open {
			sym := &symbols[n]
			value, ok := uint32(sym.value+binary.LittleEndian.Uint64(raw[16:])), true
			if sym.kind == symString && strs != nil {
				var merged uint64
				merged, ok = strs.Offset(uint64(value))
				value = uint32(merged)
			}
			if ok {
				binary.LittleEndian.PutUint32(p[at:], value)
				continue
			}
		}
		if int64(at) >= int64(len(p)) {
			break
		}
		s.other[0] = s.format.entry(raw)
		if err := s.apply(s.other[:]); err != nil {
			return err
		}
	}
	return nil
}

// load reads a field of size bytes.
func load(p []byte, size uint8, big bool) uint64 {
	var v uint64
	switch size {
	case 1:
		return uint64(p[0])
	case 2:
		v = uint64(binary.LittleEndian.Uint16(p))
	case 3:
		v = uint64(p[0]) | uint64(p[1])<<8 | uint64(p[2])<<16
	case 4:
		v = uint64(binary.LittleEndian.Uint32(p))
	default:
		v = binary.LittleEndian.Uint64(p)
	}
	if big {
		v = bits.ReverseBytes64(v) >> (64 - 8*size)
	}
	return v
}

// store writes the low size bytes of v.
func store(p []byte, v uint64, size uint8, big bool) {
	if big {
		v = bits.ReverseBytes64(v) >> (64 - 8*size)
	}
	switch size {
	case 1:
		p[0] = byte(v)
	case 2:
		binary.LittleEndian.PutUint16(p, uint16(v))
	case 3:
		p[0], p[1], p[2] = byte(v), byte(v>>8), byte(v>>16)
	case 4:
		binary.LittleEndian.PutUint32(p, uint32(v))
	default:
		binary.LittleEndian.PutUint64(p, v)
	}
}

// errorf returns an error about the field that an entry is for.
func (s *list) errorf(e *entry, format string, args ...any) error {
	return s.f.errorf(s.target, e.off, s.rel.Name+": "+format, args...)
}
