package debugfile_test

import (
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/debugfile"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

var idA, idB = []byte("\xab\xcd\xef build A"), []byte("\xab\xcd\xef build B")

// note is the section with a build ID.
func note(id []byte) dwarftest.Section {
	data := binary.LittleEndian.AppendUint32(nil, 4)
	data = binary.LittleEndian.AppendUint32(data, uint32(len(id)))
	data = append(binary.LittleEndian.AppendUint32(data, 3), "GNU\x00"...)
	return dwarftest.Section{Name: ".note.gnu.build-id", Type: elf.SHT_NOTE, Align: 4, Data: pad(append(data, id...))}
}

// linkTo is the section that names a debug file.
func linkTo(name string, contents []byte) dwarftest.Section {
	return dwarftest.Section{Name: ".gnu_debuglink", Align: 4,
		Data: binary.LittleEndian.AppendUint32(pad(append([]byte(name), 0)), crc32.ChecksumIEEE(contents))}
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func text(size uint64) dwarftest.Section {
	return dwarftest.Section{Name: ".text", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC, Addr: 0x1000, Size: size}
}

func build(t *testing.T, f dwarftest.File) []byte {
	t.Helper()
	return f.Build(t)
}

func file(t *testing.T, sections ...dwarftest.Section) []byte {
	return build(t, dwarftest.File{Sections: sections})
}

func TestDebug(t *testing.T) {
	plain := file(t, text(8))
	withID := file(t, text(8), note(idA))
	otherID := file(t, text(8), note(idB))
	useless := file(t, text(8), note(idA), dwarftest.Section{Name: "useless"})
	linked := func(name string, to []byte, more ...dwarftest.Section) []byte {
		return file(t, append(more, text(8), linkTo(name, to))...)
	}
	odd := func(data string) []byte {
		return file(t, dwarftest.Section{Name: ".gnu_debuglink", Data: []byte(data)})
	}
	const idPath = "abcdef206275696c642041.debug"
	for _, tt := range []struct {
		name, rule string
		main       []byte
		as         string            // path of the main file, below the directory of the test; dir/m.ko if empty
		files      map[string][]byte // by path; nil is a directory, "fifo" a named pipe, "-> x" a link to x
		roots      []string
		want       string // path of the file that is found
		err        string // a part of the error; "none" for ErrNone
	}{
		{name: "beside", rule: "The directory of the file is first.", main: linked("d", plain),
			files: map[string][]byte{"dir/d": plain, "dir/.debug/d": plain}, want: "dir/d"},
		{name: "dot-debug", rule: "Then its subdirectory .debug.", main: linked("d", plain),
			files: map[string][]byte{"dir/.debug/d": plain}, want: "dir/.debug/d"},
		{name: "root", rule: "A root has the directories of files below it.", main: linked("d", plain),
			files: map[string][]byte{"root/PWD/dir/d": plain}, roots: []string{"root"}, want: "root/PWD/dir/d"},
		{name: "root-less", rule: "Directories in front may be missing there.", main: linked("d", plain),
			files: map[string][]byte{"root/dir/d": plain, "root/d": plain}, roots: []string{"root"},
			want: "root/dir/d"},
		{name: "root-only", rule: "And all of them.", main: linked("d", plain),
			files: map[string][]byte{"root/d": plain}, roots: []string{"root"}, want: "root/d"},
		{name: "root-order", rule: "Roots are searched in their order.", main: linked("d", plain),
			files: map[string][]byte{"b/d": plain, "a/d": plain}, roots: []string{"b", "a"}, want: "b/d"},
		{name: "build-id", rule: "A build ID comes before names.", main: linked("d", withID, note(idA)),
			files: map[string][]byte{"dir/d": withID, "root/.build-id/ab/cdef" + "206275696c642041.debug": withID},
			roots: []string{"root"}, want: "root/.build-id/ab/cdef206275696c642041.debug"},
		{name: "build-id-alone", rule: "It needs no link.", main: withID,
			files: map[string][]byte{"root/.build-id/ab/" + idPath[2:]: withID}, roots: []string{"root"},
			want: "root/.build-id/ab/cdef206275696c642041.debug"},
		{name: "no-link", rule: "Without a link the name is that of the file with .debug.", main: withID,
			files: map[string][]byte{"dir/m.ko.debug": withID}, want: "dir/m.ko.debug"},
		{name: "no-link-same-name", rule: "Or, in other directories, that of the file.", main: withID,
			files: map[string][]byte{"dir/.debug/m.ko": withID}, want: "dir/.debug/m.ko"},
		{name: "symlink", rule: "The directory of what the name is a link to counts as well.", main: linked("d", plain),
			as: "real/m.ko", files: map[string][]byte{"dir/m.ko": []byte("-> ../real/m.ko"), "real/.debug/d": plain},
			want: "real/.debug/d"},

		{name: "wrong-crc", rule: "Without build IDs the checksum counts.", main: linked("d", plain),
			files: map[string][]byte{"dir/d": append([]byte(nil), append(plain, 0)...), "dir/.debug/d": plain},
			want:  "dir/.debug/d"},
		{name: "wrong-crc-only", rule: "What was refused is said.", main: linked("d", plain),
			files: map[string][]byte{"dir/d": append([]byte(nil), append(plain, 0)...)},
			err:   `/dir/d": its checksum is 0x`},
		{name: "wrong-id", rule: "A file of another build is passed over.", main: linked("d", otherID, note(idA)),
			files: map[string][]byte{"dir/d": otherID},
			err:   `/dir/d": its build ID is abcdef206275696c642042, abcdef206275696c642041 is wanted`},
		{name: "id-not-crc", rule: "With the same build ID the checksum does not count.",
			main: linked("d", plain, note(idA)), files: map[string][]byte{"dir/d": withID}, want: "dir/d"},
		{name: "id-missing", rule: "A file without build ID is not known to be the right one.",
			main: linked("d", plain, note(idA)), files: map[string][]byte{"dir/d": plain}, err: "it has no build ID"},
		{name: "unknown", rule: "With neither, sections have to agree.", main: plain,
			files: map[string][]byte{"dir/m.ko.debug": plain}, want: "dir/m.ko.debug"},
		{name: "unknown-other", rule: "With neither, sections have to agree.", main: plain,
			files: map[string][]byte{"dir/m.ko.debug": file(t, text(9))},
			err:   "its section .text has 9 bytes at 0x1000, 8 bytes at 0x1000 are wanted"},
		{name: "unknown-none", rule: "No sections say nothing.", main: file(t),
			files: map[string][]byte{"dir/m.ko.debug": file(t)}, err: "it has no loaded section"},
		{name: "machine", rule: "A file of another machine is passed over.", main: linked("d", plain),
			files: map[string][]byte{"dir/d": build(t, dwarftest.File{Machine: elf.EM_AARCH64})},
			err:   "another machine"},
		{name: "order", rule: "And one of another byte order.", main: linked("d", plain),
			files: map[string][]byte{"dir/d": build(t, dwarftest.File{Order: binary.BigEndian})},
			err:   "another machine"},
		{name: "useless", rule: "What the caller cannot use is passed over.", main: withID,
			files: map[string][]byte{"dir/m.ko.debug": useless, "dir/.debug/m.ko": withID}, want: "dir/.debug/m.ko"},

		{name: "missing", rule: "A link to nothing is an error with all places.", main: linked("d", plain),
			err: `the separate debug file "d" that .gnu_debuglink names was not found: there is no "`},
		{name: "nothing", rule: "A build ID alone does not say that there is another file.", main: withID, err: "none"},
		{name: "self", rule: "A file is not its own debug file.", main: linked("m.ko", plain), err: "is the file itself"},
		{name: "self-link", rule: "Nor by another name.", main: linked("d", plain),
			files: map[string][]byte{"dir/d": []byte("-> m.ko")}, err: "is the file itself"},
		{name: "fifo", rule: "A named pipe is not waited for.", main: linked("d", plain),
			files: map[string][]byte{"dir/d": []byte("fifo")}, err: "is a named pipe"},
		{name: "directory", rule: "A directory is no file.", main: linked("d", plain), files: map[string][]byte{"dir/d": nil}, err: "is a directory"},
		{name: "text", rule: "A file that is no ELF file is passed over.", main: linked("d", plain),
			files: map[string][]byte{"dir/d": []byte("hello hello hello hello")}, err: `/dir/d": not an ELF file`},
		{name: "loop", rule: "Links without end are an error.", main: linked("d", plain),
			files: map[string][]byte{"dir/d": []byte("-> d")}, err: "too many levels of symbolic links"},

		{name: "up", rule: "A link is a file name.", main: linked("../d", plain), files: map[string][]byte{"d": plain},
			err: `.gnu_debuglink+0x0: "../d" is no file name`},
		{name: "absolute", rule: "A link is a file name.", main: linked("/etc/passwd", plain), err: `"/etc/passwd" is no file name`},
		{name: "dots", rule: "A link is a file name.", main: linked("..", plain), err: `".." is no file name`},
		{name: "empty", rule: "A link is a file name.", main: linked("", plain), err: `"" is no file name`},
		{name: "endless", rule: "The name of a link ends.", main: odd("abcdefgh"), err: ".gnu_debuglink+0x0: the file name has no end"},
		{name: "short", rule: "A link has a checksum.", main: odd("abc\x00xyz"), err: ".gnu_debuglink+0x4: the checksum is missing"},
		{name: "long", rule: "A link has a checksum.", main: odd(strings.Repeat("a", 1<<17)), err: "section of 131072 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			at := func(name string) string {
				return filepath.Join(dir, strings.ReplaceAll(name, "PWD", dir))
			}
			if tt.as == "" {
				tt.as = "dir/m.ko"
			}
			write(t, at(tt.as), tt.main)
			for name, contents := range tt.files {
				write(t, at(name), contents)
			}
			f, err := elffile.Open(at("dir/m.ko"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			s := debugfile.Search{Usable: func(f *elffile.File) error {
				if f.Section("useless") != nil {
					return errors.New("has no use")
				}
				return nil
			}}
			for _, root := range tt.roots {
				s.Roots = append(s.Roots, at(root))
			}
			d, err := s.Debug(context.Background(), f)
			checkFound(t, tt.rule, d, err, at(tt.want), tt.err)
		})
	}
}

// checkFound compares what a search returned with the path or the error that is wanted.
func checkFound(t *testing.T, rule string, d *elffile.File, err error, path, wantErr string) {
	t.Helper()
	if d != nil {
		defer d.Close()
	}
	switch {
	case wantErr == "none":
		if !errors.Is(err, debugfile.ErrNone) {
			t.Errorf("%s error %v, want ErrNone", rule, err)
		}
	case wantErr != "":
		if err == nil || !strings.Contains(err.Error(), wantErr) {
			t.Errorf("%s error %v, want %q in it", rule, err, wantErr)
		}
	case err != nil:
		t.Errorf("%s %v", rule, err)
	case d.Name != path:
		t.Errorf("%s found %s, want %s", rule, d.Name, path)
	}
}

func TestCanceled(t *testing.T) {
	dir := t.TempDir()
	large := append(file(t), make([]byte, 8<<20)...)
	write(t, filepath.Join(dir, "d"), large)
	write(t, filepath.Join(dir, "m.ko"), file(t, linkTo("d", large)))
	f, err := elffile.Open(filepath.Join(dir, "m.ko"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := new(debugfile.Search).Debug(ctx, f); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

func write(t *testing.T, name string, contents []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	var err error
	switch target, isLink := strings.CutPrefix(string(contents), "-> "); {
	case contents == nil:
		err = os.Mkdir(name, 0o777)
	case isLink:
		err = os.Symlink(target, name)
	case string(contents) == "fifo":
		err = mkfifo(name)
	default:
		err = os.WriteFile(name, contents, 0o666)
	}
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skipf("%s: %v here", name, err)
	}
	if err != nil {
		t.Fatal(err)
	}
}
