package dwarf2btf_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
)

// Encode an object and look up a struct.
func ExampleConvert() {
	f, err := elffile.Open("../cmd/gopahole/example/point.elf") // of point.c, which stands beside it
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	result, err := dwarf2btf.Convert(context.Background(), []*elffile.File{f}, dwarf2btf.Options{Features: features.Default()})
	if err != nil {
		log.Fatal(err)
	}
	types := result.BTF
	id, ok := types.Find(btf.KindStruct, "point")
	if !ok {
		log.Fatal("there is no struct point")
	}
	fmt.Printf("struct point, %d bytes\n", types.Record(id).Size())
	for _, m := range types.Members(id) {
		fmt.Printf("  %s %s at bit %d\n", types.Name(m.Type), m.Name, m.Offset)
	}
	// Output:
	// struct point, 8 bytes
	//   int x at bit 0
	//   int y at bit 32
}
