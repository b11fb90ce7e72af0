package mincore

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btf/ext"
)

// An Object is what the relocations of a BPF object ask for. It does not change, so any
// number of goroutines may use it.
type Object struct {
	name  string
	types *btf.Types
	view  view
	relos []relo    // different ones
	order []int     // of all relocations, indexes into relos
	uses  []Use     // of all relocations
	roots []rootRef // types that relocations start from
}

// A relo is a relocation, or several that ask for the same.
type relo struct {
	ext.CoreRelo // the first one
	section      btf.StrOff
	root         int // index into roots; of TypeIDLocal -1
	spec         *spec
}

// A rootRef is a type of the program that the kernel's is looked for of.
type rootRef struct {
	id   btf.ID
	kind btf.Kind
	name string // without a flavour
}

// maxPoints is how many numbers the accesses of an object may have, together.
const maxPoints = 1 << 21

// NewObject reads the relocations of a BPF object, from its BTF, which has to be checked as
// btf.Load does, and from the contents of .BTF.ext. The name is for errors. pointer is the
// size of pointers in bytes, 0 to guess.
//
// Errors are *ext.ParseError, and *ReloError for a relocation that does not fit the types.
func NewObject(name string, types *btf.Types, btfExt []byte, pointer int) (*Object, error) {
	if types.Base() != nil {
		return nil, errors.New("split BTF, which BPF objects have not")
	}
	parsed, err := ext.Parse(btfExt)
	if err != nil {
		return nil, err
	}
	if pointer == 0 {
		pointer = types.PointerSize()
	}
	o := &Object{name: name, types: types, view: view{types, pointer, &budget{maxSteps}}}
	p := objectParser{o, make(map[reloKey]int), make(map[btf.ID]int), 0}
	for _, s := range parsed.Core {
		if err := p.section(s); err != nil {
			return nil, err
		}
	}
	return o, nil
}

type objectParser struct {
	*Object
	known  map[reloKey]int
	byID   map[btf.ID]int // of roots
	points int
}

// A reloKey is what makes relocations ask for the same.
type reloKey struct {
	kind   ext.CoreKind
	root   btf.ID
	access btf.StrOff
}

func (p *objectParser) section(s ext.Section) error {
	name, ok := p.types.String(s.Name)
	if !ok {
		return fmt.Errorf("%s: the name of a section is at %#x, which is outside the strings", ext.SectionName, uint32(s.Name))
	}
	for i := range s.Len() {
		r := s.CoreRelo(i)
		key := reloKey{r.Kind, r.Type, r.Access}
		n, ok := p.known[key]
		if !ok {
			parsed := relo{CoreRelo: r, section: s.Name}
			if err := p.parse(&parsed); err != nil {
				return p.errorAt(&parsed, err)
			}
			n = len(p.relos)
			p.known[key] = n
			p.relos = append(p.relos, parsed)
		}
		p.order = append(p.order, n)
		p.uses = append(p.uses, Use{name, r.Insn})
	}
	return nil
}

func (p *objectParser) parse(r *relo) error {
	switch {
	case !r.Kind.Known():
		return errors.New("not known; a newer gopahole may know it")
	case r.Type >= p.types.NumIDs():
		return fmt.Errorf("there is no type %d", r.Type)
	}
	var err error
	if r.spec, err = parseSpec(&p.view, r.CoreRelo); err != nil {
		return err
	}
	if p.points += len(r.spec.raw); p.points > maxPoints {
		return ErrWork
	}
	if r.root = -1; r.Kind == ext.TypeIDLocal {
		return nil
	}
	if r.root, err = p.rootOf(r.Type); err != nil {
		return err
	}
	_, err = valueOf(&p.view, r.Kind, r.spec)
	return err
}

func (p *objectParser) rootOf(id btf.ID) (int, error) {
	if n, ok := p.byID[id]; ok {
		return n, nil
	}
	rec := p.types.Record(id)
	name, err := p.view.name(rec.NameOff())
	if err != nil {
		return 0, err
	}
	if name == "" {
		return 0, errAnonymous
	}
	n := len(p.roots)
	p.byID[id] = n
	p.roots = append(p.roots, rootRef{id, rec.Kind(), essential(name)})
	return n, nil
}

// errorAt says which relocation an error is about.
func (o *Object) errorAt(r *relo, err error) error {
	section, _ := o.types.String(r.section)
	return &ReloError{o.name, section, r.Insn, r.Kind, o.types.NameUpTo(r.Type, 128), err}
}
