package funcs

import "github.com/gopahole/gopahole/btf"

// Graph is the part of the type graph that prototypes are compared in. words
// are the node's own content: name identity, info word, size, then the words
// of the record's tail that are not type IDs. edges are the types it refers
// to, in the order of the record.
type Graph interface {
	Node(id uint32) (words, edges []uint32)
}

// maxSteps bounds one comparison of two prototypes. Types of C need a few
// steps; cyclic ones, which only broken input has, would need no end.
const maxSteps = 1 << 12

// matcher compares types as loosely as two declarations of one function may
// differ (pahole 1.32: types__match).
type matcher struct {
	graph Graph
	steps int
}

// types reports whether a and b match. After maxSteps nothing does.
func (m *matcher) types(a, b uint32) bool {
	for {
		if a == b {
			return true
		}
		if a == 0 || b == 0 {
			return false
		}
		if m.steps++; m.steps > maxSteps {
			return false
		}
		wa, ea := m.graph.Node(a)
		wb, eb := m.graph.Node(b)
		ka, kb := kindOf(wa), kindOf(wb)
		if ka != kb {
			// const or not is no difference; nor is it inside of pointers.
			switch {
			case ka == btf.KindConst:
				a = ea[0]
			case kb == btf.KindConst:
				b = eb[0]
			default:
				return false
			}
			continue
		}
		switch ka {
		case btf.KindInt:
			return wa[0] == wb[0] && wa[2] == wb[2] && wa[3] == wb[3]
		case btf.KindFloat:
			return wa[0] == wb[0] && wa[2] == wb[2]
		case btf.KindTypedef, btf.KindStruct, btf.KindUnion, btf.KindEnum, btf.KindEnum64:
			return wa[0] == wb[0]
		case btf.KindPtr, btf.KindVolatile, btf.KindConst, btf.KindRestrict, btf.KindTypeTag:
		case btf.KindArray:
			if wa[3] != wb[3] {
				return false
			}
		case btf.KindFuncProto:
			if len(ea) != len(eb) {
				return false
			}
			for i := range ea {
				if !m.types(ea[i], eb[i]) {
					return false
				}
			}
			return true
		default:
			return false
		}
		a, b = ea[0], eb[0]
	}
}

// kindOf takes a forward declaration for what it declares.
func kindOf(words []uint32) btf.Kind {
	k := btf.KindOf(words[1])
	switch {
	case k != btf.KindFwd:
		return k
	case btf.KindFlag(words[1]):
		return btf.KindUnion
	}
	return btf.KindStruct
}
