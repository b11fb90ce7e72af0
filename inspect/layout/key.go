package layout

import "encoding/binary"

// key is the same for structs and unions that are not told apart.
func (p *Printer) key(k *class) string {
	var key []byte
	key = append(append(key, p.types.Name(k.id)...), 0)
	key = binary.AppendUvarint(key, uint64(k.rec.Size()))
	for i := range k.members {
		m := &k.members[i]
		key = append(append(key, m.name...), 0)
		key = binary.AppendUvarint(key, uint64(m.bitOffset))
		key = append(key, m.width)
	}
	return string(key)
}
