package mutate

import (
	"encoding/binary"

	"github.com/gopahole/gopahole/btf"
)

// records is a blob of BTF as far as it can be read.
type records struct {
	data    []byte
	order   binary.ByteOrder
	header  []field // magic, version, flags, hdr_len, type_off, type_len, str_off, str_len, and two of the layout section
	records []record
	strings []byte // in place
}

// A record is a type from start to end.
type record struct {
	start, end int
	kind       btf.Kind
	vlen       int
}

// Positions in header.
const (
	btfTypeOff, btfTypeLen, btfStrOff, btfStrLen = 4, 5, 6, 7
)

// parseRecords reads BTF, or returns nil.
func parseRecords(data []byte) *records {
	if len(data) < 24 {
		return nil
	}
	r := &records{data: data, order: binary.LittleEndian}
	switch {
	case data[0] == 0x9f && data[1] == 0xeb:
	case data[0] == 0xeb && data[1] == 0x9f:
		r.order = binary.BigEndian
	default:
		return nil
	}
	r.header = layout(0, []int{2, 1, 1, 4, 4, 4, 4, 4, 4, 4})
	if len(data) < 32 || r.get(3) < 32 {
		r.header = r.header[:8]
	}
	start := r.get(3) + r.get(btfTypeOff)
	end := start + r.get(btfTypeLen)
	for start+12 <= min(end, uint64(len(data))) {
		info := uint32(field{int(start) + 4, 4}.get(data, r.order))
		rec := record{start: int(start), kind: btf.KindOf(info), vlen: btf.VlenOf(info)}
		size := 12 // of a kind that is not known
		if words, ok := btf.RecordWords(rec.kind, rec.vlen); ok {
			size = 4 * words
		}
		if start+uint64(size) > uint64(len(data)) {
			break
		}
		start += uint64(size)
		rec.end = int(start)
		r.records = append(r.records, rec)
	}
	if off := r.get(3) + r.get(btfStrOff); off <= uint64(len(data)) {
		r.strings = data[off:][:min(r.get(btfStrLen), uint64(len(data))-off)]
	}
	return r
}

func (r *records) get(n int) uint64 { return r.header[n].get(r.data, r.order) }

// words are the fields of a type.
func (rec record) words() []field {
	var words []field
	for at := rec.start; at < rec.end; at += 4 {
		words = append(words, field{at, 4})
	}
	return words
}

// splice replaces del bytes at a position among the types by ins, and corrects the header.
func (r *records) splice(at, del int, ins []byte) []byte {
	delta := uint64(len(ins) - del)
	for _, n := range []int{btfTypeLen, btfStrOff} {
		r.header[n].put(r.data, r.order, r.get(n)+delta)
	}
	return spliced(r.data, at, del, ins)
}
