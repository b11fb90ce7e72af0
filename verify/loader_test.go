package verify_test

import (
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// TestLoader: a kernel has no base but its own BTF, whatever a module is split from.
func TestLoader(t *testing.T) {
	vmlinux := newBuilder()
	vmlinux.int("int", 4)
	vmlinux.structure("task", 8, m("pid", 1, 0), m("tgid", 1, 32))
	other := newSplit(vmlinux)
	other.structure("other", 4, m("x", 1, 0))
	other.ptr(3)
	on := func(base *builder, ref uint32) *btf.Sections {
		b := newSplit(base)
		b.typedef("mine", ref)
		return &btf.Sections{BTF: b.blob()}
	}
	distilled := func(name string, size uint32) *btf.Sections {
		base := newBuilder()
		base.structure(name, size)
		s := on(base, 1)
		s.Base = base.blob()
		return s
	}
	empty := &btf.Sections{BTF: newSplit(other).blob()}
	bad := newBuilder()
	bad.t("x", info(btf.KindPtr, 0), 0)
	for _, tc := range []struct {
		name   string
		loader *verify.Loader
		module *btf.Sections
		want   string // words of the verdict or the danger, "" for a module that is taken
	}{
		{"on vmlinux", verify.NewLoader(vmlinux.blob()), on(vmlinux, 2), ""},
		{"on another module", verify.NewLoader(vmlinux.blob(), other.blob()), on(other, 3), "split from more than vmlinux"},
		{"on another module, by luck", verify.NewLoader(vmlinux.blob(), nil), on(vmlinux, 2), "by luck"},
		{"on another module, of which it needs all and adds nothing", verify.NewLoader(vmlinux.blob(), other.blob()), empty, ""},
		{"distilled, of vmlinux", verify.NewLoader(vmlinux.blob(), other.blob()), distilled("task", 8), ""},
		{"distilled, of another module", verify.NewLoader(vmlinux.blob(), other.blob()), distilled("other", 4), "types of other modules are not in it"},
		{"on a kernel that refuses its own", verify.NewLoader(bad.blob()), on(vmlinux, 2), "refuses that of vmlinux"},
	} {
		rep := tc.loader.Module(kernel.Version{Major: 6, Minor: 12}, tc.module, verify.Options{})
		got := ""
		switch {
		case rep.Refusal != nil:
			got = rep.Refusal.Cause
		case rep.Hazard() != nil:
			got = rep.Hazard().Cause
		}
		if tc.want == "" && !rep.Valid() || !strings.Contains(got, tc.want) {
			t.Errorf("%s: %v: %s", tc.name, rep.Verdict(), got)
		}
	}
	if rep := verify.NewLoader(bad.blob()).Vmlinux(kernel.Version{Major: 6, Minor: 12}, verify.Options{}); rep.Refusal == nil {
		t.Error("a bad vmlinux is taken")
	}
}

// TestTypesDecide: what the types of vmlinux say of the kernel goes before its release,
// and is said.
func TestTypesDecide(t *testing.T) {
	vmlinux := newBuilder()
	vmlinux.int("int", 4)
	vmlinux.structure("module", 8, m("btf_data", 1, 0), m("btf_base_data", 1, 32))
	base := newBuilder()
	base.int("int", 4)
	split := newSplit(base)
	split.typedef("mine", 1)
	module := &btf.Sections{BTF: split.blob(), Base: base.blob()}
	for minor, want := range map[int]bool{1: true, 12: false} {
		rep := verify.NewLoader(vmlinux.blob()).Module(kernel.Version{Major: 6, Minor: minor}, module, verify.Options{})
		if !rep.Valid() || rep.Has(verify.Note) != want {
			t.Errorf("6.%d: %v, %+v", minor, rep.Refusal, rep.More)
		}
	}
}
