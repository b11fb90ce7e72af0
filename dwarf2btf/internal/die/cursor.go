package die

// Value is the value of one attribute.
type Value struct {
	U    uint64 // number, offset or reference; of strings and blocks the position of the content in Cursor.Data
	N    uint32 // bytes of a string (without NUL) or block
	Form uint16 // folded form
}

// Cursor walks the DIEs of one unit.
type Cursor struct {
	Data    []byte // the unit, header included, of Unit.Len bytes
	Pos     Off    // of the next byte to read
	At      Off    // of the DIE read last
	Unit    *Unit
	Table   *Table
	dense   []*Abbrev       // of Table
	Section string          // for errors
	V       [NumSlots]Value // filled by Attrs, valid for the slots in Have
	Have    SlotSet         // slots that the last Attrs filled
	DIEs    uint64          // DIEs read, a counter for statistics
	Big     bool            // big endian
	reading bool            // a panic of the runtime is the input's fault
}

// Start places the cursor at the first DIE of a unit. data holds the whole unit.
func (c *Cursor) Start(section string, u *Unit, data []byte, t *Table) {
	c.Section, c.Unit, c.Data, c.Table, c.dense = section, u, data, t, t.dense
	c.Pos, c.At = Off(u.HeaderLen), Off(u.HeaderLen)
	c.reading = true
}

// Stop ends the part in which a panic of the runtime counts as malformed input.
func (c *Cursor) Stop() { c.reading = false }

// More reports whether bytes are left in the unit.
func (c *Cursor) More() bool { return int(c.Pos) < len(c.Data) }

// Next reads the abbreviation code of the next DIE. It returns nil for a null
// entry, which ends a list of siblings. The attributes have to be read with
// Attrs or SkipAttrs before the next call.
func (c *Cursor) Next() *Abbrev {
	c.At = c.Pos
	if p := uint(c.Pos); p < uint(len(c.Data)) {
		if code := uint(c.Data[p]) - 1; code < 0x7f && code < uint(len(c.dense)) {
			c.Pos++
			c.DIEs++
			return c.dense[code]
		}
	}
	return c.nextRare()
}

// nextRare is Next for codes of several bytes, those that leave the sequence, and null
// entries.
func (c *Cursor) nextRare() *Abbrev {
	code := c.uleb()
	if code == 0 {
		return nil
	}
	a := c.Table.lookup(code)
	if a == nil {
		c.Fail(c.At, "abbreviation %d is not declared", code)
	}
	c.DIEs++
	return a
}

// Attrs reads the attributes of the DIE into V and Have.
func (c *Cursor) Attrs(a *Abbrev) {
	c.Have = a.Have
	c.run(a.ops)
}

// SkipAttrs steps over the attributes; only Sibling is read, if present.
func (c *Cursor) SkipAttrs(a *Abbrev) {
	c.Have = a.Have & (1 << Sibling)
	c.run(a.skip)
}

// ReadAt reads the attributes of the DIE at off into a copy of the slots and
// leaves the cursor where it is. It is meant for the few references that have to
// be looked at before the referenced DIE is reached. The result is nil when off
// is no DIE of the unit.
func (c *Cursor) ReadAt(off Off) (a *Abbrev, have SlotSet, v [NumSlots]Value) {
	if off < Off(c.Unit.HeaderLen) || int(off) >= len(c.Data) {
		return nil, 0, v
	}
	saved := *c
	c.Pos = off
	if a = c.Next(); a != nil {
		c.Attrs(a)
	}
	have, v = c.Have, c.V
	*c = saved
	return a, have, v
}

// Skip steps over the DIE whose abbreviation was read last, with its children.
func (c *Cursor) Skip(a *Abbrev) {
	if s := &a.step; s.ok && (!a.Children || s.sibling) {
		end := uint64(c.Pos) + uint64(s.size)
		if end > uint64(len(c.Data)) {
			c.Fail(c.At, "entry runs past the end of its unit")
		}
		if !a.Children {
			c.Pos = Off(end)
			return
		}
		if to := c.u32(c.Data[uint(c.Pos)+uint(s.at):]); uint64(to) >= end && uint64(to) <= uint64(len(c.Data)) && to > uint32(c.At) {
			c.Pos = Off(to)
			return
		}
	}
	c.SkipAttrs(a)
	c.SkipChildren(a)
}

// SkipChildren steps over the children of the DIE whose attributes were read
// last, and over the null entry that ends them.
func (c *Cursor) SkipChildren(a *Abbrev) {
	if !a.Children {
		return
	}
	if c.Have.Has(Sibling) && c.V[Sibling].Form == FormRef {
		// The sibling comes after the null entry that ends the children.
		if s := c.V[Sibling].U; s > uint64(c.Pos) && s <= uint64(len(c.Data)) {
			c.Pos = Off(s)
			return
		}
		c.Fail(c.At, "sibling %#x is not after the entry", c.V[Sibling].U)
	}
	for depth := 1; depth > 0; {
		k := c.Next()
		if k == nil {
			depth--
			continue
		}
		c.SkipAttrs(k)
		if !k.Children {
			continue
		}
		if c.Have.Has(Sibling) && c.V[Sibling].Form == FormRef {
			if s := c.V[Sibling].U; s > uint64(c.Pos) && s <= uint64(len(c.Data)) {
				c.Pos = Off(s)
				continue
			}
			c.Fail(c.At, "sibling %#x is not after the entry", c.V[Sibling].U)
		}
		depth++
	}
}

// run executes a program of ops at the cursor.
func (c *Cursor) run(ops []op) {
	d, p := c.Data, uint(c.Pos)
	for i := range ops {
		o := &ops[i]
		switch o.code {
		case opSkip:
			p += uint(o.n)
		case opU8:
			c.V[o.slot] = Value{U: uint64(d[p]), Form: o.form}
			p++
		case opU16:
			c.V[o.slot] = Value{U: uint64(c.u16(d[p:])), Form: o.form}
			p += 2
		case opU32:
			c.V[o.slot] = Value{U: uint64(c.u32(d[p:])), Form: o.form}
			p += 4
		case opU64:
			c.V[o.slot] = Value{U: c.u64(d[p:]), Form: o.form}
			p += 8
		case opImplicit:
			c.V[o.slot] = Value{U: uint64(o.imp), Form: o.form}
		case opFlagPresent:
			c.V[o.slot] = Value{U: 1, Form: o.form}
		default:
			c.Pos = Off(p)
			c.runRare(o)
			p = uint(c.Pos)
		}
	}
	if p > uint(len(d)) {
		c.Fail(c.At, "entry runs past the end of its unit")
	}
	c.Pos = Off(p)
}

// runRare executes the ops whose values have no fixed length.
func (c *Cursor) runRare(o *op) {
	switch o.code {
	case opSkipLEB:
		c.uleb()
	case opULEB:
		c.V[o.slot] = Value{U: c.uleb(), Form: o.form}
	case opSLEB:
		c.V[o.slot] = Value{U: uint64(c.sleb()), Form: o.form}
	case opU24:
		b := c.Data[c.Pos : c.Pos+3]
		v := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16
		if c.Big {
			v = uint64(b[2]) | uint64(b[1])<<8 | uint64(b[0])<<16
		}
		c.V[o.slot] = Value{U: v, Form: o.form}
		c.Pos += 3
	case opData16:
		c.V[o.slot] = Value{U: uint64(c.Pos), N: 16, Form: o.form}
		c.Pos += 16
	case opSkipString:
		c.str()
	case opString:
		start := c.Pos
		c.V[o.slot] = Value{U: uint64(start), N: c.str(), Form: o.form}
	case opBlock1, opSkipBlock1:
		n := uint64(c.Data[c.Pos])
		c.Pos++
		c.block(o, n)
	case opBlock2, opSkipBlock2:
		n := uint64(c.u16(c.Data[c.Pos:]))
		c.Pos += 2
		c.block(o, n)
	case opBlock4, opSkipBlock4:
		n := uint64(c.u32(c.Data[c.Pos:]))
		c.Pos += 4
		c.block(o, n)
	case opBlock, opSkipBlock:
		c.block(o, c.uleb())
	case opIndirect, opSkipIndirect:
		c.indirect(o)
	default:
		c.failForm(o.form, o.slot)
	}
}

// block steps over the n bytes of a block.
func (c *Cursor) block(o *op, n uint64) {
	if n > uint64(len(c.Data))-uint64(c.Pos) {
		c.Fail(c.At, "block of %d bytes runs past the end of its unit", n)
	}
	c.V[o.slot] = Value{U: uint64(c.Pos), N: uint32(n), Form: o.form}
	c.Pos += Off(n)
}

// indirect reads a value that is preceded by its form (DWARF 5, 7.5.3).
func (c *Cursor) indirect(o *op) {
	form := c.uleb()
	if form == formIndirect || form == FormImplicitConst {
		c.Fail(c.At, "form %#x may not be indirect", form)
	}
	real, ok := compileForm(form, c.Unit)
	if !ok {
		c.Fail(c.At, "unknown form %#x%s", form, o.slot.of())
	}
	real.slot = o.slot // SlotNone for a step over the value
	one := [1]op{real}
	c.run(one[:])
}

// str steps over a NUL-terminated string and returns its length without NUL.
func (c *Cursor) str() uint32 {
	start := c.Pos
	for c.Data[c.Pos] != 0 {
		c.Pos++
	}
	c.Pos++
	return uint32(c.Pos - start - 1)
}

func (c *Cursor) uleb() uint64 {
	var v uint64
	for shift := uint(0); ; shift += 7 {
		b := c.Data[c.Pos]
		c.Pos++
		if shift < 64 {
			v |= uint64(b&0x7f) << shift
		}
		if b < 0x80 {
			return v
		}
	}
}

func (c *Cursor) sleb() int64 {
	var v int64
	for shift := uint(0); ; shift += 7 {
		b := c.Data[c.Pos]
		c.Pos++
		if shift < 64 {
			v |= int64(b&0x7f) << shift
		}
		if b < 0x80 {
			if shift+7 < 64 && b&0x40 != 0 {
				v |= -1 << (shift + 7)
			}
			return v
		}
	}
}

func (c *Cursor) u16(b []byte) uint16 {
	_ = b[1]
	if c.Big {
		return uint16(b[1]) | uint16(b[0])<<8
	}
	return uint16(b[0]) | uint16(b[1])<<8
}

func (c *Cursor) u32(b []byte) uint32 {
	_ = b[3]
	if c.Big {
		return uint32(b[3]) | uint32(b[2])<<8 | uint32(b[1])<<16 | uint32(b[0])<<24
	}
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func (c *Cursor) u64(b []byte) uint64 {
	_ = b[7]
	if c.Big {
		return uint64(c.u32(b))<<32 | uint64(c.u32(b[4:]))
	}
	return uint64(c.u32(b)) | uint64(c.u32(b[4:]))<<32
}
