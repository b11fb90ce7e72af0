package oci

import (
	"regexp"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/archive/store"
)

var validTag = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`) // OCI distribution-spec

func TestTag(t *testing.T) {
	for key, want := range map[string]string{
		"a": "a",
		"ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz": "ubuntu__20.04__x86_u64__5.4.0-26-generic.btf.tar.xz",
		".a/-b/.c":               "_x2ea__-b__.c",
		"-":                      "_x2d",
		"_h":                     "_uh",
		"a+b ü":                  "a_x2bb_x20_xc3_xbc",
		"__":                     "_u_u",
		strings.Repeat("x", 128): strings.Repeat("x", 128),
		strings.Repeat("x", 129): "_h0ec9eb33e74510bcdd1f2ea55206e82f21649c5c2becbf2b433eb475b34c01bd",
	} {
		if got := Tag(key); got != want {
			t.Errorf("%q: %s, want %s", key, got, want)
		}
	}
	for _, tag := range []string{"_", "_z", "a_", "_x", "_x2", "_xzz", "_x2F", "_x61", "a_x2e", "_h", "_h00", "-a", ".a", "_h" + strings.Repeat("A", 64)} {
		if key, long, ok := keyOf(tag); ok {
			t.Errorf("%s is the tag of %q, %v", tag, key, long)
		}
	}
}

func FuzzTag(f *testing.F) {
	for _, key := range []string{"a", "a/b_c", "a__b", "_h", ".", strings.Repeat("y/", 100), "ü", "A/a"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if store.CheckKey(key) != nil {
			return
		}
		tag := Tag(key)
		if !validTag.MatchString(tag) {
			t.Fatalf("%q: %s", key, tag)
		}
		back, long, ok := keyOf(tag)
		if !ok || !long && back != key || long != (len(tag) == 66 && tag[:2] == "_h") {
			t.Errorf("%q: %s: %q, %v, %v", key, tag, back, long, ok)
		}
	})
}
