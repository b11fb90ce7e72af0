package unit

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"

	"github.com/gopahole/gopahole/dwarf2btf/internal/location"
	"github.com/gopahole/gopahole/dwarf2btf/internal/reloc"
	"github.com/gopahole/gopahole/elffile"
)

// section is a section of the input, read as a whole or piecewise.
type section struct {
	name string
	file *elffile.File
	sec  *elffile.Section // nil if the file has none
	data []byte           // the content, if it was loaded
	rel  *reloc.Section   // nil if there is nothing to relocate

	// Of strings that were merged, see internal/reloc. data has them as the file does,
	// but is loaded only if a reference was not relocated.
	merged   *reloc.Strings
	loadOnce sync.Once
	loadErr  error
}

// newSection finds the section of a name that libdw would take: the first that has
// contents and belongs to no group, as those do that a linker may leave out
// (libdw: check_section).
func newSection(f *elffile.File, name string) section {
	zname := ".z" + name[1:] // the older way to mark a compressed section
	for i := range f.Sections {
		s := &f.Sections[i]
		if (s.Name == name || s.Name == zname) && s.HasData() && s.Size > 0 && s.Flags&elf.SHF_GROUP == 0 {
			return section{name: name, file: f, sec: s}
		}
	}
	return section{name: name, file: f}
}

func (s *section) size() uint64 {
	if s.sec == nil {
		return 0
	}
	return s.sec.Size
}

// debugSection finds a section of debugging information by its usual name.
func debugSection(f *elffile.File, name string) section { return newSection(f, debugPrefix(f)+name) }

// debugPrefix returns what the names of debug sections begin with: objects for a
// linker with link-time optimisation may have none but those that are for its use
// (libdw: scn_dwarf_type).
func debugPrefix(f *elffile.File) string {
	const lto = ".gnu.debuglto_"
	prefix := ""
	for i := range f.Sections {
		switch name := f.Sections[i].Name; {
		case strings.HasPrefix(name, ".debug_"), strings.HasPrefix(name, ".zdebug_"):
			return ""
		case strings.HasPrefix(name, lto+".debug_"):
			prefix = lto
		}
	}
	return prefix
}

// relocate finds the relocations of the section. From here on it is read with them.
func (s *section) relocate(f *reloc.File) (err error) {
	if f != nil && s.size() > 0 {
		s.rel, err = f.Section(s.sec)
	}
	return err
}

// read fills p from an offset of the section.
func (s *section) read(p []byte, off uint64) error {
	if s.size() == 0 {
		return fmt.Errorf("%s: no such section", s.name)
	}
	if s.rel != nil {
		return s.rel.ReadAt(p, off)
	}
	return s.file.ReadSectionAt(s.sec, p, off)
}

// load reads the whole section. A section that is absent is empty.
func (s *section) load() (err error) {
	if s.data != nil || s.size() == 0 {
		return nil
	}
	if s.rel != nil {
		s.data, err = s.rel.Data()
	} else {
		s.data, err = s.file.SectionData(s.sec)
	}
	return err
}

// cstring returns the NUL-terminated string at an offset of a loaded section.
func (s *section) cstring(off uint64) ([]byte, error) {
	rest, err := s.from(off)
	if err != nil {
		return nil, err
	}
	if n := bytes.IndexByte(rest[:min(len(rest), maxString)], 0); n >= 0 {
		return rest[:n], nil
	}
	if len(rest) >= maxString {
		return nil, fmt.Errorf("string at %s+%#x is longer than %d bytes", s.name, off, maxString-1)
	}
	return nil, fmt.Errorf("no string at %s+%#x", s.name, off)
}

// cstart returns the string at an offset of a loaded section up to its first max
// bytes.
func (s *section) cstart(off uint64, max int) ([]byte, error) {
	rest, err := s.from(off)
	if err != nil {
		return nil, err
	}
	rest = rest[:min(len(rest), max)]
	if n := bytes.IndexByte(rest, 0); n >= 0 {
		rest = rest[:n]
	}
	return rest, nil
}

// from returns the bytes of a loaded section from an offset on, none if it is after
// the end.
func (s *section) from(off uint64) (b []byte, err error) {
	if s.merged != nil {
		if text, ok := s.merged.Text(off); ok {
			return text, nil
		}
		s.loadOnce.Do(func() { s.loadErr = s.load() })
		if s.loadErr != nil {
			return nil, s.loadErr
		}
	}
	return s.data[min(off, uint64(len(s.data))):], nil
}

// texts returns the strings of a section whose strings were loaded, each with its NUL. What
// follows the last NUL is no string.
func (s *section) texts() []byte {
	if s.merged != nil {
		return s.merged.Texts()
	}
	return s.data
}

// maxString is the largest size of a string with its NUL. Any number of entries
// may refer to one.
const maxString = 1 << 20

// word returns the size-byte number at an offset of a loaded section.
func (s *section) word(off uint64, size int, order binary.ByteOrder) (uint64, error) {
	n := uint64(len(s.data))
	if off > n || n-off < uint64(size) {
		return 0, fmt.Errorf("%s+%#x is past the end of the section", s.name, off)
	}
	switch size {
	case 2:
		return uint64(order.Uint16(s.data[off:])), nil
	case 4:
		return uint64(order.Uint32(s.data[off:])), nil
	}
	return order.Uint64(s.data[off:]), nil
}

// window reads a section piecewise: what stands together is read at once.
type window struct {
	sec *section // that buf was read from
	buf []byte
	off uint64 // of buf in the section
}

const (
	windowSize = 32 << 10 // bytes
	// firstWindow is the size of a window that does not continue the one before, where
	// each reading means to relocate: references may go back and forth.
	firstWindow = 2 << 10
)

// from returns the bytes of a section from an offset on: at least need of them,
// or what there is.
func (w *window) from(sec *section, off, need uint64) ([]byte, error) {
	size := sec.size()
	if off >= size {
		return nil, nil
	}
	need = min(need, size-off)
	if w.sec == sec && off >= w.off && off+need <= w.off+uint64(len(w.buf)) {
		return w.buf[off-w.off:], nil
	}
	n := uint64(windowSize)
	if sec.rel != nil && (w.sec != sec || off-w.off > uint64(len(w.buf))) {
		n = firstWindow
	}
	n = min(max(need, n), size-off)
	if uint64(cap(w.buf)) < n {
		w.buf = make([]byte, n)
	}
	w.buf, w.sec, w.off = w.buf[:n], sec, off
	if err := sec.read(w.buf, off); err != nil {
		w.sec = nil
		return nil, err
	}
	return w.buf, nil
}

// locationReader reads location lists. Those of a unit stand together, and only
// their beginning is needed: .debug_loclists of a kernel has 29 MB.
type locationReader struct {
	src   *source
	lists window
	index window // DW_FORM_loclistx: the offset tables of .debug_loclists
	short uint64 // bytes read in which a list did not end, and of long ones
}

// longList is the size of a list that counts as a long one, in bytes.
const longList = 4 << 10

const maxList = 16 << 20 // bytes of one list

// read computes the facts of a parameter whose list stands at an offset.
func (r *locationReader) read(ctx *location.Context, f *location.Facts, off, typeSize uint64) error {
	sec := &r.src.loc
	if ctx.Version >= 5 {
		sec = &r.src.loclists
	}
	for need := uint64(1); ; need = 8 * max(need, windowSize/8) {
		b, err := r.lists.from(sec, off, need)
		if err != nil {
			return err
		}
		if len(b) == 0 {
			ctx.Expr(f, nil, typeSize) // libdw finds nothing there either
			return nil
		}
		if ctx.List(f, b, typeSize) == nil {
			if ctx.Listed > longList {
				r.short += uint64(ctx.Listed)
			}
			return nil
		}
		r.short += uint64(len(b))
		if off+uint64(len(b)) >= sec.size() || len(b) > maxList {
			return nil // where a list is cut off libdw gives up as well
		}
		if need == 1 {
			need = uint64(len(b)) / 8
		}
	}
}

// listAt returns the offset of list i of a table of .debug_loclists at base
// (DWARF 5, 7.29).
func (r *locationReader) listAt(base, i uint64, size int) (uint64, error) {
	sec := &r.src.loclists
	off := base + i*uint64(size)
	b, err := r.index.from(sec, off, uint64(size))
	if err != nil {
		return 0, err
	}
	if len(b) < size {
		return 0, fmt.Errorf("%s+%#x is past the end of the section", sec.name, off)
	}
	if size == 8 {
		return base + r.src.elf.Order.Uint64(b), nil
	}
	return base + uint64(r.src.elf.Order.Uint32(b)), nil
}
