package distill_test

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/distill"
)

// The example of the package comment.
func Example() {
	kernel := btf.NewBuilder(binary.LittleEndian, nil)
	integer := kernel.AddInt("int", 4, btf.EncodingSigned)
	foo := kernel.AddStruct("foo", 8, btf.Member{Name: "a", Type: integer}, btf.Member{Name: "b", Type: integer, Offset: 32})
	pointer := kernel.AddPtr(foo)
	base, err := kernel.Build()
	if err != nil {
		log.Fatal(err)
	}
	module := btf.NewBuilder(binary.LittleEndian, base)
	module.AddVar("x", btf.LinkageGlobal, pointer)
	split, err := module.Build()
	if err != nil {
		log.Fatal(err)
	}

	distilled, out, err := distill.Distill(split, distill.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, section := range []struct {
		name  string
		types *btf.Types
	}{{".BTF.base", distilled}, {".BTF", out}} {
		fmt.Println(section.name)
		if err := section.types.Dump(os.Stdout); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// .BTF.base
	// [1] STRUCT 'foo' size=8 vlen=0
	// .BTF
	// [2] VAR 'x' type_id=3, linkage=global
	// [3] PTR '(anon)' type_id=1
}
