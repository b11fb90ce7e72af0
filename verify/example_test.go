package verify_test

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/verify"
)

func ExampleCheck() {
	// typedef unsigned int größe;
	b := newBuilder()
	b.t("unsigned int", info(btf.KindInt, 0), 4, btf.IntWord(0, 0, 32))
	b.typedef("größe", 1)

	report := asKernel(b.blob(), nil, linux612)
	fmt.Println(report.Accepted())
	fmt.Println(report.Refusal.Errno, report.Refusal.Message)
	fmt.Println(report.Refusal.Line)
	// Output:
	// false
	// EINVAL Invalid name
	// [2] TYPEDEF größe type_id=1 Invalid name
}

func ExampleModule() {
	vmlinux := newBuilder()
	vmlinux.structure("task", 16)
	base, _ := verify.NewBase(vmlinux.blob(), verify.Options{Release: linux72})

	// struct task has grown since the module, which holds one by value, was built.
	distilled := newBuilder()
	distilled.structure("task", 8)
	module := newSplit(distilled)
	module.structure("mine", 8, m("t", 1, 0))

	report := verify.Module(&btf.Sections{BTF: module.blob(), Base: distilled.blob()}, base, verify.Options{Release: linux72})
	fmt.Println(report.Refusal)
	// Output:
	// distilled base BTF type 'task' [1] is not mapped to base BTF id
}
