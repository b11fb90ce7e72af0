package dwarf2btf_test

import (
	"bytes"
	"context"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

const (
	attrDwoName dwarf.Attr = 0x76
	attrCompDir            = dwarf.AttrCompDir
)

// skeletonOf is the unit that says that the one with this ID is in another file.
func skeletonOf(path string, id int, parts ...any) *dwarftest.Unit {
	return &dwarftest.Unit{Kind: dwarftest.SkeletonUnit, Signature: uint64(id),
		DIE: entry(tagSkeleton, append([]any{at(attrDwoName, dwarftest.FormString, path)}, parts...)...)}
}

// splitOf is a unit for a .dwo file.
func splitOf(id int, parts ...any) *dwarftest.Unit {
	return &dwarftest.Unit{Kind: dwarftest.SplitCompileUnit, Signature: uint64(id),
		DIE: entry(dwarf.TagCompileUnit, append([]any{name(fmt.Sprint("u", id)), language(langC)}, parts...)...)}
}

// splitSections are the sections of units under the names that they have in a .dwo file.
func splitSections(t testing.TB, units ...*dwarftest.Unit) (sections []dwarftest.Section) {
	t.Helper()
	f := &dwarftest.File{Units: units, SharedAbbrevs: true}
	ef, err := elf.NewFile(bytes.NewReader(f.Build(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer ef.Close()
	for _, s := range ef.Sections {
		if !strings.HasPrefix(s.Name, ".debug_") {
			continue
		}
		data, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		sections = append(sections, dwarftest.Section{Name: s.Name + ".dwo", Data: data})
	}
	return sections
}

func dwo(t testing.TB, units ...*dwarftest.Unit) []byte {
	t.Helper()
	return (&dwarftest.File{Sections: splitSections(t, units...)}).Build(t)
}

// indexRow is a row of the index of a package.
type indexRow struct {
	id                int
	info, size        int // of the unit
	abbrev, abbrevLen int
}

// index is .debug_cu_index of DWARF 5.
func index(rows ...indexRow) []byte {
	le := binary.LittleEndian
	slots := 2 * len(rows)
	words := func(b []byte, list ...int) []byte {
		for _, w := range list {
			b = le.AppendUint32(b, uint32(w))
		}
		return b
	}
	b := words(nil, 5, 2, len(rows), slots)
	for i := range slots {
		id := 0
		if i < len(rows) {
			id = rows[i].id
		}
		b = le.AppendUint64(b, uint64(id))
	}
	for i := range slots {
		row := 0
		if i < len(rows) {
			row = i + 1
		}
		b = words(b, row)
	}
	b = words(b, 1, 3) // .debug_info.dwo and .debug_abbrev.dwo
	for _, r := range rows {
		b = words(b, r.info, r.abbrev)
	}
	for _, r := range rows {
		b = words(b, r.size, r.abbrevLen)
	}
	return b
}

// convertFiles writes files below a directory and encodes the one called dir/a.elf.
func convertFiles(t *testing.T, files map[string][]byte, opts dwarf2btf.Options) (string, error) {
	t.Helper()
	top := t.TempDir()
	for path, data := range files {
		path = filepath.Join(top, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f, err := elffile.Open(filepath.Join(top, "dir/a.elf"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	opts.Features = features.Default() | features.GlobalVar
	res, err := dwarf2btf.Convert(context.Background(), []*elffile.File{f}, opts)
	if err != nil {
		return "", err
	}
	return dump(t, res), nil
}

// Units of split DWARF take the place of their skeletons, wherever they are, and what is
// not right is an error that names the file.
func TestSplit(t *testing.T) {
	s := func(n string) *die { return structure(n, 1) }
	size := func(sections []dwarftest.Section, n string) int {
		for _, sec := range sections {
			if sec.Name == n {
				return len(sec.Data)
			}
		}
		t.Fatalf("no section %s", n)
		return 0
	}
	two := splitSections(t, splitOf(1, s("one")), splitOf(2, s("two")))
	first := size(splitSections(t, splitOf(1, s("one"))), ".debug_info.dwo")
	both, abbrevs := size(two, ".debug_info.dwo"), size(two, ".debug_abbrev.dwo")
	dwp := func(index []byte) []byte {
		f := &dwarftest.File{Sections: append(two[:len(two):len(two)], dwarftest.Section{Name: ".debug_cu_index", Data: index})}
		return f.Build(t)
	}
	skeletons := file(skeletonOf("one.dwo", 1), skeletonOf("two.dwo", 2)).Build(t)
	r1, r2 := indexRow{1, 0, first, 0, abbrevs}, indexRow{2, first, both - first, 0, abbrevs}
	inPackage := func(rows ...indexRow) map[string][]byte {
		return map[string][]byte{"dir/a.elf": skeletons, "dir/a.elf.dwp": dwp(index(rows...))}
	}
	patched := func(at int, value uint32) map[string][]byte {
		b := index(r1, r2)
		binary.LittleEndian.PutUint32(b[at:], value)
		return map[string][]byte{"dir/a.elf": skeletons, "dir/a.elf.dwp": dwp(b)}
	}
	const want = "STRUCT 'one'.*\n.*STRUCT 'two'"
	for _, test := range []struct {
		name  string
		files map[string][]byte
		want  string // a regular expression
		err   string
	}{
		{name: "beside the file", files: map[string][]byte{"dir/a.elf": skeletons,
			"dir/one.dwo": dwo(t, splitOf(1, s("one"))), "dir/two.dwo": dwo(t, splitOf(2, s("two")))}, want: want},
		{
			name: "relative to the file, to DW_AT_comp_dir, and out of the directory",
			files: map[string][]byte{
				"dir/a.elf": file(skeletonOf("sub/one.dwo", 1),
					skeletonOf("two.dwo", 2, at(attrCompDir, dwarftest.FormString, "obj")),
					skeletonOf("../other/three.dwo", 3)).Build(t),
				"dir/sub/one.dwo": dwo(t, splitOf(1, s("one"))), "dir/obj/two.dwo": dwo(t, splitOf(2, s("two"))),
				"other/three.dwo": dwo(t, splitOf(3, s("three"))),
			},
			want: want + ".*\n.*STRUCT 'three'",
		},
		{name: "the one with the right ID", files: map[string][]byte{"dir/a.elf": file(skeletonOf("sub/one.dwo",
			1)).Build(t), "dir/sub/one.dwo": dwo(t, splitOf(7, s("wrong"))),
			"dir/one.dwo": dwo(t, splitOf(1, s("one")))}, want: "STRUCT 'one'"},
		{name: "several units in one file", files: map[string][]byte{"dir/a.elf": file(skeletonOf("x.dwo", 2),
			skeletonOf("x.dwo", 1)).Build(t), "dir/x.dwo": dwo(t, splitOf(1, s("one")), splitOf(2, s("two")))},
			want: "STRUCT 'two'.*\n.*STRUCT 'one'"},
		{name: "in the file itself", files: map[string][]byte{"dir/a.elf": func() []byte {
			f := file(skeletonOf("gone.dwo", 1), skeletonOf("gone.dwo", 2))
			f.Sections = append(f.Sections, two...)
			return f.Build(t)
		}()}, want: want},
		{name: "in a package", files: inPackage(r1, r2), want: want},
		{name: "not in the package but beside it", files: func() map[string][]byte {
			m := inPackage(r1)
			m["dir/two.dwo"] = dwo(t, splitOf(2, s("two")))
			return m
		}(), want: want},
		{name: "type units", files: map[string][]byte{
			"dir/a.elf": file(skeletonOf("one.dwo", 1)).Build(t),
			"dir/one.dwo": dwo(t, splitOf(1, structure("outer", 8, sigMember("m", 9))),
				splitType(9, "inner", structure("inner", 4)), splitType(8, "alone", structure("alone", 4))),
		}, want: "STRUCT 'outer'.*\n.*'m' type_id=2.*\n.*STRUCT 'inner'.*\n.*STRUCT 'alone'"},

		{name: "missing", files: map[string][]byte{"dir/a.elf": skeletons, "dir/one.dwo": dwo(t, splitOf(1, s("one")))},
			err: `^the file of split DWARF "two.dwo" that the unit at .debug_info\+0x[0-9a-f]+ names was not found: there is no ".*/dir/a.elf.dwp", ".*/dir/two.dwo"; `},
		{name: "of another build", files: map[string][]byte{"dir/a.elf": skeletons,
			"dir/one.dwo": dwo(t, splitOf(7, s("one")))},
			err: `/dir/one.dwo": it is of another build: it has no unit with the ID 0x0000000000000001`},
		{name: "a skeleton in the .dwo file", files: map[string][]byte{"dir/a.elf": skeletons,
			"dir/one.dwo": dwo(t, skeletonOf("one.dwo", 1))},
			err: `/dir/one.dwo": .debug_info.dwo\+0x0: unit of type 0x4: a .dwo file has split units`},
		{name: "two units of one ID", files: map[string][]byte{"dir/a.elf": skeletons,
			"dir/one.dwo": dwo(t, splitOf(1, s("one")), splitOf(1, s("two")))},
			err: `/dir/one.dwo": two units have the ID`},
		{name: "without a name",
			files: map[string][]byte{"dir/a.elf": file(&dwarftest.Unit{Kind: dwarftest.SkeletonUnit,
				DIE: entry(tagSkeleton, size1())}).Build(t)}, err: `skeleton unit that does not name its .dwo file`},
		{name: "a name that is no path", files: map[string][]byte{"dir/a.elf": file(skeletonOf(strings.Repeat("x/",
			3000), 1)).Build(t)}, err: `name of a .dwo file that is no path`},
		{name: "a missing type unit", files: map[string][]byte{"dir/a.elf": file(skeletonOf("one.dwo", 1)).Build(t),
			"dir/one.dwo": dwo(t, splitOf(1, structure("outer", 8, sigMember("m", 9))))},
			err: `/dir/one.dwo: .debug_info.dwo\+0x[0-9a-f]+: no type unit has the signature`},
		{name: "named too often", files: map[string][]byte{"dir/a.elf": file(repeatUnits(101,
			func(int) *dwarftest.Unit { return skeletonOf("one.dwo", 1) })...).Build(t),
			"dir/one.dwo": dwo(t, splitOf(1, s("one")))}, err: `more than 100 units name the split unit`},
		{name: "relocations", files: map[string][]byte{"dir/a.elf": skeletons, "dir/one.dwo": func() []byte {
			f := &dwarftest.File{Sections: append(splitSections(t, splitOf(1, s("one"))),
				dwarftest.Section{Name: ".rela.debug_info.dwo", Type: elf.SHT_RELA, For: ".debug_info.dwo",
					Data: make([]byte, 24)})}
			return f.Build(t)
		}()}, err: `/dir/one.dwo": .debug_info.dwo has relocations in .rela.debug_info.dwo`},
		{name: "a package in the place of a .dwo file", files: map[string][]byte{"dir/a.elf": skeletons,
			"dir/one.dwo": dwp(index(r1, r2))}, err: `/dir/one.dwo": is a DWARF package`},

		{name: "units that overlap", files: inPackage(r1, indexRow{2, first - 4, both - first, 0, abbrevs}),
			err: `a.elf.dwp": index: units 0x0000000000000001 and 0x0000000000000002 overlap at .debug_info.dwo\+0x`},
		{name: "a unit past the end", files: inPackage(r1, indexRow{2, first, both, 0, abbrevs}),
			err: `a.elf.dwp": index: unit 0x0000000000000002 is said to have \d+ bytes at .debug_info.dwo\+0x[0-9a-f]+, which is outside`},
		{name: "an offset near 4 GiB", files: inPackage(r1, indexRow{2, -1, -1, 0, abbrevs}), err: `which is outside of the section`},
		{name: "abbreviations past the end", files: inPackage(r1, indexRow{2, first, both - first, abbrevs, 1}),
			err: `at .debug_abbrev.dwo\+0x[0-9a-f]+, which is outside`},
		{name: "the wrong unit", files: inPackage(indexRow{1, first, both - first, 0, abbrevs},
			indexRow{2, 0, first, 0, abbrevs}),
			err: `a.elf.dwp: index: no unit with the ID 0x0000000000000001 at .debug_info.dwo\+0x`},
		{name: "a row twice", files: patched(16+4*8+4, 1), err: `slot 1 of the index has row 1 of 2, or is the second`},
		{name: "a row that is not there", files: patched(16+4*8, 3), err: `slot 0 of the index has row 3 of 2`},
		{name: "version of an index", files: patched(0, 3), err: `.debug_cu_index\+0x0: index of version 3 is not supported: 2 and 5 are`},
		{name: "many rows", files: patched(8, 1<<31), err: `.debug_cu_index\+0x4: 2147483648 units, 2 sections and 4 slots do not fit`},
		{name: "many slots", files: patched(12, 1<<32-1), err: `do not fit`},
		{name: "many columns", files: patched(4, 1<<32-1), err: `do not fit`},
		{name: "a short index", files: map[string][]byte{"dir/a.elf": skeletons,
			"dir/a.elf.dwp": dwp([]byte{5, 0, 0, 0})}, err: `index is shorter than its header`},
	} {
		for _, jobs := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s, -j%d", test.name, jobs), func(t *testing.T) {
				got, err := convertFiles(t, test.files, dwarf2btf.Options{Jobs: jobs})
				if test.err != "" || err != nil {
					if err == nil || test.err == "" || !regexp.MustCompile(test.err).MatchString(err.Error()) {
						t.Errorf("error %v\nwant %s", err, test.err)
					}
					return
				}
				if !regexp.MustCompile(test.want).MatchString(got) {
					t.Errorf("no %q in\n%s", test.want, got)
				}
			})
		}
	}
}

func size1() attr { return num(dwarf.AttrByteSize, 1) }

func splitType(signature int, to string, parts ...any) *dwarftest.Unit {
	u := typeUnit(5, signature, to, parts...)
	u.Kind = dwarftest.SplitTypeUnit
	return u
}

func repeatUnits(n int, f func(i int) *dwarftest.Unit) (units []*dwarftest.Unit) {
	for i := range n {
		units = append(units, f(i))
	}
	return units
}

// Many skeletons of one file cost as much as the file.
func TestSplitMany(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the limits are for programs without the race detector")
	}
	const n = 3000
	files := map[string][]byte{
		"dir/a.elf": file(repeatUnits(n, func(i int) *dwarftest.Unit { return skeletonOf("x.dwo", i+1) })...).Build(t),
		"dir/x.dwo": dwo(t, repeatUnits(n, func(i int) *dwarftest.Unit { return splitOf(i+1, structure(fmt.Sprint("s", i), 1)) })...),
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	got, err := convertFiles(t, files, dwarf2btf.Options{Jobs: 2})
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	t.Logf("%v, %d MB allocated", took, (after.TotalAlloc-before.TotalAlloc)>>20)
	if err != nil || strings.Count(got, "STRUCT") != n || took > hostileLimit || after.TotalAlloc-before.TotalAlloc > hostileMemory {
		t.Errorf("error %v, %d structs, %v", err, strings.Count(got, "STRUCT"), took)
	}
}

// FuzzSplit takes any bytes for the sections of split DWARF, and for the indexes of a
// package, in a file with two skeletons that has both parts.
func FuzzSplit(f *testing.F) {
	names := []string{".debug_info.dwo", ".debug_types.dwo", ".debug_abbrev.dwo", ".debug_str.dwo",
		".debug_str_offsets.dwo", ".debug_loc.dwo", ".debug_loclists.dwo", ".debug_cu_index", ".debug_tu_index"}
	ids := func(path string) (ids [2]uint64) {
		ef, err := elf.Open(path)
		if err != nil {
			f.Fatal(err)
		}
		defer ef.Close()
		index, err := ef.Section(".debug_cu_index").Data()
		if err != nil {
			f.Fatal(err)
		}
		n := 0
		for at := 16; n < 2; at += 8 {
			if id := binary.LittleEndian.Uint64(index[at:]); id != 0 {
				ids[n] = id
				n++
			}
		}
		return ids
	}
	for version, path := range map[uint8]string{4: "../testdata/dwarf/package-gcc-dwarf4.elf.dwp", 5: "../testdata/dwarf/package-clang-dwarf5.elf.dwp"} {
		ef, err := elf.Open(path)
		if err != nil {
			f.Fatal(err)
		}
		var parts [9][]byte
		for i, n := range names {
			if s := ef.Section(n); s != nil {
				if parts[i], err = s.Data(); err != nil {
					f.Fatal(err)
				}
			}
		}
		ef.Close()
		id := ids(path)
		f.Add(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6], parts[7], parts[8], id[0], id[1], version)
	}
	f.Fuzz(func(t *testing.T, info, types, abbrev, str, strOffsets, loc, loclists, cuIndex, tuIndex []byte, id1, id2 uint64, version uint8) {
		var units []*dwarftest.Unit
		for _, id := range []uint64{id1, id2} {
			u := skeletonOf("gone.dwo", 0)
			u.Signature = id
			if version == 4 {
				u = &dwarftest.Unit{Version: 4, DIE: entry(dwarf.TagCompileUnit,
					at(0x2130, dwarftest.FormString, "gone.dwo"), at(0x2131, dwarftest.FormData8, id))}
			}
			units = append(units, u)
		}
		image := file(units...)
		size := 0
		for i, data := range [][]byte{info, types, abbrev, str, strOffsets, loc, loclists, cuIndex, tuIndex} {
			if size += len(data); len(data) > 0 {
				image.Sections = append(image.Sections, dwarftest.Section{Name: names[i], Data: data})
			}
		}
		if size > 1<<16 {
			t.Skip("long inputs show nothing new")
		}
		bytes, err := image.Bytes()
		if err != nil {
			t.Skip(err)
		}
		for _, list := range []features.Set{features.Default(), features.Default() | features.ForceCUMerging | features.GlobalVar} {
			if res, err := convert(bytes, dwarf2btf.Options{Features: list, Jobs: 1}); err == nil {
				checkReads(t, res)
			}
		}
	})
}
