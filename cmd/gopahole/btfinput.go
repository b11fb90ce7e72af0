package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/unpack"
)

// A btfInput is a file with BTF, and what is known of the machine it is for.
type btfInput struct {
	name     string
	file     *unpack.File
	sections *btf.Sections

	elf         *elffile.File    // nil for raw BTF
	order       binary.ByteOrder // nil for raw BTF, whose magic tells
	pointerSize int              // in bytes, 0 for raw BTF
}

func (in *btfInput) close() { in.file.Close() }

// isSplit reports whether the BTF of a file does not stand alone.
func (in *btfInput) isSplit() bool {
	_, err := btf.ParseLoose(in.sections.BTF, nil)
	return errors.Is(err, btf.ErrNeedBase)
}

// isDamaged reports whether the BTF of a file, or the distilled base of it, is none on any base.
func (in *btfInput) isDamaged() bool {
	_, err := btf.ParseLoose(in.sections.BTF, nil)
	if err != nil && !errors.Is(err, btf.ErrNeedBase) {
		return true
	}
	if in.sections.Base == nil {
		return false
	}
	_, err = btf.ParseLoose(in.sections.Base, nil)
	return err != nil
}

// readModuleOrBTF reads the BTF of a file as readBTFInput does, and of a module what a
// kernel finds where that does not agree.
func readModuleOrBTF(name string) (*btfInput, error) {
	in, err := readBTFInput(name)
	if err != nil {
		if module := readAsKernel(name); module != nil {
			return module, nil
		}
	}
	return in, err
}

// readAsKernel reads the BTF of a module as a kernel does (Linux: find_module_sections):
// by the names of sections alone, whatever type and flags they have, and there may be
// none. It returns nil for other files, and for those that are cut off before a kernel
// comes to BTF.
func readAsKernel(name string) *btfInput {
	f, err := openInput(name)
	if err != nil {
		return nil
	}
	in, err := asKernel(name, f)
	if err != nil {
		f.Close()
		return nil
	}
	return in
}

func asKernel(name string, f *unpack.File) (*btfInput, error) {
	in := &btfInput{name: name, file: f, sections: &btf.Sections{ELF: true}}
	var err error
	if in.elf, err = elffile.New(name, f, f.Size()); err != nil {
		return nil, err
	}
	if _, err := module.Release(in.elf); err != nil {
		return nil, err
	}
	for section, data := range map[string]*[]byte{".BTF": &in.sections.BTF, ".BTF.base": &in.sections.Base, btf.InlineSection: &in.sections.Inline} {
		s := in.elf.Section(section)
		switch {
		case s == nil, section == btf.InlineSection && !s.HasData():
			continue
		case !s.HasData():
			return nil, fmt.Errorf("%s has no contents", section)
		case s.Offset > uint64(f.Size()) || s.FileSize > uint64(f.Size())-s.Offset:
			return nil, fmt.Errorf("%s ends past the end of the file", section)
		}
		*data = make([]byte, s.FileSize)
		if _, err := f.ReadAt(*data, int64(s.Offset)); err != nil && err != io.EOF {
			return nil, err
		}
	}
	in.setMachine()
	return in, nil
}

// errBare says what a kernel makes of a module without BTF, or with an empty section
// (Linux: btf_module_notify).
var errBare = errors.New("a kernel loads it and learns nothing of its types")

// isBare reports whether a module has no BTF.
func isBare(s *btf.Sections) bool { return s.ELF && len(s.BTF) == 0 }

// readBTFInput reads the BTF of a file, which may be compressed.
func readBTFInput(name string) (*btfInput, error) {
	f, err := openInput(name)
	if err != nil {
		return nil, err
	}
	in := &btfInput{name: name, file: f}
	if in.sections, err = btf.ReadSections(f, f.Size()); err != nil {
		f.Close()
		return nil, fileError(name, err)
	}
	if !in.sections.ELF {
		return in, nil
	}
	if in.elf, err = elffile.New(name, f, f.Size()); err != nil {
		f.Close()
		return nil, fileError(name, err)
	}
	in.setMachine()
	return in, nil
}

// setMachine notes what the ELF file says of the machine.
func (in *btfInput) setMachine() {
	in.order, in.pointerSize = in.elf.Order, 4
	if in.elf.Class64 {
		in.pointerSize = 8
	}
}

// hasMagic reports whether data begin as BTF of either byte order.
func hasMagic(raw []byte) bool { return len(raw) >= 2 && isBTF([4]byte{raw[0], raw[1]}) }
