package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/ulikunitz/xz"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/kimage/kimagetest"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/unpack"
)

// TestMain lets the test binary stand in for the command, so that scripts run it
// as a child process. Runs in the process of the tests listen to signals at once, so that none is left ignored.
func TestMain(m *testing.M) {
	usual := patience
	patience = 0
	patiently := func(main func()) func() {
		return func() {
			patience = usual
			main()
		}
	}
	testscript.Main(m, map[string]func(){"gopahole": patiently(mainWithSchema), paholeName: patiently(main), resolveName: patiently(main), "toolfuzz-worker": serveFuzz})
}

// TestScript runs testdata/script. Each script finds files beside its own:
// point.elf, the object of the example, bare.elf, the same without DWARF, and
// units.elf, which has several units, rust.elf, which is not in C; copies to compare with are in the directory
// bak, and in the directory apart are objects whose DWARF is in other files, beside
// them. $OBJECTS is the directory of all objects. On top of testscript's commands
// there are
//
//	exits CODE PROGRAM [ARG...]	run the program, which has to end with this code
//	truncate FILE SIZE		shorten a file to so many bytes
//	fill FILE OFFSET SIZE		overwrite a part of a file with 0xff
//	words FILE			print the words of .BTF_ids of an ELF file, or of a little-endian file
//
// Scripts about .BTF_ids find the files of setupIDs, that about gen those of setupGen, that about
// archives the one of setupArchive.
//
//	pack FORMAT FILE		compress a file as FILE.FORMAT: gz, xz or zst
//	unpack FILE			write the contents of a compressed file to the file unpacked
//	image KIND OUT FILE		make an image for boot loaders of a vmlinux or, of kind Image, of raw BTF
//	section FILE NAME DATA		put a section into an ELF file
//	btf OUT FILE [BASE]		make raw BTF of types as bpftool prints them, on raw BTF
//	newer OUT [SPLIT]		make raw BTF with a type of a kind that nobody knows: see newerKind
//	agree VERDICT KERNEL MODE MODULE BASE...	all verbs that ask a kernel say the same of a module: see agree
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setupScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"truncate": truncate,
			"fill":     fill,
			"words":    words,
			"pack":     pack,
			"unpack":   unpackFile,
			"image":    makeImage,
			"btf":      makeBTF,
			"section":  setSection,
			"newer":    newerKind,
			"agree":    agree,
		},
	})
}

func setupScript(env *testscript.Env) error {
	env.Setenv("GORACE", os.Getenv("GORACE")) // such as a shorter wait at the end of each program
	bare := filepath.Join(env.WorkDir, "bare.elf")
	if err := os.WriteFile(bare, exampleObject, 0o644); err != nil {
		return err
	}
	if err := removeDWARF(bare); err != nil {
		return err
	}
	bareObject, err := os.ReadFile(bare)
	if err != nil {
		return err
	}
	units, err := os.ReadFile("../../testdata/dwarf/units-gcc-dwarf5.elf")
	if err != nil {
		return err
	}
	rust, err := os.ReadFile("../../testdata/dwarf/rust-rustc-dwarf5.elf")
	if err != nil {
		return err
	}
	objects, err := filepath.Abs("../../testdata/dwarf")
	if err != nil {
		return err
	}
	env.Setenv("OBJECTS", objects)
	env.Setenv("ROOT", filepath.Dir(filepath.Dir(objects))) // for mainWithSchema
	programs, err := filepath.Abs("../../inspect/mincore/testdata")
	if err != nil {
		return err
	}
	env.Setenv("PROGRAMS", programs)
	env.Setenv("NEWEST", kernel.Newest().Last.String()) // release with rules
	_, rows := kernel.For(kernel.Version{Major: 99})
	env.Setenv("NEWER", kernel.RowNames(rows)) // rows that are asked about a newer one
	all := kernel.All()
	env.Setenv("LAST", all[len(all)-1].Last.String())
	bigEndian, err := os.ReadFile("../../testdata/dwarf/module-s390x-gcc-dwarf5.o")
	if err != nil {
		return err
	}
	bak := filepath.Join(env.WorkDir, "bak")
	return errors.Join(
		os.MkdirAll(bak, 0o777),
		os.WriteFile(filepath.Join(bak, "bare.elf"), bareObject, 0o644),
		os.WriteFile(filepath.Join(bak, "point.elf"), exampleObject, 0o644),
		os.WriteFile(filepath.Join(env.WorkDir, "point.elf"), exampleObject, 0o644),
		os.WriteFile(filepath.Join(env.WorkDir, "units.elf"), units, 0o644),
		os.WriteFile(filepath.Join(env.WorkDir, "rust.elf"), rust, 0o644),
		os.WriteFile(filepath.Join(env.WorkDir, "big-endian.o"), bigEndian, 0o644),
		copyObjects(filepath.Join(env.WorkDir, "apart"), "debuglink-*", "altlink-*", "sup-*"),
		setupIDs(env.WorkDir),
		setupArchive(env.WorkDir),
		setupGen(env.WorkDir))
}

// copyObjects copies the objects of testdata whose names match one of the patterns.
func copyObjects(dir string, patterns ...string) error {
	err := os.MkdirAll(dir, 0o777)
	for _, pattern := range patterns {
		names, globErr := filepath.Glob(filepath.Join("../../testdata/dwarf", pattern))
		err = errors.Join(err, globErr)
		for _, name := range names {
			data, readErr := os.ReadFile(name)
			err = errors.Join(err, readErr, os.WriteFile(filepath.Join(dir, filepath.Base(name)), data, 0o644))
		}
	}
	return err
}

// removeDWARF removes the debug sections of an ELF file.
func removeDWARF(name string) error {
	f, err := elffile.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	var remove []elffile.Content
	for _, s := range f.Sections {
		if strings.HasPrefix(s.Name, ".debug_") {
			remove = append(remove, elffile.Content{Name: s.Name})
		}
	}
	return elffile.SetSections(name, remove, elffile.Options{NoSync: true})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG...]")
	}
	want := number(ts, args[0])
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit := new(exec.ExitError)
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d\n[stdout]\n%s[stderr]\n%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

func truncate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: truncate FILE SIZE")
	}
	ts.Check(os.Truncate(ts.MkAbs(args[0]), int64(number(ts, args[1]))))
}

func fill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: fill FILE OFFSET SIZE")
	}
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_WRONLY, 0)
	ts.Check(err)
	defer f.Close()
	data := make([]byte, number(ts, args[2]))
	for i := range data {
		data[i] = 0xff
	}
	_, err = f.WriteAt(data, int64(number(ts, args[1])))
	ts.Check(err)
}

func pack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pack FORMAT FILE")
	}
	data, err := compress(args[0], []byte(ts.ReadFile(args[1])))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]+"."+args[0]), data, 0o644))
}

// compress returns data compressed: gz, xz or zst.
func compress(format string, data []byte) ([]byte, error) {
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch format {
	case "gz":
		w = gzip.NewWriter(&b)
	case "xz":
		w, err = xz.NewWriter(&b)
	case "zst":
		w, err = zstd.NewWriter(&b)
	default:
		err = fmt.Errorf("unknown format %s", format)
	}
	if err != nil {
		return nil, err
	}
	_, err = w.Write(data)
	err = errors.Join(err, w.Close())
	return b.Bytes(), err
}

// packFile compresses a file as name.format.
func packFile(t *testing.T, format, name string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err == nil {
		data, err = compress(format, data)
	}
	if err == nil {
		err = os.WriteFile(name+"."+format, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func setSection(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: section FILE NAME DATA")
	}
	content := elffile.Content{Name: args[1], Data: []byte(ts.ReadFile(args[2]))}
	ts.Check(elffile.SetSections(ts.MkAbs(args[0]), []elffile.Content{content}, elffile.Options{NoSync: true}))
}

func makeBTF(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: btf OUT FILE [BASE...]")
	}
	var base *btf.Types
	var err error
	for _, name := range args[2:] { // each split from the one before
		base, err = btf.Parse([]byte(ts.ReadFile(name)), base)
		ts.Check(err)
	}
	types, err := btf.ParseText(ts.ReadFile(args[1]), base)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), types.Bytes(), 0o644))
}

func number(ts *testscript.TestScript, s string) int {
	n, err := strconv.Atoi(s)
	ts.Check(err)
	return n
}

func unpackFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: unpack FILE")
	}
	f, err := unpack.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	if f.Format == unpack.None {
		ts.Fatalf("%s is not compressed", args[0])
	}
	data, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("unpacked"), data, 0o644))
}

func makeImage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: image KIND OUT FILE")
	}
	kernel := []byte(ts.ReadFile(args[2]))
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	_, err := w.Write(kernel)
	ts.Check(errors.Join(err, w.Close()))
	var image []byte
	switch args[0] {
	case "bzImage":
		image = kimagetest.BzImage(gz.Bytes(), nil)
	case "uki":
		image = kimagetest.UKI(kimagetest.BzImage(gz.Bytes(), nil))
	case "Image":
		image = kimagetest.Image(kernel)
	default:
		ts.Fatalf("unknown kind %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), image, 0o644))
}
