package elffile

import (
	"debug/elf"
	"slices"
)

// sameSize returns the patches for contents that only replace data of the same size, so
// that no header changes and nothing moves. ok is false for others.
func (e *editor) sameSize(contents []Content) (patches []patch, ok bool) {
	for _, c := range contents {
		s, err := e.find(c.Name)
		switch {
		case err != nil:
			return nil, false
		case s == nil && c.Data == nil:
			continue
		case s == nil || c.Data == nil || s.Type != elf.SHT_PROGBITS || s.Flags&elf.SHF_COMPRESSED != 0,
			uint64(len(c.Data)) != s.FileSize || e.hasRelocations(s) || e.sharer(s) != "":
			return nil, false
		}
		patches = append(patches, patch{off: s.Offset, data: c.Data})
	}
	return patches, true
}

// hasRelocations reports whether a section has relocations: new data would lose them.
func (e *editor) hasRelocations(s *Section) bool {
	return slices.ContainsFunc(e.f.Sections, func(r Section) bool {
		return (r.Type == elf.SHT_REL || r.Type == elf.SHT_RELA) && uint64(r.Info) == uint64(s.Index)
	})
}

// sharer returns what has the same place in the file as a section: "headers" or another
// section. In a sound file nothing has, and the result is "".
func (e *editor) sharer(s *Section) string {
	if slices.ContainsFunc(append(e.f.headerSpans(), e.headers.old), s.span().overlaps) {
		return "headers"
	}
	for i := range e.f.Sections {
		if o := &e.f.Sections[i]; o != s && o.FileSize > 0 && o.span().overlaps(s.span()) {
			return o.label()
		}
	}
	return ""
}
