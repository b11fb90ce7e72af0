package btf_test

import (
	"testing"

	"github.com/gopahole/gopahole/btf"
)

func TestNameUpTo(t *testing.T) {
	base, err := btf.New(nil, nil, []uint32{1, btf.Info(btf.KindFloat, 0, false), 4}, []byte("\x00float\x00"))
	if err != nil {
		t.Fatal(err)
	}
	split, err := btf.New(nil, base, []uint32{
		3, btf.Info(btf.KindFloat, 0, false), 4, // in the middle of a name of the base
		7, btf.Info(btf.KindFloat, 0, false), 4,
	}, []byte("own\x00"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		id   btf.ID
		max  int
		want string
	}{
		{0, 5, ""}, {1, 5, "float"}, {1, 4, "float"}, {1, 3, "floa"}, {1, 0, "f"}, {2, 9, "oat"}, {2, 2, "oat"}, {2, 1, "oa"},
		{3, 100, "own"}, {3, 1, "ow"}, {4, 5, ""},
	} {
		if got := split.NameUpTo(tc.id, tc.max); got != tc.want {
			t.Errorf("[%d] up to %d: %q, want %q", tc.id, tc.max, got, tc.want)
		}
	}
}
