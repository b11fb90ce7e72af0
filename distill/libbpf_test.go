package distill_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/internal/splittest"
)

// sameTypes compares types with a blob of libbpf's, whose header is longer.
func sameTypes(t *testing.T, what string, got *btf.Types, want []byte, base *btf.Types) *btf.Types {
	t.Helper()
	types, err := btf.Parse(want, base)
	if err != nil {
		t.Errorf("%s of libbpf: %v", what, err)
		return nil
	}
	if !bytes.Equal(got.Bytes(), types.WithLongHeader(false).Bytes()) {
		t.Errorf("%s (-libbpf +got)\n%s%s", what, cmp.Diff(goldentest.Dump(t, types), goldentest.Dump(t, got)),
			cmp.Diff(string(types.Strings()), string(got.Strings())))
	}
	return types
}

// TestLibbpf compares Distill with libbpf on random types.
func TestLibbpf(t *testing.T) {
	rounds := splittest.Rounds(t, 1000)
	o := splittest.NewOracle(t)
	var inputs []*btf.Types
	for seed := range rounds {
		rng := rand.New(rand.NewPCG(uint64(seed), 4))
		base := splittest.Types(rng, nil)
		split := splittest.Types(rng, base)
		if seed%4 == 0 {
			base = reorder(t, binary.BigEndian, base, nil)
			split = reorder(t, binary.BigEndian, split, base)
		}
		inputs = append(inputs, split)
		o.Distill(base.Bytes(), split.Bytes())
	}
	var same, refused, empty int
	for i, a := range o.Answers(t) {
		base, split, err := distill.Distill(inputs[i], distill.Options{})
		switch {
		case a.Errno == splittest.Unread || a.Signal != 0:
			t.Errorf("seed %d: libbpf: %v", i, &a)
		case (err != nil) != (a.Errno != 0):
			t.Errorf("seed %d: %v; libbpf: %v", i, err, &a)
		case err != nil:
			refused++
		case isEmpty(t, a.Blobs[0]):
			empty++ // where libbpf is wrong, see TestEmptyBaseRelocates
		default:
			wantBase := sameTypes(t, "base", base, a.Blobs[0], nil)
			sameTypes(t, "split", split, a.Blobs[1], wantBase)
			same++
		}
		if t.Failed() {
			t.Fatalf("seed %d", i)
		}
	}
	t.Logf("%d inputs: %d the same, %d refused, %d with a base that libbpf leaves empty", rounds, same, refused, empty)
}

func isEmpty(t *testing.T, raw []byte) bool {
	t.Helper()
	types, err := btf.Parse(raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	return types.NumIDs() == 1
}

// TestGoldenLibbpf checks that the goldens are what libbpf does.
func TestGoldenLibbpf(t *testing.T) {
	o := splittest.NewOracle(t)
	all := slices.DeleteFunc(goldens(t), func(g golden) bool { return !splittest.Knows(g.split) })
	for _, g := range all {
		if g.base.Base() != nil {
			o.DistillChain(g.base.Base().Bytes(), g.base.Bytes(), g.split.Bytes())
		} else {
			o.Distill(g.base.Bytes(), g.split.Bytes())
		}
	}
	for i, a := range o.Answers(t) {
		g := all[i]
		if a.Errno != 0 || a.Signal != 0 {
			t.Errorf("%s: libbpf: %v", g.Path, &a)
			continue
		}
		if isEmpty(t, a.Blobs[0]) {
			t.Logf("%s: libbpf leaves the base empty", g.Path)
			continue
		}
		want, err := btf.Parse(a.Blobs[0], nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(g.Part("want.base"), goldentest.Dump(t, want)); diff != "" {
			t.Errorf("%s: base (-golden +libbpf)\n%s", g.Path, diff)
		}
		split, err := btf.Parse(a.Blobs[1], want)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(g.Part("want.split"), goldentest.Dump(t, split)); diff != "" {
			t.Errorf("%s: split (-golden +libbpf)\n%s", g.Path, diff)
		}
	}
}

// TestEmptyBaseRelocates lets libbpf relocate what it would have distilled to
// an empty base, onto the base that it came from.
func TestEmptyBaseRelocates(t *testing.T) {
	o := splittest.NewOracle(t)
	var splits []*btf.Types
	for seed := range 4 * splittest.Rounds(t, 1000) {
		rng := rand.New(rand.NewPCG(uint64(seed), 5))
		old := splittest.Types(rng, nil)
		before := splittest.Types(rng, old)
		base, split, err := distill.Distill(before, distill.Options{})
		if err != nil || base.NumIDs() != 2 || refersTo(split, 1) {
			continue
		}
		splits = append(splits, split)
		o.Relocate(base.Bytes(), split.Bytes(), old.Bytes())
	}
	if len(splits) < 20 {
		t.Errorf("only %d cases", len(splits))
	}
	for i, a := range o.Answers(t) {
		if a.Errno != 0 || a.Signal != 0 {
			t.Errorf("libbpf: %v\nbase\n%ssplit\n%s", &a, goldentest.Dump(t, splits[i].Base()), goldentest.Dump(t, splits[i]))
		}
	}
	t.Logf("%d relocated", len(splits))
}

func refersTo(types *btf.Types, id btf.ID) bool {
	for _, rec := range types.Own() {
		for ref := range rec.Refs() {
			if ref == id {
				return true
			}
		}
	}
	return false
}

// TestModules distils all modules of real kernels.
func TestModules(t *testing.T) {
	for _, kernel := range []string{"61c", "612c"} {
		t.Run(kernel, func(t *testing.T) {
			o := splittest.NewOracle(t)
			vmlinux, modules := splittest.Kernel(t, kernel)
			raw := vmlinux.Bytes()
			for _, m := range modules {
				o.Distill(raw, m.Types.Bytes())
			}
			empty, bytes := 0, 0
			for i, a := range o.Answers(t) {
				m := modules[i]
				base, split, err := distill.Distill(m.Types, distill.Options{})
				if err != nil || a.Errno != 0 || a.Signal != 0 {
					t.Errorf("%s: %v; libbpf: %v", m.Name, err, &a)
					continue
				}
				bytes += len(base.Bytes())
				if isEmpty(t, a.Blobs[0]) {
					empty++
					continue
				}
				wantBase := sameTypes(t, m.Name+": base", base, a.Blobs[0], nil)
				sameTypes(t, m.Name+": split", split, a.Blobs[1], wantBase)
			}
			t.Logf("%d modules, %d bytes of distilled bases; %d that libbpf leaves empty", len(modules), bytes, empty)
		})
	}
}
