package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/relocate"
)

// What a BPF object needs and vmlinux has not may be in a module: libbpf looks for it there
// (load_module_btfs), for a type of which vmlinux has none of the name.

// hasModules reports whether it is known which modules a kernel has.
func (s *diffSide) hasModules() bool { return s.dir != "" || s.name == runningBTF }

// modules returns the files with the BTF of a kernel's modules, by their names.
func (s *diffSide) modules() (map[string]string, error) {
	if s.dir != "" {
		return modulesIn(s.dir)
	}
	dir := filepath.Dir(runningBTF)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fileError(dir, err)
	}
	names := make(map[string]string)
	for _, e := range entries {
		if name := e.Name(); name != filepath.Base(runningBTF) && !strings.HasSuffix(name, inlineSuffix) {
			names[name] = filepath.Join(dir, name)
		}
	}
	return names, nil
}

// moduleTypes returns the types of a kernel with those of a module after them, as BTF that stands
// alone; nil for a module that has none of the wanted names.
func (s *diffSide) moduleTypes(file string, wanted map[string]bool) (*btf.Types, error) {
	f, err := openInput(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	types, err := parseBTF(f, file, s.types, btf.Load)
	switch {
	case errors.Is(err, btf.ErrNoBTF):
		return nil, nil
	case err != nil:
		return nil, err
	}
	if types.Base() != s.types {
		if types.Base() == nil || types.ByteOrder() != s.types.ByteOrder() {
			return nil, nil
		}
		if types, err = relocate.Relocate(types, relocate.NewTarget(s.types)); err != nil {
			return nil, nil // the kernel does not get its BTF, and a verdict on the module says why
		}
	}
	found := false
	for id, rec := range types.Own() {
		if name := types.NameUpTo(id, maxWanted); name != "" && rec.Kind() != btf.KindFuncProto && wanted[name] {
			found = true
			break
		}
	}
	if !found {
		return nil, nil
	}
	words := slices.Concat(s.types.Words(), types.Words())
	all, err := s.types.Replace(words, slices.Concat(s.types.Strings(), types.Strings()))
	if err != nil {
		return nil, fileError(file, err)
	}
	return all, nil
}

// maxWanted bounds what is read of a name, in bytes.
const maxWanted = 512

// inModules looks in the modules of a kernel for what its vmlinux has not, and puts what is found
// in the place of it.
func (d *differ) inModules(p *bpfProgram, s *diffSide, needs []programNeed) error {
	wanted := make(map[string]bool)
	for i := range needs {
		if needs[i].absent != "" {
			wanted[needs[i].absent] = true
		}
	}
	if len(wanted) == 0 || !s.hasModules() {
		return nil
	}
	files, err := s.modules()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := d.context().Err(); err != nil {
			return err
		}
		types, err := s.moduleTypes(files[name], wanted)
		if err != nil {
			return err
		}
		if types == nil {
			continue
		}
		found, err := d.needsOf(p, types, s)
		if err != nil {
			return err
		}
		for i := range needs {
			if n := &needs[i]; n.absent != "" && found[i].absent == "" && found[i].there {
				n.take(&found[i], name)
			}
		}
	}
	return nil
}

// take replaces a need that vmlinux has not by what a module has. Of several modules all have to
// say the same (libbpf: bpf_core_calc_relo_insn).
func (n *programNeed) take(found *programNeed, module string) {
	if n.module == "" {
		absent := n.absent
		*n = *found
		n.absent, n.module = absent, module
		return
	}
	if found.value != n.value {
		n.verdict, n.value, n.same = fails, "", false
		n.why = fmt.Sprintf("the modules %s and %s differ in it", n.module, module)
	}
}
