package die

import "fmt"

// Class says what the values of a form are (DWARF 5, 7.5.5).
type Class uint8

// The classes of DWARF. NoClass is that of a number that is no form.
const (
	NoClass      Class = iota
	ClassAddress       // of the program, or an index into .debug_addr
	ClassBlock
	ClassConstant
	ClassExprloc
	ClassFlag
	ClassLoclist // an index into .debug_loclists
	ClassOffset  // in another section: of a list, of line numbers, of a base
	ClassReference
	ClassRnglist // an index into .debug_rnglists
	ClassString
	ClassAny // DW_FORM_indirect: that of the form in front of the value
)

// formRow is what has to be known of a form to read its values and to step over them.
type formRow struct {
	name  string
	class Class
	read  opCode // how many bytes there are, and what they are
	// as is the form that stands for this one in [Value.Form], 0 for itself. Forms that
	// mean the same and differ in size are one to whoever reads values.
	as uint16
}

// forms are those of DWARF, and gnuForms those of GNU, the first of which is firstGNU.
//
// A form is a row. One that stands for itself also needs a case in the readers of its
// class, which are in package unit: those fail for a form of their class that they do not
// know, see [Cursor.Unread].
var forms = [formEnd]formRow{
	FormAddr: {"DW_FORM_addr", ClassAddress, opAddr, 0},

	formBlock2:  {"DW_FORM_block2", ClassBlock, opBlock2, FormBlock},
	formBlock4:  {"DW_FORM_block4", ClassBlock, opBlock4, FormBlock},
	FormBlock:   {"DW_FORM_block", ClassBlock, opBlock, 0},
	FormBlock1:  {"DW_FORM_block1", ClassBlock, opBlock1, FormBlock},
	FormExprloc: {"DW_FORM_exprloc", ClassExprloc, opBlock, 0},

	FormData1:         {"DW_FORM_data1", ClassConstant, opU8, 0},
	FormData2:         {"DW_FORM_data2", ClassConstant, opU16, 0},
	FormData4:         {"DW_FORM_data4", ClassConstant, opU32, 0},
	FormData8:         {"DW_FORM_data8", ClassConstant, opU64, 0},
	FormData16:        {"DW_FORM_data16", ClassConstant, opData16, 0},
	FormSdata:         {"DW_FORM_sdata", ClassConstant, opSLEB, 0},
	FormUdata:         {"DW_FORM_udata", ClassConstant, opULEB, 0},
	FormImplicitConst: {"DW_FORM_implicit_const", ClassConstant, opImplicit, 0},

	FormFlag:        {"DW_FORM_flag", ClassFlag, opU8, 0},
	FormFlagPresent: {"DW_FORM_flag_present", ClassFlag, opFlagPresent, 0},

	FormString:   {"DW_FORM_string", ClassString, opString, 0},
	FormStrp:     {"DW_FORM_strp", ClassString, opOffset, 0},
	FormLineStrp: {"DW_FORM_line_strp", ClassString, opOffset, 0},
	FormStrpSup:  {"DW_FORM_strp_sup", ClassString, opOffset, 0},
	FormStrx:     {"DW_FORM_strx", ClassString, opULEB, 0},
	formStrx1:    {"DW_FORM_strx1", ClassString, opU8, FormStrx},
	formStrx2:    {"DW_FORM_strx2", ClassString, opU16, FormStrx},
	formStrx3:    {"DW_FORM_strx3", ClassString, opU24, FormStrx},
	formStrx4:    {"DW_FORM_strx4", ClassString, opU32, FormStrx},

	formRef1:     {"DW_FORM_ref1", ClassReference, opU8, FormRef},
	formRef2:     {"DW_FORM_ref2", ClassReference, opU16, FormRef},
	formRef4:     {"DW_FORM_ref4", ClassReference, opU32, FormRef},
	formRef8:     {"DW_FORM_ref8", ClassReference, opU64, FormRef},
	formRefUdata: {"DW_FORM_ref_udata", ClassReference, opULEB, FormRef},
	FormRefAddr:  {"DW_FORM_ref_addr", ClassReference, opRefAddr, 0},
	FormRefSig8:  {"DW_FORM_ref_sig8", ClassReference, opU64, 0},
	formRefSup4:  {"DW_FORM_ref_sup4", ClassReference, opU32, FormGNURefAlt},
	formRefSup8:  {"DW_FORM_ref_sup8", ClassReference, opU64, FormGNURefAlt},

	FormSecOffset: {"DW_FORM_sec_offset", ClassOffset, opOffset, 0},
	FormLoclistx:  {"DW_FORM_loclistx", ClassLoclist, opULEB, 0},
	FormRnglistx:  {"DW_FORM_rnglistx", ClassRnglist, opULEB, 0},

	FormAddrx:  {"DW_FORM_addrx", ClassAddress, opULEB, 0},
	formAddrx1: {"DW_FORM_addrx1", ClassAddress, opU8, FormAddrx},
	formAddrx2: {"DW_FORM_addrx2", ClassAddress, opU16, FormAddrx},
	formAddrx3: {"DW_FORM_addrx3", ClassAddress, opU24, FormAddrx},
	formAddrx4: {"DW_FORM_addrx4", ClassAddress, opU32, FormAddrx},

	formIndirect: {"DW_FORM_indirect", ClassAny, opIndirect, 0},
}

var gnuForms = [...]formRow{
	formGNUAddrIndex - firstGNU: {"DW_FORM_GNU_addr_index", ClassAddress, opULEB, FormAddrx},
	formGNUStrIndex - firstGNU:  {"DW_FORM_GNU_str_index", ClassString, opULEB, FormStrx},
	FormGNURefAlt - firstGNU:    {"DW_FORM_GNU_ref_alt", ClassReference, opOffset, 0},
	FormGNUStrpAlt - firstGNU:   {"DW_FORM_GNU_strp_alt", ClassString, opOffset, FormStrpSup},
}

// noForm is the row of what is no form.
var noForm formRow

// rowOf returns the row of a form, which has NoClass if there is none.
func rowOf(form uint64) *formRow {
	switch {
	case form < uint64(len(forms)):
		return &forms[form]
	case form-firstGNU < uint64(len(gnuForms)):
		return &gnuForms[form-firstGNU]
	case form == FormStrpApart:
		return &forms[FormStrp]
	}
	return &noForm
}

// ClassOf returns the class of a form, NoClass if there is no such form.
func ClassOf(form uint16) Class { return rowOf(uint64(form)).class }

// FormName returns the name of a form, and its number if it has none.
func FormName(form uint64) string {
	if name := rowOf(form).name; name != "" {
		return name
	}
	return fmt.Sprintf("form %#x", form)
}

// Forms returns the forms that a [Value] can have, in ascending order.
func Forms() []uint16 {
	var list []uint16
	for form := range uint64(FormStrpApart + 1) {
		if row := rowOf(form); row.class != NoClass && row.class != ClassAny && row.as == 0 || form == FormRef {
			list = append(list, uint16(form))
		}
	}
	return list
}

// compileForm returns the op that reads a value of the form in a unit. ok is false for a
// number that is no form.
func compileForm(form uint64, u *Unit) (o op, ok bool) {
	row := rowOf(form)
	if row.class == NoClass || form == FormStrpApart {
		return op{}, false
	}
	o = op{code: row.read, form: uint16(form)}
	if row.as != 0 {
		o.form = row.as
	}
	if form == FormStrp && u.Apart {
		o.form = FormStrpApart
	}
	if o.code == opRefAddr {
		o.code = opOffset
		if u.Version == 2 { // the size of an address (DWARF 2, 7.5.4)
			o.code = opAddr
		}
	}
	switch o.code {
	case opAddr:
		switch u.AddrSize {
		case 2:
			o.code = opU16
		case 4:
			o.code = opU32
		default:
			o.code = opU64
		}
	case opOffset:
		o.code = opU32
		if u.Is64 {
			o.code = opU64
		}
	}
	return o, true
}

// Unread is for a reader of values that has no rule for the form of one. If the form
// belongs to a class that the reader is for, or to none, nobody has taught the reader
// about it, and the unit fails: the value would count as absent or as 0. A form of another
// class says nothing to the reader, as in pahole 1.32.
func (c *Cursor) Unread(v *Value, classes ...Class) {
	class := ClassOf(v.Form)
	if class != NoClass {
		known := false
		for _, x := range classes {
			known = known || x == class
		}
		if !known {
			return
		}
	}
	c.failForm(v.Form, c.slotOf(v))
}

// failForm says that the form of an attribute of the DIE read last cannot be read.
func (c *Cursor) failForm(form uint16, s Slot) {
	c.Fail(c.At, "nothing reads %s%s (unit %#x)", FormName(uint64(form)), s.of(), c.Unit.Offset)
}

// of names the attribute of a slot, for messages.
func (s Slot) of() string {
	if s == SlotNone {
		return ""
	}
	return " of " + slotNames[s]
}

// slotOf returns the slot of the DIE read last that has a value, SlotNone if there is none.
func (c *Cursor) slotOf(v *Value) Slot {
	for s := SlotNone + 1; s < NumSlots; s++ {
		if c.Have.Has(s) && c.V[s] == *v {
			return s
		}
	}
	return SlotNone
}
