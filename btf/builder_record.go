package btf

// AddRecord adds a copy of rec, whose names are offsets into the strings of
// src (libbpf: btf__add_type). Names are added as by AddString, IDs stay as
// they are. Kinds that this package does not know are refused.
func (b *Builder) AddRecord(rec []uint32, src *Types) ID {
	if b.err != nil {
		return 0
	}
	kind := KindOf(rec[1])
	if n, ok := RecordWords(kind, VlenOf(rec[1])); !ok || n != len(rec) {
		return b.refuse(kind, "", "not a record of a known kind")
	}
	from := len(b.words)
	b.words = append(b.words, rec...)
	added := b.words[from:]
	b.fields = AppendNames(b.fields[:0], added)
	for _, w := range b.fields {
		if b.names.full() {
			break
		}
		name, ok := src.String(StrOff(added[w]))
		if !ok {
			b.words = b.words[:from]
			return b.refuse(kind, "", "string offset %d is outside the strings", added[w])
		}
		added[w] = uint32(b.names.add(name))
	}
	if b.checkRoom(); b.err != nil {
		return 0
	}
	b.next++
	return b.next - 1
}
