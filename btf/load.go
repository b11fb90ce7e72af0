package btf

import (
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
	var ident [4]byte
	if size >= int64(len(ident)) {
		if _, err := r.ReadAt(ident[:], 0); err != nil && err != io.EOF {
			return nil, err
		}
	}
	if string(ident[:]) == elf.ELFMAG {
		return loadELF(r, size, base)
	}
	raw, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) != size {
		return nil, io.ErrUnexpectedEOF
	}
	return Parse(raw, base)
}

func loadELF(r io.ReaderAt, size int64, base *Types) (*Types, error) {
	sections, err := readELFSections(r, size)
	if err != nil {
		return nil, err
	}
	raw, ok := sections[".BTF"]
	if !ok {
		return nil, fmt.Errorf("ELF: %w", ErrNoBTF)
	}
	if distilled, ok := sections[".BTF.base"]; ok {
		if base, err = Parse(distilled, nil); err != nil {
			return nil, fmt.Errorf("ELF section .BTF.base: %w", err)
		}
	}
	t, err := Parse(raw, base)
	if err != nil {
		return nil, fmt.Errorf("ELF section .BTF: %w", err)
	}
	return t, nil
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
