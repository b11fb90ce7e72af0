package funcs

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/kfunc"
)

func TestArenaPointers(t *testing.T) {
	const ptr, other = 10, 11
	isPtr := func(id uint32) bool { return id == ptr }
	const arg1, arg2 = kfunc.ArenaArg, kfunc.ArenaArg << 1
	for _, tc := range []struct {
		name   string
		flags  kfunc.Flags
		ret    uint32
		params []Param
		want   []int
		err    string
	}{
		{"no flag", kfunc.FastCall | 1, other, nil, nil, ""},
		{"all three, in order", kfunc.ArenaRet | arg1 | arg2, ptr, []Param{{1, ptr}, {2, ptr}}, []int{Return, 0, 1}, ""},
		{"second argument", arg2, other, []Param{{1, other}, {2, ptr}}, []int{1}, ""},
		{"returns no pointer", kfunc.ArenaRet, other, nil, nil, "return type: "},
		{"returns void", kfunc.ArenaRet, 0, nil, nil, "return type: "},
		{"no pointer", arg1, ptr, []Param{{1, other}}, nil, "parameter 1: "},
		{"too few", arg2, ptr, []Param{{1, ptr}}, nil, "parameter 2: "},
	} {
		got, err := ArenaPointers(tc.flags, tc.ret, tc.params, isPtr)
		if !slices.Equal(got, tc.want) || errors.Is(err, ErrNotPointer) != (tc.err != "") || err != nil && !strings.HasPrefix(err.Error(), tc.err) {
			t.Errorf("%s: %v, %v", tc.name, got, err)
		}
	}
}
