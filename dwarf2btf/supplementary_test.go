package dwarf2btf_test

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

// supID is the build ID of supplementary files.
const supID = "supplementary"

// supplementary is a file as dwz makes it of what other files have in common.
func supplementary(units ...*dwarftest.Unit) *dwarftest.File {
	data := binary.LittleEndian.AppendUint32(nil, 4)
	data = binary.LittleEndian.AppendUint32(data, uint32(len(supID)))
	data = binary.LittleEndian.AppendUint32(data, 3)
	data = append(data, "GNU\x00"+supID+"\x00\x00\x00"...)
	return &dwarftest.File{Type: elf.ET_REL, Units: units, Sections: []dwarftest.Section{{Name: ".note.gnu.build-id",
		Type: elf.SHT_NOTE, Align: 4, Data: data}}}
}

// refersTo makes a file refer to the supplementary file called sup.
func refersTo(f *dwarftest.File) *dwarftest.File {
	f.Sections = append(f.Sections, dwarftest.Section{Name: ".gnu_debugaltlink", Data: []byte("sup\x00" + supID)})
	return f
}

// places are the offsets of the DIEs of a file by their names, those of units by the
// names of the first DIE in them with "unit " in front, and those of strings by the
// string with "string " in front.
type places map[string]int

func placesOf(t testing.TB, image []byte) places {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	p := make(places)
	unit, first := 0, false
	for r := d.Reader(); ; {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			break
		}
		if e.Tag == dwarf.TagPartialUnit || e.Tag == dwarf.TagCompileUnit {
			unit, first = int(e.Offset), true
			continue
		}
		if n, ok := e.Val(dwarf.AttrName).(string); ok {
			p[n] = int(e.Offset)
			if first {
				p["unit "+n], first = unit, false
			}
		}
	}
	if s := f.Section(".debug_str"); s != nil {
		data, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		for off := 0; off < len(data); {
			n := bytes.IndexByte(data[off:], 0)
			p["string "+string(data[off:off+n])] = off
			off += n + 1
		}
	}
	return p
}

// in4 makes a unit one of DWARF 4, which dwz writes most.
func in4(u *dwarftest.Unit) *dwarftest.Unit {
	u.Version = 4
	return u
}

// wide makes a unit one of the 64-bit format.
func wide(u *dwarftest.Unit) *dwarftest.Unit {
	u.Dwarf64 = true
	return u
}

func supUnit(n string, parts ...any) *dwarftest.Unit {
	return in4(partialUnit("pu_"+n, append([]any{structure("s_"+n, 4), base("int_"+n, 4, encSigned)}, parts...)...))
}

// to is a reference into the supplementary file.
func (p places) to(a dwarf.Attr, n string) attr {
	off, ok := p[n]
	if !ok {
		panic("no " + n + " in the supplementary file")
	}
	return at(a, dwarftest.FormGNURefAlt, dwarftest.Raw(off))
}

func (p places) typ(n string) attr { return p.to(dwarf.AttrType, n) }
func (p places) imported(n string) *die {
	return entry(dwarf.TagImportedUnit, p.to(dwarf.AttrImport, "unit "+n))
}
func (p places) name(n string) attr {
	return at(dwarf.AttrName, dwarftest.FormGNUStrpAlt, dwarftest.Raw(p["string "+n]))
}

// supplementaryCases are about files that dwz -m has changed.
func supplementaryCases() []encoding {
	one := func(parts func(p places) []any) func(places) *dwarftest.File {
		return func(p places) *dwarftest.File { return refersTo(file(in4(unit(parts(p)...)))) }
	}
	abstract := entry(dwarf.TagSubprogram, name("f"), typ("int_b"), at(dwarf.AttrInline, dwarftest.FormData1, 1),
		entry(dwarf.TagFormalParameter, name("par"), typ("s_b")))
	return []encoding{
		{
			name: "sup-order",
			rule: "Units of the supplementary file that something leads to come first, in the order of their file, whoever imports them.",
			sup: supplementary(supUnit("a", importOf("pu_c")), supUnit("b"), supUnit("c"), supUnit("unused"),
				supUnit("d"), supUnit("self", importOf("pu_self"))),
			refers: one(func(p places) []any {
				return []any{longType(), p.imported("s_self"), p.imported("s_a"), p.imported("s_d"), entry(dwarf.TagPointerType, p.typ("int_b"))}
			}),
		},
		{
			name: "sup-references",
			rule: "A type, an origin and a specification keep a unit; what is in inlined functions, sizes of arrays and units that are left out does not.",
			sup: supplementary(supUnit("member"), supUnit("inlined"), supUnit("local"), supUnit("count"),
				supUnit("rust"), supUnit("par"), supUnit("result"), supUnit("call"), supUnit("enum"), supUnit("space"),
				supUnit("container")),
			refers: func(p places) *dwarftest.File {
				return refersTo(file(
					in4(unit(intType(), entry(dwarf.TagStructType, name("t"), size(4),
						entry(dwarf.TagMember, name("m"), p.typ("s_member"), num(dwarf.AttrDataMemberLoc, 0)),
						p.to(dwarf.AttrContainingType, "s_container")),
						function("f", "int", textAddr, entry(dwarf.TagInlinedSubroutine,
							p.to(dwarf.AttrAbstractOrigin, "s_inlined")),
							entry(dwarf.TagLexDwarfBlock, entry(dwarf.TagVariable, name("lv"), p.typ("s_local"))),
							entry(dwarf.TagCallSite, p.to(dwarf.AttrCallOrigin, "s_call")),
							entry(dwarf.TagFormalParameter, name("p"), p.typ("int_par"), in(5))),
						entry(dwarf.TagSubprogram, name("g"), lowPC(textAddr+16), p.typ("int_result")),
						entry(dwarf.TagArrayType, typ("int"), entry(dwarf.TagSubrangeType, p.typ("int_count"), upper(3))),
						entry(dwarf.TagEnumerationType, name("e"), size(4), p.typ("int_enum"), enumerator("A", dwarftest.FormSdata, -1)),
						entry(dwarf.TagNamespace, name("n"), p.imported("s_space")))),
					in4(unit(language(langRust), entry(dwarf.TagPointerType, p.typ("s_rust"))))))
			},
			options: func(o *dwarf2btf.Options) { o.Languages.Exclude = []dwarf2btf.Language{langRust} },
			flags:   []string{"--lang_exclude=rust"},
		},
		{
			name: "sup-names",
			rule: "Names may stand in the supplementary file, whatever stands at the same offset of the file's own strings.",
			sup:  supplementary(supUnit("a"), supUnit("b")),
			refers: one(func(p places) []any {
				return []any{intType(), p.imported("s_a"), entry(dwarf.TagStructType, p.name("s_b"), size(4),
					entry(dwarf.TagMember, p.name("int_a"), typ("int"), num(dwarf.AttrDataMemberLoc, 0))),
					entry(dwarf.TagTypedef, p.name("int_b"), typ("int"))}
			}),
		},
		{
			name: "sup-functions",
			rule: "Functions and parameters may have their origin in the supplementary file, and variables their specification; what is defined there counts as well.",
			sup: supplementary(supUnit("a", function("whole", "int_a", textAddr+0x20), variable("wholevar", "int_a", perCPUAddr+8)), supUnit("b", abstract),
				supUnit("c", entry(dwarf.TagVariable, name("v"), typ("int_c"), yes(dwarf.AttrExternal), yes(dwarf.AttrDeclaration)))),
			refers: func(p places) *dwarftest.File {
				f := file(in4(unit(longType(), p.imported("s_a"),
					entry(dwarf.TagSubprogram, lowPC(textAddr), p.to(dwarf.AttrAbstractOrigin, "f"),
						entry(dwarf.TagFormalParameter, p.to(dwarf.AttrAbstractOrigin, "par"), in(5))),
					entry(dwarf.TagVariable, p.to(dwarf.AttrSpecification, "v"), static(perCPUAddr)))))
				f.Symbols = append(f.Symbols, symbol("f", textAddr, elf.STT_FUNC),
					symbol("whole", textAddr+0x20, elf.STT_FUNC), symbol("v", perCPUAddr, elf.STT_OBJECT),
					symbol("wholevar", perCPUAddr+8, elf.STT_OBJECT))
				return refersTo(f)
			},
		},
		{
			name: "sup-clang",
			rule: "A supplementary file is of the language and the compiler of the first unit, and languages do not leave its partial units out.",
			sup: supplementary(supUnit("a"), in4(partialUnit("r", language(langRust), structure("s_rust", 4))), in4(unit(structure("s_cu", 4))),
				in4(&dwarftest.Unit{DIE: entry(dwarf.TagCompileUnit, language(langRust), structure("s_rustcu", 4))})),
			refers: one(func(p places) []any {
				return []any{producer(clang), p.imported("s_a"), entry(dwarf.TagPointerType, p.typ("s_rust")),
					p.imported("s_cu"), entry(dwarf.TagPointerType, p.typ("s_rustcu"))}
			}),
			options: func(o *dwarf2btf.Options) { o.Languages.Include = []dwarf2btf.Language{langC} },
			flags:   []string{"--lang=c99"},
		},
		{
			name: "sup-own-units",
			rule: "A file may have partial units of its own besides.",
			sup:  supplementary(supUnit("a"), supUnit("b")),
			refers: func(p places) *dwarftest.File {
				return refersTo(file(in4(partialUnit("own", p.imported("s_b"),
					structure("mine", 4, entry(dwarf.TagMember, name("m"), p.typ("int_b"),
						num(dwarf.AttrDataMemberLoc, 0))))),
					in4(unit(importOf("own"), entry(dwarf.TagPointerType, crossRef("mine")), entry(dwarf.TagPointerType, p.typ("s_a"))))))
			},
		},
		{
			name: "sup-dwarf64",
			rule: "In the 64-bit format offsets into the supplementary file have 8 bytes.",
			sup:  supplementary(wide(supUnit("a")), supUnit("b")),
			refers: func(p places) *dwarftest.File {
				return refersTo(file(wide(in4(unit(p.imported("s_a"), entry(dwarf.TagTypedef, p.name("int_a"), p.typ("s_b")))))))
			},
		},
		{
			name: "sup-unused",
			rule: "A supplementary file that nothing leads to changes nothing but the order of what follows from one CU.",
			sup:  supplementary(supUnit("a")),
			refers: func(p places) *dwarftest.File {
				return refersTo(file(in4(unit(intType(), pointer("", "int"))), in4(unit(copyOf(intType(), "int2"), array("", "int2", upper(1))))))
			},
		},
		{
			name: "sup-between",
			rule: "A unit of the supplementary file that another one refers to is kept, as dwz does not always import it.",
			sup:  supplementary(supUnit("a", entry(dwarf.TagPointerType, crossRef("s_b"))), supUnit("b")),
			refers: one(func(p places) []any {
				return []any{p.imported("s_a")}
			}),
			differs: "pahole leaves the unit out, and the reference becomes void",
		},
	}
}

// TestSupplementaryFile is about the ways to a supplementary file.
func TestSupplementaryFile(t *testing.T) {
	sup := supplementary(supUnit("a"), supUnit("b"))
	image := sup.Build(t)
	p := placesOf(t, image)
	use := func(n string) *dwarftest.Unit { return in4(unit(entry(dwarf.TagPointerType, p.typ(n)))) }
	alt := func(units ...*dwarftest.Unit) *dwarftest.File { return refersTo(file(units...)) }
	link := func(section, data string, units ...*dwarftest.Unit) *dwarftest.File {
		f := file(units...)
		f.Sections = append(f.Sections, dwarftest.Section{Name: section, Data: []byte(data)})
		return f
	}
	dwarf5 := func(head, path, sum string) string {
		return head + path + "\x00" + string(rune(len(sum))) + sum
	}
	const of, is = "\x05\x00\x00", "\x05\x00\x01" // version and is_supplementary
	withSum := func(sum string) []byte {
		f := supplementary(supUnit("a"), supUnit("b"))
		f.Sections = append(f.Sections, dwarftest.Section{Name: ".debug_sup", Data: []byte(dwarf5(is, "", sum))})
		return f.Build(t)
	}
	v5 := &dwarftest.Unit{DIE: entry(dwarf.TagCompileUnit, entry(dwarf.TagPointerType,
		at(dwarf.AttrType, dwarftest.FormRefSup4, dwarftest.Raw(p["s_a"]))),
		entry(dwarf.TagTypedef, typ(""), at(dwarf.AttrName, dwarftest.FormStrpSup, dwarftest.Raw(p["string int_a"]))))}
	v5.DIE.Children[1].Attrs = v5.DIE.Children[1].Attrs[1:]
	chain := supplementary(supUnit("a"), supUnit("b"))
	chain.Sections = append(chain.Sections, dwarftest.Section{Name: ".gnu_debugaltlink", Data: []byte("x\x00" + supID)})
	inner := supplementary(in4(partialUnit("a", structure("s_a", 4),
		entry(dwarf.TagPointerType, at(dwarf.AttrType, dwarftest.FormGNURefAlt, dwarftest.Raw(1))))))
	for _, tt := range []struct {
		name, rule string
		file       *dwarftest.File
		sup        []byte // nil if there is none
		as         string // name of it, "sup" if empty
		err        string // a part of the error; the struct s_a is encoded without
	}{
		{name: "beside", rule: "A name leads to the directory of the file.", file: alt(use("s_a")), sup: image},
		{name: "dwz-directory", rule: "Or to .dwz there.", file: alt(use("s_a")), sup: image, as: ".dwz/sup"},
		{name: "relative", rule: "A path may be relative.", file: link(".gnu_debugaltlink", "x/../y/sup\x00"+supID, use("s_a")), sup: image, as: "y/sup"},
		{name: "dwarf5", rule: "DWARF 5 has a section and forms of its own.", file: link(".debug_sup", dwarf5(of, "sup", "sum"), v5), sup: withSum("sum")},

		{name: "missing", rule: "Without the file nothing is encoded.", file: alt(use("s_a")),
			err: `the supplementary file "sup" that .gnu_debugaltlink names was not found: there is no "`},
		{name: "missing-unused", rule: "Also if nothing leads to it.", file: alt(in4(unit(intType()))), err: `the supplementary file "sup" that`},
		{name: "missing-dwarf5", rule: "Without the file nothing is encoded.",
			file: link(".debug_sup", dwarf5(of, "sup", "sum"), v5),
			err:  `the supplementary file "sup" that .debug_sup names was not found`},
		{name: "other-id", rule: "The build ID has to be the same.",
			file: link(".gnu_debugaltlink", "sup\x00another", use("s_a")), sup: image,
			err: `/sup": its build ID is 737570706c656d656e74617279, 616e6f74686572 is wanted`},
		{name: "other-sum", rule: "The checksum has to be the same.",
			file: link(".debug_sup", dwarf5(of, "sup", "sum"), v5), sup: withSum("mus"),
			err: `its checksum is 6d7573, 73756d is wanted`},
		{name: "no-sum", rule: "And there has to be one.", file: link(".debug_sup", dwarf5(of, "sup", "sum"), v5),
			sup: image, err: `it is no supplementary file`},
		{name: "chain", rule: "A supplementary file has none.", file: alt(use("s_a")), sup: chain.Build(t),
			err: "it refers to a supplementary file of its own"},
		{name: "inner", rule: "Nor does it refer to one.", file: alt(use("s_a")), sup: inner.Build(t), err: "sup: .debug_info+0x"},
		{name: "no-dwarf", rule: "It has units.", file: alt(use("s_a")), sup: supplementary().Build(t), err: `/sup": no DWARF`},
		{name: "no-link", rule: "Some section has to say which file.", file: file(use("s_a")), sup: image,
			err: "reference into a supplementary file, and neither .gnu_debugaltlink nor .debug_sup says which"},
		{name: "no-link-name", rule: "Some section has to say which file.",
			file: file(in4(unit(entry(dwarf.TagStructType, size(1), p.name("s_a"))))),
			err:  "neither .gnu_debugaltlink nor .debug_sup"},
		{name: "no-link-import", rule: "Some section has to say which file.",
			file: file(in4(unit(intType(), p.imported("s_a")))), err: "neither .gnu_debugaltlink nor .debug_sup"},
		{name: "behind", rule: "References lead into the section.",
			file: alt(in4(unit(entry(dwarf.TagPointerType, at(dwarf.AttrType, dwarftest.FormGNURefAlt,
				dwarftest.Raw(1<<20)))))), sup: image, err: "sup: .debug_info+0x100000 is past the end of the section"},
		{name: "string-behind", rule: "Names lead into the section.",
			file: alt(in4(unit(entry(dwarf.TagStructType, size(1),
				at(dwarf.AttrName, dwarftest.FormGNUStrpAlt, dwarftest.Raw(1<<20)))))), sup: image, err: "no string at "},
		{name: "no-id", rule: "A link has a build ID.", file: link(".gnu_debugaltlink", "sup\x00", use("s_a")),
			sup: image, err: ".gnu_debugaltlink+0x4: the build ID is missing"},
		{name: "endless", rule: "The name of a link ends.", file: link(".gnu_debugaltlink", "sup", use("s_a")), sup: image, err: "the file name has no end"},
		{name: "version", rule: "Versions are known.", file: link(".debug_sup", "\x06\x00\x00sup\x00\x00", use("s_a")),
			sup: image, err: ".debug_sup+0x0: unknown version 6"},
		{name: "sup-short", rule: "The section is as long as it says.",
			file: link(".debug_sup", "\x05\x00\x00sup\x00\x05ab", use("s_a")), sup: image,
			err: ".debug_sup+0x8: checksum of 5 bytes in the last 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.as == "" {
				tt.as = "sup"
			}
			if tt.sup != nil {
				at := filepath.Join(dir, tt.as)
				if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(at, tt.sup, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			res, err := convertAs(filepath.Join(dir, "a.elf"), tt.file.Build(t), dwarf2btf.Options{Features: features.Default()})
			switch {
			case tt.err != "":
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("%s error %v, want %q in it", tt.rule, err, tt.err)
				}
			case err != nil:
				t.Errorf("%s %v", tt.rule, err)
			case !strings.Contains(dump(t, res), "STRUCT 's_a' size=4"):
				t.Errorf("%s no s_a in\n%s", tt.rule, dump(t, res))
			}
		})
	}
}
