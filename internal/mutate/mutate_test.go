package mutate

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

func object(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../testdata/dwarf", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func blob(t *testing.T) []byte {
	t.Helper()
	b := btf.NewBuilder(binary.LittleEndian, nil)
	i := b.AddInt("int", 4, btf.EncodingSigned)
	p := b.AddPtr(i)
	b.AddPtr(p)
	b.AddStruct("s", 16, btf.Member{Name: "a", Type: i}, btf.Member{Name: "b", Type: p, Offset: 64})
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return types.Bytes()
}

// TestEveryChange: each change of the tables finds something to change in some file, and leaves the file that it was
// given as it was.
func TestEveryChange(t *testing.T) {
	files := [][]byte{
		object(t, "module-gcc-dwarf5.o"), object(t, "module-i386-gcc-dwarf5.o"), object(t, "mix-s390x-gcc-dwarf5.elf"),
		object(t, "units-type-units-dwarf5.elf"),
		object(t, "module-gcc-zlib.o"), object(t, "units-clang-dwarf5.elf"),
	}
	im := parseImage(bytes.Clone(files[5]))
	s, _ := im.section(".comment")
	im.field(s, shName).put(im.data, im.order, nameOf(t, im, ".BTF"))
	files = append(files, im.replace(s, blob(t)), blob(t))
	for _, c := range append(append([]change{}, objectChanges...), btfChanges...) {
		m := New(rand.New(rand.NewPCG(1, 2)), files)
		changed := false
		for i := range 2000 {
			in := bytes.Clone(files[i%len(files)])
			if out := c.apply(m, bytes.Clone(in)); out != nil && !bytes.Equal(in, out) {
				changed = true
				break
			}
		}
		if !changed && c.name != "BTF: layout section" && c.name != "ELF: note" { // in none of these files
			t.Errorf("%s: changes nothing", c.name)
		}
	}
}

// nameOf puts a name at the end of the table of names of sections.
func nameOf(t *testing.T, im *image, name string) uint64 {
	t.Helper()
	s := im.at(int(im.header(ehShstrndx)))
	names := append(bytes.Clone(im.contents(s)), name+"\x00"...)
	*im = *parseImage(im.replace(s, names))
	return uint64(len(names) - len(name) - 1)
}

// TestPlan: the same seed gives the same changes, the input stays, and most files are still ELF files with DWARF.
func TestPlan(t *testing.T) {
	in := object(t, "module-gcc-dwarf5.o")
	before := bytes.Clone(in)
	readable, same := 0, 0
	const rounds = 400
	for seed := range uint64(rounds) {
		one, what := NewPlan(seed, [][]byte{in}, false).Apply(in, All)
		two, again := NewPlan(seed, [][]byte{in}, false).Apply(in, All)
		if !bytes.Equal(one, two) || strings.Join(what, ";") != strings.Join(again, ";") {
			t.Fatalf("seed %d: %q, then %q", seed, what, again)
		}
		if !bytes.Equal(in, before) {
			t.Fatalf("seed %d: %q changed the input", seed, what)
		}
		if bytes.Equal(one, in) {
			same++
		}
		if f, err := elf.NewFile(bytes.NewReader(one)); err == nil && f.Section(".debug_info") != nil {
			readable++
		}
		if none, names := NewPlan(seed, nil, false).Apply(in, 0); !bytes.Equal(none, in) || names != nil {
			t.Fatalf("seed %d: %q without changes", seed, names)
		}
	}
	for seed := range uint64(50) {
		_, names := NewPlan(seed, [][]byte{in}, true).Apply(in, All)
		if slices.ContainsFunc(names, func(name string) bool { return !Valid(name) }) {
			t.Errorf("seed %d: %q, not all valid", seed, names)
		}
	}
	if readable < rounds/2 || same > rounds/10 {
		t.Errorf("of %d files, %d are still ELF files with .debug_info, and %d are as before", rounds, readable, same)
	}
}

// TestDebugInfo: the DIEs are those that the standard library finds, at the same places.
func TestDebugInfo(t *testing.T) {
	for _, name := range []string{
		"mix-gcc-dwarf2.elf", "units-gcc-dwarf4.elf", "units-gcc-dwarf5.elf", "mix-s390x-gcc-dwarf4.elf", "mix-i386-gcc-dwarf2.elf",
	} {
		data := object(t, name)
		d := parseImage(data).debugInfo(".debug_info")
		f, err := elf.NewFile(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		std, err := f.DWARF()
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for r := std.Reader(); ; {
			e, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if e == nil {
				break
			}
			if e.Tag == 0 {
				continue
			}
			if n >= len(d.dies) || d.dies[n].start != int(e.Offset) || d.dies[n].abbrev.tag != e.Tag {
				t.Fatalf("%s: DIE %d: want %v at %#x, of %d", name, n, e.Tag, e.Offset, len(d.dies))
			}
			n++
		}
		if n != len(d.dies) {
			t.Errorf("%s: %d DIEs, want %d", name, len(d.dies), n)
		}
	}
}

// TestSplice: what is taken out of the tree, with references corrected, leaves the rest as it was.
func TestSplice(t *testing.T) {
	data := bytes.Clone(object(t, "units-gcc-dwarf5.elf"))
	d := parseImage(data).debugInfo(".debug_info")
	var victim die
	for _, e := range d.dies {
		if e.abbrev.tag == dwarf.TagSubprogram {
			victim = e
			break
		}
	}
	n := 0
	for _, e := range d.dies {
		if e.start >= victim.start && e.start < victim.last {
			n++
		}
	}
	before := len(d.dies)
	after := parseImage(d.splice(victim.start, victim.last-victim.start, nil, true)).debugInfo(".debug_info")
	if len(after.dies) != before-n {
		t.Fatalf("%d DIEs, want %d", len(after.dies), before-n)
	}
	starts := map[int]bool{}
	for _, e := range after.dies {
		starts[e.start] = true
	}
	for _, a := range after.references() {
		u := after.units[after.dies[a.die].unit]
		if to := u.start + int(field{a.off, a.size}.get(after.bytes, after.order)); !starts[to] {
			t.Errorf("%v at %#x refers to %#x, where no DIE is", a.attr, a.off, to)
		}
	}
}

// A unit may have no DIE that can be read, and the end of the one before it is its start.
func TestSpliceUnitWithoutDIEs(t *testing.T) {
	d := parseImage(bytes.Clone(object(t, "units-gcc-dwarf5.elf"))).debugInfo(".debug_info")
	last := &d.units[len(d.units)-1]
	d.dies = d.dies[:last.dies[0]]
	last.dies[1] = last.dies[0]
	size := len(d.data)
	if got := d.splice(last.start, 0, make([]byte, 8), true); len(got) < size {
		t.Errorf("%d bytes, were %d", len(got), size)
	}
}

// TestCut: a part of a file has DWARF that the standard library reads, with names.
func TestCut(t *testing.T) {
	part, err := Cut(rand.New(rand.NewPCG(1, 1)), bytes.NewReader(object(t, "units-gcc-dwarf5.elf")), 2, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(part))
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	units, named := 0, 0
	for r := d.Reader(); ; {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			break
		}
		if e.Tag == dwarf.TagCompileUnit {
			units++
		}
		if name, _ := e.Val(dwarf.AttrName).(string); name != "" {
			named++
		}
	}
	if units != 2 || named < 5 {
		t.Errorf("%d units, %d names", units, named)
	}
}

// TestRecords: the types are found where package btf has them.
func TestRecords(t *testing.T) {
	data := blob(t)
	r := parseRecords(data)
	types, err := btf.Parse(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.records) != int(types.NumIDs())-1 {
		t.Fatalf("%d types, want %d", len(r.records), types.NumIDs()-1)
	}
	for i, rec := range r.records {
		if got, want := len(rec.words()), len(types.Record(btf.ID(i+1))); got != want {
			t.Errorf("[%d] %d words, want %d", i+1, got, want)
		}
	}
}
