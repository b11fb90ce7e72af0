package unpack_test

import (
	"fmt"
	"log"

	"github.com/gopahole/gopahole/unpack"
)

// A compressed file is read like any other. For the vmlinux in a boot image it is the
// same: unpack.Open("/boot/vmlinuz").
func ExampleOpen() {
	f, err := unpack.Open("testdata/text.xz")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	var start [6]byte
	if _, err := f.ReadAt(start[:], 0); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, %d bytes, begins with %q\n", f.Format, f.Size(), start)
	// Output: xz, 18893 bytes, begins with "1\n2\n3\n"
}
