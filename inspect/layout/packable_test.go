package layout_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/inspect/layout"
	"github.com/gopahole/gopahole/internal/goldentest"
)

const packableInts = `[1] INT 'char' size=1 bits_offset=0 nr_bits=8 encoding=SIGNED
[2] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[3] INT 'long' size=8 bits_offset=0 nr_bits=64 encoding=SIGNED
[4] ARRAY '(anon)' type_id=1 index_type_id=2 nr_elems=80000
`

// TestPackable has sizes that pahole prints too, where its method ends.
func TestPackable(t *testing.T) {
	for name, tt := range map[string]struct {
		members string
		size    int
		want    string
		endless bool
	}{
		"no holes":                       {"c 1 0|c2 1 8|i 2 32", 8, "", false},
		"two holes":                      {"c 1 0|l 3 64|c2 1 128", 24, "s\t24\t16\t8\n", false},
		"two holes, a member after them": {"c 1 0|l 3 64|i 2 128|l2 3 192", 32, "s\t32\t24\t8\n", false},
		"bit-fields stay":                {"l 3 0|b 2 64:3|l2 3 128|i 2 192", 32, "s\t32\t24\t8\n", false},
		"one hole that nothing fits":     {"c 1 0|l 3 64", 16, "", false},
		"offsets beyond 16 bits":         {"big 4 0|i 2 640000|c 1 640032|c2 1 640512", 80128, "s\t80128\t80008\t120\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			var text strings.Builder
			members := strings.Split(tt.members, "|")
			fmt.Fprintf(&text, "%s[5] STRUCT 's' size=%d vlen=%d\n", packableInts, tt.size, len(members))
			for _, m := range members {
				var member, typ, at string
				fmt.Sscan(m, &member, &typ, &at)
				at, width, isField := strings.Cut(at, ":")
				fmt.Fprintf(&text, "\t'%s' type_id=%s bits_offset=%s", member, typ, at)
				if isField {
					fmt.Fprintf(&text, " bitfield_size=%s", width)
				}
				text.WriteString("\n")
			}
			types := goldentest.Parse(t, text.String(), nil)
			var buf bytes.Buffer
			p := layout.NewPrinter(&buf, types, layout.Options{})
			if err := p.Packable(layout.Filter{}); err != nil {
				t.Fatal(err)
			}
			if buf.String() != tt.want {
				t.Errorf("%q, want %q", buf.String(), tt.want)
			}
			if got := p.Endless(5); got != tt.endless {
				t.Errorf("endless %v, want %v", got, tt.endless)
			}
		})
	}
}
