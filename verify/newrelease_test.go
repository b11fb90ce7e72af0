package verify_test

import (
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// TestNewRelease judges by a row that is not in the table, with rules as they were
// posted for Linux after 7.2: printable names, and DATASEC entries that are shorter
// than their variable. A rule is a field of the row, and nothing else has to change.
func TestNewRelease(t *testing.T) {
	next := *linux72
	next.First, next.Last = kernel.Version{Major: 9}, kernel.Version{Major: 9, Minor: 3}
	next.Names, next.ShortEntries = kernel.NamePrint, true
	short := newBuilder()
	short.int("int", 4)
	short.variable("v", 1)
	short.section(".data", 4, entry{2, 0, 2})
	for _, tc := range []struct {
		name      string
		raw       []byte
		now, then string // message of a refusal
	}{
		{"a name of Rust", named("a<b>"), "Invalid name", ""},
		{"a digit first", named("1abc"), "Invalid name", ""},
		{"a space", named("a b"), "Invalid name", ""},
		{"é in Latin-1", named("\xe9"), "", ""},
		{"é in UTF-8", named("\xc3\xa9"), "Invalid name", ""},
		{"À in UTF-8", named("\xc3\x80"), "Invalid name", "Invalid name"},
		{"a control character", named("a\x7f"), "Invalid name", "Invalid name"},
		{"no name", named(""), "Invalid name", "Invalid name"},
		{"512 bytes", named(strings.Repeat("n", 512)), "", ""},
		{"513 bytes", named(strings.Repeat("n", 513)), "Invalid name", "Invalid name"},
		{"a short entry", short.blob(), "Invalid size", ""},
	} {
		for _, by := range []struct {
			release *kernel.Release
			want    string
		}{{linux72, tc.now}, {&next, tc.then}} {
			rep := verify.Check(tc.raw, verify.Options{Release: by.release, Load: true})
			got := ""
			if rep.Refusal != nil {
				got = rep.Refusal.Message
			}
			if got != by.want {
				t.Errorf("%s, Linux %v: %q, want %q", tc.name, by.release, got, by.want)
			}
		}
	}
}

func named(name string) []byte {
	b := newBuilder()
	b.fwd(name, false)
	return b.blob()
}

// TestKindWithoutRules: for a kind that package btf will know one day, and a row that
// says its kernels do, there are no rules here: the verdict is unknown. Today no kind
// is without: see TestKindRules.
func TestKindWithoutRules(t *testing.T) {
	r := *kernel.Newest()
	for k := range btf.Kind(128) {
		r.LastKind = k
		b := newBuilder()
		b.words = []uint32{0, btf.Info(k, 0, false), 0, 0, 0, 0}
		rep := verify.Check(b.blob(), verify.Options{Release: &r, Load: true, More: 5})
		if rep.Accepted() && k != btf.KindPtr && k != btf.KindConst && k != btf.KindVolatile && k != btf.KindRestrict && k != btf.KindFuncProto {
			t.Errorf("%v is accepted: %+v", k, rep)
		}
	}
}
