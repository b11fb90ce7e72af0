package cheader

import (
	"math"

	"github.com/gopahole/gopahole/btf"
)

// layouts answers how large types are and how they are aligned, as a C compiler
// would have it (libbpf: btf__align_of, btf__resolve_size).
type layouts struct {
	types   *btf.Types
	pointer int
	known   []layout // by ID
	lately  [lately]typeSize
}

// A typeSize is the size of a type in bytes.
type typeSize struct {
	id   btf.ID
	size int64
}

// lately is how many sizes are remembered, by the lowest bits of IDs. Few types are those of many members.
const lately = 256

// A layout is the alignment in bytes, 0 for none, and whether a struct must be packed
// to have its members where they are. It is known of what was asked for.
type layout uint8

const (
	alignMask    layout = 1<<4 - 1 // no type is aligned to more than the size of a pointer
	packedLayout layout = 1 << 4
	knownLayout  layout = 1 << 5
)

func (l layout) align() int   { return int(l & alignMask) }
func (l layout) packed() bool { return l&packedLayout != 0 }
func (l layout) known() bool  { return l&knownLayout != 0 }

func layoutOf(align int, packed bool) layout {
	l := knownLayout | layout(align)&alignMask
	if packed {
		l |= packedLayout
	}
	return l
}

func newLayouts(t *btf.Types, pointer int) layouts {
	return layouts{types: t, pointer: pointer, known: make([]layout, t.NumIDs())}
}

// maxChain bounds the qualifiers, typedefs and arrays on the way to a size, as in
// libbpf.
const maxChain = 32

// size returns the size of a type in bytes, 0 if it has none.
func (l *layouts) size(id btf.ID) int64 {
	at := &l.lately[id%lately]
	if at.id != id { // void has none
		*at = typeSize{id, l.newSize(id)}
	}
	return at.size
}

// newSize is size for a type that did not come up lately.
func (l *layouts) newSize(id btf.ID) int64 {
	n := uint64(1)
	for range maxChain {
		rec := l.types.Record(id)
		switch rec.Kind() {
		case btf.KindPtr:
			return max(0, product(n, uint64(l.pointer)))
		case btf.KindArray:
			a := rec.Array()
			length := product(n, uint64(a.Len))
			if length < 0 {
				return 0
			}
			n, id = uint64(length), a.Elem
		case btf.KindTypedef, btf.KindConst, btf.KindVolatile, btf.KindRestrict, btf.KindTypeTag, btf.KindVar, btf.KindDeclTag:
			id = btf.ID(rec.SizeOrType())
		default:
			if !rec.Kind().HasSize() {
				return 0
			}
			return max(0, product(n, uint64(rec.SizeOrType())))
		}
	}
	return 0
}

// product multiplies within 32 bits; -1 says that it does not fit.
func product(a, b uint64) int64 {
	if a != 0 && b > math.MaxUint32/a {
		return -1
	}
	return int64(a * b)
}

// align returns the alignment of a type in bytes, 0 for what has none.
func (l *layouts) align(id btf.ID) int {
	if k := l.known[id]; k.known() {
		return k.align()
	}
	align, end := l.newAlign(id)
	l.known[id] = layoutOf(align, l.known[id].packed())
	// So are those on the way: many members may lead to many types of one long chain.
	for id != end {
		if rec := l.types.Record(id); rec.Kind() == btf.KindArray {
			id = rec.Array().Elem
		} else {
			id = rec.Type()
		}
		if l.known[id].known() {
			break
		}
		l.known[id] = layoutOf(align, false)
	}
	return align
}

// newAlign is align for a type that was not asked for, and returns the one that decides it.
func (l *layouts) newAlign(id btf.ID) (align int, end btf.ID) {
	for range l.types.NumIDs() { // more steps are a loop
		if k := l.known[id]; k.known() {
			return k.align(), id
		}
		rec := l.types.Record(id)
		switch kind := rec.Kind(); {
		case kind.IsComposite():
			align, _ := l.composite(id, rec)
			return align, id
		case kind == btf.KindPtr:
			return l.pointer, id
		case kind == btf.KindArray:
			id = rec.Array().Elem
		case kind.IsModifier():
			id = rec.Type()
		case kind == btf.KindDatasec:
			return 0, id
		default:
			return min(l.pointer, int(rec.Size())), id
		}
	}
	return 0, id
}

// composite returns the layout of a struct or union. One that contains itself, which
// C cannot say, counts as without alignment inside.
func (l *layouts) composite(id btf.ID, rec btf.Record) (align int, packed bool) {
	if k := l.known[id]; k.known() {
		return k.align(), k.packed()
	}
	l.known[id] = knownLayout
	most, decided := 1, false
	for i := range rec.Vlen() {
		m := rec.Member(i)
		a := l.align(m.Type)
		misaligned := a > 0 && m.Width == 0 && m.Offset%uint32(8*a) != 0
		packed = packed || misaligned
		if !decided && (a == 0 || misaligned) {
			align, decided = min(a, 1), true
		}
		most = max(most, a)
	}
	odd := rec.Size()%uint32(most) != 0
	packed = packed || odd
	switch {
	case decided:
	case odd:
		align = 1
	default:
		align = most
	}
	l.known[id] = layoutOf(align, packed)
	return align, packed
}
