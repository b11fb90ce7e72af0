package dwarf2btf_test

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/inspect/inlined"
	"github.com/gopahole/gopahole/internal/dwarftest"
	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/libbpf"
)

// checkConversion encodes an image with one worker and with two. Time and memory
// are bounded, both say the same, and what they give can be read.
func checkConversion(t *testing.T, image []byte, opts dwarf2btf.Options) {
	t.Helper()
	opts.Jobs = 1
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	one := outcome(image, opts)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 512<<20 || took > 5*time.Second {
		t.Errorf("%d bytes: %d MB, %v", len(image), n>>20, took)
	}
	opts.Jobs = 2
	if two := outcome(image, opts); two != one {
		t.Errorf("one worker: %.200s\ntwo: %.200s", one, two)
	}
	if res, err := convert(image, opts); err == nil {
		checkReads(t, res)
	}
}

// checkInlined encodes an image with the sites of inlined functions. Where that can be done, they
// hold together, and all else is as without.
func checkInlined(t *testing.T, image []byte, opts dwarf2btf.Options) {
	t.Helper()
	opts.Features &^= preview
	without, err := convert(image, opts)
	opts.Features |= preview
	checkConversion(t, image, opts)
	with, errWith := convert(image, opts)
	if errWith != nil || with.BTF == nil {
		return // entries that nobody looks at without may be wrong
	}
	if err := inlined.Check(with.BTF); err != nil {
		t.Error(err)
	}
	if err != nil {
		return // and so may the references by which they are stepped over
	}
	if without.BTF == nil || !strings.HasPrefix(dump(t, with), dump(t, without)) {
		t.Errorf("with\n%s\nwithout\n%s", dump(t, with), dump(t, without))
	}
}

// FuzzConvert takes any bytes for an ELF file.
func FuzzConvert(f *testing.F) {
	for _, object := range []string{
		"bitfields-mips-gcc-dwarf2.elf", "bitfields-s390x-gcc-dwarf4.elf", "forwards-gcc-dwarf3.elf", "tags-clang-dwarf5.elf", "nocall-clang-dwarf5.elf",
		"atomic-gcc-dwarf5.elf", "mix-i386-clang-dwarf5.elf", "cplusplus-clang-dwarf5.elf", "kfuncs-clang-dwarf5.elf", "percpu-clang-dwarf5.elf",
		"inline-clang-dwarf4.elf", "inline-mips-gcc-dwarf4.elf", "inline-clang-dwarf5.o",
		"module-gcc-single.o", "module-riscv64-gcc-dwarf5.o", "module-mips64el-clang-dwarf5.o", "module-i386-gcc-dwarf5.o",
	} {
		f.Add(filetest.Read(f, "../testdata/dwarf/"+object))
	}
	f.Add(file(partialUnit("p", intType()), unit(importOf("p"), entry(dwarf.TagPointerType, crossRef("int")))).Build(f))
	f.Fuzz(func(t *testing.T, image []byte) {
		if len(image) > 1<<16 {
			t.Skip("long inputs show nothing new")
		}
		checkConversion(t, image, dwarf2btf.Options{Features: features.All()})
		checkInlined(t, image, dwarf2btf.Options{Features: features.Default()})
	})
}

// FuzzSections takes any bytes for DWARF in an ELF file that is as it should be:
// entries, abbreviations, strings, each of which is the name of a function, and
// location lists.
func FuzzSections(f *testing.F) {
	const (
		bigEndian = 1 << iota
		class32
		types // the entries are .debug_types, too
		merged
		legacy
	)
	for object, kind := range map[string]uint8{
		"bitfields-mips-gcc-dwarf4.elf": bigEndian | class32, "params-gcc-dwarf5.elf": 0,
		"params-clang-dwarf4.elf": merged, "mix-i386-gcc-dwarf2.elf": class32 | legacy, "tags-gcc-dwarf5.elf": 0,
		"inline-clang-dwarf5.elf": 0, "inline-gcc-dwarf4.elf": 0, "inline-s390x-gcc-dwarf5.elf": bigEndian,
		"units-type-units-dwarf4.elf": types, "rust-rustc-dwarf5.elf": merged, "nested-gcc-dwarf5.elf": types,
	} {
		ef, err := elf.Open("../testdata/dwarf/" + object)
		if err != nil {
			f.Fatal(err)
		}
		var parts [4][]byte
		for i, names := range [][]string{{".debug_info"}, {".debug_abbrev"}, {".debug_str"}, {".debug_loc", ".debug_loclists"}} {
			for _, name := range names {
				if s := ef.Section(name); s != nil {
					if parts[i], err = s.Data(); err != nil {
						f.Fatal(err)
					}
				}
			}
		}
		ef.Close()
		f.Add(parts[0], parts[1], parts[2], parts[3], kind)
	}
	units := dwarftest.File{Units: []*dwarftest.Unit{partialUnit("p", intType(), importOf("q")),
		partialUnit("q", importOf("p"), charType()), unit(importOf("p"), entry(dwarf.TagPointerType, crossRef("int")),
			function("f", "char2", textAddr, param("a", "char2", in(5))), copyOf(charType(), "char2"))}}
	ef, err := elf.NewFile(bytes.NewReader(units.Build(f)))
	if err != nil {
		f.Fatal(err)
	}
	data := func(name string) []byte {
		b, err := ef.Section(name).Data()
		if err != nil {
			f.Fatal(err)
		}
		return b
	}
	f.Add(data(".debug_info"), data(".debug_abbrev"), data(".debug_str"), []byte{}, uint8(0))

	f.Fuzz(func(t *testing.T, info, abbrev, str, lists []byte, kind uint8) {
		if len(info)+len(abbrev)+len(str)+len(lists) > 1<<16 {
			t.Skip("long inputs show nothing new")
		}
		file := &dwarftest.File{Class32: kind&class32 != 0}
		if kind&bigEndian != 0 {
			file.Order, file.Machine = binary.BigEndian, elf.EM_S390
		}
		add := func(name string, data []byte) {
			file.Sections = append(file.Sections, dwarftest.Section{Name: name, Data: data})
		}
		file.Sections = append(file.Sections, dwarftest.Section{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Data: make([]byte, dataAddr)})
		file.Sections = append(file.Sections, dwarftest.Section{Name: ".data", Flags: elf.SHF_ALLOC, Addr: dataAddr, Data: make([]byte, 0x1000)})
		add(".debug_info", info)
		add(".debug_abbrev", abbrev)
		add(".debug_str", str)
		add(".debug_line_str", str)
		add(".debug_loc", lists)
		add(".debug_loclists", lists)
		add(".debug_ranges", lists)
		add(".debug_rnglists", lists)
		add(".debug_str_offsets", append(make([]byte, 8), bytes.Repeat([]byte{0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}, 9)...))
		add(".debug_addr", append(make([]byte, 8), bytes.Repeat([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0}, 9)...))
		if kind&types != 0 {
			add(".debug_types", info)
		}
		for i, n := range bytes.Split(str, []byte{0}) {
			if i < 100 && len(n) > 0 {
				file.Symbols = append(file.Symbols, dwarftest.Symbol{Name: string(n), Value: uint64(textAddr + 16*(i%5)), Type: elf.STT_FUNC, Section: "*ABS*"})
			}
		}
		file.Symbols = append(file.Symbols, dwarftest.Symbol{Name: "main", Type: elf.STT_FUNC, Section: "*ABS*"})
		image, err := file.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		set := features.All()
		if kind&merged != 0 {
			set |= features.ForceCUMerging
		}
		if kind&legacy != 0 {
			set = features.Legacy()
		}
		opts := dwarf2btf.Options{Features: set, FixupSillyBitfields: kind&legacy != 0}
		checkConversion(t, image, opts)
		checkInlined(t, image, opts)
	})
}

// FuzzBase changes words of a base. What a module gets on top of it can be read, and a workspace that was
// used gives the same again.
func FuzzBase(f *testing.F) {
	module := filetest.Read(f, "../testdata/dwarf/splitmod-gcc-dwarf5.o")
	var bases []*btf.Types
	for i, object := range []string{"splitbase-gcc-dwarf5.elf", "forwards-gcc-dwarf5.elf", "arrays-clang-dwarf5.elf", "kfuncs-gcc-dwarf5.elf"} {
		res, err := convert(filetest.Read(f, "../testdata/dwarf/"+object), dwarf2btf.Options{Features: features.Default()})
		if err != nil {
			f.Fatal(err)
		}
		bases = append(bases, res.BTF)
		f.Add(uint8(i), []byte{}, false)
		f.Add(uint8(i), []byte{0, 2, 3, 0, 30, 1, 0, 45, 7}, true)
	}
	f.Fuzz(func(t *testing.T, which uint8, edits []byte, old bool) {
		from := bases[int(which)%len(bases)]
		words := slices.Clone(from.Words())
		for ; len(edits) >= 3; edits = edits[3:] { // place and value
			words[int(binary.BigEndian.Uint16(edits))%len(words)] = uint32(edits[2])
		}
		types, err := btf.New(nil, nil, words, from.Strings())
		if err != nil {
			return
		}
		var compat libbpf.Version
		if old {
			compat = libbpf.V17
		}
		base, err := dwarf2btf.NewBase(types, dwarf2btf.BaseOptions{Compat: compat})
		if err != nil {
			t.Fatal(err)
		}
		opts := dwarf2btf.Options{Base: base, Compat: compat, Features: features.Default(), Jobs: 1}
		first, second := outcome(module, opts), outcome(module, opts)
		if first != second {
			t.Errorf("first %.300s\nthen %.300s", first, second)
		}
		if res, err := convert(module, opts); err == nil {
			if _, err := btf.Parse(res.BTF.Bytes(), types); err != nil {
				t.Error(err)
			}
		}
	})
}
