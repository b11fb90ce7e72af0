package main

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

const idsBase = `
[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] STRUCT 'task_struct' size=4 vlen=1
	'pid' type_id=1 bits_offset=0
`

const idsTypes = `
[3] PTR '(anon)' type_id=2
[4] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1
	'task' type_id=3
[5] FUNC 'write' type_id=4 linkage=static
[6] FUNC 'read' type_id=4 linkage=static
`

// setupIDs writes the files for scripts about .BTF_ids:
//
//	base.btf         the types of idsBase
//	other.btf        types without task_struct
//	ids.btf          the types of idsTypes, split from base.btf
//	ids.ko           .BTF with the types of ids.btf, and .BTF_ids: the IDs of
//	                 task_struct, and in a set8, of write and read with the flags 7 and 8
//	distilled.ko     the same, but .BTF is split from .BTF.base
//	unresolved.ko    the same as ids.ko, with one more ID, of nothing
//	malformed.ko     the same as ids.ko, with a symbol outside of .BTF_ids
//	kfunc.ko         .BTF_ids with a set of kernel functions, in which alloc has the flag
//	                 KF_ARENA_RET
func setupIDs(dir string) error {
	base, err := btf.ParseText(idsBase, nil)
	if err != nil {
		return err
	}
	types, err := btf.ParseText(idsTypes, base)
	if err != nil {
		return err
	}
	other, err := btf.ParseText("[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED", nil)
	if err != nil {
		return err
	}
	distilled, split, err := distill.Distill(types, distill.Options{})
	if err != nil {
		return err
	}
	write := func(name string, data []byte) error { return os.WriteFile(filepath.Join(dir, name), data, 0o644) }
	section := func(name string, types *btf.Types) dwarftest.Section {
		return dwarftest.Section{Name: name, Data: types.Bytes()}
	}
	module := func(name, symbol string, offset uint64, sections ...dwarftest.Section) error {
		var data []byte
		for _, w := range []uint32{0, 0, 1, 0, 7, 0, 8, 0} {
			data = binary.LittleEndian.AppendUint32(data, w)
		}
		file := dwarftest.File{Type: elf.ET_REL, Sections: append([]dwarftest.Section{{Name: btfids.SectionName, Data: data}}, sections...)}
		add := func(name string, offset, size uint64) {
			file.Symbols = append(file.Symbols, dwarftest.Symbol{Name: name, Value: offset, Size: size, Section: btfids.SectionName})
		}
		add("__BTF_ID__struct__task_struct__1", 0, 4)
		add("__BTF_ID__set8__kfuncs", 4, 24)
		add("__BTF_ID__func__write__2", 12, 4)
		add("__BTF_ID__func__read__3", 20, 4)
		if symbol != "" {
			add(symbol, offset, 4)
		}
		image, err := file.Bytes()
		if err != nil {
			return err
		}
		return write(name, image)
	}
	kfunc := dwarftest.File{
		Type:     elf.ET_REL,
		Sections: []dwarftest.Section{{Name: btfids.SectionName, Data: []byte{4: 1, 13: 0x20, 15: 0}}},
		Symbols: []dwarftest.Symbol{
			{Name: "__BTF_ID__set8__kfuncs", Size: 16, Section: btfids.SectionName},
			{Name: "__BTF_ID__func__alloc__1", Value: 8, Size: 4, Section: btfids.SectionName},
		},
	}
	image, err := kfunc.Bytes()
	if err != nil {
		return err
	}
	return errors.Join(
		write("kfunc.ko", image),
		write("base.btf", base.Bytes()),
		write("other.btf", other.Bytes()),
		write("ids.btf", types.Bytes()),
		module("ids.ko", "", 0, section(".BTF", types)),
		module("distilled.ko", "", 0, section(".BTF", split), section(".BTF.base", distilled)),
		module("unresolved.ko", "__BTF_ID__func__nothing__4", 28, section(".BTF", types)),
		module("malformed.ko", "__BTF_ID__func__nothing__4", 32, section(".BTF", types)))
}

// words prints what .BTF_ids holds.
func words(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: words FILE")
	}
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	if f, err := elffile.Open(ts.MkAbs(args[0])); err == nil {
		data, err = f.SectionData(f.Section(btfids.SectionName))
		f.Close()
		ts.Check(err)
	}
	line := ""
	for ; len(data) >= 4; data = data[4:] {
		line += fmt.Sprintf(" %d", binary.LittleEndian.Uint32(data))
	}
	fmt.Fprintln(ts.Stdout(), line[min(1, len(line)):])
}
