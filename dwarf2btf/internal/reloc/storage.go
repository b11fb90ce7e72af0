package reloc

// Storage is memory for [Storage.MergeStrings], which files use one after the other. The zero value is
// empty.
type Storage struct {
	last *Strings // not in use
	buf  []byte
}

// keptStrings is the size of the largest section, in bytes, whose memory is kept for the next one.
const keptStrings = 4 << 20

// take returns Strings without any, for a section of size bytes, in memory that was taken back or in its own.
func (m *Storage) take(size uint64) *Strings {
	n := int((size + 63) / 64)
	s := m.last
	m.last = nil
	if s == nil {
		s = new(Strings)
	}
	if s.size = size; cap(s.starts) < n {
		s.starts = tableMemory[uint64](size, n)[:n]
	} else {
		s.starts = s.starts[:n]
		clear(s.starts)
	}
	if cap(s.texts) == 0 {
		s.texts = tableMemory[uint32](size, int(size/bytesPerString))
	}
	s.texts = s.texts[:0]
	return s
}

// TakeBack says that s, which [Storage.MergeStrings] has made, and what it returned are not used any more.
func (m *Storage) TakeBack(s *Strings) {
	if s.size <= keptStrings {
		m.last = s
	}
}
