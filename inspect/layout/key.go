package layout

import (
	"encoding/binary"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/nametable"
)

// key is the same for structs and unions that are not told apart.
func (p *Printer) key(id btf.ID) string {
	rec := p.types.Record(id)
	var key []byte
	key = append(append(key, p.types.Name(id)...), 0)
	key = binary.AppendUvarint(key, uint64(rec.Size()))
	for _, m := range rec.Members() {
		key = append(append(key, p.string(m.Name)...), 0)
		key = binary.AppendUvarint(key, uint64(m.Offset))
		key = append(key, byte(m.Width))
	}
	return string(key)
}

// seenClasses are structs and unions that were there already.
type seenClasses struct {
	first *nametable.Table // IDs by name: most names are there once, so that others alone need keys
	keys  map[string]bool
}

func newSeenClasses(t *btf.Types) *seenClasses {
	composites := int(t.NumIDs()) / 11 // of kernels
	return &seenClasses{nametable.New(t, composites), make(map[string]bool)}
}

// has reports whether a class that is not told apart from another one was added. named is what first has for
// its name, which is looked for once, as caches miss there.
func (s *seenClasses) has(p *Printer, named *uint32, k *class) bool {
	first := btf.ID(*named)
	return first != 0 && (p.key(first) == p.key(k.id) || s.keys[p.key(k.id)])
}

func (s *seenClasses) add(p *Printer, named *uint32, k *class) {
	if *named == 0 {
		*named = uint32(k.id)
	} else {
		s.keys[p.key(k.id)] = true
	}
}
