package dwarf2btf_test

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/libbpf"
)

// newBase encodes an image to be a base.
func newBase(t testing.TB, image []byte, opts dwarf2btf.BaseOptions) *dwarf2btf.Base {
	t.Helper()
	res, err := convert(image, dwarf2btf.Options{Features: features.Default(), Compat: opts.Compat})
	if err != nil {
		t.Fatal(err)
	}
	b, err := dwarf2btf.NewBase(res.BTF, opts)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// One base serves any number of conversions at the same time and one after the
// other. Each gives what it gives alone.
func TestBaseIsShared(t *testing.T) {
	for _, name := range []string{"mix-gcc-dwarf5.elf", "forwards-clang-dwarf5.elf", "mix-s390x-gcc-dwarf5.elf"} {
		for _, compat := range []libbpf.Version{libbpf.V17, libbpf.V18} {
			t.Run(fmt.Sprint(name, compat), func(t *testing.T) {
				opts := dwarf2btf.BaseOptions{Compat: compat}
				image := filetest.Read(t, "../testdata/dwarf/"+name)
				shared := newBase(t, image, opts)
				list := fixtures(t)  // with those that end with an error
				if testing.Short() { // as with the race detector, which makes this slow
					list = slices.DeleteFunc(list, func(path string) bool { return len(path)%3 != 0 })
				}
				set := features.Default().With(features.GlobalVar)
				run := func(base *dwarf2btf.Base, path string) string {
					return outcome(filetest.Read(t, path), dwarf2btf.Options{Base: base, Compat: compat, Features: set, Jobs: 1})
				}
				want := make(map[string]string)
				for _, path := range list {
					want[path] = run(newBase(t, image, opts), path)
				}
				var wg sync.WaitGroup
				for w := range 4 {
					wg.Go(func() {
						for i := range list {
							path := list[(i*7+w*len(list)/4)%len(list)]
							if got := run(shared, path); got != want[path] {
								t.Errorf("%s: %.300s\nalone: %.300s", filepath.Base(path), got, want[path])
							}
						}
					})
				}
				wg.Wait()
			})
		}
	}
}

// arrays is BTF with so many arrays of int, and one of another array if nested.
func arrays(t testing.TB, base *btf.Types, n int, nested bool) *btf.Types {
	t.Helper()
	b := btf.NewBuilder(nil, base)
	i := b.AddInt("int", 4, btf.EncodingSigned)
	// A typedef that is an array has no meaning here.
	a := b.AddArray(i, i, 3)
	b.AddArray(b.AddTypedef("row", a), i, 2)
	for k := range n - 2 {
		b.AddArray(i, i, uint32(1000+k))
	}
	if nested {
		b.AddArray(a, i, 5)
	}
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// Arrays of several dimensions are flat where those of the base are.
func TestArraysOfBase(t *testing.T) {
	module := file(unit(intType(), array("a", "int", upper(1), upper(2), upper(3)), array("b", "int", upper(4)), array("c", "int"),
		structure("s", 124, member("a", "a", 0), member("b", "b", 96), member("c", "c", 116)))).Build(t)
	const many, few = 200, 199
	flat := arrays(t, nil, many, false)
	for _, tt := range []struct {
		name   string
		base   *btf.Types
		arrays dwarf2btf.Arrays
		flat   bool
	}{
		{"no base", nil, dwarf2btf.ArraysAuto, false},
		{"no base, flat", nil, dwarf2btf.ArraysFlat, true},
		{"flat base", flat, dwarf2btf.ArraysAuto, true},
		{"flat base, nested", flat, dwarf2btf.ArraysNested, false},
		{"nested base", arrays(t, nil, many, true), dwarf2btf.ArraysAuto, false},
		{"nested base, flat", arrays(t, nil, many, true), dwarf2btf.ArraysFlat, true},
		{"too few arrays to tell", arrays(t, nil, few, false), dwarf2btf.ArraysAuto, false},
		{"nested on flat base", arrays(t, flat, few, true), dwarf2btf.ArraysAuto, true},
		{"nested on small base", arrays(t, arrays(t, nil, few, false), few, true), dwarf2btf.ArraysAuto, false},
		{"flat on small base", arrays(t, arrays(t, nil, few, false), many, false), dwarf2btf.ArraysAuto, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var said strings.Builder
			opts := dwarf2btf.Options{Arrays: tt.arrays, Verbose: func(f string, args ...any) { fmt.Fprintf(&said, f, args...) }}
			if tt.base != nil {
				base, err := dwarf2btf.NewBase(tt.base, dwarf2btf.BaseOptions{})
				if err != nil {
					t.Fatal(err)
				}
				opts.Base = base
			}
			res, err := convert(module, opts)
			if err != nil {
				t.Fatal(err)
			}
			text := dump(t, res)
			if got := strings.Contains(text, "nr_elems=24\n"); got != tt.flat {
				t.Errorf("flat: %v, want %v\n%s", got, tt.flat, text)
			}
			if one := strings.Contains(text, "nr_elems=1\n"); one != tt.flat { // of no dimension
				t.Errorf("an array of one element: %v\n%s", one, text)
			}
			auto := tt.flat && tt.arrays == dwarf2btf.ArraysAuto
			if got := strings.Contains(said.String(), "dimensions are encoded as one"); got != auto {
				t.Errorf("it says so: %v, want %v", got, auto)
			}
		})
	}
}

// With distilled_base the result is that of package distill.
func TestDistilledBase(t *testing.T) {
	base := newBase(t, filetest.Read(t, "../testdata/dwarf/mix-gcc-dwarf5.elf"), dwarf2btf.BaseOptions{})
	for _, path := range fixtures(t) {
		image := filetest.Read(t, path)
		opts := dwarf2btf.Options{Base: base, Features: features.Default()}
		split, err := convert(image, opts)
		opts.Features = opts.Features.With(features.DistilledBase)
		res, distilledErr := convert(image, opts)
		if err != nil {
			if distilledErr == nil || distilledErr.Error() != err.Error() {
				t.Errorf("%s: %v, without distilled_base %v", path, distilledErr, err)
			}
			continue
		}
		wantBase, want, err := distill.Distill(split.BTF, distill.Options{})
		if err != nil || distilledErr != nil {
			t.Errorf("%s: %v, %v", path, err, distilledErr)
			continue
		}
		if !bytes.Equal(res.BTF.Bytes(), want.Bytes()) || !bytes.Equal(res.DistilledBase.Bytes(), wantBase.Bytes()) || res.BTF.Base() != res.DistilledBase {
			t.Errorf("%s: not what distill makes of it", path)
		}
	}
}

// Split BTF without a type is an empty blob, not none.
func TestNoSplitType(t *testing.T) {
	image := file(unit(intType())).Build(t)
	base := newBase(t, image, dwarf2btf.BaseOptions{})
	for _, tt := range []struct {
		name  string
		image []byte
	}{
		{"all in the base", image},
		{"no unit", file(unit()).Build(t)},
	} {
		res, err := convert(tt.image, dwarf2btf.Options{Base: base, Features: features.All()})
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if n := len(res.BTF.Bytes()); n != 24 {
			t.Errorf("%s: %d bytes, want a header of 24", tt.name, n)
		}
	}
}

func TestBaseErrors(t *testing.T) {
	little := file(unit(intType())).Build(t)
	big := file(unit(intType()))
	big.Order, big.Machine = binary.BigEndian, elf.EM_S390
	base := newBase(t, little, dwarf2btf.BaseOptions{})
	for _, tt := range []struct {
		name  string
		image []byte
		opts  dwarf2btf.Options
		want  string
	}{
		{"byte order", big.Build(t), dwarf2btf.Options{Base: base}, "the file is big endian, its base little endian"},
		{"libbpf", little, dwarf2btf.Options{Base: base, Compat: libbpf.V17}, "the base was indexed for another libbpf"},
		{"nothing to distil", little, dwarf2btf.Options{Features: features.DistilledBase}, "feature distilled_base needs a base"},
	} {
		if _, err := convert(tt.image, tt.opts); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

// A workspace can be used after an error in the midst of a conversion.
func TestBaseAfterErrors(t *testing.T) {
	good := file(unit(intType(), structure("s", 4, member("m", "int", 0)), pointer("p", "s"))).Build(t)
	bad := file(unit(intType(), structure("s", 4, member("m", "int", 0)), structure("t", 4, member("m", "int", 0))),
		unit(entry(dwarf.TagBaseType, size(4)))).Build(t)
	base := newBase(t, good, dwarf2btf.BaseOptions{})
	fresh := newBase(t, good, dwarf2btf.BaseOptions{})
	for range 3 {
		if _, err := convert(bad, dwarf2btf.Options{Base: base}); err == nil {
			t.Fatal("no error for a base type without a name")
		}
		module := filetest.Read(t, "../testdata/dwarf/mix-gcc-dwarf5.elf")
		got, want := outcome(module, dwarf2btf.Options{Base: base}), outcome(module, dwarf2btf.Options{Base: fresh})
		if got != want {
			t.Fatalf("%.300s\nwith a fresh base: %.300s", got, want)
		}
	}
}
