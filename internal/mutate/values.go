package mutate

import "encoding/binary"

// A field is a number of 1, 2, 4 or 8 bytes.
type field struct{ off, size int }

func (f field) in(data []byte) bool {
	return f.off >= 0 && f.size > 0 && f.off+f.size <= len(data)
}

func (f field) get(data []byte, order binary.ByteOrder) uint64 {
	switch b := data[f.off:]; f.size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(order.Uint16(b))
	case 4:
		return uint64(order.Uint32(b))
	default:
		return order.Uint64(b)
	}
}

func (f field) put(data []byte, order binary.ByteOrder, v uint64) {
	switch b := data[f.off:]; f.size {
	case 1:
		b[0] = byte(v)
	case 2:
		order.PutUint16(b, uint16(v))
	case 4:
		order.PutUint32(b, uint32(v))
	default:
		order.PutUint64(b, v)
	}
}

// edge returns a value at which readers go wrong in place of old: ends of ranges, neighbours, and limits, which are
// values that mean something here, such as the size of the file.
func (m *Mutator) edge(size int, old uint64, limits ...uint64) uint64 {
	bits := 8 * size
	most := ^uint64(0) >> (64 - bits)
	var v uint64
	switch m.IntN(12) {
	case 0:
		v = 0
	case 1:
		v = 1
	case 2:
		v = most
	case 3:
		v = most - m.Uint64N(16)
	case 4:
		v = 1 << (bits - 1)
	case 5:
		v = 1<<(bits-1) - 1
	case 6:
		v = old + 1
	case 7:
		v = old - 1
	case 8:
		v = old ^ 1<<m.IntN(bits)
	case 9:
		v = m.Uint64() >> m.IntN(64)
	default:
		if len(limits) == 0 {
			v = 2 * old
			break
		}
		v = among(m, limits) + m.Uint64N(5) - 2
	}
	return v & most
}

// uleb reads an unsigned LEB128 number and returns where it ends, or -1 if that is not within data.
func uleb(data []byte, at int) (v uint64, end int) {
	for shift := 0; at >= 0 && at < len(data) && shift < 70; shift += 7 {
		b := data[at]
		at++
		if shift < 64 {
			v |= uint64(b&0x7f) << shift
		}
		if b < 0x80 {
			return v, at
		}
	}
	return 0, -1
}

// putLEB writes v as LEB128 of exactly size bytes, padded or cut.
func putLEB(data []byte, size int, v uint64) {
	for i := range size {
		data[i] = byte(v)&0x7f | 0x80
		v >>= 7
	}
	data[size-1] &= 0x7f
}

// leb returns v as LEB128 of the least size.
func leb(v uint64) []byte { return binary.AppendUvarint(nil, v) }

// edgeLEB returns an odd LEB128 number: too long, without end, or large.
func (m *Mutator) edgeLEB() []byte {
	switch m.IntN(5) {
	case 0: // too many bytes for 64 bits
		b := make([]byte, 9+m.IntN(12))
		putLEB(b, len(b), m.Uint64())
		return b
	case 1: // zeros after it
		b := make([]byte, 2+m.IntN(12))
		putLEB(b, len(b), m.Uint64N(4))
		return b
	case 2: // no end
		b := make([]byte, 1+m.IntN(12))
		for i := range b {
			b[i] = 0xff
		}
		return b
	case 3:
		return leb(m.edge(8, 0))
	}
	return leb(m.edge(4, 0))
}

// clip keeps n within 0 and limit.
func clip(n, limit int) int { return max(0, min(n, limit)) }

// spliced returns data with del bytes at position at replaced by ins.
func spliced(data []byte, at, del int, ins []byte) []byte {
	at = clip(at, len(data))
	end := clip(at+del, len(data))
	out := make([]byte, 0, len(data)-(end-at)+len(ins))
	return append(append(append(out, data[:at]...), ins...), data[end:]...)
}
