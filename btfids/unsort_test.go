package btfids

import (
	"errors"
	"reflect"
	"testing"
)

func TestUnsort(t *testing.T) {
	names := map[uint32]string{3: "a", 4: "b", 5: "c", 6: "other", 9: ""} // 9 is in a base that is not there
	nameOf := func(id uint32) (string, bool) { name, ok := names[id]; return name, ok }
	for _, tc := range []struct {
		name  string
		slots []setSlot
		want  []uint32
		doubt []string
		err   error
	}{
		{name: "no entries", want: []uint32{}},
		{
			name:  "sorted: flags go back to their symbols",
			slots: []setSlot{{3, 10, "c"}, {4, 20, "a"}, {5, 30, "b"}}, want: []uint32{30, 10, 20},
		},
		{
			name:  "filled in and not sorted",
			slots: []setSlot{{5, 30, "c"}, {3, 10, "a"}, {4, 20, "b"}}, want: []uint32{30, 10, 20},
		},
		{
			name:  "one without an ID has the name that is left",
			slots: []setSlot{{0, 20, "a"}, {3, 10, "b"}, {5, 30, "c"}}, want: []uint32{10, 20, 30},
		},
		{
			name:  "several without an ID and with the same flags",
			slots: []setSlot{{0, 7, "c"}, {0, 7, "x"}, {3, 10, "a"}, {5, 30, "y"}}, want: []uint32{30, 7, 10, 7},
		},
		{
			name:  "several without an ID and with flags that differ",
			slots: []setSlot{{0, 7, "c"}, {0, 8, "x"}, {3, 10, "a"}, {5, 30, "y"}}, want: []uint32{30, 7, 10, 8}, doubt: []string{"x", "y"},
		},
		{
			name:  "an entry without a symbol has no ID either",
			slots: []setSlot{{0, 8, "a"}, {0, 7, ""}, {5, 30, "c"}}, want: []uint32{8, 7, 30}, doubt: []string{"a"},
		},
		{
			name:  "a name that stands there twice",
			slots: []setSlot{{3, 1, "a"}, {3, 1, "b"}, {4, 2, "a"}}, want: []uint32{1, 2, 1},
		},
		{
			name:  "an ID of a base that is not there",
			slots: []setSlot{{3, 10, "x"}, {9, 20, "a"}}, want: []uint32{20, 10},
		},
		{
			name:  "nothing to find out, whatever the IDs are",
			slots: []setSlot{{77, 5, "a"}, {78, 5, "b"}}, want: []uint32{5, 5},
		},
		{
			name:  "no such ID",
			slots: []setSlot{{77, 5, "a"}, {3, 6, "b"}}, err: &ForeignError{ID: 77},
		},
		{
			name:  "an ID of something else",
			slots: []setSlot{{3, 5, "a"}, {6, 6, "b"}}, err: &ForeignError{6, "other"},
		},
		{
			name:  "an ID too often",
			slots: []setSlot{{3, 5, "a"}, {3, 6, "b"}}, err: &ForeignError{3, "a"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, doubt, err := unsort(tc.slots, nameOf)
			if !reflect.DeepEqual(got, tc.want) || !reflect.DeepEqual(doubt, tc.doubt) {
				t.Errorf("flags %d, in doubt %q, want %d and %q", got, doubt, tc.want, tc.doubt)
			}
			var foreign *ForeignError
			if errors.As(err, &foreign) != (tc.err != nil) || tc.err != nil && !reflect.DeepEqual(foreign, tc.err) {
				t.Errorf("error %v, want %v", err, tc.err)
			}
		})
	}
}
