package btfids_test

import (
	"bytes"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/elffile"
)

// TestOrigin: a section and the types that it was filled in from tell how large their base
// was, unless too little fits or too much.
func TestOrigin(t *testing.T) {
	base := parseText(t, `
[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] FUNC_PROTO '(anon)' ret_type_id=1 vlen=0
[3] STRUCT 'known' size=4 vlen=0
`, nil)
	split := parseText(t, `
[4] PTR '(anon)' type_id=3
[5] FUNC 'ccc' type_id=2 linkage=static
[6] FUNC 'a' type_id=2 linkage=static
[7] FUNC 'known' type_id=2 linkage=static
[8] FUNC 'ee' type_id=2 linkage=static
[9] FUNC 'dd' type_id=2 linkage=static
`, base)
	foreign := parseText(t, `
[4] PTR '(anon)' type_id=3
[5] FUNC 'ccc' type_id=2 linkage=static
[6] FUNC 'x' type_id=2 linkage=static
`, base)
	none, err := btf.New(nil, nil, nil, []byte{0})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name  string
		ids   string
		types *btf.Types
		want  bool
	}{
		{"two functions", "set8 s 1\n\tfunc dd 3\n\tfunc a 4\n", split, true},
		{"in two sets", "set8 s 1\n\tfunc dd 3\nset8 other 0\n\tfunc ee 4\n", split, true},
		{"with one whose name is in the base", "set8 s 1\n\tfunc dd 3\n\tfunc known 4\n\tfunc ccc 5\n", split, true},
		{"with one that is not there", "set8 s 1\n\tfunc dd 3\n\tfunc nothing 4\n\tfunc ccc 5\n", split, true},
		{"one function, which may be any", "set8 s 1\n\tfunc dd 3\n", split, false},
		{"no name of its own", "set8 s 1\n\tfunc known 3\n", split, false},
		{"no set with flags", "set s\n\tfunc dd\n\tfunc a\n", split, false},
		{"of other types", "set8 s 1\n\tfunc dd 3\n\tfunc a 4\n\tfunc ccc 3\n", foreign, false},
	} {
		section := parseIDs(t, tc.ids)
		image := section.elf(t, forms[0])
		f, err := elffile.New("file", bytes.NewReader(image), int64(len(image)))
		if err != nil {
			t.Fatal(err)
		}
		linked := mustRead(t, image)
		if o, ok := linked.Origin(split); ok {
			t.Errorf("%s: %+v before it is filled in", tc.name, o)
		}
		own, err := btf.ParseLoose(tc.types.Bytes(), none)
		if err != nil {
			t.Fatal(err)
		}
		o, ok := finished(t, f, linked.Resolve(split).Data).Origin(own)
		want := btfids.Origin{IDs: base.NumIDs(), Strings: base.StringEnd()}
		if ok != tc.want || ok && o != want {
			t.Errorf("%s: %v %+v, want %v %+v", tc.name, ok, o, tc.want, want)
		}
	}
}

func parseText(t *testing.T, text string, base *btf.Types) *btf.Types {
	t.Helper()
	types, err := btf.ParseText(text, base)
	if err != nil {
		t.Fatal(err)
	}
	return types
}
