package reloc

import (
	"bytes"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/peer"
)

// libdwfl runs the program of testdata/libdwfl.
type libdwfl struct {
	p         *peer.Peers
	dir, prog string
}

func newLibdwfl(t *testing.T) *libdwfl {
	t.Helper()
	l := &libdwfl{p: peer.Get(t), dir: peer.Scratch(t)}
	l.prog = filepath.Join(l.dir, "libdwfl")
	source, err := os.ReadFile("testdata/libdwfl/libdwfl.c")
	if err != nil {
		t.Fatal(err)
	}
	file := l.file(t, "libdwfl.c", source)
	if res := peer.Run(t, l.p.Command("gcc", "-O2", "-Wall", "-o", l.prog, file, "/usr/lib/x86_64-linux-gnu/libdw.so.1", "-lelf")); res.ExitCode != 0 {
		t.Fatalf("gcc: %s", res.Stderr)
	}
	return l
}

// file writes a file that the program can see.
func (l *libdwfl) file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(l.dir, name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// dwflSection is a section as libdwfl has it.
type dwflSection struct {
	addr uint64
	data []byte // of a debug section
}

// sections returns the sections of a file, by section number.
func (l *libdwfl) sections(t *testing.T, path string) map[int]dwflSection {
	t.Helper()
	cmd := l.p.Command(l.p.Inside(l.prog), path)
	cmd.Path = l.p.Inside(l.prog)
	res := peer.Run(t, cmd)
	if res.ExitCode != 0 {
		t.Fatalf("%s: exit status %d: %s", path, res.ExitCode, res.Stderr)
	}
	sections := map[int]dwflSection{}
	for out := res.Stdout; ; {
		line, rest, ok := bytes.Cut(out, []byte("\n"))
		if !ok {
			t.Fatalf("%s: the output ends too early", path)
		}
		if len(line) == 0 {
			return sections
		}
		var index, size int
		var s dwflSection
		if _, err := fmt.Sscanf(string(line), "%d %v %d", &index, &s.addr, &size); err != nil || size > len(rest) {
			t.Fatalf("%s: line %q: %v", path, line, err)
		}
		s.data, out = rest[:size], rest[size:]
		sections[index] = s
	}
}

// compare compares all sections of a file with those of libdwfl.
func (l *libdwfl) compare(t *testing.T, path string) {
	t.Helper()
	want := l.sections(t, path)
	f, err := elffile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	addrs, err := Layout(f)
	if err != nil {
		t.Fatal(err)
	}
	debug := 0
	for i := 1; i < len(f.Sections); i++ {
		s := &f.Sections[i]
		if addrs[i] != want[i].addr {
			t.Errorf("%s: section %d %s: address %#x, want %#x", path, i, s.Name, addrs[i], want[i].addr)
		}
		if len(want[i].data) == 0 {
			continue
		}
		got, err := relocated(f, addrs, s)
		if err == nil && got == nil {
			continue
		}
		debug++
		if err != nil {
			// Sections that are never read may have more types.
			if !isRead(s.Name) && strings.Contains(err.Error(), "unknown relocation type") {
				continue
			}
			t.Errorf("%s: %v", path, err)
			continue
		}
		if !bytes.Equal(got, want[i].data) {
			at := 0
			for at < min(len(got), len(want[i].data)) && got[at] == want[i].data[at] {
				at++
			}
			t.Errorf("%s: section %d %s differs at %#x of %#x", path, i, s.Name, at, len(want[i].data))
		}
	}
	if debug == 0 {
		t.Errorf("%s: no section with relocations", path)
	}
}

// isRead reports whether dwarf2btf reads a debug section.
func isRead(name string) bool {
	name = strings.TrimPrefix(name, ".gnu.debuglto_")
	for _, n := range []string{"info", "types", "abbrev", "str", "line_str", "str_offsets", "addr", "loc", "loclists"} {
		if name == ".debug_"+n || name == ".zdebug_"+n {
			return true
		}
	}
	return false
}

// TestLikeLibdwfl compares addresses and relocated sections of the test data with libdwfl.
func TestLikeLibdwfl(t *testing.T) {
	l := newLibdwfl(t)
	objects, err := filepath.Glob("../../../testdata/dwarf/*.o")
	if err != nil || len(objects) == 0 {
		t.Fatal(err, len(objects))
	}
	for _, object := range objects {
		t.Run(filepath.Base(object), func(t *testing.T) {
			data, err := os.ReadFile(object)
			if err != nil {
				t.Fatal(err)
			}
			f, err := elffile.New(object, bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case others()[f.Machine] != nil, f.Machine == elf.EM_SH, strings.Contains(object, "mips64el"):
				t.Skip("libdwfl does not know the relocations of this machine, or only a part")
			case strings.HasSuffix(object, "crel.o"), strings.HasSuffix(object, "large-common.o"):
				t.Skip("libdwfl gives up at these relocations")
			case f.Section(".debug_info") == nil && f.Section(".gnu.debuglto_.debug_info") == nil:
				t.Skip("the DWARF is in another file")
			}
			l.compare(t, l.file(t, filepath.Base(object), data))
		})
	}
}

// TestModulesLikeLibdwfl does the same for modules of real kernels.
func TestModulesLikeLibdwfl(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: large files")
	}
	l := newLibdwfl(t)
	for _, kernel := range []string{"61c", "612c"} {
		modules := peer.Modules(t, kernel)
		for i := 0; i < len(modules); i += 20 {
			l.compare(t, modules[i])
		}
	}
}

// TestLayoutLikeLibdwfl compares the addresses of sections with all sorts of sizes, alignments and addresses.
func TestLayoutLikeLibdwfl(t *testing.T) {
	l := newLibdwfl(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		o := &object{machine: elf.EM_X86_64, symbols: []objSymbol{{}}}
		for range 1 + rnd.IntN(12) {
			s := objSection{name: ".s", typ: elf.SHT_NOBITS, size: rnd.Uint64N(1 << rnd.IntN(24)), align: 1 << rnd.IntN(20)}
			if rnd.IntN(3) > 0 {
				s.flags = elf.SHF_ALLOC
			}
			if rnd.IntN(3) == 0 {
				s.addr = rnd.Uint64N(1 << 20)
			}
			if rnd.IntN(4) == 0 {
				s.align = 0
			}
			o.sections = append(o.sections, s)
		}
		want := l.sections(t, l.file(t, "layout.o", o.image()))
		got, err := Layout(o.open(t))
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range o.sections {
			if got[i+1] != want[i+1].addr {
				t.Fatalf("%+v\nsection %d, %+v: address %#x, want %#x", o.sections, i+1, s, got[i+1], want[i+1].addr)
			}
		}
	}
}

// TestTypesLikeLibdwfl applies every type of relocation of every machine and compares with libdwfl.
func TestTypesLikeLibdwfl(t *testing.T) {
	l := newLibdwfl(t)
	for _, m := range []struct {
		machine      elf.Machine
		class32, big bool
		rel          bool     // without addends
		more         []uint32 // types that libdwfl does not know, or not so
	}{
		{machine: elf.EM_X86_64}, {machine: elf.EM_X86_64, class32: true}, {machine: elf.EM_386, class32: true, rel: true},
		{machine: elf.EM_AARCH64, more: []uint32{1, 2}}, {machine: elf.EM_AARCH64, big: true, more: []uint32{1, 2}},
		{machine: elf.EM_ARM, class32: true, rel: true}, {machine: elf.EM_ARM, class32: true, big: true, rel: true},
		{machine: elf.EM_PPC64, big: true}, {machine: elf.EM_PPC64}, {machine: elf.EM_PPC, class32: true, big: true},
		{machine: elf.EM_S390, big: true}, {machine: elf.EM_S390, class32: true, big: true},
		{machine: elf.EM_RISCV}, {machine: elf.EM_RISCV, class32: true},
		{machine: elf.EM_LOONGARCH}, {machine: elf.EM_LOONGARCH, class32: true},
		{machine: elf.EM_MIPS, class32: true, big: true, rel: true}, {machine: elf.EM_MIPS, class32: true, rel: true},
		{machine: elf.EM_MIPS, class32: true, big: true}, {machine: elf.EM_MIPS, big: true},
		{machine: elf.EM_SPARC, class32: true, big: true}, {machine: elf.EM_SPARC32PLUS, class32: true, big: true}, {machine: elf.EM_SPARCV9, big: true},
		{machine: elf.EM_ALPHA}, {machine: elf.EM_68K, class32: true, big: true},
		{machine: elf.EM_SH, class32: true, more: []uint32{1}}, {machine: elf.EM_SH, class32: true, rel: true}, {machine: elf.EM_IA_64},
		{machine: elf.EM_ARC_COMPACT2, class32: true, more: []uint32{3}},
		{machine: elf.EM_BPF, rel: true}, {machine: elf.EM_BPF},
		{machine: elf.EM_IA_64, big: true}, {machine: emCSKY, class32: true}, {machine: elf.EM_QDSP6, class32: true},
	} {
		known := 0
		for _, e := range l.types(t, m.machine, m.class32, m.big, m.rel) {
			if e.got != e.want && !slices.Contains(m.more, e.typ) {
				t.Errorf("%s: type %d: %s, want %s", e.file, e.typ, e.got, e.want)
			}
			if e.want != untouched {
				known++
			}
		}
		if known == 0 {
			t.Errorf("%v: libdwfl does not know this machine", m.machine)
		}
	}
}

// TestOtherMachines checks that libdwfl does not know those that are said to be unknown to it.
func TestOtherMachines(t *testing.T) {
	l := newLibdwfl(t)
	for m := range others() {
		if m == elf.EM_68HC11 { // libdwfl takes it for a 68000, whose types mean something else
			continue
		}
		for _, e := range l.types(t, m, true, false, false) {
			if e.want != untouched {
				t.Errorf("%s: type %d: %s", e.file, e.typ, e.want)
			}
		}
	}
}

// untouched is a field without a relocation, in hexadecimal.
const untouched = "fe102030405060fd"

// typed is the result of one type of relocation.
type typed struct {
	file      string
	typ       uint32
	got, want string // fields in hexadecimal, ours and those of libdwfl
}

// types applies every type of relocation of a machine, each to a field of its own.
func (l *libdwfl) types(t *testing.T, machine elf.Machine, class32, big, rel bool) (results []typed) {
	t.Helper()
	const fields = 1100
	field, err := hex.DecodeString(untouched)
	if err != nil {
		t.Fatal(err)
	}
	o := &object{machine: machine, class32: class32, big: big, symbols: []objSymbol{{value: 0x1122334455667788, shndx: 1}}}
	var all []relocation
	for i := range uint32(fields) {
		all = append(all, relocation{uint64(i) * 8, 1, i, -1000 - int64(i)})
		if (class32 || machine == elf.EM_MIPS) && i == 255 { // larger ones cannot be written, or are several types
			break
		}
	}
	rels := objSection{name: ".rela.debug_info", typ: elf.SHT_RELA, info: 2, data: o.relocations(!rel, all...)}
	if rel {
		rels.name, rels.typ = ".rel.debug_info", elf.SHT_REL
	}
	o.sections = []objSection{
		{name: ".text", flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, data: make([]byte, 16)},
		{name: ".debug_info", data: bytes.Repeat(field, fields)},
		rels,
	}
	name := fmt.Sprintf("%v, 32 bits %v, big-endian %v, without addends %v", machine, class32, big, rel)
	want := l.sections(t, l.file(t, "types.o", o.image()))[2].data
	if len(want) != fields*8 {
		t.Fatalf("%s: libdwfl has %d bytes", name, len(want))
	}
	s, err := o.target(t)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, e := range all {
		got := make([]byte, 8)
		switch err := s.ReadAt(got, e.off); {
		case err != nil && !strings.Contains(err.Error(), "relocation type") && !strings.Contains(err.Error(), "computation"):
			t.Errorf("%s: type %d: %v", name, e.typ, err)
		case err != nil: // libdwfl passes over it
			copy(got, field)
		}
		results = append(results, typed{name, e.typ, hex.EncodeToString(got), hex.EncodeToString(want[e.off : e.off+8])})
	}
	return results
}
