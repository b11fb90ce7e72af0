package main

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// thisModule is the section of a module that holds its struct module, as its kernel has it.
const thisModule = ".gnu.linkonce.this_module"

// A splitTarget is a kernel on whose BTF split BTF without a distilled base is judged.
type splitTarget struct {
	release string // "" if it is not known
	module  uint64 // size of struct module in bytes, 0 if it is not known
}

func newSplitTarget(types *btf.Types, release string) *splitTarget {
	t := &splitTarget{release: release}
	if types != nil {
		if id, ok := types.Find(btf.KindStruct, "module"); ok {
			t.module = uint64(types.Record(id).Size())
		}
	}
	return t
}

// otherKernel says why split BTF without a distilled base is of another kernel, whatever this one
// makes of it: types of a few modules fit by chance. It returns nil if nothing speaks for it.
// What kernels compare to load code, they do not compare to read BTF.
func (t *splitTarget) otherKernel(in *btfInput) error {
	if in.sections.Base != nil {
		return nil
	}
	if own := in.release(); own != "" && t.release != "" && own != t.release {
		return fmt.Errorf("it is for Linux %s, and would take its IDs for those of %s", own, t.release)
	}
	if in.elf != nil && t.module > 0 {
		if s := in.elf.Section(thisModule); s != nil && s.Size > 0 && s.Size != t.module {
			return fmt.Errorf("its struct module has %d bytes, and that of the kernel %d: it is for another build", s.Size, t.module)
		}
	}
	return nil
}
