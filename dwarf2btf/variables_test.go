package dwarf2btf_test

import (
	"debug/dwarf"
	"debug/elf"
	"strings"

	"github.com/gopahole/gopahole/internal/dwarftest"
)

// variableCases are about VAR and DATASEC.
func variableCases() []encoding {
	external := yes(dwarf.AttrExternal)
	mixed := func() *dwarftest.File {
		return file(unit(intType(), variable("data", "int", dataAddr+4, external),
			variable("percpu", "int", perCPUAddr+4), variable("bss", "int", bssAddr+4, external),
			variable("text", "int", textAddr+0x40), variable("nowhere", "int", 0x9000)))
	}
	long := strings.Repeat("x", 128)
	return []encoding{
		{
			name: "variable-per-cpu",
			rule: "By default the variables of the per-CPU section are encoded.",
			file: mixed(),
		},
		{
			name:     "variable-global",
			rule:     "With the feature those of all sections are.",
			file:     mixed(),
			features: "default,global_var",
		},
		{
			name:     "variable-global-alone",
			rule:     "The feature for all sections includes the per-CPU section.",
			file:     mixed(),
			features: "global_var",
		},
		{
			name:     "variable-off",
			rule:     "Without either there are none.",
			file:     mixed(),
			features: "decl_tag",
		},
		{
			name: "variable-order",
			rule: "Variables stand in the order of the unit, and in their section by offset; its size is the end of the last one.",
			file: file(unit(intType(), longType(), variable("third", "int", perCPUAddr+0x30, external),
				variable("first", "long int", perCPUAddr+0x10), variable("second", "int", perCPUAddr+0x18)),
				unit(copyOf(intType(), "int2"), variable("same_place", "int2", perCPUAddr+0x10), variable("last_unit", "int2", perCPUAddr+0x20))),
		},
		{
			name: "variable-offset-0",
			rule: "At offset 0 a variable needs a symbol in its section, since that is where removed ones seem to be.",
			file: func() *dwarftest.File {
				f := file(unit(intType(), variable("with", "int", perCPUAddr),
					entry(dwarf.TagVariable, name("without"), typ("int"), static(perCPUAddr)),
					variable("as_function", "int", perCPUAddr), variable("elsewhere", "int", perCPUAddr)))
				for i := range f.Symbols {
					switch s := &f.Symbols[i]; s.Name {
					case "as_function":
						s.Type = elf.STT_FUNC
					case "elsewhere":
						s.Section = ".data"
					case "without":
						s.Name = "other"
					}
				}
				return f
			}(),
		},
		{
			name: "variable-not",
			rule: "Local, artificial, declared and nameless variables are left out, and those without one address.",
			file: file(unit(intType(), function("f", "int", textAddr, variable("local", "int", perCPUAddr+4),
				entry(dwarf.TagLexDwarfBlock, variable("in_block", "int", perCPUAddr+4))),
				entry(dwarf.TagNamespace, name("n"), variable("in_namespace", "int", perCPUAddr+4)),
				structure("s", 4, variable("in_struct", "int", perCPUAddr+4)),
				variable("artificial", "int", perCPUAddr+4, yes(dwarf.AttrArtificial)),
				variable("declared", "int", perCPUAddr+4, yes(dwarf.AttrDeclaration)),
				entry(dwarf.TagVariable, typ("int"), static(perCPUAddr+4)),
				entry(dwarf.TagVariable, name("no_location"), typ("int")),
				entry(dwarf.TagVariable, name("constant"), typ("int"), num(dwarf.AttrConstValue, 4)),
				entry(dwarf.TagVariable, name("register"), typ("int"), in(5)),
				entry(dwarf.TagVariable, name("list"), typ("int"),
					at(dwarf.AttrLocation, dwarftest.FormLoclistx,
						dwarftest.LocList{{Low: 1, High: 2, Expr: expr{dwarftest.OpAddr,
							dwarftest.Addr(perCPUAddr + 4)}}})),
				entry(dwarf.TagVariable, name("empty"), typ("int"), location()),
				entry(dwarf.TagVariable, name("tls"), typ("int"),
					location(dwarftest.Op(0x0e), dwarftest.Fixed{Size: 8, Value: perCPUAddr + 4}, dwarftest.Op(0xe0))),
				variable("last", "int", perCPUAddr+4))),
		},
		{
			name: "variable-locations",
			rule: "An address, with one number added.",
			file: file(unit(intType(), entry(dwarf.TagVariable, name("plus"), typ("int"),
				location(dwarftest.OpAddr, dwarftest.Addr(perCPUAddr+4), dwarftest.OpPlusUconst, dwarftest.ULEB(0x20))),
				entry(dwarf.TagVariable, name("plus_two"), typ("int"),
					location(dwarftest.OpAddr, dwarftest.Addr(perCPUAddr+8), dwarftest.OpPlusUconst,
						dwarftest.ULEB(0x20), dwarftest.OpPlusUconst, dwarftest.ULEB(0x20))),
				entry(dwarf.TagVariable, name("more"), typ("int"), location(dwarftest.OpAddr, dwarftest.Addr(perCPUAddr+12), dwarftest.OpDeref)),
				entry(dwarf.TagVariable, name("block"), typ("int"),
					at(dwarf.AttrLocation, dwarftest.FormBlock1,
						expr{dwarftest.OpAddr, dwarftest.Addr(perCPUAddr + 16)})))),
		},
		{
			name: "variable-locations-dwarf4",
			rule: "From DWARF 4 on a block is no location.",
			file: func() *dwarftest.File {
				u := unit(intType(), entry(dwarf.TagVariable, name("block"), typ("int"),
					at(dwarf.AttrLocation, dwarftest.FormBlock1,
						expr{dwarftest.OpAddr, dwarftest.Addr(perCPUAddr + 16)})), variable("last", "int", perCPUAddr+20))
				u.Version = 4
				return file(u)
			}(),
		},
		{
			name: "variable-locations-dwarf3",
			rule: "Before DWARF 4 locations are blocks.",
			file: func() *dwarftest.File {
				u := unit(intType(), entry(dwarf.TagVariable, name("block"), typ("int"),
					at(dwarf.AttrLocation, dwarftest.FormBlock1,
						expr{dwarftest.OpAddr, dwarftest.Addr(perCPUAddr + 16)})))
				u.Version = 3
				return file(u)
			}(),
		},
		{
			name: "variable-specification",
			rule: "Name, type, linkage and tags are those of the declaration, where there is one.",
			file: file(unit(intType(), longType(), entry(dwarf.TagVariable, label("d"), name("declared"), typ("int"),
				external, yes(dwarf.AttrDeclaration), clangTag("btf_decl_tag", "of the declaration")),
				entry(dwarf.TagVariable, spec("d"), typ("long int"), static(perCPUAddr+4), clangTag("btf_decl_tag", "of the definition")),
				entry(dwarf.TagVariable, label("unsized"), name("unsized"), typ("open"), external,
					yes(dwarf.AttrDeclaration)), array("open", "int"), array("closed", "int", upper(3)),
				entry(dwarf.TagVariable, spec("unsized"), typ("closed"), static(perCPUAddr+8)),
				structure("s", 1, entry(dwarf.TagVariable, label("static"), name("static_member"), typ("int"), external,
					yes(dwarf.AttrDeclaration))), entry(dwarf.TagVariable, spec("static"), static(perCPUAddr+0x20)),
				entry(dwarf.TagVariable, name("dangling"), spec("int"), typ("int"), static(perCPUAddr+0x24)))),
		},
		{
			name: "variable-tags",
			rule: "A variable's tags follow it; gcc's are not seen.",
			file: file(unit(intType(), variable("clang", "int", perCPUAddr+4, clangTag("btf_decl_tag", "one"),
				clangTag("btf_decl_tag", "two"), clangTag("other", "no")),
				variable("gcc", "int", perCPUAddr+8, chain("three")), gccTag("three", "btf_decl_tag", "three"))),
		},
		{
			name: "variable-prefixes",
			rule: "Names that tools make up are left out.",
			file: file(unit(intType(), variable("__UNIQUE_ID_x", "int", perCPUAddr+4),
				variable("__tpstrtab_x", "int", perCPUAddr+4), variable("__exitcall_x", "int", perCPUAddr+4),
				variable("__gendwarfksyms_ptr_x", "int", perCPUAddr+4),
				variable("__func_stack_frame_non_standard_x", "int", perCPUAddr+4),
				variable("__UNIQUE_I", "int", perCPUAddr+4), variable("last", "int", perCPUAddr+8))),
		},
		{
			name: "variable-sizes",
			rule: "Sizes go through typedefs and arrays; variables without one are left out.",
			file: file(unit(intType(), charType(), typedef("t", "arr"), array("arr", "int", upper(1), upper(2)),
				structure("empty", 0), structure("one", 1), structure("full", 1, member("c", "char", 0)),
				pointer("p", "int"),
				ref(dwarf.TagVolatileType, "v", "t"), named(dwarf.TagEnumerationType, "e", size(2),
					enumerator("A", dwarftest.FormData1, 0)),
				named(dwarf.TagStructType, "fwd", yes(dwarf.AttrDeclaration)),
				ref(dwarf.TagSubroutineType, "proto", "int"), named(dwarf.TagUnionType, "u", size(12)),
				array("none", "int"), array("large", "int", upper(1<<30)),
				array("exact", "char", upper(int64(1<<32-2))), array("of_one", "one", upper(4)),
				typedef("t_of_array", "arr2"), array("arr2", "t", upper(1)),
				named(dwarf.TagClassType, "class", size(6)),
				variable("v1", "t", perCPUAddr+4), variable("v2", "v", perCPUAddr+4),
				variable("v3", "empty", perCPUAddr+4), variable("v4", "one", perCPUAddr+4),
				variable("v5", "full", perCPUAddr+4), variable("v6", "p", perCPUAddr+4),
				variable("v7", "e", perCPUAddr+4), variable("v8", "fwd", perCPUAddr+4),
				variable("v9", "proto", perCPUAddr+4), variable("v10", "u", perCPUAddr+4),
				variable("v11", "none", perCPUAddr+4), variable("v12", "large", perCPUAddr+4),
				variable("v13", "exact", perCPUAddr+4), variable("v14", "of_one", perCPUAddr+4),
				variable("v15", "t_of_array", perCPUAddr+4), variable("v16", "class", perCPUAddr+4),
				variable("last", "int", perCPUAddr+8))),
		},
		{
			name: "variable-names",
			rule: "With encode_force invalid names are left out.",
			file: file(unit(intType(), variable("good.name_1", "int", perCPUAddr+4),
				variable("1bad", "int", perCPUAddr+8), variable("b ad", "int", perCPUAddr+12),
				variable(long, "int", perCPUAddr+16), variable(long+"x", "int", perCPUAddr+20),
				variable("", "int", perCPUAddr+24), variable(".", "int", perCPUAddr+28))),
			features: "var,encode_force",
		},
		{
			name:     "variable-bad-name",
			rule:     "Without it an invalid name is an error.",
			file:     file(unit(intType(), variable("b ad", "int", perCPUAddr+12))),
			features: "var",
			err:      `^variable "b ad": invalid name \(encode_force leaves such variables out\)$`,
		},
		{
			name:     "variable-bad-name-elsewhere",
			rule:     "Names are looked at only where the section is wanted.",
			file:     file(unit(intType(), variable("b ad", "int", dataAddr+12), variable("good", "int", perCPUAddr+12))),
			features: "var",
		},
		{
			name: "variable-void",
			rule: "With encode_force variables of type void are left out.",
			file: file(unit(entry(dwarf.TagVariable, name("v"), static(perCPUAddr+4)), intType())),
		},
		{
			name: "variable-void-not-forced",
			rule: "Without it, so are the variables of the unit after it.",
			file: file(unit(variable("before", "int", perCPUAddr+8),
				entry(dwarf.TagVariable, name("v"), static(perCPUAddr+4)), intType(),
				variable("behind", "int", perCPUAddr+12)), unit(copyOf(intType(), "int2"),
				variable("elsewhere", "int2", perCPUAddr+16))),
			features: "var",
		},
		{
			name: "variable-unloaded-sections",
			rule: "Sections that are not loaded take part at address 0, after a per-CPU section that is there.",
			file: func() *dwarftest.File {
				f := file(unit(intType(), variable("v", "int", 0x10)))
				f.Sections[2].Addr = 0
				return f
			}(),
		},
		{
			name: "variable-unloaded-first",
			rule: "Sections that are not loaded take part at address 0, before a per-CPU section that stands after them.",
			file: func() *dwarftest.File {
				f := file(unit(intType(), variable("v", "int", 0x10)))
				f.Sections[2].Addr = 0
				f.Sections = append([]dwarftest.Section{{Name: ".comment", Data: make([]byte, 0x40)}}, f.Sections...)
				return f
			}(),
		},
		{
			name:     "variable-sections",
			rule:     "There is a DATASEC for each section in the order of the sections, also for those with odd names.",
			features: "global_var",
			file: func() *dwarftest.File {
				f := file(unit(intType(), variable("b", "int", 0x5000+4), variable("a", "int", bssAddr), variable("c", "int", dataAddr+8)))
				f.Sections = append([]dwarftest.Section{{Name: "odd name", Flags: elf.SHF_ALLOC, Addr: 0x5000, Data: make([]byte, 0x40)}}, f.Sections...)
				return f
			}(),
		},
	}
}
