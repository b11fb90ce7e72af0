package layout_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/inspect/layout"
	"github.com/gopahole/gopahole/internal/goldentest"
)

// TestLargeInItself has a struct of many members that are pointers to it. It is gone into again and again, which must
// not take the memory of all its members each time.
func TestLargeInItself(t *testing.T) {
	const members, most = 5000, 64 << 20
	var text strings.Builder
	fmt.Fprintf(&text, "[1] PTR '(anon)' type_id=2\n[2] STRUCT '(anon)' size=%d vlen=%d\n", members*8, members)
	for i := range members {
		fmt.Fprintf(&text, "\t'm' type_id=1 bits_offset=%d\n", i*64)
	}
	text.WriteString("[3] STRUCT 's' size=8 vlen=1\n\t'p' type_id=1 bits_offset=0\n")
	types := goldentest.Parse(t, text.String(), nil)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := layout.NewPrinter(io.Discard, types, layout.Options{}).Print(3)
	runtime.ReadMemStats(&after)
	if tooDeep := (*layout.DepthError)(nil); !errors.As(err, &tooDeep) {
		t.Errorf("error %v, want a DepthError", err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > most {
		t.Errorf("it took %d bytes of memory, and %d are the limit", took, most)
	}
}

// TestOddFields has bit-fields whose types have sizes that wrap around, or none at all.
func TestOddFields(t *testing.T) {
	const s = "[2] STRUCT 's' size=4294967295 vlen=2\n\t'a' type_id=%[1]d bits_offset=0 bitfield_size=3\n\t'b' type_id=%[1]d bits_offset=16777215 bitfield_size=255\n"
	for name, text := range map[string]string{
		"an enum of 1<<29 bytes": "[1] ENUM 'e' encoding=UNSIGNED size=536870912 vlen=0\n" + fmt.Sprintf(s, 1),
		"an enum of 1<<31 bytes": "[1] ENUM64 'e' encoding=UNSIGNED size=2147483648 vlen=0\n" + fmt.Sprintf(s, 1),
		"void":                   "[1] PTR '(anon)' type_id=0\n" + fmt.Sprintf(s, 0),
	} {
		t.Run(name, func(t *testing.T) {
			types := goldentest.Parse(t, text, nil)
			for _, print := range []func(*layout.Printer) error{
				func(p *layout.Printer) error { return p.Print(2) },
				func(p *layout.Printer) error { return p.PackableSize(2) },
				func(p *layout.Printer) error { return p.Describe(func(*layout.Layout) error { return nil }) },
			} {
				var text strings.Builder
				if err := print(layout.NewPrinter(&text, types, layout.Options{})); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
