package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btf/verify"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/internal/unpack"
)

// errNotDistilled says that there is nothing to relocate.
var errNotDistilled = errors.New("no distilled base: its BTF suits no kernel but the one that it was made on")

// A relocatable is a module with its BTF.
type relocatable struct {
	name    string
	types   *btf.Types
	slots   []btfids.Slot   // of .BTF_ids
	refused *verify.Finding // by a kernel before it relocates; then there may be no types
	err     error           // why there are no types
}

// loadRelocatable reads the BTF of a module, or of raw BTF with its base beside it,
// and asks a version of the kernel what it says before it relocates.
func loadRelocatable(name string, linux verify.Linux) *relocatable {
	m := &relocatable{name: name}
	if m.err = m.load(linux); m.err != nil {
		m.types = nil
	}
	return m
}

// loadOperand reads the BTF of a module that was found for a command line.
func loadOperand(o operand, linux verify.Linux) *relocatable {
	if o.err != nil {
		return &relocatable{name: o.path, err: o.err}
	}
	return loadRelocatable(o.path, linux)
}

func (m *relocatable) load(linux verify.Linux) error {
	f, err := openInput(m.name)
	if err != nil {
		return err
	}
	defer f.Close()
	s, err := btf.ReadSections(f, f.Size())
	if err != nil {
		return fileError(m.name, err)
	}
	where := m.name
	if !s.ELF {
		if s.Base, err = loadDistilled(m.name); err != nil {
			return err
		}
		if s.Base == nil {
			return m.aloneError(s.BTF)
		}
		where += distilledSuffix
	}
	if s.Base == nil {
		return errNotDistilled
	}
	m.refused = verify.Module(s, nil, verify.Options{Linux: linux}).Verdict
	err = m.parse(s, where)
	if err == nil && s.ELF {
		m.slots = readSlots(m.name, f)
	}
	if m.refused != nil && s.ELF { // what is in these sections has to be BTF
		return nil
	}
	return err
}

// parse parses both parts. The base is that of a file called where.
func (m *relocatable) parse(s *btf.Sections, where string) error {
	base, err := btf.ParseLoose(s.Base, nil)
	if err != nil {
		return fileError(where, sectionError(s, ".BTF.base", err))
	}
	if m.types, err = btf.ParseLoose(s.BTF, base); err != nil {
		return fileError(m.name, sectionError(s, ".BTF", err))
	}
	return nil
}

// aloneError is the error for raw data without a base beside it.
func (m *relocatable) aloneError(raw []byte) error {
	_, err := btf.ParseLoose(raw, nil)
	if header := (*btf.ParseError)(nil); errors.As(err, &header) && header.Section == "header" {
		return fileError(m.name, err)
	}
	return errNotDistilled
}

func sectionError(s *btf.Sections, section string, err error) error {
	if s.ELF {
		return fmt.Errorf("%s: %w", section, err)
	}
	return err
}

// readSlots returns the places for IDs in .BTF_ids. That a file has none, or none
// that can be understood, is nothing that keeps types from being relocated.
func readSlots(name string, f *unpack.File) []btfids.Slot {
	file, err := btfids.NewFile(name, f, f.Size())
	if err != nil {
		return nil
	}
	defer file.Close()
	table, err := btfids.Read(file)
	if err != nil {
		return nil
	}
	return table.Slots()
}

// sameOrder checks that the kernel has the module's byte order. It would not get
// as far as relocating it.
func (m *relocatable) sameOrder(base *btf.Types) error {
	if m.types.ByteOrder() != base.ByteOrder() {
		return errors.New("its BTF is of the other byte order")
	}
	return nil
}

// findKernels returns the files that the options name, each once. Of those in a
// directory, the ones count that have BTF and are no modules.
func findKernels(names []string) ([]string, error) {
	operands, err := findOperands(names, "BTF of a kernel", isKernel)
	if err != nil {
		return nil, err
	}
	found := make([]string, len(operands))
	for i, o := range operands {
		if o.err != nil {
			return nil, o.err
		}
		found[i] = o.path
	}
	return found, nil
}

// isKernel tells whether a file in a directory is taken for the BTF of a kernel.
func isKernel(path string, entry fs.DirEntry) bool {
	if isModuleName(path) {
		return false
	}
	if entry.Type()&fs.ModeSymlink != 0 {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			return false
		}
	} else if !entry.Type().IsRegular() {
		return false
	}
	f, err := unpack.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var magic [4]byte
	if _, err := f.ReadAt(magic[:], 0); err != nil && err != io.EOF {
		return false
	}
	if !isELF(magic) && !isBTF(magic) {
		return false
	}
	s, err := btf.ReadSections(f, f.Size())
	if err != nil || s.Base != nil {
		return false
	}
	_, err = btf.ParseLoose(s.BTF, nil)
	return !errors.Is(err, btf.ErrNeedBase)
}

func isELF(magic [4]byte) bool { return string(magic[:]) == "\x7fELF" }

func isBTF(magic [4]byte) bool {
	return magic[0] == 0x9f && magic[1] == 0xeb || magic[0] == 0xeb && magic[1] == 0x9f
}
