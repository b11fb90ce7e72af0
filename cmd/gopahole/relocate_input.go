package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/relocate"
	"github.com/gopahole/gopahole/unpack"
)

// errNotDistilled says that there is nothing to relocate.
var errNotDistilled = errors.New("no distilled base: its BTF suits no kernel but the one that it was made on")

// A relocatable is a module with its BTF, as a kernel gets it.
type relocatable struct {
	name     string
	sections *btf.Sections
	slots    []btfids.Slot // of .BTF_ids
	err      error         // why there are no sections

	parsed   sync.Once
	types    *btf.Types // nil if typesErr says why
	typesErr error
}

// loadRelocatable reads the BTF of a module, or of raw BTF with its base beside it.
func loadRelocatable(name string) *relocatable {
	m := &relocatable{name: name}
	if m.err = m.load(); m.err != nil {
		m.sections = nil
	}
	return m
}

// loadOperand reads the BTF of a module that was found for a command line.
func loadOperand(o operand) *relocatable {
	if o.err != nil {
		return &relocatable{name: o.path, err: o.err}
	}
	return loadRelocatable(o.path)
}

func (m *relocatable) load() error {
	f, err := openInput(m.name)
	if err != nil {
		return err
	}
	defer f.Close()
	s, err := btf.ReadSections(f, f.Size())
	if err != nil {
		module := readAsKernel(m.name)
		if module == nil {
			return fileError(m.name, err)
		}
		defer module.close()
		s = module.sections
	}
	if isBare(s) {
		return errBare
	}
	if s, err = withMain(m.name, s); err != nil {
		return err
	}
	if !s.ELF && s.Inline == nil {
		if s.Base, err = loadDistilled(m.name); err != nil {
			return err
		}
		if s.Base == nil {
			return m.aloneError(s.BTF)
		}
		if !hasMagic(s.BTF) { // no file of BTF at all
			return fileError(m.name, errNoBTF)
		}
		if !hasMagic(s.Base) {
			return fileError(m.name+distilledSuffix, errNoBTF)
		}
	}
	if s.Base == nil {
		return errNotDistilled
	}
	m.sections = s
	if s.ELF {
		m.slots = readSlots(m.name, f)
	}
	return nil
}

// errNoBTF says that raw data are none.
var errNoBTF = errors.New("does not begin as BTF does")

// parse returns the types. A kernel may refuse what cannot be parsed, so nothing but
// tables and the relocation itself needs them.
func (m *relocatable) parse() (*btf.Types, error) {
	m.parsed.Do(func() {
		base, err := btf.ParseLoose(m.sections.Base, nil)
		if err != nil {
			where := m.name
			if !m.sections.ELF {
				where += distilledSuffix
			}
			m.typesErr = fileError(where, sectionError(m.sections, ".BTF.base", err))
			return
		}
		if m.types, err = btf.ParseLoose(m.sections.BTF, base); err != nil {
			m.types, m.typesErr = nil, fileError(m.name, sectionError(m.sections, ".BTF", err))
		}
	})
	return m.types, m.typesErr
}

// relocate moves the types, and BTF inline with them; nil without.
func (m *relocatable) relocate(types *btf.Types, target *relocate.Target) (moved, inline *btf.Types, err error) {
	if m.sections.Inline == nil {
		moved, err = relocate.Relocate(types, target)
		return moved, nil, err
	}
	if inline, err = btf.Parse(m.sections.Inline, types); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", btf.InlineSection, err)
	}
	return relocate.Inline(inline, target)
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
	file, err := elffile.New(name, f, f.Size())
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

// isKernel reports whether a file in a directory is taken for the BTF of a kernel.
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
