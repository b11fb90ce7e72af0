package main

import (
	"bytes"
	"context"
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

// nameSize is the size of the name whose ends are the names of a case, in bytes.
const nameSize = 1 << 20

func name(s string) dwarftest.Attr { return dwarftest.A(dwarf.AttrName, dwarftest.FormString, s) }

func intType() *dwarftest.DIE {
	return dwarftest.Die(dwarf.TagBaseType, dwarftest.Label("int"), name("int"), dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData1, 4), dwarftest.A(dwarf.AttrEncoding, dwarftest.FormData1, 5))
}

// end is a name that ends a name of nameSize bytes at the start of .debug_str.
func end(i int) dwarftest.Attr {
	return dwarftest.A(dwarf.AttrName, dwarftest.FormStrp, dwarftest.Raw(uint64(i)+1))
}

// long makes .debug_str begin with a name of nameSize bytes.
func long() dwarftest.Attr {
	return dwarftest.A(dwarf.AttrProducer, dwarftest.FormStrp, strings.Repeat("x", nameSize))
}

func typ(label string) dwarftest.Attr {
	return dwarftest.A(dwarf.AttrType, dwarftest.FormRefAddr, label)
}

func unit(parts ...any) *dwarftest.Unit {
	return &dwarftest.Unit{Version: 4, DIE: dwarftest.Die(dwarf.TagCompileUnit, parts...)}
}

// encode makes a case of files.
func encode(files ...*dwarftest.File) (func() error, int) {
	size := 0
	var open []*elffile.File
	for i, f := range files {
		f.Sections = append(f.Sections, dwarftest.Section{Name: ".data..percpu", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Addr: 1 << 20, Data: make([]byte, 1<<16)})
		if len(f.Symbols) == 0 {
			f.Symbols = []dwarftest.Symbol{{Name: "f", Type: elf.STT_FUNC, Section: ".data..percpu", Value: 1 << 20}}
		}
		data, err := f.Bytes()
		if err != nil {
			panic(err)
		}
		size += len(data)
		file, err := elffile.New(fmt.Sprint("file", i), bytes.NewReader(data), int64(len(data)))
		if err != nil {
			panic(err)
		}
		open = append(open, file)
	}
	var set features.Builder
	set.List("default")
	return func() error {
		_, err := dwarf2btf.Convert(context.Background(), open, dwarf2btf.Options{Features: set.Set(), Jobs: 1})
		return err
	}, size
}

// one makes a case of one unit.
func one(parts ...any) (func() error, int) {
	return encode(&dwarftest.File{Units: []*dwarftest.Unit{unit(parts...)}})
}

func many(n int, die func(i int) *dwarftest.DIE) []*dwarftest.DIE {
	dies := make([]*dwarftest.DIE, n)
	for i := range dies {
		dies[i] = die(i)
	}
	return dies
}

func address(addr uint64) dwarftest.Attr {
	b := []byte{3, 0, 0, 0, 0, 0, 0, 0, 0}
	for i := range 8 {
		b[1+i] = byte(addr >> (8 * i))
	}
	return dwarftest.A(dwarf.AttrLocation, dwarftest.FormExprloc, b)
}

func dwarfCases() []worstCase {
	structs := func(n int, label string, last string) []*dwarftest.DIE {
		return append(many(n, func(i int) *dwarftest.DIE {
			next := fmt.Sprint(label, i+1)
			if i == n-1 {
				next = last
			}
			return dwarftest.Die(dwarf.TagStructType, dwarftest.Label(fmt.Sprint(label, i)), name(fmt.Sprint("s", i)), dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData1, 8),
				dwarftest.Die(dwarf.TagMember, name("m"), dwarftest.A(dwarf.AttrDataMemberLoc, dwarftest.FormData1, 0), typ(label+"p"+next)))
		}), many(n, func(i int) *dwarftest.DIE {
			next := fmt.Sprint(label, i+1)
			if i == n-1 {
				next = last
			}
			return dwarftest.Die(dwarf.TagPointerType, dwarftest.Label(label+"p"+next), dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData1, 8), typ(next))
		})...)
	}
	return []worstCase{
		{"encode: two units of structs that differ in the end", 10_000, func(n int) (func() error, int) {
			return encode(&dwarftest.File{Units: []*dwarftest.Unit{
				unit(intType(), structs(n, "a", "int")),
				unit(dwarftest.Die(dwarf.TagBaseType, dwarftest.Label("long"), name("long"), dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData1, 8), dwarftest.A(dwarf.AttrEncoding, dwarftest.FormData1, 5)), structs(n, "b", "long")),
			}})
		}},
		{"encode: typedefs of one name in a chain", 400, func(n int) (func() error, int) {
			return one(intType(), many(n, func(i int) *dwarftest.DIE {
				to := fmt.Sprint("t", i-1)
				if i == 0 {
					to = "int"
				}
				return dwarftest.Die(dwarf.TagTypedef, dwarftest.Label(fmt.Sprint("t", i)), name("t"), typ(to))
			}))
		}},
		{"encode: structs of one name and content", 20_000, func(n int) (func() error, int) {
			return one(intType(), many(n, func(i int) *dwarftest.DIE {
				return dwarftest.Die(dwarf.TagStructType, name("s"), dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData4, 8),
					dwarftest.Die(dwarf.TagMember, name("m"), dwarftest.A(dwarf.AttrDataMemberLoc, dwarftest.FormData1, 0), typ("int")))
			}))
		}},
		{"encode: structs of one name and different content", 20_000, func(n int) (func() error, int) {
			return one(intType(), many(n, func(i int) *dwarftest.DIE {
				return dwarftest.Die(dwarf.TagStructType, name("s"), dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData4, i+8),
					dwarftest.Die(dwarf.TagMember, name("m"), dwarftest.A(dwarf.AttrDataMemberLoc, dwarftest.FormData1, 0), typ("int")))
			}))
		}},
		{"encode: variables whose names are the ends of one", 15_000, func(n int) (func() error, int) {
			return one(long(), intType(), many(n, func(i int) *dwarftest.DIE {
				return dwarftest.Die(dwarf.TagVariable, end(i), typ("int"), address(1<<20+uint64(4*i)%(1<<16)))
			}))
		}},
		{"encode: variables at one address, and objects", 15_000, func(n int) (func() error, int) {
			f := &dwarftest.File{Units: []*dwarftest.Unit{unit(intType(), many(n, func(i int) *dwarftest.DIE {
				return dwarftest.Die(dwarf.TagVariable, name(fmt.Sprint("v", i)), typ("int"), address(1<<20))
			}))}}
			for i := range n {
				f.Symbols = append(f.Symbols, dwarftest.Symbol{Name: fmt.Sprint("v", i), Type: elf.STT_OBJECT, Section: ".data..percpu", Value: 1 << 20})
			}
			return encode(f)
		}},
		{"encode: variables and sections", 8_000, func(n int) (func() error, int) {
			f := &dwarftest.File{Units: []*dwarftest.Unit{unit(intType(), many(n, func(i int) *dwarftest.DIE {
				return dwarftest.Die(dwarf.TagVariable, name(fmt.Sprint("v", i)), typ("int"), address(1<<20+uint64(4*i)%(1<<16)))
			}))}}
			for range n {
				f.Sections = append(f.Sections, dwarftest.Section{Name: ".s", Addr: 1 << 32, Data: make([]byte, 4)})
			}
			return encode(f)
		}},
		{"encode: functions whose names are the ends of one", 15_000, func(n int) (func() error, int) {
			return one(long(), intType(), many(n, func(i int) *dwarftest.DIE {
				return dwarftest.Die(dwarf.TagSubprogram, end(i), typ("int"), dwarftest.A(dwarf.AttrLowpc, dwarftest.FormAddr, 1<<20))
			}))
		}},
		{"encode: functions of one name, and symbols", 15_000, func(n int) (func() error, int) {
			f := &dwarftest.File{Units: []*dwarftest.Unit{unit(intType(), many(n, func(i int) *dwarftest.DIE {
				return dwarftest.Die(dwarf.TagSubprogram, name("f"), typ("int"), dwarftest.A(dwarf.AttrLowpc, dwarftest.FormAddr, 1<<20+i))
			}))}}
			for i := range n {
				f.Symbols = append(f.Symbols, dwarftest.Symbol{Name: "f", Type: elf.STT_FUNC, Section: ".data..percpu", Value: 1<<20 + uint64(i)})
			}
			return encode(f)
		}},
		{"encode: structs whose names are the ends of one", 15_000, func(n int) (func() error, int) {
			return one(long(), many(n, func(i int) *dwarftest.DIE {
				return dwarftest.Die(dwarf.TagStructType, end(i), dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData1, 8))
			}))
		}},
		{"encode: units with a long producer", 8_000, func(n int) (func() error, int) {
			f := &dwarftest.File{Units: []*dwarftest.Unit{unit(long(), intType())}, SharedAbbrevs: true}
			for i := range n {
				f.Units = append(f.Units, unit(dwarftest.A(dwarf.AttrProducer, dwarftest.FormStrp, dwarftest.Raw(uint64(i)+1)), end(i), dwarftest.Die(dwarf.TagBaseType, name("int"), dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData1, 4), dwarftest.A(dwarf.AttrEncoding, dwarftest.FormData1, 5))))
			}
			return encode(f)
		}},
		{"encode: units with abbreviations of their own", 1_000, func(n int) (func() error, int) {
			// Each abbreviation is declared once, and the table of a unit begins at one.
			f := &dwarftest.File{SharedAbbrevs: true}
			for i := range n {
				f.Units = append(f.Units, unit(name("u"), dwarftest.Die(dwarf.TagStructType, name("s"), dwarftest.A(dwarf.Attr(0x2100+i), dwarftest.FormData1, 1), dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData1, 8))))
			}
			run, size := encode(f)
			return run, size
		}},
		{"encode: parameters that share a location list", 3_000, func(n int) (func() error, int) {
			var list dwarftest.LocList
			for i := range n {
				list = append(list, dwarftest.ListEntry{Low: uint64(8 * i), High: uint64(8*i + 8), Expr: []byte{0x50 + byte(i%3)}})
			}
			first := dwarftest.A(dwarf.AttrLocation, dwarftest.FormSecOffset, list)
			f := &dwarftest.File{Units: []*dwarftest.Unit{unit(dwarftest.A(dwarf.AttrLowpc, dwarftest.FormAddr, 0), intType(),
				dwarftest.Die(dwarf.TagSubprogram, name("f"), dwarftest.A(dwarf.AttrLowpc, dwarftest.FormAddr, 1<<20), dwarftest.Die(dwarf.TagFormalParameter, name("p"), typ("int"), first)),
				many(n, func(i int) *dwarftest.DIE {
					return dwarftest.Die(dwarf.TagSubprogram, name("f"), dwarftest.A(dwarf.AttrLowpc, dwarftest.FormAddr, 1<<20),
						dwarftest.Die(dwarf.TagFormalParameter, name("p"), typ("int"), dwarftest.A(dwarf.AttrLocation, dwarftest.FormSecOffset, dwarftest.Raw(0))))
				}))}}
			return encode(f)
		}},
		{"encode: blocks in blocks", 2_000, func(n int) (func() error, int) {
			block := dwarftest.Die(dwarf.TagLexDwarfBlock)
			for range n {
				block = dwarftest.Die(dwarf.TagLexDwarfBlock, block)
			}
			return one(intType(), dwarftest.Die(dwarf.TagSubprogram, name("f"), dwarftest.A(dwarf.AttrLowpc, dwarftest.FormAddr, 1<<20), block))
		}},
		{"encode: arrays of many dimensions", 5_000, func(n int) (func() error, int) {
			return one(intType(), dwarftest.Die(dwarf.TagStructType, name("s"), dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData1, 8),
				dwarftest.Die(dwarf.TagMember, name("m"), dwarftest.A(dwarf.AttrDataMemberLoc, dwarftest.FormData1, 0), typ("array"))),
				dwarftest.Die(dwarf.TagArrayType, dwarftest.Label("array"), typ("int"), many(n, func(int) *dwarftest.DIE {
					return dwarftest.Die(dwarf.TagSubrangeType, dwarftest.A(dwarf.AttrCount, dwarftest.FormData1, 1))
				})))
		}},
		{"encode: units that import the one before", 30, func(n int) (func() error, int) {
			f := &dwarftest.File{SharedAbbrevs: true}
			for i := range n {
				parts := []any{dwarftest.Label(fmt.Sprint("u", i)), dwarftest.Die(dwarf.TagStructType, name(fmt.Sprint("s", i)), dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData1, 8))}
				if i > 0 {
					for range 2 {
						parts = append(parts, dwarftest.Die(dwarf.TagImportedUnit, dwarftest.A(dwarf.AttrImport, dwarftest.FormRefAddr, fmt.Sprint("u", i-1))))
					}
				}
				u := &dwarftest.Unit{Version: 4, DIE: dwarftest.Die(dwarf.TagPartialUnit, parts...), Kind: dwarftest.PartialUnit}
				if i == n-1 {
					u = unit(parts...)
				}
				f.Units = append(f.Units, u)
			}
			return encode(f)
		}},
		{"encode: files whose units refer to each other", 40, func(n int) (func() error, int) {
			var files []*dwarftest.File
			for range n {
				files = append(files, &dwarftest.File{Units: []*dwarftest.Unit{
					unit(name("a"), intType()),
					unit(name("b"), dwarftest.Die(dwarf.TagStructType, name("s"), dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData1, 8),
						dwarftest.Die(dwarf.TagMember, name("m"), dwarftest.A(dwarf.AttrDataMemberLoc, dwarftest.FormData1, 0), typ("int")))),
					unit(name("c"), many(1000, func(i int) *dwarftest.DIE {
						return dwarftest.Die(dwarf.TagStructType, name(fmt.Sprint("s", i)), dwarftest.A(dwarf.AttrByteSize, dwarftest.FormData1, 8))
					})),
				}})
			}
			return encode(files...)
		}},
		{"resolve_btfids: names that are the ends of one", 15_000, func(n int) (func() error, int) {
			t := newTypes(nil)
			at := t.overlap(nameSize)
			for i := range uint32(n) {
				t.add(at+i, btf.KindStruct, 0, 0)
			}
			return resolve(t.done(), n)
		}},
		{"resolve_btfids: types of one name", 50_000, func(n int) (func() error, int) {
			t := newTypes(nil)
			for range n {
				t.add(t.name("s"), btf.KindStruct, 0, 0)
			}
			return resolve(t.done(), n)
		}},
	}
}

// resolve makes a case of n IDs.
func resolve(types *btf.Types, n int) (func() error, int) {
	f := &dwarftest.File{Sections: []dwarftest.Section{{Name: ".BTF_ids", Flags: elf.SHF_ALLOC, Data: make([]byte, 4*n)}}}
	for i := range n {
		f.Symbols = append(f.Symbols, dwarftest.Symbol{Name: fmt.Sprintf("__BTF_ID__struct__s%d__%d", i, i), Section: ".BTF_ids", Value: uint64(4 * i)})
	}
	data, err := f.Bytes()
	if err != nil {
		panic(err)
	}
	file, err := elffile.New("file", bytes.NewReader(data), int64(len(data)))
	if err != nil {
		panic(err)
	}
	return func() error {
		table, err := btfids.Read(file)
		if err != nil {
			return err
		}
		table.Resolve(types)
		return nil
	}, len(data) + len(types.Bytes())
}
