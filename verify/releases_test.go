package verify_test

import (
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// TestReleases has a case for each difference between rows: where it is accepted and
// what the others say.
func TestReleases(t *testing.T) {
	const none = ""
	rows := []*kernel.Release{linux515, linux61, linux66, linux610, linux611, linux612, linux618, linux72}
	long := strings.Repeat("n", 200)
	for _, tc := range []struct {
		name string
		make func(b *builder)
		want [8]string // by row: the message of a refusal, "?" for not known, or none
	}{
		{"FLOAT", func(b *builder) { b.float("float", 4) }, [8]string{}},
		{"DECL_TAG", func(b *builder) { b.int("int", 4); b.typedef("t", 1); b.declTag("tag", 2, all) },
			[8]string{"Invalid kind:17"}},
		{"TYPE_TAG", func(b *builder) { b.int("int", 4); b.tag("user", 1) }, [8]string{"Invalid kind:18"}},
		{"ENUM64", func(b *builder) { b.t("e", info(btf.KindEnum64, 0), 8) }, [8]string{"Invalid kind:19"}},
		{"signed ENUM", func(b *builder) { b.t("e", kinfo(btf.KindEnum, 0), 4) }, [8]string{"Invalid btf_info kind_flag"}},
		{"attribute", func(b *builder) { b.int("int", 4); b.t("a", kinfo(btf.KindTypeTag, 0), 1) },
			[8]string{"Invalid kind:18", "Invalid btf_info kind_flag", "Invalid btf_info kind_flag",
				"Invalid btf_info kind_flag", "Invalid btf_info kind_flag", "Invalid btf_info kind_flag"}},
		{"a circle of modifiers", func(b *builder) { b.constant(2); b.constant(1) }, [8]string{none,
			"Max chain length or cycle detected", "Max chain length or cycle detected",
			"Max chain length or cycle detected", "Max chain length or cycle detected",
			"Max chain length or cycle detected", "Max chain length or cycle detected", "Max chain length or cycle detected"}},
		{"a tag behind a modifier", func(b *builder) { b.int("int", 4); b.tag("a", 1); b.constant(2) }, [8]string{"Invalid kind:18",
			"Type tags don't precede modifiers", "Type tags don't precede modifiers", "Type tags don't precede modifiers", "Type tags don't precede modifiers",
			"Type tags don't precede modifiers", "Type tags don't precede modifiers"}},
		{"a name of 200 bytes", func(b *builder) { b.fwd(long, false) }, [8]string{"Invalid name"}},
		{"a name with a dot", func(b *builder) { b.fwd("a.b", false) }, [8]string{"?", "?"}},
		{"a section with a dot", func(b *builder) { b.section(".data", 4) }, [8]string{}},
		{"a section with a question mark", func(b *builder) { b.section("s?", 4) }, [8]string{"Invalid name", "Invalid name", "Invalid name"}},
		{"a section that begins with a tab", func(b *builder) { b.section("\ts", 4) },
			[8]string{"Invalid name", "Invalid name", "Invalid name", none, none, "Invalid name", "Invalid name", "Invalid name"}},
	} {
		b := newBuilder()
		tc.make(b)
		for i, r := range rows {
			rep := asKernel(b.blob(), nil, r)
			got := none
			switch {
			case rep.Refusal != nil:
				got = rep.Refusal.Message
			case rep.Verdict() == verify.Unknown:
				got = "?"
			}
			if got != tc.want[i] {
				t.Errorf("%s, Linux %v: %q, want %q", tc.name, r, got, tc.want[i])
			}
		}
	}
}

// TestModuleRelease: a kernel that does not know .BTF.base reads .BTF for what it is
// not, and what its struct module tells goes over the rules of its release.
func TestModuleRelease(t *testing.T) {
	vmlinux := func(members ...string) *builder {
		b := newBuilder()
		b.int("int", 4)
		b.structure("task", 8, m("pid", 1, 0), m("tgid", 1, 32))
		if members != nil {
			b.structure("module", 16, m(members[0], 1, 0), m(members[1], 1, 64))
		}
		return b
	}
	distilled := newBuilder()
	distilled.structure("task", 8)
	module := newSplit(distilled)
	module.ptr(1)
	module.proto(2)
	module.s("xx") // so that the next name is where a name of vmlinux ends
	module.function("f", 3)
	lucky := newSplit(distilled)
	lucky.ptr(1)
	const (
		before = "EINVAL Invalid name"
		luck   = "danger: this kernel does not know .BTF.base"
		taken  = "taken"
	)
	for _, tc := range []struct {
		name    string
		vmlinux *builder
		module  *builder
		release *kernel.Release
		want    string
	}{
		{"6.12", vmlinux(), module, linux612, taken},
		{"6.11", vmlinux(), module, linux611, taken},
		{"6.1", vmlinux(), module, linux61, before},
		{"5.15", vmlinux(), module, linux515, before},
		{"6.10, by luck", vmlinux(), lucky, linux610, luck},
		{"6.1 with the change carried back", vmlinux("btf_data", "btf_base_data"), module, linux61, taken},
		{"6.12 without it", vmlinux("btf_data_size", "btf_data"), module, linux612, before},
		{"6.12 without BTF of modules", vmlinux("state", "name"), module, linux612, "undecided: this kernel does not look at the BTF of modules"},
		{"6.1, no vmlinux", nil, module, linux61, "undecided: this kernel does not know .BTF.base"},
		{"6.12, no vmlinux", nil, module, linux612, "undecided: not moved"},
	} {
		var base *verify.Base
		if tc.vmlinux != nil {
			var rep *verify.Report
			if base, rep = verify.NewBase(tc.vmlinux.blob(), verify.Options{Release: tc.release}); base == nil {
				t.Fatal(rep.Refusal)
			}
		}
		rep := verify.Module(&btf.Sections{BTF: tc.module.blob(), Base: distilled.blob()}, base, verify.Options{Release: tc.release})
		got := taken
		switch {
		case rep.Refusal != nil:
			got = rep.Refusal.Errno.Error() + " " + rep.Refusal.Message
		case rep.Undecided() != nil:
			got = "undecided: " + rep.Undecided().Cause
		case rep.Hazard() != nil:
			got = "danger: " + rep.Hazard().Cause
		}
		if !strings.HasPrefix(got, tc.want) || rep.Valid() != (tc.want == taken) {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// TestJudge: what follows for a kernel of which there are no rules.
func TestJudge(t *testing.T) {
	plain, tagged, bad, rust := newBuilder(), newBuilder(), newBuilder(), newBuilder()
	rust.fwd("a<b>", false)
	kind := newBuilder()
	kind.t("", info(77, 0), 0)
	plain.int("int", 4)
	tagged.int("int", 4)
	tagged.tag("a", 1)
	tagged.constant(2) // up to 6.18 refused
	bad.int("int", 4)
	bad.t("p", info(btf.KindPtr, 0), 1) // no kernel accepts a pointer with a name
	newest := kernel.Newest()
	from := kernel.Rules()[0].String() + " to " + newest.Last.String()
	for _, tc := range []struct {
		release string
		b       *builder
		want    string // outcome, and what the reason has
	}{
		{"6.12", plain, "accepted"},
		{"6.12", tagged, "refused"},
		{"7.2", tagged, "accepted"},
		{"7.1", plain, "accepted"}, // both neighbours accept it
		{"7.1", bad, "refused"},
		{"7.1", tagged, "unknown; refused (EINVAL, Type tags don't precede modifiers) by the rules of 6.16 to 6.18, accepted by the rules of 7.2"},
		{"7.3", plain, "accepted"},
		{"7.3", bad, "refused"},
		{"7.3", rust, "unknown; refused (EINVAL, [1] FWD a<b> struct Invalid name) by the rules of 7.2, accepted by the rules of 7.3 as posted"},
		{"99.0", plain, "presumably accepted"},
		{"99.0", bad, "presumably refused"},
		{"99.0", rust, "unknown; refused (EINVAL, [1] FWD a<b> struct Invalid name) by the rules of 7.2, accepted by the rules of 7.4 as posted"},
		{"99.0", kind, "unknown; refused (EINVAL, [1] Invalid kind:77) by the rules of 7.2, refused (EINVAL, [1] Invalid kind:77) by the rules of 7.4 as posted"},
		{"5.14", plain, "unknown the oldest are those of 5.15"},
		{"", plain, "unknown; accepted by the rules of " + from},
		{"", bad, "refused"},
		{"", tagged, "unknown refused (EINVAL, [2] Invalid kind:18) by the rules of 5.15 to 6.18, accepted by"},
	} {
		var v kernel.Version
		if tc.release != "" {
			v, _ = kernel.ParseVersion(tc.release)
		}
		rep := (*verify.Loader)(nil).Module(v, &btf.Sections{BTF: tc.b.blob()}, verify.Options{More: 20})
		got := rep.Verdict().String()
		if f := rep.Undecided(); f != nil {
			got += f.Cause
		}
		outcome, rest, _ := strings.Cut(tc.want, "unknown")
		if outcome == "" {
			if !strings.HasPrefix(got, "unknown") || !strings.Contains(got, strings.TrimSpace(rest)) {
				t.Errorf("%s: %s, want %s", tc.release, got, tc.want)
			}
		} else if got != tc.want {
			t.Errorf("%s: %s, want %s", tc.release, got, tc.want)
		}
	}
}
