package typegraph

import "github.com/gopahole/gopahole/btf"

// apart reports whether two types are known not to be equal, and not to be taken as
// equal on the way by a comparison that succeeds.
func (g *graph) apart(a, b uint32) bool {
	return g.classes != nil && g.classes[a] != g.classes[b]
}

// classify tells all types apart that no comparison finds equal, as far as that can
// be seen from them and what they lead to, in time for m log n (deferred mode).
//
// libbpf compares a type with all candidates of its content, and each comparison
// goes as far as the types agree: for n types of one name in a chain, that is the
// cube of n. But two types that agree all the way are rare among those that do not
// agree in the end. So types are divided into classes, by content first; then, as
// long as there are types of one class whose references lead to different classes,
// the class is split. Only types of one class are compared.
//
// Why no type is lost: take as related what stands for one another, what accepted
// comparisons visited and what identity checks accepted, see failures.go. Related
// types have the same content, and types that they refer to at the same place are
// related again, with these exceptions, for which content is less and references
// do not count:
//
//   - A FWD is related to the structs or unions of its name and kind, of which there
//     may be several: all of them are one class, if there is such a FWD anywhere.
//   - An enum without values is related to all enums of its name.
//   - The identity check does not look at the elements of arrays, up to libbpf 1.8; what
//     it looks at later makes no difference here, as fewer types are related then.
//
// So related types are in one class, the classes being the coarsest division with
// these properties. A comparison of types of different classes fails. It leaves no
// trace: a FWD of the base can only be bound by one that would have succeeded.
//
// It could end with an error, though, if it met a VAR, DATASEC or DECL_TAG. If any
// struct, typedef or reference type refers to one, there are no classes.
func (g *graph) classify() error {
	n := uint32(len(g.nodes))
	for id := uint32(1); id < g.own; id++ {
		if g.nodes[id].shape == 0 {
			g.load(id)
		}
	}
	labels := g.newLabeler()
	label, start := make([]uint32, n), make([]uint32, n+1)
	var edges []uint32
	for id := range n {
		node := &g.nodes[id]
		info := &g.info[node.shape]
		var leads bool
		if label[id], leads = labels.of(node.shape, info); leads {
			edges = append(edges, g.edgesOf(node)...)
		}
		if info.class != classVoid && info.bits&infoOpaque == 0 && g.refersToOpaque(node) {
			return nil
		}
		start[id+1] = uint32(len(edges))
	}
	p := newPartition(labels.n, label)
	if err := p.refine(start, edges, g.cancel.cancelled); err != nil {
		return err
	}
	g.classes = p.set
	g.stats.Classes = len(p.first)
	g.table.forgetSplits()
	return nil
}

func (g *graph) refersToOpaque(n *node) bool {
	for _, e := range g.edgesOf(n) {
		if info := &g.info[g.nodes[e].shape]; info.bits&infoOpaque != 0 {
			return true
		}
	}
	return false
}

// labeler numbers contents.
type labeler struct {
	n      uint32
	shapes []uint32         // by Shape: the label, 0 if it has none yet
	hidden map[named]uint32 // label of the structs or enums of which nothing but the name counts
}

// named is a kind, as sigKind gives it, and a name.
type named struct {
	kind btf.Kind
	name uint32
}

func (g *graph) newLabeler() *labeler {
	l := &labeler{n: 1, shapes: make([]uint32, len(g.info)), hidden: make(map[named]uint32)}
	for id := range g.nodes {
		info := &g.info[g.nodes[id].shape]
		if info.class == classFwd || info.class == classEnum && info.bits&infoEmpty != 0 {
			if key := (named{sigKind(info), info.name}); l.hidden[key] == 0 {
				l.hidden[key] = l.next()
			}
		}
	}
	return l
}

func (l *labeler) next() uint32 {
	l.n++
	return l.n - 1
}

// of returns the label of a content, and whether the references count.
func (l *labeler) of(shape Shape, info *shapeInfo) (label uint32, leads bool) {
	switch info.class {
	case classVoid:
		return 0, false
	case classFwd, classEnum, classStruct:
		if label := l.hidden[named{sigKind(info), info.name}]; label != 0 {
			return label, false
		}
	}
	if l.shapes[shape] == 0 {
		l.shapes[shape] = l.next()
	}
	return l.shapes[shape], info.kind != btf.KindArray
}
