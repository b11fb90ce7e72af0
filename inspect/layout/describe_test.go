package layout_test

import (
	"errors"
	"io"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/layout"
	"github.com/gopahole/gopahole/internal/goldentest"
)

// TestDescribe: what is between members is what pahole counts as holes, whatever the types
// of the goldens are, but for those that overlap.
func TestDescribe(t *testing.T) {
	structs := 0
	for _, g := range goldentest.Load(t) {
		types := g.Types(t, "types", nil)
		err := layout.NewPrinter(io.Discard, types, layout.Options{}).Describe(func(l *layout.Layout) error {
			if l.Size != types.Record(l.ID).Size() || l.Union != (types.Record(l.ID).Kind() == btf.KindUnion) {
				t.Errorf("%s: type %d: %+v", g.Name(), l.ID, l)
			}
			if l.Union {
				if l.Holes != 0 || l.HoleBits != 0 || l.Padding != 0 {
					t.Errorf("%s: a union with holes: %+v", g.Name(), l)
				}
				return nil
			}
			gaps, end, overlaps := uint64(0), uint64(0), false
			for _, m := range l.Members {
				overlaps = overlaps || uint64(m.Offset) < end
				gaps += max(uint64(m.Offset), end) - end
				end = uint64(m.Offset) + m.Bits
			}
			if overlaps = overlaps || end > uint64(l.Size)*8; overlaps {
				return nil
			}
			structs++
			if gaps != l.HoleBits || uint64(l.Size)*8-end != l.Padding || (gaps > 0) != (l.Holes > 0) {
				t.Errorf("%s: %s: gaps of %d bits and %d at the end, in %+v", g.Name(), types.Name(l.ID), gaps, uint64(l.Size)*8-end, l)
			}
			return nil
		})
		if err != nil && !errors.As(err, new(*layout.DepthError)) {
			t.Errorf("%s: %v", g.Name(), err)
		}
	}
	if structs < 5 {
		t.Errorf("%d structs were compared", structs)
	}
}

func TestDescribeBits(t *testing.T) {
	types := goldentest.Parse(t, `[1] INT 'unsigned int' size=4 bits_offset=0 nr_bits=32 encoding=(none)
[2] STRUCT 's' size=16 vlen=4
	'a' type_id=1 bits_offset=0 bitfield_size=3
	'b' type_id=1 bits_offset=5 bitfield_size=2
	'c' type_id=1 bits_offset=64
	'd' type_id=1 bits_offset=96 bitfield_size=31
`, nil)
	var got *layout.Layout
	err := layout.NewPrinter(io.Discard, types, layout.Options{}).Describe(func(l *layout.Layout) error { got = l; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if got.HoleBits != 2+25+32 || got.Padding != 1 || !got.Members[1].Field || got.Members[1].Bits != 2 || got.Members[2].Field || got.Members[2].Bits != 32 {
		t.Errorf("%+v", got)
	}
	stop := errors.New("enough")
	if err := layout.NewPrinter(io.Discard, types, layout.Options{}).Describe(func(*layout.Layout) error { return stop }); err != stop {
		t.Errorf("error %v", err)
	}
}
