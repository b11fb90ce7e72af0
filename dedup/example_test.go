package dedup_test

import (
	"context"
	"log"
	"os"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dedup"
)

// Two objects know a struct each, and of the other one that it exists. Their BTF
// becomes one.
func Example() {
	one, err := btf.ParseText(`[1] STRUCT 'item' size=8 vlen=1
	'list' type_id=2 bits_offset=0
[2] PTR '(anon)' type_id=3
[3] FWD 'list' fwd_kind=struct
`, nil)
	if err != nil {
		log.Fatal(err)
	}
	other, err := btf.ParseText(`[1] STRUCT 'list' size=8 vlen=1
	'first' type_id=2 bits_offset=0
[2] PTR '(anon)' type_id=3
[3] FWD 'item' fwd_kind=struct
`, nil)
	if err != nil {
		log.Fatal(err)
	}

	b := btf.NewBuilder(nil, nil)
	b.AddTypes(one)
	b.AddTypes(other)
	both, err := b.Build()
	if err != nil {
		log.Fatal(err)
	}
	merged, err := dedup.Dedup(context.Background(), both, dedup.Options{})
	if err != nil {
		log.Fatal(err)
	}
	merged.Dump(os.Stdout)
	// Output:
	// [1] STRUCT 'item' size=8 vlen=1
	// 	'list' type_id=2 bits_offset=0
	// [2] PTR '(anon)' type_id=3
	// [3] STRUCT 'list' size=8 vlen=1
	// 	'first' type_id=4 bits_offset=0
	// [4] PTR '(anon)' type_id=1
}
