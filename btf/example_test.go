package btf_test

import (
	"fmt"
	"log"
	"os"
	"strings"

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
		log.Fatal(err)
	}
	base.Dump(os.Stdout)

	// Split BTF goes on where its base ends.
	b = btf.NewBuilder(nil, base)
	b.AddPtr(2)
	split, err := b.Build()
	if err != nil {
		log.Fatal(err)
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
func ExampleRecord_Refs() {
	types, err := btf.ParseText(`[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2
	'a' type_id=1
	'b' type_id=3
[3] PTR '(anon)' type_id=1
`, nil)
	if err != nil {
		log.Fatal(err)
	}
	for ref := range types.Record(2).Refs() {
		fmt.Println(ref)
	}
	// Output:
	// 1
	// 1
	// 3
}

// The members of a struct with their types and offsets. The file may as well be a
// vmlinux, or /sys/kernel/btf/vmlinux for the kernel that runs.
func ExampleTypes_Members() {
	types, err := btf.Open("../testdata/dwarf/module-bpf-clang-dwarf5.o", nil)
	if err != nil {
		log.Fatal(err)
	}
	var text func(id btf.ID) string
	text = func(id btf.ID) string {
		rec, name := types.Record(id), types.Name(id)
		switch kind := rec.Kind(); {
		case kind == btf.KindVoid:
			return "void"
		case kind == btf.KindPtr:
			return text(rec.Type()) + " *"
		case kind == btf.KindArray:
			return fmt.Sprintf("%s[%d]", text(rec.Array().Elem), rec.Array().Len)
		case kind == btf.KindFuncProto:
			return text(rec.Type()) + " (...)"
		case kind.IsQualifier():
			return strings.ToLower(kind.String()) + " " + text(rec.Type())
		case kind.IsComposite() || kind.IsAnyEnum():
			return strings.ToLower(kind.String()) + " " + name
		}
		return name
	}
	id, ok := types.Find(btf.KindStruct, "item")
	if !ok {
		log.Fatal("there is no struct item")
	}
	for _, m := range types.Members(id) {
		fmt.Printf("%2d.%d %s: %s\n", m.Offset/8, m.Offset%8, m.Name, text(m.Type))
	}
	// Output:
	//  0.0 link: struct list
	// 16.0 wait: pending *
	// 24.0 call: int (...) *
}

func ExampleRecord() {
	types, err := btf.ParseText(`[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2
	'a' type_id=1
	'b' type_id=1
[3] FUNC 'f' type_id=2 linkage=static
[4] FUNC 'g' type_id=2 linkage=static
`, nil)
	if err != nil {
		log.Fatal(err)
	}
	for id, rec := range types.All() {
		if rec.Kind() == btf.KindFunc {
			fmt.Println(types.Name(id), "has", types.Record(rec.Type()).Vlen(), "parameters")
		}
	}
	// Output:
	// f has 2 parameters
	// g has 2 parameters
}
