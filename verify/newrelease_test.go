package verify_test

import (
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// TestPostedNames and TestPostedEntries judge by the rules of 7.2 and by those posted
// for what comes after it: names of printable characters, and entries of a DATASEC that
// are shorter than their variable.
func TestPostedNames(t *testing.T) {
	for _, tc := range []struct {
		name   string // of the case
		text   string
		v72    string // message of a refusal
		posted string
	}{
		{"T3-6 a name of Rust", "a<b>", "Invalid name", ""},
		{"T3-6 a digit first", "1abc", "Invalid name", ""},
		{"T3-6 a space", "a b", "Invalid name", ""},
		{"T3-6 é as UTF-8", "\xc3\xa9", "Invalid name", ""},
		{"T3-6 é as Latin-1", "\xe9", "", ""},
		{"T3-6 À as UTF-8", "\xc3\x80", "Invalid name", "Invalid name"},
		{"T3-6 byte 01", "\x01", "Invalid name", "Invalid name"},
		{"T3-6 byte 01 in a name", "a\x01", "Invalid name", "Invalid name"},
		{"T3-6 byte 7F", "\x7f", "Invalid name", "Invalid name"},
		{"T3-6 byte 7F in a name", "a\x7f", "Invalid name", "Invalid name"},
		{"T3-6 no name", "", "Invalid name", "Invalid name"},
		{"T3-6 512 bytes", strings.Repeat("n", 512), "", ""},
		{"T3-6 513 bytes", strings.Repeat("n", 513), "Invalid name", "Invalid name"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for place, raw := range namedAs(tc.text) {
				if place == "section" || tc.text == "" && place != "FUNC" && place != "FWD" && place != "VAR" && place != "TYPEDEF" {
					continue // sections have a rule of their own, and not everything has to have a name
				}
				v72, posted := tc.v72, tc.posted
				if place == "parameter" { // whose refusal has words of its own
					v72 = strings.Replace(v72, "Invalid name", "Invalid arg#1", 1)
					posted = strings.Replace(posted, "Invalid name", "Invalid arg#1", 1)
				}
				both(t, place, raw, v72, posted)
			}
		})
	}
	sections := map[string]string{".data": "", "a b": "", "\xc3\xa9": "", "\xc3\x80": "Invalid name", "\x01": "Invalid name"}
	for text, want := range sections {
		both(t, "section "+text, namedAs(text)["section"], want, want)
	}
}

func TestPostedEntries(t *testing.T) {
	section := func(size uint32, entries ...entry) []byte {
		b := newBuilder()
		b.int("int", 4)
		for range entries {
			b.variable("v", 1)
		}
		b.section(".data", size, entries...)
		return b.blob()
	}
	for _, tc := range []struct {
		name   string
		raw    []byte
		v72    string
		posted string
	}{
		{"T3-7 2 bytes of 4", section(4, entry{2, 0, 2}), "Invalid size", ""},
		{"T3-7 4 bytes of 4", section(4, entry{2, 0, 4}), "", ""},
		{"T3-7 no bytes", section(4, entry{2, 0, 0}), "Invalid size", "Invalid size"},
		{"T3-7 more than the section", section(4, entry{2, 0, 2}, entry{3, 2, 4}), "Invalid offset+size", "Invalid offset+size"},
		{"T3-7 a sum over the section", section(4, entry{2, 0, 2}, entry{3, 4, 4}), "Invalid offset", "Invalid offset"},
	} {
		both(t, tc.name, tc.raw, tc.v72, tc.posted)
	}
}

// both judges as BPF_BTF_LOAD of 7.2, and of the release that was posted after it.
func both(t *testing.T, name string, raw []byte, v72, posted string) {
	t.Helper()
	for _, by := range []struct {
		release *kernel.Release
		want    string
	}{{linux72, v72}, {linux73, posted}} {
		rep := verify.Check(raw, verify.Options{Release: by.release, Load: true})
		got := ""
		if rep.Refusal != nil {
			got = rep.Refusal.Message
		}
		if got != by.want {
			t.Errorf("%s, Linux %v: %q, want %q", name, by.release, got, by.want)
		}
	}
}

// namedAs has BTF with a name in each place that can have one.
func namedAs(name string) map[string][]byte {
	places := map[string]func(b *builder){
		"FWD":       func(b *builder) { b.fwd(name, false) },
		"TYPEDEF":   func(b *builder) { b.typedef(name, 1) },
		"VAR":       func(b *builder) { b.variable(name, 1) },
		"STRUCT":    func(b *builder) { b.structure(name, 4, m("m", 1, 0)) },
		"member":    func(b *builder) { b.structure("s", 4, m(name, 1, 0)) },
		"FUNC":      func(b *builder) { b.proto(0); b.function(name, 2) },
		"parameter": func(b *builder) { b.proto(0, param{name, 1}); b.function("f", 2) },
		"section":   func(b *builder) { b.section(name, 4) },
	}
	made := map[string][]byte{}
	for place, add := range places {
		b := newBuilder()
		b.int("int", 4)
		add(b)
		made[place] = b.blob()
	}
	return made
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
