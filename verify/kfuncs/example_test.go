package kfuncs_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/verify/kfuncs"
)

// An object whose kernel functions were encoded without tags.
func Example() {
	const path = "../../testdata/dwarf/kfuncs-gcc-dwarf5.elf"
	f, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		log.Fatal(err)
	}
	set, err := kfuncs.Read(path, f, info.Size())
	if err != nil {
		log.Fatal(err)
	}
	object, err := elffile.New(path, f, info.Size())
	if err != nil {
		log.Fatal(err)
	}
	for _, enabled := range []features.Set{features.Default(), features.Default() &^ features.DeclTagKfuncs} {
		res, err := dwarf2btf.Convert(context.Background(), []*elffile.File{object}, dwarf2btf.Options{Features: enabled})
		if err != nil {
			log.Fatal(err)
		}
		audit := kfuncs.Check(res.BTF, set)
		fmt.Printf("%d kernel functions, complete: %v, %d lack something\n", audit.Total, audit.Complete(), len(audit.Gaps))
	}
	// Output:
	// 6 kernel functions, complete: false, 1 lack something
	// 6 kernel functions, complete: false, 6 lack something
}
