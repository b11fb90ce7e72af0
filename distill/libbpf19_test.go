package distill_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/libbpf"
)

// TestLibbpf19 has what libbpf does differently after 1.8: a base may be empty, and
// functions of the base are copied. Of what libbpf 1.8 would make, before is the kind of
// the *KindError, or 0 if that is BTF.
func TestLibbpf19(t *testing.T) {
	const base = `[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] PTR '(anon)' type_id=0
[3] STRUCT 's' size=4 vlen=1
	'm' type_id=1 bits_offset=0
[4] PTR '(anon)' type_id=3
[5] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1
	'p' type_id=4
[6] FUNC 'fn' type_id=5 linkage=static
[7] VAR 'v' type_id=1, linkage=static
[8] DATASEC '.data' size=4 vlen=1
	type_id=7 offset=0 size=4
[9] DECL_TAG 'tag' type_id=6 component_idx=-1
`
	for _, tc := range []struct {
		name, split         string
		before              btf.Kind
		refused             btf.Kind // also after 1.8
		wantBase, wantSplit string
	}{
		{
			name:      "T3-2 only void * of the base",
			split:     "[10] TYPEDEF 't' type_id=2\n",
			wantSplit: "[1] TYPEDEF 't' type_id=2\n[2] PTR '(anon)' type_id=0\n",
		},
		{name: "T3-2 nothing at all"},
		{
			name:     "T3-3 tag on a function of the base",
			split:    "[10] DECL_TAG 'x' type_id=6 component_idx=0\n",
			before:   btf.KindFunc,
			wantBase: "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n[2] STRUCT 's' size=4 vlen=0\n",
			wantSplit: `[3] DECL_TAG 'x' type_id=6 component_idx=0
[4] PTR '(anon)' type_id=2
[5] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1
	'p' type_id=4
[6] FUNC 'fn' type_id=5 linkage=static
`,
		},
		{
			name:    "T3-4 tag on a variable of the base",
			split:   "[10] DECL_TAG 'x' type_id=7 component_idx=-1\n",
			before:  btf.KindVar,
			refused: btf.KindVar,
		},
		{
			name:    "T3-4 section of the base",
			split:   "[10] PTR '(anon)' type_id=8\n",
			before:  btf.KindDatasec,
			refused: btf.KindDatasec,
		},
		{
			name:    "T3-4 tag of the base",
			split:   "[10] PTR '(anon)' type_id=9\n",
			before:  btf.KindDeclTag,
			refused: btf.KindDeclTag,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := goldentest.Parse(t, tc.split, goldentest.Parse(t, base, nil))
			_, _, err := distill.Distill(in, distill.Options{})
			if got := refusedKind(err); got != tc.before {
				t.Errorf("libbpf 1.8: %v", err)
			}
			gotBase, gotSplit, err := distill.Distill(in, distill.Options{Compat: libbpf.V19})
			if got := refusedKind(err); got != tc.refused {
				t.Errorf("libbpf 1.9: %v", err)
			}
			if err != nil {
				return
			}
			if diff := cmp.Diff(tc.wantBase, goldentest.Dump(t, gotBase)); diff != "" {
				t.Errorf("base (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantSplit, goldentest.Dump(t, gotSplit)); diff != "" {
				t.Errorf("split (-want +got)\n%s", diff)
			}
			if tc.wantBase == "" && (len(gotBase.Bytes()) != 24+1 || len(gotBase.WithLongHeader(true).Bytes()) != 32+1) {
				t.Errorf("the empty base has %d bytes", len(gotBase.Bytes()))
			}
			again, err := btf.Parse(gotBase.Bytes(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := btf.Parse(gotSplit.Bytes(), again); err != nil {
				t.Error(err)
			}
		})
	}
}

func refusedKind(err error) btf.Kind {
	if kind := (*distill.KindError)(nil); errors.As(err, &kind) {
		return kind.Kind
	}
	return btf.KindVoid
}
