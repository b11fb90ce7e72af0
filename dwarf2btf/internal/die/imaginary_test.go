package die_test

import (
	"bytes"
	"context"
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

// An attribute that a conversion reads, and the classes of forms that it may have.
type readAttr struct {
	attr    dwarf.Attr
	name    string
	entry   func(dwarftest.Attr) *dwarftest.DIE // with the attribute
	classes []die.Class
}

func readAttrs() []readAttr {
	a, d := dwarftest.A, dwarftest.Die
	str := func(attr dwarf.Attr, s string) dwarftest.Attr { return a(attr, dwarftest.FormString, s) }
	num := func(attr dwarf.Attr, n int) dwarftest.Attr { return a(attr, dwarftest.FormData1, n) }
	integer := func() dwarftest.Attr { return a(dwarf.AttrType, dwarftest.FormRef4, "int") }
	in := func(tag dwarf.Tag, parts ...any) func(dwarftest.Attr) *dwarftest.DIE {
		return func(x dwarftest.Attr) *dwarftest.DIE { return d(tag, append(parts, x)...) }
	}
	within := func(tag, child dwarf.Tag, parts ...any) func(dwarftest.Attr) *dwarftest.DIE {
		return func(x dwarftest.Attr) *dwarftest.DIE {
			return d(tag, str(dwarf.AttrName, "s"), num(dwarf.AttrByteSize, 4), d(child, append(parts, x)...))
		}
	}
	function := func(parts ...any) func(dwarftest.Attr) *dwarftest.DIE {
		return func(x dwarftest.Attr) *dwarftest.DIE {
			return d(dwarf.TagSubprogram, str(dwarf.AttrName, "f"), a(dwarf.AttrExternal, dwarftest.FormFlagPresent, nil),
				a(dwarf.AttrPrototyped, dwarftest.FormFlagPresent, nil), a(dwarf.AttrLowpc, dwarftest.FormAddr, 0x1000),
				d(dwarf.TagFormalParameter, append(parts, x)...))
		}
	}
	number := []die.Class{die.ClassConstant}
	text := []die.Class{die.ClassString}
	reference := []die.Class{die.ClassReference}
	offset := []die.Class{die.ClassConstant, die.ClassBlock, die.ClassExprloc}
	loc := []die.Class{die.ClassExprloc, die.ClassBlock}
	return []readAttr{
		{dwarf.AttrName, "name", in(dwarf.TagTypedef, integer()), text},
		{dwarf.AttrType, "type", in(dwarf.TagTypedef, str(dwarf.AttrName, "t")), reference},
		{dwarf.AttrType, "type", in(dwarf.TagPointerType), reference},
		{dwarf.AttrByteSize, "byte_size", in(dwarf.TagBaseType, str(dwarf.AttrName, "b"), num(dwarf.AttrEncoding, 5)), number},
		{dwarf.AttrEncoding, "encoding", in(dwarf.TagBaseType, str(dwarf.AttrName, "b"), num(dwarf.AttrByteSize, 4)), number},
		{dwarf.AttrName, "name", in(dwarf.TagStructType, num(dwarf.AttrByteSize, 4)), text},
		{dwarf.AttrByteSize, "byte_size", in(dwarf.TagStructType, str(dwarf.AttrName, "s")), number},
		{dwarf.AttrDeclaration, "declaration", in(dwarf.TagStructType, str(dwarf.AttrName, "s")), []die.Class{die.ClassFlag}},
		{dwarf.AttrDataMemberLoc, "data_member_location", within(dwarf.TagStructType, dwarf.TagMember, integer()), offset},
		{dwarf.AttrDataBitOffset, "data_bit_offset", within(dwarf.TagStructType, dwarf.TagMember, integer(), num(dwarf.AttrBitSize, 3)), offset},
		{dwarf.AttrBitSize, "bit_size", within(dwarf.TagStructType, dwarf.TagMember, integer(), num(dwarf.AttrDataMemberLoc, 0)), number},
		{dwarf.AttrType, "type", within(dwarf.TagStructType, dwarf.TagMember, num(dwarf.AttrDataMemberLoc, 0)), reference},
		{dwarf.AttrName, "name", within(dwarf.TagStructType, dwarf.TagMember, num(dwarf.AttrDataMemberLoc, 0), integer()), text},
		{dwarf.AttrConstValue, "const_value", within(dwarf.TagEnumerationType, dwarf.TagEnumerator, str(dwarf.AttrName, "A")), number},
		{dwarf.AttrName, "name", within(dwarf.TagEnumerationType, dwarf.TagEnumerator, num(dwarf.AttrConstValue, 1)), text},
		{dwarf.AttrUpperBound, "upper_bound", func(x dwarftest.Attr) *dwarftest.DIE {
			return d(dwarf.TagArrayType, integer(), d(dwarf.TagSubrangeType, x))
		}, number},
		{dwarf.AttrCount, "count", func(x dwarftest.Attr) *dwarftest.DIE {
			return d(dwarf.TagArrayType, integer(), d(dwarf.TagSubrangeType, x))
		}, number},
		{dwarf.AttrLocation, "location", in(dwarf.TagVariable, str(dwarf.AttrName, "v"), integer()), loc},
		{dwarf.AttrSpecification, "specification", in(dwarf.TagVariable, str(dwarf.AttrName, "v"), integer()), reference},
		{dwarf.AttrLocation, "location", function(str(dwarf.AttrName, "p"), integer()), append(loc, die.ClassOffset, die.ClassLoclist)},
		{dwarf.AttrAbstractOrigin, "abstract_origin", function(str(dwarf.AttrName, "p"), integer()), reference},
		{dwarf.AttrType, "type", in(dwarf.TagSubprogram, str(dwarf.AttrName, "f")), reference},
		{dwarf.AttrLowpc, "low_pc", in(dwarf.TagSubprogram, str(dwarf.AttrName, "f")), []die.Class{die.ClassAddress}},
	}
}

// convert converts a unit with an entry of which the attribute is of the imaginary form.
func convert(t *testing.T, r *readAttr) error {
	t.Helper()
	x := r.entry(dwarftest.A(r.attr, dwarftest.FormData4, 1))
	file := dwarftest.File{
		Units: []*dwarftest.Unit{{DIE: dwarftest.Die(dwarf.TagCompileUnit, dwarftest.A(dwarf.AttrName, dwarftest.FormString, "a.c"),
			dwarftest.A(dwarf.AttrLanguage, dwarftest.FormData1, 12),
			dwarftest.Die(dwarf.TagBaseType, dwarftest.Label("int"), dwarftest.A(dwarf.AttrName, dwarftest.FormString, "int"),
				dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData1, 4), dwarftest.A(dwarf.AttrEncoding, dwarftest.FormData1, 5)), x)}},
		Sections: []dwarftest.Section{{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: 0x1000, Data: make([]byte, 16)}},
		Symbols:  []dwarftest.Symbol{{Name: "f", Type: elf.STT_FUNC, Section: ".text", Value: 0x1000, Size: 16}},
		Patch: func(section string, data []byte) []byte {
			if section != ".debug_abbrev" {
				return data
			}
			from, to := []byte{byte(r.attr), die.FormData4}, []byte{byte(r.attr), die.Imaginary}
			if bytes.Count(data, from) != 1 {
				t.Fatal("there is more than one such attribute")
			}
			return bytes.Replace(data, from, to, 1)
		},
	}
	image := file.Build(t)
	f, err := elffile.New("a.elf", bytes.NewReader(image), int64(len(image)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = dwarf2btf.Convert(context.Background(), []*elffile.File{f}, dwarf2btf.Options{Features: features.All()})
	return err
}

// TestImaginaryForm adds a form to the table, as a new version of DWARF would, for each
// attribute that is read. No reader takes it for 0: the conversion fails and says what
// nothing reads, where it is, and in which unit.
func TestImaginaryForm(t *testing.T) {
	for i, r := range readAttrs() {
		t.Run(fmt.Sprintf("%d/%s", i, r.name), func(t *testing.T) {
			check := func(what string, want ...string) {
				t.Helper()
				err := convert(t, &r)
				for _, want := range want {
					if err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("%s: error %v, want %s", what, err, want)
					}
				}
			}
			check("no row", ".debug_abbrev+0x", fmt.Sprintf("unknown form %#x of attribute %#x", die.Imaginary, uint32(r.attr)))
			for class := die.ClassAddress; class <= die.ClassString; class++ {
				unset := die.SetImaginary(class, false)
				check(fmt.Sprintf("class %d that the cursor does not read", class), ".debug_info+0x", "nothing reads DW_FORM_imaginary")
				unset()
				unset = die.SetImaginary(class, true)
				for _, own := range r.classes {
					if own == class {
						check(fmt.Sprintf("class %d", class), ".debug_info+0x", "nothing reads DW_FORM_imaginary of DW_AT_"+r.name+" (unit 0x0)")
					}
				}
				_ = convert(t, &r) // and no class makes it panic
				unset()
			}
		})
	}
}
