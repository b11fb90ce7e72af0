package source

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/packtest"
)

// contents are files of a kernel, with others in between, and what hostile packages have.
var contents = []packtest.File{
	{Name: "usr/share/doc/copyright", Data: []byte("nobody's")},
	{Name: "usr/lib/debug/boot/vmlinux-6.1.0-test", Data: bytes.Repeat([]byte("a kernel "), 5000)},
	{Name: "usr/lib/debug/lib/modules/6.1.0-test/vmlinux", Link: "../../../boot/vmlinux-6.1.0-test"},
	{Name: "usr/lib/debug/lib/modules/6.1.0-test/kernel/one-two.ko", Data: []byte("a module")},
	{Name: "usr/lib/debug/lib/modules/6.1.0-test/kernel/three.ko.debug", Data: []byte("another one")},
	{Name: "lib/modules/6.1.0-test/kernel/four.ko.xz", Data: packtest.Compress("xz", []byte("a compressed one"))},
	{Name: "usr/share/gdb/vmlinux-gdb.py", Data: []byte("import gdb")},
}

// wanted are the members in contents, and what is in them.
var wanted = map[string]string{
	"vmlinux usr/lib/debug/boot/vmlinux-6.1.0-test 6.1.0-test":                           strings.Repeat("a kernel ", 5000),
	"module one_two usr/lib/debug/lib/modules/6.1.0-test/kernel/one-two.ko 6.1.0-test":   "a module",
	"module three usr/lib/debug/lib/modules/6.1.0-test/kernel/three.ko.debug 6.1.0-test": "another one",
	"module four lib/modules/6.1.0-test/kernel/four.ko.xz 6.1.0-test":                    "a compressed one",
}

var meta = packtest.Meta{Name: "linux-image-6.1.0-test-dbg", Version: "6.1.1", Release: "3", Arch: "amd64", Maintainer: "Some Team <team@example.org>"}

// read returns the members of a package, each with what is in it.
func read(p *Package, spool Spool) (map[string]string, error) {
	got := make(map[string]string)
	for m, err := range p.Members(context.Background()) {
		if err != nil {
			return got, err
		}
		what := "vmlinux"
		if m.Kind == Module {
			what = "module " + m.Module()
		}
		s, err := m.Spool(spool)
		if err != nil {
			return got, err
		}
		data, err := io.ReadAll(io.NewSectionReader(s, 0, s.Size))
		s.Close()
		if err != nil {
			return got, err
		}
		got[what+" "+m.Path+" "+m.Release()] = string(data)
	}
	return got, nil
}

// write writes a file and returns it as an input.
func write(t testing.TB, name string, data []byte) Input {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return Input{Path: name, Size: int64(len(data))}
}

// packages returns those of an input, closed as they are.
func packages(in Input, spool Spool, limits Limits, each func(*Package, error)) {
	for p, err := range in.Packages(context.Background(), spool, limits) {
		each(p, err)
	}
}

// TestFormats: each format, with each compression, has the same members with the same
// contents, in memory and in a file, and once more when it is read again.
func TestFormats(t *testing.T) {
	type format struct {
		name string
		make func(compression string) []byte
		want Package
	}
	formats := []format{
		{"deb", func(c string) []byte { return packtest.Deb(meta, c, slices.Clone(contents)...) },
			Package{Format: "deb", Name: meta.Name, Version: "6.1.1", Architecture: "amd64", Maintainer: meta.Maintainer}},
		{"rpm", func(c string) []byte { return packtest.RPM(meta, c, contents...) },
			Package{Format: "rpm", Name: meta.Name, Version: "6.1.1-3", Architecture: "amd64", Maintainer: meta.Maintainer}},
		{"rpm6", func(c string) []byte { return packtest.RPM6(meta, c, contents...) },
			Package{Format: "rpm", Name: meta.Name, Version: "6.1.1-3", Architecture: "amd64", Maintainer: meta.Maintainer}},
		{"tar", func(c string) []byte { return packtest.Compress(c, packtest.Tar(contents...)) }, Package{Format: "archive", Name: "x"}},
		{"cpio", func(c string) []byte { return packtest.Compress(c, packtest.CPIO(contents...)) }, Package{Format: "archive", Name: "x"}},
	}
	for _, f := range formats {
		for _, compression := range packtest.Compressions {
			for _, memory := range []int64{0, 1 << 20} {
				t.Run(fmt.Sprintf("%s.%s/%d", f.name, compression, memory), func(t *testing.T) {
					n := 0
					in := write(t, "x."+f.name, f.make(compression))
					spool := Spool{Dir: t.TempDir(), Memory: memory}
					packages(in, spool, Limits{}, func(p *Package, err error) {
						n++
						if err != nil {
							t.Fatal(err)
						}
						for range 2 {
							got, err := read(p, spool)
							if err != nil || !maps.Equal(got, wanted) {
								t.Errorf("%q, %v", slices.Sorted(maps.Keys(got)), err)
							}
						}
						if p.Format != f.want.Format || p.Name != f.want.Name || p.Version != f.want.Version || p.Architecture != f.want.Architecture || p.Maintainer != f.want.Maintainer || len(p.Identity) != 64 || p.Path != in.Path {
							t.Errorf("%+v", p)
						}
					})
					if n != 1 {
						t.Errorf("%d packages", n)
					}
					if left, _ := os.ReadDir(spool.Dir); len(left) > 0 {
						t.Errorf("%v stays", left)
					}
				})
			}
		}
	}
}

// TestBzip2: nothing here writes this format.
func TestBzip2(t *testing.T) {
	data, err := base64.StdEncoding.DecodeString(`QlpoOTFBWSZTWQ/rBLEAALZ5gMqAAQBAA+cMdq+fQAoIIACUCUTU0J6T0jTT1PUekaabSCSUAAAAAB9zvMDpqwAZQJIRZZwWkoRk4xCIQwDKZuxIgYbe9O2Lsmk
QICiEzEcCFKMIZvJlowXdRVb1S8eoVImo/uuhl++qbDXm7klfnAeNxXi6yNDpG4fS3U+RSKijixTwW5leCWHKYiB/F3JFOFCQD+sEsQ==`)
	if err != nil {
		t.Fatal(err)
	}
	packages(write(t, "x.tar.bz2", data), Spool{}, Limits{}, func(p *Package, err error) {
		got, readErr := read(p, Spool{Memory: 1 << 20})
		want := map[string]string{"vmlinux usr/lib/debug/boot/vmlinux-6.1.0-test 6.1.0-test": "a kernel", "module one lib/modules/6.1.0-test/kernel/one.ko 6.1.0-test": "a module"}
		if err != nil || readErr != nil || !maps.Equal(got, want) {
			t.Errorf("%q, %v, %v", got, err, readErr)
		}
	})
}

// TestNested: packages in archives, those compressed or not, are packages of their own.
func TestNested(t *testing.T) {
	one, two := meta, meta
	one.Name, two.Name = "one", "two"
	inner := packtest.Compress("gz", packtest.Tar(packtest.File{Name: "pool/two.rpm", Data: packtest.RPM(two, "zst", contents...)}))
	data := packtest.Compress("xz", packtest.Tar(packtest.File{Name: "README"}, packtest.File{Name: "one.ddeb", Data: packtest.Deb(one, "xz", slices.Clone(contents)...)},
		packtest.File{Name: "more.tar.gz", Data: inner}))
	in := write(t, "all.tar.xz", data)
	for _, memory := range []int64{0, 1 << 20} {
		var paths []string
		packages(in, Spool{Memory: memory}, Limits{}, func(p *Package, err error) {
			got, readErr := read(p, Spool{Memory: memory})
			if err != nil || readErr != nil || !maps.Equal(got, wanted) {
				t.Errorf("%s: %q, %v, %v", p.Path, slices.Sorted(maps.Keys(got)), err, readErr)
			}
			paths = append(paths, p.Name+" "+strings.TrimPrefix(p.Path, in.Path))
		})
		if want := []string{"one !one.ddeb", "two !more.tar.gz!pool/two.rpm"}; !slices.Equal(paths, want) {
			t.Errorf("%q, want %q", paths, want)
		}
	}
	limits := DefaultLimits
	limits.Depth = 1
	var errs []error
	packages(in, Spool{Memory: 1 << 20}, limits, func(_ *Package, err error) { errs = append(errs, err) })
	if len(errs) != 2 || errs[0] != nil || !errors.As(errs[1], new(*LimitError)) {
		t.Errorf("at a depth of 1: %v", errs)
	}
}

// TestBroken: what is wrong is told, with the package if its name is known.
func TestBroken(t *testing.T) {
	vmlinux := packtest.File{Name: "boot/vmlinux-6.1.0", Data: []byte("a kernel")}
	deb := packtest.Deb(meta, "xz", vmlinux)
	rpm := packtest.RPM(meta, "", vmlinux)
	rpm6, rpm6two := packtest.RPM6(meta, "", vmlinux), packtest.RPM6(meta, "", vmlinux, vmlinux)
	control := packtest.File{Name: "control.tar", Data: packtest.Tar(packtest.File{Name: "control", Data: []byte("Package: x\n")})}
	hugeTar := packtest.Tar(vmlinux)
	copy(hugeTar[124:], "77777777777\x00") // the size: 8 GiB
	copy(hugeTar[148:], "        ")
	sum := 0
	for _, c := range hugeTar[:512] {
		sum += int(c)
	}
	copy(hugeTar[148:], fmt.Sprintf("%06o\x00 ", sum))
	hugeRPM := packtest.RPM(meta, "", vmlinux)
	copy(hugeRPM[96+8:], "\x0f\xff\xff\xff")
	many := make([]packtest.File, 50)
	for i := range many {
		many[i] = packtest.File{Name: fmt.Sprintf("x%d", i)}
	}
	xzDamaged := packtest.Compress("xz", packtest.Tar(contents...))
	xzDamaged[len(xzDamaged)/2] ^= 0xff

	for _, tc := range []struct {
		name   string
		data   []byte
		limits Limits
		pkg    string // name
		want   string
	}{
		{"empty", nil, Limits{}, "", "empty file"},
		{"text", []byte("This is a text of some length"), Limits{}, "x", "no package: neither deb nor rpm, and no archive of tar or cpio in it"},
		{"vmlinux", []byte("\x7fELF and more"), Limits{}, "x", "it is an ELF file: the files of a kernel are given by their directory"},
		{"compressed text", packtest.Compress("gz", []byte("text")), Limits{}, "x", "no package"},
		{"ar without control", packtest.Ar(packtest.File{Name: "x.o/", Data: []byte("xx")}), Limits{}, "", "no Debian package"},
		{"deb without data", packtest.Ar(control), Limits{}, "x", "no data.tar in it"},
		{"deb, cut in data", deb[:len(deb)-40], Limits{}, meta.Name, "data.tar.xz: truncated"},
		{"deb, cut in control", deb[:100], Limits{}, "", "truncated"},
		{"deb, damaged header", []byte(strings.Replace(string(deb), "data.tar.xz     0 ", "data.tar.xz     \x00 ", 1)), Limits{}, "", ""},
		{"deb, damaged size", slices.Concat([]byte("!<arch>\n"), bytes.Repeat([]byte("-"), 58), []byte("`\n")), Limits{}, "", "damaged size"},
		{"deb with text as data", packtest.Ar(control, packtest.File{Name: "data.tar", Data: []byte("text")}), Limits{}, "x", "data.tar: it holds no archive of tar or cpio"},
		{"rpm, cut in the header", packtest.RPM(meta, "", vmlinux)[:150], Limits{}, "", "truncated"},
		{"rpm, header without end", hugeRPM, Limits{}, "", "truncated"},
		{"rpm, cut in the payload", rpm[:len(rpm)-130], Limits{}, meta.Name, "truncated"},
		{"rpm 6, a number of no file", bytes.Replace(rpm6, []byte("07070X00000000"), []byte("07070X00000001"), 1), Limits{}, meta.Name, "is no number of a file"},
		{"rpm 6, no number", bytes.Replace(rpm6, []byte("07070X00000000"), []byte("07070X0000-000"), 1), Limits{}, meta.Name, "is no number of a file"},
		{"rpm 6, a damaged magic", bytes.Replace(rpm6two, []byte("07070X00000001"), []byte("07070Y00000001"), 1), Limits{}, meta.Name, "damaged header at byte"},
		{"rpm 6, no names", bytes.Replace(rpm6, []byte{0, 0, 0x04, 0x5d, 0, 0, 0, 8}, []byte{0, 0, 0x04, 0x5c, 0, 0, 0, 8}, 1), Limits{}, meta.Name, "it does not say what its files are"},
		{"rpm 6, cut in a file", rpm6[:len(rpm6)-130], Limits{}, meta.Name, "truncated"},
		{"rpm 6, many files", packtest.RPM6(meta, "", many...), Limits{Ratio: 9, Free: 9 << 20, Member: 1 << 20, Members: 20, Depth: 1}, meta.Name, "more than 20 files"},
		{"tar, larger than it is", hugeTar, Limits{}, "x", "truncated"},
		{"xz, damaged", xzDamaged, Limits{}, "x", "xz: "},
		{"many files", packtest.Tar(many...), Limits{Ratio: 9, Free: 9 << 20, Member: 1 << 20, Members: 20, Depth: 1}, "x", "more than 20 files"},
		{"nothing of a kernel", packtest.Tar(many...), Limits{}, "x", "neither a package nor a vmlinux or module is in it"},
		{"bomb", packtest.Compress("gz", packtest.Tar(packtest.File{Name: "vmlinux", Data: make([]byte, 8<<20)})), Limits{Ratio: 100, Free: 1 << 20, Member: 1 << 30, Members: 20, Depth: 1}, "x", "refused, as no package of a kernel does so"},
		{"large member", packtest.Tar(packtest.File{Name: "vmlinux", Data: make([]byte, 2<<20)}), Limits{Ratio: 100, Free: 1 << 20, Member: 1 << 20, Members: 20, Depth: 1}, "x", "vmlinux has more than 1048576 bytes"},
		{"large compressed member", packtest.Tar(packtest.File{Name: "vmlinux.gz", Data: packtest.Compress("gz", make([]byte, 2<<20))}), Limits{Ratio: 1 << 20, Free: 1 << 20, Member: 1 << 20, Members: 20, Depth: 1}, "x", "vmlinux.gz has more than 1048576 bytes"},
		{"packages and files", packtest.Tar(vmlinux, packtest.File{Name: "x.deb", Data: deb}), Limits{}, "", "give them on their own"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			said := ""
			packages(write(t, "x", tc.data), Spool{}, tc.limits, func(p *Package, err error) {
				if err == nil {
					_, err = read(p, Spool{})
				}
				if err != nil {
					said += err.Error()
					if tc.pkg != "" && p.Name != tc.pkg {
						t.Errorf("it is of %q, want %q", p.Name, tc.pkg)
					}
				}
			})
			if !strings.Contains(said, tc.want) {
				t.Errorf("%q, want %q", said, tc.want)
			}
		})
	}
}

// TestCut: a package that ends too early gives an error wherever it ends, or has all that it
// had.
func TestCut(t *testing.T) {
	for _, format := range []string{"deb", "rpm", "rpm6"} {
		for _, compression := range packtest.Compressions {
			data := packtest.RPM(meta, compression, contents...)
			switch format {
			case "deb":
				data = packtest.Deb(meta, compression, slices.Clone(contents)...)
			case "rpm6":
				data = packtest.RPM6(meta, compression, contents...)
			}
			step := max(1, len(data)/150)
			for n := 0; n < len(data); n += step {
				failed := false
				members := 0
				packages(write(t, "x", data[:n]), Spool{}, Limits{}, func(p *Package, err error) {
					if err == nil {
						var got map[string]string
						got, err = read(p, Spool{Memory: 1 << 20})
						for k, v := range got {
							if wanted[k] != v {
								t.Fatalf("%s.%s, %d of %d bytes: %s is another one", format, compression, n, len(data), k)
							}
						}
						members = len(got)
					}
					failed = failed || err != nil
				})
				if !failed && (members != len(wanted) || len(data)-n > 512) {
					t.Errorf("%s.%s: %d of %d bytes are no error, and have %d files", format, compression, n, len(data), members)
				}
			}
		}
	}
}

// TestHostileNames: what a package calls its files names no file here.
func TestHostileNames(t *testing.T) {
	dir := t.TempDir()
	victim := filepath.Join(dir, "vmlinux-6.1.0")
	if err := os.WriteFile(victim, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	data := packtest.Tar(packtest.File{Name: "../../../../../../../../" + victim, Data: []byte("theirs")}, packtest.File{Name: "a/../../lib/modules/..", Data: []byte("x")},
		packtest.File{Name: "/" + strings.Repeat("x", 90) + "/m\nn.ko", Data: []byte("a module")}, packtest.File{Name: "vmlinux", Link: victim})
	packages(write(t, "x.tar", data), Spool{Dir: dir}, Limits{}, func(p *Package, err error) {
		got, readErr := read(p, Spool{Dir: dir})
		want := map[string]string{"vmlinux " + victim[1:] + " 6.1.0": "theirs", "module m\nn " + strings.Repeat("x", 90) + "/m\nn.ko ": "a module"}
		if err != nil || readErr != nil || !maps.Equal(got, want) {
			t.Errorf("%q, want %q (%v, %v)", got, want, err, readErr)
		}
	})
	if now, err := os.ReadFile(victim); err != nil || string(now) != "mine" {
		t.Errorf("%q, %v", now, err)
	}
}

// TestList: the work list does not depend on how it is given.
func TestList(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b/two.rpm", "b/notes", "one.deb", "c/boot/vmlinux-6.1", "c/x.tar.xz"} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	if err := os.WriteFile("list", []byte("# packages\n\none.deb\n  b\n./c/\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := []Input{{Path: "b/two.rpm", Size: 1}, {Path: "c", Dir: true}, {Path: "c/x.tar.xz", Size: 1}, {Path: "one.deb", Size: 1}}
	for _, operands := range [][]string{{"@list"}, {"c", "b", "./one.deb"}, {"b", "b/two.rpm", "c", "one.deb", "@list"}} {
		if got, err := List(operands); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", operands, got, err)
		}
	}
	for _, operands := range [][]string{{"none"}, {"@none"}, {"b/notes/x"}} {
		if _, err := List(operands); err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(operands[0], "@")) {
			t.Errorf("%q: %v", operands, err)
		}
	}
}

func TestKindOf(t *testing.T) {
	for name, want := range map[string]Kind{
		"vmlinux": Vmlinux, "boot/vmlinux-6.1.0-3-amd64": Vmlinux, "boot/vmlinux-5.3.18-57-default.debug": Vmlinux, "x/vmlinux.xz": Vmlinux,
		"boot/vmlinux-5.14.21.gz": Vmlinux, "vmlinux.debug": Vmlinux,
		"vmlinux-gdb.py": 0, "vmlinux.h": 0, "vmlinux.o": 0, "vmlinux.lds": 0, "boot/vmlinuz-6.1.0": 0, "vmlinux-": 0,
		"a.ko": Module, "a.ko.xz": Module, "a.ko.zst": Module, "a.ko.debug": Module, "a.ko-6.1.0-1.x86_64.debug": Module, "a.ko.gz": Module,
		"a.koala": 0, "ko": 0, "a.ko.sig": 0,
	} {
		if got := kindOf(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

// FuzzPackages: nothing that is in a file makes the reader panic, or read more than it may.
func FuzzPackages(f *testing.F) {
	for _, c := range packtest.Compressions {
		f.Add(packtest.Deb(meta, c, slices.Clone(contents)...))
		f.Add(packtest.RPM(meta, c, contents...))
		f.Add(packtest.RPM6(meta, c, contents...))
		f.Add(packtest.Compress(c, packtest.Tar(packtest.File{Name: "x.deb", Data: packtest.Deb(meta, c)})))
	}
	limits := Limits{Ratio: 50, Free: 1 << 20, Member: 1 << 20, Members: 100, Depth: 2}
	f.Fuzz(func(t *testing.T, data []byte) {
		packages(write(t, "x", data), Spool{Memory: 1 << 20}, limits, func(p *Package, err error) {
			if err != nil {
				return
			}
			got, _ := read(p, Spool{Memory: 1 << 20})
			total := int64(0)
			for _, text := range got {
				total += int64(len(text))
			}
			if most := limits.Ratio*int64(len(data))*limits.Ratio + 100*limits.Free; total > most {
				t.Errorf("%d bytes of %d", total, len(data))
			}
		})
	})
}

// TestLinks: a pool of symbolic links has the packages that these lead to; one that leads nowhere is not passed over.
func TestLinks(t *testing.T) {
	in := write(t, "x.deb", packtest.Deb(meta, "", contents...))
	pool := t.TempDir()
	if err := os.Symlink(in.Path, filepath.Join(pool, "y.deb")); err != nil {
		t.Fatal(err)
	}
	got, err := List([]string{pool})
	if want := (Input{Path: filepath.Join(pool, "y.deb"), Size: in.Size}); err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("%+v, %v", got, err)
	}
	if err := os.Symlink("nowhere", filepath.Join(pool, "z.deb")); err != nil {
		t.Fatal(err)
	}
	if _, err := List([]string{pool}); err == nil || !strings.Contains(err.Error(), "z.deb") {
		t.Errorf("%v", err)
	}
}
