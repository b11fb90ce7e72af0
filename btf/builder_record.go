package btf

// AddRecord adds a copy of rec, whose names are offsets into the strings of
// src (libbpf: btf__add_type). Names are added as by AddString, IDs stay as
// they are. Kinds that this package does not know are refused.
func (b *Builder) AddRecord(rec Record, src *Types) ID {
	if b.err != nil {
		return 0
	}
	kind := rec.Kind()
	if n, ok := RecordWords(kind, rec.Vlen()); !ok || n != len(rec) {
		return b.refuse(kind, "", "not a record of a known kind")
	}
	from := len(b.words)
	b.words = append(b.words, rec...)
	Record(b.words[from:]).MapNames(func(off StrOff) StrOff {
		if b.err != nil || b.names.full() {
			return off
		}
		name, ok := src.String(off)
		if !ok {
			b.refuse(kind, "", "string offset %d is outside the strings", off)
			return off
		}
		return b.names.add(name)
	})
	if b.checkNames(); b.err != nil {
		b.words = b.words[:from]
		return 0
	}
	b.next++
	return b.next - 1
}
