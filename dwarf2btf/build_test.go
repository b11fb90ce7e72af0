package dwarf2btf_test

import (
	"bytes"
	"context"
	"debug/dwarf"
	"debug/elf"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

// Short words for the DWARF that tests build. References are by label; types get
// their name as label.

type (
	die   = dwarftest.DIE
	attr  = dwarftest.Attr
	label = dwarftest.Label
	expr  = dwarftest.Expr
)

var (
	entry = dwarftest.Die
	at    = dwarftest.A
)

// Attributes and tags that debug/dwarf has no name for.
const (
	attrGNUAnnotation dwarf.Attr = 0x2139
	tagAnnotationLLVM dwarf.Tag  = 0x6000
	tagAnnotationGNU  dwarf.Tag  = 0x6001
	tagSkeleton       dwarf.Tag  = 0x4a
)

// num is a numeric attribute in the form that compilers choose.
func num[N int | int64](a dwarf.Attr, number N) attr {
	n := int64(number)
	switch {
	case n < 0:
		return at(a, dwarftest.FormSdata, n)
	case n < 1<<8:
		return at(a, dwarftest.FormData1, n)
	case n < 1<<16:
		return at(a, dwarftest.FormData2, n)
	case n < 1<<32:
		return at(a, dwarftest.FormData4, n)
	}
	return at(a, dwarftest.FormData8, n)
}

func name(s string) attr           { return at(dwarf.AttrName, dwarftest.FormStrp, s) }
func typ(to string) attr           { return at(dwarf.AttrType, dwarftest.FormRef4, to) }
func size[N int | int64](n N) attr { return num(dwarf.AttrByteSize, n) }
func origin(to string) attr        { return at(dwarf.AttrAbstractOrigin, dwarftest.FormRef4, to) }
func spec(to string) attr          { return at(dwarf.AttrSpecification, dwarftest.FormRef4, to) }
func yes(a dwarf.Attr) attr        { return at(a, dwarftest.FormFlagPresent, nil) }
func lowPC(addr int) attr          { return at(dwarf.AttrLowpc, dwarftest.FormAddr, addr) }
func location(parts ...any) attr   { return at(dwarf.AttrLocation, dwarftest.FormExprloc, expr(parts)) }

// in is the location of a parameter that is in a register from beginning to end.
func in(reg int) attr { return location(dwarftest.OpReg0 + dwarftest.Op(reg)) }

// static is the location of a variable with an address.
func static(addr int) attr { return location(dwarftest.OpAddr, dwarftest.Addr(addr)) }

func base(n string, sizeBytes, encoding int) *die {
	return entry(dwarf.TagBaseType, label(n), name(n), size(sizeBytes), num(dwarf.AttrEncoding, encoding))
}

func intType() *die  { return base("int", 4, encSigned) }
func charType() *die { return base("char", 1, encSignedChar) }
func longType() *die { return base("long int", 8, encSigned) }

// ref is a type that consists of a reference; to may be "".
func ref(tag dwarf.Tag, l, to string, parts ...any) *die {
	if to != "" {
		parts = append([]any{typ(to)}, parts...)
	}
	if l != "" {
		parts = append(parts, label(l))
	}
	return entry(tag, parts...)
}

func pointer(l, to string, parts ...any) *die { return ref(dwarf.TagPointerType, l, to, parts...) }

func typedef(n, to string, parts ...any) *die {
	return ref(dwarf.TagTypedef, n, to, append([]any{name(n)}, parts...)...)
}

func structure(n string, sizeBytes int, parts ...any) *die {
	return named(dwarf.TagStructType, n, append([]any{size(sizeBytes)}, parts...)...)
}

// named is a DIE with a name and the same label; neither if n is "".
func named(tag dwarf.Tag, n string, parts ...any) *die {
	if n != "" {
		parts = append([]any{label(n), name(n)}, parts...)
	}
	return entry(tag, parts...)
}

func member(n, to string, offset int, parts ...any) *die {
	if n != "" {
		parts = append([]any{name(n)}, parts...)
	}
	return entry(dwarf.TagMember, append(parts, typ(to), num(dwarf.AttrDataMemberLoc, offset))...)
}

func array(l, elem string, dims ...attr) *die {
	d := entry(dwarf.TagArrayType, label(l), typ(elem))
	for _, dim := range dims {
		d.Children = append(d.Children, entry(dwarf.TagSubrangeType, dim))
	}
	return d
}

func upper[N int | int64](n N) attr { return num(dwarf.AttrUpperBound, n) }

func enumerator(n string, form dwarftest.Form, value any) *die {
	return entry(dwarf.TagEnumerator, name(n), at(dwarf.AttrConstValue, form, value))
}

// function is a subprogram with an address and parts; result may be "".
func function(n, result string, addr int, parts ...any) *die {
	if result != "" {
		parts = append([]any{typ(result)}, parts...)
	}
	return entry(dwarf.TagSubprogram, append([]any{name(n), lowPC(addr)}, parts...)...)
}

func param(n, to string, parts ...any) *die {
	return entry(dwarf.TagFormalParameter, append([]any{name(n), typ(to)}, parts...)...)
}

func variable(n, to string, addr int, parts ...any) *die {
	return entry(dwarf.TagVariable, append([]any{name(n), typ(to), static(addr)}, parts...)...)
}

// clangTag and gccTag are annotations.
func clangTag(kind, value string, parts ...any) *die {
	return entry(tagAnnotationLLVM, append([]any{name(kind), at(dwarf.AttrConstValue, dwarftest.FormStrp, value)}, parts...)...)
}

func gccTag(l, kind, value string, parts ...any) *die {
	return entry(tagAnnotationGNU, append([]any{label(l), name(kind), at(dwarf.AttrConstValue, dwarftest.FormStrp, value)}, parts...)...)
}

// chain refers to a gccTag.
func chain(to string) attr { return at(attrGNUAnnotation, dwarftest.FormRef4, to) }

const (
	langC    = 0x0c
	langRust = 0x1c
	clang    = "Debian clang version 21.1.8"
)

// Encodings of base types (DWARF 5, 7.8).
const (
	encBoolean      = 0x02
	encComplex      = 0x03
	encFloat        = 0x04
	encSigned       = 0x05
	encSignedChar   = 0x06
	encUnsigned     = 0x07
	encUnsignedChar = 0x08
	encImaginary    = 0x09
	encUTF          = 0x10
)

func language(l int) attr    { return num(dwarf.AttrLanguage, l) }
func producer(s string) attr { return at(dwarf.AttrProducer, dwarftest.FormStrp, s) }

// unit is a compile unit of DWARF 5 in C.
func unit(parts ...any) *dwarftest.Unit {
	return &dwarftest.Unit{DIE: entry(dwarf.TagCompileUnit, append([]any{name("a.c"), language(langC)}, parts...)...)}
}

// Addresses of the sections of file.
const (
	textAddr   = 0x1000
	dataAddr   = 0x2000
	perCPUAddr = 0x3000
	bssAddr    = 0x4000
)

// file is an executable with units, three sections for variables and one for
// functions, and a symbol for each function and variable of the units that has
// an address.
func file(units ...*dwarftest.Unit) *dwarftest.File {
	f := &dwarftest.File{
		Units: units,
		Sections: []dwarftest.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: textAddr, Data: make([]byte, 0x100)},
			{Name: ".data", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Addr: dataAddr, Data: make([]byte, 0x100)},
			{Name: ".data..percpu", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Addr: perCPUAddr, Data: make([]byte, 0x100)},
			{Name: ".bss", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Addr: bssAddr, Size: 0x100},
		},
		// Files without a symbol table are refused.
		Symbols: []dwarftest.Symbol{{Name: "a.c", Type: elf.STT_FILE, Section: "*ABS*"}},
	}
	seen := map[string]bool{}
	var add func(d *die)
	add = func(d *die) {
		var n string
		var addr int
		kind := elf.STT_FUNC
		for _, a := range d.Attrs {
			switch v := a.Value.(type) {
			case string:
				if a.Attr == dwarf.AttrName {
					n = v
				}
			case int:
				if a.Attr == dwarf.AttrLowpc {
					addr = v
				}
			case expr:
				if d.Tag == dwarf.TagVariable && len(v) > 1 && v[0] == dwarftest.OpAddr {
					a, _ := v[1].(dwarftest.Addr)
					addr, kind = int(a), elf.STT_OBJECT
				}
			}
		}
		if d.Tag == dwarf.TagSubprogram || kind == elf.STT_OBJECT {
			if n != "" && addr != 0 && !seen[n] {
				seen[n] = true
				f.Symbols = append(f.Symbols, symbol(n, addr, kind))
			}
		}
		for _, k := range d.Children {
			add(k)
		}
	}
	for _, u := range units {
		add(u.DIE)
	}
	return f
}

// symbol is a symbol of one of file's sections.
func symbol(n string, addr int, kind elf.SymType) dwarftest.Symbol {
	s := dwarftest.Symbol{Name: n, Value: uint64(addr), Size: 4, Type: kind, Bind: elf.STB_GLOBAL, Section: ".text"}
	switch addr &^ 0xfff {
	case dataAddr:
		s.Section = ".data"
	case perCPUAddr:
		s.Section = ".data..percpu"
	case bssAddr:
		s.Section = ".bss"
	}
	return s
}

// convert encodes an image.
func convert(image []byte, opts dwarf2btf.Options) (*dwarf2btf.Result, error) {
	return convertAs("a.elf", image, opts)
}

func convertAs(name string, image []byte, opts dwarf2btf.Options) (*dwarf2btf.Result, error) {
	f, err := elffile.New(name, bytes.NewReader(image), int64(len(image)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return dwarf2btf.Convert(context.Background(), []*elffile.File{f}, opts)
}

// dump is a result as bpftool prints it.
func dump(t testing.TB, r *dwarf2btf.Result) string {
	t.Helper()
	if r.BTF == nil {
		return ""
	}
	var b bytes.Buffer
	if err := r.BTF.Dump(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
