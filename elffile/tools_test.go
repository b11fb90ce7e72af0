package elffile

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/internal/peer"
)

// tools skips the test if one of the programs is missing; on a CI machine it fails.
func tools(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("CI=true, but: %v", err)
			}
			t.Skip(err)
		}
	}
}

// A toolset is the binutils and the compiler of one machine: those of the system,
// or cross tools of the peers.
type toolset struct {
	prefix string
	peers  *peer.Peers // nil for the system's
}

var native toolset

// crossTools returns the tools for another machine, such as "s390x-linux-gnu".
func crossTools(t *testing.T, machine string) toolset {
	t.Helper()
	return toolset{machine + "-", peer.Get(t)}
}

// dir makes a directory that the tools see.
func (ts toolset) dir(t *testing.T) string {
	t.Helper()
	if ts.peers != nil {
		return peer.Scratch(t)
	}
	return t.TempDir()
}

// run runs a tool, which must succeed without a complaint.
func (ts toolset) run(t *testing.T, tool string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(tool, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if ts.peers != nil {
		cmd = ts.peers.Command(ts.prefix+tool, args...)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s%s %q: %v: %s", ts.prefix, tool, args, err, stderr.Bytes())
	}
	if stderr.Len() > 0 {
		t.Errorf("%s%s %q complains: %s", ts.prefix, tool, args, stderr.Bytes())
	}
	return stdout.Bytes()
}

// readelf checks that readelf finds nothing wrong.
func (ts toolset) readelf(t *testing.T, flag, path string) {
	t.Helper()
	out := ts.run(t, "readelf", flag, path)
	for _, bad := range []string{"arning", "<corrupt", "rror:"} {
		if i := bytes.Index(out, []byte(bad)); i >= 0 {
			t.Errorf("readelf %s %s: %s", flag, path, out[max(0, i-100):min(len(out), i+200)])
		}
	}
}

// checkFile checks what the binutils make of a file with new sections. The flag
// tells readelf how much to look at.
func (ts toolset) checkFile(t *testing.T, path, flag string, contents []Content) {
	t.Helper()
	ts.readelf(t, flag, path)
	dir := filepath.Dir(path)
	out := filepath.Join(dir, "out")
	for _, c := range contents {
		if c.Data == nil {
			continue
		}
		dump := filepath.Join(dir, "dump")
		ts.run(t, "objcopy", "--dump-section", c.Name+"="+dump, path, out)
		if got := filetest.Read(t, dump); !bytes.Equal(got, c.Data) {
			t.Errorf("objcopy --dump-section %s: %d bytes, want %d", c.Name, len(got), len(c.Data))
		}
	}
	for _, rewrite := range [][]string{
		{"objcopy", path, out},
		{"strip", "-g", "-o", out, path},
		{"objcopy", "--add-section", ".added=" + path, path, out},
	} {
		ts.run(t, rewrite[0], rewrite[1:]...)
		checkContents(t, filetest.Read(t, out), contents)
		// The way back: their layout, our sections.
		other := slices.Clone(contents)
		for i := range other {
			if other[i].Data != nil {
				other[i].Data = append(slices.Clone(other[i].Data), "and more"...)
			}
		}
		set(t, out, Options{NoSync: true}, other...)
		ts.readelf(t, flag, out)
	}
}

var withBase = []Content{{".BTF", fill8(1000, 'a')}, {".BTF.base", fill8(77, 'b')}}

func TestToolsOnBuiltFiles(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		ts := native
		switch {
		case e.big && e.class32:
			ts = crossTools(t, "mips-linux-gnu")
		case e.big:
			ts = crossTools(t, "s390x-linux-gnu")
		default:
			tools(t, "readelf", "objcopy", "strip")
		}
		put := func(e testELF) string {
			path := filepath.Join(ts.dir(t), "file")
			if err := os.WriteFile(path, e.build(), 0o644); err != nil {
				t.Fatal(err)
			}
			return path
		}
		e.sections = ordinary(o)
		path := put(e)
		set(t, path, Options{}, withBase...)
		ts.checkFile(t, path, "-aW", withBase)
		removed := []Content{{".BTF", nil}}
		set(t, path, Options{}, removed...)
		ts.checkFile(t, path, "-aW", append(removed, withBase[1]))

		path = put(vmlinuxLike(o))
		// A file whose debug information was taken out keeps .BTF without data.
		debug := path + ".debug"
		ts.run(t, "objcopy", "--only-keep-debug", path, debug)
		if s := mustNew(t, filetest.Read(t, debug)).Section(".BTF"); s == nil || s.Type != elf.SHT_NOBITS {
			t.Fatalf("%+v", s)
		}
		set(t, debug, Options{}, withBase...)
		first := filetest.Read(t, debug)
		ts.readelf(t, "-aW", debug)
		set(t, debug, Options{}, withBase...)
		if !bytes.Equal(filetest.Read(t, debug), first) {
			t.Error("setting the same contents again changes the file")
		}

		set(t, path, Options{}, Content{".BTF", fill8(96, 'n')}, Content{".BTF.base", fill8(500, 'b')})
		ts.readelf(t, "-aW", path)
	})
}

func TestToolsOnManySections(t *testing.T) {
	tools(t, "readelf")
	e := testELF{typ: elf.ET_REL, sections: ordinary(testOrder{})}
	for range 65300 {
		e.sections = append(e.sections, testSection{name: ".many", data: []byte("x"), align: 1})
	}
	path := writeFile(t, "m.o", e.build())
	if err := SetSections(path, withBase, Options{}); err != nil {
		t.Fatal(err)
	}
	native.readelf(t, "-SWs", path)
	if out := native.run(t, "readelf", "-SW", path); !bytes.Contains(out, []byte("] .BTF.base")) {
		t.Error("readelf does not see .BTF.base")
	}
}

// What compilers and linkers write.
func TestToolsOnCompiledFiles(t *testing.T) {
	for _, machine := range []string{"", "s390x-linux-gnu", "mips-linux-gnu", "arm-linux-gnueabihf"} {
		for _, c := range []struct {
			name, flags string
			native      bool // takes a C library
			runs        bool
		}{
			{"x.o", "-c", false, false},
			{"sections.o", "-c -ffunction-sections -fdata-sections", false, false},
			{"zlib.o", "-c -gz=zlib", false, false},
			{"r.o", "-r -nostdlib", false, false},
			{"exe", "", true, true},
			{"pie", "-pie -fPIE", true, true},
			{"lib.so", "-shared -fPIC", true, false},
			{"relocs", "-Wl,--emit-relocs", true, true},
			{"stripped", "-s", true, true},
		} {
			if c.native && machine != "" {
				continue
			}
			t.Run(machine+" "+c.name, func(t *testing.T) {
				ts := native
				if machine == "" {
					tools(t, "readelf", "objcopy", "strip", "gcc")
				} else {
					ts = crossTools(t, machine)
				}
				dir := ts.dir(t)
				source, path := filepath.Join(dir, "x.c"), filepath.Join(dir, c.name)
				if err := os.WriteFile(source,
					[]byte("int data = 5;\nstatic int twice(int n) { return 2 * n; }\nint main(void) { return twice(data); }\n"),
					0o644); err != nil {
					t.Fatal(err)
				}
				ts.run(t, "gcc", append(strings.Fields("-g -O1 "+c.flags), "-o", path, source)...)
				compareWithStd(t, path)
				set(t, path, Options{}, withBase...)
				compareWithStd(t, path)
				ts.checkFile(t, path, "-aW", withBase)
				if !c.runs {
					return
				}
				if err := exec.Command(path).Run(); err == nil || err.Error() != "exit status 10" {
					t.Errorf("the program does not run any more: %v", err)
				}
			})
		}
	}
}

func TestToolsOnModules(t *testing.T) {
	tools(t, "readelf", "objcopy", "strip")
	for i, module := range peer.Modules(t, "612c") {
		if i%60 != 0 {
			continue
		}
		path := writeFile(t, "m.ko", filetest.Read(t, module))
		set(t, path, Options{}, withBase...)
		compareWithStd(t, path)
		native.checkFile(t, path, "-SlhrsnW", withBase)
		first := filetest.Read(t, path)
		set(t, path, Options{}, withBase...)
		if !bytes.Equal(filetest.Read(t, path), first) {
			t.Errorf("%s: setting the same contents again changes the file", module)
		}
	}
}

// pahole and bpftool (libelf, libbpf) see in the file what pahole wrote detached.
func TestPeersReadOurFiles(t *testing.T) {
	modules := peer.Modules(t, "612c")
	module := modules[len(modules)/2]
	encoding, err := peer.Get(t).Encode(module, "--btf_features=default")
	if err != nil || encoding.Path == "" {
		t.Fatalf("%+v, %v", encoding, err)
	}
	path := filepath.Join(peer.Scratch(t), "m.ko")
	if err := os.WriteFile(path, filetest.Read(t, module), 0o644); err != nil {
		t.Fatal(err)
	}
	set(t, path, Options{}, Content{".BTF", filetest.Read(t, encoding.Path)}, Content{".BTF.base", nil})
	if got, want := peer.DumpRaw(t, path), peer.DumpRaw(t, encoding.Path); !bytes.Equal(got, want) || len(got) == 0 {
		t.Errorf("bpftool prints %d bytes for the module, %d for the detached file", len(got), len(want))
	}
	// libelf lays our file out again.
	again := peer.Pahole(t, "-J", "--btf_features=default", path)
	if again.ExitCode != 0 || len(again.Stderr) > 0 {
		t.Errorf("pahole -J: exit status %d: %s", again.ExitCode, again.Stderr)
	}
	checkContents(t, filetest.Read(t, path), []Content{{".BTF", filetest.Read(t, encoding.Path)}})
	set(t, path, Options{}, withBase...)
}

func TestVmlinux(t *testing.T) {
	tools(t, "readelf", "objcopy")
	vmlinux := peer.Vmlinux(t, "612c")
	path := filepath.Join(peer.Scratch(t), "vmlinux")
	native.run(t, "cp", vmlinux, path)
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	btf, err := f.SectionData(f.Section(".BTF"))
	f.Close()
	if err != nil {
		t.Fatal(err)
	}
	contents := []Content{{".BTF", bytes.Repeat([]byte{7}, len(btf))}, {".BTF.base", fill8(7<<20, 'b')}}
	if err := SetSections(path, contents, Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	first, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	native.readelf(t, "-hSlnW", path)
	compareWithStd(t, path)
	dump := filepath.Join(filepath.Dir(path), "dump")
	native.run(t, "objcopy", "--dump-section", ".BTF="+dump, "--dump-section", ".BTF.base="+dump+"2", path, dump+"3")
	if !bytes.Equal(filetest.Read(t, dump), contents[0].Data) || !bytes.Equal(filetest.Read(t, dump+"2"), contents[1].Data) {
		t.Error("objcopy --dump-section gives other contents")
	}
	if err := SetSections(path, contents, Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	if again, err := os.Stat(path); err != nil || again.Size() != first.Size() {
		t.Errorf("%d bytes, then %d, %v", first.Size(), again.Size(), err)
	}
	if err := SetSections(path, []Content{{".BTF", append(btf, 0)}}, Options{}); err == nil || !strings.Contains(err.Error(), "in a segment") {
		t.Error(err)
	}
}
