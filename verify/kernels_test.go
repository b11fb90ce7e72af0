package verify_test

import (
	"strings"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/internal/peer"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// modules calls each for the BTF of a kernel's modules, all or with -short some.
func modules(t *testing.T, kernel string, each func(path string, raw []byte)) {
	n := 0
	for i, path := range peer.Modules(t, kernel) {
		if testing.Short() && i%20 != 0 {
			continue
		}
		if raw := filetest.Section(t, path, ".BTF"); raw != nil {
			n++
			each(path, raw)
		}
	}
	if n == 0 {
		t.Fatalf("kernel %s: no module has BTF", kernel)
	}
	t.Logf("kernel %s: %d modules", kernel, n)
}

// TestModules: every kernel accepts what distributions ship.
func TestModules(t *testing.T) {
	for _, kernel := range []string{"61c", "612c"} {
		vmlinux := filetest.Section(t, peer.Vmlinux(t, kernel), ".BTF")
		for _, v := range versions {
			base, rep := verify.NewBase(vmlinux, verify.Options{Release: v})
			if base == nil || !rep.Valid() || rep.Has(verify.Unchecked) {
				t.Fatalf("kernel %s for Linux %v: %+v", kernel, v, rep)
			}
			modules(t, kernel, func(path string, raw []byte) {
				// Level 2 finds nothing either.
				if rep := asKernel(raw, base, v); !rep.Valid() || rep.Has(verify.Unchecked) {
					t.Errorf("%s for Linux %v: %+v", path, v, rep)
				}
				o := verify.GuessOrigin(raw)
				if o.IDs != 0 && o.IDs != base.NumIDs() || o.StringBytes != 0 && o.StringBytes != base.StringBytes() {
					t.Errorf("%s: guessed %+v, the base has %d types and %d bytes of strings", path, o, base.NumIDs(), base.StringBytes())
				}
			})
		}
	}
}

// TestEncoded takes what is encoded here from the DWARF of kernels, also with what
// only newer versions know.
func TestEncoded(t *testing.T) {
	if testing.Short() {
		t.Skip("encodes whole kernels")
	}
	for _, tc := range []struct {
		features features.Set
		since    *kernel.Release
	}{
		{features.Default(), linux612},
		{features.Default().With(features.Attributes | features.Layout), linux72},
	} {
		for _, kernel := range []string{"61c", "612c"} {
			f, err := elffile.Open(peer.Vmlinux(t, kernel))
			if err != nil {
				t.Fatal(err)
			}
			res, err := dwarf2btf.Convert(t.Context(), []*elffile.File{f}, dwarf2btf.Options{Features: tc.features})
			f.Close()
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range versions {
				for _, load := range []bool{false, true} {
					rep := verify.Check(res.BTF.Bytes(), verify.Options{Release: v, Load: load, More: 20})
					if rep.Valid() != v.First.AtLeast(tc.since.First) || rep.Accepted() && (rep.Has(verify.Unchecked) || rep.Has(verify.Undecided)) {
						t.Errorf("kernel %s with %v for Linux %v, load %v: %+v", kernel, tc.features, v, load, rep)
					}
				}
			}
		}
	}
}

// TestModulesOfAnotherKernel wants the wrong base to be named as the cause.
func TestModulesOfAnotherKernel(t *testing.T) {
	base, _ := verify.NewBase(filetest.Section(t, peer.Vmlinux(t, "61c"), ".BTF"), verify.Options{Release: linux612})
	total, taken, named := 0, 0, 0
	modules(t, "612c", func(path string, raw []byte) {
		rep := asKernel(raw, base, linux612)
		total++
		text := ""
		if rep.Accepted() {
			taken++
			for _, f := range rep.More {
				if f.Class == verify.Hazard {
					text += f.Cause
				}
			}
		} else {
			text = rep.Refusal.Cause
		}
		if rep.Valid() {
			t.Logf("%s: nothing wrong", path)
		}
		if strings.Contains(text, "made on another base") {
			named++
		} else {
			t.Logf("%s: %s", path, text)
		}
	})
	t.Logf("%d modules of another kernel: %d taken, the base named for %d", total, taken, named)
	if 10*named < 9*total {
		t.Errorf("the base is named as the cause for %d of %d only", named, total)
	}
}
