package elffile_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
)

// Encode an object, embed the BTF in a copy of it, and read that back.
func Example() {
	object, err := elffile.Open("../testdata/dwarf/splitmod-gcc-dwarf5.o")
	if err != nil {
		log.Fatal(err)
	}
	defer object.Close()
	res, err := dwarf2btf.Convert(context.Background(), []*elffile.File{object}, dwarf2btf.Options{Features: features.Default()})
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "with-btf.o")
	contents := []elffile.Content{{Name: ".BTF", Data: res.BTF.Bytes()}}
	if err := object.WriteCopy(path, contents, elffile.Options{}); err != nil {
		log.Fatal(err)
	}
	types, err := elffile.OpenBTF(path, nil)
	if err != nil {
		log.Fatal(err)
	}
	id, ok := types.Find(btf.KindStruct, "event")
	fmt.Println(ok, types.Record(id).Size(), "bytes")
	// Output: true 4 bytes
}

// Replace a section, and take it out again. The file is complete at any moment.
func ExampleSetSections() {
	object, err := elffile.Open("../testdata/dwarf/splitmod-gcc-dwarf5.o")
	if err != nil {
		log.Fatal(err)
	}
	defer object.Close()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "notes.o")
	if err := object.WriteCopy(path, nil, elffile.Options{}); err != nil {
		log.Fatal(err)
	}
	for _, data := range [][]byte{[]byte("first"), []byte("second"), nil} { // nil removes it
		contents := []elffile.Content{{Name: ".notes", Data: data}}
		if err := elffile.SetSections(path, contents, elffile.Options{}); err != nil {
			log.Fatal(err)
		}
		f, err := elffile.Open(path)
		if err != nil {
			log.Fatal(err)
		}
		if s := f.Section(".notes"); s != nil {
			data, err := f.SectionData(s)
			fmt.Printf("%q %v\n", data, err)
		} else {
			fmt.Println("no section .notes")
		}
		f.Close()
	}
	// Output:
	// "first" <nil>
	// "second" <nil>
	// no section .notes
}
