package btf_test

import (
	"fmt"
	"os"

	"github.com/gopahole/gopahole/btf"
)

func ExampleBuilder() {
	b := btf.NewBuilder(nil, nil)
	integer := b.AddInt("int", 4, btf.EncodingSigned)
	b.AddStruct("point", 8,
		btf.Member{Name: "x", Type: integer},
		btf.Member{Name: "y", Type: integer, Offset: 32})
	base, err := b.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	base.Dump(os.Stdout)

	// Split BTF goes on where its base ends.
	b = btf.NewBuilder(nil, base)
	b.AddPtr(2)
	split, err := b.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	split.Dump(os.Stdout)
	// Output:
	// [1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
	// [2] STRUCT 'point' size=8 vlen=2
	// 	'x' type_id=1 bits_offset=0
	// 	'y' type_id=1 bits_offset=32
	// [3] PTR '(anon)' type_id=2
}

// References of any kind, without a switch over kinds.
func ExampleAppendRefs() {
	types, err := btf.ParseText(`[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2
	'a' type_id=1
	'b' type_id=3
[3] PTR '(anon)' type_id=1
`, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	rec := types.Record(2)
	for _, word := range btf.AppendRefs(nil, rec) {
		fmt.Println(word, rec[word])
	}
	// Output:
	// 2 1
	// 4 1
	// 6 3
}
