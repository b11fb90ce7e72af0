package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/diff"
	"github.com/gopahole/gopahole/libbpf"
	"github.com/gopahole/gopahole/unpack"
)

// modules compares the modules of two kernels by their names.
func (d *differ) modules(k *diff.Kernels, old, new *diffSide, only func(string) bool) error {
	was, err := modulesIn(old.dir)
	if err != nil {
		return &unreadableError{err}
	}
	is, err := modulesIn(new.dir)
	if err != nil {
		return &unreadableError{err}
	}
	names := slices.Sorted(maps.Keys(was))
	for name := range is {
		if was[name] == "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var unreadable error
	for _, name := range names {
		if err := d.context().Err(); err != nil {
			return err
		}
		switch {
		case was[name] == "":
			err = d.printModule(old.name, is[name], name, diff.Added)
		case is[name] == "":
			err = d.printModule(old.name, was[name], name, diff.Removed)
		default:
			err = d.module(k, was[name], is[name], old, new, only)
			if e := (*unreadableError)(nil); errors.As(err, &e) {
				d.complain(e)
				unreadable, err = &statusError{exitUnreadable}, nil
				if d.json && !d.silent {
					err = d.printJSON(unreadableJSON{d.jsonHead(is[name]), e.Error()})
				}
			}
		}
		if err != nil {
			return err
		}
	}
	return unreadable
}

// modulesIn returns the files of the modules below a directory by their names.
func modulesIn(dir string) (map[string]string, error) {
	found, err := findOperands([]string{dir}, "modules", isModule)
	if err != nil && !errors.As(err, new(*emptyError)) {
		return nil, err
	}
	names := make(map[string]string)
	for _, o := range found {
		if o.err != nil {
			return nil, o.err
		}
		if name := moduleName(o.path); names[name] == "" {
			names[name] = o.path
		}
	}
	return names, nil
}

// onKernel returns what encodes a module of a kernel that has DWARF alone.
func (d *differ) onKernel(s *diffSide, name string) func(noBTF error, f *unpack.File) (*btf.Types, error) {
	return func(noBTF error, f *unpack.File) (*btf.Types, error) {
		if s.indexed == nil {
			var err error
			if s.indexed, err = (baseChain{{s.name, s.types}}).index(libbpf.V18); err != nil {
				return nil, err
			}
		}
		types, err := d.orDWARFOn(noBTF, name, f, s.indexed, d.dwarfInput)
		if errors.Is(err, errNoTypes) {
			err = noBTF
		}
		return types, err
	}
}

// module compares a module of both kernels. One without BTF and DWARF has no types to anybody.
func (d *differ) module(k *diff.Kernels, oldName, newName string, oldKernel, newKernel *diffSide, only func(string) bool) error {
	old, new := &diffSide{name: oldName}, &diffSide{name: newName}
	oldErr, newErr := old.read(oldKernel.types, d.onKernel(oldKernel, oldName)), new.read(newKernel.types, d.onKernel(newKernel, newName))
	switch oldBare, newBare := errors.Is(oldErr, btf.ErrNoBTF), errors.Is(newErr, btf.ErrNoBTF); {
	case oldBare && newBare:
		return nil
	case oldBare && newErr == nil:
		return d.printModule(oldName, newName, moduleName(newName), "btf added")
	case newBare && oldErr == nil:
		return d.printModule(oldName, newName, moduleName(newName), "btf removed")
	case oldErr != nil:
		return &unreadableError{oldErr}
	case newErr != nil:
		return &unreadableError{newErr}
	}
	o := diff.Options{Only: only, OldKfuncs: old.kfuncs, NewKfuncs: new.kfuncs}
	var changes []diff.Change
	var err error
	if old.alone || new.alone {
		changes, err = diff.Compare(old.types, new.types, o)
	} else {
		changes, err = k.Module(old.types, new.types, o)
	}
	if err != nil {
		return &unreadableError{fmt.Errorf("%s and %s: %w", old.name, new.name, err)}
	}
	return d.print(old, new, changes)
}
