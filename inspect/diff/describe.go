package diff

import (
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/cdecl"
)

// describe returns a type as C writes it, on one line.
func (s *side) describe(id btf.ID) string { return cdecl.Type(s.types, id) }
