package die

import (
	"testing"
	"unsafe"
)

// The structs that exist in great number or are walked for every DIE do not grow
// by accident. Sizes are those of 64-bit machines.
func TestSizes(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("not a 64-bit machine")
	}
	for _, tc := range []struct {
		name      string
		got, want uintptr
	}{
		{"op", unsafe.Sizeof(op{}), 16},
		{"layout", unsafe.Sizeof(layout{}), 28},
		{"Abbrev", unsafe.Sizeof(Abbrev{}), 124},
		{"quick", unsafe.Sizeof(quick{}), 16},
		{"Value", unsafe.Sizeof(Value{}), 16},
		{"Simple", unsafe.Sizeof(Simple{}), 32},
		{"Unit", unsafe.Sizeof(Unit{}), 48},
		{"knownAbbrev", unsafe.Sizeof(knownAbbrev{}), 32},
	} {
		if tc.got > tc.want {
			t.Errorf("%s has %d bytes, want at most %d", tc.name, tc.got, tc.want)
		}
	}
}
