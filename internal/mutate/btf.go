package mutate

import (
	"bytes"

	"github.com/gopahole/gopahole/btf"
)

// recordChanges are for BTF as raw data, sectionBTFChanges for the same in a section of an ELF file.
var recordChanges = []change{
	{"BTF: header", 4, onRecords(func(m *Mutator, r *records) []byte {
		f := among(m, r.header)
		old, sizes := f.get(r.data, r.order), []uint64{uint64(len(r.data)), uint64(len(r.strings)), r.get(btfTypeLen)}
		f.put(r.data, r.order, m.edge(f.size, old, sizes...))
		return r.data
	})},
	{"BTF: longer header", 1, onRecords(func(m *Mutator, r *records) []byte {
		n := 4 * (1 + m.IntN(4))
		r.header[3].put(r.data, r.order, r.get(3)+uint64(n))
		return spliced(r.data, int(r.get(3))-n, 0, make([]byte, n))
	})},
	{"BTF: kind", 5, onRecord(func(m *Mutator, r *records, rec record) []byte {
		return r.setInfo(rec, btf.Kind(m.IntN(22)), rec.vlen, m.one(2))
	})},
	{"BTF: vlen", 4, onRecord(func(m *Mutator, r *records, rec record) []byte {
		return r.setInfo(rec, rec.kind, int(m.edge(3, uint64(rec.vlen))), m.one(2))
	})},
	{"BTF: kind_flag", 3, onRecord(func(m *Mutator, r *records, rec record) []byte {
		r.data[infoTop(r, rec)] ^= 0x80
		return r.data
	})},
	{"BTF: size or type", 6, onRecord(func(m *Mutator, r *records, rec record) []byte {
		return r.set(m, field{rec.start + 8, 4})
	})},
	{"BTF: word", 8, onRecord(func(m *Mutator, r *records, rec record) []byte {
		return r.set(m, among(m, rec.words()))
	})},
	{"BTF: reference", 10, onRecord(func(m *Mutator, r *records, rec record) []byte {
		n := 1
		if m.one(3) {
			n = 1 + m.IntN(20)
		}
		for range n {
			i := m.IntN(len(r.records))
			rec := r.records[i]
			f := refWord(m, rec)
			id := f.get(r.data, r.order)
			first := id - id%uint64(len(r.records)) // the base comes first; a guess
			switch m.IntN(4) {
			case 0: // itself, if there is no base
				id = uint64(i) + 1
			case 1: // anything
				id = m.Uint64N(uint64(len(r.records))+2) + first
			case 2: // one nearby
				id += m.Uint64N(5) - 2
			case 3:
				id = m.Uint64N(uint64(len(r.records)) + 2)
			}
			f.put(r.data, r.order, id)
		}
		return r.data
	})},
	{"BTF: name", 5, onRecord(func(m *Mutator, r *records, rec record) []byte {
		other := among(m, r.records)
		f := field{rec.start, 4}
		v := field{other.start, 4}.get(r.data, r.order)
		if m.one(3) {
			v = m.edge(4, f.get(r.data, r.order), uint64(len(r.strings)))
		}
		f.put(r.data, r.order, v)
		return r.data
	})},
	{"BTF: string", 5, onRecords(func(m *Mutator, r *records) []byte {
		if len(r.strings) == 0 {
			return nil
		}
		for range 1 + m.IntN(4) {
			r.strings[m.IntN(len(r.strings))] = m.nameByte()
		}
		return r.data
	})},
	{"BTF: type removed", 3, onRecord(func(m *Mutator, r *records, rec record) []byte {
		return r.splice(rec.start, rec.end-rec.start, nil)
	})},
	{"BTF: type repeated", 4, onRecord(func(m *Mutator, r *records, rec record) []byte {
		n := 1
		if m.one(3) {
			n = 1 << m.IntN(11)
		}
		part := bytes.Clone(r.data[rec.start:rec.end])
		if n*len(part) > 1<<19 {
			n = 1
		}
		return r.splice(among(m, r.records).start, 0, bytes.Repeat(part, n))
	})},
	{"BTF: types swapped", 3, onRecord(func(m *Mutator, r *records, rec record) []byte {
		other := among(m, r.records)
		if other.end-other.start != rec.end-rec.start {
			return nil
		}
		saved := bytes.Clone(r.data[rec.start:rec.end])
		copy(r.data[rec.start:], r.data[other.start:other.end])
		copy(r.data[other.start:], saved)
		return r.data
	})},
	{"BTF: member", 5, onRecord(func(m *Mutator, r *records, rec record) []byte {
		if rec.end-rec.start <= 12 {
			return nil
		}
		return r.set(m, among(m, rec.words()[3:]))
	})},
	{"BTF: layout section", 1, onRecords(func(m *Mutator, r *records) []byte {
		if len(r.header) < 10 {
			return nil
		}
		off := r.get(3) + r.get(8)
		f := field{int(min(off, uint64(len(r.data)))) + m.IntN(80), 1}
		if !f.in(r.data) {
			return nil
		}
		f.put(r.data, r.order, m.edge(1, f.get(r.data, r.order)))
		return r.data
	})},
}

// sectionBTFChanges do the same in the sections .BTF and .BTF.base.
var sectionBTFChanges = []change{{"section ", 12, func(m *Mutator, data []byte) []byte {
	im := parseImage(data)
	if im == nil {
		return nil
	}
	s, ok := im.section(among(m, []string{".BTF", ".BTF.base"}))
	if blob := im.contents(s); ok && len(blob) > 0 {
		if changed := m.pick(recordChanges).apply(m, bytes.Clone(blob)); changed != nil {
			return im.replace(s, changed)
		}
	}
	return nil
}}}

func onRecords(f func(m *Mutator, r *records) []byte) func(*Mutator, []byte) []byte {
	return func(m *Mutator, data []byte) []byte {
		r := parseRecords(data)
		if r == nil {
			return nil
		}
		return f(m, r)
	}
}

func onRecord(f func(m *Mutator, r *records, rec record) []byte) func(*Mutator, []byte) []byte {
	return onRecords(func(m *Mutator, r *records) []byte {
		if len(r.records) == 0 {
			return nil
		}
		return f(m, r, among(m, r.records))
	})
}

// set gives a word another value.
func (r *records) set(m *Mutator, f field) []byte {
	f.put(r.data, r.order, m.edge(4, f.get(r.data, r.order), uint64(len(r.records)), uint64(len(r.strings))))
	return r.data
}

func (r *records) setInfo(rec record, kind btf.Kind, vlen int, kindFlag bool) []byte {
	f := field{rec.start + 4, 4}
	f.put(r.data, r.order, uint64(btf.Info(kind, vlen&0xffffff, kindFlag)))
	return r.data
}

// infoTop is the byte of the info word that has kind_flag.
func infoTop(r *records, rec record) int {
	if r.data[0] == 0xeb {
		return rec.start + 4
	}
	return rec.start + 7
}

// refWord is a word of a type that may be a reference.
func refWord(m *Mutator, rec record) field {
	words := rec.words()
	switch rec.kind {
	case btf.KindArray:
		return words[3+m.IntN(2)]
	case btf.KindStruct, btf.KindUnion:
		if rec.vlen > 0 {
			return words[4+3*m.IntN(rec.vlen)]
		}
	case btf.KindFuncProto:
		if rec.vlen > 0 && m.one(2) {
			return words[4+2*m.IntN(rec.vlen)]
		}
	case btf.KindDatasec:
		if rec.vlen > 0 {
			return words[3+3*m.IntN(rec.vlen)]
		}
	}
	return words[2]
}
