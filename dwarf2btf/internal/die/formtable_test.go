package die

import (
	"debug/dwarf"
	"slices"
	"strings"
	"testing"
)

// A form that stands for others has their class, so that a reader of the class meets no
// other form, and each op of a row can be stepped over.
func TestFormRows(t *testing.T) {
	for form := range uint64(FormStrpApart) {
		row := rowOf(form)
		if row.class == NoClass {
			if *row != (formRow{}) {
				t.Errorf("%#x: %+v without a class", form, *row)
			}
			continue
		}
		if !strings.HasPrefix(row.name, "DW_FORM_") {
			t.Errorf("%#x is called %q", form, row.name)
		}
		if row.as != 0 && ClassOf(row.as) != row.class {
			t.Errorf("%s is read as %s, which has another class", row.name, FormName(uint64(row.as)))
		}
		for _, u := range []Unit{{AddrSize: 8, Version: 5, Is64: true}, {AddrSize: 4, Version: 2}} {
			o, ok := compileForm(form, &u)
			if !ok || form != formIndirect && !slices.Contains(Forms(), o.form) {
				t.Errorf("%s is read as %#x, %v", row.name, o.form, ok)
			}
			if s := o.skipping(); s.code != opSkip && opCodes[o.code].skip != s.code {
				t.Errorf("%s: op %d is stepped over by op %d", row.name, o.code, s.code)
			}
		}
	}
	if _, ok := compileForm(FormStrpApart, &Unit{AddrSize: 8}); ok {
		t.Error("a file may have FormStrpApart")
	}
}

// Messages have the names of attributes that debug/dwarf has.
func TestSlotNames(t *testing.T) {
	for s := SlotNone + 1; s < NumSlots; s++ {
		if !strings.HasPrefix(slotNames[s], "DW_AT_") {
			t.Errorf("slot %d is called %q", s, slotNames[s])
		}
	}
	plain := strings.NewReplacer("DW_AT_", "", "_", "")
	for attr, s := range slotOf {
		name := dwarf.Attr(attr).String()
		if s == SlotNone || strings.HasPrefix(name, "Attr(") {
			continue
		}
		switch dwarf.Attr(attr) { // which debug/dwarf shortens
		case dwarf.AttrDataMemberLoc, dwarf.AttrCalling, dwarf.AttrExternal:
			continue
		}
		if want := plain.Replace(slotNames[s]); !strings.EqualFold(name, want) {
			t.Errorf("attribute %#x is %s here and %s in debug/dwarf", attr, slotNames[s], name)
		}
	}
}
