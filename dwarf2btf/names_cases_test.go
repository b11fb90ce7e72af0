package dwarf2btf_test

import (
	"debug/dwarf"
	"strings"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

// nameCases are about names and how they are written.
func nameCases() []encoding {
	long := strings.Repeat("0123456789", 20)
	in8 := func(form dwarftest.Form, s string) attr { return at(dwarf.AttrName, form, s) }
	return []encoding{
		{
			name: "name-forms",
			rule: "A name is the same name in every form.",
			file: file(
				// Another unit has the same names, written otherwise.
				unit(entry(dwarf.TagBaseType, label("int2"), in8(dwarftest.FormString, "int"), size(4),
					num(dwarf.AttrEncoding, encSigned)), entry(dwarf.TagTypedef, in8(dwarftest.FormStrp, "abc"),
					typ("int2")), entry(dwarf.TagTypedef, in8(dwarftest.FormString, "abcd"), typ("int2"))),
				unit(intType(), entry(dwarf.TagStructType, label("s"), in8(dwarftest.FormString, "structure"), size(4),
					entry(dwarf.TagMember, in8(dwarftest.FormStrp, "a"), typ("int"), num(dwarf.AttrDataMemberLoc, 0)),
					entry(dwarf.TagMember, in8(dwarftest.FormString, "a"), typ("int"),
						num(dwarf.AttrDataMemberLoc, 1)),
					entry(dwarf.TagMember, in8(dwarftest.FormString, "ab"), typ("int"),
						num(dwarf.AttrDataMemberLoc, 2)), entry(dwarf.TagMember, in8(dwarftest.FormString, "abc"),
						typ("int"), num(dwarf.AttrDataMemberLoc, 2)),
					entry(dwarf.TagMember, in8(dwarftest.FormString, "abcd"), typ("int"),
						num(dwarf.AttrDataMemberLoc, 3)), entry(dwarf.TagMember, in8(dwarftest.FormLineStrp, "a"),
						typ("int"), num(dwarf.AttrDataMemberLoc, 0)),
					entry(dwarf.TagMember, in8(dwarftest.FormStrx, "a"), typ("int"), num(dwarf.AttrDataMemberLoc, 0)),
					entry(dwarf.TagMember, in8(dwarftest.FormStrx1, "abcd"), typ("int"),
						num(dwarf.AttrDataMemberLoc, 0)),
					entry(dwarf.TagMember, in8(dwarftest.FormStrx2, "abc"), typ("int"),
						num(dwarf.AttrDataMemberLoc, 0)), entry(dwarf.TagMember, in8(dwarftest.FormStrx3, "ab"),
						typ("int"), num(dwarf.AttrDataMemberLoc, 0)),
					entry(dwarf.TagMember, in8(dwarftest.FormStrx4, "a"), typ("int"), num(dwarf.AttrDataMemberLoc, 0)),
					entry(dwarf.TagMember, in8(dwarftest.FormString, ""), typ("int"),
						num(dwarf.AttrDataMemberLoc, 0)),
					entry(dwarf.TagMember, in8(dwarftest.FormStrp, ""), typ("int"), num(dwarf.AttrDataMemberLoc, 0)),
					entry(dwarf.TagMember, typ("int"), num(dwarf.AttrDataMemberLoc, 0))),
					entry(dwarf.TagEnumerationType, in8(dwarftest.FormStrx, "structure"), size(4),
						entry(dwarf.TagEnumerator, in8(dwarftest.FormString, "e"), num(dwarf.AttrConstValue, 1)),
						entry(dwarf.TagEnumerator, in8(dwarftest.FormStrx, "enumerator"),
							num(dwarf.AttrConstValue, 2))))),
		},
		{
			name: "name-odd",
			rule: "Names of types, members, parameters and enumerators are not checked, cut or changed.",
			file: file(unit(intType(), structure("Option<&[u8]>", 4, member("{closure#0}", "int", 0),
				member(long, "int", 0)), typedef(long, "int"),
				named(dwarf.TagEnumerationType, "a b", size(4), enumerator("1\n2", dwarftest.FormData1, 1)),
				entry(dwarf.TagSubroutineType, param(long, "int")), structure("\xff\xfe", 1))),
			lines: "a name keeps to its line, and to characters that can be shown",
		},
		{
			name: "name-cut",
			rule: "Names of parameters and tags of functions are cut to 127 bytes, those of functions and all others are not.",
			file: file(unit(intType(), function("f", "int", textAddr,
				param(long, "int", in(5), clangTag("btf_decl_tag", "p"+long)), clangTag("btf_decl_tag", "f"+long)),
				function(long, "int", textAddr+0x10),
				structure("s", 4, clangTag("btf_decl_tag", "s"+long)),
				function("exact", "int", textAddr+0x20, param(long[:127], "int", in(5)),
					param(long[:128], "int", in(4))))),
		},
		{
			name: "name-kabi-prefix",
			rule: "With the option every name that begins with the prefix becomes the prefix; a function loses its symbol so.",
			file: file(unit(intType(), structure("__kabi_s", 8, member("__kabi_1", "int", 0),
				member("not__kabi_", "int", 4)), typedef("__kabi_", "int"),
				named(dwarf.TagEnumerationType, "e", size(4), enumerator("__kabi_E", dwarftest.FormData1, 1)),
				function("__kabi_f", "int", textAddr), function("g", "int", textAddr+0x10,
					param("__kabi_p", "int", in(5)), clangTag("btf_decl_tag", "__kabi_tag")),
				variable("__kabi_v", "int", perCPUAddr), typedef("__kab", "int"),
				entry(dwarf.TagTypedef, at(dwarf.AttrName, dwarftest.FormString, "__kabi_inline"), typ("int")))),
			options: func(o *dwarf2btf.Options) { o.KABIPrefix = "__kabi_" },
			flags:   []string{"--kabi_prefix=__kabi_"},
		},
		{
			name: "name-kabi-prefix-short",
			rule: "A prefix of few letters takes names that stand in the DIE, too.",
			file: file(unit(intType(), entry(dwarf.TagTypedef, at(dwarf.AttrName, dwarftest.FormString, "_xy"),
				typ("int")), entry(dwarf.TagTypedef, at(dwarf.AttrName, dwarftest.FormString, "_"), typ("int")),
				entry(dwarf.TagStructType, at(dwarf.AttrName, dwarftest.FormString, "y_x"), size(4),
					entry(dwarf.TagMember, at(dwarf.AttrName, dwarftest.FormString, "_a"), typ("int"),
						num(dwarf.AttrDataMemberLoc, 0))))),
			options: func(o *dwarf2btf.Options) { o.KABIPrefix = "_" },
			flags:   []string{"--kabi_prefix=_"},
		},
	}
}
