package dwarf2btf_test

import (
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

const preview = features.InlinePreview

// sites are the LOCSECs of a result, a site a line: section, offset, function, and the size of
// each parameter with its location.
func sites(t testing.TB, types *btf.Types) string {
	t.Helper()
	var b strings.Builder
	for id, r := range types.All() {
		for _, s := range r.LocSites() {
			fname := types.Name(s.Func)
			fmt.Fprintf(&b, "%s+%#x %s(", types.Name(id), s.Offset, fname)
			proto, locs := types.Record(types.Record(s.Func).Type()), types.Record(s.Proto)
			if proto.Vlen() != locs.Vlen() {
				t.Errorf("%s: %d parameters, %d locations", fname, proto.Vlen(), locs.Vlen())
			}
			for i, id := range locs.LocParams() {
				if i > 0 {
					b.WriteString(", ")
				}
				if id == 0 {
					b.WriteString("-")
					continue
				}
				p := types.Record(id).LocParam()
				fmt.Fprintf(&b, "%d:%v", p.Size, p)
				if p.Flags&btf.LocConst != 0 {
					fmt.Fprintf(&b, "/%d", len(p.Values))
				}
			}
			b.WriteString(")\n")
		}
	}
	return b.String()
}

// inlinedAt is the entry of a function that was inlined.
func inlinedAt(of string, parts ...any) *die {
	return entry(dwarf.TagInlinedSubroutine, append([]any{origin(of)}, parts...)...)
}

// actual is a parameter of one.
func actual(of string, parts ...any) *die {
	return entry(dwarf.TagFormalParameter, append([]any{origin(of)}, parts...)...)
}

// abstract is a function that is only inlined, with parameters called f.a and so on.
func abstract(n string, types ...string) *die {
	d := entry(dwarf.TagSubprogram, label(n), name(n), typ("int"), at(dwarf.AttrInline, dwarftest.FormData1, 3))
	for i, to := range types {
		p := string(rune('a' + i))
		d.Children = append(d.Children, param(p, to, label(n+"."+p)))
	}
	return d
}

func constValue(form dwarftest.Form, v any) attr { return at(dwarf.AttrConstValue, form, v) }

// convertInlined encodes a file with the preview, and checks what holds for every result.
func convertInlined(t *testing.T, f *dwarftest.File) string {
	t.Helper()
	image := f.Build(t)
	opts := dwarf2btf.Options{Features: features.Default() | preview, Jobs: 1}
	res, err := convert(image, opts)
	if err != nil {
		return "error: " + err.Error()
	}
	without, err := convert(image, dwarf2btf.Options{Features: features.Default(), Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	// What comes without the preview is the beginning of what comes with it.
	if with, without := dump(t, res), dump(t, without); !strings.HasPrefix(with, without) {
		t.Errorf("with the preview\n%s\nwithout\n%s", with, without)
	}
	if res.BTF == nil {
		return ""
	}
	return sites(t, res.BTF)
}

const (
	fbreg      = dwarftest.OpFbreg
	stackValue = dwarftest.OpStackValue
)

// TestInlinedLocations: where a parameter is, by what DWARF says of it.
func TestInlinedLocations(t *testing.T) {
	breg := func(n int) dwarftest.Op { return dwarftest.OpBreg0 + dwarftest.Op(n) }
	lit := func(n int) dwarftest.Op { return dwarftest.OpLit0 + dwarftest.Op(n) }
	for _, tc := range []struct {
		name string
		typ  string
		attr []attr
		want string
	}{
		{"a register", "int", []attr{in(5)}, "4:reg5"},
		{"of a value of two bytes", "short", []attr{in(5)}, "2:reg5"},
		{"through typedef and const", "my_int", []attr{in(5)}, "4:reg5"},
		{"an enumeration", "e", []attr{in(1)}, "4:reg1"},
		{"a pointer", "p", []attr{in(5)}, "8:reg5"},
		{"regx", "int", []attr{location(dwarftest.OpRegx, dwarftest.ULEB(33))}, "4:reg33"},
		{"in memory", "int", []attr{location(breg(7), dwarftest.SLEB(-24))}, "4:*(reg7 - 0x18)"},
		{"in memory at the register", "int", []attr{location(breg(7), dwarftest.SLEB(0))}, "4:*reg7"},
		{"in memory far away", "int", []attr{location(breg(7), dwarftest.SLEB(1<<33))}, "4:*(reg7 + 0x200000000)"},
		{"in the frame", "int", []attr{location(fbreg, dwarftest.SLEB(-32))}, "4:*(fbreg - 0x20)"},
		{"the address of something in the frame", "p", []attr{location(fbreg, dwarftest.SLEB(-32), stackValue)}, "8:fbreg - 0x20"},
		{"a sum", "p", []attr{location(breg(5), dwarftest.SLEB(16), stackValue)}, "8:reg5 + 0x10"},
		{"a literal", "int", []attr{location(lit(3), stackValue)}, "4:0x3/1"},
		{"a literal of eight bytes has two words", "long int", []attr{location(lit(3), stackValue)}, "8:0x3/2"},
		{"a literal of one byte", "char", []attr{location(lit(3), stackValue)}, "1:0x3/1"},
		{"a negative number", "int", []attr{location(dwarftest.OpConsts, dwarftest.SLEB(-5), stackValue)}, "4:-0x5/1"},
		{"a negative number of eight bytes", "long int", []attr{location(dwarftest.OpConsts, dwarftest.SLEB(-5), stackValue)}, "8:-0x5/2"},
		{"a number that is larger than the value", "char", []attr{location(dwarftest.OpConstu, dwarftest.ULEB(0x1ff), stackValue)}, "1:0xff/1"},
		{"const_value", "int", []attr{constValue(dwarftest.FormData1, 200)}, "4:0xc8/1"},
		{"const_value, negative", "int", []attr{constValue(dwarftest.FormSdata, -2)}, "4:-0x2/1"},
		{"const_value in the abbreviation", "int", []attr{constValue(dwarftest.FormImplicitConst, -7)}, "4:-0x7/1"},
		{"const_value of eight bytes", "long int", []attr{constValue(dwarftest.FormData8, uint64(1)<<63)}, "8:0x8000000000000000/2"},
		{"const_value as bytes", "int", []attr{constValue(dwarftest.FormBlock1, []byte{1, 2, 3, 4})}, "4:0x4030201/1"},
		{"const_value as a string", "p", []attr{constValue(dwarftest.FormString, "x")}, "-"},
		{"const_value of sixteen bytes", "pair", []attr{constValue(dwarftest.FormData16, make([]byte, 16))}, "-"},
		{"a location counts before a const_value", "int", []attr{in(5), constValue(dwarftest.FormData1, 1)}, "4:reg5"},
		{"bytes", "int", []attr{location(dwarftest.OpImplicitValue, expr{[]byte{1, 0, 0, 0}})}, "4:0x1/1"},
		{"an address, from the beginning of .text", "p", []attr{location(dwarftest.OpAddr, dwarftest.Addr(dataAddr+8), stackValue)}, "8:0x1008 (addr)/2"},
		{"an address below .text", "p", []attr{location(dwarftest.OpAddr, dwarftest.Addr(8), stackValue)}, "-"},
		{"in memory at an address", "int", []attr{location(dwarftest.OpAddr, dwarftest.Addr(dataAddr))}, "-"},
		{"two registers", "pair", []attr{location(dwarftest.OpReg0, dwarftest.OpPiece, dwarftest.ULEB(8), dwarftest.OpReg0+1, dwarftest.OpPiece, dwarftest.ULEB(8))}, "-"},
		{"in memory, sixteen bytes", "pair", []attr{location(fbreg, dwarftest.SLEB(16))}, "16:*(fbreg + 0x10)"},
		{"in memory, more than sixteen", "large", []attr{location(fbreg, dwarftest.SLEB(16))}, "-"},
		{"in memory, of no size", "fwd", []attr{location(fbreg, dwarftest.SLEB(16))}, "-"},
		{"the value at the entry", "int", []attr{location(dwarftest.OpEntryValue, expr{dwarftest.OpReg0 + 5}, stackValue)}, "-"},
		{"arithmetic", "int", []attr{location(breg(5), dwarftest.SLEB(0), dwarftest.OpPlusUconst, dwarftest.ULEB(1), stackValue)}, "-"},
		{"an empty expression", "int", []attr{location()}, "-"},
		{"nothing", "int", nil, "-"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			short := base("short", 2, encSigned)
			u := unit(intType(), longType(), charType(), short, typedef("my_int", "cint"), ref(dwarf.TagConstType, "cint", "int"),
				pointer("p", "int"), structure("pair", 16, member("x", "long int", 0), member("y", "long int", 8)),
				structure("large", 24, member("x", "pair", 0), member("y", "long int", 16)),
				named(dwarf.TagStructType, "fwd", yes(dwarf.AttrDeclaration)),
				named(dwarf.TagEnumerationType, "e", size(4), enumerator("E", dwarftest.FormData1, 1)),
				abstract("f", tc.typ),
				function("caller", "int", textAddr, inlinedAt("f", lowPC(textAddr+0x10), actual("f.a", tc.attr))))
			want := ".text+0x10 f(" + tc.want + ")\n"
			if got := convertInlined(t, file(u)); got != want {
				t.Errorf("got %swant %s", got, want)
			}
		})
	}
}

// TestInlinedSites: which sites there are, and of which functions.
func TestInlinedSites(t *testing.T) {
	list := func(form dwarftest.Form) attr {
		return at(dwarf.AttrLocation, form, dwarftest.LocList{{Low: 0, High: 0x10, Expr: expr{dwarftest.OpReg0 + 1}},
			{Low: 0x10, High: 0x18, Expr: expr{dwarftest.OpReg0 + 2}}, {Low: 0x18, High: 0x20, Expr: expr{dwarftest.OpReg0 + 3}}})
	}
	ranges := func(form dwarftest.Form, pairs ...uint64) attr {
		l := dwarftest.RangeList{}
		for i := 0; i < len(pairs); i += 2 {
			l = append(l, dwarftest.ListEntry{Low: pairs[i], High: pairs[i+1]})
		}
		return at(dwarf.AttrRanges, form, l)
	}
	version := func(v uint16, u *dwarftest.Unit) *dwarftest.Unit { u.Version = v; return u }
	caller := func(parts ...any) *die { return function("caller", "int", textAddr, parts...) }
	block := func(parts ...any) *die { return entry(dwarf.TagLexDwarfBlock, parts...) }
	for _, tc := range []struct {
		name string
		file *dwarftest.File
		want string
	}{
		{"nested, in blocks and in each other",
			file(unit(intType(), abstract("f", "int"), abstract("g", "int"), caller(
				block(block(inlinedAt("f", lowPC(textAddr+0x20), actual("f.a", in(1)),
					block(inlinedAt("g", lowPC(textAddr+0x24), actual("g.a", in(2)))),
					inlinedAt("g", lowPC(textAddr+0x28), actual("g.a", in(3)))))),
				inlinedAt("g", lowPC(textAddr+0x10))))),
			".text+0x10 g(-)\n.text+0x20 f(4:reg1)\n.text+0x24 g(4:reg2)\n.text+0x28 g(4:reg3)\n"},
		{"parameters are matched by their origin, in any order",
			file(unit(intType(), longType(), abstract("f", "int", "long int", "int"), caller(inlinedAt("f", lowPC(textAddr+8),
				actual("f.c", in(3)), actual("f.a", in(1)))))),
			".text+0x8 f(4:reg1, -, 4:reg3)\n"},
		{"a parameter of another function is none of this one",
			file(unit(intType(), abstract("f", "int"), abstract("g", "int"), caller(inlinedAt("f", lowPC(textAddr+8), actual("g.a", in(3)))))),
			".text+0x8 f(-)\n"},
		{"a function without parameters",
			file(unit(intType(), abstract("f"), caller(inlinedAt("f", lowPC(textAddr+8))))), ".text+0x8 f()\n"},
		{"without an address, at 0, and outside of code",
			file(unit(intType(), abstract("f"), caller(inlinedAt("f"), inlinedAt("f", lowPC(0)), inlinedAt("f", lowPC(dataAddr)),
				inlinedAt("f", lowPC(textAddr+0x100)), inlinedAt("f", lowPC(textAddr+0xff))))), ".text+0xff f()\n"},
		{"inside of a site without an address",
			file(unit(intType(), abstract("f"), abstract("g"), caller(inlinedAt("f", inlinedAt("g", lowPC(textAddr+4)))))), ".text+0x4 g()\n"},
		{"names that nobody looks for, and none",
			file(unit(intType(), abstract("__UNIQUE_ID_f"), abstract("__exitcall_f"), entry(dwarf.TagSubprogram, label("anonymous")),
				caller(inlinedAt("__UNIQUE_ID_f", lowPC(textAddr+4)), inlinedAt("__exitcall_f", lowPC(textAddr+4)),
					inlinedAt("anonymous", lowPC(textAddr+4))))), ""},
		{"a parameter without a name",
			file(unit(intType(), entry(dwarf.TagSubprogram, label("f"), name("f"), entry(dwarf.TagFormalParameter, typ("int"))),
				caller(inlinedAt("f", lowPC(textAddr+4))))), ""},
		{"an origin that is no function", file(unit(intType(), caller(inlinedAt("int", lowPC(textAddr+4))))), ""},
		{"the origin of an origin has the name",
			file(unit(intType(), abstract("f", "int"), entry(dwarf.TagSubprogram, label("again"), origin("f"), typ("int"), param("a", "int", label("again.a"))),
				caller(inlinedAt("again", lowPC(textAddr+4), actual("again.a", in(1)))))), ".text+0x4 f(4:reg1)\n"},
		{"a function that is called as well has one FUNC",
			file(unit(intType(), abstract("f", "int"), function("f", "int", textAddr+0x80, param("a", "int", in(5))),
				caller(inlinedAt("f", lowPC(textAddr+4), actual("f.a", in(1)))))), ".text+0x4 f(4:reg1)\n"},
		{"the same site twice is one, of two units as well",
			file(unit(intType(), abstract("f", "int"), caller(inlinedAt("f", lowPC(textAddr+4), actual("f.a", in(1))),
				inlinedAt("f", lowPC(textAddr+4), actual("f.a", in(1))), inlinedAt("f", lowPC(textAddr+4), actual("f.a", in(2))))),
				unit(copyOf(intType(), "int2"), copyOf(entry(dwarf.TagSubprogram, name("f"), typ("int2"), at(dwarf.AttrInline, dwarftest.FormData1, 3),
					param("a", "int2", label("f2.a"))), "f2"), function("other", "int2", textAddr, inlinedAt("f2", lowPC(textAddr+4), actual("f2.a", in(1)))))),
			".text+0x4 f(4:reg1)\n.text+0x4 f(4:reg2)\n"},
		{"units in any order of addresses",
			file(unit(intType(), abstract("f"), caller(inlinedAt("f", lowPC(textAddr+0x44)))),
				unit(copyOf(intType(), "int2"), entry(dwarf.TagSubprogram, label("g"), name("g"), typ("int2")), function("o", "int2", textAddr, inlinedAt("g", lowPC(textAddr+0x40))))),
			".text+0x40 g()\n.text+0x44 f()\n"},
		{"DWARF 5: lists by index",
			file(unit(intType(), lowPC(textAddr), abstract("f", "int"), caller(inlinedAt("f", ranges(dwarftest.FormRnglistx, 0x10, 0x14, 0x30, 0x34), actual("f.a", list(dwarftest.FormLoclistx)))))),
			".text+0x10 f(4:reg2)\n"},
		{"DWARF 5: lists by offset, addresses by index",
			file(unit(intType(), lowPC(textAddr), abstract("f", "int"), caller(inlinedAt("f", at(dwarf.AttrLowpc, dwarftest.FormAddrx, textAddr+0x18), actual("f.a", list(dwarftest.FormSecOffset)))))),
			".text+0x18 f(4:reg3)\n"},
		{"DWARF 4",
			file(version(4, unit(intType(), lowPC(textAddr), abstract("f", "int"), caller(inlinedAt("f", ranges(dwarftest.FormSecOffset, 0x10, 0x14), actual("f.a", list(dwarftest.FormSecOffset))))))),
			".text+0x10 f(4:reg2)\n"},
		{"DWARF 3: a list is a number",
			file(version(3, unit(intType(), lowPC(textAddr), abstract("f", "int"), caller(inlinedAt("f", ranges(dwarftest.FormData4, 0x18, 0x1c), actual("f.a", list(dwarftest.FormData4))))))),
			".text+0x18 f(4:reg3)\n"},
		{"DWARF 2: an expression is a block",
			file(version(2, unit(intType(), lowPC(textAddr), abstract("f", "int"), caller(inlinedAt("f", lowPC(textAddr+4), actual("f.a", at(dwarf.AttrLocation, dwarftest.FormBlock1, expr{dwarftest.OpReg0}))))))),
			".text+0x4 f(4:reg0)\n"},
		{"DWARF 5: a block is no location",
			file(unit(intType(), abstract("f", "int"), caller(inlinedAt("f", lowPC(textAddr+4), actual("f.a", at(dwarf.AttrLocation, dwarftest.FormBlock1, expr{dwarftest.OpReg0})))))),
			".text+0x4 f(-)\n"},
		{"the list says nothing of the address",
			file(unit(intType(), lowPC(textAddr), abstract("f", "int"), caller(inlinedAt("f", lowPC(textAddr+0x20), actual("f.a", list(dwarftest.FormSecOffset)))))),
			".text+0x20 f(-)\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, convertInlined(t, tc.file)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestInlinedMachines: byte order and size of addresses.
func TestInlinedMachines(t *testing.T) {
	for _, tc := range []struct {
		machine elf.Machine
		order   binary.ByteOrder
		class32 bool
	}{
		{elf.EM_X86_64, binary.LittleEndian, false},
		{elf.EM_AARCH64, binary.LittleEndian, false},
		{elf.EM_S390, binary.BigEndian, false},
		{elf.EM_PPC64, binary.BigEndian, false},
		{elf.EM_RISCV, binary.LittleEndian, false},
		{elf.EM_ARM, binary.LittleEndian, true},
		{elf.EM_MIPS, binary.BigEndian, true},
	} {
		f := file(unit(intType(), lowPC(textAddr), abstract("f", "int", "int", "int"), function("caller", "int", textAddr,
			inlinedAt("f", at(dwarf.AttrRanges, dwarftest.FormRnglistx, dwarftest.RangeList{{Kind: dwarftest.StartLength, Low: textAddr + 8, High: 4}}),
				actual("f.a", at(dwarf.AttrLocation, dwarftest.FormLoclistx, dwarftest.LocList{{Kind: dwarftest.StartEnd, Low: textAddr, High: textAddr + 9, Expr: expr{dwarftest.OpReg0 + 9}}})),
				actual("f.b", location(dwarftest.Op(0x0c), dwarftest.Fixed{Size: 4, Value: 0x12345678}, stackValue)),
				actual("f.c", constValue(dwarftest.FormData4, 0x1234))))))
		f.Machine, f.Order, f.Class32 = tc.machine, tc.order, tc.class32
		if got, want := convertInlined(t, f), ".text+0x8 f(4:reg9, 4:0x12345678/1, 4:0x1234/1)\n"; got != want {
			t.Errorf("%v: got %s, want %s", tc.machine, got, want)
		}
	}
}

// TestInlinedRelocatable: sections of an object have no addresses, so that an address is not known
// before it is loaded; offsets in sections are.
func TestInlinedRelocatable(t *testing.T) {
	const start = 0x10000 // where package reloc puts the first section
	f := file(unit(intType(), pointer("p", "int"), abstract("f", "p", "int"), function("caller", "int", start,
		inlinedAt("f", lowPC(start+0x10), actual("f.a", location(dwarftest.OpAddr, dwarftest.Addr(start+0x108), stackValue)), actual("f.b", in(1))))))
	f.Type = elf.ET_REL
	for i := range f.Symbols {
		if f.Symbols[i].Type == elf.STT_FUNC {
			f.Symbols[i].Value = 0
		}
	}
	if got, want := convertInlined(t, f), ".text+0x10 f(-, 4:reg1)\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestInlinedLeftOut: a function that has no FUNC, as its instances disagree, gets none for the
// places where it was inlined.
func TestInlinedLeftOut(t *testing.T) {
	f := file(unit(intType(), longType(), abstract("f", "int"), function("f", "int", textAddr+0x80, param("x", "int", in(5)))),
		unit(copyOf(intType(), "i2"), copyOf(longType(), "l2"), function("f", "i2", textAddr+0xa0, param("x", "l2", in(5)))),
		unit(copyOf(intType(), "i3"), copyOf(longType(), "l3"), entry(dwarf.TagSubprogram, label("f3"), name("f"), typ("i3"), param("x", "i3", label("f3.x"))),
			entry(dwarf.TagSubprogram, label("g"), name("g"), typ("i3")),
			function("caller", "i3", textAddr, inlinedAt("f3", lowPC(textAddr+8), actual("f3.x", in(1))), inlinedAt("g", lowPC(textAddr+9)))))
	if got, want := convertInlined(t, f), ".text+0x9 g()\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if res, err := convert(f.Build(t), dwarf2btf.Options{Features: features.Default() | preview}); err != nil || strings.Contains(dump(t, res), "FUNC 'f'") {
		t.Errorf("f has a FUNC, or %v", err)
	}
	opts := dwarf2btf.Options{Features: features.Default() | preview, Jobs: 1}
	opts.CallsOf = "f"
	res, err := convert(f.Build(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := sites(t, res.BTF), ".text+0x8 f(4:reg1)\n.text+0x9 g()\n"; got != want {
		t.Errorf("asked for: got %s, want %s", got, want)
	}
	// The symbol of a changed copy is no symbol of the function.
	for i := range f.Symbols {
		if f.Symbols[i].Name == "f" {
			f.Symbols[i].Name = "f.isra.0"
		}
	}
	if got, want := convertInlined(t, f), ".text+0x8 f(4:reg1)\n.text+0x9 g()\n"; got != want {
		t.Errorf("with a suffix: got %s, want %s", got, want)
	}
}

// TestInlinedSharedLists: parameters of many places may share a list, and there is an end to that if
// it is long.
func TestInlinedSharedLists(t *testing.T) {
	for _, entries := range []int{50, 2000} {
		var list dwarftest.LocList
		for i := range entries {
			list = append(list, dwarftest.ListEntry{Low: uint64(8 * i), High: uint64(8*i + 8), Expr: []byte{0x55}})
		}
		caller := function("caller", "int", textAddr, inlinedAt("f", lowPC(textAddr+1), actual("f.a", at(dwarf.AttrLocation, dwarftest.FormSecOffset, list))))
		for range 1500 {
			caller.Children = append(caller.Children, inlinedAt("f", lowPC(textAddr+1), actual("f.a", at(dwarf.AttrLocation, dwarftest.FormSecOffset, dwarftest.Raw(0)))))
		}
		// The list says nothing of the address, so it is read to its end each time.
		u := unit(intType(), lowPC(0x100000), abstract("f", "int"), caller)
		u.Version = 4
		_, err := convert(file(u).Build(t), dwarf2btf.Options{Features: features.Default() | preview, Jobs: 1})
		if long := entries > 1000; (err != nil) != long || long && !strings.Contains(err.Error(), "share long ones") {
			t.Errorf("lists of %d entries: %v", entries, err)
		}
	}
}
