package dwarf2btf_test

import (
	"debug/dwarf"

	"github.com/gopahole/gopahole/internal/dwarftest"
)

// orderCases are about the numbers that types get.
func orderCases() []encoding {
	return []encoding{
		{
			name: "order-children-first",
			rule: "A type is numbered after the types that are declared in it.",
			file: file(unit(
				structure("outer", 24,
					structure("inner", 8, member("q", "long int", 0)),
					entry(dwarf.TagUnionType, label("anon"), size(2), member("c", "char", 0), member("s", "short int", 0)),
					member("i", "inner", 0), member("", "anon", 8), member("self", "ptr", 16)),
				longType(), charType(), base("short int", 2, encSigned), pointer("ptr", "outer"))),
		},
		{
			name: "order-functions",
			rule: "Types in functions and their blocks are types of the unit, where they stand; what is inlined is left out.",
			file: file(unit(
				intType(),
				function("f", "int", textAddr,
					structure("local", 4, member("z", "int", 0)),
					entry(dwarf.TagLexDwarfBlock,
						structure("deep", 4, member("d", "int", 0)),
						entry(dwarf.TagLexDwarfBlock, structure("deeper", 4, member("e", "int", 0)))),
					entry(dwarf.TagInlinedSubroutine, structure("inlined", 4, member("f", "int", 0))),
					function("nested", "", textAddr+8, structure("in_nested", 4, member("g", "int", 0)))),
				structure("last", 4, member("z", "int", 0)))),
		},
		{
			name: "order-namespaces",
			rule: "A namespace gives its types to the unit, in place.",
			file: file(unit(
				entry(dwarf.TagNamespace, name("ns"),
					structure("T", 4, member("t", "int", 0)),
					entry(dwarf.TagNamespace, structure("U", 4, member("t", "int", 0)))),
				intType())),
		},
		{
			name: "order-not-walked",
			rule: "Members, variables, typedefs, arrays, pointers and what is unknown are not searched for types; subprograms and blocks are.",
			file: file(unit(
				intType(),
				structure("s", 4, entry(dwarf.TagMember, name("m"), typ("int"), num(dwarf.AttrDataMemberLoc, 0), structure("in_member", 1))),
				entry(dwarf.TagVariable, name("v"), typ("int"), structure("in_variable", 1)),
				entry(dwarf.TagTypedef, label("td"), name("td"), typ("int"), structure("in_typedef", 1)),
				entry(dwarf.TagArrayType, typ("int"), structure("in_array", 1)),
				entry(dwarf.TagPointerType, typ("int"), structure("in_pointer", 1)),
				entry(dwarf.TagEnumerationType, name("e"), size(4), structure("in_enum", 1)),
				entry(dwarf.TagBaseType, name("b"), size(4), num(dwarf.AttrEncoding, encSigned), structure("in_base", 1)),
				entry(0x9999, structure("in_unknown", 1)),
				entry(dwarf.TagVariantPart, structure("in_variant", 1)),
				structure("w", 4, entry(dwarf.TagVariantPart, structure("in_variant_part", 1)),
					entry(dwarf.TagTemplateTypeParameter, structure("in_template", 1))),
				function("f", "", textAddr, entry(dwarf.TagFormalParameter, name("p"), typ("int"), structure("in_param", 1))),
			)),
		},
		{
			name: "order-subroutine-type",
			rule: "Types declared in a parameter list come before the prototype.",
			file: file(unit(
				intType(),
				entry(dwarf.TagSubroutineType, typ("int"),
					param("a", "local"),
					structure("local", 4, member("z", "int", 0)),
					param("b", "int")),
				pointer("", "int"))),
		},
		{
			name: "order-units",
			rule: "Units follow each other; equal types of a later one disappear and leave no gap.",
			file: file(
				unit(intType(), structure("a", 4, member("x", "int", 0))),
				unit(pointer("", "b2"), structure("b2", 4, member("x", "int2", 0)),
					entry(dwarf.TagBaseType, label("int2"), name("int"), size(4), num(dwarf.AttrEncoding, encSigned))),
				unit(entry(dwarf.TagStructType, name("a"), size(4), label("a3"), member("x", "int3", 0)),
					entry(dwarf.TagBaseType, label("int3"), name("int"), size(4), num(dwarf.AttrEncoding, encSigned)),
					pointer("", "a3"))),
		},
		{
			name: "order-strings",
			rule: "Strings stand in the order of their first use, with those of types that disappeared.",
			file: file(
				unit(structure("s", 8, member("y", "ptr", 0)), pointer("ptr", "t"),
					entry(dwarf.TagStructType, label("t"), name("t"), yes(dwarf.AttrDeclaration))),
				unit(entry(dwarf.TagStructType, name("t"), size(4), member("first", "int", 0)), intType())),
		},
		{
			name: "order-unfinished",
			rule: "A unit may end without the null entries that close its lists.",
			file: func() *dwarftest.File {
				f := file(unit(intType(), pointer("", "int")))
				f.Patch = func(section string, data []byte) []byte {
					if section == ".debug_info" {
						data = data[:len(data)-1]
						data[0]--
					}
					return data
				}
				return f
			}(),
		},
		{
			name: "order-empty",
			rule: "A unit without types gives nothing at all.",
			file: file(unit()),
		},
	}
}
