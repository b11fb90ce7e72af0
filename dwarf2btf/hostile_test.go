package dwarf2btf_test

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

// hostileLimit is what an input of at most some megabytes may take, on a machine
// that does other things too; most take some milliseconds.
const hostileLimit = 10 * time.Second

// hostileMemory bounds what is allocated, in bytes, all in all.
const hostileMemory = 1 << 30

// hostile is input that leads naive readers into loops without end, or makes them
// big.
type hostile struct {
	name string
	file func() *dwarftest.File
	err  string // a regular expression; "" is no error, "?" whatever
}

// TestHostile bounds the time and the memory for input that nobody's compiler
// writes.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the limits are for programs without the race detector")
	}
	for _, h := range hostiles() {
		t.Run(h.name, func(t *testing.T) {
			image := h.file().Build(t)
			opts := dwarf2btf.Options{Features: features.Default() | features.GlobalVar | features.TrueSignature, Jobs: 2}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := convert(image, opts)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			t.Logf("%d bytes: %v, %d MB allocated, error %v", len(image), took, (after.TotalAlloc-before.TotalAlloc)>>20, err)
			if took > hostileLimit {
				t.Errorf("%d bytes took %v", len(image), took)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > hostileMemory {
				t.Errorf("%d bytes became %d MB", len(image), n>>20)
			}
			switch {
			case h.err == "?":
			case err == nil && h.err != "" || err != nil && (h.err == "" || !regexp.MustCompile(h.err).MatchString(err.Error())):
				t.Errorf("error %v, want %q", err, h.err)
			}
		})
	}
}

// nest puts n DIEs of a tag into each other.
func nest(tag dwarf.Tag, n int, parts ...any) *die {
	d := entry(tag, parts...)
	for range n - 1 {
		d = entry(tag, append([]any{d}, parts...)...)
	}
	return d
}

// repeat makes n DIEs.
func repeat(n int, make func(i int) *die) (list []*die) {
	for i := range n {
		list = append(list, make(i))
	}
	return list
}

// raw is a file whose sections with DWARF are given.
func raw(sections map[string][]byte) *dwarftest.File {
	f := file(unit())
	f.Patch = func(section string, data []byte) []byte {
		if b, ok := sections[section]; ok {
			return b
		}
		return data
	}
	for name, data := range sections {
		if name != ".debug_info" && name != ".debug_abbrev" && name != ".debug_str" {
			f.Sections = append(f.Sections, dwarftest.Section{Name: name, Data: data})
		}
	}
	return f
}

// stackParams are the parameters that take the registers of x86-64, and one on
// the stack.
func stackParams(to string) (list []*die) {
	for i, reg := range []int{5, 4, 1, 2, 8, 9} {
		list = append(list, param(fmt.Sprint("p", i), "int", in(reg)))
	}
	return append(list, param("s", to, location(dwarftest.OpFbreg, dwarftest.SLEB(0))))
}

func hostiles() []hostile {
	const tooDeep = `^\.debug_info\+0x[0-9a-f]+: entries nested more than 10000 deep$`
	return []hostile{
		{"deep structures", func() *dwarftest.File { return file(unit(nest(dwarf.TagStructType, 20000, name("s")))) }, tooDeep},
		{"deep blocks", func() *dwarftest.File {
			return file(unit(intType(), function("f", "int", textAddr, nest(dwarf.TagLexDwarfBlock, 20000))))
		}, tooDeep},
		{"deep functions", func() *dwarftest.File { return file(unit(nest(dwarf.TagSubprogram, 20000, name("f")))) }, tooDeep},
		{"deep namespaces", func() *dwarftest.File { return file(unit(nest(dwarf.TagNamespace, 20000))) }, tooDeep},
		{"deep prototypes", func() *dwarftest.File { return file(unit(nest(dwarf.TagSubroutineType, 20000))) }, tooDeep},
		{"deep enumerations", func() *dwarftest.File {
			d := entry(dwarf.TagSubprogram)
			for range 6000 {
				d = entry(dwarf.TagSubprogram, entry(dwarf.TagEnumerationType, name("e"), size(4), d))
			}
			return file(unit(d))
		}, tooDeep},
		{"deep entries that are stepped over", func() *dwarftest.File { return file(unit(nest(dwarf.TagVariantPart, 20000))) }, ""},
		{"almost too deep", func() *dwarftest.File {
			return file(unit(intType(), nest(dwarf.TagStructType, 9000, name("s"), size(4), member("m", "int", 0))))
		}, ""},

		// References in circles.
		{"typedef loop under bit-fields", func() *dwarftest.File {
			return file(unit(intType(), typedef("a", "b"), typedef("b", "a"), entry(dwarf.TagStructType, name("s"), size(4), repeat(60000, func(int) *die {
				return entry(dwarf.TagMember, name("m"), typ("a"), num(dwarf.AttrBitSize, 3), num(dwarf.AttrBitOffset, 1), num(dwarf.AttrDataMemberLoc, 0))
			}))))
		}, "?"},
		{"typedef loop under variables", func() *dwarftest.File {
			return file(unit(intType(), typedef("a", "b"), typedef("b", "a"), repeat(60000, func(int) *die {
				return entry(dwarf.TagVariable, name("v"), typ("a"), static(dataAddr+4))
			})))
		}, ""},
		{"typedef loop under parameters", func() *dwarftest.File {
			return file(unit(intType(), typedef("a", "b"), typedef("b", "a"),
				function("f", "int", textAddr, repeat(60000, func(int) *die { return param("p", "a", in(5)) }))))
		}, "?"},
		{"array of itself", func() *dwarftest.File {
			return file(unit(intType(), array("a", "a", upper(3)), structure("s", 4, member("m", "a", 0)), variable("v", "a", dataAddr+4)))
		}, "?"},
		{"structure in itself", func() *dwarftest.File {
			return file(unit(intType(), structure("s", 9, member("a", "s", 0), member("b", "s", 1)), function("f", "int", textAddr, stackParams("s"))))
		}, ""},
		{"origins in a circle", func() *dwarftest.File {
			return withSymbols(file(unit(intType(), repeat(10000, func(i int) *die {
				return entry(dwarf.TagSubprogram, label(fmt.Sprint("f", i)), origin(fmt.Sprint("f", (i+1)%10000)),
					entry(dwarf.TagFormalParameter, label(fmt.Sprint("p", i)), origin(fmt.Sprint("p", (i+1)%10000))))
			}))), "f", textAddr)
		}, ""},
		{"specifications in a circle", func() *dwarftest.File {
			return file(unit(intType(), entry(dwarf.TagStructType, label("s"), size(4), spec("t")), entry(dwarf.TagStructType, label("t"), size(4), spec("s")),
				entry(dwarf.TagVariable, label("v"), spec("w"), static(dataAddr+4)), entry(dwarf.TagVariable, label("w"), spec("v"), static(dataAddr+8))))
		}, ""},
		{"annotations in a circle", func() *dwarftest.File {
			return file(unit(intType(), gccTag("one", "btf_decl_tag", "one", chain("two")), gccTag("two", "btf_decl_tag", "two", chain("one")),
				repeat(20000, func(int) *die { return entry(dwarf.TagStructType, name("s"), size(4), chain("one")) })))
		}, `annotations`},
		{"type tags in a circle", func() *dwarftest.File {
			return file(unit(intType(), gccTag("one", "btf_type_tag", "one", chain("one")),
				repeat(20000, func(int) *die { return pointer("", "int", chain("one")) })))
		}, `annotations`},
		{"a long chain of annotations for many", func() *dwarftest.File {
			return file(unit(intType(), repeat(5000, func(i int) *die {
				if i == 4999 {
					return gccTag("t4999", "btf_decl_tag", "last")
				}
				return gccTag(fmt.Sprint("t", i), "btf_decl_tag", "tag", chain(fmt.Sprint("t", i+1)))
			}), repeat(20000, func(int) *die { return entry(dwarf.TagStructType, name("s"), size(4), chain("t0")) })))
		}, `annotations`},
		{"import chain", func() *dwarftest.File {
			units := []*dwarftest.Unit{unit(intType(), importOf("p0"))}
			for i := range 100 {
				units = append(units, partialUnit(fmt.Sprint("p", i), importOf(fmt.Sprint("p", (i+1)%100)), entry(dwarf.TagStructType, name("s"), size(1))))
			}
			return file(units...)
		}, `imported units nested more than 64 deep`},
		{"many imports", func() *dwarftest.File {
			units := []*dwarftest.Unit{unit(intType())}
			for i := range 3000 {
				units = append(units, partialUnit(fmt.Sprint("p", i), entry(dwarf.TagStructType, name("s"), size(1))))
				units[0].DIE.Children = append(units[0].DIE.Children, importOf(fmt.Sprint("p", i)), importOf(fmt.Sprint("p", i/2)))
			}
			return file(units...)
		}, ""},
		{"many units that need one large type unit", func() *dwarftest.File {
			units := repeatUnits(4000, func(int) *dwarftest.Unit { return unit(sigPointer(1)) })
			return file(append(units, typeUnit(5, 1, "large", structure("large", 8, repeat(20000, func(i int) *die { return member("m", "large", 8) }))))...)
		}, `copies of type units of more than \d+ bytes`},
		{"a chain of type units", func() *dwarftest.File {
			return file(append(repeatUnits(5000, func(i int) *dwarftest.Unit {
				l := fmt.Sprint("t", i)
				return typeUnit(5, i+1, l, entry(dwarf.TagStructType, label(l), name("s"), size(8), sigMember("m", i%4999+2)))
			}), unit(sigPointer(1)))...)
		}, ""},
		{"sibling of itself", func() *dwarftest.File {
			return file(unit(entry(dwarf.TagVariantPart, label("v"), at(dwarf.AttrSibling, dwarftest.FormRef4, "v"),
				entry(dwarf.TagStructType, name("s"), size(1)))))
		}, `sibling 0x[0-9a-f]+ is not after the entry$`},
		{"backward sibling", func() *dwarftest.File {
			return file(unit(entry(dwarf.TagVariantPart, at(dwarf.AttrSibling, dwarftest.FormRef4, "int"),
				entry(dwarf.TagStructType, name("s"), size(1))), intType(),
				entry(dwarf.TagVariantPart, at(dwarf.AttrSibling, dwarftest.FormRef4, "int"),
					entry(dwarf.TagStructType, name("s"), size(1)))))
		}, `sibling 0x[0-9a-f]+ is not after the entry$`},

		// Small causes, large effects.
		{"members in reverse", func() *dwarftest.File {
			u := unit(intType(), entry(dwarf.TagStructType, name("s"), size(4*65535),
				repeat(65535, func(i int) *die { return member("m", "int", 4*(65535-i)) })))
			u.DIE.Attrs[1] = language(langRust)
			return file(u)
		}, ""},
		{"alignment of structures within structures", func() *dwarftest.File {
			return file(unit(intType(), repeat(100, func(i int) *die {
				to := fmt.Sprint("s", i+1)
				if i == 99 {
					to = "int"
				}
				return structure(fmt.Sprint("s", i), 8, member("a", to, 0), member("b", to, 4))
			}), function("f", "int", textAddr, stackParams("s0"))))
		}, ""},
		{"alignment of many members", func() *dwarftest.File {
			return file(unit(intType(), entry(dwarf.TagStructType, label("inner"), name("inner"), size(4),
				repeat(30000, func(i int) *die { return member("m", "int", 0) })),
				entry(dwarf.TagStructType, label("outer"), name("outer"), size(4),
					repeat(30000, func(i int) *die { return member("m", "inner", 0) })),
				function("f", "int", textAddr, stackParams("outer"))))
		}, ""},
		{"prototypes within prototypes", func() *dwarftest.File {
			// Two that differ in the depth only, compared for a function of two units.
			build := func(prefix, last string) *dwarftest.Unit {
				l := func(i int) string { return fmt.Sprint(prefix, i) }
				parts := []any{entry(dwarf.TagBaseType, label(prefix+"int"), name("int"), size(4),
					num(dwarf.AttrEncoding, encSigned)), entry(dwarf.TagBaseType, label(l(60)), name(last), size(4),
					num(dwarf.AttrEncoding, encSigned))}
				for i := range 60 {
					parts = append(parts, entry(dwarf.TagSubroutineType, label(l(i)),
						entry(dwarf.TagFormalParameter, typ(l(i+1))), entry(dwarf.TagFormalParameter, typ(l(i+1)))))
				}
				return unit(append(parts, function("f", prefix+"int", textAddr, param("p", l(0), in(5))))...)
			}
			return file(build("a", "one"), build("b", "other"), build("c", "one"))
		}, "?"},
		{"many functions of one name", func() *dwarftest.File {
			return file(unit(intType(), longType(), repeat(20000, func(i int) *die {
				return function("f", []string{"int", "long int"}[i%2], textAddr, param("a", "int", in(5)))
			})))
		}, ""},
		{"location lists without end", func() *dwarftest.File {
			f := file(unit(intType(), function("f", "int", textAddr, repeat(20000, func(i int) *die {
				return param("p", "int", at(dwarf.AttrLocation, dwarftest.FormSecOffset, dwarftest.Raw(0)))
			}))))
			// Entries of kind offset_pair with a register.
			f.Sections = append(f.Sections, dwarftest.Section{Name: ".debug_loclists", Data: bytes.Repeat([]byte{4, 0, 1, 1, 0x55}, 1<<18)})
			return f
		}, "?"},
		{"many units", func() *dwarftest.File {
			// 100,000 units of one table, most of it not needed.
			var info []byte
			for range 100000 {
				info = append(info, 9, 0, 0, 0, 5, 0, 1, 8, 0, 0, 0, 0, 1)
			}
			return raw(map[string][]byte{".debug_info": info, ".debug_abbrev": append([]byte{1, 0x11, 0, 0, 0}, append(manyAbbrevs(20000), 0)...)})
		}, ""},
		{"tables within each other", func() *dwarftest.File {
			// Each unit's table begins a declaration later in the same table.
			table := manyAbbrevs(20000)
			var info []byte
			for i := range 3000 {
				info = append(info, 9, 0, 0, 0, 5, 0, 1, 8)
				info = append(binary.LittleEndian.AppendUint32(info, uint32(i%1000*8)), 0)
			}
			return raw(map[string][]byte{".debug_info": info, ".debug_abbrev": append(table, 0)})
		}, "?"},
		{"names within each other", func() *dwarftest.File {
			// Each typedef's name is the rest of one long string.
			info := []byte{1}
			for i := range 50000 {
				info = append(info, 2)
				info = binary.LittleEndian.AppendUint32(info, uint32(i))
			}
			return raw(map[string][]byte{".debug_info": rawUnit(info), ".debug_abbrev": typedefAbbrevs,
				".debug_str": append(bytes.Repeat([]byte("x"), 1<<20-1), 0)})
		}, "?"},
		{"one long name", func() *dwarftest.File {
			info := []byte{1}
			for range 200000 {
				info = append(info, 2, 0, 0, 0, 0)
			}
			return raw(map[string][]byte{".debug_info": rawUnit(info), ".debug_abbrev": typedefAbbrevs,
				".debug_str": append(bytes.Repeat([]byte("x"), 1<<20-1), 0)})
		}, "?"},
		{"one byte a type", func() *dwarftest.File {
			// Pointers to void without attributes.
			return raw(map[string][]byte{".debug_info": rawUnit(append([]byte{1}, bytes.Repeat([]byte{2}, 1<<20)...)),
				".debug_abbrev": {1, 0x11, 1, 0, 0, 2, 0x0f, 0, 0, 0, 0}})
		}, ""},
		{"many sections and variables", func() *dwarftest.File {
			f := file(unit(intType(), repeat(5000, func(int) *die { return variable("v", "int", bssAddr+4) })))
			var list []dwarftest.Section
			for range 20000 {
				list = append(list, dwarftest.Section{Name: ".x", Flags: elf.SHF_ALLOC, Addr: 1 << 40, Data: []byte{0}})
			}
			f.Sections = slices.Concat(list, f.Sections)
			f.Type = elf.ET_REL
			return f
		}, "?"},
		{"many relocations of one place", func() *dwarftest.File {
			return relocatable(raw(map[string][]byte{".debug_info": rawUnit(bytes.Repeat([]byte{1}, 1<<12)),
				".debug_abbrev": {1, 0x11, 0, 0, 0, 0}}), ".debug_info", slices.Repeat([]rela{{100, 10, 0}}, 200_000))
		}, `\.rela\.debug_info\+0x0: more than 1024 relocations within 512 bytes of \.debug_info`},
		{"location lists back and forth, all relocated", func() *dwarftest.File {
			// Lists that end at once, at places that are far from each other.
			lists := make([]byte, 1<<20)
			var relocs []rela
			for i := range uint64(len(lists) / 2) {
				relocs = append(relocs, rela{2 * i, 14, 0})
			}
			return relocatable(fileWith(map[string][]byte{".debug_loclists": lists},
				unit(intType(), function("f", "int", textAddr, repeat(20_000, func(i int) *die {
					return param(fmt.Sprint("p", i), "int", dwarftest.A(dwarf.AttrLocation, dwarftest.FormSecOffset, i*7919%9<<16))
				})))), ".debug_loclists", relocs)
		}, ""},
		{"references into one long string", func() *dwarftest.File {
			info := []byte{1}
			var relocs []rela
			for i := range 100_000 {
				relocs = append(relocs, rela{uint64(12 + len(info) + 1), 10, 100_000 + 8*uint64(i)})
				info = append(info, 2, 0, 0, 0, 0)
			}
			units := append(rawUnit(info), rawUnit([]byte{1})...)
			return relocatable(raw(map[string][]byte{".debug_info": units, ".debug_abbrev": typedefAbbrevs,
				".debug_str": append(bytes.Repeat([]byte("x"), 1<<20-1), 0)}), ".debug_info", relocs)
		}, "?"},
		{"huge array", func() *dwarftest.File {
			return file(unit(intType(), array("a", "int", slices.Repeat([]attr{upper(int64(1<<32 - 2))}, 60)...),
				variable("v", "a", dataAddr+4), structure("s", 4, member("m", "a", 0)),
				function("f", "int", textAddr, stackParams("s"))))
		}, ""},
		{"long strings of short names", func() *dwarftest.File {
			return file(unit(intType(), repeat(30000, func(i int) *die { return typedef(strings.Repeat("n", i%50)+fmt.Sprint(i), "int") })))
		}, ""},
	}
}

// fileWith is file with more sections.
func fileWith(sections map[string][]byte, units ...*dwarftest.Unit) *dwarftest.File {
	f := file(units...)
	for name, data := range sections {
		f.Sections = append(f.Sections, dwarftest.Section{Name: name, Data: data})
	}
	return f
}

// typedefAbbrevs: 1 is a compile unit, 2 a typedef with DW_FORM_strp.
var typedefAbbrevs = []byte{1, 0x11, 1, 0, 0, 2, 0x16, 0, 0x03, 0x0e, 0, 0, 0}

// rawUnit puts a header of DWARF 5 in front of entries, which it closes.
func rawUnit(entries []byte) []byte {
	entries = append(entries, 0)
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(entries)+8)), append([]byte{5, 0, 1, 8, 0, 0, 0, 0}, entries...)...)
}

// manyAbbrevs are n declarations of 8 bytes with different contents.
func manyAbbrevs(n int) (b []byte) {
	for i := range n {
		b = append(b, byte(0x80|i), byte(1|i>>7&0x7f), 0x34, 0, 0x3a, 0x0b, 0, 0)
	}
	return b
}
