package elffile

import (
	"debug/elf"
	"encoding/binary"
	"math"
)

// header is what is needed of the file header besides File's fields.
type header struct {
	phoff    uint64
	phnum    uint32 // PN_XNUM resolved
	shoff    uint64
	shnum    uint32 // 0 for a file without a section table
	shstrndx uint32 // SHN_XINDEX resolved; 0 for a file without section names
}

// wire has the sizes of the structures of an ELF class, in bytes, and the offsets of the
// fields of the file header that the writer changes (gABI, ch. 4).
type wire struct {
	ehdr, phdr, shdr, sym, chdr  uint64
	shoff, shnum, shstrndx, word int
}

var (
	wire32 = wire{ehdr: 52, phdr: 32, shdr: 40, sym: 16, chdr: 12, shoff: 32, shnum: 48, shstrndx: 50, word: 4}
	wire64 = wire{ehdr: 64, phdr: 56, shdr: 64, sym: 24, chdr: 24, shoff: 40, shnum: 60, shstrndx: 62, word: 8}
)

func (f *File) wire() *wire {
	if f.Class64 {
		return &wire64
	}
	return &wire32
}

// word reads a field of the class's word size.
func (f *File) word(p []byte) uint64 {
	if f.Class64 {
		return f.Order.Uint64(p)
	}
	return uint64(f.Order.Uint32(p))
}

// putWord writes a field of the class's word size.
func (f *File) putWord(p []byte, v uint64) {
	if f.Class64 {
		f.Order.PutUint64(p, v)
	} else {
		f.Order.PutUint32(p, uint32(v))
	}
}

// readHeader reads the file header. Numbers that do not fit it are taken from section
// header 0 (gABI, ch. 4, "e_shnum", "e_shstrndx").
func (f *File) readHeader() error {
	if f.Size <= 0 {
		return &NotELFError{File: f.Name, Reason: "empty file"}
	}
	var buf [64]byte
	p := buf[:min(int64(len(buf)), f.Size)]
	if err := f.readAt(p, 0); err != nil {
		return err
	}
	if len(p) < len(elf.ELFMAG) || string(p[:len(elf.ELFMAG)]) != elf.ELFMAG {
		head := make([]byte, min(kindSize, f.Size))
		if f.readAt(head, 0) != nil {
			head = p
		}
		return &NotELFError{File: f.Name, Reason: notELF(head)}
	}
	if len(p) < elf.EI_NIDENT {
		return f.formatf(uint64(len(p)), "the file ends inside its ELF header")
	}

	switch class := elf.Class(p[elf.EI_CLASS]); class {
	case elf.ELFCLASS32:
	case elf.ELFCLASS64:
		f.Class64 = true
	default:
		return f.formatf(elf.EI_CLASS, "unknown ELF class %d", class)
	}
	switch data := elf.Data(p[elf.EI_DATA]); data {
	case elf.ELFDATA2LSB:
		f.Order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		f.Order = binary.BigEndian
	default:
		return f.formatf(elf.EI_DATA, "unknown ELF byte order %d", data)
	}
	if v := p[elf.EI_VERSION]; v != byte(elf.EV_CURRENT) {
		return f.formatf(elf.EI_VERSION, "unknown ELF version %d", v)
	}
	w := f.wire()
	if uint64(len(p)) < w.ehdr {
		return f.formatf(uint64(len(p)), "the file ends inside its ELF header")
	}

	f.OSABI = elf.OSABI(p[elf.EI_OSABI])
	f.Flags = f.Order.Uint32(p[w.shnum-12:])
	f.Type = elf.Type(f.Order.Uint16(p[16:]))
	f.Machine = elf.Machine(f.Order.Uint16(p[18:]))
	f.hdr.phoff = f.word(p[24+w.word:])
	f.hdr.shoff = f.word(p[w.shoff:])
	phentsize, phnum := f.Order.Uint16(p[w.shnum-6:]), f.Order.Uint16(p[w.shnum-4:])
	shentsize, shnum := f.Order.Uint16(p[w.shnum-2:]), f.Order.Uint16(p[w.shnum:])
	shstrndx := f.Order.Uint16(p[w.shstrndx:])

	f.hdr.phnum, f.hdr.shnum, f.hdr.shstrndx = uint32(phnum), uint32(shnum), uint32(shstrndx)
	if phnum != 0 && uint64(phentsize) != w.phdr {
		return f.formatf(uint64(w.shnum-6), "program headers of %d bytes instead of %d", phentsize, w.phdr)
	}
	if f.hdr.shoff == 0 {
		if shnum != 0 {
			return f.formatf(uint64(w.shnum), "%d sections, but no section header table", shnum)
		}
		f.hdr.shstrndx = 0
		return nil
	}
	if uint64(shentsize) != w.shdr {
		return f.formatf(uint64(w.shnum-2), "section headers of %d bytes instead of %d", shentsize, w.shdr)
	}
	return f.resolveNumbers()
}

// resolveNumbers replaces numbers that did not fit 16 bits by those of section header 0, and
// checks that the section table lies in the file.
func (f *File) resolveNumbers() error {
	w := f.wire()
	if !f.inFile(f.hdr.shoff, w.shdr) {
		return f.formatf(uint64(w.shoff), "the section header table begins at %#x, the file has %d bytes: "+
			"it is truncated or damaged", f.hdr.shoff, f.Size)
	}
	p := make([]byte, w.shdr)
	if err := f.readAt(p, f.hdr.shoff); err != nil {
		return err
	}
	null := f.decodeSection(p)
	shnum := uint64(f.hdr.shnum)
	if shnum == 0 {
		shnum = null.Size
	}
	if elf.SectionIndex(f.hdr.shstrndx) == elf.SHN_XINDEX {
		f.hdr.shstrndx = null.Link
	}
	if f.hdr.phnum == pnXNum {
		f.hdr.phnum = null.Info
	}
	if shnum > math.MaxUint32 || shnum > uint64(f.Size) || !f.inFile(f.hdr.shoff, shnum*w.shdr) {
		return f.formatf(f.hdr.shoff, "%d section headers do not fit the file of %d bytes: it is truncated or damaged", shnum, f.Size)
	}
	f.hdr.shnum = uint32(shnum)
	if f.hdr.shstrndx != 0 && uint64(f.hdr.shstrndx) >= shnum {
		return f.formatf(uint64(w.shstrndx), "section names are said to be in section %d of %d", f.hdr.shstrndx, shnum)
	}
	return nil
}

// pnXNum in e_phnum says that the number is in section header 0 (gABI, ch. 5).
const pnXNum = 0xffff
