//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/kerneltest/protocol"
)

// inspect looks up sizes in a module's BTF and calls its kfuncs.
func inspect(m protocol.Module, raw []byte, result *protocol.Result) error {
	if len(m.Sizes) == 0 && len(m.Calls) == 0 {
		return nil
	}
	if raw == nil {
		return errors.New("no BTF of the module")
	}
	base, err := vmlinux()
	if err != nil {
		return err
	}
	types, err := btf.Parse(raw, base)
	if err != nil {
		return err
	}
	result.Sizes = make(map[string]uint32)
	for _, name := range m.Sizes {
		if id := find(types, btf.KindStruct, name); id != 0 {
			result.Sizes[name] = types.Record(id).Size()
		}
	}
	for _, call := range m.Calls {
		var r protocol.CallResult
		if id := find(types, btf.KindFunc, call.Kfunc); id == 0 {
			r.Error = "no FUNC in BTF"
		} else if r.Value, err = callKfunc(m.Name, id, call.Args); err != nil {
			r.Error = err.Error()
		}
		result.Calls = append(result.Calls, r)
	}
	return nil
}

var kernelTypes *btf.Types

// vmlinux parses the kernel's own BTF, once.
func vmlinux() (*btf.Types, error) {
	if kernelTypes == nil {
		raw, err := os.ReadFile("/sys/kernel/btf/vmlinux")
		if err != nil {
			return nil, err
		}
		if kernelTypes, err = btf.Parse(raw, nil); err != nil {
			return nil, fmt.Errorf("vmlinux: %w", err)
		}
	}
	return kernelTypes, nil
}

// find returns the ID of the last type of that kind and name, so that a module's wins over the kernel's; 0 if none.
func find(types *btf.Types, kind btf.Kind, name string) btf.ID {
	for id := types.NumIDs() - 1; id > 0; id-- {
		if types.Record(id).Kind() == kind && types.Name(id) == name {
			return id
		}
	}
	return 0
}
