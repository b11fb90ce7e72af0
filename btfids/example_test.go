package btfids_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
)

// The section of an object, before and after its types are known.
func Example() {
	object, err := elffile.Open("../testdata/dwarf/kfuncs-gcc-dwarf5.elf")
	if err != nil {
		log.Fatal(err)
	}
	defer object.Close()
	table, err := btfids.Read(object)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d slots, filled in: %v\n", len(table.Slots()), table.Resolved())
	res, err := dwarf2btf.Convert(context.Background(), []*elffile.File{object}, dwarf2btf.Options{Features: features.Default()})
	if err != nil {
		log.Fatal(err)
	}
	ids := table.Resolve(res.BTF)
	fmt.Printf("%d bytes for .BTF_ids, %d symbols without a type\n", len(ids.Data), len(ids.Warnings))
	for _, w := range ids.Warnings {
		fmt.Printf("%+v\n", w)
	}
	// Output:
	// 7 slots, filled in: false
	// 72 bytes for .BTF_ids, 1 symbols without a type
	// WARN: resolve_btfids: unresolved symbol kf_missing
}
