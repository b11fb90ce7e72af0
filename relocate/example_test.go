package relocate_test

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/relocate"
)

// A module is built on one kernel, and distilled. On the next kernel its types have
// other IDs, and struct task is larger.
func Example() {
	old, err := build(nil, func(b *btf.Builder) { b.AddStruct("task", 8) })
	if err != nil {
		log.Fatal(err)
	}
	module, err := build(old, func(b *btf.Builder) { b.AddTypedef("task_ref", b.AddPtr(1)) })
	if err != nil {
		log.Fatal(err)
	}
	base, split, err := distill.Distill(module, distill.Options{}) // for .BTF.base and .BTF
	if err != nil {
		log.Fatal(err)
	}
	show("distilled base", base)
	show("split", split)

	next, err := build(nil, func(b *btf.Builder) {
		b.AddInt("int", 4, btf.EncodingSigned)
		b.AddStruct("task", 16)
	})
	if err != nil {
		log.Fatal(err)
	}
	target := relocate.NewTarget(next) // for any number of modules
	result, err := relocate.Check(split, target)
	if err != nil {
		log.Fatal(err)
	}
	for i := range result.Distilled {
		d := &result.Distilled[i]
		fmt.Printf("%v: %v %s is %v, new ID %d: %s\n", result.Outcome, d.Kind, d.Name, d.State, d.NewID(), d.Explain())
	}
	moved, err := relocate.Relocate(split, target)
	if err != nil {
		log.Fatal(err)
	}
	show("moved", moved)
	// Output:
	// distilled base
	// [1] STRUCT 'task' size=8 vlen=0
	// split
	// [2] PTR '(anon)' type_id=1
	// [3] TYPEDEF 'task_ref' type_id=2
	// relocates: STRUCT task is matched, new ID 2: size 16 now
	// moved
	// [3] PTR '(anon)' type_id=2
	// [4] TYPEDEF 'task_ref' type_id=3
}

func build(base *btf.Types, add func(*btf.Builder)) (*btf.Types, error) {
	b := btf.NewBuilder(binary.LittleEndian, base)
	add(b)
	return b.Build()
}

func show(title string, types *btf.Types) {
	fmt.Println(title)
	if err := types.Dump(os.Stdout); err != nil {
		log.Fatal(err)
	}
}
