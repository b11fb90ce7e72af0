package reloc

import (
	"bytes"
	"debug/elf"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/elfio"
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
	f, err := elfio.Open(path)
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

// isRead tells whether dwarf2btf reads a debug section.
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
			if strings.Contains(object, "mips64el") {
				t.Skip("libdwfl does not know the relocations of this machine")
			}
			data, err := os.ReadFile(object)
			if err != nil {
				t.Fatal(err)
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
		rel          bool // without addends
	}{
		{elf.EM_X86_64, false, false, false}, {elf.EM_X86_64, true, false, false}, {elf.EM_386, true, false, true},
		{elf.EM_AARCH64, false, false, false}, {elf.EM_AARCH64, false, true, false},
		{elf.EM_ARM, true, false, true}, {elf.EM_ARM, true, true, true},
		{elf.EM_PPC64, false, true, false}, {elf.EM_PPC64, false, false, false}, {elf.EM_PPC, true, true, false},
		{elf.EM_S390, false, true, false}, {elf.EM_S390, true, true, false},
		{elf.EM_RISCV, false, false, false}, {elf.EM_RISCV, true, false, false},
		{elf.EM_LOONGARCH, false, false, false}, {elf.EM_LOONGARCH, true, false, false},
		{elf.EM_MIPS, true, true, true}, {elf.EM_MIPS, true, false, true}, {elf.EM_MIPS, true, true, false}, {elf.EM_MIPS, false, true, false},
		{elf.EM_SPARC, true, true, false}, {elf.EM_SPARC32PLUS, true, true, false}, {elf.EM_SPARCV9, false, true, false},
		{elf.EM_ALPHA, false, false, false}, {elf.EM_68K, true, true, false},
		{elf.EM_SH, true, false, false}, {elf.EM_SH, true, false, true}, {elf.EM_IA_64, false, false, false},
		{elf.EM_ARC_COMPACT2, true, false, false}, {elf.EM_BPF, false, false, true}, {elf.EM_BPF, false, false, false},
	} {
		const fields = 1100
		o := &object{machine: m.machine, class32: m.class32, big: m.big, symbols: []objSymbol{{value: 0x1122334455667788, shndx: 1}}}
		var all []relocation
		for i := range uint32(fields) {
			all = append(all, relocation{uint64(i) * 8, 1, i, -1000 - int64(i)})
			if (m.class32 || m.machine == elf.EM_MIPS) && i == 255 { // larger ones cannot be written, or are several types
				break
			}
		}
		rels := objSection{name: ".rela.debug_info", typ: elf.SHT_RELA, info: 2, data: o.relocations(!m.rel, all...)}
		if m.rel {
			rels.name, rels.typ = ".rel.debug_info", elf.SHT_REL
		}
		o.sections = []objSection{
			{name: ".text", flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, data: make([]byte, 16)},
			{name: ".debug_info", data: bytes.Repeat([]byte{0xfe, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0xfd}, fields)},
			rels,
		}
		name := fmt.Sprintf("%v, 32 bits %v, big-endian %v, without addends %v", m.machine, m.class32, m.big, m.rel)
		want := l.sections(t, l.file(t, "types.o", o.image()))[2].data
		if len(want) != fields*8 {
			t.Fatalf("%s: libdwfl has %d bytes", name, len(want))
		}
		f := o.open(t)
		addrs, err := Layout(f)
		if err != nil {
			t.Fatal(err)
		}
		r, err := newFile(f, addrs)
		if err != nil {
			t.Fatal(err)
		}
		s, err := r.Section(&f.Sections[2])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, e := range all {
			got := make([]byte, 8)
			switch err := s.ReadAt(got, e.off); {
			case err != nil && !strings.Contains(err.Error(), "unknown relocation type"):
				t.Errorf("%s: type %d: %v", name, e.typ, err)
			case err != nil: // libdwfl passes over it
				got = o.sections[1].data[e.off : e.off+8]
				fallthrough
			default:
				if w := want[e.off : e.off+8]; !bytes.Equal(got, w) {
					t.Errorf("%s: type %d: %x, want %x", name, e.typ, got, w)
				}
			}
		}
	}
}
