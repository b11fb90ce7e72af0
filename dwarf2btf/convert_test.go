package dwarf2btf_test

import (
	"bytes"
	"context"
	"debug/dwarf"
	"debug/elf"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/dwarftest"
	"github.com/gopahole/gopahole/internal/filetest"
)

// fixtures are the paths of the objects in testdata/dwarf.
func fixtures(t testing.TB) []string {
	t.Helper()
	list, err := filepath.Glob("../testdata/dwarf/*.[eo]*")
	if err != nil || len(list) < 50 {
		t.Fatalf("%d objects, error %v", len(list), err)
	}
	return list
}

// outcome is everything that a conversion does, as a text: error, bytes, verbose
// lines and reports.
func outcome(image []byte, opts dwarf2btf.Options) string {
	var said strings.Builder
	opts.Report = func(d dwarf2btf.Diagnostic) { fmt.Fprintf(&said, "report %v\n", d) }
	res, err := convert(image, opts)
	if err != nil {
		return fmt.Sprintf("%serror %v", said.String(), err)
	}
	if res.BTF != nil {
		fmt.Fprintf(&said, "%x", res.BTF.Bytes())
	}
	return said.String()
}

// The result is a function of the input and the options: the number of workers
// does not matter, nor does it matter that somebody listens.
func TestJobs(t *testing.T) {
	many := func() []byte { // more units than CUs can wait
		var units []*dwarftest.Unit
		for i := range 100 {
			l := fmt.Sprint("int", i)
			units = append(units, unit(copyOf(intType(), l),
				entry(dwarf.TagStructType, name(fmt.Sprint("s", i%7)), size(4*(i%3)), member("m", l, 0)),
				variable(fmt.Sprint("v", i), l, perCPUAddr+8+i),
				function(fmt.Sprint("f", i%50), l, textAddr+i%50, param("a", l, in(5)))))
		}
		return file(units...).Build(t)
	}
	images := map[string][]byte{"many units": many()}
	for _, path := range fixtures(t) {
		images[filepath.Base(path)] = filetest.Read(t, path)
	}
	for name, image := range images {
		for _, set := range []features.Set{features.Default(), features.All(), features.Default() | features.ForceCUMerging} {
			want := outcome(image, dwarf2btf.Options{Features: set, Jobs: 1})
			for _, jobs := range []int{2, 8} {
				if testing.Short() && jobs == 8 && name != "many units" {
					continue
				}
				if got := outcome(image, dwarf2btf.Options{Features: set, Jobs: jobs}); got != want {
					t.Errorf("%s, %v: %d jobs: %.200s\none job: %.200s", name, set, jobs, got, want)
				}
			}
			verbose := func(string, ...any) {}
			if got := outcome(image, dwarf2btf.Options{Features: set, Jobs: 2, Verbose: verbose}); got != want {
				t.Errorf("%s, %v: verbose: %.200s\nnot: %.200s", name, set, got, want)
			}
		}
	}
}

// A semaphore is Slots of a number; it counts what is in use.
type semaphore struct {
	free       chan struct{}
	used, most atomic.Int32
	taken      atomic.Int32 // in all
}

func (s *semaphore) Acquire(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.free:
	}
	n := s.used.Add(1)
	for m := s.most.Load(); n > m && !s.most.CompareAndSwap(m, n); m = s.most.Load() {
	}
	s.taken.Add(1)
	return nil
}

func (s *semaphore) Release() {
	s.used.Add(-1)
	s.free <- struct{}{}
}

// Workers beside the first one need slots. The work goes on without any, all are
// given back, and the result is the same.
func TestSlots(t *testing.T) {
	var units []*dwarftest.Unit
	for i := range 200 {
		l := fmt.Sprint("int", i)
		units = append(units, unit(copyOf(intType(), l), entry(dwarf.TagStructType, name(fmt.Sprint("s", i)), size(4), member("m", l, 0))))
	}
	image := file(units...).Build(t)
	want := outcome(image, dwarf2btf.Options{Features: features.Default(), Jobs: 1})
	for _, number := range []int{0, 1, 3, 20} {
		s := &semaphore{free: make(chan struct{}, number)}
		for range number {
			s.free <- struct{}{}
		}
		// The first worker may be so fast that no other one has anything to do.
		for range 100 {
			if got := outcome(image, dwarf2btf.Options{Features: features.Default(), Jobs: 8, Slots: s}); got != want {
				t.Errorf("%d slots: %.200s\nwant %.200s", number, got, want)
			}
			if number == 0 || s.taken.Load() > 0 {
				break
			}
		}
		if len(s.free) != number || s.used.Load() != 0 || int(s.most.Load()) > min(number, 7) {
			t.Errorf("%d slots: %d free at the end, %d were in use at a time", number, len(s.free), s.most.Load())
		}
		if number > 0 && s.taken.Load() == 0 {
			t.Errorf("%d slots: none was used", number)
		}
	}
}

// An error ends the work, also of workers that wait for a slot.
func TestErrorWithSlots(t *testing.T) {
	var units []*dwarftest.Unit
	for i := range 50 {
		l := fmt.Sprint("int", i)
		kind := dwarf.TagStructType
		if i == 30 {
			kind = dwarf.TagReferenceType
		}
		units = append(units, unit(copyOf(intType(), l), entry(kind, name(fmt.Sprint("s", i)), size(4))))
	}
	image := file(units...).Build(t)
	for _, number := range []int{0, 1, 5} {
		s := &semaphore{free: make(chan struct{}, number)}
		for range number {
			s.free <- struct{}{}
		}
		_, err := convert(image, dwarf2btf.Options{Features: features.Default(), Jobs: 6, Slots: s})
		if err == nil || len(s.free) != number {
			t.Errorf("%d slots: error %v, %d free at the end", number, err, len(s.free))
		}
	}
}

// Verbose lines come in the same order, whoever decodes.
func TestVerboseJobs(t *testing.T) {
	for _, object := range []string{"units-gcc-dwarf5.elf", "units-gcc-lto.elf", "percpu-gcc-dwarf5.elf", "ambiguous-gcc-dwarf5.elf"} {
		image := filetest.Read(t, "../testdata/dwarf/"+object)
		lines := func(jobs int) string {
			var b strings.Builder
			_, err := convert(image, dwarf2btf.Options{Features: features.Default(), Jobs: jobs,
				Languages: dwarf2btf.Languages{Exclude: []dwarf2btf.Language{langRust}},
				Verbose:   func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }})
			if err != nil {
				t.Errorf("%s: %v", object, err)
			}
			return b.String()
		}
		want := lines(1)
		if !strings.Contains(want, "[1] ") {
			t.Errorf("%s: %q", object, want)
		}
		for range 5 {
			if got := lines(8); got != want {
				t.Errorf("%s: 8 jobs: %s\none: %s", object, got, want)
			}
		}
	}
}

// reader counts reads, and calls hook before each.
type reader struct {
	*bytes.Reader
	hook   func(n int64)
	n      atomic.Int64
	active atomic.Int64 // reads that have not returned
}

func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	r.active.Add(1)
	defer r.active.Add(-1)
	if n := r.n.Add(1); r.hook != nil {
		r.hook(n)
	}
	return r.Reader.ReadAt(p, off)
}

// bigUnits is a file whose units take some reads each, and some time.
func bigUnits(t testing.TB) []byte {
	t.Helper()
	var units []*dwarftest.Unit
	for i := range 40 {
		l := fmt.Sprint("int", i)
		u := unit(copyOf(intType(), l))
		for k := range 200 {
			u.DIE.Children = append(u.DIE.Children, entry(dwarf.TagStructType,
				at(dwarf.AttrName, dwarftest.FormString, fmt.Sprintf("struct_%d_%d", i, k)), size(4),
				member("m", l, 0)))
		}
		units = append(units, u)
	}
	return file(units...).Build(t)
}

// A context that ends during a conversion ends it, with its error, and when
// Convert has returned nobody reads the file any more.
func TestCancel(t *testing.T) {
	image := bigUnits(t)
	before := runtime.NumGoroutine()
	for _, set := range []features.Set{features.Default(), features.Default() | features.ForceCUMerging} {
		for _, jobs := range []int{1, 2, 8} {
			var total int64
			for at := int64(0); at == 0 || at < total; at += max(1, total/7) {
				ctx, cancel := context.WithCancel(context.Background())
				r := &reader{Reader: bytes.NewReader(image)}
				f, err := elffile.New("a.elf", r, int64(len(image)))
				if err != nil {
					t.Fatal(err)
				}
				start := r.n.Load()
				if total > 0 {
					r.hook = func(n int64) {
						if n >= start+at {
							cancel()
							time.Sleep(2 * time.Millisecond) // a worker that nobody waits for is still here then
						}
					}
				}
				_, err = dwarf2btf.Convert(ctx, []*elffile.File{f}, dwarf2btf.Options{Features: set, Jobs: jobs})
				if active, n := r.active.Load(), r.n.Load(); active > 0 {
					t.Errorf("%d jobs, canceled at read %d: %d of %d reads go on", jobs, at, active, n)
				}
				switch {
				case total == 0: // the first time to its end, to know how long it takes
					if err != nil {
						t.Fatal(err)
					}
					total = r.n.Load() - start
					at = 1
				case ctx.Err() == nil && at > total-20: // workers share reads by chance, so that there may be fewer
				case ctx.Err() == nil:
					t.Errorf("%d jobs: %d reads, to be canceled at %d", jobs, r.n.Load()-start, at)
				case !errors.Is(err, context.Canceled) && !(err == nil && at > total-20):
					t.Errorf("%d jobs, canceled at read %d of %d: error %v", jobs, at, total, err)
				}
				cancel()
			}
		}
	}
	// Goroutines that are about to end may still be there.
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, before there were %d", runtime.NumGoroutine(), before)
}

// A context that has ended is noticed before anything is decoded.
func TestCanceledBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	image := bigUnits(t)
	for _, jobs := range []int{1, 8} {
		f, err := elffile.New("a.elf", bytes.NewReader(image), int64(len(image)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dwarf2btf.Convert(ctx, []*elffile.File{f}, dwarf2btf.Options{Jobs: jobs}); err != context.Canceled {
			t.Errorf("%d jobs: error %v", jobs, err)
		}
	}
}

// Reports come in the order of the input, and once, even if the input is read
// again because the last unit refers to another one.
func TestReports(t *testing.T) {
	var units []*dwarftest.Unit
	var want []string
	for i := range 50 {
		n := fmt.Sprint("v", i)
		units = append(units, unit(entry(dwarf.TagVariable, name(n), static(perCPUAddr+4))))
		want = append(want, fmt.Sprintf("a.elf: variable %q has type void", n))
	}
	for _, merge := range []bool{false, true} {
		if merge {
			units = append(units, unit(intType(), entry(dwarf.TagTypedef, name("t"), crossRef("int"))))
		}
		image := file(units...).Build(t)
		for _, jobs := range []int{1, 8} {
			var got []string
			_, err := convert(image, dwarf2btf.Options{Features: features.Default(), Jobs: jobs,
				Report: func(d dwarf2btf.Diagnostic) { got = append(got, d.String()) }})
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("merged %v, %d jobs: error %v, -want +got\n%s", merge, jobs, err, diff)
			}
		}
	}
	// An error is all that is said.
	image := file(units[0], unit(ref(dwarf.TagAtomicType, "", ""))).Build(t)
	if got := outcome(image, dwarf2btf.Options{Features: features.Default()}); !strings.HasPrefix(got, "error ") {
		t.Error(got)
	}
}

// A reference that leads to no type is void, and is reported, unless void is what
// stands there.
func TestMissingReferences(t *testing.T) {
	nowhere := at(dwarf.AttrType, dwarftest.FormRef4, dwarftest.Raw(0x0d))
	for _, tc := range []struct {
		parts []any
		want  string
	}{
		{[]any{entry(dwarf.TagPointerType, nowhere), entry(dwarf.TagConstType, nowhere)},
			"report a.elf: 2 references lead to no type and became void, for example to .debug_info+0x27\n"},
		{[]any{entry(dwarf.TagSubprogram, label("f"), name("f")), pointer("", "f"),
			structure("s", 4, member("m", "f", 0))},
			"report a.elf: 2 references lead to no type and became void, for example to .debug_info+0x2c\n"},
		{[]any{entry(dwarf.TagUnspecifiedType, label("null")), pointer("", "null"), typedef("t", "null"), pointer("", "")}, ""},
	} {
		image := file(unit(intType()), unit(tc.parts...)).Build(t)
		for _, set := range []features.Set{0, features.ForceCUMerging} {
			for _, jobs := range []int{1, 2} {
				got, _, _ := strings.Cut(outcome(image, dwarf2btf.Options{Features: set, Jobs: jobs}), "9feb") // the magic number
				if got != tc.want {
					t.Errorf("%v, %d jobs: %q, want %q", set, jobs, got, tc.want)
				}
			}
		}
	}
}

func TestNoDWARF(t *testing.T) {
	for name, image := range map[string][]byte{
		"compiled without": filetest.Read(t, "../testdata/dwarf/no-dwarf.elf"),
		"no sections":      (&dwarftest.File{}).Build(t),
		"only .debug_str":  (&dwarftest.File{Sections: []dwarftest.Section{{Name: ".debug_str", Data: []byte("x\x00")}}}).Build(t),
		"NOBITS":           (&dwarftest.File{Sections: []dwarftest.Section{{Name: ".debug_info", Type: elf.SHT_NOBITS, Size: 100}}}).Build(t),
	} {
		if _, err := convert(image, dwarf2btf.Options{}); !errors.Is(err, dwarf2btf.ErrNoDWARF) {
			t.Errorf("%s: error %v, want ErrNoDWARF", name, err)
		}
	}
	for _, n := range []int{0, 1<<16 + 1} {
		if _, err := dwarf2btf.Convert(context.Background(), make([]*elffile.File, n), dwarf2btf.Options{}); err == nil {
			t.Errorf("no error for %d files", n)
		}
	}
}

// failing gives an error for reads of a part of the file.
type failing struct {
	*bytes.Reader
	from, to int64
}

var errDisk = errors.New("the disk is gone")

func (r *failing) ReadAt(p []byte, off int64) (int, error) {
	if off < r.to && off+int64(len(p)) > r.from {
		return 0, errDisk
	}
	return r.Reader.ReadAt(p, off)
}

// An error of the file is returned, with the name of the file.
func TestReadErrors(t *testing.T) {
	image := filetest.Read(t, "../testdata/dwarf/params-clang-dwarf5.elf")
	ef, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".debug_info", ".debug_abbrev", ".debug_str", ".debug_str_offsets", ".debug_addr", ".debug_loclists", ".symtab", ".strtab"} {
		s := ef.Section(name)
		for _, jobs := range []int{1, 2} {
			r := &failing{Reader: bytes.NewReader(image), from: int64(s.Offset), to: int64(s.Offset + s.FileSize)}
			f, err := elffile.New("a.elf", r, int64(len(image)))
			if err != nil {
				t.Fatal(err)
			}
			_, err = dwarf2btf.Convert(context.Background(), []*elffile.File{f}, dwarf2btf.Options{Features: features.Default(), Jobs: jobs})
			if err == nil || !strings.Contains(err.Error(), "a.elf: ") || !strings.HasSuffix(err.Error(), errDisk.Error()) {
				t.Errorf("%s, %d jobs: error %v", name, jobs, err)
			}
		}
	}
}

// Malformed DWARF gives an error that names section and offset.
func TestErrors(t *testing.T) {
	patched := func(f *dwarftest.File, section string, patch func(b []byte) []byte) *dwarftest.File {
		f.Patch = func(s string, b []byte) []byte {
			if s == section {
				b = patch(b)
			}
			return b
		}
		return f
	}
	set := func(i int, v byte) func(b []byte) []byte {
		return func(b []byte) []byte { b[i] = v; return b }
	}
	rawAt := func(a dwarf.Attr, form dwarftest.Form, v dwarftest.Raw) attr { return at(a, form, v) }
	plain := func() *dwarftest.File { return file(unit(intType(), pointer("", "int"))) }
	for _, tc := range []struct {
		name string
		file *dwarftest.File
		want string
	}{
		{"version", patched(plain(), ".debug_info", set(4, 9)), ".debug_info+0x0: unsupported DWARF version 9"},
		{"length", patched(plain(), ".debug_info", set(1, 9)), ".debug_info+0x0: unit of 2331 bytes runs past the end of the section (27 left)"},
		{"abbreviations", patched(plain(), ".debug_info", set(9, 9)), ".debug_info+0x0: abbreviations at 0x900 are past the end of .debug_abbrev"},
		{"code", patched(plain(), ".debug_info", set(0x19, 77)), ".debug_info+0x19: abbreviation 77 is not declared"},
		{"form", patched(plain(), ".debug_abbrev", set(4, 0x55)), ".debug_abbrev+0x5: unknown form 0x55 of attribute 0x3"},
		{"table", patched(plain(), ".debug_abbrev", func(b []byte) []byte { return b[:len(b)-1] }),
			".debug_abbrev+0x1b: abbreviation table runs past the end of the section"},
		{"reference", file(unit(entry(dwarf.TagPointerType, rawAt(dwarf.AttrType, dwarftest.FormRef4, 0x1000)))),
			".debug_info+0x12: reference to 0x1000 leaves the unit"},
		{"reference, another form", file(unit(entry(dwarf.TagPointerType,
			rawAt(dwarf.AttrType, dwarftest.FormRefUdata, 1<<40)))),
			".debug_info+0x12: reference to 0x10000000000 leaves the unit"},
		{"reference of a member", file(unit(structure("s", 4,
			entry(dwarf.TagMember, name("m"), rawAt(dwarf.AttrType, dwarftest.FormRef4, 0x1000),
				num(dwarf.AttrDataMemberLoc, 0))))), ".debug_info+0x18: reference to 0x1000 leaves the unit"},
		{"reference to another unit", file(unit(entry(dwarf.TagPointerType,
			rawAt(dwarf.AttrType, dwarftest.FormRefAddr, 0xfffffff0)))),
			".debug_info+0x12: reference to .debug_info+0xfffffff0 is out of range"},
		{"string", file(unit(entry(dwarf.TagTypedef, rawAt(dwarf.AttrName, dwarftest.FormStrp, 0x1000)))), ".debug_info+0x12: no string at .debug_str+0x1000"},
		{"string without end", patched(plain(), ".debug_str", func(b []byte) []byte { return b[:len(b)-1] }), ".debug_info+0x12: no string at .debug_str+0x4"},
		{"string of a line table", file(unit(entry(dwarf.TagTypedef,
			rawAt(dwarf.AttrName, dwarftest.FormLineStrp, 0x1000)))),
			".debug_info+0x12: no string at .debug_line_str+0x1000"},
		{"string index", file(unit(entry(dwarf.TagTypedef, rawAt(dwarf.AttrName, dwarftest.FormStrx1, 200)))),
			".debug_info+0x12: string index 200: .debug_str_offsets+0x328 is past the end of the section"},
		{"address index", withSymbols(file(unit(entry(dwarf.TagSubprogram, name("f"),
			rawAt(dwarf.AttrLowpc, dwarftest.FormAddrx, 7)))), "f", textAddr),
			".debug_info+0x12: address index 7: .debug_addr+0x40 is past the end of the section"},
		{"list index", withSymbols(file(unit(intType(), entry(dwarf.TagSubprogram, name("f"),
			param("a", "int", rawAt(dwarf.AttrLocation, dwarftest.FormLoclistx, 7))))), "f", textAddr),
			".debug_info+0x1e: location list index 7: .debug_loclists+0x1c is past the end of the section"},
		{"import", file(unit(entry(dwarf.TagImportedUnit, rawAt(dwarf.AttrImport, dwarftest.FormRefAddr, 0x1000)))),
			".debug_info+0x12: imported unit 0x1000 does not exist"},
		{"location", file(unit(intType(), entry(dwarf.TagVariable, name("v"), typ("int"),
			location(dwarftest.OpAddr, dwarftest.Fixed{Size: 3})))),
			".debug_info+0x19: location ends in the middle of an address"},
		{"no symbols", func() *dwarftest.File { f := plain(); f.Symbols = nil; return f }(), "no symbol table: function names and addresses come from it"},
	} {
		for _, jobs := range []int{1, 2} {
			_, err := convert(tc.file.Build(t), dwarf2btf.Options{Features: features.Default(), Jobs: jobs})
			if err == nil || !strings.HasSuffix(err.Error(), tc.want) {
				t.Errorf("%s, %d jobs: error %v, want %s", tc.name, jobs, err, tc.want)
			}
		}
	}
}

// Of several broken units the first is reported, by any number of workers.
func TestFirstError(t *testing.T) {
	var units []*dwarftest.Unit
	for i := range 30 {
		units = append(units, unit(structure(fmt.Sprint("s", i), 1)))
		if i >= 20 {
			units[i].DIE.Children = append(units[i].DIE.Children, ref(dwarf.TagAtomicType, "", ""))
		}
	}
	image := file(units...).Build(t)
	want := outcome(image, dwarf2btf.Options{Jobs: 1})
	if !strings.Contains(want, "DW_TAG_atomic_type has no BTF encoding") {
		t.Fatal(want)
	}
	for range 20 {
		if got := outcome(image, dwarf2btf.Options{Jobs: 4}); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}

// References lead across megabytes.
func TestBigUnit(t *testing.T) {
	build := func(pad int) *dwarftest.Unit {
		padding := func() *die {
			return entry(dwarf.TagVariable, at(dwarf.AttrDescription, dwarftest.FormBlock4, make([]byte, pad)))
		}
		return unit(pointer("p", "last"), padding(), structure("s", 24, member("first", "p", 0), member("far", "last", 8),
			entry(dwarf.TagMember, name("bits"), typ("long int"), num(dwarf.AttrBitSize, 5), num(dwarf.AttrBitOffset, 3), num(dwarf.AttrDataMemberLoc, 16))),
			entry(dwarf.TagEnumerationType, name("e"), size(8), typ("long int"), enumerator("A", dwarftest.FormSdata, -1)), padding(),
			structure("last", 8, member("back", "p", 0)), intType(), longType(),
			function("f", "int", textAddr, param("a", "p", in(5))), variable("v", "s", perCPUAddr+8))
	}
	opts := dwarf2btf.Options{Features: features.Default(), Jobs: 1}
	want := outcome(file(build(10)).Build(t), opts)
	if got := outcome(file(build(5<<20)).Build(t), opts); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	opts.Features |= features.ForceCUMerging
	if got := outcome(file(build(5<<20)).Build(t), opts); got != want {
		t.Errorf("merged: %s\nwant %s", got, want)
	}
}

// The counters do not depend on the number of workers, but for those of how types were found equal.
func TestStats(t *testing.T) {
	image := filetest.Read(t, "../testdata/dwarf/units-gcc-dwarf5.elf")
	count := func(jobs int) dwarf2btf.Stats {
		var s dwarf2btf.Stats
		if _, err := convert(image, dwarf2btf.Options{Features: features.Default(), Jobs: jobs, Stats: &s}); err != nil {
			t.Fatal(err)
		}
		if len(s.Phases) == 0 {
			t.Error("no phases")
		}
		s.Phases = nil
		s.Known, s.Comparisons, s.Steps, s.Identity, s.Work = 0, 0, 0, 0, 0
		return s
	}
	one := count(1)
	if one.Units == 0 || one.DIEs == 0 || one.InfoBytes == 0 || one.Types == 0 || one.Distinct == 0 || one.Functions == 0 || one.Emitted == 0 {
		t.Errorf("%+v", one)
	}
	if eight := count(8); fmt.Sprint(eight) != fmt.Sprint(one) {
		t.Errorf("8 jobs: %+v\none job: %+v", eight, one)
	}
}

// sweepObjects are small and differ in what can be broken.
var sweepObjects = []string{"bitfields-s390x-gcc-dwarf2.elf", "nocall-clang-dwarf5.elf", "tags-gcc-dwarf5.elf", "module-riscv64-clang-dwarf5.o"}

// Each byte of the sections that decide what is read becomes 0, 0xff and one
// more: the result is an error or BTF that can be read, and comes soon.
func TestCorruptBytes(t *testing.T) {
	for _, object := range sweepObjects {
		image := filetest.Read(t, "../testdata/dwarf/"+object)
		ef, err := elf.NewFile(bytes.NewReader(image))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{".debug_info", ".debug_abbrev", ".rela.debug_info"} {
			s := ef.Section(name)
			if s == nil {
				continue
			}
			step := uint64(1)
			if testing.Short() {
				step = 13
			}
			failed, encoded := 0, 0
			for off := s.Offset; off < s.Offset+s.FileSize; off += step {
				old := image[off]
				for _, b := range []byte{0, 0xff, old + 1} {
					image[off] = b
					start := time.Now()
					res, err := convert(image, dwarf2btf.Options{Features: features.All(), Jobs: 1})
					if took := time.Since(start); took > 2*time.Second {
						t.Errorf("%s: %s+%#x = %#x took %v", object, name, off-s.Offset, b, took)
					}
					if err != nil {
						failed++
						continue
					}
					encoded++
					checkReads(t, res)
				}
				image[off] = old
			}
			if failed == 0 || encoded == 0 {
				t.Errorf("%s: %s: %d errors, %d results", object, name, failed, encoded)
			}
		}
	}
}

// checkReads reads a result back.
func checkReads(t *testing.T, res *dwarf2btf.Result) {
	t.Helper()
	if res.BTF == nil {
		return
	}
	raw := res.BTF.Bytes()
	types, err := btf.Parse(raw, nil)
	if err != nil {
		t.Errorf("the result cannot be read: %v", err)
		return
	}
	if !bytes.Equal(types.Bytes(), raw) {
		t.Error("the result reads as something else")
	}
	// The text form does not show the kind flag of kinds that have none.
	for id := types.FirstID(); id < types.NumIDs(); id++ {
		info := types.Record(id)[1]
		switch kind := btf.KindOf(info); kind {
		case btf.KindStruct, btf.KindUnion, btf.KindEnum, btf.KindEnum64, btf.KindFwd, btf.KindTypeTag, btf.KindDeclTag:
		default:
			if btf.KindFlag(info) {
				t.Errorf("[%d] %v has a kind flag", id, kind)
			}
		}
	}
}
