package elffile

import (
	"debug/elf"
	"slices"
)

// sameSize returns the patches for contents that are no more than other data in
// the places of the old ones, so that no header changes and nothing has to move.
// They are in the file or not at all, like other changes.
func (e *editor) sameSize(contents []Content) ([]patch, bool) {
	var patches []patch
	for _, c := range contents {
		s, err := e.find(c.Name)
		switch {
		case err != nil:
			return nil, false
		case s == nil && c.Data == nil:
			continue
		case s == nil || c.Data == nil || s.Type != elf.SHT_PROGBITS || s.Flags&elf.SHF_COMPRESSED != 0,
			uint64(len(c.Data)) != s.FileSize || e.hasRelocations(s) || !e.hasOwnPlace(s):
			return nil, false
		}
		patches = append(patches, patch{off: s.Offset, data: c.Data})
	}
	return patches, true
}

// hasRelocations reports whether a section has relocations, which new data would
// not keep.
func (e *editor) hasRelocations(s *Section) bool {
	return slices.ContainsFunc(e.f.Sections, func(r Section) bool {
		return (r.Type == elf.SHT_REL || r.Type == elf.SHT_RELA) && uint64(r.Info) == uint64(s.Index)
	})
}

// hasOwnPlace reports whether no header and no other section is where a section
// is.
func (e *editor) hasOwnPlace(s *Section) bool {
	if slices.ContainsFunc(append(e.f.headerSpans(), e.headers.old), s.span().overlaps) {
		return false
	}
	for i := range e.f.Sections {
		if o := &e.f.Sections[i]; o != s && o.FileSize > 0 && o.span().overlaps(s.span()) {
			return false
		}
	}
	return true
}
