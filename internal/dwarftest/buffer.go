package dwarftest

import "encoding/binary"

// A buffer collects the bytes of a section.
type buffer struct {
	order binary.ByteOrder
	data  []byte
}

func (b *buffer) len() uint64 { return uint64(len(b.data)) }

func (b *buffer) bytes(p []byte) { b.data = append(b.data, p...) }

func (b *buffer) str(s string) { b.data = append(append(b.data, s...), 0) }

// uint writes the low size bytes of v, size at most 8.
func (b *buffer) uint(size int, v uint64) {
	var full [8]byte
	if b.order == binary.ByteOrder(binary.BigEndian) {
		binary.BigEndian.PutUint64(full[:], v)
		b.bytes(full[8-size:])
		return
	}
	binary.LittleEndian.PutUint64(full[:], v)
	b.bytes(full[:size])
}

func (b *buffer) uleb(v uint64) {
	for ; v >= 0x80; v >>= 7 {
		b.data = append(b.data, byte(v)|0x80)
	}
	b.data = append(b.data, byte(v))
}

func (b *buffer) sleb(v int64) {
	for v < -64 || v > 63 {
		b.data = append(b.data, byte(v)|0x80)
		v >>= 7
	}
	b.data = append(b.data, byte(v)&0x7f)
}

// unitLength writes the initial length of a table or unit (DWARF 5, 7.2.2).
func (b *buffer) unitLength(dwarf64 bool, n uint64) {
	if dwarf64 {
		b.uint(4, 0xffffffff)
		b.uint(8, n)
		return
	}
	b.uint(4, n)
}

// A stringTable is .debug_str or .debug_line_str.
type stringTable struct {
	data    []byte
	offsets map[string]uint64
}

func (t *stringTable) offset(s string) uint64 {
	if off, ok := t.offsets[s]; ok {
		return off
	}
	if t.offsets == nil {
		t.offsets = map[string]uint64{}
	}
	off := uint64(len(t.data))
	t.offsets[s] = off
	t.data = append(append(t.data, s...), 0)
	return off
}

// An indexTable numbers addresses or string offsets in the order of their first use.
type indexTable struct {
	values  []uint64
	indexes map[uint64]uint64
}

func (t *indexTable) index(v uint64) uint64 {
	if i, ok := t.indexes[v]; ok {
		return i
	}
	if t.indexes == nil {
		t.indexes = map[uint64]uint64{}
	}
	i := uint64(len(t.values))
	t.indexes[v] = i
	t.values = append(t.values, v)
	return i
}
