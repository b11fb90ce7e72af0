package layout

import "encoding/binary"

// key is the same for structs and unions that are not told apart.
func (p *Printer) key(k *class) string {
	var key []byte
	key = append(append(key, p.types.Name(k.id)...), 0)
	key = binary.AppendUvarint(key, uint64(k.rec.Size()))
	for i := range k.members {
		m := &k.members[i]
		key = append(append(key, p.string(m.name)...), 0)
		key = binary.AppendUvarint(key, uint64(m.bitOffset))
		key = append(key, m.width)
	}
	return string(key)
}

// seenClasses are structs and unions that were there already.
type seenClasses struct {
	first map[string]*class // by name: most names are there once, so that others alone need keys
	keys  map[string]bool
}

func newSeenClasses() *seenClasses {
	return &seenClasses{make(map[string]*class), make(map[string]bool)}
}

// has reports whether a class that is not told apart from another one was added.
func (s *seenClasses) has(p *Printer, k *class) bool {
	first := s.first[p.types.Name(k.id)]
	return first != nil && (p.key(first) == p.key(k) || s.keys[p.key(k)])
}

func (s *seenClasses) add(p *Printer, k *class) {
	name := p.types.Name(k.id)
	if s.first[name] == nil {
		s.first[name] = k
	} else {
		s.keys[p.key(k)] = true
	}
}
