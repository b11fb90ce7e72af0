package dwarftest

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/peer"
)

// variants calls do for every byte order, class, version and offset size.
func variants(t *testing.T, do func(t *testing.T, f *File, u Unit)) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, class32 := range []bool{false, true} {
			for version := uint16(2); version <= 5; version++ {
				for _, dwarf64 := range []bool{false, true} {
					if dwarf64 && version == 2 {
						continue // offsets of 8 bytes came with DWARF 3
					}
					f := &File{Order: order, Class32: class32}
					if order == binary.ByteOrder(binary.BigEndian) {
						f.Machine = elf.EM_S390
					} else if class32 {
						f.Machine = elf.EM_386
					}
					t.Run(fmt.Sprintf("%v/class32=%v/dwarf%d/offset64=%v", order, class32, version, dwarf64), func(t *testing.T) {
						do(t, f, Unit{Version: version, Dwarf64: dwarf64})
					})
				}
			}
		}
	}
}

func read(t *testing.T, image []byte) (*elf.File, *dwarf.Data) {
	t.Helper()
	ef, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	data, err := ef.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	return ef, data
}

// entries returns all DIEs of .debug_info with their depths.
func entries(t *testing.T, data *dwarf.Data) (list []*dwarf.Entry) {
	t.Helper()
	r := data.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			return list
		}
		list = append(list, e)
	}
}

func TestTreeInEveryVariant(t *testing.T) {
	variants(t, func(t *testing.T, f *File, u Unit) {
		exprForm, refAddr := FormBlock1, FormRefAddr
		if u.Version >= 4 {
			exprForm = FormExprloc
		}
		first, second := u, u
		first.DIE = Die(dwarf.TagCompileUnit,
			A(dwarf.AttrName, FormStrp, "first.c"),
			A(dwarf.AttrLanguage, FormData1, 12),
			Die(dwarf.TagStructType, Label("list"),
				A(dwarf.AttrSibling, FormRef4, NextSibling),
				A(dwarf.AttrName, FormString, "list"),
				A(dwarf.AttrByteSize, FormUdata, 8),
				Die(dwarf.TagMember,
					A(dwarf.AttrName, FormStrp, "next"),
					A(dwarf.AttrType, FormRefUdata, "pointer"), // forward
					A(dwarf.AttrDataMemberLoc, exprForm, Expr{OpPlusUconst, ULEB(0)}))),
			Die(dwarf.TagPointerType, Label("pointer"),
				A(dwarf.AttrByteSize, FormData1, f.addrSize()),
				A(dwarf.AttrType, FormRef2, "list")),
			Die(dwarf.TagVariable,
				A(dwarf.AttrName, FormStrp, "head"),
				A(dwarf.AttrType, FormIndirect, Indirect{FormRef4, "pointer"}),
				A(dwarf.AttrExternal, FormFlag, true),
				A(dwarf.AttrLocation, exprForm, Expr{OpAddr, Addr(0x1234)})),
		)
		second.DIE = Die(dwarf.TagCompileUnit,
			A(dwarf.AttrName, FormStrp, "second.c"),
			Die(dwarf.TagTypedef,
				A(dwarf.AttrName, FormStrp, "list_t"),
				A(dwarf.AttrType, refAddr, "list")),
		)
		f.Units = []*Unit{&first, &second}
		f.Symbols = []Symbol{{Name: "head", Value: 0x1234, Size: 8, Type: elf.STT_OBJECT, Bind: elf.STB_GLOBAL, Section: ".data"}}
		f.Sections = []Section{{Name: ".data", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Addr: 0x1230, Data: make([]byte, 16)}}
		ef, data := read(t, f.Build(t))

		list := entries(t, data)
		var tags []dwarf.Tag
		at := map[string]dwarf.Offset{}
		for _, e := range list {
			tags = append(tags, e.Tag)
			if name, ok := e.Val(dwarf.AttrName).(string); ok {
				at[name] = e.Offset
			}
		}
		want := []dwarf.Tag{dwarf.TagCompileUnit, dwarf.TagStructType, dwarf.TagMember, 0, dwarf.TagPointerType,
			dwarf.TagVariable, 0, dwarf.TagCompileUnit, dwarf.TagTypedef, 0}
		if !reflect.DeepEqual(tags, want) {
			t.Fatalf("tags %v, want %v", tags, want)
		}
		pointer := list[4]
		for _, check := range []struct {
			what      string
			got, want any
		}{
			{"sibling of the structure", list[1].Val(dwarf.AttrSibling), pointer.Offset},
			{"type of the member", list[2].Val(dwarf.AttrType), pointer.Offset},
			{"type of the pointer", pointer.Val(dwarf.AttrType), at["list"]},
			{"type of the variable, indirect", list[5].Val(dwarf.AttrType), pointer.Offset},
			{"type of the typedef, in the other unit", list[8].Val(dwarf.AttrType), at["list"]},
			{"external", list[5].Val(dwarf.AttrExternal), true},
			{"language", list[0].Val(dwarf.AttrLanguage), int64(12)},
			{"size", list[1].Val(dwarf.AttrByteSize), int64(8)},
		} {
			if check.got != check.want {
				t.Errorf("%s: %v, want %v", check.what, check.got, check.want)
			}
		}
		symbols, err := ef.Symbols()
		if err != nil || len(symbols) != 1 || symbols[0].Name != "head" || symbols[0].Value != 0x1234 || ef.Sections[symbols[0].Section].Name != ".data" {
			t.Errorf("symbols %+v, error %v", symbols, err)
		}
	})
}

// TestForms writes one attribute in each form and reads it with debug/dwarf.
func TestForms(t *testing.T) {
	sixteen := []byte("0123456789abcdef")
	long := make([]byte, 300)
	for _, tc := range []struct {
		name  string
		form  Form
		value any
		want  any
	}{
		{"addr", FormAddr, uint64(0x123456), uint64(0x123456)},
		{"block", FormBlock, long, long},
		{"block1", FormBlock1, []byte{1, 2}, []byte{1, 2}},
		{"block2", FormBlock2, long, long},
		{"block4", FormBlock4, long, long},
		{"exprloc", FormExprloc, Expr{OpFbreg, SLEB(-200), OpEntryValue, Expr{OpReg0 + 5}}, []byte{0x91, 0xb8, 0x7e, 0xa3, 1, 0x55}},
		{"data1", FormData1, 200, int64(200)},
		{"data2", FormData2, 60000, int64(60000)},
		{"data4", FormData4, uint32(4000000000), int64(4000000000)},
		{"data8", FormData8, uint64(1) << 60, int64(1) << 60},
		{"data1 with a negative number", FormData1, -1, int64(255)},
		{"data16", FormData16, sixteen, sixteen},
		{"sdata", FormSdata, -129, int64(-129)},
		{"udata", FormUdata, uint64(1) << 40, int64(1) << 40},
		{"implicit_const", FormImplicitConst, -5, int64(-5)},
		{"string", FormString, "inline", "inline"},
		{"strp", FormStrp, "pooled", "pooled"},
		{"line_strp", FormLineStrp, "of lines", "of lines"},
		{"strx", FormStrx, "x", "x"},
		{"strx1", FormStrx1, "x1", "x1"},
		{"strx2", FormStrx2, "x2", "x2"},
		{"strx3", FormStrx3, "x3", "x3"},
		{"strx4", FormStrx4, "x4", "x4"},
		{"addrx", FormAddrx, 0x1000, uint64(0x1000)},
		{"addrx1", FormAddrx1, 0x1001, uint64(0x1001)},
		{"addrx2", FormAddrx2, 0x1002, uint64(0x1002)},
		{"addrx3", FormAddrx3, 0x1003, uint64(0x1003)},
		{"addrx4", FormAddrx4, 0x1004, uint64(0x1004)},
		{"flag", FormFlag, true, true},
		{"flag_present", FormFlagPresent, nil, true},
		{"ref_sig8", FormRefSig8, uint64(0xfeedface12345678), uint64(0xfeedface12345678)},
		{"ref_sup4", FormRefSup4, 77, uint32(77)},
		{"ref_sup8", FormRefSup8, 78, uint64(78)},
		{"GNU_ref_alt", FormGNURefAlt, 80, int64(80)},
		{"GNU_strp_alt", FormGNUStrpAlt, 6, int64(6)},
		{"indirect to udata", FormIndirect, Indirect{FormUdata, 300}, int64(300)},
	} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, dwarf64 := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%v/offset64=%v", tc.name, order, dwarf64), func(t *testing.T) {
					const attr = dwarf.Attr(0x2100) // one that debug/dwarf attaches no class to
					used := attr
					switch tc.form {
					case FormAddr, FormAddrx, FormAddrx1, FormAddrx2, FormAddrx3, FormAddrx4:
						used = dwarf.AttrLowpc
					}
					f := &File{Order: order, Units: []*Unit{{Dwarf64: dwarf64, DIE: Die(dwarf.TagCompileUnit,
						// So that indexes are not 0. Not in the unit's DIE, which debug/dwarf reads before it knows the bases.
						Die(dwarf.TagVariable, A(dwarf.AttrName, FormStrx, "in front of it"), A(dwarf.AttrLowpc, FormAddrx, 0x77)),
						Die(dwarf.TagVariable, A(used, tc.form, tc.value), A(dwarf.AttrName, FormString, "after it")))}}}
					_, data := read(t, f.Build(t))
					list := entries(t, data)
					if got := list[2].Val(used); !reflect.DeepEqual(got, tc.want) {
						t.Errorf("got %T %v, want %T %v", got, got, tc.want, tc.want)
					}
					if list[2].Val(dwarf.AttrName) != "after it" {
						t.Errorf("the form takes the wrong number of bytes: %v", list[2])
					}
				})
			}
		}
	}
}

func TestTypeUnits(t *testing.T) {
	for _, version := range []uint16{4, 5} {
		const signature = 0x1122334455667788
		f := &File{Units: []*Unit{
			{Version: version, Kind: TypeUnit, Signature: signature, TypeLabel: "point", DIE: Die(dwarf.TagTypeUnit,
				Die(dwarf.TagStructType, Label("point"), A(dwarf.AttrName, FormString, "point"), A(dwarf.AttrByteSize, FormData1, 4)))},
			{Version: version, DIE: Die(dwarf.TagCompileUnit,
				Die(dwarf.TagVariable, A(dwarf.AttrName, FormString, "v"), A(dwarf.AttrType, FormRefSig8, uint64(signature))))},
		}}
		ef, data := read(t, f.Build(t))
		if got, want := ef.Section(".debug_types") != nil, version == 4; got != want {
			t.Errorf("DWARF %d: .debug_types is there: %v, want %v", version, got, want)
		}
		list := entries(t, data)
		if got := list[len(list)-2].Val(dwarf.AttrType); got != uint64(signature) {
			t.Errorf("DWARF %d: type %v, want the signature", version, got)
		}
		section := ef.Section(map[uint16]string{4: ".debug_types", 5: ".debug_info"}[version])
		content, err := section.Data()
		if err != nil {
			t.Fatal(err)
		}
		// Behind the common header: the signature and the offset of the type in its unit.
		at := map[uint16]int{4: 11, 5: 12}[version]
		if got := binary.LittleEndian.Uint64(content[at:]); got != signature {
			t.Errorf("DWARF %d: signature %#x in the header", version, got)
		}
		// The DIE of the unit has a code only, as there are no attributes.
		if got, want := binary.LittleEndian.Uint32(content[at+8:]), uint32(at+12+1); got != want {
			t.Errorf("DWARF %d: type at %d, want %d", version, got, want)
		}
	}
}

func TestRangeLists(t *testing.T) {
	for _, tc := range []struct {
		name    string
		version uint16
		form    Form
		list    RangeList
	}{
		{"DWARF 4", 4, FormSecOffset, RangeList{{Low: 0x10, High: 0x20}, {Kind: BaseAddress, Low: 0x5000}, {Low: 1, High: 2}}},
		{"DWARF 5, by offset", 5, FormSecOffset, RangeList{{Low: 0x10, High: 0x20}, {Kind: BaseAddress, Low: 0x5000}, {Low: 1, High: 2}}},
		{"DWARF 5, by index", 5, FormRnglistx, RangeList{{Kind: StartEnd, Low: 0x1010, High: 0x1020}, {Kind: StartLength, Low: 0x5001, High: 1}}},
		{"DWARF 5, indexed addresses", 5, FormRnglistx, RangeList{{Kind: StartxEndx, Low: 0x1010, High: 0x1020}, {Kind: StartxLength, Low: 0x5001, High: 1}}},
		{"DWARF 5, indexed base", 5, FormSecOffset, RangeList{{Low: 0x10, High: 0x20}, {Kind: BaseAddressx, Low: 0x5000}, {Low: 1, High: 2}}},
	} {
		for _, class32 := range []bool{false, true} {
			f := &File{Class32: class32, Units: []*Unit{{Version: tc.version, DIE: Die(dwarf.TagCompileUnit,
				A(dwarf.AttrLowpc, FormAddr, 0x1000),
				Die(dwarf.TagLexDwarfBlock, A(dwarf.AttrRanges, tc.form, RangeList{{Low: 1, High: 2}})),
				Die(dwarf.TagSubprogram, A(dwarf.AttrRanges, tc.form, tc.list)))}}}
			_, data := read(t, f.Build(t))
			list := entries(t, data)
			got, err := data.Ranges(list[2])
			if want := [][2]uint64{{0x1010, 0x1020}, {0x5001, 0x5002}}; err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, class32=%v: ranges %#x, error %v, want %#x", tc.name, class32, got, err, want)
			}
		}
	}
}

func TestLayoutOptions(t *testing.T) {
	unit := func() *Unit {
		return &Unit{Version: 4, Tail: make([]byte, 3), AbbrevCode: func(n int) uint64 { return 1000 * uint64(n+1) },
			DIE: Die(dwarf.TagCompileUnit, &DIE{Tag: dwarf.TagStructType, EmptyList: true}, Die(dwarf.TagStructType))}
	}
	_, data := read(t, (&File{Units: []*Unit{unit(), unit()}}).Build(t))
	if n := len(entries(t, data)); n != 2*(5+3) {
		t.Errorf("%d entries with sparse codes and padding, want %d", n, 2*(5+3))
	}
	ef, data := read(t, (&File{SharedAbbrevs: true, Units: []*Unit{unit(), unit()}}).Build(t))
	if n := len(entries(t, data)); n != 2*(5+3) {
		t.Errorf("%d entries with one table of abbreviations, want %d", n, 2*(5+3))
	}
	if size := ef.Section(".debug_abbrev").Size; size != 3*5+1 {
		t.Errorf("the shared table has %d bytes, want 3 abbreviations of 5 and the end", size)
	}
	patched, err := (&File{Units: []*Unit{unit()}, Patch: func(name string, data []byte) []byte {
		if name == ".debug_abbrev" {
			return nil
		}
		return data
	}}).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	ef, err = elf.NewFile(bytes.NewReader(patched))
	if err != nil || ef.Section(".debug_abbrev").Size != 0 {
		t.Errorf("error %v, want an empty .debug_abbrev", err)
	}
}

func TestMistakes(t *testing.T) {
	cu := func(parts ...any) []*Unit { return []*Unit{{DIE: Die(dwarf.TagCompileUnit, parts...)}} }
	for _, tc := range []struct {
		want  string
		units []*Unit
	}{
		{`no DIE has the label "x"`, cu(Die(dwarf.TagTypedef, A(dwarf.AttrType, FormRef4, "x")))},
		{`two DIEs have the label "x"`, cu(Die(dwarf.TagTypedef, Label("x")), Die(dwarf.TagTypedef, Label("x")))},
		{"0x100 does not fit 1 bytes", cu(A(dwarf.AttrName, FormData1, 256))},
		{"unknown form 0x99", cu(A(dwarf.AttrName, 0x99, 256))},
		{"value int, want a string", cu(A(dwarf.AttrName, FormStrp, 256))},
		{"x is in another unit", append(cu(Die(dwarf.TagTypedef, Label("x"))), cu(Die(dwarf.TagTypedef, A(dwarf.AttrType, FormRef4, "x")))...)},
	} {
		_, err := (&File{Units: tc.units}).Bytes()
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("got %v, want %s", err, tc.want)
		}
	}
}

// TestReadelfAgrees has another implementation read every variant, with location lists, which debug/dwarf ignores.
func TestReadelfAgrees(t *testing.T) {
	peers := peer.Get(t)
	dir := peer.Scratch(t)
	variants(t, func(t *testing.T, f *File, u Unit) {
		listForm := FormData4
		list := LocList{{Low: 0x10, High: 0x20, Expr: Expr{OpReg0 + 5}}, {Kind: BaseAddress, Low: 0x4000}, {Low: 1, High: 2, Expr: Expr{OpFbreg, SLEB(-8)}}}
		if u.Dwarf64 {
			listForm = FormData8
		}
		if u.Version >= 4 {
			listForm = FormSecOffset
		}
		if u.Version == 5 {
			listForm = FormLoclistx
			list = append(list, LocList{
				{Kind: StartxEndx, Low: 0x5000, High: 0x5001, Expr: Expr{OpLit0 + 1}},
				{Kind: StartxLength, Low: 0x6000, High: 16, Expr: Expr{OpLit0 + 2}},
				{Kind: StartEnd, Low: 0x7000, High: 0x7010, Expr: Expr{OpLit0 + 3}},
				{Kind: StartLength, Low: 0x8000, High: 0x10, Expr: Expr{OpLit0 + 4}},
			}...)
		}
		u.DIE = Die(dwarf.TagCompileUnit,
			A(dwarf.AttrLowpc, FormAddr, 0x1000),
			Die(dwarf.TagSubprogram, A(dwarf.AttrName, FormStrp, "function"),
				Die(dwarf.TagFormalParameter, A(dwarf.AttrName, FormString, "one"), A(dwarf.AttrLocation, listForm, list)),
				Die(dwarf.TagFormalParameter, A(dwarf.AttrName, FormString, "two"), A(dwarf.AttrLocation, listForm, list[:1]))))
		f.Units = []*Unit{&u}
		path := dir + "/x.elf"
		writeFile(t, path, f.Build(t))
		res := peer.Run(t, peers.Command("readelf", "--debug-dump=info,loc", path))
		if res.ExitCode != 0 || len(res.Stderr) > 0 {
			t.Errorf("readelf: exit status %d, %s", res.ExitCode, res.Stderr)
		}
		wants := []string{"DW_OP_reg5", "DW_OP_fbreg: -8", "00001010 ", "00001020 ", "00004001 ", "00004002 "}
		if u.Version == 5 {
			wants = append(wants, "00005000 ", "00005001 ", "00006010 ", "00007010 ", "00008010 ", "DW_OP_lit4")
		}
		for _, want := range wants {
			if !strings.Contains(string(res.Stdout), want) {
				t.Errorf("readelf does not print %q:\n%s", want, res.Stdout)
			}
		}
	})
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
