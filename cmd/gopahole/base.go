package main

import (
	"errors"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
)

// addBase notes a file with the BTF of a base.
func (o *options) addBase(name string) error {
	if name == "" {
		return errors.New("--btf_base: no file name given")
	}
	o.bases = append(o.bases, name)
	return nil
}

// loadBases reads the BTF of files that stand one on the other: each is split BTF
// on top of the one before. A file that stands alone takes the place of those
// before: pahole takes the last one, and builds append options. Of one that brings
// a distilled base along, distilled says whether it may be one; nil agrees.
func loadBases(names []string, distilled func(name string) error) (*btf.Types, error) {
	var types *btf.Types
	for _, name := range names {
		next, err := loadBTF(name, nil)
		if errors.Is(err, btf.ErrNeedBase) && types != nil {
			next, err = loadBTF(name, types)
		} else if err == nil && next.Base() != nil && distilled != nil {
			err = distilled(name)
		}
		if err != nil {
			return nil, err
		}
		types = next
	}
	return types, nil
}

// warnOfDistilled warns of a base that is a module with a distilled base. pahole
// takes it, and so its bytes are made.
func (c *command) warnOfDistilled(name string) error {
	c.warn("%s has a distilled base: the result is split from that, and no kernel has these IDs", name)
	return nil
}

// refuseDistilled is an error for such a base where it has to be that of a kernel.
func refuseDistilled(name string) error { return fileError(name, errNoKernel) }

// errNoKernel says that a file is no kernel.
var errNoKernel = errors.New("has a distilled base, so it is a module and no kernel")

// loadBase reads and indexes the base that the options name, nil if they name
// none. distilled is as for loadBases.
func (o *options) loadBase(distilled func(name string) error) (*dwarf2btf.Base, error) {
	if len(o.bases) == 0 {
		return nil, nil
	}
	types, err := loadBases(o.bases, distilled)
	if err != nil {
		return nil, err
	}
	last := o.bases[len(o.bases)-1]
	base, err := dwarf2btf.NewBase(types, dwarf2btf.BaseOptions{Compat: o.compat})
	if err != nil {
		return nil, fileError(last, err)
	}
	return base, nil
}

// arrayStyle is how arrays of several dimensions are encoded. Who asks for the
// packaged pahole's libbpf wants the packaged pahole's bytes.
func (o *options) arrayStyle() dwarf2btf.Arrays {
	if !o.arraysSet && o.compat == dwarf2btf.LibBPF17 {
		return dwarf2btf.ArraysNested
	}
	return o.arrays
}
