package dwarftest

import "fmt"

// Form is the encoding of an attribute's value (DWARF 5, 7.5.6). The standard library keeps its constants private.
type Form uint16

// Forms of DWARF 2 to 5, and GNU extensions. Types and names as in the standard's table 7.6.
const (
	FormAddr          Form = 0x01
	FormBlock2        Form = 0x03
	FormBlock4        Form = 0x04
	FormData2         Form = 0x05
	FormData4         Form = 0x06
	FormData8         Form = 0x07
	FormString        Form = 0x08
	FormBlock         Form = 0x09
	FormBlock1        Form = 0x0a
	FormData1         Form = 0x0b
	FormFlag          Form = 0x0c
	FormSdata         Form = 0x0d
	FormStrp          Form = 0x0e
	FormUdata         Form = 0x0f
	FormRefAddr       Form = 0x10
	FormRef1          Form = 0x11
	FormRef2          Form = 0x12
	FormRef4          Form = 0x13
	FormRef8          Form = 0x14
	FormRefUdata      Form = 0x15
	FormIndirect      Form = 0x16
	FormSecOffset     Form = 0x17
	FormExprloc       Form = 0x18
	FormFlagPresent   Form = 0x19
	FormStrx          Form = 0x1a
	FormAddrx         Form = 0x1b
	FormRefSup4       Form = 0x1c
	FormStrpSup       Form = 0x1d
	FormData16        Form = 0x1e
	FormLineStrp      Form = 0x1f
	FormRefSig8       Form = 0x20
	FormImplicitConst Form = 0x21
	FormLoclistx      Form = 0x22
	FormRnglistx      Form = 0x23
	FormRefSup8       Form = 0x24
	FormStrx1         Form = 0x25
	FormStrx2         Form = 0x26
	FormStrx3         Form = 0x27
	FormStrx4         Form = 0x28
	FormAddrx1        Form = 0x29
	FormAddrx2        Form = 0x2a
	FormAddrx3        Form = 0x2b
	FormAddrx4        Form = 0x2c
	FormGNUAddrIndex  Form = 0x1f01
	FormGNUStrIndex   Form = 0x1f02
	FormGNURefAlt     Form = 0x1f20
	FormGNUStrpAlt    Form = 0x1f21
)

// Sizes that fixedSize returns for forms whose size the unit decides or the value has.
const (
	sizeAddr    = -1 - iota // an address
	sizeOffset              // an offset into a section
	sizeRefAddr             // an address in DWARF 2, an offset later (DWARF 3, 7.5.4)
	sizeLEB                 // unsigned LEB128
)

// fixedSize returns the size in bytes of a form that holds one unsigned number, or a negative size constant. Other
// forms are not in it.
var fixedSize = map[Form]int{
	FormAddr:  sizeAddr,
	FormData1: 1, FormData2: 2, FormData4: 4, FormData8: 8, FormUdata: sizeLEB,
	FormFlag: 1,
	FormStrp: sizeOffset, FormLineStrp: sizeOffset, FormStrpSup: sizeOffset, FormGNUStrpAlt: sizeOffset,
	FormStrx: sizeLEB, FormStrx1: 1, FormStrx2: 2, FormStrx3: 3, FormStrx4: 4, FormGNUStrIndex: sizeLEB,
	FormAddrx: sizeLEB, FormAddrx1: 1, FormAddrx2: 2, FormAddrx3: 3, FormAddrx4: 4, FormGNUAddrIndex: sizeLEB,
	FormRef1: 1, FormRef2: 2, FormRef4: 4, FormRef8: 8, FormRefUdata: sizeLEB, FormRefAddr: sizeRefAddr,
	FormRefSup4: 4, FormRefSup8: 8, FormGNURefAlt: sizeOffset, FormRefSig8: 8,
	FormSecOffset: sizeOffset, FormLoclistx: sizeLEB, FormRnglistx: sizeLEB,
}

// value writes the value of an attribute.
func (u *unitWriter) value(b *buffer, d *DIE, form Form, value any) error {
	switch form {
	case FormIndirect:
		in, ok := value.(Indirect)
		if !ok {
			return fmt.Errorf("value %T, want Indirect", value)
		}
		b.uleb(uint64(in.Form))
		return u.value(b, d, in.Form, in.Value)
	case FormImplicitConst:
		return nil // in the abbreviation
	case FormFlagPresent:
		if value != nil {
			return fmt.Errorf("value %v, want nil", value)
		}
		return nil
	case FormString:
		s, ok := value.(string)
		if !ok {
			return fmt.Errorf("value %T, want a string", value)
		}
		b.str(s)
		return nil
	case FormSdata:
		n, ok := integer(value)
		if !ok {
			return fmt.Errorf("value %T, want an integer", value)
		}
		b.sleb(int64(n))
		return nil
	case FormData16:
		data, ok := value.([]byte)
		if !ok || len(data) != 16 {
			return fmt.Errorf("value %v, want 16 bytes", value)
		}
		b.bytes(data)
		return nil
	case FormBlock, FormBlock1, FormBlock2, FormBlock4, FormExprloc:
		return u.block(b, form, value)
	}
	size, ok := fixedSize[form]
	if !ok {
		return fmt.Errorf("unknown form %#x", uint16(form))
	}
	n, err := u.number(d, form, value)
	if err != nil {
		return err
	}
	return u.sized(b, size, n)
}

// sized writes n in size bytes or as a size constant says.
func (u *unitWriter) sized(b *buffer, size int, n uint64) error {
	if size == sizeRefAddr {
		size = sizeOffset
		if u.version == 2 {
			size = sizeAddr
		}
	}
	switch size {
	case sizeLEB:
		b.uleb(n)
		return nil
	case sizeAddr:
		size = u.addrSize
	case sizeOffset:
		size = u.offsetSize()
	}
	// Negative numbers are kept as two's complement, so both ranges of the size are good.
	if shift := 8 * size; shift < 64 && n>>shift != 0 && int64(n)>>(shift-1) != -1 {
		return fmt.Errorf("%#x does not fit %d bytes", n, size)
	}
	b.uint(size, n)
	return nil
}

func (u *unitWriter) block(b *buffer, form Form, value any) error {
	var data []byte
	switch value := value.(type) {
	case []byte:
		data = value
	case Expr:
		var err error
		if data, err = u.expr(value); err != nil {
			return err
		}
	default:
		return fmt.Errorf("value %T, want []byte or Expr", value)
	}
	size := map[Form]int{FormBlock1: 1, FormBlock2: 2, FormBlock4: 4}[form]
	if size == 0 {
		size = sizeLEB
	}
	if err := u.sized(b, size, uint64(len(data))); err != nil {
		return err
	}
	b.bytes(data)
	return nil
}

// number turns the value of a form into the number that is written for it, adding to the tables on the way.
func (u *unitWriter) number(d *DIE, form Form, value any) (uint64, error) {
	if n, ok := value.(Raw); ok {
		return uint64(n), nil
	}
	switch form {
	case FormStrp, FormLineStrp, FormStrx, FormStrx1, FormStrx2, FormStrx3, FormStrx4:
		s, ok := value.(string)
		if !ok {
			return 0, fmt.Errorf("value %T, want a string", value)
		}
		switch form {
		case FormStrp:
			return u.str.offset(s), nil
		case FormLineStrp:
			return u.lineStr.offset(s), nil
		}
		return u.strx.index(u.str.offset(s)), nil
	case FormRef1, FormRef2, FormRef4, FormRef8, FormRefUdata, FormRefAddr:
		return u.reference(d, form, value)
	case FormSecOffset, FormLoclistx, FormRnglistx, FormData4, FormData8:
		if list, ok := value.(locations); ok {
			return u.list(form, list)
		}
	case FormFlag:
		if set, ok := value.(bool); ok {
			if set {
				return 1, nil
			}
			return 0, nil
		}
	}
	n, ok := integer(value)
	if !ok {
		return 0, fmt.Errorf("value %T is not for this form", value)
	}
	switch form {
	case FormAddrx, FormAddrx1, FormAddrx2, FormAddrx3, FormAddrx4:
		return u.addrx.index(n), nil
	}
	return n, nil
}

func (u *unitWriter) reference(d *DIE, form Form, value any) (uint64, error) {
	var target position
	switch value := value.(type) {
	case string:
		var ok bool
		if target, ok = u.old.labels[value]; !ok && !u.first {
			return 0, fmt.Errorf("no DIE has the label %q", value)
		}
		if !ok { // its place is not known yet
			target = position{u.section, u.start, u.start}
		}
	case sibling:
		target = position{u.section, u.start, max(u.old.ends[d], u.start)}
	default:
		return 0, fmt.Errorf("value %T, want the label of a DIE", value)
	}
	if form == FormRefAddr {
		return target.offset, nil
	}
	if !u.first && (target.section != u.section || target.unit != u.start) {
		return 0, fmt.Errorf("%v is in another unit", value)
	}
	return target.offset - u.start, nil
}

// integer returns a Go integer as a number of 64 bits in two's complement.
func integer(value any) (uint64, bool) {
	switch v := value.(type) {
	case int:
		return uint64(v), true
	case int8:
		return uint64(v), true
	case int16:
		return uint64(v), true
	case int32:
		return uint64(v), true
	case int64:
		return uint64(v), true
	case uint:
		return uint64(v), true
	case uint8:
		return uint64(v), true
	case uint16:
		return uint64(v), true
	case uint32:
		return uint64(v), true
	case uint64:
		return v, true
	case Raw:
		return uint64(v), true
	}
	return 0, false
}
