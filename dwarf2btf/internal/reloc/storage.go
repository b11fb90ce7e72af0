package reloc

import "sync"

// Storage is memory for what is read of files, one after the other. The zero value is empty.
type Storage struct {
	last *Strings // not in use
	buf  []byte   // of MergeStrings

	Lists bool // lists are kept in memory while a file is read, as others will be

	mu    sync.Mutex
	lists []byte // what lists are cut from
	used  int
	want  int // bytes of all lists of the file
	room  int // that lists should have
}

// What is kept for the next file, in bytes: few have more.
const (
	keptStrings = 4 << 20 // of a section
	keptLists   = 2 << 20
)

// list returns memory for a list of size bytes, nil if there is none. Its contents are those of any
// other.
func (m *Storage) list(size uint64) []byte {
	if m == nil || !m.Lists || size > keptLists {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	n := int(size)
	m.want += n
	if m.used == 0 && max(n, m.room) > len(m.lists) {
		m.lists = make([]byte, min(max(n+n/2, m.room), keptLists))
	}
	if n > len(m.lists)-m.used {
		return nil
	}
	p := m.lists[m.used:][:n:n]
	m.used += n
	return p
}

// FreeLists says that no list is used any more.
func (m *Storage) FreeLists() {
	m.used, m.want, m.room = 0, 0, min(m.want, keptLists)
}

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
	if cap(s.numbers.low) == 0 {
		s.numbers.low = tableMemory[uint16](size, int(size/bytesPerString))
	}
	s.numbers = numberList{low: s.numbers.low[:0]}
	return s
}

// TakeBack says that s, which [MergeStrings] has made in m, and what it returned are not used any more.
func (m *Storage) TakeBack(s *Strings) {
	if s.size <= keptStrings {
		m.last = s
	}
}
