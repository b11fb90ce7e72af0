package module_test

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
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/verify"
)

// Encode an object, ask two kernels about the result, and embed it in a copy.
func Example() {
	object, err := elffile.Open("../testdata/dwarf/module-gcc-dwarf5.o")
	if err != nil {
		log.Fatal(err)
	}
	defer object.Close()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "with-btf.o")

	kernels := module.Kernels{Named: []kernel.Version{{Major: 6, Minor: 1}, {Major: 6, Minor: 12}}}
	err = module.Run(context.Background(), module.New(object),
		module.Encode(dwarf2btf.Options{Features: features.Default()}),
		module.Verify(&kernels),
		module.EmbedCopy(path, elffile.Options{}))
	if err != nil {
		log.Fatal(err)
	}
	types, err := btf.Open(path, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(types.NumIDs()-1, "types")
	// Output: 45 types
}

// Make all BTF of a module, as the build of Linux 7.2 does on top of the BTF of a
// kernel, and write it only if that kernel accepts it.
func ExampleBuild() {
	file, err := elffile.Open("../testdata/dwarf/module-gcc-dwarf5.o")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	vmlinux, err := btf.ParseText("[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED", nil)
	if err != nil {
		log.Fatal(err)
	}
	base, err := dwarf2btf.NewBase(vmlinux, dwarf2btf.BaseOptions{})
	if err != nil {
		log.Fatal(err)
	}
	steps, err := module.Build("7.2.0", dwarf2btf.Options{Base: base}, module.BuildOptions{})
	if err != nil {
		log.Fatal(err)
	}
	kernels := module.Kernels{Loader: verify.LoaderOf(vmlinux), OfBase: kernel.Version{Major: 7, Minor: 2}}
	m := module.New(file)
	if err := module.Run(context.Background(), m, append(steps, module.Verify(&kernels))...); err != nil {
		log.Fatal(err)
	}
	for _, step := range steps {
		fmt.Println(step.Name)
	}
	fmt.Println(m.Base.NumIDs()-1, "types in .BTF.base,", len(m.IDs), "bytes of .BTF_ids")
	// Output:
	// read .BTF_ids
	// unfill .BTF_ids
	// encode
	// check kernel functions
	// hide implicit arguments
	// distill base BTF
	// sort BTF
	// fill in .BTF_ids
	// 1 types in .BTF.base, 24 bytes of .BTF_ids
}
