package verify_test

import (
	"encoding/binary"
	"fmt"
	"log"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// A module against three kernels. The module was built when struct task had 8 bytes.
func ExampleLoader_Module() {
	vmlinux, module, err := sample() // btf.Open of vmlinux, btf.ReadSections of a module
	if err != nil {
		log.Fatal(err)
	}
	loader := verify.LoaderOf(vmlinux)
	for _, release := range []string{"6.1", "6.12.30-cloud-amd64", "9.0"} {
		version, err := kernel.ParseVersion(release)
		if err != nil {
			log.Fatal(err)
		}
		report := loader.Module(version, module, verify.Options{})
		fmt.Printf("Linux %v: %v, valid: %v\n", version, report.Verdict(), report.Valid())
		for _, f := range []*verify.Finding{report.Refusal, report.Hazard(), report.Undecided()} {
			if f != nil {
				fmt.Printf("  %v: %.60s\n", f.Class, f)
			}
		}
	}
	// Output:
	// Linux 6.1: accepted, valid: false
	//   danger: this kernel does not know .BTF.base (Linux does from 6.11 on
	// Linux 6.12: refused, valid: false
	//   refused: distilled base BTF type 'task' [1] is not mapped to base BTF
	// Linux 9.0: presumably refused, valid: false
	//   refused: distilled base BTF type 'task' [1] is not mapped to base BTF
}

// sample makes the BTF of a vmlinux and of a module that holds a struct task by value.
func sample() (*btf.Types, *btf.Sections, error) {
	b := btf.NewBuilder(binary.LittleEndian, nil)
	long := b.AddInt("long", 8, btf.EncodingSigned)
	b.AddStruct("task", 16, btf.Member{Name: "pid", Type: long}, btf.Member{Name: "tgid", Type: long, Offset: 64})
	vmlinux, err := b.Build()
	if err != nil {
		return nil, nil, err
	}
	b = btf.NewBuilder(binary.LittleEndian, nil)
	task := b.AddStruct("task", 8)
	base, err := b.Build()
	if err != nil {
		return nil, nil, err
	}
	b = btf.NewBuilder(binary.LittleEndian, base)
	b.AddStruct("driver", 8, btf.Member{Name: "t", Type: task})
	types, err := b.Build()
	if err != nil {
		return nil, nil, err
	}
	return vmlinux, &btf.Sections{BTF: types.Bytes(), Base: base.Bytes()}, nil
}
