package verify_test

import (
	"encoding/binary"
	"fmt"
	"log"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/verify"
)

// What BPF_BTF_LOAD says of BTF by the rules of the newest release that is known.
func ExampleCheck() {
	b := btf.NewBuilder(binary.LittleEndian, nil)
	size := b.AddInt("unsigned int", 4, 0)
	b.AddTypedef("größe", size)
	types, err := b.Build()
	if err != nil {
		log.Fatal(err)
	}
	report := verify.Check(types.Bytes(), verify.Options{Load: true})
	fmt.Println(report.Verdict())
	fmt.Println(report.Refusal.Errno, report.Refusal.Message)
	fmt.Println(report.Refusal.Line)
	// Output:
	// refused
	// EINVAL Invalid name
	// [2] TYPEDEF größe type_id=1 Invalid name
}
