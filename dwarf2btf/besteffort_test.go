package dwarf2btf_test

import (
	"debug/dwarf"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

// bestEffortCases are about files of which a part has no BTF form.
func bestEffortCases() []encoding {
	const differs = "pahole writes nothing"
	value := func(n string, v int64) *die { return enumerator(n, dwarftest.FormSdata, v) }
	bitField := func(n string, attrs ...any) *die {
		return entry(dwarf.TagMember, append([]any{name(n), typ("int"), num(dwarf.AttrBitSize, 3)}, attrs...)...)
	}
	many := make([]any, 1<<16)
	for i := range many {
		many[i] = member("m", "int", 4*i)
	}
	list := []encoding{
		{
			name: "best-effort-atomic",
			rule: "An atomic type is the type itself, wherever it stands and however often it is said.",
			file: file(unit(
				structure("s", 12, member("a", "atomic", 0), member("b", "atomic atomic", 4), member("c", "const", 8)),
				ref(dwarf.TagAtomicType, "atomic atomic", "atomic"), ref(dwarf.TagAtomicType, "atomic", "int"), intType(),
				ref(dwarf.TagConstType, "const", "atomic"),
				pointer("", "void"), ref(dwarf.TagAtomicType, "void", ""), typedef("t", "atomic"),
				entry(dwarf.TagSubroutineType, typ("atomic"), param("", "atomic atomic")))),
		},
		{
			name: "best-effort-function",
			rule: "The parameters and the result of a function are seen through atomic types.",
			file: file(unit(intType(), ref(dwarf.TagAtomicType, "atomic", "int"),
				function("f", "atomic", textAddr, param("x", "atomic", in(5))), variable("v", "atomic", perCPUAddr+4))),
		},
		{
			name: "best-effort-atomic-merged",
			rule: "An atomic type is seen through from another unit.",
			file: file(unit(intType(), structure("s", 4,
				entry(dwarf.TagMember, name("m"), crossRef("atomic"), num(dwarf.AttrDataMemberLoc, 0)))),
				unit(ref(dwarf.TagAtomicType, "atomic", "char"), charType())),
			features: "default,force_cu_merging",
		},
		{
			name: "best-effort-references",
			rule: "References are pointers.",
			file: file(unit(intType(), structure("s", 16, member("a", "l", 0), member("b", "r", 8)),
				ref(dwarf.TagReferenceType, "l", "int"), ref(dwarf.TagRvalueReferenceType, "r", "s"))),
		},
		{
			name: "best-effort-complex",
			rule: "A complex number is a structure of its parts, named as its name or its size says; an imaginary one is a number.",
			file: file(unit(base("complex double", 16, encComplex), base("_Complex long double", 32, encComplex), base("complex128", 16, encComplex),
				base("half", 4, encComplex), base("short", 8, encComplex), base("imaginary", 8, encImaginary), base("odd", 20, encComplex))),
		},
		{
			name: "best-effort-opaque",
			rule: "Of what has a size the size stays: structures keep their layout.",
			file: file(unit(intType(),
				structure("s", 64, member("a", "string", 0), member("b", "float", 8), member("c", "data", 20),
					member("d", "function", 32), member("e", "sized", 48), member("f", "enum", 56)),
				entry(dwarf.TagStringType, label("string"), size(7)), base("float", 10, encFloat),
				ref(dwarf.TagPtrToMemberType, "data", "int"), ref(dwarf.TagPtrToMemberType, "function", "proto"),
				entry(dwarf.TagSubroutineType, label("proto")),
				ref(dwarf.TagPtrToMemberType, "sized", "int", size(4)),
				named(dwarf.TagEnumerationType, "enum", size(3), value("E", 1)))),
		},
		{
			name: "best-effort-class",
			rule: "An interface is a structure.",
			file: file(unit(intType(), named(dwarf.TagInterfaceType, "i", size(8), member("m", "int", 0)))),
		},
		{
			name: "best-effort-typedef",
			rule: "A typedef without a name is its type.",
			file: file(unit(structure("s", 4, member("m", "t", 0)), ref(dwarf.TagTypedef, "t", "int"), intType())),
		},
		{
			name: "best-effort-members",
			rule: "Members, enumerators and declarations that BTF cannot say are left out alone.",
			file: file(unit(intType(), structure("s", 1<<22, bitField("a", num(dwarf.AttrDataBitOffset, 1<<24)),
				bitField("b", num(dwarf.AttrDataBitOffset, 8)), member("c", "int", 4),
				bitField("d", num(dwarf.AttrDataMemberLoc, 1<<21), num(dwarf.AttrBitOffset, 0))),
				named(dwarf.TagUnionType, "u", size(8), member("x", "int", 4), member("y", "int", 0)),
				named(dwarf.TagEnumerationType, "e", size(4), value("A", 1), entry(dwarf.TagEnumerator, num(dwarf.AttrConstValue, 2)), value("B", 3)),
				pointer("", "anonymous"), entry(dwarf.TagStructType, label("anonymous"), yes(dwarf.AttrDeclaration)))),
		},
		{
			name: "best-effort-wide-enumerators",
			rule: "Enumerators that do not fit their type are left out alone.",
			file: file(unit(named(dwarf.TagEnumerationType, "e", size(4), value("A", 1), value("B", 1<<40), value("C", 2)))),
		},
		{
			name: "best-effort-many-members",
			rule: "A structure with more members than BTF counts has none.",
			file: file(unit(intType(), structure("s", 1<<18, many...), pointer("", "s"))),
		},
		{
			name: "best-effort-other-languages",
			rule: "Qualifiers that C lacks are seen through, modules are looked into, and sets and files have a size.",
			file: file(unit(intType(), entry(dwarf.TagModule, name("m"),
				structure("s", 20, member("a", "packed", 0), member("b", "range", 4), member("c", "set", 8),
					member("d", "file", 16))),
				ref(dwarf.TagPackedType, "packed", "int"), ref(dwarf.TagSubrangeType, "range", "int", upper(7)),
				ref(dwarf.TagSetType, "set", "int", size(8)), ref(dwarf.TagFileType, "file", "int", size(4)))),
		},
	}
	list = append(list, encoding{
		name: "best-effort-circle",
		rule: "An atomic type of itself is no type.",
		file: file(unit(pointer("", "a"), ref(dwarf.TagAtomicType, "a", "b"), ref(dwarf.TagAtomicType, "b", "a"))),
		err:  `^\.debug_info\+0x[0-9a-f]+: types stand for each other and never for a type of their own, for example at \.debug_info\+0x[0-9a-f]+$`,
	})
	for i := range list {
		if list[i].err == "" {
			list[i].differs = differs
		}
		list[i].options = func(o *dwarf2btf.Options) { o.BestEffort = true }
	}
	return list
}

// TestLeftOut: what is left out is said once for each thing, with what it is for.
func TestLeftOut(t *testing.T) {
	cxx := func(n string) *dwarftest.Unit {
		pm, other := n+"pm", n+"other" // labels
		return &dwarftest.Unit{DIE: entry(dwarf.TagCompileUnit, name(n), language(0x21),
			entry(dwarf.TagStructType, name("s"), size(32), member("m", pm, 0), member("n", other, 8)),
			ref(dwarf.TagPtrToMemberType, pm, ""), ref(dwarf.TagPtrToMemberType, other, ""), entry(dwarf.TagStringType, name("text"), size(5)))}
	}
	var got []string
	_, err := convert(file(cxx("a.cc"), cxx("b.cc")).Build(t),
		dwarf2btf.Options{BestEffort: true, Jobs: 2, Report: func(d dwarf2btf.Diagnostic) { got = append(got, d.Msg) }})
	if err != nil {
		t.Fatal(err)
	}
	want := `left out: DW_TAG_ptr_to_member_type has no BTF encoding (member 'm' of struct 's', unit a.cc in c++14)
left out: DW_TAG_ptr_to_member_type has no BTF encoding (member 'n' of struct 's', unit a.cc in c++14)
left out: DW_TAG_string_type has no BTF encoding (type 'text', unit a.cc in c++14)`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}
