package btf_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log"

	"github.com/gopahole/gopahole/btf"

	cilium "github.com/cilium/ebpf/btf"
)

// Hand types to the package btf of cilium/ebpf: first the base, then what is split from it.
func ExampleTypes_Bytes() {
	kernel := btf.NewBuilder(binary.LittleEndian, nil)
	task := kernel.AddStruct("task", 8)
	base, err := kernel.Build()
	if err != nil {
		log.Fatal(err)
	}
	module := btf.NewBuilder(binary.LittleEndian, base)
	module.AddTypedef("task_ref", module.AddPtr(task))
	split, err := module.Build()
	if err != nil {
		log.Fatal(err)
	}

	baseSpec, err := cilium.LoadSpecFromReader(bytes.NewReader(base.Bytes()))
	if err != nil {
		log.Fatal(err)
	}
	spec, err := cilium.LoadSplitSpecFromReader(bytes.NewReader(split.Bytes()), baseSpec)
	if err != nil {
		log.Fatal(err)
	}
	var ref *cilium.Typedef
	if err := spec.TypeByName("task_ref", &ref); err != nil {
		log.Fatal(err)
	}
	fmt.Println(ref, ref.Type)
	// Output: Typedef:"task_ref"[Pointer] Pointer[target=Struct:"task"]
}
