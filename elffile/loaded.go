package elffile

import (
	"debug/elf"
	"fmt"
	"slices"
)

// A LoadedError says that a section cannot get data of another size because it belongs to
// a segment: the program finds it by its address, and other sections follow.
// [Options.MoveLoaded] takes the section out of the segment.
type LoadedError struct {
	File, Section string
	Have, Want    uint64 // old and new size in bytes
}

func (e *LoadedError) Error() string {
	return (&FormatError{File: e.File, Section: e.Section, Msg: fmt.Sprintf("the section has %d bytes in a segment, "+
		"where its place and size are fixed; the new data have %d", e.Have, e.Want)}).Error()
}

// loaded reports whether a section belongs to a segment.
func (e *editor) loaded(s *Section) bool {
	return s.Flags&elf.SHF_ALLOC != 0 && s.FileSize > 0 && slices.ContainsFunc(e.segments, s.span().overlaps)
}

// setLoaded replaces the data of a section in a segment.
func (e *editor) setLoaded(s *Section, data []byte) error {
	n := uint64(len(data))
	if n != s.FileSize && e.opts.MoveLoaded {
		e.contents[s.Index] = &piece{data: data, write: true, align: 8}
		e.put(s.Index, &Section{nameOff: s.nameOff, Type: elf.SHT_PROGBITS, FileSize: n, AddrAlign: 1})
		return nil
	}
	if n != s.FileSize {
		return &LoadedError{File: e.f.Name, Section: s.label(), Have: s.FileSize, Want: n}
	}
	if other := e.sharer(s); other != "" {
		return e.f.sectionf(s, 0, "shares its place in the file with %s", other)
	}
	e.fixed = append(e.fixed, patch{off: s.Offset, data: data})
	changed := *s
	changed.Type = elf.SHT_PROGBITS
	changed.Flags &^= elf.SHF_COMPRESSED
	e.put(s.Index, &changed)
	return nil
}
