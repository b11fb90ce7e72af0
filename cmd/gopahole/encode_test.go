package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/libbpf"
)

// A fakeRun is the command with a converter that encodes nothing.
type fakeRun struct {
	env    map[string]string
	result *btf.Types
	err    error
	during func(context.Context, dwarf2btf.Options) // runs while converting, may be nil

	opts           dwarf2btf.Options // what the converter got
	files          []string
	calls          int
	stdout, stderr bytes.Buffer
}

func (f *fakeRun) run(args ...string) int {
	c := command{
		env:    func(name string) (string, bool) { v, ok := f.env[name]; return v, ok },
		stdout: &f.stdout,
		stderr: &f.stderr,
		toBTF: func(ctx context.Context, files []*elffile.File, opts dwarf2btf.Options) (*dwarf2btf.Result, error) {
			f.calls++
			f.opts = opts
			for _, file := range files {
				f.files = append(f.files, file.Name)
			}
			if f.during != nil {
				f.during(ctx, opts)
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return &dwarf2btf.Result{BTF: f.result}, f.err
		},
	}
	return c.run(args)
}

// object puts an ELF file into a new directory and returns its name.
func object(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "point.elf")
	if err := os.WriteFile(name, exampleObject, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// oneInt returns BTF with a single type.
func oneInt(t *testing.T) *btf.Types {
	t.Helper()
	types, err := btf.New(binary.LittleEndian, nil, []uint32{1, btf.Info(btf.KindInt, 0, false), 4, 32}, []byte("\x00int\x00"))
	if err != nil {
		t.Fatal(err)
	}
	return types
}

func TestConversionOptions(t *testing.T) {
	file := object(t)
	if err := os.Truncate(file, smallInput+1); err != nil {
		t.Fatal(err)
	}
	f := fakeRun{result: oneInt(t)}
	code := f.run("-Jj3", "--btf_features=default,attributes", "--btf_compat=libbpf-1.7", "--lang=c11", "--lang_exclude=rust,asm",
		"-Xnet/", "--kabi_prefix=__kabi_", "--fixup_silly_bitfields", "-Fdwarf", "--hashbits=20", file)
	if code != exitOK || f.stderr.Len() != 0 || f.stdout.Len() != 0 {
		t.Fatalf("exit code %d, %s%s", code, &f.stdout, &f.stderr)
	}
	o := f.opts
	if got, want := o.Features, features.Default()|features.Attributes; got != want {
		t.Errorf("features %v, want %v", got, want)
	}
	if got, want := fmt.Sprintln(o.Compat == libbpf.V17, o.Jobs, o.Languages, o.CUExclude, o.KABIPrefix, o.FixupSillyBitfields, f.files),
		fmt.Sprintf("true 3 {[c11] [rust asm]} [net/] __kabi_ true [%s]\n", file); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if o.Verbose != nil {
		t.Error("verbose without -V")
	}
}

// TestSmallInput: one worker is enough for it, whatever -j says.
func TestSmallInput(t *testing.T) {
	small, large := object(t), object(t)
	if err := errors.Join(os.Truncate(small, smallInput), os.Truncate(large, smallInput)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		files []string
		want  int
	}{{[]string{small}, 1}, {[]string{small, large}, 3}} {
		f := fakeRun{result: oneInt(t)}
		if code := f.run(append([]string{"-J", "-j3"}, c.files...)...); code != exitOK || f.opts.Jobs != c.want {
			t.Errorf("%d files: exit code %d, %d jobs, want %d", len(c.files), code, f.opts.Jobs, c.want)
		}
	}
}

// TestSeveralFiles: one conversion of all; in place the result goes into the first.
func TestSeveralFiles(t *testing.T) {
	first, second := object(t), object(t)
	f := fakeRun{result: oneInt(t)}
	if code := f.run("-J", first, second); code != exitOK {
		t.Fatalf("exit code %d, %s", code, &f.stderr)
	}
	if f.calls != 1 || fmt.Sprint(f.files) != fmt.Sprint([]string{first, second}) {
		t.Errorf("%d calls for %v", f.calls, f.files)
	}
	if got := filetest.Section(t, first, ".BTF"); !bytes.Equal(got, f.result.Bytes()) {
		t.Errorf("first file: .BTF of %d bytes", len(got))
	}
	if got, err := os.ReadFile(second); err != nil || !bytes.Equal(got, exampleObject) {
		t.Errorf("second file changed, %v", err)
	}
}

// TestInPlace: a section .BTF is added, then replaced; .BTF.base goes away.
func TestInPlace(t *testing.T) {
	file := object(t)
	stale := []elffile.Content{{Name: ".BTF", Data: []byte("old")}, {Name: ".BTF.base", Data: []byte("old")}}
	if err := elffile.SetSections(file, stale, elffile.Options{}); err != nil {
		t.Fatal(err)
	}
	f := fakeRun{result: oneInt(t)}
	if code := f.run("-J", file); code != exitOK {
		t.Fatalf("exit code %d, %s", code, &f.stderr)
	}
	if got := filetest.Section(t, file, ".BTF"); !bytes.Equal(got, f.result.Bytes()) {
		t.Errorf(".BTF has %d bytes: %q", len(got), got)
	}
	if got := filetest.Section(t, file, ".BTF.base"); got != nil {
		t.Errorf(".BTF.base is still there: %q", got)
	}
}

func TestDetached(t *testing.T) {
	file := object(t)
	output := filepath.Join(filepath.Dir(file), "out.btf")
	f := fakeRun{result: oneInt(t)}
	if code := f.run("--btf_encode_detached", output, file); code != exitOK {
		t.Fatalf("exit code %d, %s", code, &f.stderr)
	}
	if got, err := os.ReadFile(output); err != nil || !bytes.Equal(got, f.result.Bytes()) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, exampleObject) {
		t.Errorf("input changed, %v", err)
	}
}

// TestOutcomes: what the converter says, and what becomes of it. Whenever there
// is no result, nothing is written.
func TestOutcomes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		err    error
		files  int
		code   int
		stderr string // FILE stands for the first file
	}{
		{"error", errors.New(".debug_info+0x12: unknown form 0x55"), 1, exitFailure,
			"gopahole: FILE: .debug_info+0x12: unknown form 0x55\n"},
		{"error with several lines", errors.New("a\nb"), 1, exitFailure, "gopahole: FILE: a\\nb\n"},
		{"nothing to encode", nil, 1, exitFailure,
			"gopahole: FILE: nothing to encode: no type in any unit, as when it was compiled with -g1\n"},
		{"no DWARF", fmt.Errorf("%w", dwarf2btf.ErrNoDWARF), 1, exitOK,
			"gopahole: warning: FILE: " + dwarf2btf.ErrNoDWARF.Error() + "\n"},
		{"error with several files", errors.New("b.elf: .debug_info+0x12: unknown form 0x55"), 2, exitFailure,
			"gopahole: b.elf: .debug_info+0x12: unknown form 0x55\n"},
		{"no DWARF in one of several", fmt.Errorf("b.elf: %w", dwarf2btf.ErrNoDWARF), 2, exitFailure,
			"gopahole: b.elf: " + dwarf2btf.ErrNoDWARF.Error() + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var files []string
			for range tt.files {
				files = append(files, object(t))
			}
			output := filepath.Join(filepath.Dir(files[0]), "out.btf")
			for _, args := range [][]string{{"-J"}, {"--btf_encode_detached", output}} {
				f := fakeRun{err: tt.err}
				if code := f.run(append(args, files...)...); code != tt.code {
					t.Errorf("%s: exit code %d, want %d", args[0], code, tt.code)
				}
				if got, want := f.stderr.String(), strings.ReplaceAll(tt.stderr, "FILE", files[0]); got != want {
					t.Errorf("%s:\ngot  %swant %s", args[0], got, want)
				}
			}
			if _, err := os.Stat(output); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("output exists: %v", err)
			}
			if got, err := os.ReadFile(files[0]); err != nil || !bytes.Equal(got, exampleObject) {
				t.Errorf("input changed, %v", err)
			}
		})
	}
}

func TestVerbose(t *testing.T) {
	f := fakeRun{result: oneInt(t), during: func(_ context.Context, o dwarf2btf.Options) {
		o.Verbose("File %s:\n", "x")
	}}
	if code := f.run("-JV", "--btf_features=future,var", object(t)); code != exitOK {
		t.Fatalf("exit code %d, %s", code, &f.stderr)
	}
	if got := f.stdout.String(); got != "File x:\n" {
		t.Errorf("standard output: %q", got)
	}
	if got := f.stderr.String(); got != "Ignoring unsupported feature 'future'\n" {
		t.Errorf("standard error: %q", got)
	}
}

// TestLanguageEnvironment: the list of the environment is one more to exclude, and is
// checked like one.
func TestLanguageEnvironment(t *testing.T) {
	for _, tt := range []struct {
		list, option, want string // want: the excluded languages, or an error
		code               int
	}{
		{"rust", "", "[rust]", exitOK},
		{"rust", "--lang=c", "[rust]", exitOK},
		{"rust", "--lang_exclude=go", "[go rust]", exitOK},
		{"", "", "gopahole: unknown language \"\"; see `gopahole help'\n", exitVerbUsage},
		{"", "--lang=c", "[]", exitOK},
		{"rust,foo,c", "", "gopahole: unknown language \"foo,c\"; see `gopahole help'\n", exitVerbUsage},
	} {
		f := fakeRun{result: oneInt(t), env: map[string]string{langExcludeEnv: tt.list}}
		args := append(strings.Fields(tt.option), "-J", object(t))
		code := f.run(args...)
		got := f.stderr.String()
		if code == exitOK {
			got = fmt.Sprint(f.opts.Languages.Exclude)
		}
		if code != tt.code || got != tt.want {
			t.Errorf("%s=%q %s: exit code %d, got %q, want %q", langExcludeEnv, tt.list, tt.option, code, got, tt.want)
		}
	}
}
