package dwarf2btf_test

import (
	"bytes"
	"context"
	"debug/dwarf"
	"fmt"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

// TestLongNames has variables and functions with long names, of which only the
// beginning is looked at. One that has 128 bytes is still valid.
func TestLongNames(t *testing.T) {
	longest, longer := strings.Repeat("v", 128), strings.Repeat("v", 129)
	u := unit(intType(),
		variable(longest, "int", perCPUAddr+8), variable(longer, "int", perCPUAddr+16), variable("short", "int", perCPUAddr+24),
		function("f", "int", textAddr), function("f"+longer, "int", textAddr+8))
	f := file(u)
	for i := range f.Symbols {
		if f.Symbols[i].Name == "f"+longer {
			f.Symbols = append(f.Symbols[:i], f.Symbols[i+1:]...) // then the name begins with a symbol's
			break
		}
	}
	image := f.Build(t)
	res, err := convert(image, dwarf2btf.Options{Features: features.Default()})
	if err != nil {
		t.Fatal(err)
	}
	text := dump(t, res)
	for _, want := range []string{"VAR '" + longest + "'", "VAR 'short'", "FUNC 'f'"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %.20s", want)
		}
	}
	if strings.Contains(text, longer) {
		t.Error("a name that is too long")
	}
	_, err = convert(image, dwarf2btf.Options{Features: features.Default() &^ features.EncodeForce})
	if err == nil || !strings.Contains(err.Error(), "invalid name") || len(err.Error()) > 400 {
		t.Errorf("without encode_force: %v", err)
	}
}

// TestManyMergedFiles has several files whose units refer to each other: the input is
// read twice, not once more for each.
func TestManyMergedFiles(t *testing.T) {
	var files []*elffile.File
	for i := range 6 {
		image := file(
			unit(structure(fmt.Sprint("s", i), 4, entry(dwarf.TagMember, name("m"), at(dwarf.AttrType, dwarftest.FormRefAddr, "int"), num(dwarf.AttrDataMemberLoc, 0)))),
			unit(intType())).Build(t)
		f, err := elffile.New(fmt.Sprint(i, ".elf"), bytes.NewReader(image), int64(len(image)))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	var stats dwarf2btf.Stats
	res, err := dwarf2btf.Convert(context.Background(), files, dwarf2btf.Options{Features: features.Default(), Stats: &stats})
	if err != nil {
		t.Fatal(err)
	}
	if text := dump(t, res); stats.Reruns != 1 || strings.Count(text, "STRUCT") != len(files) || strings.Contains(text, "type_id=0 bits_offset") {
		t.Errorf("read again %d times:\n%s", stats.Reruns, text)
	}
}

// TestTurnsAtTables has units that take turns at two large tables of abbreviations,
// so that one of them has to be read again for each unit.
func TestTurnsAtTables(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine, which takes ten seconds with the race detector")
	}
	const declared, units = 40_000, 400
	f := &dwarftest.File{Symbols: file().Symbols}
	f.Patch = func(section string, data []byte) []byte {
		switch section {
		case ".debug_abbrev":
			// Two tables: one abbreviation that is used, and others.
			table := []byte{1, 0x11, 0, 0, 0}
			for i := range declared {
				code := i + 2
				table = append(table, byte(code)|0x80, byte(code>>7)|0x80, byte(code>>14), 0x24, 0, 0, 0)
			}
			table = append(table, 0)
			return append(table, table...)
		case ".debug_info":
			size := 5 + 7*declared + 1
			var out []byte
			for i := range units {
				off := i % 2 * size
				out = append(out, 8, 0, 0, 0, 4, 0, byte(off), byte(off>>8), byte(off>>16), byte(off>>24), 8, 1)
			}
			return out
		}
		return data
	}
	f.Units = []*dwarftest.Unit{{Version: 4, DIE: entry(dwarf.TagCompileUnit)}}
	_, err := convert(f.Build(t), dwarf2btf.Options{Features: features.Default(), Jobs: 1})
	if err == nil || !strings.Contains(err.Error(), "take turns at large tables") {
		t.Errorf("error %v", err)
	}
}

// TestSharedLists has parameters that share one long location list, and as many that
// share a short one.
func TestSharedLists(t *testing.T) {
	for _, entries := range []int{50, 2000} {
		var list dwarftest.LocList
		for i := range entries {
			list = append(list, dwarftest.ListEntry{Low: uint64(8 * i), High: uint64(8*i + 8), Expr: []byte{0x55}})
		}
		u := unit(intType(), function("f", "int", textAddr, param("a", "int", at(dwarf.AttrLocation, dwarftest.FormSecOffset, list))))
		u.Version = 4
		for range 1500 {
			u.DIE.Children = append(u.DIE.Children, function("f", "int", textAddr, param("a", "int", at(dwarf.AttrLocation, dwarftest.FormSecOffset, dwarftest.Raw(0)))))
		}
		_, err := convert(file(u).Build(t), dwarf2btf.Options{Features: features.Default(), Jobs: 1})
		if long := entries > 1000; (err != nil) != long || long && !strings.Contains(err.Error(), "share long ones") {
			t.Errorf("lists of %d entries: %v", entries, err)
		}
	}
}
