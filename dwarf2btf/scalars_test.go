package dwarf2btf_test

import (
	"debug/dwarf"
	"fmt"

	"github.com/gopahole/gopahole/internal/dwarftest"
)

const sizeOfFake = "pahole prints the size that was replaced"

// baseCases are about DW_TAG_base_type.
func baseCases() []encoding {
	list := []encoding{
		{
			name: "base-encodings",
			rule: "Signed and signed characters are SIGNED, booleans are BOOL, all other integers have no encoding.",
			file: file(unit(
				base("int", 4, encSigned), base("char", 1, encSignedChar), base("unsigned int", 4, encUnsigned), base("unsigned char", 1, encUnsignedChar),
				base("_Bool", 1, encBoolean), base("bool4", 4, encBoolean), base("char32_t", 4, encUTF), base("address", 8, 1), base("decimal", 8, 0x0f),
				base("fixed", 4, 0x0d), base("vendor", 4, 0x80), entry(dwarf.TagBaseType, name("none"), size(2)))),
		},
		{
			name:  "base-sizes",
			lines: sizeOfFake,
			rule:  "Sizes that BTF does not know become an integer of 4 bytes with another name, which keeps its sign.",
			file: file(unit(
				base("s0", 0, encSigned), base("u3", 3, encUnsigned), base("s17", 17, encSigned), base("s32", 32, encSigned), base("b5", 5, encBoolean),
				base("i16", 16, encSigned), entry(dwarf.TagBaseType, name("no size"), num(dwarf.AttrEncoding, encSigned)),
				base("wraps to 0", 8192, encSigned), base("wraps to 1", 8193, encSigned))),
		},
		{
			name: "base-bit-size",
			rule: "DW_AT_bit_size and DW_AT_data_bit_offset of a base type are ignored.",
			file: file(unit(entry(dwarf.TagBaseType, name("_BitInt(17)"), size(4), num(dwarf.AttrEncoding, encSigned),
				num(dwarf.AttrBitSize, 17), num(dwarf.AttrDataBitOffset, 3)))),
		},
		{
			name: "base-floats",
			rule: "With the feature, floating point is FLOAT.",
			file: file(unit(base("half", 2, encFloat), base("float", 4, encFloat), base("double", 8, encFloat),
				base("x87", 12, encFloat), base("long double", 16, encFloat))),
		},
		{
			name:  "base-floats-off",
			lines: sizeOfFake,
			rule:  "Without the feature, floating point is INT, also complex, where sizes are those of integers.",
			file: file(unit(base("float", 4, encFloat), base("x87", 12, encFloat), base("complex", 8, encComplex),
				base("imaginary", 16, encImaginary), base("double complex", 32, encComplex))),
			features: "var",
		},
		{
			name: "base-no-name",
			rule: "A base type without a name is refused.",
			file: file(unit(entry(dwarf.TagBaseType, size(4), num(dwarf.AttrEncoding, encSigned)))),
			err:  `^\.debug_info\+0x[0-9a-f]+: base type without a name$`,
		},
		{
			name: "base-empty-name",
			rule: "A base type with an empty name is refused.",
			file: file(unit(base("", 4, encSigned))),
			err:  `^\.debug_info\+0x[0-9a-f]+: base type without a name$`,
		},
	}
	for _, n := range []int{0, 1, 10, 32} {
		list = append(list, encoding{
			name: fmt.Sprintf("base-float%d", n),
			rule: "Floating point of a size that BTF does not know is refused.",
			file: file(unit(base("f", n, encFloat))),
			err:  fmt.Sprintf(`^\.debug_info\+0x[0-9a-f]+: floating-point type "f" of %d bytes has no BTF encoding \(.*unit a\.c in c99\)$`, n),
		})
	}
	for _, enc := range []int{encComplex, encImaginary} {
		list = append(list, encoding{
			name: fmt.Sprintf("base-encoding%d", enc),
			rule: "Complex numbers are refused.",
			file: file(unit(base("c", 8, enc))),
			err:  `^\.debug_info\+0x[0-9a-f]+: complex and imaginary floating-point type "c" has no BTF encoding \(.*unit a\.c in c99\)$`,
		})
	}
	return list
}

// referenceCases are about types that consist of a reference.
func referenceCases() []encoding {
	list := []encoding{
		{
			name: "reference-kinds",
			rule: "Pointers, qualifiers and typedefs; without DW_AT_type they lead to void.",
			file: file(unit(
				intType(), pointer("", "int"), ref(dwarf.TagConstType, "", "int"),
				ref(dwarf.TagVolatileType, "", "int"), ref(dwarf.TagRestrictType, "", "ptr"), typedef("td", "int"),
				pointer("ptr", ""), ref(dwarf.TagConstType, "", ""), ref(dwarf.TagVolatileType, "", ""),
				ref(dwarf.TagRestrictType, "", ""), typedef("void_t", ""))),
		},
		{
			name: "reference-sizes",
			rule: "Sizes and other attributes of reference types do not matter.",
			file: file(unit(intType(),
				pointer("p", "int", size(8), num(dwarf.AttrAddrClass, 3)), pointer("q", "int", size(4)), pointer("r", "int"),
				ref(dwarf.TagConstType, "", "int", size(4), num(dwarf.AttrAlignment, 64)), typedef("t", "int", num(dwarf.AttrAlignment, 64)))),
		},
		{
			name: "reference-forward",
			rule: "References lead forward and backward, by every form.",
			file: file(unit(
				entry(dwarf.TagPointerType, at(dwarf.AttrType, dwarftest.FormRef1, "int")),
				entry(dwarf.TagPointerType, at(dwarf.AttrType, dwarftest.FormRef2, "char")),
				entry(dwarf.TagPointerType, at(dwarf.AttrType, dwarftest.FormRef8, "long int")),
				entry(dwarf.TagPointerType, at(dwarf.AttrType, dwarftest.FormRefUdata, "short")),
				entry(dwarf.TagPointerType, at(dwarf.AttrType, dwarftest.FormIndirect, dwarftest.Indirect{Form: dwarftest.FormRef4, Value: "byte"})),
				intType(), charType(), longType(), base("short", 2, encSigned), base("byte", 1, encUnsigned),
				entry(dwarf.TagConstType, at(dwarf.AttrType, dwarftest.FormRef1, "int")),
				entry(dwarf.TagConstType, at(dwarf.AttrType, dwarftest.FormRefUdata, "char")))),
		},
		{
			name: "reference-cycles",
			rule: "Structures may lead back to themselves.",
			file: file(unit(structure("list", 16, member("next", "p", 0), member("fn", "f", 8)), pointer("p", "list"),
				pointer("f", "proto"), entry(dwarf.TagSubroutineType, label("proto"), param("self", "p")))),
		},
		{
			name: "reference-cycle-of-pointers",
			rule: "Other types may not (libbpf: btf_dedup_ref_type).",
			file: file(unit(pointer("self", "self"))),
			err:  `reference loop`,
		},
		{
			name: "reference-cycle-of-prototypes",
			rule: "Prototypes may not lead back to themselves.",
			file: file(unit(pointer("f", "proto"), entry(dwarf.TagSubroutineType, label("proto"), param("self", "f")))),
			err:  `reference loop`,
		},
		{
			name: "reference-cycle-of-typedefs",
			rule: "Typedefs in a circle are deduplicated like structures.",
			file: file(unit(typedef("a", "b"), typedef("b", "a"), typedef("self", "self"), pointer("", "a")),
				unit(ref(dwarf.TagTypedef, "a2", "b2", name("a")), ref(dwarf.TagTypedef, "b2", "a2", name("b")))),
		},
		{
			name: "reference-unspecified",
			rule: "An unspecified type is void and takes no number, at the top and below.",
			file: file(unit(
				entry(dwarf.TagUnspecifiedType, label("null"), name("decltype(nullptr)")), pointer("", "null"), typedef("nullptr_t", "null"),
				structure("s", 8, entry(dwarf.TagUnspecifiedType, label("inner"), name("inner")), member("m", "inner", 0)), pointer("", "inner"))),
		},
		{
			name: "reference-unknown",
			rule: "What leads to a tag that is not understood is void.",
			file: file(unit(
				ref(0x40, "shared", "int"), ref(0x4b, "immutable", "int"), ref(dwarf.TagPackedType, "packed", "int"),
				ref(dwarf.TagSubrangeType, "range", "int"),
				entry(dwarf.TagVariable, label("variable"), name("v"), typ("int")),
				intType(), pointer("", "shared"), pointer("", "immutable"), pointer("", "packed"), pointer("", "range"),
				pointer("", "variable"), structure("s", 4, member("m", "shared", 0)))),
		},
		{
			name: "reference-nowhere",
			rule: "What leads into the middle of something is void.",
			file: file(unit(intType(), entry(dwarf.TagPointerType, at(dwarf.AttrType, dwarftest.FormRef4, dwarftest.Raw(13))), typedef("t", "int"))),
		},
		{
			name: "typedef-no-name",
			rule: "A typedef without a name is refused.",
			file: file(unit(intType(), ref(dwarf.TagTypedef, "", "int"))),
			err:  `^\.debug_info\+0x[0-9a-f]+: typedef without a name has no BTF encoding \(unit a\.c in c99\)$`,
		},
		{
			name: "typedef-empty-name",
			rule: "A typedef with an empty name is refused.",
			file: file(unit(intType(), ref(dwarf.TagTypedef, "", "int", name("")))),
			err:  `^\.debug_info\+0x[0-9a-f]+: typedef without a name has no BTF encoding \(unit a\.c in c99\)$`,
		},
		{
			name: "subroutine-types",
			rule: "Parameters keep their names; unspecified ones are a last parameter without name and type.",
			file: file(unit(
				intType(), charType(),
				entry(dwarf.TagSubroutineType), entry(dwarf.TagSubroutineType, typ("int")),
				entry(dwarf.TagSubroutineType, typ("int"), entry(dwarf.TagFormalParameter, typ("int")),
					param("named", "char"), entry(dwarf.TagFormalParameter, name("void"))),
				entry(dwarf.TagSubroutineType, entry(dwarf.TagUnspecifiedParameters)),
				entry(dwarf.TagSubroutineType, typ("int"), param("format", "char"), entry(dwarf.TagUnspecifiedParameters)),
				entry(dwarf.TagSubroutineType, typ("int"), entry(dwarf.TagUnspecifiedParameters), param("behind", "char")),
				entry(dwarf.TagSubroutineType, yes(dwarf.AttrPrototyped), param("in a register", "int", in(5))))),
		},
	}
	for tag, n := range map[dwarf.Tag]string{
		dwarf.TagAtomicType: "atomic", dwarf.TagReferenceType: "reference",
		dwarf.TagRvalueReferenceType: "rvalue_reference", dwarf.TagPtrToMemberType: "ptr_to_member",
		dwarf.TagStringType: "string", dwarf.TagInterfaceType: "interface",
	} {
		list = append(list, encoding{
			name: "refused-" + n,
			rule: "There is no BTF for this tag.",
			file: file(unit(intType(), ref(tag, "", "int", name("x")))),
			err:  `^\.debug_info\+0x[0-9a-f]+: DW_TAG_` + n + `_type has no BTF encoding \(.*unit a\.c in c99\)$`,
		})
	}
	return list
}

// arrayCases are about DW_TAG_array_type.
func arrayCases() []encoding {
	count := func(n int) attr { return num(dwarf.AttrCount, n) }
	var dims64, dims65 []attr
	for i := range 65 {
		if i < 64 {
			dims64 = append(dims64, upper(i))
		}
		dims65 = append(dims65, upper(i))
	}
	return []encoding{
		{
			name: "array-dimensions",
			rule: "Each dimension is an ARRAY, the innermost first; references lead to the last.",
			file: file(unit(array("cube", "char", upper(1), upper(2), upper(3)), intType(), charType(),
				pointer("", "cube"), structure("s", 24, member("m", "cube", 0)))),
		},
		{
			name: "array-bounds",
			rule: "The number of elements is the upper bound and one in 32 bits, or the count; 0 where it is no constant.",
			file: file(unit(
				intType(), array("a", "int", upper(0)), array("b", "int",
					at(dwarf.AttrUpperBound, dwarftest.FormSdata, -1)), array("c", "int", upper(int64(0xffffffff))),
				array("d", "int", upper(int64(1<<32))),
				array("e", "int", count(7)), array("f", "int", count(0)),
				array("g", "int", at(dwarf.AttrUpperBound, dwarftest.FormExprloc, expr{dwarftest.OpLit0})),
				array("h", "int", at(dwarf.AttrUpperBound, dwarftest.FormRef4, "int")),
				array("i", "int", at(dwarf.AttrCount, dwarftest.FormExprloc, expr{dwarftest.OpLit0})),
				entry(dwarf.TagArrayType, typ("int"), entry(dwarf.TagSubrangeType, upper(4), count(2))),
				entry(dwarf.TagArrayType, typ("int"), entry(dwarf.TagSubrangeType, num(dwarf.AttrLowerBound, 3), upper(9))),
				entry(dwarf.TagArrayType, typ("int"), entry(dwarf.TagSubrangeType,
					at(dwarf.AttrUpperBound, dwarftest.FormExprloc, expr{dwarftest.OpLit0}), count(2))),
				array("j", "int", at(dwarf.AttrUpperBound, dwarftest.FormImplicitConst, 11)),
				array("k", "int", at(dwarf.AttrUpperBound, dwarftest.FormData8, 5)))),
		},
		{
			name: "array-no-subrange",
			rule: "An array without a subrange, or with other children, has one dimension of 0 elements.",
			file: file(unit(intType(), array("a", "int"), entry(dwarf.TagArrayType, typ("int"),
				entry(dwarf.TagEnumerationType, label("e"), name("e"), size(4))), entry(dwarf.TagArrayType),
				pointer("", "e"))),
		},
		{
			name: "array-64-dimensions",
			rule: "There are at most 64 dimensions.",
			file: file(unit(intType(), array("a", "int", dims64...), pointer("", "a"))),
		},
		{
			name: "array-65-dimensions",
			rule: "There are at most 64 dimensions; more are left out.",
			file: file(unit(intType(), array("a", "int", dims65...), pointer("", "a"))),
		},
		{
			name: "array-vector",
			rule: "A vector is an array.",
			file: file(unit(intType(), entry(dwarf.TagArrayType, yes(0x2107), typ("int"), size(16), entry(dwarf.TagSubrangeType, upper(3))))),
		},
		{
			name: "array-index-later",
			rule: "The index type is the first int of the unit, wherever it stands.",
			file: file(unit(array("a", "char", upper(1)), charType(), intType(),
				entry(dwarf.TagBaseType, name("int"), size(8), num(dwarf.AttrEncoding, encUnsigned)))),
		},
		{
			name: "array-index-odd",
			rule: "A base type called int is the index type, whatever it is.",
			file: file(unit(array("a", "char", upper(1)), charType(), base("int", 2, encUnsigned))),
		},
		{
			name: "array-index-float",
			rule: "Even a floating-point type called int is the index type.",
			file: file(unit(array("a", "char", upper(1)), charType(), base("int", 8, encFloat))),
		},
		{
			name: "array-index-made",
			rule: "Without an int in the first unit with arrays, one is made after its types.",
			file: file(
				unit(array("a", "char", upper(1)), charType(), pointer("", "a")),
				unit(intType(), entry(dwarf.TagArrayType, typ("int"), entry(dwarf.TagSubrangeType, upper(1))))),
		},
		{
			name: "array-index-made-before-tags",
			rule: "An int that is made stands before the decl tags and the variables.",
			file: file(unit(
				structure("s", 2, clangTag("btf_decl_tag", "tagged"), member("a", "array", 0)), array("array", "char", upper(1)), charType(),
				variable("v", "s", perCPUAddr, yes(dwarf.AttrExternal), clangTag("btf_decl_tag", "variable")))),
		},
		{
			name: "array-index-made-before-variables",
			rule: "Tags of variables lead to their variables after an int that is made.",
			file: file(unit(array("array", "char", upper(1)), charType(),
				variable("v", "array", perCPUAddr, clangTag("btf_decl_tag", "one")),
				variable("w", "char", perCPUAddr+8, clangTag("btf_decl_tag", "two")))),
		},
		{
			name: "array-index-of-earlier-unit",
			rule: "Units without an int use that of an earlier one; units without arrays make none.",
			file: file(
				unit(charType()),
				unit(intType()),
				unit(array("a", "long int", upper(1)), longType())),
		},
	}
}

// enumCases are about DW_TAG_enumeration_type.
func enumCases() []encoding {
	enum := func(n string, parts ...any) *die { return named(dwarf.TagEnumerationType, n, parts...) }
	e := enumerator
	unsigned8 := base("long unsigned int", 8, encUnsigned)
	list := []encoding{
		{
			name:  "enum-values",
			lines: "BTF does not tell 4294967295 from -1",
			rule:  "An enumeration is signed if a value is negative; data forms are not, whatever their size.",
			file: file(unit(
				enum("unsigned", size(4), e("A", dwarftest.FormData1, 0), e("B", dwarftest.FormData1, 0xff), e("C", dwarftest.FormData4, int64(0xffffffff))),
				enum("signed", size(4), e("D", dwarftest.FormSdata, -1), e("E", dwarftest.FormData2, 0xffff)),
				enum("mixed", size(4), e("F", dwarftest.FormSdata, -1<<31), e("G", dwarftest.FormUdata, int64(1<<32-1))),
				enum("implicit", size(4), e("H", dwarftest.FormImplicitConst, -3), e("I", dwarftest.FormImplicitConst, 300)),
				enum("wide", size(4), e("J", dwarftest.FormData8, 5)),
				enum("block", size(4), e("K", dwarftest.FormBlock1, []byte{1, 2, 3})),
				enum("none", size(4), entry(dwarf.TagEnumerator, name("L"))))),
		},
		{
			name: "enum-types",
			rule: "The underlying type makes no difference, save in verbose output: pahole prints negative values as such if it is signed.",
			file: file(unit(
				intType(), base("unsigned int", 4, encUnsigned), typedef("int_t", "int"),
				enum("signed", typ("int"), size(4), e("A", dwarftest.FormSdata, -1), e("B", dwarftest.FormData1, 3)),
				enum("unsigned", typ("unsigned int"), size(4), e("C", dwarftest.FormSdata, -1)),
				enum("typedef", typ("int_t"), size(4), e("D", dwarftest.FormSdata, -2)))),
		},
		{
			name: "enum-sizes",
			rule: "Without a size it is 4; 1, 2, 4 and 8 are kept. An enumeration of 8 bytes is ENUM64.",
			file: file(unit(
				enum("none", e("A", dwarftest.FormData1, 0)), enum("one", size(1), e("B", dwarftest.FormData1, 0)),
				enum("two", size(2), e("C", dwarftest.FormData1, 0)),
				enum("eight", size(8), e("D", dwarftest.FormData1, 0)), enum("zero", size(0), e("E", dwarftest.FormData1, 0)))),
		},
		{
			name: "enum-declaration",
			rule: "A declaration is an empty enumeration.",
			file: file(unit(enum("a", yes(dwarf.AttrDeclaration)), enum("b", yes(dwarf.AttrDeclaration), size(8)),
				enum("", size(4), e("X", dwarftest.FormData1, 1)))),
		},
		{
			name: "enum64-sign",
			rule: "ENUM64 is signed if its type is; a typedef between them hides that.",
			file: file(unit(
				longType(), unsigned8, typedef("i64", "long int"),
				enum("direct", size(8), typ("long int"), e("A", dwarftest.FormSdata, -1)),
				enum("unsigned", size(8), typ("long unsigned int"), e("B", dwarftest.FormData8, int64(1<<40))),
				enum("hidden", size(8), typ("i64"), e("C", dwarftest.FormSdata, -1)), enum("none", size(8), e("D", dwarftest.FormSdata, -1)),
				enum("later", size(8), typ("last"), e("E", dwarftest.FormSdata, -5)), base("last", 8, encSignedChar),
				enum("constant", size(8), typ("const"), e("F", dwarftest.FormSdata, -1)), ref(dwarf.TagConstType, "const", "long int"))),
		},
		{
			name: "enum64-off",
			rule: "Without the feature values are cut to 32 bits and are never signed, and the size stays.",
			file: file(unit(longType(), enum("e", size(8), typ("long int"), e("A", dwarftest.FormSdata, -1),
				e("B", dwarftest.FormData8, int64(1<<40|5))), enum("f", size(4), e("C", dwarftest.FormSdata, -1)))),
			features: "var",
		},
		{
			name: "enum-children",
			rule: "Functions among the enumerators are functions with all that is in them; other types among them are left out.",
			file: file(unit(intType(), enum("e", size(4), e("A", dwarftest.FormData1, 1),
				function("method", "int", textAddr, structure("s", 4, member("x", "int", 0))), structure("t", 4),
				e("B", dwarftest.FormData1, 2)))),
		},
		{
			name: "enum-64k",
			rule: "More than 65535 enumerators are refused.",
			file: file(unit(entry(dwarf.TagEnumerationType, name("e"), size(4), func() (list []*die) {
				for range 1 << 16 {
					list = append(list, e("A", dwarftest.FormData1, 1))
				}
				return list
			}()))),
			err:     `^\.debug_info\+0x[0-9a-f]+: type with 65536 members: BTF has at most 65535$`,
			differs: wraps,
		},
		{
			name: "enum-no-name",
			rule: "An enumerator without a name is refused.",
			file: file(unit(enum("e", size(4), entry(dwarf.TagEnumerator, num(dwarf.AttrConstValue, 1))))),
			err:  `^\.debug_info\+0x[0-9a-f]+: enumerator without a name$`,
		},
		{
			name: "enum-empty-name",
			rule: "An enumerator with an empty name is refused, however the name is written.",
			file: file(unit(enum("e", size(4), entry(dwarf.TagEnumerator, at(dwarf.AttrName, dwarftest.FormString, ""), num(dwarf.AttrConstValue, 1))))),
			err:  `^\.debug_info\+0x[0-9a-f]+: enumerator without a name$`,
		},
		{
			name: "enum-empty-name-in-table",
			rule: "An enumerator with an empty name is refused, however the name is written.",
			file: file(unit(enum("e", size(4), e("", dwarftest.FormData1, 1)))),
			err:  `^\.debug_info\+0x[0-9a-f]+: enumerator without a name$`,
		},
	}
	for i, value := range []any{int64(-1<<31 - 1), int64(1 << 32)} {
		list = append(list, encoding{
			name: fmt.Sprintf("enum-too-large%d", i),
			rule: "A value that does not fit is refused.",
			file: file(unit(enum("e", size(4), e("A", dwarftest.FormSdata, value)))),
			err:  fmt.Sprintf(`^\.debug_info\+0x[0-9a-f]+: enumerator value %d does not fit in 32 bits$`, value),
		})
	}
	for _, n := range []int{3, 16} {
		list = append(list, encoding{
			name: fmt.Sprintf("enum-size%d", n),
			rule: "Other sizes are refused.",
			file: file(unit(enum("e", size(n), e("A", dwarftest.FormData1, 1)))),
			err:  fmt.Sprintf(`^\.debug_info\+0x[0-9a-f]+: enumeration of %d bytes has no BTF encoding \(.*unit a\.c in c99\)$`, n),
		})
	}
	return list
}
