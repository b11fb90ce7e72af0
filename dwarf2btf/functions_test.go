package dwarf2btf_test

import (
	"debug/dwarf"
	"debug/elf"
	"fmt"

	"github.com/gopahole/gopahole/internal/dwarftest"
)

// withSymbols adds function symbols to a file: names and addresses in turn.
func withSymbols(f *dwarftest.File, list ...any) *dwarftest.File {
	for i := 0; i < len(list); i += 2 {
		f.Symbols = append(f.Symbols, symbol(list[i].(string), list[i+1].(int), elf.STT_FUNC))
	}
	return f
}

// functionCases are about which functions are encoded and how they are found.
// What locations and symbols mean in detail is tested in the packages below.
func functionCases() []encoding {
	list := func(version uint16, form dwarftest.Form) *dwarftest.File {
		entries := func(parts ...any) dwarftest.LocList {
			return dwarftest.LocList{{Low: 0, High: 4, Expr: expr(parts)},
				{Low: 4, High: 8, Expr: expr{dwarftest.OpEntryValue, expr{dwarftest.OpReg0 + 4},
					dwarftest.OpStackValue}}}
		}
		u := unit(intType(), lowPC(textAddr),
			function("first_is_right", "int", textAddr, param("a", "int", at(dwarf.AttrLocation, form, entries(dwarftest.OpReg0+5)))),
			function("first_is_wrong", "int", textAddr+0x10, param("a", "int", at(dwarf.AttrLocation, form, entries(dwarftest.OpReg0+9)))),
			function("entry_value", "int", textAddr+0x20, param("a", "int", in(5)),
				param("b", "int", at(dwarf.AttrLocation, form, entries(dwarftest.OpDeref)))))
		u.Version = version
		return file(u)
	}
	return []encoding{
		{
			name: "function-plain",
			rule: "FUNC and FUNC_PROTO of every function with a symbol, by name; the linkage is static.",
			file: file(unit(intType(), pointer("p", "int"), function("zeta", "int", textAddr, param("a", "int", in(5)),
				param("b", "p", in(4)), yes(dwarf.AttrExternal)), function("alpha", "", textAddr+0x10),
				function("printf", "int", textAddr+0x20, param("format", "p", in(5)), entry(dwarf.TagUnspecifiedParameters)))),
		},
		{
			name: "function-without",
			rule: "Declarations, functions without a symbol and those with a parameter without a name are left out.",
			file: withSymbols(file(unit(intType(), entry(dwarf.TagSubprogram, name("declared"), typ("int"),
				yes(dwarf.AttrDeclaration)), entry(dwarf.TagSubprogram, name("no_symbol"), typ("int")),
				function("no_name", "int", textAddr+0x10, entry(dwarf.TagFormalParameter, typ("int"), in(5))),
				entry(dwarf.TagSubprogram, typ("int"), lowPC(textAddr)))), "declared", textAddr, "no_dwarf",
				textAddr),
		},
		{
			name: "function-origin",
			rule: "A function takes name, result and parameters from its abstract origin, wherever that stands.",
			file: withSymbols(file(unit(intType(), longType(),
				entry(dwarf.TagSubprogram, label("f"), name("f"), typ("int"),
					at(dwarf.AttrInline, dwarftest.FormData1, 1),
					entry(dwarf.TagFormalParameter, label("a"), name("a"), typ("int")),
					entry(dwarf.TagFormalParameter, label("b"), name("b"), typ("long int"))),
				entry(dwarf.TagSubprogram, origin("f"), lowPC(textAddr),
					entry(dwarf.TagFormalParameter, origin("a"), in(5)),
					entry(dwarf.TagFormalParameter, origin("b"), in(4))),
				entry(dwarf.TagSubprogram, origin("g"), lowPC(textAddr+0x10), entry(dwarf.TagFormalParameter, origin("c"), in(5))),
				entry(dwarf.TagSubprogram, label("g"), name("g"), typ("long int"),
					entry(dwarf.TagFormalParameter, label("c"), name("c"), typ("int"))))), "f", textAddr, "g",
				textAddr+0x10),
		},
		{
			name: "function-origin-loop",
			rule: "Origins in a circle give no name.",
			file: withSymbols(file(unit(intType(), entry(dwarf.TagSubprogram, label("f"), origin("g"),
				entry(dwarf.TagFormalParameter, label("a"), origin("a"))),
				entry(dwarf.TagSubprogram, label("g"), origin("f")),
				entry(dwarf.TagSubprogram, label("h"), origin("h"), lowPC(textAddr)))), "f", textAddr),
		},
		{
			name: "function-reordered",
			rule: "A parameter with another position than its origin's makes the function doubtful.",
			file: withSymbols(file(unit(intType(),
				entry(dwarf.TagSubprogram, label("f"), name("f"), typ("int"),
					entry(dwarf.TagFormalParameter, label("a"), name("a"), typ("int")),
					entry(dwarf.TagFormalParameter, label("b"), name("b"), typ("int"))),
				entry(dwarf.TagSubprogram, origin("f"), lowPC(textAddr),
					entry(dwarf.TagFormalParameter, origin("b"), in(5)),
					entry(dwarf.TagFormalParameter, origin("a"), in(4))),
				entry(dwarf.TagSubprogram, label("g"), name("g"), typ("int"),
					entry(dwarf.TagFormalParameter, label("c"), name("c"), typ("int")),
					entry(dwarf.TagFormalParameter, label("d"), name("d"), typ("int"))),
				entry(dwarf.TagSubprogram, origin("g"), lowPC(textAddr+0x10),
					entry(dwarf.TagFormalParameter, origin("c"), in(5)),
					entry(dwarf.TagFormalParameter, origin("d"), in(4))))), "f", textAddr, "g", textAddr+0x10),
		},
		{
			name: "function-reordered-without-locations",
			rule: "The position alone makes a function doubtful.",
			file: withSymbols(file(unit(intType(),
				entry(dwarf.TagSubprogram, label("f"), name("f"), typ("int"),
					entry(dwarf.TagFormalParameter, label("a"), name("a"), typ("int")),
					entry(dwarf.TagFormalParameter, label("b"), name("b"), typ("int"))),
				entry(dwarf.TagSubprogram, origin("f"), lowPC(textAddr), entry(dwarf.TagFormalParameter, origin("b")),
					entry(dwarf.TagFormalParameter, origin("a"))),
				entry(dwarf.TagSubprogram, label("g"), name("g"), typ("int"), entry(dwarf.TagFormalParameter, label("c"), name("c"), typ("int"))),
				entry(dwarf.TagSubprogram, origin("g"), lowPC(textAddr+0x10),
					entry(dwarf.TagFormalParameter, origin("c"))))), "f", textAddr, "g", textAddr+0x10),
		},
		{
			name: "function-odd-parameters",
			rule: "A parameter without a type is void, one without a name drops the function wherever it stands.",
			file: file(unit(intType(), function("f", "int", textAddr, entry(dwarf.TagFormalParameter, name("untyped"), in(5)), param("b", "int", in(4))),
				function("g", "int", textAddr+0x10, param("a", "int", in(5)),
					entry(dwarf.TagFormalParameter, typ("int"), in(4))),
				function("h", "int", textAddr+0x20, entry(dwarf.TagFormalParameter, in(5)),
					param("b", "int", in(4))))),
		},
		{
			name: "function-list-long",
			rule: "Lists are read to their end, however long they are.",
			file: func() *dwarftest.File {
				list := dwarftest.LocList{}
				for i := range uint64(15000) {
					list = append(list, dwarftest.ListEntry{Low: i, High: i + 1, Expr: expr{dwarftest.OpDeref}})
				}
				last := func(reg dwarftest.Op) dwarftest.LocList {
					return append(list[:len(list):len(list)],
						dwarftest.ListEntry{Low: 20000, High: 20001,
							Expr: expr{dwarftest.OpEntryValue, expr{dwarftest.OpReg0 + reg}, dwarftest.OpStackValue}})
				}
				return file(unit(intType(), lowPC(textAddr),
					function("right", "int", textAddr, param("a", "int",
						at(dwarf.AttrLocation, dwarftest.FormSecOffset, last(5)))),
					function("wrong", "int", textAddr+0x10, param("a", "int",
						at(dwarf.AttrLocation, dwarftest.FormSecOffset, last(9))))))
			}(),
		},
		{
			name: "function-registers",
			rule: "A parameter in another register than the convention's makes the function unexpected, one without a location optimized.",
			file: file(unit(intType(), structure("s", 16, member("a", "int", 0)),
				function("right", "int", textAddr, param("a", "int", in(5)), param("b", "int", in(4)),
					param("c", "int", in(1))), function("wrong", "int", textAddr+0x10, param("a", "int", in(4))),
				function("swapped", "int", textAddr+0x20, param("a", "int", in(4)), param("b", "int", in(5))),
				function("missing", "int", textAddr+0x30, param("a", "int")),
				function("constant", "int", textAddr+0x40, param("a", "int", num(dwarf.AttrConstValue, 3))),
				function("structs", "int", textAddr+0x50, param("a", "s", in(9))),
				function("stack", "int", textAddr+0x60, param("a", "int",
					location(dwarftest.OpFbreg, dwarftest.SLEB(8)))))),
		},
		{
			name: "function-clones",
			rule: "A function whose symbol tells that it was changed is left out when its parameters were optimized.",
			file: withSymbols(file(unit(intType(), entry(dwarf.TagSubprogram, name("f"), typ("int"), lowPC(textAddr),
				param("a", "int")), entry(dwarf.TagSubprogram, name("g"), typ("int"), lowPC(textAddr+0x10),
				param("a", "int", in(5))))),
				"f.isra.0", textAddr, "g.constprop.0", textAddr+0x10, "g.cold", textAddr+0x20),
		},
		{
			name: "function-two-addresses",
			rule: "A name with two addresses is ambiguous, unless it is the last of all.",
			file: withSymbols(file(unit(intType(), function("two", "int", textAddr)),
				unit(copyOf(intType(), "int2"), function("two", "int2", textAddr+0x10),
					function("zwei", "int2", textAddr+0x20))),
				"two", textAddr+0x10, "zwei", textAddr+0x30),
		},
		{
			name: "function-inconsistent",
			rule: "Different prototypes of a name are inconsistent; other names of parameters are not.",
			file: file(unit(intType(), longType(), function("types", "int", textAddr, param("a", "int", in(5))),
				function("names", "int", textAddr+0x10, param("a", "int", in(5))),
				function("counts", "int", textAddr+0x20)),
				unit(copyOf(intType(), "int2"), entry(dwarf.TagBaseType, label("long2"), name("long int"), size(8), num(dwarf.AttrEncoding, encSigned)),
					function("types", "int2", textAddr, param("a", "long2", in(5))),
					function("names", "int2", textAddr+0x10, param("b", "int2", in(5))),
					function("counts", "int2", textAddr+0x20, param("b", "int2", in(5))))),
		},
		{
			name: "function-inconsistent-allowed",
			rule: "Without the feature the first of different prototypes is taken.",
			file: file(unit(intType(), longType(), function("types", "int", textAddr, param("a", "int", in(5)))),
				unit(longType2(), function("types", "long2", textAddr, param("a", "long2", in(5))))),
			features: "decl_tag",
		},
		{
			name: "function-recursive-types",
			rule: "Prototypes that lead back to themselves by way of a structure are the same.",
			file: file(
				unit(intType(), structure("s", 8, member("fn", "fn", 0)), pointer("p", "s"),
					ref(dwarf.TagSubroutineType, "proto", "int", param("s", "p")), pointer("fn", "proto"),
					function("f", "p", textAddr, param("a", "fn", in(5)))),
				unit(copyOf(intType(), "int2"), entry(dwarf.TagStructType, label("s2"), name("s"), size(8),
					member("fn", "fn2", 0)), pointer("p2", "s2"),
					ref(dwarf.TagSubroutineType, "proto2", "int2", param("s", "p2")), pointer("fn2", "proto2"),
					function("f", "p2", textAddr, param("a", "fn2", in(5))))),
		},
		{
			name: "function-ranges",
			rule: "A function in several pieces has no address, and is taken all the same.",
			file: withSymbols(file(unit(intType(), lowPC(textAddr),
				entry(dwarf.TagSubprogram, name("f"), typ("int"),
					at(dwarf.AttrRanges, dwarftest.FormRnglistx,
						dwarftest.RangeList{{Low: 0, High: 4}, {Low: 16, High: 20}}), param("a", "int", in(5))))), "f",
				textAddr),
		},
		{
			name: "function-indexed-address",
			rule: "An address may be an index.",
			file: withSymbols(file(unit(intType(), entry(dwarf.TagSubprogram, name("f"), typ("int"),
				at(dwarf.AttrLowpc, dwarftest.FormAddrx, textAddr), param("a", "int", in(5))),
				entry(dwarf.TagSubprogram, name("g"), typ("int"),
					at(dwarf.AttrLowpc, dwarftest.FormAddrx2, textAddr+0x10), param("a", "int")))), "f", textAddr,
				"g.isra.0", textAddr+0x10),
		},
		{
			name: "function-lists-dwarf4",
			rule: "Of a location list the first entry counts, and values at the entry anywhere.",
			file: list(4, dwarftest.FormSecOffset),
		},
		{
			name: "function-lists-dwarf3",
			rule: "Before DWARF 4 offsets of lists are data.",
			file: list(3, dwarftest.FormData4),
		},
		{
			name: "function-lists-dwarf5",
			rule: "Lists of DWARF 5 by offset.",
			file: list(5, dwarftest.FormSecOffset),
		},
		{
			name: "function-lists-indexed",
			rule: "Lists of DWARF 5 by index.",
			file: list(5, dwarftest.FormLoclistx),
		},
		{
			name: "function-list-nowhere",
			rule: "A list that does not exist says nothing.",
			file: file(unit(intType(), function("f", "int", textAddr,
				param("a", "int", at(dwarf.AttrLocation, dwarftest.FormSecOffset, dwarftest.Raw(0x10000)))))),
		},
		{
			name: "function-nested",
			rule: "Functions in functions, blocks, namespaces and structures are functions.",
			file: file(unit(intType(), function("outer", "int", textAddr, function("in_function", "int", textAddr+0x10),
				entry(dwarf.TagLexDwarfBlock, function("in_block", "int", textAddr+0x20),
					entry(dwarf.TagFormalParameter, name("no parameter"), typ("int")))),
				entry(dwarf.TagNamespace, name("n"), function("in_namespace", "int", textAddr+0x30)),
				entry(dwarf.TagInlinedSubroutine, function("inlined", "int", textAddr+0x40)))),
		},
		{
			name:     "function-true-signature",
			rule:     "With the feature, clang's changed signatures lose what is not passed and get a part for a whole.",
			features: "default,true_signature",
			file: withSymbols(file(&dwarftest.Unit{DIE: entry(dwarf.TagCompileUnit, name("a.c"), language(langC), producer(clang), intType(), longType(),
				structure("pair", 16, member("low", "long int", 0), member("high", "long int", 8)),
				function("dropped", "int", textAddr, at(dwarf.AttrCalling, dwarftest.FormData1, 3),
					param("a", "int", in(5)), param("b", "int"), param("c", "int", in(4))),
				function("part", "int", textAddr+0x10, at(dwarf.AttrCalling, dwarftest.FormData1, 3),
					param("p", "pair", location(dwarftest.OpPiece, dwarftest.ULEB(8), dwarftest.OpReg0+5,
						dwarftest.OpPiece, dwarftest.ULEB(8))), param("u", "int", in(4))),
				function("part_of_typedef", "int", textAddr+0x30, at(dwarf.AttrCalling, dwarftest.FormData1, 3),
					param("p", "pair_t", location(dwarftest.OpReg0+5, dwarftest.OpPiece, dwarftest.ULEB(8))),
					param("u", "int", in(4))), typedef("pair_t", "pair"),
				function("part_of_union", "int", textAddr+0x40, at(dwarf.AttrCalling, dwarftest.FormData1, 3),
					param("p", "either", location(dwarftest.OpReg0+5, dwarftest.OpPiece, dwarftest.ULEB(8))),
					param("u", "int", in(4))), named(dwarf.TagUnionType, "either", size(16),
					member("low", "long int", 0)),
				function("no_such_member", "int", textAddr+0x50, at(dwarf.AttrCalling, dwarftest.FormData1, 3),
					param("p", "triple", location(dwarftest.OpReg0+5, dwarftest.OpPiece, dwarftest.ULEB(8))),
					param("u", "int", in(4))), structure("triple", 16, member("far", "long int", 8)),
				function("plain", "int", textAddr+0x20, param("a", "int", in(5))))})),
		},
	}
}

func longType2() *die { return copyOf(longType(), "long2") }

// packedCases are about structures on the stack: a function is left out if one of
// them seems to be packed.
func packedCases() []encoding {
	// passed is a function whose seventh parameter is of a type.
	passed := func(parts ...any) *dwarftest.File {
		f := function("f", "int", textAddr)
		for i, reg := range []int{5, 4, 1, 2, 8, 9} {
			f.Children = append(f.Children, param(fmt.Sprint("p", i), "int", in(reg)))
		}
		f.Children = append(f.Children, param("s", "passed", location(dwarftest.OpFbreg, dwarftest.SLEB(0))))
		return file(unit(append([]any{intType(), charType(), longType(), base("short", 2, encSigned), pointer("p", "int"), f}, parts...)...))
	}
	s := func(sizeBytes int, parts ...any) *die { return structure("passed", sizeBytes, parts...) }
	bits := func(n, to string, sizeBits, at int) *die {
		return entry(dwarf.TagMember, name(n), typ(to), num(dwarf.AttrBitSize, sizeBits), num(dwarf.AttrDataBitOffset, at))
	}
	cases := []struct {
		name, rule string
		parts      []any
	}{
		{"natural", "natural layout", []any{s(16, member("a", "char", 0), member("b", "int", 4), member("c", "long int", 8))}},
		{"misaligned", "a member not at a multiple of its alignment", []any{s(9, member("a", "char", 0), member("b", "long int", 1))}},
		{"odd-size", "a size that is no multiple of the largest alignment", []any{s(9, member("a", "long int", 0), member("b", "char", 8))}},
		{"hole", "a hole tells that the rest is natural", []any{s(16, member("a", "char", 0), member("b", "long int", 8))}},
		{"padding", "padding tells so, too", []any{s(16, member("a", "long int", 0), member("b", "char", 8))}},
		{"chars", "bytes fit everywhere", []any{s(3, member("a", "char", 0), member("b", "char", 1), member("c", "char", 2))}},
		{"typedef", "a typedef hides it", []any{typedef("passed", "inner"), structure("inner", 9, member("a", "char", 0), member("b", "long int", 1))}},
		{"const", "const hides it", []any{ref(dwarf.TagConstType, "passed", "inner"),
			structure("inner", 9, member("a", "char", 0), member("b", "long int", 1))}},
		{"nameless", "a structure without a name is not looked at",
			[]any{entry(dwarf.TagStructType, label("passed"), size(9), member("a", "char", 0),
				member("b", "long int", 1))}},
		{"class", "classes are structures", []any{named(dwarf.TagClassType, "passed", size(9), member("a", "char", 0), member("b", "long int", 1))}},
		{"union", "unions are not looked at", []any{named(dwarf.TagUnionType, "passed", size(9), member("a", "char", 0), member("b", "long int", 0))}},
		{"typedef-member", "members count as what their typedefs are",
			[]any{s(9, member("a", "char", 0), member("b", "t", 1)), typedef("t", "cv"),
				ref(dwarf.TagVolatileType, "cv", "long int")}},
		{"pointer-member", "pointers have the alignment of an address", []any{s(9, member("a", "char", 0), member("b", "p", 1))}},
		{"enum-member", "enumerations have that of their size",
			[]any{s(5, member("a", "char", 0), member("b", "e", 1)),
				named(dwarf.TagEnumerationType, "e", size(4), enumerator("A", dwarftest.FormData1, 0))}},
		{"array-member", "arrays have that of their elements", []any{s(9, member("a", "char", 0), member("b", "arr", 1)), array("arr", "int", upper(1))}},
		{"char-array-member", "also when that is 1", []any{s(8, member("a", "char", 0), member("b", "arr", 1)), array("arr", "char", upper(6))}},
		{"struct-member", "structures have that of their members",
			[]any{s(9, member("a", "char", 0), member("b", "inner", 1)),
				structure("inner", 8, member("x", "long int", 0))}},
		{"union-member", "unions, too", []any{s(9, member("a", "char", 0), member("b", "u", 1)),
			named(dwarf.TagUnionType, "u", size(8), member("x", "char", 0), member("y", "long int", 0))}},
		{"embedded", "a structure that another one with holes has at an odd place is packed", []any{
			function("g", "int", textAddr+0x20, param("p0", "int", in(5)), param("p1", "int", in(4)),
				param("p2", "int", in(1)), param("p3", "int", in(2)), param("p4", "int", in(8)),
				param("p5", "int", in(9)), param("s", "holder", location(dwarftest.OpFbreg, dwarftest.SLEB(0)))),
			structure("holder", 24, member("a", "char", 0), member("odd", "passed", 1), member("b", "long int", 16)), s(8, member("x", "long int", 0))}},
		{"embedded-first", "the order of the functions matters for that", []any{
			structure("holder", 24, member("a", "char", 0), member("odd", "passed", 1), member("b", "long int", 16)), s(8, member("x", "long int", 0)),
			function("a", "int", textAddr+0x20, param("p0", "int", in(5)), param("p1", "int", in(4)),
				param("p2", "int", in(1)), param("p3", "int", in(2)), param("p4", "int", in(8)),
				param("p5", "int", in(9)), param("s", "holder", location(dwarftest.OpFbreg, dwarftest.SLEB(0)))),
			function("h", "int", textAddr+0x30, param("p0", "int", in(5)), param("p1", "int", in(4)),
				param("p2", "int", in(1)), param("p3", "int", in(2)), param("p4", "int", in(8)),
				param("p5", "int", in(9)), param("s", "passed", location(dwarftest.OpFbreg, dwarftest.SLEB(0))))}},
		{"bitfields", "bit-fields fill their storage units", []any{s(8, bits("a", "int", 20, 0), bits("b", "int", 12, 20), member("c", "int", 4))}},
		{"bitfields-rest", "a rest of the last storage unit is no padding", []any{s(4, bits("a", "int", 20, 0), bits("b", "int", 5, 20))}},
		{"bitfields-hole", "a storage unit left out is a hole", []any{s(12, bits("a", "int", 20, 0), bits("b", "int", 12, 64))}},
		{"bitfields-hole-odd", "a storage unit left out is a hole, whatever the size", []any{s(9, bits("a", "int", 32, 0), bits("b", "int", 8, 64))}},
		{"bitfields-packed", "a bit-field in a small structure", []any{s(3, bits("a", "int", 20, 0), bits("b", "int", 4, 20))}},
		{"bitfields-member-after", "a member right after the bits", []any{s(5, bits("a", "int", 7, 0), member("b", "int", 1))}},
		{"bitfields-wider", "a wider type makes the storage unit larger", []any{s(8, bits("a", "char", 4, 0), bits("b", "int", 2, 4), member("c", "int", 4))}},
		{"bitfields-narrower", "a narrower type does not make it smaller", []any{s(8, bits("a", "int", 4, 0), bits("b", "char", 2, 4), member("c", "int", 4))}},
		{"bitfields-two-units", "bits go on in the next storage unit", []any{s(8, bits("a", "int", 32, 0), bits("b", "int", 3, 32))}},
		{"bitfields-crossing", "bits cross storage units", []any{s(6, bits("a", "int", 30, 0), bits("b", "int", 18, 30))}},
		{"empty", "an empty structure", []any{s(0)}},
		{"size-only", "a structure without members", []any{s(4)}},
		{"flexible", "a flexible array at the end", []any{s(4, member("a", "int", 0), member("b", "arr", 4)), array("arr", "char")}},
		{"declared", "a declaration", []any{named(dwarf.TagStructType, "passed", yes(dwarf.AttrDeclaration))}},
		{"base-class", "a base class leaves a hole", []any{s(8,
			entry(dwarf.TagInheritance, typ("inner"), num(dwarf.AttrDataMemberLoc, 0)), member("b", "int", 4)),
			structure("inner", 4, member("x", "int", 0))}},
	}
	behind := passed(s(9, member("a", "char", 0), member("b", "long int", 1)))
	f := behind.Units[0].DIE.Children[5]
	f.Children = append(f.Children[:6:6], param("between", "int", location(dwarftest.OpFbreg, dwarftest.SLEB(0))),
		entry(dwarf.TagFormalParameter, name("void")), param("nameless", "nameless",
			location(dwarftest.OpFbreg, dwarftest.SLEB(8))), f.Children[6])
	behind.Units[0].DIE.Children = append(behind.Units[0].DIE.Children, entry(dwarf.TagStructType, label("nameless"), size(4), member("x", "int", 0)))
	list := []encoding{{name: "packed-behind-others", rule: "A packed structure on the stack after other parameters.", file: behind}}
	for _, c := range cases {
		list = append(list, encoding{name: "packed-" + c.name, rule: "A structure on the stack: " + c.rule + ".", file: passed(c.parts...)})
	}
	return list
}
