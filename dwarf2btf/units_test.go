package dwarf2btf_test

import (
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

// copyOf is a DIE under another label, for a unit of its own.
func copyOf(d *die, l string) *die {
	c := *d
	c.Label = l
	return &c
}

// in64 makes the units of a file 64-bit DWARF.
func in64(f *dwarftest.File) *dwarftest.File {
	for _, u := range f.Units {
		u.Dwarf64 = true
	}
	return f
}

// unitCases are about kinds of units and which are taken.
func unitCases() []encoding {
	inLanguage := func(lang int, n string, parts ...any) *dwarftest.Unit {
		return &dwarftest.Unit{DIE: entry(dwarf.TagCompileUnit, append([]any{name(n), language(lang)}, parts...)...)}
	}
	three := func() *dwarftest.File {
		return file(
			inLanguage(0x8001, "entry.S", structure("from_asm", 1)),
			inLanguage(langRust, "core.rs", structure("from_rust", 1)),
			inLanguage(langC, "main.c", structure("from_c", 1)),
			&dwarftest.Unit{DIE: entry(dwarf.TagCompileUnit, structure("from_nowhere", 1))})
	}
	types := func(version uint16) *dwarftest.File {
		u := unit(pointer("", ""), structure("s", 8, entry(dwarf.TagMember, name("m"),
			at(dwarf.AttrType, dwarftest.FormRefSig8, int64(0x1122334455667788)), num(dwarf.AttrDataMemberLoc, 0))),
			entry(dwarf.TagStructType, yes(dwarf.AttrDeclaration), at(dwarf.AttrSignature, dwarftest.FormRefSig8, int64(0x1122334455667788)), name("t")))
		u.Version = version
		tu := &dwarftest.Unit{Version: version, Kind: dwarftest.TypeUnit, Signature: 0x1122334455667788, TypeLabel: "t",
			DIE: entry(dwarf.TagTypeUnit, language(langC), entry(dwarf.TagBaseType, label("int2"), name("int"), size(4),
				num(dwarf.AttrEncoding, encSigned)), structure("t", 4, member("x", "int2", 0)))}
		return file(u, tu)
	}
	versions := func() *dwarftest.File {
		var units []*dwarftest.Unit
		for v := uint16(2); v <= 5; v++ {
			l := string('0' + rune(v))
			u := unit(copyOf(intType(), "int"+l), structure("v"+l, 4, member("x", "int"+l, 0)))
			if v < 4 {
				u.DIE.Children[1].Attrs = u.DIE.Children[1].Attrs[:2]
			}
			u.Version = v
			units = append(units, u)
		}
		return file(units...)
	}
	skeleton := unit(at(0x76, dwarftest.FormString, "a.dwo"))
	skeleton.Kind, skeleton.DIE.Tag, skeleton.Signature = dwarftest.SkeletonUnit, tagSkeleton, 0x1234
	partial := &dwarftest.Unit{Kind: dwarftest.PartialUnit, DIE: entry(dwarf.TagPartialUnit, structure("in_partial", 1))}
	return []encoding{
		{
			name: "unit-versions",
			rule: "Units of all versions may stand in one file.",
			file: versions(),
		},
		{
			name: "unit-64-bit",
			rule: "Offsets of 8 bytes make no difference.",
			file: in64(versions4and5()),
		},
		{
			name:    "unit-skeleton",
			rule:    "Of split DWARF only the skeleton is here: without the rest nothing is encoded.",
			file:    file(skeleton, unit(intType())),
			err:     `the file of split DWARF "a.dwo" that the unit at .debug_info\+0x0 names was not found: there is no ".*a.elf.dwp", ".*a.dwo"`,
			differs: "pahole warns and encodes the other units",
		},
		{
			name: "unit-partial",
			rule: "A partial unit that nobody imports has nothing.",
			file: file(partial, unit(intType())),
		},
		{
			name:    "unit-types-dwarf4",
			rule:    "A type unit of .debug_types stands after each unit that refers to it.",
			file:    types(4),
			differs: "pahole takes another type, which has the number in the referring unit that the meant one has in the type units",
		},
		{
			name:    "unit-types-dwarf5",
			rule:    "A type unit of .debug_info stands after each unit that refers to it.",
			file:    types(5),
			differs: "references from other units are void in pahole",
		},
		{
			name:    "unit-types-functions",
			rule:    "Type units that nobody refers to are encoded at the end, together, with functions that are in them.",
			differs: "pahole puts them first, and knows no registers of arguments in .debug_types",
			file: func() *dwarftest.File {
				typeUnit := func(n string, parts ...any) *dwarftest.Unit {
					s := copyOf(structure("s_"+n, 4), n)
					return &dwarftest.Unit{Version: 4, Kind: dwarftest.TypeUnit, Signature: uint64(len(n)),
						TypeLabel: n, DIE: entry(dwarf.TagTypeUnit,
							append(append([]any{language(langC)}, parts...), s)...)}
				}
				long := copyOf(intType(), "int2")
				long.Attrs = append(long.Attrs, at(dwarf.AttrDescription, dwarftest.FormBlock4, make([]byte, 200)))
				u := unit(intType())
				u.Version = 4
				return file(u, typeUnit("one", long, function("f", "int2", textAddr, param("a", "int2", in(5)),
					param("b", "int2", in(9)))), typeUnit("other", copyOf(intType(), "int3"),
					function("g", "int3", textAddr+0x10, param("a", "int3", in(5)))))
			}(),
		},
		{
			name: "unit-other-tag",
			rule: "Something else at the top of a unit is refused.",
			file: file(&dwarftest.Unit{DIE: entry(dwarf.TagNamespace, intType())}),
			err:  `^\.debug_info\+0xc: unit starts with tag 0x39, not with a unit$`,
		},
		{
			name:    "unit-language-exclude",
			rule:    "Units of an excluded language are left out; those without a language are not.",
			file:    three(),
			options: func(o *dwarf2btf.Options) { o.Languages.Exclude = []dwarf2btf.Language{langRust, 0x8001} },
			flags:   []string{"--lang_exclude=rust,asm"},
		},
		{
			name:    "unit-language-include",
			rule:    "Only units of a listed language are taken.",
			file:    three(),
			options: func(o *dwarf2btf.Options) { o.Languages.Include = []dwarf2btf.Language{langC} },
			flags:   []string{"--lang=c99"},
		},
		{
			name:    "unit-exclude",
			rule:    "Units whose name begins with the prefix are left out.",
			file:    three(),
			options: func(o *dwarf2btf.Options) { o.CUExclude = []string{"ma"} },
			flags:   []string{"--cu_exclude=ma"},
		},
		{
			name: "unit-all-excluded",
			rule: "Nothing remains, and that is no error.",
			file: file(unit(intType())),
			options: func(o *dwarf2btf.Options) {
				o.CUExclude = []string{"a.c"}
			},
			flags: []string{"-X", "a.c"},
		},
	}
}

func versions4and5() *dwarftest.File {
	four := unit(copyOf(intType(), "int4"), structure("v4", 4, member("x", "int4", 0)))
	four.Version = 4
	return file(four, unit(intType(), structure("v5", 4, member("x", "int", 0),
		entry(dwarf.TagMember, at(dwarf.AttrName, dwarftest.FormStrx, "indexed"), typ("int"),
			num(dwarf.AttrDataMemberLoc, 0))),
		entry(dwarf.TagVariable, name("v"), typ("int"), location(dwarftest.OpAddrx, dwarftest.ULEB(0)),
			at(dwarf.AttrConstValue, dwarftest.FormAddrx, perCPUAddr+8))))
}

// crossRef is a reference to any unit.
func crossRef(to string) attr { return at(dwarf.AttrType, dwarftest.FormRefAddr, to) }

// chained is a structure with a chain of annotations.
func chained(n, to string) *die {
	return entry(dwarf.TagStructType, name(n), size(4), chain(to), member("x", "int", 0))
}

// importOf imports the unit with a label.
func importOf(to string) *die {
	return entry(dwarf.TagImportedUnit, at(dwarf.AttrImport, dwarftest.FormRefAddr, to))
}

func partialUnit(l string, parts ...any) *dwarftest.Unit {
	return &dwarftest.Unit{Kind: dwarftest.PartialUnit, DIE: entry(dwarf.TagPartialUnit, append([]any{label(l)}, parts...)...)}
}

// mergeCases are about files whose units form one.
func mergeCases() []encoding {
	plain := func() []*dwarftest.Unit {
		return []*dwarftest.Unit{
			unit(intType(), array("", "int", upper(1)), variable("v1", "int", perCPUAddr, yes(dwarf.AttrExternal)),
				function("f1", "int", textAddr), structure("tagged1", 4, clangTag("btf_decl_tag", "one"))),
			unit(copyOf(intType(), "int2"), pointer("", "int2"), variable("v2", "int2", perCPUAddr+4),
				function("f2", "int2", textAddr+0x10), structure("tagged2", 4, clangTag("btf_decl_tag", "two"))),
		}
	}
	// A reference between units anywhere makes one of them all.
	withRefAddr := func(units ...*dwarftest.Unit) *dwarftest.File {
		last := units[len(units)-1].DIE
		last.Children = append(last.Children, entry(dwarf.TagTypedef, name("cross"), crossRef("int")))
		return file(units...)
	}
	note := func(word uint32) *dwarftest.File {
		f := file(plain()...)
		var b []byte
		for _, v := range []uint32{6, 4, 0x101} {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		b = binary.LittleEndian.AppendUint32(append(b, "Linux\x00\x00\x00"...), word)
		f.Sections = append(f.Sections, dwarftest.Section{Name: ".note.Linux", Type: elf.SHT_NOTE, Align: 4, Data: b})
		return f
	}
	lang := func(u *dwarftest.Unit, l int) *dwarftest.Unit {
		for i, a := range u.DIE.Attrs {
			if a.Attr == dwarf.AttrLanguage {
				u.DIE.Attrs[i] = language(l)
			}
		}
		return u
	}
	withProducer := func(u *dwarftest.Unit, p string) *dwarftest.Unit {
		u.DIE.Attrs = append(u.DIE.Attrs, producer(p))
		return u
	}
	// A parameter that only clang's rules refuse.
	moved := func(n, to string, addr int) *die { return function(n, to, addr, param("a", to, in(9))) }
	return []encoding{
		{
			name: "merge-not",
			rule: "Without a reason each unit is encoded alone: its variables follow its types.",
			file: file(plain()...),
		},
		{
			name:     "merge-forced",
			rule:     "As one unit, variables follow the types of all.",
			file:     file(plain()...),
			features: "default,force_cu_merging",
		},
		{
			name: "merge-ref-addr",
			rule: "An abbreviation with DW_FORM_ref_addr makes one unit of all, and references lead everywhere.",
			file: withRefAddr(unit(structure("s", 4, entry(dwarf.TagMember, name("m"), crossRef("int"),
				num(dwarf.AttrDataMemberLoc, 0))), entry(dwarf.TagPointerType, crossRef("later"))),
				unit(intType(), structure("later", 4, member("x", "int", 0)))),
		},
		{
			name: "merge-ref-addr-unused",
			rule: "DW_FORM_ref_addr in an attribute without meaning makes one unit of all, too.",
			file: func() *dwarftest.File {
				units := plain()
				units[1].DIE.Children = append(units[1].DIE.Children, entry(dwarf.TagVariable, at(dwarf.AttrImport, dwarftest.FormRefAddr, "int")))
				return file(units...)
			}(),
		},
		{
			name: "merge-lto-note",
			rule: "A kernel's note on LTO makes one unit of all.",
			file: note(1),
		},
		{
			name: "merge-lto-note-off",
			rule: "A note of 0 does not.",
			file: note(0),
		},
		{
			name: "merge-nowhere",
			rule: "References between units to what is no type are void.",
			file: withRefAddr(unit(entry(dwarf.TagPointerType, crossRef("f")),
				entry(dwarf.TagPointerType, crossRef("p")), entry(dwarf.TagPointerType, crossRef("v")),
				entry(dwarf.TagPointerType, crossRef("null")), entry(dwarf.TagPointerType, crossRef("root")),
				entry(dwarf.TagPointerType, at(dwarf.AttrType, dwarftest.FormRefAddr, dwarftest.Raw(1))),
				entry(dwarf.TagPointerType, at(dwarf.AttrType, dwarftest.FormRefAddr, dwarftest.Raw(0x100000)))),
				&dwarftest.Unit{DIE: entry(dwarf.TagCompileUnit, label("root"), intType(),
					entry(dwarf.TagSubprogram, label("f"), name("f"), typ("int"),
						entry(dwarf.TagFormalParameter, label("p"), name("p"), typ("int"))),
					entry(dwarf.TagVariable, label("v"), name("v"), typ("int"), yes(dwarf.AttrDeclaration)),
					entry(dwarf.TagUnspecifiedType, label("null"), name("null")))}),
		},
		{
			name: "merge-functions",
			rule: "Origins, specifications and types of functions and parameters lead to other units.",
			file: withRefAddr(
				unit(entry(dwarf.TagSubprogram, label("abstract"), name("f"), crossRef("int"),
					at(dwarf.AttrInline, dwarftest.FormData1, 1),
					entry(dwarf.TagFormalParameter, label("a"), name("a"), crossRef("int"))),
					structure("s", 4, entry(dwarf.TagSubprogram, label("method"), name("method"), yes(dwarf.AttrDeclaration), crossRef("int")))),
				unit(intType(),
					entry(dwarf.TagSubprogram, at(dwarf.AttrAbstractOrigin, dwarftest.FormRefAddr, "abstract"),
						lowPC(textAddr), entry(dwarf.TagFormalParameter,
							at(dwarf.AttrAbstractOrigin, dwarftest.FormRefAddr, "a"), in(5))),
					entry(dwarf.TagSubprogram, at(dwarf.AttrSpecification, dwarftest.FormRefAddr, "method"), lowPC(textAddr+0x10)),
					function("f", "int", textAddr, entry(dwarf.TagFormalParameter, name("a"), typ("int"), in(5))))),
		},
		{
			name: "merge-variables",
			rule: "A variable takes name and type of a declaration in another unit.",
			file: withRefAddr(
				unit(entry(dwarf.TagVariable, label("declared"), name("v"), crossRef("int"), yes(dwarf.AttrExternal),
					yes(dwarf.AttrDeclaration)), entry(dwarf.TagVariable, name("w"), crossRef("int"),
					static(perCPUAddr+0x10))),
				unit(intType(), entry(dwarf.TagVariable, at(dwarf.AttrSpecification, dwarftest.FormRefAddr, "declared"), static(perCPUAddr+8)))),
		},
		{
			name: "merge-bitfields",
			rule: "The storage unit of a bit-field and the sign of an ENUM64 come from types of other units.",
			file: withRefAddr(
				unit(structure("s", 8, entry(dwarf.TagMember, name("a"), crossRef("long int"),
					num(dwarf.AttrBitSize, 5), num(dwarf.AttrBitOffset, 3), num(dwarf.AttrDataMemberLoc, 0))),
					entry(dwarf.TagEnumerationType, name("e"), size(8), crossRef("long int"), enumerator("A", dwarftest.FormSdata, -1))),
				unit(intType(), longType())),
		},
		{
			name: "merge-locations",
			rule: "Locations are judged when the unit they stand in is gone.",
			file: withRefAddr(
				unit(entry(dwarf.TagSubprogram, name("f"), crossRef("int"), lowPC(textAddr),
					entry(dwarf.TagFormalParameter, name("a"), crossRef("int"), in(5)),
					entry(dwarf.TagFormalParameter, name("b"), crossRef("int"), in(9)))),
				unit(intType(), function("g", "int", textAddr+0x10, param("a", "int", in(5)), param("b", "int", in(4))))),
		},
		{
			name: "merge-clang-first",
			rule: "Whether clang's rules hold is what the first unit says, for all.",
			file: file(withProducer(unit(intType(), moved("f", "int", textAddr)), clang),
				withProducer(unit(copyOf(intType(), "int2"), moved("g", "int2", textAddr+0x10)), "GNU C17")),
			features: "default,force_cu_merging",
		},
		{
			name: "merge-clang-second",
			rule: "Whether clang's rules hold is what the first unit says, for all.",
			file: file(withProducer(unit(intType(), entry(dwarf.TagSubprogram, typ("int"), name("f"),
				lowPC(textAddr), param("a", "int"))), "GNU C17"),
				withProducer(unit(copyOf(intType(), "int2"), moved("g", "int2", textAddr+0x10)), clang)),
			features: "default,force_cu_merging",
		},
		{
			name:     "merge-exclude",
			rule:     "Units that are one have no name, so that none is left out by it.",
			file:     file(unit(intType()), unit(structure("other", 1))),
			features: "default,force_cu_merging",
			options:  func(o *dwarf2btf.Options) { o.CUExclude = []string{"a.c", "b.c"} },
			flags:    []string{"--cu_exclude=a.c", "--cu_exclude=b.c"},
		},
		{
			name:     "merge-language",
			rule:     "Languages are filtered unit by unit.",
			file:     file(unit(intType()), lang(unit(structure("from_rust", 1)), langRust), unit(structure("from_c", 1))),
			features: "default,force_cu_merging",
			options:  func(o *dwarf2btf.Options) { o.Languages.Exclude = []dwarf2btf.Language{langRust} },
			flags:    []string{"--lang_exclude=rust"},
		},
		{
			name:     "merge-language-of-first",
			rule:     "When the first unit is left out, the others are not.",
			file:     file(lang(unit(structure("from_rust", 1)), langRust), unit(intType())),
			features: "default,force_cu_merging",
			options:  func(o *dwarf2btf.Options) { o.Languages.Exclude = []dwarf2btf.Language{langRust} },
			flags:    []string{"--lang_exclude=rust"},
			differs:  "pahole leaves out everything, since the merged unit has the language of the first one",
		},
		{
			name:     "merge-rust-first",
			rule:     "Members are sorted if the first unit is in Rust, and not if another one is.",
			file:     file(lang(unit(intType()), langRust), unit(copyOf(intType(), "int2"), structure("s", 8, member("b", "int2", 4), member("a", "int2", 0)))),
			features: "default,force_cu_merging",
		},
		{
			name:     "merge-rust-second",
			rule:     "Members are sorted if the first unit is in Rust, and not if another one is.",
			file:     file(unit(intType()), lang(unit(copyOf(intType(), "int2"), structure("s", 8, member("b", "int2", 4), member("a", "int2", 0))), langRust)),
			features: "default,force_cu_merging",
		},
		{
			name:     "merge-index-type",
			rule:     "The index type may come from any unit, and is made after the types of all.",
			file:     file(unit(array("", "char", upper(1)), charType()), unit(longType())),
			features: "default,force_cu_merging",
		},
		{
			name: "import-order",
			rule: "The types of a partial unit stand where it stands, and a second time where it is imported.",
			file: file(partialUnit("p", structure("imported", 4, member("x", "int", 0)), intType()),
				unit(pointer("", ""), importOf("p"), structure("behind", 4,
					entry(dwarf.TagMember, name("m"), crossRef("imported"), num(dwarf.AttrDataMemberLoc, 0))))),
		},
		{
			name: "import-later",
			rule: "A partial unit may stand after those that import it.",
			file: file(unit(importOf("p"), entry(dwarf.TagPointerType, crossRef("imported"))),
				partialUnit("p", structure("imported", 4, member("x", "int", 0)), intType())),
		},
		{
			name: "import-once",
			rule: "A unit is imported once in a file, beside its own place.",
			file: file(partialUnit("p", intType()), unit(structure("a", 1), importOf("p"), importOf("p")),
				unit(structure("b", 1), importOf("p"), entry(dwarf.TagPointerType, crossRef("int")))),
		},
		{
			name: "import-nested",
			rule: "Imported units import others, also in circles and themselves.",
			file: file(partialUnit("p", importOf("q"), structure("in_p", 4,
				entry(dwarf.TagMember, name("m"), crossRef("int"), num(dwarf.AttrDataMemberLoc, 0)))),
				partialUnit("q", intType(), importOf("p"), importOf("q"), structure("in_q", 1)),
				unit(structure("first", 1), importOf("p"), structure("last", 4,
					entry(dwarf.TagMember, name("m"), crossRef("in_q"), num(dwarf.AttrDataMemberLoc, 0))))),
		},
		{
			name: "import-in-namespace",
			rule: "An import may stand in a namespace.",
			file: file(partialUnit("p", intType(), structure("s", 4, member("x", "int", 0))),
				unit(entry(dwarf.TagNamespace, name("n"), importOf("p")), entry(dwarf.TagPointerType, crossRef("s")))),
		},
		{
			name: "import-variables",
			rule: "Variables of an imported unit are there twice.",
			file: file(partialUnit("p", intType(), variable("v", "int", perCPUAddr),
				function("f", "int", textAddr, param("a", "int", in(5)))), unit(importOf("p"))),
		},
		{
			name: "import-nobody",
			rule: "A partial unit that nobody imports is taken where it stands when the units are one.",
			file: file(unit(entry(dwarf.TagPointerType, crossRef("imported"))), partialUnit("p", structure("imported", 4, member("x", "int", 0)), intType())),
		},
		{
			name: "import-language",
			rule: "A partial unit of an excluded language is left out in its own place, and not where it is imported.",
			file: file(unit(importOf("p"), entry(dwarf.TagPointerType, crossRef("imported"))),
				partialUnit("p", language(langRust), structure("imported", 4, member("x", "int", 0)), intType()),
				partialUnit("q", language(langRust), structure("s", 1))),
			options: func(o *dwarf2btf.Options) { o.Languages.Exclude = []dwarf2btf.Language{langRust} },
			flags:   []string{"--lang_exclude=rust"},
		},
		{
			name: "import-functions",
			rule: "Functions of an imported unit keep types and origins.",
			file: withSymbols(file(partialUnit("p", intType(),
				entry(dwarf.TagSubprogram, label("f"), name("f"), typ("int"),
					entry(dwarf.TagFormalParameter, label("a"), name("a"), typ("int")))),
				unit(importOf("p"), entry(dwarf.TagSubprogram, at(dwarf.AttrAbstractOrigin, dwarftest.FormRefAddr, "f"),
					lowPC(textAddr), entry(dwarf.TagFormalParameter,
						at(dwarf.AttrAbstractOrigin, dwarftest.FormRefAddr, "a"), in(5))))), "f", textAddr),
		},
		{
			name: "import-context",
			rule: "Behind an import the importer's version and tables hold again.",
			file: func() *dwarftest.File {
				importer := unit(importOf("p"), intType(), function("f", "int", textAddr,
					param("a", "int", at(dwarf.AttrLocation, dwarftest.FormSecOffset,
						dwarftest.LocList{{Low: 0, High: 4, Expr: expr{dwarftest.OpReg0 + 5}}})),
					param("b", "int", at(dwarf.AttrLocation, dwarftest.FormBlock1, expr{dwarftest.OpReg0 + 9}))),
					chained("s", "one"), gccTag("one", "btf_decl_tag", "tagged"))
				importer.Version = 3
				importer.DIE.Children[2].Children[0].Attrs[2].Form = dwarftest.FormData4
				return file(importer, partialUnit("p", copyOf(longType(), "long5"),
					function("g", "long5", textAddr+0x10, param("a", "long5",
						at(dwarf.AttrLocation, dwarftest.FormLoclistx,
							dwarftest.LocList{{Low: 0, High: 4, Expr: expr{dwarftest.OpReg0 + 5}}}))),
					entry(dwarf.TagTypedef, at(dwarf.AttrName, dwarftest.FormStrx, "indexed"), typ("long5"))))
			}(),
		},
		{
			name: "import-compile-unit",
			rule: "Only partial units are imported.",
			file: file(&dwarftest.Unit{DIE: entry(dwarf.TagCompileUnit, label("u"), name("b.c"), language(langC),
				intType())}, unit(importOf("u"), structure("s", 1))),
		},
	}
}
