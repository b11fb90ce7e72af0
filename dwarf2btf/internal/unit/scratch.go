package unit

import "sync"

// scratch is what a unit is decoded in: its bytes, and what is needed until the CU is complete.
// That takes three to five times the size of the unit.
type scratch struct {
	decoding
	targets targets
	buf     []byte
	room    int // bytes of the units that it is for, 0 if that is not known
}

// scratches are shared by workers. One unit in a hundred is four times as large as most, and each worker
// comes to one sooner or later: so there is scratch for small units and for large ones, and of
// the latter as much as is in use at the same time.
type scratches struct {
	mu      sync.Mutex
	classes bool // else all are in the last one
	free    [len(scratchClasses) + 1][]*scratch
}

// scratchClasses are sizes of units in bytes. In a kernel, three in four are within the first, and 97 in
// a hundred within the second.
var scratchClasses = [...]int{128 << 10, 256 << 10}

// classOf returns the class of a unit, and the size of the units of that class, 0 if there is no bound.
func (s *scratches) classOf(size int) (class, room int) {
	for class, room := range scratchClasses {
		if s.classes && size <= room {
			return class, room
		}
	}
	return len(scratchClasses), 0
}

// take returns scratch for a unit of size bytes.
func (s *scratches) take(size int) *scratch {
	class, room := s.classOf(size)
	s.mu.Lock()
	defer s.mu.Unlock()
	free := s.free[class]
	if len(free) == 0 {
		return &scratch{room: room}
	}
	s.free[class] = free[:len(free)-1]
	return free[len(free)-1]
}

// giveBack takes back the scratch of a unit of size bytes.
func (s *scratches) giveBack(sc *scratch, size int) {
	class, _ := s.classOf(size)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free[class] = append(s.free[class], sc)
}

// trim drops what is for units of more than so many bytes, and what leads to the file that it was used for.
func (s *scratches) trim(most int) {
	for class, free := range s.free {
		kept := free[:0]
		for _, sc := range free {
			if cap(sc.buf) <= most {
				sc.forget()
				kept = append(kept, sc)
			}
		}
		clear(free[len(kept):])
		s.free[class] = kept
	}
}

// forget drops what leads to the file.
func (sc *scratch) forget() {
	clear(sc.funcs[:cap(sc.funcs)])
	clear(sc.inlined[:cap(sc.inlined)])
	clear(sc.pending[:cap(sc.pending)])
	clear(sc.wanted[:cap(sc.wanted)])
	clear(sc.held[:cap(sc.held)])
	clear(sc.placed)
}

// borrow lets the decoder and the CU work in scratch for a unit of size bytes, until the function that it returns is called.
func (d *Decoder) borrow(c *CU, size int) (giveBack func()) {
	sc := d.s.storage.scratch.take(size)
	c.decoding, d.targets, d.buf, d.room = &sc.decoding, sc.targets, sc.buf, sc.room
	return func() {
		sc.targets, sc.buf = d.targets, d.buf
		c.decoding, d.targets, d.buf = nil, targets{}, nil
		d.s.storage.scratch.giveBack(sc, size)
	}
}
