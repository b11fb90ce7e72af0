package dwarf2btf_test

import (
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

// structCases are about structures, unions and classes and where members stand.
func structCases() []encoding {
	loc := func(n, to string, form dwarftest.Form, value any) *die {
		return entry(dwarf.TagMember, name(n), typ(to), at(dwarf.AttrDataMemberLoc, form, value))
	}
	many := func(n int) *die {
		d := structure("s", n)
		for range n {
			d.Children = append(d.Children, member("m", "char", 1))
		}
		return d
	}
	rust := func(parts ...any) *dwarftest.Unit {
		return &dwarftest.Unit{DIE: entry(dwarf.TagCompileUnit, append([]any{name("a.rs"), language(langRust)}, parts...)...)}
	}
	return []encoding{
		{
			name: "struct-kinds",
			rule: "Classes are structures; a size that is absent is 0.",
			file: file(unit(intType(), structure("s", 4, member("a", "int", 0)), named(dwarf.TagUnionType, "u", size(4), member("a", "int", 0)),
				named(dwarf.TagClassType, "c", size(4), member("a", "int", 0)),
				named(dwarf.TagStructType, "no_size", member("a", "int", 0)),
				structure("", 4, member("", "int", 0)), structure("empty", 0))),
		},
		{
			name: "struct-declarations",
			rule: "Declarations are FWD, with a kind flag for unions.",
			file: file(unit(named(dwarf.TagStructType, "s", yes(dwarf.AttrDeclaration)),
				named(dwarf.TagUnionType, "u", yes(dwarf.AttrDeclaration)),
				named(dwarf.TagClassType, "c", yes(dwarf.AttrDeclaration)),
				pointer("", "s"), pointer("", "u"), pointer("", "c"), named(dwarf.TagStructType, "with size", yes(dwarf.AttrDeclaration), size(8)),
				named(dwarf.TagStructType, "with members", yes(dwarf.AttrDeclaration), structure("inner", 4), member("m", "inner", 0)),
				named(dwarf.TagStructType, "not", at(dwarf.AttrDeclaration, dwarftest.FormFlag, false), size(4)))),
		},
		{
			name: "struct-declaration-no-name",
			rule: "A declaration without a name is refused.",
			file: file(unit(entry(dwarf.TagStructType, yes(dwarf.AttrDeclaration)))),
			err:  `^\.debug_info\+0x[0-9a-f]+: forward declaration without a name$`,
		},
		{
			name: "struct-specification",
			rule: "A structure without a name takes that of its specification, which may stand before or after.",
			file: file(unit(intType(), named(dwarf.TagStructType, "early", yes(dwarf.AttrDeclaration)),
				entry(dwarf.TagStructType, spec("early"), size(4), member("a", "int", 0)),
				entry(dwarf.TagStructType, spec("late"), size(4), member("b", "int", 0)),
				named(dwarf.TagStructType, "late", yes(dwarf.AttrDeclaration)))),
		},
		{
			name: "struct-locations",
			rule: "Member locations are constants of any form or an expression that adds a constant.",
			file: file(unit(intType(), structure("s", 400,
				loc("data1", "int", dwarftest.FormData1, 0xfc), loc("data2", "int", dwarftest.FormData2, 0x100),
				loc("data4", "int", dwarftest.FormData4, 0x104), loc("data8", "int", dwarftest.FormData8, 0x108),
				loc("udata", "int", dwarftest.FormUdata, 0x10c), loc("sdata", "int", dwarftest.FormSdata, 0x110),
				loc("implicit", "int", dwarftest.FormImplicitConst, 0x114),
				loc("plus", "int", dwarftest.FormBlock1, expr{dwarftest.OpPlusUconst, dwarftest.ULEB(0x118)}),
				loc("constu", "int", dwarftest.FormExprloc, expr{dwarftest.OpConstu, dwarftest.ULEB(0x11c)}),
				entry(dwarf.TagMember, name("none"), typ("int")), entry(dwarf.TagMember, name("bits"), typ("int"), num(dwarf.AttrDataBitOffset, 0x900)),
				member("type", "nothing", 0x124), entry(dwarf.TagMember, name("void"), num(dwarf.AttrDataMemberLoc, 0x128))),
				entry(dwarf.TagUnspecifiedType, label("nothing"), name("nothing")))),
		},
		{
			name: "struct-far-members",
			rule: "Without bit-fields a member may stand at any bit that fits 32 bits.",
			file: file(unit(intType(), charType(), structure("s", 1<<28+4, member("a", "char", 0), member("b", "int", 1<<21), member("c", "int", 1<<28)))),
		},
		{
			name: "struct-not-members",
			rule: "Base classes, methods and templates are no members; static ones of DWARF 4 are, at the beginning.",
			file: file(unit(intType(), structure("base class", 4, member("a", "int", 0)),
				named(dwarf.TagClassType, "c", size(12), entry(dwarf.TagInheritance, typ("base class"), num(dwarf.AttrDataMemberLoc, 0)), member("b", "int", 4),
					entry(dwarf.TagMember, name("static"), typ("int"), yes(dwarf.AttrExternal), yes(dwarf.AttrDeclaration)),
					entry(dwarf.TagVariable, name("static5"), typ("int"), yes(dwarf.AttrExternal), yes(dwarf.AttrDeclaration)),
					entry(dwarf.TagTemplateTypeParameter, name("T"), typ("int")),
					entry(dwarf.TagSubprogram, name("method"), yes(dwarf.AttrDeclaration), typ("int"),
						param("this", "c")),
					typedef("inner_t", "int"), member("c", "int", 8)))),
		},
		{
			name: "struct-methods",
			rule: "A member function is a function like others: it is emitted if a symbol has its name.",
			file: func() *dwarftest.File {
				f := file(unit(intType(),
					structure("s", 4, entry(dwarf.TagSubprogram, label("m"), name("method"), yes(dwarf.AttrDeclaration),
						typ("int")), function("inner", "int", textAddr+0x20)),
					entry(dwarf.TagSubprogram, spec("m"), lowPC(textAddr))))
				f.Symbols = append(f.Symbols, symbol("method", textAddr, elf.STT_FUNC))
				return f
			}(),
		},
		{
			name: "struct-union-offset",
			rule: "A member of a union elsewhere than at its beginning is refused.",
			file: file(unit(intType(), named(dwarf.TagUnionType, "u", size(8), member("a", "int", 0), member("b", "int", 4)))),
			err:  `^\.debug_info\+0x[0-9a-f]+: member of a union at bit 32 has no BTF encoding \(member 'b' of union 'u', unit a\.c in c99\)$`,
		},
		{
			name: "struct-64k-1",
			rule: "A structure may have 65535 members.",
			file: file(unit(charType(), entry(dwarf.TagStructType, name("s"), size(4), many(65535).Children))),
		},
		{
			name:    "struct-64k",
			rule:    "More members are refused.",
			file:    file(unit(charType(), entry(dwarf.TagStructType, name("s"), size(4), many(65536).Children))),
			differs: wraps,
			err:     `^\.debug_info\+0x[0-9a-f]+: type with 65536 members: BTF has at most 65535$`,
		},
		{
			name: "struct-rust-order",
			rule: "Members of Rust structures are sorted by offset; those at the same offset keep their order.",
			file: file(rust(base("u32", 4, encUnsigned), base("u8", 1, encUnsigned),
				structure("S", 16, member("d", "u32", 12), member("a", "u32", 0), member("c", "u8", 8), member("c2", "u8", 8), member("b", "u32", 4)),
				named(dwarf.TagUnionType, "U", size(4), member("x", "u32", 0), member("y", "u8", 0)))),
		},
		{
			name: "struct-rust-nested",
			rule: "A type that is declared between the members of a Rust structure divides what is sorted.",
			file: file(rust(base("u32", 4, encUnsigned),
				structure("S", 16, member("b", "u32", 4), structure("Inner", 4, member("x", "u32", 0)),
					member("a", "u32", 0), member("d", "u32", 12), member("c", "u32", 8)),
				structure("Function", 16, member("b", "u32", 4), member("a", "u32", 0),
					entry(dwarf.TagSubprogram, name("new"), yes(dwarf.AttrDeclaration), param("x", "u32")),
					member("d", "u32", 12), member("c", "u32", 8)),
				structure("Generic", 16, member("b", "u32", 4), entry(dwarf.TagTemplateTypeParameter, name("T"), typ("u32")), member("a", "u32", 0)))),
		},
		{
			name: "struct-rust-bitfields",
			rule: "Bit-fields of a Rust structure, which no compiler writes, are sorted by the byte that they begin in.",
			file: file(rust(base("u32", 4, encUnsigned), base("u8", 1, encUnsigned),
				structure("S", 4, rustBits("b", "u8", 8), rustBits("c", "u32", 9), rustBits("a", "u32", 7)))),
			differs: "by the storage unit, which has the size of the type",
		},
		{
			name: "struct-rust-variants",
			rule: "Variants of a Rust enumeration are lost, and the structures in them are not.",
			file: file(rust(base("u32", 4, encUnsigned),
				structure("E", 8, entry(dwarf.TagVariantPart,
					entry(dwarf.TagMember, typ("u32"), num(dwarf.AttrDataMemberLoc, 0)),
					entry(dwarf.TagVariant, member("A", "A", 0))),
					structure("A", 8, member("__0", "u32", 4))))),
		},
		{
			name: "struct-big-endian",
			rule: "The result has the byte order of the input.",
			file: func() *dwarftest.File {
				f := file(unit(intType(), structure("s", 8, member("a", "int", 0), member("b", "int", 4)), array("", "int", upper(2)), pointer("", "s")))
				f.Order, f.Machine, f.Class32 = binary.BigEndian, elf.EM_PPC, true
				return f
			}(),
		},
	}
}

// rustBits is a member of one bit.
func rustBits(n, to string, at int) *die {
	return entry(dwarf.TagMember, name(n), typ(to), num(dwarf.AttrBitSize, 1), num(dwarf.AttrDataBitOffset, at))
}

// bitfieldCases are about members with a size in bits.
func bitfieldCases() []encoding {
	bits := func(n, to string, sizeBits, at int) *die {
		return entry(dwarf.TagMember, name(n), typ(to), num(dwarf.AttrBitSize, sizeBits), num(dwarf.AttrDataBitOffset, at))
	}
	// old counts from the most significant bit of a storage unit; storage may be 0.
	old := func(n, to string, storage, byteOffset, bitSize, bitOffset int) *die {
		d := entry(dwarf.TagMember, name(n), typ(to), num(dwarf.AttrBitSize, bitSize),
			num(dwarf.AttrBitOffset, bitOffset), num(dwarf.AttrDataMemberLoc, byteOffset))
		if storage != 0 {
			d.Attrs = append(d.Attrs, size(storage))
		}
		return d
	}
	order := func(f *dwarftest.File, order binary.ByteOrder) *dwarftest.File {
		f.Order = order
		if order == binary.ByteOrder(binary.BigEndian) {
			f.Machine = elf.EM_S390
		}
		return f
	}
	legacy := func() *dwarftest.File {
		return file(unit(intType(), charType(), longType(), typedef("int_t", "int"),
			ref(dwarf.TagVolatileType, "vint", "int_t"), ref(dwarf.TagConstType, "cvint", "vint"),
			named(dwarf.TagEnumerationType, "e", size(4), enumerator("A", dwarftest.FormData1, 0)),
			structure("s", 40, old("first", "int", 4, 0, 3, 29), old("second", "int", 4, 0, 5, 24),
				old("byte", "char", 1, 4, 4, 1), old("wide", "long int", 8, 8, 33, 20),
				old("in_word", "int", 4, 16, 8, 8), member("plain", "int", 20)),
			structure("by_type", 24, old("a", "int", 0, 0, 3, 29), old("b", "int_t", 0, 0, 5, 24),
				old("c", "cvint", 0, 0, 5, 19), old("d", "e", 0, 4, 2, 30), old("e", "later", 0, 8, 7, 1),
				old("f", "long int", 0, 16, 40, 0)),
			typedef("later", "short"), base("short", 2, encSigned),
			named(dwarf.TagUnionType, "u", size(4), old("all", "int", 4, 0, 32, 0))))
	}
	silly := func() *dwarftest.File {
		return file(unit(intType(), charType(), typedef("int_t", "int"),
			structure("s", 16, bits("all", "int", 32, 0), bits("byte", "char", 8, 32), bits("moved", "char", 8, 44),
				bits("half", "int", 16, 64), bits("typedef", "int_t", 32, 96)),
			structure("old", 8, old("all", "int", 4, 0, 32, 0), old("part", "int", 4, 4, 31, 0)),
			structure("only_silly", 8, bits("a", "int", 32, 0), bits("b", "int", 32, 32))))
	}
	fixup := func(o *dwarf2btf.Options) { o.FixupSillyBitfields = true }
	return []encoding{
		{
			name: "bitfield-data-bit-offset",
			rule: "DW_AT_data_bit_offset is where the bit-field stands, in every byte order. One makes the structure's kind flag.",
			file: file(unit(intType(), longType(), structure("s", 16, bits("a", "int", 3, 0), bits("b", "int", 29, 3),
				member("plain", "int", 4), bits("c", "long int", 40, 64), bits("full", "int", 32, 104)),
				structure("without", 4, member("a", "int", 0)), structure("zero", 4, bits("a", "int", 0, 8)),
				named(dwarf.TagUnionType, "u", size(4), bits("a", "int", 5, 0), member("b", "int", 0)))),
		},
		{
			name: "bitfield-data-bit-offset-big-endian",
			rule: "DW_AT_data_bit_offset is where the bit-field stands, in every byte order.",
			file: order(file(unit(intType(), structure("s", 8, bits("a", "int", 3, 0), bits("b", "int", 29, 3)))), binary.BigEndian),
		},
		{
			name: "bitfield-legacy",
			rule: "DW_AT_bit_offset counts from the most significant bit of the storage unit, whose size is that of the member or of its type.",
			file: order(legacy(), binary.LittleEndian),
		},
		{
			name: "bitfield-legacy-negative",
			rule: "DW_AT_bit_offset may be negative.",
			file: file(unit(intType(), structure("s", 8, old("a", "int", 4, 0, 31, -15)))),
		},
		{
			name: "bitfield-legacy-big-endian",
			rule: "DW_AT_bit_offset counts from the most significant bit of the storage unit, which is bit 0 in big-endian files.",
			file: order(legacy(), binary.BigEndian),
		},
		{
			name: "bitfield-no-location",
			rule: "A bit-field without a location stands at the beginning.",
			file: file(unit(intType(), structure("s", 4, entry(dwarf.TagMember, name("a"), typ("int"),
				num(dwarf.AttrBitSize, 5)), entry(dwarf.TagMember, name("b"), typ("int"), num(dwarf.AttrBitSize, 5),
				num(dwarf.AttrBitOffset, 3))))),
		},
		{
			name: "bitfield-odd-types",
			rule: "The storage unit of a bit-field of another type is its size: pointers, structures, arrays.",
			file: file(unit(intType(), pointer("p", "int"), structure("t", 8),
				structure("s", 64, old("p", "p", 0, 0, 5, 3), old("t", "t", 0, 8, 5, 3),
					old("arr", "arr", 0, 24, 5, 3)),
				array("arr", "int", upper(1)))),
		},
		{
			name: "bitfield-far",
			rule: "A plain member after 2 MiB of a structure with bit-fields has its upper bits where sizes are.",
			file: file(unit(intType(), structure("s", 1<<22, bits("a", "int", 3, 0), member("b", "int", 1<<21)))),
		},
		{
			name: "bitfield-too-far",
			rule: "A bit-field after 2 MiB is refused.",
			file: file(unit(intType(), structure("s", 1<<22, bits("a", "int", 3, 1<<24)))),
			err:  `^\.debug_info\+0x[0-9a-f]+: bit-field of 3 bits at bit 16777216 has no BTF encoding \(.*unit a\.c in c99\)$`,
		},
		{
			name: "bitfield-too-far-by-type",
			rule: "A bit-field after 2 MiB is refused, also when the size of its storage unit is that of its type.",
			file: file(unit(intType(), structure("s", 1<<22, old("a", "int", 0, 1<<21, 3, 0)))),
			err:  `^\.debug_info\+0x[0-9a-f]+: bit-field has no BTF encoding$`,
		},
		{
			name: "bitfield-too-wide",
			rule: "Of the size of a bit-field 8 bits are kept; one of 256 bits is none.",
			file: file(unit(intType(), structure("s", 128, bits("a", "int", 256, 0), bits("b", "int", 300, 256),
				bits("c", "int", 255, 600)), structure("old", 64, old("a", "int", 4, 0, 259, 29)))),
		},
		{
			name: "bitfield-union-offset",
			rule: "A bit-field of a union elsewhere than at its beginning is refused.",
			file: file(unit(intType(), named(dwarf.TagUnionType, "u", size(8), bits("a", "int", 3, 4)))),
			err:  `^\.debug_info\+0x[0-9a-f]+: member of a union at bit 4 has no BTF encoding \(member 'a' of union 'u', unit a\.c in c99\)$`,
		},
		{
			name: "bitfield-silly",
			rule: "Bit-fields that fill their type are bit-fields.",
			file: silly(),
		},
		{
			name:    "bitfield-silly-fixed",
			rule:    "With the option bit-fields that fill their storage unit are ordinary members.",
			file:    silly(),
			options: fixup,
			flags:   []string{"--fixup_silly_bitfields"},
		},
		{
			name:    "bitfield-silly-fixed-big-endian",
			rule:    "With the option bit-fields that fill their storage unit are ordinary members.",
			file:    order(silly(), binary.BigEndian),
			options: fixup,
			flags:   []string{"--fixup_silly_bitfields"},
		},
	}
}

// tagCases are about btf_type_tag and btf_decl_tag.
func tagCases() []encoding {
	return []encoding{
		{
			name: "type-tags-clang",
			rule: "clang lists the tags of a pointer in source order: the last is nearest to it. Tags on other types are ignored.",
			file: file(unit(intType(),
				pointer("p", "int", clangTag("btf_type_tag", "one"), clangTag("btf_type_tag", "two")), pointer("", "", clangTag("btf_type_tag", "void")),
				pointer("", "int", clangTag("btf_decl_tag", "no"), clangTag("other", "no"), clangTag("btf_type_tag", "yes")),
				ref(dwarf.TagConstType, "", "int", clangTag("btf_type_tag", "const")), typedef("t", "p", clangTag("btf_type_tag", "typedef")),
				entry(dwarf.TagBaseType, name("b"), size(1), clangTag("btf_type_tag", "base")))),
		},
		{
			name: "type-tags-gcc",
			rule: "gcc chains the tags of a pointer from the nearest on; one that is no type tag ends the chain.",
			file: file(unit(intType(),
				pointer("", "int", chain("one")), gccTag("one", "btf_type_tag", "one", chain("two")), gccTag("two", "btf_type_tag", "two"),
				pointer("", "", chain("two")), pointer("", "int", chain("three")),
				gccTag("three", "btf_type_tag", "three", chain("four")),
				gccTag("four", "btf_decl_tag", "four", chain("two")),
				ref(dwarf.TagConstType, "", "int", chain("one")), typedef("t", "int", chain("one")), pointer("", "int", chain("int")))),
		},
		{
			name: "type-tags-off",
			rule: "Without the feature pointers lead to their targets.",
			file: file(unit(intType(), pointer("", "int", clangTag("btf_type_tag", "one")),
				pointer("", "int", chain("two")), gccTag("two", "btf_type_tag", "two"))),
			features: "var",
		},
		{
			name: "decl-tags-clang",
			rule: "Decl tags stand after all types, ordered by the type, then as they stand; members count as components, base classes too.",
			file: file(unit(
				structure("s", 8, member("a", "int", 0, clangTag("btf_decl_tag", "member a"),
					clangTag("btf_decl_tag", "again")), clangTag("btf_decl_tag", "between"),
					entry(dwarf.TagInheritance, typ("t"), num(dwarf.AttrDataMemberLoc, 0),
						clangTag("btf_decl_tag", "base class")),
					member("b", "int", 4, clangTag("btf_decl_tag", "member b")), clangTag("btf_decl_tag", "struct"),
					clangTag("other", "no")),
				structure("outer", 8, structure("t", 4, member("x", "int", 0, clangTag("btf_decl_tag", "inner member")),
					clangTag("btf_decl_tag", "inner")), member("m", "t", 0, clangTag("btf_decl_tag", "outer member"))),
				intType(), named(dwarf.TagUnionType, "u", size(4),
					member("c", "int", 0, clangTag("btf_decl_tag", "union member")), clangTag("btf_decl_tag", "union")),
				typedef("td", "int", clangTag("btf_decl_tag", "typedef")),
				named(dwarf.TagStructType, "fwd", yes(dwarf.AttrDeclaration), clangTag("btf_decl_tag", "forward")),
				structure("", 4, clangTag("btf_decl_tag", "nameless")))),
		},
		{
			name: "decl-tags-gcc",
			rule: "gcc's chains count for structures and members, the structure's last, and not for typedefs and unions; members of unions have them.",
			file: file(unit(intType(),
				structure("s", 8, chain("one"), member("a", "int", 0, chain("two")), member("b", "int", 4)),
				gccTag("one", "btf_decl_tag", "one", chain("two")), gccTag("two", "btf_decl_tag", "two"),
				named(dwarf.TagUnionType, "u", size(4), chain("two"), member("a", "int", 0, chain("two"))),
				named(dwarf.TagStructType, "fwd", yes(dwarf.AttrDeclaration), chain("two")),
				typedef("td", "int", chain("one")), structure("other", 1, chain("three")),
				gccTag("three", "btf_type_tag", "three", chain("two")))),
		},
		{
			name: "decl-tags-not",
			rule: "Classes, enumerations and base types have none, also not their members.",
			file: file(unit(intType(), named(dwarf.TagClassType, "c", size(4),
				member("a", "int", 0, clangTag("btf_decl_tag", "member")), clangTag("btf_decl_tag", "class"),
				structure("in_class", 4, clangTag("btf_decl_tag", "inner"))),
				named(dwarf.TagEnumerationType, "e", size(4), clangTag("btf_decl_tag", "enum"),
					enumerator("A", dwarftest.FormData1, 0)),
				entry(dwarf.TagBaseType, name("b"), size(1), clangTag("btf_decl_tag", "base")))),
		},
		{
			name: "decl-tags-off",
			rule: "Without the feature there are none.",
			file: file(unit(intType(), structure("s", 4, member("a", "int", 0, clangTag("btf_decl_tag", "member")),
				clangTag("btf_decl_tag", "struct")), structure("g", 4, chain("x")), gccTag("x", "btf_decl_tag", "gcc"),
				function("f", "int", textAddr, clangTag("btf_decl_tag", "function")))),
			features: "var",
		},
		{
			name: "decl-tags-function",
			rule: "Tags of functions and parameters follow the FUNC; parameters count as components.",
			file: file(unit(intType(),
				function("clang_tags", "int", textAddr, param("a", "int", in(5),
					clangTag("btf_decl_tag", "first parameter")), clangTag("btf_decl_tag", "function"),
					param("b", "int", in(4), clangTag("btf_decl_tag", "second parameter"))),
				function("gcc_tags", "int", textAddr+0x10, chain("one"), param("a", "int", in(5)),
					param("b", "int", in(4), chain("two"))), gccTag("one", "btf_decl_tag", "one", chain("two")),
				gccTag("two", "btf_decl_tag", "two"))),
		},
	}
}
