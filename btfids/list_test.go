package btfids_test

import (
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btfids"
)

func TestSlots(t *testing.T) {
	section := parseIDs(t, `
list hooks
	func aaa
	-
	struct sss
set8 kfuncs 1
	func bbb 2
	func aaa 4
`)
	copy(section.words, []uint32{7, 0, 3, 2, 1, 7, 4, 9, 2})
	want := []btfids.Slot{{0, 7}, {8, 3}, {20, 7}, {28, 9}}
	for _, f := range forms {
		if got := mustRead(t, section.elf(t, f)).Slots(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", f.name, got, want)
		}
	}
}
