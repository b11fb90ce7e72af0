package unit

import "sync"

// scratch is what a unit is decoded in: its bytes, and what is needed until the CU is complete.
// That takes three times the size of the unit.
type scratch struct {
	decoding
	targets targets
	buf     []byte
	room    int // bytes of the largest unit that its tables are for
}

// scratches are shared by workers. One unit in a hundred is four times as large as most, and each worker
// comes to one sooner or later: so there is scratch for small units and for large ones. There is
// no more of it than workers, and of the larger ones as much as is in use at the same time.
type scratches struct {
	mu      sync.Mutex
	workers int  // that may have one at the same time
	made    int  // less what was dropped
	classes bool // else all are in the last one
	free    [len(scratchClasses) + 1][]*scratch
}

// scratchClasses are sizes of units in bytes. In a kernel, three in four are within the first, 97 in
// a hundred within the third, and all but a few within the last.
var scratchClasses = [...]int{128 << 10, 192 << 10, 256 << 10, 448 << 10, 640 << 10}

// classOf returns the class of a unit, and the size of the units of that class, 0 if there is no bound.
func (s *scratches) classOf(size int) (class, room int) {
	for class, room := range scratchClasses {
		if s.classes && size <= room {
			return class, room
		}
	}
	return len(scratchClasses), 0
}

// take returns scratch for a unit of size bytes: of its class, or else of a larger one. New scratch takes the
// place of a smaller one, which nobody uses if there is one for each worker.
func (s *scratches) take(size int) *scratch {
	class, room := s.classOf(size)
	s.mu.Lock()
	defer s.mu.Unlock()
	for larger := class; larger < len(s.free); larger++ {
		if sc := pop(&s.free[larger]); sc != nil {
			return sc
		}
	}
	for smaller := class - 1; smaller >= 0 && s.made >= s.workers; smaller-- {
		if pop(&s.free[smaller]) != nil {
			s.made--
		}
	}
	s.made++
	return &scratch{room: room}
}

// giveBack takes back scratch.
func (s *scratches) giveBack(sc *scratch) {
	class, _ := s.classOf(sc.room)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free[class] = append(s.free[class], sc)
}

// trim ends the use for a file. It drops what is for units of more than so many bytes, and what leads to the file.
func (s *scratches) trim(most int) {
	s.workers, s.made = 0, 0
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
		s.made += len(kept)
	}
}

// forget drops what leads to the file.
func (sc *scratch) forget() {
	clear(sc.funcs[:cap(sc.funcs)])
	clear(sc.inlined[:cap(sc.inlined)])
	clear(sc.pending[:cap(sc.pending)])
	clear(sc.wanted[:cap(sc.wanted)])
	clear(sc.held[:cap(sc.held)])
	clear(sc.spans[:cap(sc.spans)])
	clear(sc.placed)
}

// work says that there is one more worker.
func (s *scratches) work() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.workers++
}

// borrow lets the decoder and the CU work in scratch for a unit of size bytes, until the function that it returns is called.
func (d *Decoder) borrow(c *CU, size int) (giveBack func()) {
	sc := d.s.storage.scratch.take(size)
	c.decoding, d.targets, d.buf, d.room = &sc.decoding, sc.targets, sc.buf, sc.room
	return func() {
		sc.targets, sc.buf, sc.room = d.targets, d.buf, d.room
		c.decoding, d.targets, d.buf = nil, targets{}, nil
		d.s.storage.scratch.giveBack(sc)
	}
}

// makeRoom makes tables that have to grow large enough for a unit of size bytes.
func (d *Decoder) makeRoom(size int) {
	if size > d.room {
		d.room = size + size/4
	}
}
