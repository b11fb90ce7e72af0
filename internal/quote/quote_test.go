package quote

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestName(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"", ""},
		{"task_struct", "task_struct"},
		{"Option<&'a [u8]>", "Option<&'a [u8]>"},
		{"größe", "größe"},
		{"a\n[2] INT 'b'", `a\n[2] INT 'b'`},
		{"a\\n", `a\\n`},
		{"\x1b[31m\x07", `\x1b[31m\a`},
		{"\u009b31m", `\u009b31m`}, // the same of one character, of ISO 6429
		{"\u202egnp", `\u202egnp`},
		{"\u2066x\u200b", `\u2066x\u200b`},
		{"\u2028", `\u2028`},
		{"a\u00a0b", `a\u00a0b`},
		{"\xff\xfe", `\xff\xfe`},
		{"\ufffd", "\ufffd"}, // not what stands for the two above
		{"\x7f\r\t", `\x7f\r\t`},
		{"\U000e0001", `\U000e0001`},
	} {
		if got := Name(c.name); got != c.want {
			t.Errorf("%q: %s, want %s", c.name, got, c.want)
		}
		for room := range 24 {
			dst := append(make([]byte, 0, room+1), '<')
			if got := string(AppendCString(dst, c.name+"\x00rest of the section\\")); got != "<"+c.want {
				t.Errorf("%q: %s after <, with room for %d bytes", c.name, got, room)
			}
		}
		if got, want := Line(c.name), strings.ReplaceAll(c.want, `\\`, `\`); got != want {
			t.Errorf("line %q: %s, want %s", c.name, got, want)
		}
	}
}

func TestOriginal(t *testing.T) {
	for _, s := range []string{`\`, `a\`, `\q`, `\x1`, `\u12`, `\400`} {
		if name, ok := Original(s); ok {
			t.Errorf("%s: %q", s, name)
		}
	}
}

// FuzzName: what is written is printable and on one line, and only one name is written
// so.
func FuzzName(f *testing.F) {
	f.Add("")
	f.Add("a\\\n\x1b\u202e\xff'\"")
	f.Fuzz(func(t *testing.T, name string) {
		got := Name(name)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !strconv.IsPrint(r) }) {
			t.Fatalf("%q: %q", name, got)
		}
		if !strings.Contains(name, "\x00") {
			if c := string(AppendCString(make([]byte, 0, 2*len(name)), name+"\x00")); c != got {
				t.Fatalf("%q: %q, and %q of the same with a NUL byte", name, got, c)
			}
		}
		if back, ok := Original(got); !ok || back != name {
			t.Fatalf("%q: %q back", name, back)
		}
	})
}
