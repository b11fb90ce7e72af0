package mincore

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btf/ext"
	"github.com/gopahole/gopahole/internal/quote"
)

// A Use is an instruction that a relocation changes.
type Use struct {
	Section string // the ELF section with the program
	Insn    uint32 // offset there, in bytes
}

// A Resolution is what a loader makes of a relocation, or of several that ask for the same.
type Resolution struct {
	Kind   ext.CoreKind
	Type   string // the name of the program's own type
	Access string // what of it: "task_struct.mm.pgd", as text
	Uses   []Use

	// Local is the value that the program was compiled with, and Value that of the kernel,
	// of one that was Found: bytes, bits of a shift, an ID, an enumerator's value, 0 or 1.
	// Of one that checks whether something exists and was not, Value is 0.
	Local, Value uint64
	Found        bool

	// Guarded says that the program asks whether it exists, or its type, and learns that it
	// does not.
	Guarded bool
	// Resized says that an instruction loads or stores the field and cannot be adapted to its
	// size in the kernel, the second: libbpf makes it invalid.
	Resized            bool
	LocalSize, NewSize uint32 // in bytes, of a byte_off; 0 for others
	// Err says why a loader refuses the program, whether it comes to the instruction or not.
	Err error
}

// A State is what becomes of a relocation.
type State uint8

// The states.
const (
	Resolves State = iota
	Absent         // it asks whether something exists, which does not
	Guarded        // it does not resolve, and the program asks before
	Poisoned       // it does not resolve: a program that comes to the instruction is refused
	Fails          // the object is refused
)

func (s State) String() string {
	return [...]string{"resolves", "does not exist", "guarded", "poisoned", "fails"}[s]
}

// State sums up the resolution.
func (r *Resolution) State() State {
	switch {
	case r.Err != nil:
		return Fails
	case r.Found && !r.Resized:
		return Resolves
	case isCheck(r.Kind):
		return Absent
	case r.Guarded && !r.Resized:
		return Guarded
	}
	return Poisoned
}

// isCheck reports whether a relocation has the value 0 where there is nothing: those that ask
// for no more, and all that are about types (libbpf: bpf_core_calc_type_relo).
func isCheck(k ext.CoreKind) bool {
	switch k {
	case ext.FieldExists, ext.TypeExists, ext.TypeMatches, ext.TypeSize, ext.TypeIDTarget, ext.EnumvalExists:
		return true
	}
	return false
}

// Resolve returns what becomes of the relocations on a kernel with these types, which have to
// be checked as btf.Load does, and are no split BTF; of those that ask for the same, one. code
// returns the contents of an ELF section, nil if they are not known: then nothing is Resized.
// pointer is the size of pointers in bytes, 0 to guess.
//
// The error is about types that would take too long.
func (o *Object) Resolve(t *btf.Types, pointer int, code func(section string) []byte) ([]Resolution, error) {
	if t.Base() != nil {
		return nil, errors.New("split BTF: what is needed is the BTF of a kernel")
	}
	if pointer == 0 {
		pointer = t.PointerSize()
	}
	r := &run{work: &budget{maxSteps}}
	r.target = view{t, pointer, r.work}
	candidates, err := New(o).candidates(&r.target)
	if err != nil {
		return nil, err
	}
	local := o.view
	local.work = r.work
	m := matcher{&local, &r.target, r.work}
	all := make([]Resolution, len(o.relos))
	for i := range o.relos {
		if all[i], err = r.resolution(o, &m, &o.relos[i], candidates[0]); err != nil {
			return nil, err
		}
	}
	for i, n := range o.order {
		all[n].Uses = append(all[n].Uses, o.uses[i])
	}
	for i := range all {
		all[i].Resized = all[i].Found && all[i].LocalSize != all[i].NewSize && isLoaded(all[i].Uses, code) && !o.adapts(&m, &o.relos[i], candidates[0])
	}
	o.guards(all)
	return all, nil
}

// resolution does one relocation.
func (r *run) resolution(o *Object, m *matcher, relo *relo, candidates [][]btf.ID) (Resolution, error) {
	res := Resolution{Kind: relo.Kind, Type: o.types.NameUpTo(relo.Type, 128), Access: o.accessText(relo)}
	if relo.root < 0 {
		res.Found, res.Local, res.Value = true, uint64(relo.Type), uint64(relo.Type)
		return res, nil
	}
	var err error
	if res.Local, err = valueOf(m.local, relo.Kind, relo.spec); err != nil {
		return res, err
	}
	res.Value, res.Found, res.Err = r.relocate(m, relo, &candidates[relo.root])
	if errors.Is(res.Err, ErrWork) {
		return res, res.Err
	}
	if res.Found && relo.Kind == ext.FieldByteOffset {
		res.LocalSize, res.NewSize = loadSize(m.local, relo.spec), loadSize(m.target, &r.specs[1])
	}
	return res, nil
}

// loadedType is the type of what an instruction loads of a field: a member that is no
// bit-field, or an element. It is false for others.
func loadedType(v *view, s *spec) (btf.ID, bool) {
	p := s.last()
	if !p.named {
		return p.in, true
	}
	m := v.Record(p.in).Member(int(p.index))
	return m.Type, m.Width == 0
}

// loadSize is the size of that in bytes, of an array that of its elements; 0 for none.
func loadSize(v *view, s *spec) uint32 {
	id, ok := loadedType(v, s)
	if !ok {
		return 0
	}
	size, err := v.elementSize(id)
	if err != nil {
		return 0
	}
	return size
}

// adapts reports whether a load of another size has the same meaning: of pointers, and of
// unsigned numbers (libbpf: bpf_core_calc_relo).
func (o *Object) adapts(m *matcher, relo *relo, candidates [][]btf.ID) bool {
	s := new(spec)
	if ids := candidates[relo.root]; len(ids) == 0 {
		return true
	} else if ok, err := m.match(relo, ids[0], s); err != nil || !ok {
		return true
	}
	local, lok := loadedType(m.local, relo.spec)
	target, tok := loadedType(m.target, s)
	if !lok || !tok {
		return true
	}
	_, l, _, t, err := m.skipBoth(local, target)
	if err != nil {
		return true
	}
	unsigned := func(r btf.Record) bool { return r.Kind() == btf.KindInt && r.Int().Encoding != btf.EncodingSigned }
	return l.Kind() == btf.KindPtr && t.Kind() == btf.KindPtr || unsigned(l) && unsigned(t)
}

// isLoaded reports whether an instruction is a load or store, whose size is that of the field.
func isLoaded(uses []Use, code func(section string) []byte) bool {
	if code == nil {
		return false
	}
	for _, u := range uses {
		insns := code(u.Section)
		if uint64(u.Insn) < uint64(len(insns)) {
			switch insns[u.Insn] & 7 { // linux/bpf_common.h: BPF_CLASS
			case 1, 2, 3: // BPF_LDX, BPF_ST, BPF_STX
				return true
			}
		}
	}
	return false
}

// guards finds the relocations that the program asks about, and gets no for an answer.
func (o *Object) guards(all []Resolution) {
	type asked struct {
		root   btf.ID
		access btf.StrOff // 0 for the type as a whole
	}
	of := make(map[asked]bool)
	for i := range o.relos {
		if all[i].Found {
			continue // that a type is there says nothing of a member
		}
		switch r := &o.relos[i]; r.Kind {
		case ext.FieldExists, ext.EnumvalExists:
			of[asked{r.Type, r.Access}] = true
		case ext.TypeExists, ext.TypeMatches:
			of[asked{r.Type, 0}] = true
		}
	}
	for i := range o.relos {
		r := &o.relos[i]
		all[i].Guarded = of[asked{r.Type, r.Access}] || of[asked{r.Type, 0}]
	}
}

// accessText is what a relocation is about: a type and the way to a part of it.
func (o *Object) accessText(r *relo) string {
	const longest = 256
	var b strings.Builder
	b.WriteString(named(o.types.NameUpTo(r.Type, 128)))
	for i, p := range r.spec.points {
		switch {
		case b.Len() > longest:
			return b.String()[:longest] + "..."
		case p.named && r.Kind.IsEnumval():
			b.WriteString("::" + quote.Name(p.name[:min(len(p.name), longest)]))
		case p.named:
			b.WriteString("." + quote.Name(p.name[:min(len(p.name), longest)]))
		case i > 0 || p.index != 0:
			fmt.Fprintf(&b, "[%d]", p.index)
		}
	}
	return b.String()
}
