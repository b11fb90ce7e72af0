package verify_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// TestModule has one case for each place at which a kernel may stop with a module:
// .BTF.base, .BTF on it, and the move onto vmlinux.
func TestModule(t *testing.T) {
	vmlinux := newBuilder()
	vmlinux.int("int", 4)
	vmlinux.structure("task", 8, m("pid", 1, 0), m("tgid", 1, 32))
	distilled := func(size uint32) *builder {
		b := newBuilder()
		b.structure("task", size)
		return b
	}
	holder := func(base *builder, of uint32) []byte {
		b := newSplit(base)
		b.structure("mine", 16, m("t", of, 0))
		return b.blob()
	}
	ok := distilled(8)
	badBase := newBuilder()
	badBase.t("x", info(btf.KindPtr, 0), 0)
	pointer := newBuilder()
	pointer.ptr(0)
	empty := newBuilder()
	empty.s("unused")
	plain := newSplit(vmlinux)
	plain.ptr(2)
	for _, tc := range []struct {
		name      string
		base, btf []byte // base nil: without .BTF.base
		without   bool   // vmlinux
		want      string // verdict: section, errno, line, and after a '!' what a danger or note says
	}{
		{"split from vmlinux", nil, plain.blob(), false, "taken"},
		{"distilled", ok.blob(), holder(ok, 1), false, "taken"},
		{"distilled, and no vmlinux to move it onto", ok.blob(), holder(ok, 1), true, "taken!not moved"}, // unknown,
		{"a bad .BTF.base", badBase.blob(), holder(ok, 1), false, ".BTF.base EINVAL [1] PTR x type_id=0 Invalid name"},
		{"a bad .BTF", ok.blob(), holder(ok, 0), false, " EINVAL \tt type_id=0 bits_offset=0 Invalid type_id"},
		{"a struct by value of another size", distilled(4).blob(), holder(distilled(4), 1), false,
			" EINVAL distilled base BTF type 'task' [1] is not mapped to base BTF id"},
		{"a kind that cannot be distilled", pointer.blob(), holder(pointer, 1), false,
			" EINVAL type [1] in distilled based BTF has unexpected kind [2]"},
		{"a member that does not exist", ok.blob(), holder(ok, 7), false, "taken!refers to type 7, and there are 3"},
		{"an empty .BTF.base", empty.blob(), newSplit(empty).blob(), true, "taken!it has no types"},
	} {
		for _, v := range append([]*kernel.Release{linux611}, versions...) {
			target, rep := verify.NewBase(vmlinux.blob(), verify.Options{Release: v})
			if target == nil {
				t.Fatal(rep.Refusal)
			}
			if tc.without {
				target = nil
			}
			rep = verify.Module(&btf.Sections{BTF: tc.btf, Base: tc.base}, target, verify.Options{Release: v})
			want, says, more := strings.Cut(tc.want, "!")
			got := "taken"
			if f := rep.Refusal; f != nil {
				got = fmt.Sprintf("%s %v %s", f.Section, f.Errno, f.Line)
				if f.Cause == "" {
					t.Errorf("%s: no cause", tc.name)
				}
			}
			found := false
			for _, f := range rep.More {
				found = found || more && strings.HasPrefix(f.Cause, says)
			}
			if got != want || found != more {
				t.Errorf("%s, Linux %v: %s\n%+v", tc.name, v, got, rep)
			}
			if moved := rep.Relocation != nil; moved && (tc.without || tc.base == nil) {
				t.Errorf("%s, Linux %v: moved", tc.name, v)
			}
		}
	}
}
