package mutate

import "bytes"

// byteChanges are for data of any form.
var byteChanges = []change{
	{"bytes: flip", 4, func(m *Mutator, data []byte) []byte {
		if len(data) == 0 {
			return nil
		}
		for range 1 + m.IntN(4) {
			data[m.IntN(len(data))] ^= 1 << m.IntN(8)
		}
		return data
	}},
	{"bytes: fill", 2, func(m *Mutator, data []byte) []byte {
		at, n := m.part(data)
		value := among(m, []byte{0, 0xff, 0x80, 0x7f})
		for i := range n {
			data[at+i] = value
		}
		return data
	}},
	{"bytes: cut", 3, func(m *Mutator, data []byte) []byte {
		if len(data) == 0 {
			return nil
		}
		if m.one(2) {
			return data[:len(data)-1-m.IntN(min(len(data), 64))]
		}
		return data[:m.IntN(len(data))]
	}},
	{"bytes: copy a part", 2, func(m *Mutator, data []byte) []byte {
		from, n := m.part(data)
		to, _ := m.part(data)
		copy(data[to:], bytes.Clone(data[from:from+n]))
		return data
	}},
	{"bytes: append", 1, func(m *Mutator, data []byte) []byte {
		if m.one(2) {
			return append(data, make([]byte, m.IntN(5000))...)
		}
		from, n := m.part(data)
		return append(data, data[from:from+n]...)
	}},
	{"bytes: insert", 1, func(m *Mutator, data []byte) []byte {
		at, _ := m.part(data)
		return spliced(data, at, 0, make([]byte, 1+m.IntN(16)))
	}},
	{"bytes: remove", 1, func(m *Mutator, data []byte) []byte {
		at, n := m.part(data)
		return spliced(data, at, min(n, 1+m.IntN(64)), nil)
	}},
	{"bytes: of another file", 1, func(m *Mutator, data []byte) []byte {
		other := m.other()
		at, _ := m.part(data)
		from, n := m.part(other)
		copy(data[at:], other[from:from+n])
		return data
	}},
}

// part returns some part of data.
func (m *Mutator) part(data []byte) (at, n int) {
	if len(data) == 0 {
		return 0, 0
	}
	at = m.IntN(len(data))
	return at, m.IntN(min(len(data)-at, 1<<m.IntN(14)) + 1)
}
