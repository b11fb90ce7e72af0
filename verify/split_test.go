package verify_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/verify"
)

// TestSplit has the rules of split BTF.
func TestSplit(t *testing.T) {
	base := newBuilder()
	base.int("int", 4)
	base.structure("task", 4, m("pid", 1, 0))
	on := func(edit func(b *builder)) []byte {
		b := newSplit(base)
		edit(b)
		return b.blob()
	}
	const first = 3 // own ID
	for _, tc := range []struct {
		name string
		raw  []byte
		want string // message, or "taken", and after a '!' what is a danger
	}{
		{"a pointer into the base", on(func(b *builder) { b.ptr(2) }), "taken"},
		{"a name of the base", on(func(b *builder) {
			b.words = []uint32{1, info(btf.KindFwd, 0), 0}
		}), "taken"},
		{"an own name", on(func(b *builder) { b.fwd("own", false) }), "taken"},
		{"no types and no strings", on(func(*builder) {}), "taken"},
		{"a name after both", on(func(b *builder) {
			b.fwd("own", false)
			b.words[0] += 4
		}), "Invalid name_offset:" + strconv.Itoa(int(newSplit(base).start)+4)},
		{"strings without an end", on(func(b *builder) { b.fwd("own", false); b.strs = b.strs[:3] }), "Invalid string section"},
		{"an ID past the end", on(func(b *builder) { b.ptr(first + 1) }), "taken!refers to type 4, and there are 4"},
		{"the last own ID", on(func(b *builder) { b.ptr(first) }), "taken"},
		{"modifiers of each other", on(func(b *builder) { b.constant(first + 1); b.constant(first) }), "Max chain length or cycle detected"},
		{"const of a struct of the base", on(func(b *builder) { b.constant(2) }), "taken"},
		{"a member of a function", on(func(b *builder) {
			b.proto(0)
			b.function("f", first)
			b.structure("s", 8, m("m", first+1, 0))
		}), "taken"},
	} {
		for _, v := range versions {
			known, rep := verify.NewBase(base.blob(), verify.Options{Release: v})
			if known == nil {
				t.Fatal(rep.Refusal)
			}
			rep = asKernel(tc.raw, known, v)
			got := "taken"
			if rep.Refusal != nil {
				got = rep.Refusal.Message
			}
			want, danger, _ := strings.Cut(tc.want, "!")
			if got != want || rep.Has(verify.Hazard) != (danger != "") || danger != "" && !strings.HasPrefix(rep.More[0].Cause, danger) {
				t.Errorf("%s, Linux %v: %+v, want %s", tc.name, v, rep, tc.want)
			}
		}
	}
}

// TestSplitWithoutBase says what is missing.
func TestSplitWithoutBase(t *testing.T) {
	b := newSplit(newBuilder())
	b.fwd("own", false)
	rep := asKernel(b.blob(), nil, linux612)
	if f := rep.Refusal; f == nil || f.Message != "Invalid string section" || !strings.Contains(f.Cause, "needs its base") {
		t.Errorf("%+v", rep.Refusal)
	}
}

// TestEmptyBase: BTF without types has no void either, and what is split from it
// counts from 0.
func TestEmptyBase(t *testing.T) {
	empty := newBuilder()
	base, rep := verify.NewBase(empty.blob(), verify.Options{Release: linux612})
	if base == nil || base.NumIDs() != 0 {
		t.Fatalf("%+v", rep)
	}
	b := newSplit(empty)
	b.t("x", info(btf.KindPtr, 0), 0)
	rep = asKernel(b.blob(), base, linux612)
	if f := rep.Refusal; f == nil || f.Line != "[0] PTR x type_id=0 Invalid name" {
		t.Errorf("%+v", f)
	}
}

// TestTooManyTypes: the kernel drops types without an ID in silence.
func TestTooManyTypes(t *testing.T) {
	const most = 0xffffe // IDs after void
	counts := []int{most + 20, most, most + 1}
	if testing.Short() {
		counts = counts[:1]
	}
	for _, n := range counts {
		b := newBuilder()
		b.words = make([]uint32, 3*n)
		for i := range n {
			b.words[3*i+1] = info(btf.KindPtr, 0)
		}
		raw := b.blob()
		for _, load := range []bool{false, true} {
			rep := verify.Check(raw, verify.Options{Release: linux618, Load: load})
			if !rep.Accepted() || rep.Types != most || rep.Has(verify.Hazard) != (n > most) {
				t.Errorf("%d types, load %v: %d are left; %+v", n, load, rep.Types, rep)
			}
		}
	}
}

func TestSorted(t *testing.T) {
	sorted := newBuilder()
	sorted.ptr(0)
	sorted.fwd("a", false)
	sorted.fwd("a", true)
	sorted.fwd("b", false)
	unsorted := newBuilder()
	unsorted.fwd("b", false)
	unsorted.fwd("a", false)
	unnamed := newBuilder()
	unnamed.fwd("b", false)
	unnamed.ptr(0)
	for _, tc := range []struct {
		name string
		b    *builder
		want btf.ID // of the first that is out of order
	}{{"sorted", sorted, 0}, {"unsorted", unsorted, 2}, {"unnamed after named", unnamed, 2}} {
		for _, v := range versions {
			rep := asKernel(tc.b.blob(), nil, v)
			var got btf.ID
			for _, f := range rep.More {
				if f.Class == verify.Note {
					got = f.ID
				}
			}
			want := tc.want
			if v != linux72 {
				want = 0
			}
			if !rep.Valid() || got != want {
				t.Errorf("%s, Linux %v: out of order at %d, want %d", tc.name, v, got, want)
			}
		}
	}
}

// TestMore: what follows the verdict is listed, as far as it does not follow from
// it.
func TestMore(t *testing.T) {
	b := newBuilder()
	b.t("x", info(btf.KindPtr, 0), 0)
	b.fwd("1", false)
	b.t("", info(btf.KindPtr, 1), 0)
	rep := asKernel(b.blob(), nil, linux612)
	if rep.Refusal == nil || rep.Refusal.ID != 1 || len(rep.More) != 2 || rep.More[0].ID != 2 || rep.More[1].ID != 3 || rep.More[0].Class != verify.NotReached {
		t.Errorf("%+v", rep)
	}

	b = newBuilder()
	b.structure("a", 8, m("x", 2, 0)) // has a loop
	b.structure("b", 8, m("y", 1, 0)) // is in it
	b.array(2, 4, 1)                  // fails for b alone
	b.int("", 4)
	b.array(4, 2, 1) // has an index of its own
	b.proto(9)
	rep = asProgram(b.blob(), linux618)
	var ids []btf.ID
	for _, f := range rep.More {
		ids = append(ids, f.ID)
	}
	if rep.Refusal == nil || rep.Refusal.ID != 1 || len(ids) != 1 || ids[0] != 6 {
		t.Errorf("%+v", rep)
	}
	if rep := verify.Check(b.blob(), verify.Options{Release: linux618, Load: true}); len(rep.More) != 0 {
		t.Errorf("nothing more was asked for: %+v", rep.More)
	}
}
