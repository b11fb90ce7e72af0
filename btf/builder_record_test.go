package btf_test

import (
	"regexp"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

func TestAddRecord(t *testing.T) {
	for _, g := range goldens(t) {
		for i, types := range g.types(t) {
			b := btf.NewBuilder(types.ByteOrder(), types.Base())
			for id := types.FirstID(); id < types.NumIDs(); id++ {
				if got := b.AddRecord(types.Record(id), types); got != id && b.Err() == nil {
					t.Errorf("%s: [%d] became [%d]", g.name, id, got)
				}
			}
			got, err := b.Build()
			if err != nil {
				t.Fatal(err)
			}
			// Empty names become anonymous, as libbpf has it.
			want := regexp.MustCompile(`(?m)(^|\s)'' `).ReplaceAllString([]string{g.base, g.split}[i], "$1'(anon)' ")
			if text := dump(t, got); text != want {
				t.Errorf("%s: got\n%s\nwant\n%s", g.name, text, want)
			}
		}
	}
}

func TestAddRecordRefuses(t *testing.T) {
	src, err := btf.ParseText("[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		rec  []uint32
	}{
		{"name out of range", []uint32{5, btf.Info(btf.KindInt, 0, false), 4, 32}},
		{"record too short", []uint32{1, btf.Info(btf.KindInt, 0, false), 4}},
		{"record too long", []uint32{1, btf.Info(btf.KindFloat, 0, false), 4, 0}},
		{"unknown kind", []uint32{1, btf.Info(40, 0, false), 4}},
		{"void", []uint32{0, 0, 0}},
	} {
		b := btf.NewBuilder(nil, nil)
		if id := b.AddRecord(tc.rec, src); id != 0 || b.Err() == nil {
			t.Errorf("%s: ID %d, error %v", tc.name, id, b.Err())
		}
		if _, err := b.Build(); err == nil {
			t.Errorf("%s: built", tc.name)
		}
	}
}
