package e2e

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/internal/peer"
)

// watchPeak returns the hook that finds out the most memory that a process has resident, in bytes, as far as
// it is seen. (That of getrusage has the parent's at the moment of the fork.)
func watchPeak() (h hooks, peak *atomic.Int64) {
	peak = new(atomic.Int64)
	h.after = func(cmd *exec.Cmd) {
		go func() {
			for {
				status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
				_, rest, ok := strings.Cut(string(status), "\nVmHWM:")
				if err != nil || !ok {
					return
				}
				number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
				kib, _ := strconv.ParseInt(number, 10, 64)
				peak.Store(max(peak.Load(), kib<<10))
				time.Sleep(time.Millisecond)
			}
		}()
	}
	return h, peak
}

// claimed is what the contents of a bomb come to, in bytes.
const claimed = 256 << 20

// elfHead is the header of a 64-bit little-endian object with n sections.
func elfHead(table uint64, n uint16) []byte {
	b := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 9)...)
	o := binary.LittleEndian
	b = o.AppendUint16(o.AppendUint16(b, uint16(elf.ET_REL)), uint16(elf.EM_X86_64))
	b = o.AppendUint64(o.AppendUint64(o.AppendUint32(b, 1), 0), 0)
	b = o.AppendUint32(o.AppendUint64(b, table), 0)
	for _, v := range []uint16{64, 0, 0, 64, n, n - 1} {
		b = o.AppendUint16(b, v)
	}
	return b
}

// A bombSection is a section of an object.
type bombSection struct {
	name  string
	typ   elf.SectionType
	flags elf.SectionFlag
	data  []byte
	size  uint64 // that the header claims, 0 for that of data
	link  uint32
}

// bombObject returns an object with the sections, names and a symbol table.
func bombObject(sections ...bombSection) []byte {
	n := uint32(len(sections))
	sections = append(sections, bombSection{name: ".symtab", typ: elf.SHT_SYMTAB, data: make([]byte, 24), link: n + 2},
		bombSection{name: ".strtab", typ: elf.SHT_STRTAB, data: []byte{0}}, bombSection{name: ".shstrtab", typ: elf.SHT_STRTAB})
	names := []byte{0}
	for i := range sections {
		names = append(append(names, sections[i].name...), 0)
	}
	sections[len(sections)-1].data = names
	body, table, o := make([]byte, 64), make([]byte, 64), binary.LittleEndian
	at := uint32(1)
	for _, s := range sections {
		table = o.AppendUint32(o.AppendUint32(table, at), uint32(s.typ))
		table = o.AppendUint64(o.AppendUint64(table, uint64(s.flags)), 0)
		size := uint64(len(s.data))
		if s.size != 0 {
			size = s.size
		}
		table = o.AppendUint64(o.AppendUint64(table, uint64(len(body))), size)
		table = o.AppendUint64(o.AppendUint64(o.AppendUint64(table, uint64(s.link)), 1), 0)
		body = append(body, s.data...)
		at += uint32(len(s.name)) + 1
	}
	copy(body, elfHead(uint64(len(body)), uint16(len(sections)+1)))
	return append(body, table...)
}

// fill writes start and then n times the byte b.
func fill(w io.Writer, start []byte, b byte, n int) error {
	_, err := w.Write(start)
	block := bytes.Repeat([]byte{b}, 1<<20)
	for ; n > 0 && err == nil; n -= len(block) {
		_, err = w.Write(block[:min(n, len(block))])
	}
	return err
}

// zlibSection is the contents of a compressed section (gABI, ch. 4, Elf64_Chdr): start and then n times the byte b.
func zlibSection(t *testing.T, start []byte, b byte, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	o := binary.LittleEndian
	out.Write(o.AppendUint64(o.AppendUint64(o.AppendUint64(nil, uint64(elf.COMPRESS_ZLIB)), uint64(len(start)+n)), 1))
	w := zlib.NewWriter(&out)
	if err := fill(w, start, b, n); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestMemory runs the command on input that asks for much more memory than it has bytes. The limit holds, whoever asks,
// and the error says so, or that the input is not what it should be.
func TestMemory(t *testing.T) {
	if len(raceFlags) > 0 {
		t.Skip("the race detector takes memory of its own")
	}
	if testing.Short() {
		t.Skip("takes seconds")
	}
	dir := t.TempDir()
	write := func(name string, make func(w io.Writer) error) string {
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		if err == nil {
			err = make(f)
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := func(name string, data []byte) string {
		return write(name, func(w io.Writer) error { _, err := w.Write(data); return err })
	}
	sparse := func(name string, data []byte) string {
		path := file(name, data)
		if err := os.Truncate(path, 1<<40); err != nil {
			t.Skip(err)
		}
		return path
	}
	gz := func(name string, start []byte, b byte, members int) string {
		return write(name, func(w io.Writer) error {
			for range members {
				z := gzip.NewWriter(w)
				if err := fill(z, start, b, claimed); err != nil {
					return err
				}
				if err := z.Close(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	zst := func(name string, start []byte, opts ...zstd.EOption) string {
		return write(name, func(w io.Writer) error {
			z, err := zstd.NewWriter(w, opts...)
			if err == nil {
				err = fill(z, start, 0, claimed)
			}
			if err == nil {
				err = z.Close()
			}
			return err
		})
	}
	header := func(types, strings uint32) []byte {
		o := binary.LittleEndian
		b := append(o.AppendUint16(nil, 0xeb9f), 1, 0)
		for _, v := range []uint32{24, 0, types, types, strings} {
			b = o.AppendUint32(b, v)
		}
		return b
	}
	// A unit whose DIEs have one byte each: pointers to void.
	abbreviations := []byte("\x01\x11\x01\x00\x00\x02\x0f\x00\x00\x00\x00")
	unitHead := func(n int) []byte {
		return append(binary.LittleEndian.AppendUint32(nil, uint32(8+n)), 4, 0, 0, 0, 0, 0, 8, 1)
	}
	info := bombSection{name: ".debug_info", typ: elf.SHT_PROGBITS, data: append(unitHead(0)[:11:11], 1)}
	abbrev := bombSection{name: ".debug_abbrev", typ: elf.SHT_PROGBITS, data: abbreviations}
	compressed := func(name string, start []byte, b byte) bombSection {
		return bombSection{name: name, typ: elf.SHT_PROGBITS, flags: elf.SHF_COMPRESSED, data: zlibSection(t, start, b, claimed)}
	}
	head := elfHead(claimed+64-64, 1)
	modules := []string{}
	for i := range 4 {
		modules = append(modules, gz(fmt.Sprintf("batch%d.ko.gz", i), head, 0, 1))
	}
	const notBTF, over, noSection, detached = "no BTF", "--max_memory=", "no .BTF section", "--btf_encode_detached=/dev/null"
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"zeros in gzip", []string{"dump", gz("zeros.ko.gz", nil, 0, 1)}, notBTF},
		{"zeros in zstd", []string{"dump", zst("zeros.ko.zst", nil)}, notBTF},
		{"zeros in gzip of two members", []string{"dump", gz("two.ko.gz", nil, 0, 2)}, notBTF},
		{"ELF and zeros in gzip", []string{"dump", modules[0]}, noSection},
		{"ELF and zeros in xz", []string{"dump", "testdata/memory/elf-and-zeros.xz"}, noSection},
		{"ELF and zeros in zstd", []string{"dump", zst("elf.ko.zst", head)}, noSection},
		{"ELF and zeros in zstd with a large window", []string{"dump", zst("window.ko.zst", head, zstd.WithWindowSize(zstd.MaxWindowSize))}, ""},
		{"four of them at once", append([]string{"encode", "-j4", "-o", dir}, modules...), "no DWARF"},
		{"types in gzip", []string{"dump", gz("types.btf.gz", header(claimed-4, 1), 0, 1)}, over},
		{"what goes on past its end", []string{"dump", gz("long.btf.gz", header(12, 1), 0, 1)}, "goes on past its end"},
		{"a device without an end", []string{"dump", "/dev/zero"}, notBTF},
		{"BTF of 4 GB in a hole", []string{"dump", sparse("sparse.btf", header(0xfffff000, 16))}, over},
		{"gzip in a hole", []string{"dump", sparse("sparse.ko.gz", append([]byte("\x1f\x8b\x08"), make([]byte, 7)...))}, "gzip: "},
		{"zstd in a hole", []string{"dump", sparse("sparse.ko.zst", []byte("\x28\xb5\x2f\xfd\x04\x88"))}, "zstd: "},
		{"xz in a hole", []string{"dump", sparse("sparse.ko.xz",
			[]byte("\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\xe5\xa3"))}, "xz: "},
		{"a compressed section of strings", []string{"-J", detached, file("str.o", bombObject(compressed(".debug_str", nil, 0), info, abbrev))}, over},
		{"the older sort of it", []string{"-J", detached, file("zdebug.o", bombObject(bombSection{
			name: ".zdebug_str", typ: elf.SHT_PROGBITS,
			data: append(binary.BigEndian.AppendUint64([]byte("ZLIB"), claimed), zlibSection(t, nil, 0, claimed)[24:]...),
		}, info, abbrev))}, over},
		{"a compressed section of empty units", []string{"-J", detached, file("units.o", bombObject(compressed(".debug_info", nil, 0), abbrev))}, ""},
		{"a unit of small entries", []string{"-J", detached, file("unit.o", bombObject(compressed(".debug_info", unitHead(claimed), 2), abbrev))}, over},
		{"a section of strings in a hole", []string{"-J", detached,
			sparse("str-hole.o", bombObject(bombSection{name: ".debug_str", typ: elf.SHT_PROGBITS, size: 1 << 39}, info,
				abbrev))}, over},
		{"a symbol table in a hole", []string{"-J", detached,
			sparse("sym-hole.o", bombObject(info, abbrev, bombSection{name: ".debug_line_str", typ: elf.SHT_PROGBITS,
				size: 1 << 36}))}, over},
		{"2^31 sections in a hole", []string{"-J", detached, sparse("sections.o", manySections())}, over},
		{"the same, for BTF", []string{"dump", sparse("sections.ko", manySections())}, over},
	} {
		const limit = 96 << 20
		hook, peak := watchPeak()
		r := start(t, hook, append(c.args, "--max_memory="+strconv.Itoa(limit>>20)+"M")...)
		// Beside the heap there are the runtime, the buffers of decompressors, and garbage.
		if most := int64(limit*3/2 + 48<<20); peak.Load() > most {
			t.Errorf("%s: %d MiB resident, at most %d are expected", c.name, peak.Load()>>20, most>>20)
		}
		if !strings.Contains(r.stderr, c.want) || strings.Count(r.stderr, "\n") > max(1, len(c.args)-3) {
			t.Errorf("%s: exit status %d, %q, want %q", c.name, r.exitCode, r.stderr, c.want)
		}
		t.Logf("%-42s %4d MiB, exit status %d: %.150s", c.name, peak.Load()>>20, r.exitCode, strings.ReplaceAll(strings.TrimSpace(r.stderr), dir+"/", ""))
	}
}

// manySections is the beginning of a file whose section 0 says how many there are.
func manySections() []byte {
	b := elfHead(64, 0)
	binary.LittleEndian.PutUint16(b[62:], 0)
	null := make([]byte, 64)
	binary.LittleEndian.PutUint64(null[32:], 1<<31)
	return append(b, null...)
}

// TestMemoryCgroup encodes a kernel in a control group that has 128 MB, as containers of build services may:
// neither the default limit nor the kernel ends it, and the result is the same.
func TestMemoryCgroup(t *testing.T) {
	if len(raceFlags) > 0 {
		t.Skip("the race detector takes memory of its own")
	}
	kernel := "612" // the one for all machines, if it is there
	if _, err := os.Stat(filepath.Join(peer.Dir(t), "k", kernel, "vmlinux")); err != nil {
		kernel = "612c"
	}
	vmlinux, dir := peer.Vmlinux(t, kernel), t.TempDir()
	encode := func(out string, h hooks, flags ...string) {
		t.Helper()
		r := start(t, h, append(flags, "-J", "--btf_features=default", "--lang_exclude=rust", "--btf_encode_detached="+out, vmlinux)...)
		if r.exitCode != 0 || r.stderr != "" {
			t.Errorf("%q: exit status %d: %s", flags, r.exitCode, r.stderr)
		}
	}
	want, got := filepath.Join(dir, "want"), filepath.Join(dir, "got")
	encode(want, hooks{})
	const limit = 128 << 20
	group := newMemoryCgroup(t, limit)
	for _, jobs := range []string{"-j1", "-j2"} {
		encode(got, hooks{before: group.enter}, jobs)
		if !bytes.Equal(filetest.Read(t, got), filetest.Read(t, want)) {
			t.Errorf("%s: other bytes", jobs)
		}
	}
	// The limit is that of the group, and not of this machine. It is kept from the first table on: in none of these the
	// kernel ends the process.
	for size, limit := range map[int]string{48: "32 MiB", 40: "24 MiB", 32: "16 MiB", 24: "12 MiB"} {
		if err := os.WriteFile(group.limitFile, []byte(strconv.Itoa(size<<20)), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, jobs := range []string{"-j1", "-j2"} {
			r := start(t, hooks{before: group.enter}, "-J", jobs, "--btf_encode_detached="+got, vmlinux)
			if r.exitCode != 1 || !strings.Contains(r.stderr, "limit of "+limit) {
				t.Errorf("in %d MB, %s: exit status %d: %s", size, jobs, r.exitCode, r.stderr)
			}
		}
	}
}

// A memoryCgroup is a control group of our own.
type memoryCgroup struct{ dir, limitFile string }

// newMemoryCgroup makes a control group with a limit of memory, of version 2 or 1. It skips the test where
// there are none to be made, but not in CI as root.
func newMemoryCgroup(t *testing.T, limit int64) *memoryCgroup {
	var errs []string
	for _, v := range []struct{ parent, file string }{
		{"/sys/fs/cgroup", "memory.max"}, {"/sys/fs/cgroup/unified", "memory.max"}, {"/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
	} {
		g := &memoryCgroup{dir: filepath.Join(v.parent, fmt.Sprintf("gopahole-test-%d", os.Getpid()))}
		g.limitFile = filepath.Join(g.dir, v.file)
		if err := os.Mkdir(g.dir, 0o755); err != nil {
			errs = append(errs, err.Error())
			continue
		}
		remove := func() {
			for range 50 { // until the kernel has forgotten the last process
				if os.Remove(g.dir) == nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}
		// Opened, not made: without the controller there is no such file.
		f, err := os.OpenFile(g.limitFile, os.O_WRONLY, 0)
		if err == nil {
			_, err = f.WriteString(strconv.FormatInt(limit, 10))
			f.Close()
		}
		if err != nil {
			errs = append(errs, err.Error())
			remove()
			continue
		}
		t.Cleanup(remove)
		return g
	}
	if os.Getenv("CI") == "true" && os.Getuid() == 0 {
		t.Fatalf("no control group with a limit of memory can be made: %q", errs)
	}
	t.Skipf("no control group with a limit of memory can be made here: %q", errs)
	return nil
}

// enter makes a command begin in the group: a shell goes there and becomes the program.
func (g *memoryCgroup) enter(cmd *exec.Cmd) {
	cmd.Args = append([]string{"sh", "-c", `echo $$ >"$0/cgroup.procs" && exec "$@"`, g.dir, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
}
