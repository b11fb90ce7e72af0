package die

import (
	"bytes"
	"debug/dwarf"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/gopahole/gopahole/internal/dwarftest"
)

// variant is what the size of values depends on.
type variant struct {
	order   binary.ByteOrder
	class32 bool // addresses of 4 bytes
	dwarf64 bool
	version uint16
}

// variants calls do for every combination.
func variants(t *testing.T, do func(t *testing.T, v variant)) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, class32 := range []bool{false, true} {
			for _, dwarf64 := range []bool{false, true} {
				for version := uint16(2); version <= 5; version++ {
					v := variant{order, class32, dwarf64, version}
					t.Run(fmt.Sprintf("%v/class32=%v/dwarf64=%v/dwarf%d", order, class32, dwarf64, version), func(t *testing.T) {
						do(t, v)
					})
				}
			}
		}
	}
}

func (v variant) file(root *dwarftest.DIE) *dwarftest.File {
	return &dwarftest.File{
		Order: v.order, Class32: v.class32,
		Units: []*dwarftest.Unit{{Version: v.version, Dwarf64: v.dwarf64, DIE: root}},
	}
}

// form is a value in a form and what the cursor makes of it.
type form struct {
	code    dwarftest.Form
	value   any
	folded  uint16 // Value.Form
	u       uint64 // Value.U, unless content is set
	content []byte // where Value.U and Value.N point to
}

func formTable() []form {
	const u32 = 0xfedcba98
	long := bytes.Repeat([]byte("0123456789abcdef"), 20)
	minusThree := int64(-3)
	return []form{
		{code: dwarftest.FormAddr, value: dwarftest.Raw(u32), folded: FormAddr, u: u32},
		{code: dwarftest.FormBlock1, value: long[:200], folded: FormBlock, content: long[:200]},
		{code: dwarftest.FormBlock1, value: []byte{}, folded: FormBlock, content: []byte{}},
		{code: dwarftest.FormBlock2, value: long, folded: FormBlock, content: long},
		{code: dwarftest.FormBlock4, value: long, folded: FormBlock, content: long},
		{code: dwarftest.FormBlock, value: long, folded: FormBlock, content: long},
		{code: dwarftest.FormExprloc, value: long, folded: FormExprloc, content: long},
		{code: dwarftest.FormData1, value: 0xfe, folded: FormData1, u: 0xfe},
		{code: dwarftest.FormData2, value: 0xfedc, folded: FormData2, u: 0xfedc},
		{code: dwarftest.FormData4, value: uint64(u32), folded: FormData4, u: u32},
		{code: dwarftest.FormData8, value: uint64(u32 << 28), folded: FormData8, u: u32 << 28},
		{code: dwarftest.FormData16, value: long[:16], folded: FormData16, content: long[:16]},
		{code: dwarftest.FormSdata, value: minusThree, folded: FormSdata, u: uint64(minusThree)},
		{code: dwarftest.FormSdata, value: 300, folded: FormSdata, u: 300},
		{code: dwarftest.FormSdata, value: int64(-1 << 63), folded: FormSdata, u: 1 << 63},
		{code: dwarftest.FormUdata, value: uint64(1<<64 - 1), folded: FormUdata, u: 1<<64 - 1},
		{code: dwarftest.FormUdata, value: 0x80, folded: FormUdata, u: 0x80},
		{code: dwarftest.FormImplicitConst, value: minusThree, folded: FormImplicitConst, u: uint64(minusThree)},
		{code: dwarftest.FormFlag, value: true, folded: FormFlag, u: 1},
		{code: dwarftest.FormFlagPresent, folded: FormFlagPresent, u: 1},
		{code: dwarftest.FormString, value: "", folded: FormString, content: []byte{}},
		{code: dwarftest.FormString, value: string(long), folded: FormString, content: long},
		{code: dwarftest.FormStrp, value: dwarftest.Raw(u32), folded: FormStrp, u: u32},
		{code: dwarftest.FormLineStrp, value: dwarftest.Raw(u32), folded: FormLineStrp, u: u32},
		{code: dwarftest.FormStrpSup, value: dwarftest.Raw(u32), folded: FormStrpSup, u: u32},
		{code: dwarftest.FormGNUStrpAlt, value: dwarftest.Raw(u32), folded: FormStrpSup, u: u32},
		{code: dwarftest.FormStrx, value: dwarftest.Raw(300), folded: FormStrx, u: 300},
		{code: dwarftest.FormStrx1, value: dwarftest.Raw(0xfe), folded: FormStrx, u: 0xfe},
		{code: dwarftest.FormStrx2, value: dwarftest.Raw(0xfedc), folded: FormStrx, u: 0xfedc},
		{code: dwarftest.FormStrx3, value: dwarftest.Raw(0xfedcba), folded: FormStrx, u: 0xfedcba},
		{code: dwarftest.FormStrx4, value: dwarftest.Raw(u32), folded: FormStrx, u: u32},
		{code: dwarftest.FormGNUStrIndex, value: dwarftest.Raw(300), folded: FormStrx, u: 300},
		{code: dwarftest.FormAddrx, value: dwarftest.Raw(300), folded: FormAddrx, u: 300},
		{code: dwarftest.FormAddrx1, value: dwarftest.Raw(0xfe), folded: FormAddrx, u: 0xfe},
		{code: dwarftest.FormAddrx2, value: dwarftest.Raw(0xfedc), folded: FormAddrx, u: 0xfedc},
		{code: dwarftest.FormAddrx3, value: dwarftest.Raw(0xfedcba), folded: FormAddrx, u: 0xfedcba},
		{code: dwarftest.FormAddrx4, value: dwarftest.Raw(u32), folded: FormAddrx, u: u32},
		{code: dwarftest.FormGNUAddrIndex, value: dwarftest.Raw(300), folded: FormAddrx, u: 300},
		{code: dwarftest.FormRef1, value: dwarftest.Raw(0xfe), folded: FormRef, u: 0xfe},
		{code: dwarftest.FormRef2, value: dwarftest.Raw(0xfedc), folded: FormRef, u: 0xfedc},
		{code: dwarftest.FormRef4, value: dwarftest.Raw(u32), folded: FormRef, u: u32},
		{code: dwarftest.FormRef8, value: dwarftest.Raw(u32 << 28), folded: FormRef, u: u32 << 28},
		{code: dwarftest.FormRefUdata, value: dwarftest.Raw(300), folded: FormRef, u: 300},
		{code: dwarftest.FormRefAddr, value: dwarftest.Raw(u32), folded: FormRefAddr, u: u32},
		{code: dwarftest.FormRefSup4, value: uint64(u32), folded: FormGNURefAlt, u: u32},
		{code: dwarftest.FormRefSup8, value: uint64(u32 << 28), folded: FormGNURefAlt, u: u32 << 28},
		{code: dwarftest.FormGNURefAlt, value: uint64(u32), folded: FormGNURefAlt, u: u32},
		{code: dwarftest.FormRefSig8, value: uint64(u32 << 28), folded: FormRefSig8, u: u32 << 28},
		{code: dwarftest.FormSecOffset, value: dwarftest.Raw(u32), folded: FormSecOffset, u: u32},
		{code: dwarftest.FormLoclistx, value: dwarftest.Raw(300), folded: FormLoclistx, u: 300},
		{code: dwarftest.FormRnglistx, value: dwarftest.Raw(300), folded: FormRnglistx, u: 300},
	}
}

// Every form in every kind of unit: in an attribute that is wanted, in one that
// is not, and indirectly; a second attribute after it shows that the cursor did
// not lose its place.
func TestForms(t *testing.T) {
	variants(t, func(t *testing.T, v variant) {
		forms := formTable()
		root := dwarftest.Die(dwarf.TagCompileUnit)
		for _, f := range forms {
			values := []dwarftest.Attr{dwarftest.A(dwarf.AttrConstValue, f.code, f.value)}
			if f.code != dwarftest.FormImplicitConst {
				values = append(values, dwarftest.A(dwarf.AttrConstValue, dwarftest.FormIndirect, dwarftest.Indirect{Form: f.code, Value: f.value}))
			}
			for _, value := range values {
				unwanted := value
				unwanted.Attr = dwarf.AttrDeclFile
				last := dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData1, 0x5a)
				root.Children = append(root.Children, dwarftest.Die(dwarf.TagVariable, value, last), dwarftest.Die(dwarf.TagVariable, unwanted, last))
			}
		}
		c := first(t, build(t, v.file(root)))
		i := 0 // DIEs after the root
		var table []form
		for _, f := range forms {
			n := 4
			if f.code == dwarftest.FormImplicitConst {
				n = 2
			}
			for range n {
				table = append(table, f)
			}
		}
		err := walk(c, func(a *Abbrev) {
			if a == nil || a.Tag == TagCompileUnit {
				return
			}
			f := table[i]
			name := fmt.Sprintf("form %#x, DIE %d at %#x", uint16(f.code), i, c.At)
			if c.V[ByteSize] != (Value{U: 0x5a, Form: FormData1}) {
				t.Errorf("%s: the attribute after it is %v", name, c.V[ByteSize])
			}
			if wanted := i%2 == 0; wanted != c.Have.Has(ConstValue) {
				t.Errorf("%s: slots %b", name, c.Have)
			} else if got := c.V[ConstValue]; wanted {
				if got.Form != f.folded {
					t.Errorf("%s: folded form %#x, want %#x", name, got.Form, f.folded)
				}
				if f.content != nil {
					if !bytes.Equal(c.Data[got.U:got.U+uint64(got.N)], f.content) {
						t.Errorf("%s: %d bytes at %#x, want %d bytes", name, got.N, got.U, len(f.content))
					}
				} else if got.U != f.u {
					t.Errorf("%s: %#x, want %#x", name, got.U, f.u)
				}
			}
			i++
		})
		if err != nil || i != len(table) {
			t.Errorf("%d DIEs, want %d, error %v", i, len(table), err)
		}
		if !c.Table.RefAddr {
			t.Error("the table does not tell of DW_FORM_ref_addr")
		}
	})
}

// formsFile has every form with a value that leads somewhere, except those that
// debug/dwarf does not know (DW_FORM_GNU_str_index and DW_FORM_GNU_addr_index).
func formsFile(v variant) (f *dwarftest.File, n int) {
	root := dwarftest.Die(dwarf.TagCompileUnit, dwarftest.A(dwarf.AttrName, dwarftest.FormString, "a.c"))
	for _, f := range formTable() {
		value := f.value
		switch f.code {
		case dwarftest.FormGNUStrIndex, dwarftest.FormGNUAddrIndex:
			continue
		case dwarftest.FormStrp:
			value = "text"
		case dwarftest.FormLineStrp, dwarftest.FormStrx, dwarftest.FormStrx1, dwarftest.FormStrx2, dwarftest.FormStrx3, dwarftest.FormStrx4:
			if v.version < 5 {
				continue
			}
			value = fmt.Sprintf("text %d", f.code)
		case dwarftest.FormAddrx, dwarftest.FormAddrx1, dwarftest.FormAddrx2, dwarftest.FormAddrx3, dwarftest.FormAddrx4:
			if v.version < 5 {
				continue
			}
			value = 0x1000 + int(f.code)
		case dwarftest.FormRnglistx:
			if v.version < 5 {
				continue
			}
			value = dwarftest.RangeList{{Low: 1, High: 2}}
		}
		root.Children = append(root.Children, dwarftest.Die(dwarf.TagVariable,
			dwarftest.A(dwarf.AttrConstValue, f.code, value),
			dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData1, 0x5a)))
	}
	return v.file(root), len(root.Children)
}

// Forms that nothing may be read from.
func TestBadForms(t *testing.T) {
	for _, tc := range []struct {
		name string
		die  *dwarftest.DIE
		want string
	}{
		{
			"the form of indirect is indirect",
			dwarftest.Die(dwarf.TagCompileUnit, dwarftest.A(dwarf.AttrName, dwarftest.FormIndirect,
				dwarftest.Indirect{Form: dwarftest.FormIndirect, Value: dwarftest.Indirect{Form: dwarftest.FormData1, Value: 1}})),
			".debug_info+0xc: form 0x16 may not be indirect",
		},
		{
			"the form of indirect is implicit_const",
			dwarftest.Die(dwarf.TagCompileUnit, dwarftest.A(dwarf.AttrDeclFile, dwarftest.FormIndirect,
				dwarftest.Indirect{Form: dwarftest.FormImplicitConst})),
			".debug_info+0xc: form 0x21 may not be indirect",
		},
		{
			"a block longer than the unit",
			dwarftest.Die(dwarf.TagCompileUnit, dwarftest.A(dwarf.AttrLocation, dwarftest.FormBlock1, []byte{1, 2, 3})),
			".debug_info+0xc: block of 255 bytes runs past the end of its unit",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := &dwarftest.File{Units: []*dwarftest.Unit{{DIE: tc.die}}}
			f.Patch = func(section string, data []byte) []byte {
				if section == ".debug_info" && tc.die.Attrs[0].Form == dwarftest.FormBlock1 {
					data[len(data)-4] = 0xff // the length
				}
				return data
			}
			err := walk(first(t, build(t, f)), func(*Abbrev) {})
			if err == nil || err.Error() != tc.want {
				t.Errorf("error %v, want %v", err, tc.want)
			}
		})
	}
}

// A unit that is cut off anywhere gives an error with the last DIE, unless the
// cut is after a DIE.
func TestCutOff(t *testing.T) {
	root := dwarftest.Die(dwarf.TagCompileUnit)
	for _, f := range formTable() {
		root.Children = append(root.Children, dwarftest.Die(dwarf.TagVariable, dwarftest.A(dwarf.AttrConstValue, f.code, f.value)))
	}
	in := build(t, &dwarftest.File{Units: []*dwarftest.Unit{{DIE: root}}})
	c := first(t, in)
	whole := c.Data
	between := map[Off]bool{} // where a DIE ends
	if err := walk(c, func(*Abbrev) { between[c.Pos] = true }); err != nil {
		t.Fatal(err)
	}
	for n := int(c.Unit.HeaderLen); n < len(whole); n++ {
		// A copy: reading past the end must not find the rest.
		c.Start(".debug_info", c.Unit, append([]byte(nil), whole[:n]...), c.Table)
		err := walk(c, func(*Abbrev) {})
		if ok := n == int(c.Unit.HeaderLen) || between[Off(n)]; ok != (err == nil) {
			t.Errorf("%d bytes: error %v, want one: %v", n, err, !ok)
		}
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.Section != ".debug_info" || e.Offset != uint64(c.At) || e.Msg == "") {
			t.Errorf("%d bytes: error %v, want an *Error at %#x", n, err, c.At)
		}
	}
}
