package btf

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gopahole/gopahole/internal/memory"
)

// Load reads BTF from a file of size bytes: a blob, or an ELF file of either
// class and byte order with the section .BTF. The first bytes tell which.
//
// An ELF file that also has .BTF.base is split BTF over that section, whatever
// base the caller gives (libbpf: btf_parse_elf): the result's Base is then the
// distilled base, and moving it onto another base is relocation.
//
// If r has a method Bytes(off, n int64) []byte, what that returns is not copied: it must stay
// as it is for as long as the result is used. Nil, for what is not in memory, is read.
//
// Errors are *ParseError for BTF, wrapped with the section's name, ErrNoBTF
// (wrapped) for an ELF file without .BTF, and those of r.
func Load(r io.ReaderAt, size int64, base *Types) (*Types, error) {
	return load(r, size, base, parse)
}

// LoadLoose is Load for code that checks each type that it looks at (CheckRecord), because
// these are few: type IDs and string offsets need not exist, as with ParseLoose. A base in
// .BTF.base is checked.
func LoadLoose(r io.ReaderAt, size int64, base *Types) (*Types, error) {
	return load(r, size, base, parseLoose)
}

func load(r io.ReaderAt, size int64, base *Types, parseOwn func(io.ReaderAt, int64, *Types) (*Types, error)) (*Types, error) {
	f, err := findBTF(r, size)
	if err != nil {
		return nil, err
	}
	if f.base != nil {
		if base, err = parse(f.base, f.base.Size(), nil); err != nil {
			return nil, f.wrap(".BTF.base", err)
		}
	}
	t, err := parseOwn(f.btf, f.btf.Size(), base)
	if err != nil {
		return nil, f.wrap(".BTF", err)
	}
	return t, nil
}

// found is where a file has BTF.
type found struct {
	btf  *io.SectionReader
	base *io.SectionReader // of the section .BTF.base; nil without

	inline    *io.SectionReader // of the section .BTF.inline; nil without
	inlineErr error             // why it cannot be read
	elf       bool              // found in an ELF file
}

func (f *found) wrap(section string, err error) error {
	if f.elf {
		return fmt.Errorf("ELF section %s: %w", section, err)
	}
	return err
}

// InlineSection is the section with BTF inline, which is split from the BTF of its file.
const InlineSection = ".BTF.inline"

// Sections is the BTF of a file, not parsed.
type Sections struct {
	BTF    []byte
	Base   []byte // of the section .BTF.base; nil without
	Inline []byte // of the section .BTF.inline, split from BTF; nil without
	ELF    bool   // found in an ELF file
}

// ReadSections reads the BTF of a file of size bytes as Load does, and .BTF.inline, but
// leaves it to the caller to parse them. Errors are ErrNoBTF (wrapped) for an ELF file
// without .BTF, and those of r.
func ReadSections(r io.ReaderAt, size int64) (*Sections, error) {
	f, err := findBTF(r, size)
	if err != nil {
		return nil, err
	}
	s := &Sections{ELF: f.elf}
	if s.BTF, err = readAll(f.btf); err == nil && f.base != nil {
		s.Base, err = readAll(f.base)
	}
	if err == nil {
		err = f.inlineErr
	}
	if err == nil && f.inline != nil {
		s.Inline, err = readAll(f.inline)
	}
	return s, err
}

// ReadBack reads the sections again, from an ELF file of size bytes that they were
// written into, and returns an error if they are others there.
func (s *Sections) ReadBack(r io.ReaderAt, size int64) error {
	got, err := ReadSections(r, size)
	if err != nil {
		return err
	}
	if !bytes.Equal(got.BTF, s.BTF) || !bytes.Equal(got.Base, s.Base) || !bytes.Equal(got.Inline, s.Inline) {
		return errors.New("ELF: its sections of BTF have other contents")
	}
	return nil
}

// readAll reads a part of a file. A damaged file may claim any size, so not all of it
// is allocated at once.
func readAll(r *io.SectionReader) ([]byte, error) {
	if err := memory.Need(uint64(r.Size()), fmt.Sprintf("%d bytes of BTF", r.Size())); err != nil {
		return nil, err
	}
	var raw bytes.Buffer
	raw.Grow(int(min(r.Size(), 64<<20)) + bytes.MinRead)
	n, err := raw.ReadFrom(r)
	if err == nil && n != r.Size() {
		err = io.ErrUnexpectedEOF
	}
	return raw.Bytes(), err
}

// findBTF finds the BTF of a file. debug/elf may panic on a malformed file; this
// is the place where that becomes an error.
func findBTF(r io.ReaderAt, size int64) (f *found, err error) {
	var ident [4]byte
	if size >= int64(len(ident)) {
		if _, err := r.ReadAt(ident[:], 0); err != nil && err != io.EOF {
			return nil, err
		}
	}
	if string(ident[:]) != elf.ELFMAG {
		return &found{btf: io.NewSectionReader(r, 0, size)}, nil
	}
	defer func() {
		if p := recover(); p != nil {
			f, err = nil, fmt.Errorf("ELF: malformed file: %v", p)
		}
	}()
	if err := needSections(r, size); err != nil {
		return nil, err
	}
	file, err := elf.NewFile(io.NewSectionReader(r, 0, size))
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("ELF: its headers do not fit the file of %#x bytes: it is truncated or damaged", size)
	}
	if err != nil {
		return nil, fmt.Errorf("ELF: %w", err)
	}
	f = &found{elf: true}
	open := func(name string) (*io.SectionReader, error) {
		s := sectionOf(file, name)
		if s == nil {
			return nil, nil
		}
		opened, err := openSection(s, r, size)
		if err != nil {
			return nil, fmt.Errorf("ELF section %s: %w", name, err)
		}
		return opened, nil
	}
	if f.btf, err = open(".BTF"); err != nil {
		return nil, err
	}
	if f.base, err = open(".BTF.base"); err != nil {
		return nil, err
	}
	f.inline, f.inlineErr = open(InlineSection) // which concerns few
	if f.btf == nil {
		return nil, fmt.Errorf("ELF: %w", ErrNoBTF)
	}
	return f, nil
}

// sectionOf returns the section of a name, nil if there is none. What was removed may
// have its name still (gABI, SHT_NULL).
func sectionOf(file *elf.File, name string) *elf.Section {
	for _, s := range file.Sections {
		if s.Name == name && s.Type != elf.SHT_NULL {
			return s
		}
	}
	return nil
}

// needSections asks for the memory that debug/elf takes for the table of sections, which
// is by the number that the file claims: that in its header, or, if it is too large for
// that, in section 0 (gABI, ch. 4, e_shnum). What is wrong with the file is found later.
func needSections(r io.ReaderAt, size int64) error {
	const perSection = 512 // bytes, for those of debug/elf and the entry that it reads
	var head, null [64]byte
	if n, _ := r.ReadAt(head[:], 0); n < 52 {
		return nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[elf.EI_DATA] == byte(elf.ELFDATA2MSB) {
		order = binary.BigEndian
	}
	is64 := head[elf.EI_CLASS] == byte(elf.ELFCLASS64)
	table, n := uint64(order.Uint32(head[32:])), uint64(order.Uint16(head[48:]))
	if is64 {
		table, n = order.Uint64(head[40:]), uint64(order.Uint16(head[60:]))
	}
	if n == 0 && table != 0 && table < uint64(size) {
		if got, _ := r.ReadAt(null[:], int64(table)); got < 40 {
			return nil
		}
		n = uint64(order.Uint32(null[20:]))
		if is64 {
			n = order.Uint64(null[32:])
		}
	}
	n = min(n, uint64(size)/40)
	return memory.Need(n*perSection, fmt.Sprintf("the table of %d sections", n))
}

// openSection checks the header of a section before its size is believed.
// libbpf takes SHT_PROGBITS only; a stripped file of debug information keeps
// the name with SHT_NOBITS, which has no contents.
func openSection(s *elf.Section, r io.ReaderAt, size int64) (*io.SectionReader, error) {
	switch {
	case s.Type != elf.SHT_PROGBITS:
		return nil, fmt.Errorf("type is %v, not %v", s.Type, elf.SHT_PROGBITS)
	case s.Flags&elf.SHF_COMPRESSED != 0:
		return nil, fmt.Errorf("compressed, which readers of BTF do not expect")
	case s.Offset > uint64(size) || s.FileSize > uint64(size)-s.Offset:
		return nil, fmt.Errorf("at %#x+%#x ends after the file's %#x bytes", s.Offset, s.FileSize, size)
	}
	return io.NewSectionReader(r, int64(s.Offset), int64(s.FileSize)), nil
}
