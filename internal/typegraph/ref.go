package typegraph

// Ref says where a reference of a Unit leads:
//
//	bit 31   bits 0 to 30
//	0        0               void
//	0        n               Local(n): type n of the same unit, counted from 1
//	1        id              InGraph(id): a type that an earlier Add put into the graph, or one of the base
//
// References are in this form only on their way into a graph. Inside, and in its
// result, they are plain IDs.
type Ref uint32

// Void is the reference to void.
const Void Ref = 0

const refInGraph Ref = 1 << 31

// Local returns the reference to the type of the unit that has the number n, which
// counts from 1 and is less than 2^31. 0 is void.
func Local(n uint32) Ref { return Ref(n) }

// InGraph returns the reference to a type of the graph by its ID, which is less than
// 2^31. 0 is void.
func InGraph(id uint32) Ref {
	if id == 0 {
		return Void
	}
	return Ref(id) | refInGraph
}

// IsInGraph reports whether r leads to a type of the graph.
func (r Ref) IsInGraph() bool { return r&refInGraph != 0 }

// Number returns the number, within its unit, of the type that r leads to: 0 if that
// is void. r must not lead into the graph.
func (r Ref) Number() uint32 { return uint32(r) }

// ID returns the ID of the type that r leads to. r must lead into the graph.
func (r Ref) ID() uint32 { return uint32(r &^ refInGraph) }
