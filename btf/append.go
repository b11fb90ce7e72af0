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
	for id, rec := range t.Own() {
		if kind := rec.Kind(); !kind.Known() {
			return b.refuse(kind, t.Name(id), "%s", kind.NotKnown())
		}
	}
	first := b.next
	from := len(b.words)
	b.words = append(b.words, t.words...)
	b.next += t.NumIDs() - t.firstID
	for i := range t.index[1:] {
		rec := Record(b.words[from+int(t.index[i]) : from+int(t.index[i+1])])
		rec.MapRefs(func(ref ID) ID {
			if ref >= t.firstID {
				ref += first - t.firstID
			}
			return ref
		})
		rec.MapNames(func(off StrOff) StrOff {
			if b.names.full() {
				return off
			}
			name, _ := t.String(off) // checked when t was made
			return b.names.add(name)
		})
	}
	if b.checkNames(); b.err != nil {
		return 0
	}
	return first
}
