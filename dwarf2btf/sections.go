package dwarf2btf

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/gopahole/gopahole/dwarf2btf/internal/location"
	"github.com/gopahole/gopahole/internal/elfio"
)

// section is a section of the input, read as a whole or piecewise.
type section struct {
	name string
	file *elfio.File
	sec  *elfio.Section // nil if the file has none
	data []byte         // the content, if it was loaded
}

func newSection(f *elfio.File, name string) section {
	return section{name: name, file: f, sec: f.Section(name)}
}

func (s *section) size() uint64 {
	if s.sec == nil || !s.sec.HasData() {
		return 0
	}
	return s.sec.Size
}

// read fills p from an offset of the section.
func (s *section) read(p []byte, off uint64) error {
	if s.size() == 0 {
		return fmt.Errorf("%s: no such section", s.name)
	}
	return s.file.ReadSectionAt(s.sec, p, off)
}

// load reads the whole section. A section that is absent is empty.
func (s *section) load() (err error) {
	if s.data == nil && s.size() > 0 {
		s.data, err = s.file.SectionData(s.sec)
	}
	return err
}

// cstring returns the NUL-terminated string at an offset of a loaded section.
func (s *section) cstring(off uint64) ([]byte, error) {
	if off < uint64(len(s.data)) {
		if n := bytes.IndexByte(s.data[off:], 0); n >= 0 {
			return s.data[off : off+uint64(n)], nil
		}
	}
	return nil, fmt.Errorf("no string at %s+%#x", s.name, off)
}

// word returns the size-byte number at an offset of a loaded section.
func (s *section) word(off uint64, size int, order binary.ByteOrder) (uint64, error) {
	n := uint64(len(s.data))
	if off > n || n-off < uint64(size) {
		return 0, fmt.Errorf("%s+%#x is behind the end of the section", s.name, off)
	}
	if size == 8 {
		return order.Uint64(s.data[off:]), nil
	}
	return uint64(order.Uint32(s.data[off:])), nil
}

// locationReader reads location lists through a window, since the lists of a
// unit stand together. Only their beginning is needed, .debug_loclists of a
// kernel has 29 MB.
type locationReader struct {
	s   *session
	sec *section // that win was read from
	win []byte
	off uint64 // of win in the section
}

const (
	locWindow  = 32 << 10 // bytes
	locLargest = 16 << 20 // bytes of one list
)

// read computes the facts of a parameter whose list stands at an offset.
func (r *locationReader) read(ctx *location.Context, f *location.Facts, off, typeSize uint64) error {
	sec := &r.s.loc
	if ctx.Version >= 5 {
		sec = &r.s.loclists
	}
	if off >= sec.size() {
		ctx.Expr(f, nil, typeSize) // libdw finds nothing there either
		return nil
	}
	for want := uint64(locWindow); ; want *= 8 {
		if r.sec == sec && off >= r.off && off < r.off+uint64(len(r.win)) {
			end := r.off + uint64(len(r.win))
			// Within the window a list usually ends; at its end, read on.
			if err := ctx.List(f, r.win[off-r.off:], typeSize); err == nil || end == sec.size() || uint64(len(r.win)) > locLargest {
				return nil
			}
		}
		n := min(want, sec.size()-off)
		if uint64(cap(r.win)) < n {
			r.win = make([]byte, n)
		}
		r.win, r.sec, r.off = r.win[:n], sec, off
		if err := sec.read(r.win, off); err != nil {
			r.sec = nil
			return err
		}
	}
}
