package module_test

import (
	"bytes"
	"context"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/dwarftest"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/verify"
)

// TestHazard: a kernel accepts a module with types that refer to each other in a
// circle, and hangs when it moves them onto its own.
func TestHazard(t *testing.T) {
	b := btf.NewBuilder(binary.LittleEndian, nil)
	b.AddInt("int", 4, btf.EncodingSigned)
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	base, err := dwarf2btf.NewBase(types, dwarf2btf.BaseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	kernels := &module.Kernels{Loader: verify.LoaderOf(types), Named: []kernel.Version{{Major: 6, Minor: 12}}}
	for _, circle := range []bool{false, true} {
		image := kernelModule(t, circle)
		f, err := elffile.New("m.ko", bytes.NewReader(image), int64(len(image)))
		if err != nil {
			t.Fatal(err)
		}
		steps, err := module.Build("6.12", dwarf2btf.Options{Base: base}, module.BuildOptions{})
		if err != nil {
			t.Fatal(err)
		}
		err = module.Run(context.Background(), module.New(f), append(steps, module.Verify(kernels))...)
		hazard := new(module.HazardError)
		if circle != errors.As(err, &hazard) || circle && !strings.HasPrefix(err.Error(),
			"the BTF is a danger to Linux 6.12: the kernel hangs") || !circle && err != nil {
			t.Errorf("circle %v: error %v", circle, err)
		}
	}
}

// kernelModule is a file with a struct that holds a typedef of an array, of int or of the
// typedef itself.
func kernelModule(t *testing.T, circle bool) []byte {
	entry, at := dwarftest.Die, dwarftest.A
	name := func(s string) dwarftest.Attr { return at(dwarf.AttrName, dwarftest.FormString, s) }
	number := func(a dwarf.Attr, n int) dwarftest.Attr { return at(a, dwarftest.FormData1, n) }
	typ := func(to string) dwarftest.Attr { return at(dwarf.AttrType, dwarftest.FormRef4, to) }
	element := "int"
	if circle {
		element = "t"
	}
	unit := entry(dwarf.TagCompileUnit, name("m.c"),
		entry(dwarf.TagBaseType, dwarftest.Label("int"), name("int"), number(dwarf.AttrByteSize, 4), number(dwarf.AttrEncoding, 5)),
		entry(dwarf.TagTypedef, dwarftest.Label("t"), name("t"), typ("array")),
		entry(dwarf.TagArrayType, dwarftest.Label("array"), typ(element), entry(dwarf.TagSubrangeType, number(dwarf.AttrCount, 1))),
		entry(dwarf.TagStructType, name("s"), number(dwarf.AttrByteSize, 4), entry(dwarf.TagMember, name("m"), typ("t"), number(dwarf.AttrDataMemberLoc, 0))))
	return (&dwarftest.File{Units: []*dwarftest.Unit{{DIE: unit}}, Symbols: []dwarftest.Symbol{{Name: "m.c", Type: elf.STT_FILE, Section: "*ABS*"}}}).Build(t)
}
