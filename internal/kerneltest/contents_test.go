package main

import (
	"encoding/binary"
	"strings"
	"testing"
)

// blobOf makes BTF with a header of that size.
func blobOf(header int, types, strings, layout string) []byte {
	le := binary.LittleEndian
	b := le.AppendUint16(nil, 0xeb9f)
	b = append(b, 1, 0)
	for _, v := range []int{header, 0, len(types), len(types) + len(layout), len(strings), len(types), len(layout)} {
		b = le.AppendUint32(b, uint32(v))
	}
	return append(b[:header], types+layout+strings...)
}

func TestBTFDifference(t *testing.T) {
	for _, tc := range []struct {
		name      string
		got, want []byte
		text      string // part of the difference; empty for none
	}{
		{"neither", nil, nil, ""},
		{"the same", blobOf(24, "types", "strings", ""), blobOf(24, "types", "strings", ""), ""},
		{"a longer header", blobOf(24, "types", "strings", ""), blobOf(32, "types", "strings", ""), ""},
		{"missing", nil, blobOf(24, "", "", ""), "missing"},
		{"too much", blobOf(24, "", "", ""), nil, "should not be there"},
		{"types", blobOf(24, "typos", "strings", ""), blobOf(24, "types", "strings", ""), "other types"},
		{"strings", blobOf(24, "types", "string", ""), blobOf(24, "types", "strings", ""), "other strings, 6 bytes instead of 7"},
		{"layout", blobOf(32, "types", "strings", ""), blobOf(32, "types", "strings", "layout"), "another layout"},
		{"truncated", blobOf(24, "types", "strings", "")[:30], blobOf(24, "types", "strings", ""), "a section of"},
		{"a strange header", blobOf(28, "types", "strings", ""), blobOf(24, "types", "strings", ""), "a header of 28"},
		{"no BTF", []byte("text"), blobOf(24, "types", "strings", ""), "no BTF header"},
	} {
		got := btfDifference(tc.got, tc.want)
		if (got == "") != (tc.text == "") || !strings.Contains(got, tc.text) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.text)
		}
	}
}

func TestDifferences(t *testing.T) {
	one := contents{btf: blobOf(24, "types", "strings", ""), ids: []byte{1, 0, 0, 0}}
	two := one
	two.ids = []byte{2, 0, 0, 0}
	got := strings.Join(differences(
		map[string]contents{"same.ko": one, "ids.ko": one, "more.ko": one},
		map[string]contents{"same.ko": one, "ids.ko": two, "less.ko": one},
	), "\n")
	want := "ids.ko: .BTF_ids: not the same\nless.ko: not built in both cases\nmore.ko: not built in both cases"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
