package die

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/dwarf2btf/internal/texthash"
)

// Abbrev is one compiled abbreviation declaration.
type Abbrev struct {
	Tag      uint16
	Children bool
	RefAddr  bool    // some attribute has DW_FORM_ref_addr
	ops      []op    // reads the wanted attributes and steps over the rest
	skip     []op    // steps over all attributes but Sibling
	Have     SlotSet // slots that ops fills
	layout   layout  // see fast.go
	quick    quick   // see repeat.go
	step     step    // see Skip
}

// step is the skip program of an abbreviation whose values have fixed lengths.
type step struct {
	ok      bool
	sibling bool   // Sibling is among them, as a reference of 4 bytes
	at      uint32 // where it stands, in bytes from the end of the code
	size    uint32 // of all values, in bytes
}

// fixedStep recognises such a program.
func fixedStep(ops []op) (s step) {
	for i := range ops {
		n := ops[i].fixedLen()
		if n < 0 || ops[i].slot == Sibling && (ops[i].form != FormRef || n != 4) {
			return step{}
		}
		if ops[i].slot == Sibling {
			s.sibling, s.at = true, s.size
		}
		s.size += uint32(n)
	}
	s.ok = s.size < 1<<20
	return s
}

// SlotSet is a set of slots.
type SlotSet uint64

// Has reports whether s is in the set.
func (m SlotSet) Has(s Slot) bool { return m>>s&1 != 0 }

// op is one step over an attribute value, or over several that are not wanted.
type op struct {
	code opCode
	slot Slot
	form uint16 // as stored in Value.Form, folded
	n    uint32 // bytes of opSkip
	imp  int64  // value of DW_FORM_implicit_const
}

type opCode uint8

const (
	opSkip       opCode = iota // n bytes
	opSkipLEB                  // one LEB128 number
	opSkipString               // up to and including a NUL
	opSkipBlock1               // length of 1 byte, content
	opSkipBlock2
	opSkipBlock4
	opSkipBlock    // length as ULEB128
	opSkipIndirect // form, value
	opU8
	opU16
	opU24
	opU32
	opU64
	opULEB
	opSLEB
	opImplicit
	opFlagPresent
	opString
	opBlock1
	opBlock2
	opBlock4
	opBlock
	opData16
	opIndirect

	// The size of these depends on the unit: compileForm replaces them.
	opAddr
	opOffset  // in another section
	opRefAddr // an offset, in DWARF 2 of the size of an address

	opNone // nothing executes it, as a test wants
)

// opCodes says how to step over a value: it takes size bytes, or, if that depends on the
// value, the op skip steps over it.
var opCodes = [opNone + 1]struct {
	fixed bool
	size  uint8
	skip  opCode
}{
	opU8: {fixed: true, size: 1}, opU16: {fixed: true, size: 2}, opU24: {fixed: true, size: 3},
	opU32: {fixed: true, size: 4}, opU64: {fixed: true, size: 8}, opData16: {fixed: true, size: 16},
	opImplicit: {fixed: true}, opFlagPresent: {fixed: true},

	opULEB: {skip: opSkipLEB}, opSLEB: {skip: opSkipLEB}, opString: {skip: opSkipString},
	opBlock1: {skip: opSkipBlock1}, opBlock2: {skip: opSkipBlock2}, opBlock4: {skip: opSkipBlock4},
	opBlock: {skip: opSkipBlock}, opIndirect: {skip: opSkipIndirect},
}

// fixedLen returns the number of bytes that the op steps over, -1 if it depends
// on the input.
func (o *op) fixedLen() int {
	if o.code == opSkip {
		return int(o.n)
	}
	if code := &opCodes[o.code]; code.fixed {
		return int(code.size)
	}
	return -1
}

// Table is the compiled abbreviations of one table of .debug_abbrev, for units
// of one version, address size and offset size. Compilers number the
// declarations of each unit anew but write the same ones over and over, so compiled
// declarations are kept and found by their bytes.
type Table struct {
	// Shared has what other tables have compiled, for units of its kind. Nil is nothing.
	Shared *Store

	dense   []*Abbrev          // by code - 1, as compilers number them
	quick   quickTable         // of dense
	sparse  map[uint64]*Abbrev // the codes that leave the sequence
	RefAddr bool               // some attribute has DW_FORM_ref_addr
	Size    uint64             // of the table in the section, in bytes

	// Places says that DeclFile and DeclLine are wanted too: where the source has what an entry is about. Nobody who
	// only encodes asks that. It is set before the first Compile, and entries are read with Attrs. Shared is nil then.
	Places bool

	store *Store        // in use: Shared, or one of its own
	ops   []op          // scratch
	decls []declaration // scratch
}

// declaration is where an abbreviation declaration stands.
type declaration struct {
	code       uint64
	start, end int    // of what comes after the code
	hash       uint64 // of these bytes
}

// unitKind is what the meaning of forms depends on.
type unitKind struct {
	addrSize uint8
	is64, v2 bool
	apart    bool
}

// Close ends the use of the table for a file. Its own store is kept for the next one, which has
// most of it, unless it is so much that finding something in it costs more than that saves.
func (t *Table) Close() {
	if cap(t.dense) > keptStored {
		t.dense = nil
	}
	clear(t.dense[:cap(t.dense)]) // or they would keep a store that is not kept
	t.dense, t.sparse, t.RefAddr, t.Size = t.dense[:0], nil, false, 0
	if cap(t.ops) > keptStored {
		t.ops = nil
	}
	if t.store == t.Shared || t.store.Large() {
		t.store = nil
	}
	t.Shared = nil
}

func (u *Unit) kind() unitKind { return unitKind{u.AddrSize, u.Is64, u.Version == 2, u.Apart} }

// chooseStore chooses the store for the declarations of a unit.
func (t *Table) chooseStore(u *Unit) {
	kind := u.kind()
	if t.Shared != nil && t.Shared.kind == kind {
		t.store = t.Shared
	} else {
		t.store = StoreFor(t.store, u)
	}
	t.store.emptyIfFull()
}

// lookup returns nil for a code that the table does not declare.
func (t *Table) lookup(code uint64) *Abbrev {
	if code-1 < uint64(len(t.dense)) {
		return t.dense[code-1]
	}
	return t.sparse[code]
}

// Compile parses the abbreviation table at the start of b, which belongs to the
// section offset off, for unit u. It reuses the storage of t.
func (t *Table) Compile(b []byte, off uint64, u *Unit) error {
	t.dense, t.sparse, t.RefAddr = t.dense[:0], nil, false
	t.quick.reset()
	t.chooseStore(u)
	r := abbrevReader{b: b, off: off}
	for more := true; more; {
		var err error
		if more, err = t.split(&r); err != nil {
			return err
		}
		for i := range t.decls {
			if err := t.declare(&r, &t.decls[i], u); err != nil {
				return err
			}
		}
	}
	t.Size = uint64(r.p)
	return nil
}

// declare adds a declaration to the table.
func (t *Table) declare(r *abbrevReader, d *declaration, u *Unit) error {
	a, err := t.find(r, d, u)
	if err != nil {
		return err
	}
	t.RefAddr = t.RefAddr || a.RefAddr
	switch code := d.code; {
	case t.lookup(code) != nil: // the first declaration counts
	case code == uint64(len(t.dense))+1:
		t.dense = append(t.dense, a)
		t.quick.set(len(t.dense), &a.quick)
	default:
		if t.sparse == nil {
			t.sparse = make(map[uint64]*Abbrev)
		}
		t.sparse[code] = a
	}
	return nil
}

// maxBatch is the largest number of declarations that are looked up together.
const maxBatch = 1 << 8

// split finds the next declarations of the table. They are looked up afterwards: then
// the processor can start on the next ones while it waits for the memory of one. more is
// false at the end of the table.
func (t *Table) split(r *abbrevReader) (more bool, err error) {
	t.decls = t.decls[:0]
	for len(t.decls) < maxBatch {
		code := r.uleb()
		if code == 0 || r.err != nil {
			return false, r.err
		}
		start := r.p
		hash := r.skipDeclaration(t.store.seed)
		if r.err != nil {
			return false, r.err
		}
		t.decls = append(t.decls, declaration{code, start, r.p, hash})
	}
	return true, nil
}

// find returns the compiled declaration.
func (t *Table) find(r *abbrevReader, d *declaration, u *Unit) (*Abbrev, error) {
	decl := r.b[d.start:d.end]
	if known := t.store.find(decl, d.hash); known != nil {
		return known, nil
	}
	at := r.p
	r.p = d.start
	read, skip, err := t.compile(r, u)
	if err != nil {
		return nil, err
	}
	r.p = at
	return t.store.add(decl, d.hash, &read, t.ops[:skip], t.ops[skip:]), nil
}

// compile compiles the declaration at the reader, which is past its code. Its programs are left in t.ops: ops,
// and from index skip on skip.
func (t *Table) compile(r *abbrevReader, u *Unit) (a Abbrev, skip int, err error) {
	tag := r.uleb()
	if tag > 0xffff {
		return a, 0, r.fail("tag %#x out of range", tag)
	}
	a = Abbrev{Tag: uint16(tag), Children: r.u8() != 0}
	t.ops = t.ops[:0]
	if err := t.compileAttrs(r, &a, u); err != nil {
		return a, 0, err
	}
	skip = len(t.ops)
	t.compileSkip(0)
	return a, skip, nil
}

// compileAttrs appends the ops of one declaration.
func (t *Table) compileAttrs(r *abbrevReader, a *Abbrev, u *Unit) error {
	first := len(t.ops)
	for {
		attr, form := r.uleb(), r.uleb()
		var imp int64
		if form == FormImplicitConst {
			imp = r.sleb()
		}
		if r.err != nil {
			return r.err
		}
		if attr == 0 && form == 0 {
			return nil
		}
		if form == FormRefAddr {
			a.RefAddr = true
		}
		s := slot(attr)
		if t.Places {
			s = placeSlot(attr)
		}
		if a.Have.Has(s) {
			s = SlotNone // a repeated attribute: the first one counts
		}
		o, ok := compileForm(form, u)
		if !ok {
			return r.fail("unknown form %#x of attribute %#x", form, attr)
		}
		o.imp = imp
		if s == SlotNone {
			t.appendSkip(o, first)
			continue
		}
		o.slot = s
		a.Have |= 1 << s
		t.ops = append(t.ops, o)
	}
}

// appendSkip appends a step over o's value, joined to the step before it if both
// have a known length. first is where the ops of the declaration start.
func (t *Table) appendSkip(o op, first int) {
	o = o.skipping()
	if o.code == opSkip {
		if o.n == 0 {
			return
		}
		if last := len(t.ops) - 1; last >= first && t.ops[last].code == opSkip {
			t.ops[last].n += o.n
			return
		}
	}
	t.ops = append(t.ops, o)
}

// compileSkip appends the second program of the declaration whose ops start at
// first: all values are stepped over, but that of Sibling is kept.
func (t *Table) compileSkip(first int) {
	ops := t.ops[first:]
	start := len(t.ops)
	for _, o := range ops {
		if o.slot == Sibling {
			t.ops = append(t.ops, o)
			continue
		}
		t.appendSkip(o, start)
	}
}

// skipping returns the step over o's value.
func (o op) skipping() op {
	if n := o.fixedLen(); n >= 0 {
		return op{code: opSkip, n: uint32(n)}
	}
	if code := &opCodes[o.code]; code.skip != opSkip {
		return op{code: code.skip}
	}
	return op{code: o.code, form: o.form} // a step, or an op without a row, which the cursor refuses
}

// abbrevReader reads LEB128 numbers with a sticky error.
type abbrevReader struct {
	b   []byte
	off uint64 // of b[0] in .debug_abbrev
	p   int
	err error
}

// ErrShortTable says that the bytes given to [Table.Compile] end before the table
// does.
var ErrShortTable = errors.New("abbreviation table runs past the end of the section")

// short fails with ErrShortTable.
func (r *abbrevReader) short() {
	if r.err == nil {
		r.err = &Error{Section: ".debug_abbrev", Offset: r.off + uint64(r.p), Msg: ErrShortTable.Error(), Err: ErrShortTable}
	}
}

func (r *abbrevReader) fail(format string, args ...any) error {
	if r.err == nil {
		r.err = &Error{Section: ".debug_abbrev", Offset: r.off + uint64(r.p), Msg: fmt.Sprintf(format, args...)}
	}
	return r.err
}

func (r *abbrevReader) u8() byte {
	if r.p >= len(r.b) {
		r.short()
		return 0
	}
	r.p++
	return r.b[r.p-1]
}

func (r *abbrevReader) uleb() uint64 {
	if r.p < len(r.b) && r.b[r.p] < 0x80 {
		r.p++
		return uint64(r.b[r.p-1])
	}
	var v uint64
	for shift := 0; ; shift += 7 {
		c := r.u8()
		if shift < 64 {
			v |= uint64(c&0x7f) << shift
		}
		if c < 0x80 || r.err != nil {
			return v
		}
	}
}

// skipDeclaration steps over a declaration, from its tag to the two zeros, and
// returns a hash of what it says.
func (r *abbrevReader) skipDeclaration(s texthash.Seed) uint64 {
	h := s.Mix(s.Mix(s.Start(), r.uleb()), uint64(r.u8()))
	for r.err == nil {
		for b := r.b; r.p+1 < len(b); r.p += 2 { // numbers of one byte
			attr, form := uint64(b[r.p]), uint64(b[r.p+1])
			if attr|form >= 0x80 || form == FormImplicitConst {
				break
			}
			h = s.Mix(h, attr<<16|form)
			if attr|form == 0 {
				r.p += 2
				return h
			}
		}
		attr, form := r.uleb(), r.uleb()
		h = s.Mix(s.Mix(h, attr), form)
		if form == FormImplicitConst {
			h = s.Mix(h, uint64(r.sleb()))
		}
		if attr == 0 && form == 0 {
			break
		}
	}
	return h
}

func (r *abbrevReader) sleb() int64 {
	var v int64
	for shift := 0; ; shift += 7 {
		c := r.u8()
		if shift < 64 {
			v |= int64(c&0x7f) << shift
		}
		if c < 0x80 || r.err != nil {
			if shift+7 < 64 && c&0x40 != 0 {
				v |= -1 << (shift + 7)
			}
			return v
		}
	}
}
