package btf

// AddTypes adds all own types of t in their order and returns the ID of the
// first, or the ID that the next type gets if t has none (libbpf:
// btf__add_btf). References among them follow; names are added as by
// AddString. t is BTF without a base, or split BTF over the base of b, whose
// types it goes on referring to. Kinds that this package does not know are
// refused, as it is not known where they refer to.
func (b *Builder) AddTypes(t *Types) ID {
	if b.err != nil {
		return 0
	}
	if t.base != nil && t.base != b.base {
		return b.refuse(KindVoid, "", "types to add are split BTF over another base")
	}
	for id := t.firstID; id < t.NumIDs(); id++ {
		if kind := KindOf(t.Record(id)[1]); !kind.Known() {
			return b.refuse(kind, t.Name(id), "unknown kind cannot be added")
		}
	}
	first := b.next
	from := len(b.words)
	b.words = append(b.words, t.words...)
	b.next += t.NumIDs() - t.firstID
	var at []int
	for i := range t.index[1:] {
		rec := b.words[from+int(t.index[i]) : from+int(t.index[i+1])]
		at = AppendRefs(at[:0], rec)
		for _, w := range at {
			if id := ID(rec[w]); id >= t.firstID {
				rec[w] = uint32(id - t.firstID + first)
			}
		}
		at = AppendNames(at[:0], rec)
		for _, w := range at {
			if b.names.full() {
				break
			}
			name, _ := t.String(StrOff(rec[w])) // checked when t was made
			rec[w] = uint32(b.names.add(name))
		}
	}
	if b.checkRoom(); b.err != nil {
		return 0
	}
	return first
}
