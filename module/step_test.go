package module_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/outfile"
	"github.com/gopahole/gopahole/verify"
)

const object = "../testdata/dwarf/module-gcc-dwarf5.o"

// copyOf opens a copy of a file of the test data.
func copyOf(t *testing.T, name string) *elffile.File {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m.ko")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := elffile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func ints(t *testing.T, names ...string) *btf.Types {
	t.Helper()
	b := btf.NewBuilder(nil, nil)
	for _, name := range names {
		b.AddInt(name, 4, btf.EncodingSigned)
	}
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// TestRunStops: the step after an error, and after the end of the context, is not done.
func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	boom := errors.New("boom")
	var done []string
	step := func(name string, err error, then func()) module.Step {
		return module.Step{Name: name, Do: func(context.Context, *module.Module) error {
			done = append(done, name)
			then()
			return err
		}}
	}
	nothing := func() {}
	if err := module.Run(ctx, new(module.Module), step("a", nil, nothing), step("b", boom, nothing), step("c", nil, nothing)); err != boom {
		t.Error(err)
	}
	if err := module.Run(ctx, new(module.Module), step("d", nil, cancel), step("e", nil, nothing)); err != context.Canceled {
		t.Error(err)
	}
	if want := []string{"a", "b", "d"}; !slices.Equal(done, want) {
		t.Errorf("%v, want %v", done, want)
	}
}

// TestRefusedStays: what a kernel refuses does not get as far as the file.
func TestRefusedStays(t *testing.T) {
	f := copyOf(t, object)
	before, err := os.ReadFile(f.Name)
	if err != nil {
		t.Fatal(err)
	}
	kernels := &module.Kernels{Named: []kernel.Version{{Major: 6, Minor: 12}}}
	err = module.Run(context.Background(), module.New(f),
		module.Encode(dwarf2btf.Options{Features: features.Default() | features.Layout}),
		module.Verify(kernels), module.Embed(f.Name, elffile.Options{}))
	refused := new(module.RefusedError)
	if !errors.As(err, &refused) || refused.Kernel != kernels.Named[0] {
		t.Error(err)
	}
	if after, err := os.ReadFile(f.Name); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file has changed: %v", err)
	}
}

// TestEmbed: a module gets the sections that it has contents for, and loses a .BTF.base
// that is not its own any more.
func TestEmbed(t *testing.T) {
	f := copyOf(t, object)
	m := module.New(f)
	m.BTF, m.Base = ints(t, "int"), ints(t, "base")
	for _, base := range []*btf.Types{m.Base, nil} {
		m.Base = base
		if err := module.Run(context.Background(), m, module.Embed(f.Name, elffile.Options{NoSync: true})); err != nil {
			t.Fatal(err)
		}
		after, err := elffile.Open(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if (after.Section(".BTF.base") != nil) != (base != nil) || after.Section(".BTF") == nil {
			t.Errorf("with a base %v: sections %v", base != nil, after.Sections)
		}
		after.Close()
		m.Files[0] = after // as it is now
	}
}

// TestDetach: raw BTF and its base are two files.
func TestDetach(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.btf")
	m := &module.Module{BTF: ints(t, "int"), Base: ints(t, "base")}
	files := func(m *module.Module) []module.Output { return m.Detached(path) }
	if err := module.Run(context.Background(), m, module.Detach(files, outfile.Options{NoSync: true})); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]*btf.Types{path: m.BTF, path + ".base": m.Base} {
		if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKernels: who is asked is decided by the name, the base, the file, in this order.
func TestKernels(t *testing.T) {
	v := func(minor int) kernel.Version { return kernel.Version{Major: 6, Minor: minor} }
	f := copyOf(t, object)
	info := elffile.Content{Name: ".modinfo", Data: []byte("vermagic=6.3.0 SMP\x00")}
	if err := elffile.SetSections(f.Name, []elffile.Content{info}, elffile.Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	named, err := elffile.Open(f.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer named.Close()
	for _, tc := range []struct {
		kernels module.Kernels
		file    *elffile.File
		want    kernel.Version
	}{
		{module.Kernels{Named: []kernel.Version{v(1)}, OfBase: v(2), Otherwise: v(4)}, named, v(1)},
		{module.Kernels{OfBase: v(2), Otherwise: v(4)}, named, v(2)},
		{module.Kernels{Otherwise: v(4)}, named, v(3)},
		{module.Kernels{Otherwise: v(4)}, f, v(4)},
		{module.Kernels{}, f, kernel.Version{}},
	} {
		if got := tc.kernels.Of(module.New(tc.file)); len(got) != 1 || got[0] != tc.want {
			t.Errorf("%+v: %v, want %v", tc.kernels, got, tc.want)
		}
	}
}

// TestNothing: why there is nothing to encode.
func TestNothing(t *testing.T) {
	base, err := dwarf2btf.NewBase(ints(t, "int"), dwarf2btf.BaseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	build := func(o dwarf2btf.Options) []module.Step {
		o.Base = base
		steps, err := module.Build("6.12", o, module.BuildOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return steps
	}
	encode := func(o dwarf2btf.Options) []module.Step { return []module.Step{module.Encode(o)} }
	noRust := dwarf2btf.Options{Languages: dwarf2btf.Languages{Exclude: []dwarf2btf.Language{dwarf2btf.LangRust}}}
	for _, tc := range []struct {
		name  string
		file  string
		steps []module.Step
		want  module.NothingError
	}{
		{"-g1", "units-g1-clang.o", encode(dwarf2btf.Options{}), module.NothingError{}},
		{"-g1 and options", "units-g1-clang.o", encode(noRust), module.NothingError{Selected: true}},
		{"Rust left out", "rust-rustc-dwarf5.o", encode(noRust), module.NothingError{Selected: true, LeftOut: true}},
		{"Rust in the build of a kernel", "rust-rustc-dwarf5.o", build(dwarf2btf.Options{}), module.NothingError{Selected: true, LeftOut: true, Rust: true}},
		{"the build and an option", "rust-rustc-dwarf5.o", build(dwarf2btf.Options{CUExclude: []string{"x"}}), module.NothingError{Selected: true, LeftOut: true}},
	} {
		err := module.Run(context.Background(), module.New(copyOf(t, "../testdata/dwarf/"+tc.file)), tc.steps...)
		if got := new(module.NothingError); !errors.As(err, &got) || *got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, err, &tc.want)
		}
	}
}

// TestBase: a base that its kernel refuses is one error, before any module.
func TestBase(t *testing.T) {
	bad, err := btf.ParseText("[1] STRUCT 'no name' size=4 vlen=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	k := &module.Kernels{Loader: verify.LoaderOf(bad), OfBase: kernel.Version{Major: 6, Minor: 12}}
	refused := new(module.BaseError)
	if err := k.CheckBase(); !errors.As(err, &refused) {
		t.Error(err)
	}
	if err := (&module.Kernels{Loader: k.Loader}).CheckBase(); err != nil {
		t.Errorf("nobody knows which kernel it is: %v", err)
	}
}
