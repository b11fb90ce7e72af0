package mincore

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// A Minimizer makes the BTF that some objects need, of any number of kernels. It does not
// change, so any number of goroutines may use it.
type Minimizer struct {
	objects []*Object
	wanted  map[string][]want // by name without a flavour
	kinds   [128]bool         // that are looked for
	begins  set               // pairs of bytes that names begin with
}

// A want is a root that a type of the name may be a candidate for.
type want struct{ object, root int }

// New makes a Minimizer of objects, whose relocations count in this order.
func New(objects ...*Object) *Minimizer {
	m := &Minimizer{objects: objects, wanted: make(map[string][]want), begins: newSet(1 << 16)}
	for i, o := range objects {
		for j, root := range o.roots {
			m.wanted[root.name] = append(m.wanted[root.name], want{i, j})
			m.kinds[root.kind] = true
			if root.kind.IsAnyEnum() {
				m.kinds[btf.KindEnum], m.kinds[btf.KindEnum64] = true, true
			}
			m.begins.add(beginning(root.name + "\x00"))
			m.begins.add(beginning(root.name + "_"))
		}
	}
	return m
}

// beginning is the first two bytes of a name and what follows it.
func beginning(text string) uint32 { return uint32(text[0]) | uint32(text[1])<<8 }

// Minimize returns what the objects need of a kernel's types, which have to be checked as
// btf.Load does, and are no split BTF. pointer is the size of pointers in bytes, 0 to guess.
// The result is in the byte order of t and has a long header, as bpftool makes it.
//
// The error is a *ReloError, or about a type that has to be kept and cannot be.
func (m *Minimizer) Minimize(t *btf.Types, pointer int) (*btf.Types, error) {
	if t.Base() != nil {
		return nil, errors.New("split BTF: what is needed is the BTF of a kernel")
	}
	if pointer == 0 {
		pointer = t.PointerSize()
	}
	r := &run{work: &budget{maxSteps}, marks: newMarks(t)}
	r.target = view{t, pointer, r.work}
	candidates, err := m.candidates(&r.target)
	if err != nil {
		return nil, err
	}
	for i, o := range m.objects {
		if err := r.object(o, candidates[i]); err != nil {
			return nil, err
		}
	}
	built, err := r.marks.build()
	if err != nil {
		return nil, err
	}
	return built.WithLongHeader(true), nil
}

// candidates looks for those of all roots, by object and root, in one go.
func (m *Minimizer) candidates(v *view) ([][][]btf.ID, error) {
	found := make([][][]btf.ID, len(m.objects))
	for i, o := range m.objects {
		found[i] = make([][]btf.ID, len(o.roots))
	}
	words, text, first := v.Words(), v.Text(), v.FirstID()
	starts := v.Starts()
	for i, start := range starts[:len(starts)-1] {
		kind := btf.KindOf(words[start+1])
		if !m.kinds[kind] {
			continue
		}
		name := text[words[start]:]
		if name[0] == 0 || !m.begins.has(beginning(name)) {
			continue
		}
		name = name[:strings.IndexByte(name, 0)]
		if err := v.work.spend(1 + len(name)/32); err != nil {
			return nil, err
		}
		for _, w := range m.wanted[essential(name)] {
			if sameKind(kind, m.objects[w.object].roots[w.root].kind) {
				if err := v.work.spend(64); err != nil { // and memory
					return nil, err
				}
				of := &found[w.object][w.root]
				*of = append(*of, first+btf.ID(i))
			}
		}
	}
	return found, nil
}

// A run is one call of Minimize.
type run struct {
	work   *budget
	target view
	marks  *marks
	specs  [2]spec // of the candidate that is tried, and of the first that matched
}

// object marks what an object needs.
func (r *run) object(o *Object, candidates [][]btf.ID) error {
	local := o.view
	local.work = r.work
	m := matcher{&local, &r.target, r.work}
	asked := make([]int, len(o.relos)) // number of candidates when it was done last, and one
	for _, i := range o.order {
		relo := &o.relos[i]
		if relo.root < 0 {
			continue
		}
		of := &candidates[relo.root]
		if asked[i] == len(*of)+1 || len(*of) == 0 {
			continue // it would come out the same
		}
		_, found, err := r.relocate(&m, relo, of)
		if err == nil && found {
			err = r.marks.add(&r.target, relo.Kind, &r.specs[1])
		}
		if err != nil {
			return o.errorAt(relo, err)
		}
		asked[i] = len(*of) + 1
	}
	return nil
}

// relocate tries the candidates, and drops those that do not match unless none does. It returns
// the value that all of them agree on; what matched first is the second of the specs then
// (libbpf: bpf_core_calc_relo_insn).
func (r *run) relocate(m *matcher, relo *relo, candidates *[]btf.ID) (value uint64, found bool, err error) {
	candidate, first := &r.specs[0], &r.specs[1]
	n := 0
	for _, id := range *candidates {
		ok, err := m.match(relo, id, candidate)
		if err != nil {
			return 0, false, err
		}
		if !ok {
			continue
		}
		is, err := valueOf(&r.target, relo.Kind, candidate)
		switch {
		case err != nil:
			return 0, false, err
		case n == 0:
			*candidate, *first, value = *first, *candidate, is
		case candidate.bits != first.bits:
			return 0, false, fmt.Errorf("types %d and %d of the kernel have the field at different offsets", first.root, id)
		case is != value:
			return 0, false, fmt.Errorf("types %d and %d of the kernel give different values: %d and %d", first.root, id, value, is)
		}
		(*candidates)[n] = id
		n++
	}
	if n == 0 {
		return 0, false, nil
	}
	*candidates = slices.Clip((*candidates)[:n])
	return value, true, nil
}
