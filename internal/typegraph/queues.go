package typegraph

// queue says when a type is decided on.
type queue uint8

const (
	queueStructs queue = iota // with the structs and typedefs of its unit
	queueRefs                 // after them, with the types that consist of references
	queueNow                  // before them, when the unit is added
	queues
)

// queueOf is the queue of a class.
var queueOf = [...]queue{
	classVoid: queueNow, classPrimitive: queueNow, classEnum: queueNow, classFwd: queueNow, classDistinct: queueNow,
	classStruct: queueStructs, classTypedef: queueStructs,
	classRef: queueRefs,
}

// sortedTypes has the types of a unit by queue, in ID order. They come in any order,
// of which a processor can guess nothing: they are sorted without branches.
type sortedTypes struct {
	ids  []uint32    // a part for each queue, large enough for all types
	next [queues]int // where the next type goes
}

// reset prepares for a unit of n types.
func (s *sortedTypes) reset(n int) {
	if cap(s.ids) < int(queues)*n {
		s.ids = make([]uint32, int(queues)*(n+n/4))
	}
	s.ids = s.ids[:int(queues)*n]
	for q := range s.next {
		s.next[q] = q * n
	}
}

// release gives back the room of a large unit, which the end of the work needs.
func (s *sortedTypes) release() {
	const kept = 1 << 15 // most modules need less
	if cap(s.ids) > kept {
		*s = sortedTypes{}
	}
}

// list returns the types of a queue, which are valid until the next reset.
func (s *sortedTypes) list(q queue) []uint32 {
	n := len(s.ids) / int(queues)
	return s.ids[int(q)*n : s.next[q] : (int(q)+1)*n]
}
