package elffile

import (
	"debug/elf"
	"strconv"
	"strings"
)

// A Section is one entry of the section header table. Its data are read by
// [File.SectionData] and [File.ReadSectionAt].
type Section struct {
	Name      string
	Index     int // in File.Sections
	Type      elf.SectionType
	Flags     elf.SectionFlag
	Addr      uint64
	Offset    uint64 // of the data in the file
	FileSize  uint64 // of the data in the file, in bytes: compressed, and 0 for SHT_NOBITS
	Size      uint64 // of the section, in bytes, decompressed
	Link      uint32
	Info      uint32
	AddrAlign uint64 // of the decompressed data
	EntSize   uint64

	nameOff uint32      // in the section names
	z       *compressed // nil for data that are not compressed
}

// SHTCREL is LLVM's type for sections with compact relocations. The generic ABI has no
// number for them yet.
const SHTCREL elf.SectionType = 0x40000014

// Compressed reports whether the data are compressed in the file.
func (s *Section) Compressed() bool { return s.z != nil }

// HasData reports whether the section has contents in the file.
func (s *Section) HasData() bool { return s.Type != elf.SHT_NULL && s.Type != elf.SHT_NOBITS }

// label is the name for errors.
func (s *Section) label() string {
	if s.Name == "" {
		return "section " + strconv.Itoa(s.Index)
	}
	return s.Name
}

// Section returns the first section of a name, or nil. For .debug_x it also
// finds .zdebug_x, the older way to mark a compressed section.
func (f *File) Section(name string) *Section {
	for i := range f.Sections {
		if s := &f.Sections[i]; s.Name == name && s.Type != elf.SHT_NULL {
			return s
		}
	}
	if rest, ok := strings.CutPrefix(name, ".debug_"); ok {
		return f.Section(".zdebug_" + rest)
	}
	return nil
}
