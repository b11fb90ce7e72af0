package dwarf2btf_test

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/reloc"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

// rela is a relocation for x86-64 with the section .debug_str as symbol.
type rela struct {
	off    uint64
	typ    uint32
	addend uint64
}

// relocatable makes an object of a file, with relocations of one section.
func relocatable(f *dwarftest.File, section string, relocs []rela) *dwarftest.File {
	f.Type = elf.ET_REL
	f.Symbols = append([]dwarftest.Symbol{{Type: elf.STT_SECTION, Section: ".debug_str"}}, f.Symbols...)
	var data []byte
	for _, r := range relocs {
		data = binary.LittleEndian.AppendUint64(data, r.off)
		data = binary.LittleEndian.AppendUint64(data, 1<<32|uint64(r.typ))
		data = binary.LittleEndian.AppendUint64(data, r.addend)
	}
	f.Sections = append(f.Sections, dwarftest.Section{Name: ".rela" + section, Type: elf.SHT_RELA, Data: data, For: section})
	return f
}

// Strings of joined objects are merged. A reference that is not relocated, because a
// tool did it before (eu-strip --reloc-debug-sections), leads to the same string still.
func TestUnrelocatedStrings(t *testing.T) {
	const none, word = 0, 10 // R_X86_64_NONE, R_X86_64_32
	build := func() *dwarftest.File {
		return file(
			unit(structure("first", 8, member("common", "long int", 0)), longType(), typedef("name_of_long", "long int")),
			unit(structure("second", 8, member("common", "long", 0)), copyOf(longType(), "long"), copyOf(typedef("name_of_long", "long"), "name2")))
	}
	convert := func(relocs ...rela) string {
		return outcome(relocatable(build(), ".debug_info", relocs).Build(t), dwarf2btf.Options{Features: features.Default()})
	}
	want := convert()
	if strings.Contains(want, "error") || len(want) < 200 {
		t.Fatal(want)
	}
	if got := convert(rela{0, none, 0}); got != want {
		t.Errorf("no string is relocated: %s\nwant %s", got, want)
	}
	// The names of the typedefs, after code and type, and no others.
	f, err := elf.NewFile(bytes.NewReader(build().Build(t)))
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Section(".debug_info").Data()
	if err != nil {
		t.Fatal(err)
	}
	data, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	var relocs []rela
	for r := data.Reader(); ; {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			break
		}
		if e.Tag == dwarf.TagTypedef {
			off := uint64(e.Offset) + 1 + 4
			relocs = append(relocs, rela{off, word, uint64(binary.LittleEndian.Uint32(info[off:]))})
		}
	}
	if len(relocs) != 2 {
		t.Fatalf("%d typedefs", len(relocs))
	}
	if got := convert(relocs...); got != want {
		t.Errorf("some strings are relocated: %s\nwant %s", got, want)
	}
	relocs[1].addend = 1 << 20
	if got := convert(relocs...); !strings.Contains(got, ".debug_info+") || !strings.Contains(got, "no string at offset 0x100000 of its section") {
		t.Error(got)
	}
}

// A worker that meets the first reference to a string which is not relocated, and others with relocated ones,
// are at work at the same time: what the race detector is for.
func TestUnrelocatedStringsOfSomeUnits(t *testing.T) {
	image, err := os.ReadFile("../testdata/dwarf/module-gcc-dwarf5.o")
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	second := 4 + uint64(binary.LittleEndian.Uint32(image[f.Section(".debug_info").Offset:]))
	n := 0
	for s, at := f.Section(".rela.debug_info"), uint64(0); at < s.Size; at += 24 {
		entry := image[s.Offset+at:][:24]
		// All but the first, the offset of the abbreviations.
		if off := binary.LittleEndian.Uint64(entry); off > second+8 && binary.LittleEndian.Uint32(entry[8:]) == uint32(elf.R_X86_64_32) {
			binary.LittleEndian.PutUint32(entry[8:], uint32(elf.R_X86_64_NONE))
			n++
		}
	}
	if n < 10 {
		t.Fatalf("%d relocations", n)
	}
	want := outcome(image, dwarf2btf.Options{Features: features.Default(), Jobs: 1})
	for range 20 {
		if got := outcome(image, dwarf2btf.Options{Features: features.Default(), Jobs: 4}); got != want {
			t.Fatalf("%s\nwant %s", got, want)
		}
	}
}

// Relocations may be in any order. Many are taken to be in order until one is met that is not:
// then the file is read again.
func TestRelocationsOutOfOrder(t *testing.T) {
	defer func(n int) { reloc.HastyBlocks = n }(reloc.HastyBlocks)
	image, err := os.ReadFile("../testdata/dwarf/module-gcc-dwarf5.o")
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	s := f.Section(".rela.debug_info")
	entry := func(list []byte, i int) []byte { return list[24*i : 24*i+24 : 24*i+24] }
	n := int(s.Size / 24)
	opts := dwarf2btf.Options{Features: features.Default()}
	want := outcome(image, opts)
	for _, hasty := range []int{1, 1 << 20} {
		reloc.HastyBlocks = hasty
		for _, swap := range [][2]int{{0, 0}, {0, 1}, {1, 2}, {0, n - 1}, {n / 2, n/2 + 1}, {n / 3, n - 2}, {n - 2, n - 1}} {
			changed := slices.Clone(image)
			list := changed[s.Offset:][:s.Size]
			first := slices.Clone(entry(list, swap[0]))
			copy(entry(list, swap[0]), entry(list, swap[1]))
			copy(entry(list, swap[1]), first)
			var stats dwarf2btf.Stats
			opts.Stats = &stats
			if got := outcome(changed, opts); got != want {
				t.Errorf("entries %d and %d change places: %s", swap[0], swap[1], got)
			}
			// That the last entry is not the last of all is seen at once.
			if again := stats.Reruns > 0; again != (hasty == 1 && swap[0] != swap[1] && swap != [2]int{0, n - 1}) {
				t.Errorf("entries %d and %d change places: read again %v", swap[0], swap[1], again)
			}
		}
	}
}

// What is not relocated in time leads to errors, which are not those of the file.
func TestErrorOutOfOrder(t *testing.T) {
	defer func(n int) { reloc.HastyBlocks = n }(reloc.HastyBlocks)
	reloc.HastyBlocks = 1
	const none, word = 0, 10 // R_X86_64_NONE, R_X86_64_32
	// The relocation that comes too late is far behind the head of the second unit.
	parts := []any{copyOf(longType(), "long")}
	for i := range 600 {
		parts = append(parts, copyOf(typedef("name_of_long", "long"), fmt.Sprint("name", i)))
	}
	long := unit(parts...)
	object := func() *dwarftest.File {
		return file(unit(longType(), typedef("name_of_long", "long int")), long)
	}
	build := func(relocs []rela) []byte { return relocatable(object(), ".debug_info", relocs).Build(t) }
	find := func(image []byte) (info []byte, field uint64) {
		f, err := elf.NewFile(bytes.NewReader(image))
		if err != nil {
			t.Fatal(err)
		}
		data, err := f.DWARF()
		if err != nil {
			t.Fatal(err)
		}
		s := f.Section(".debug_info")
		for r := data.Reader(); ; {
			e, err := r.Next()
			if e == nil || err != nil {
				t.Fatal(err)
			}
			if e.Tag == dwarf.TagTypedef {
				return image[s.Offset:][:s.Size], uint64(e.Offset) + 1 + 4
			}
		}
	}
	info, field := find(object().Build(t))
	first := rela{field, word, uint64(binary.LittleEndian.Uint32(info[field:]))}
	var relocs []rela
	for off := range uint64(len(info) - 8) {
		relocs = append(relocs, rela{off, none, 0})
	}
	ordered := slices.Insert(slices.Clone(relocs), int(field), first)
	moved := slices.Insert(slices.Clone(relocs), len(relocs)-1, first)
	var outcomes []string
	var stats dwarf2btf.Stats
	for _, list := range [][]rela{ordered, moved} {
		image := build(list)
		info, field := find(image)
		binary.LittleEndian.PutUint32(info[field:], 1<<30) // no string
		outcomes = append(outcomes, outcome(image, dwarf2btf.Options{Features: features.Default(), Stats: &stats}))
	}
	if outcomes[1] != outcomes[0] || strings.Contains(outcomes[0], "error") || stats.Reruns != 1 {
		t.Errorf("%d attempts more: %s\nwant %s", stats.Reruns, outcomes[1], outcomes[0])
	}
}
