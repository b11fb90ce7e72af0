package btf

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
)

// Load reads BTF from a file of size bytes: a blob, or an ELF file of either
// class and byte order with the section .BTF. The first bytes tell which.
//
// An ELF file that also has .BTF.base is split BTF over that section, whatever
// base the caller gives (libbpf: btf_parse_elf): the result's Base is then the
// distilled base, and moving it onto another base is relocation.
//
// Errors are *ParseError for BTF, wrapped with the section's name, ErrNoBTF
// (wrapped) for an ELF file without .BTF, and those of r.
func Load(r io.ReaderAt, size int64, base *Types) (*Types, error) {
	sec, err := ReadSections(r, size)
	if err != nil {
		return nil, err
	}
	if sec.Base != nil {
		if base, err = Parse(sec.Base, nil); err != nil {
			return nil, sec.wrap(".BTF.base", err)
		}
	}
	t, err := Parse(sec.BTF, base)
	if err != nil {
		return nil, sec.wrap(".BTF", err)
	}
	return t, nil
}

// Sections is the BTF of a file, not parsed.
type Sections struct {
	BTF  []byte
	Base []byte // of the section .BTF.base; nil without
	ELF  bool   // found in an ELF file
}

func (s *Sections) wrap(section string, err error) error {
	if s.ELF {
		return fmt.Errorf("ELF section %s: %w", section, err)
	}
	return err
}

// ReadSections reads the BTF of a file of size bytes as Load does, but leaves
// it to the caller to parse it. Errors are ErrNoBTF (wrapped) for an ELF file
// without .BTF, and those of r.
func ReadSections(r io.ReaderAt, size int64) (*Sections, error) {
	var ident [4]byte
	if size >= int64(len(ident)) {
		if _, err := r.ReadAt(ident[:], 0); err != nil && err != io.EOF {
			return nil, err
		}
	}
	if string(ident[:]) != elf.ELFMAG {
		// A size may be made up; most of BTF is read without growing the buffer.
		var raw bytes.Buffer
		raw.Grow(int(min(size, 64<<20)) + bytes.MinRead)
		n, err := raw.ReadFrom(io.NewSectionReader(r, 0, size))
		if err == nil && n != size {
			err = io.ErrUnexpectedEOF
		}
		return &Sections{BTF: raw.Bytes()}, err
	}
	found, err := readELFSections(r, size)
	if err != nil {
		return nil, err
	}
	raw, ok := found[".BTF"]
	if !ok {
		return nil, fmt.Errorf("ELF: %w", ErrNoBTF)
	}
	return &Sections{BTF: raw, Base: found[".BTF.base"], ELF: true}, nil
}

// readELFSections returns the contents of .BTF and .BTF.base, as far as they
// are there. debug/elf may panic on a malformed file; this is the place where
// that becomes an error.
func readELFSections(r io.ReaderAt, size int64) (found map[string][]byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			found, err = nil, fmt.Errorf("ELF: malformed file: %v", p)
		}
	}()
	f, err := elf.NewFile(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, fmt.Errorf("ELF: %w", err)
	}
	found = make(map[string][]byte)
	for _, name := range []string{".BTF", ".BTF.base"} {
		s := f.Section(name)
		if s == nil {
			continue
		}
		if found[name], err = readELFSection(s, size); err != nil {
			return nil, fmt.Errorf("ELF section %s: %w", name, err)
		}
	}
	return found, nil
}

// readELFSection checks the header of a section before its size is believed.
// libbpf takes SHT_PROGBITS only; a stripped file of debug information keeps
// the name with SHT_NOBITS, which has no contents.
func readELFSection(s *elf.Section, size int64) ([]byte, error) {
	switch {
	case s.Type != elf.SHT_PROGBITS:
		return nil, fmt.Errorf("type is %v, not %v", s.Type, elf.SHT_PROGBITS)
	case s.Flags&elf.SHF_COMPRESSED != 0:
		return nil, fmt.Errorf("compressed, which readers of BTF do not expect")
	case s.Offset > uint64(size) || s.FileSize > uint64(size)-s.Offset:
		return nil, fmt.Errorf("at %#x+%#x ends after the file's %#x bytes", s.Offset, s.FileSize, size)
	}
	raw := make([]byte, s.FileSize)
	if _, err := s.ReadAt(raw, 0); err != nil && !(err == io.EOF && len(raw) == 0) {
		return nil, err
	}
	return raw, nil
}
