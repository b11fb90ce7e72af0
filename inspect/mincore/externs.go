package mincore

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// A Need is something else that a program has of a kernel: a function or variable that it
// declares as extern, or a struct of functions that it implements.
type Need struct {
	Kind string // kfunc, ksym or struct_ops
	Name string
	// Absent says that there is none of the name. A loader refuses the object for it unless
	// the symbol is weak.
	Absent bool
	Err    error // why a loader refuses what there is; nil if it does not
	// Missing are the members of a struct_ops that the kernel's has not: a loader refuses the
	// object if one of them has other bytes than 0 (libbpf: bpf_map__init_kern_struct_ops).
	Missing []MissingMember
}

// A MissingMember is where the value of a member is: Size bytes at Offset of an ELF section.
type MissingMember struct {
	Name, Section string
	Offset, Size  uint32
}

// sections that libbpf knows by name.
const (
	ksymsSection  = ".ksyms"
	structOps     = ".struct_ops"
	structOpsLink = ".struct_ops.link"
	kernelOps     = "bpf_struct_ops_" // before the name of a struct that the kernel lets programs implement
)

// Needs returns what the program has of a kernel with these types besides relocations, in the
// order of its types. What is only in modules is Absent. The error is about types that would
// take too long.
func (o *Object) Needs(t *btf.Types, pointer int) ([]Need, error) {
	if pointer == 0 {
		pointer = t.PointerSize()
	}
	work := &budget{maxSteps}
	local := o.view
	local.work = work
	m := &matcher{&local, &view{t, pointer, work}, work}
	var needs []Need
	for id, rec := range o.types.All() {
		if rec.Kind() != btf.KindDatasec {
			continue
		}
		section := o.types.NameUpTo(id, len(structOpsLink)+1)
		for _, v := range rec.Secinfos() {
			var n *Need
			var err error
			switch section {
			case ksymsSection:
				n, err = m.extern(v.Var)
			case structOps, structOpsLink:
				n, err = m.structOps(v, section)
			}
			if err != nil {
				return nil, err
			}
			if n != nil {
				needs = append(needs, *n)
			}
		}
	}
	return needs, nil
}

// longestName is more than kernels accept.
const longestName = 512

// extern looks for a function or variable (libbpf: bpf_object__resolve_ksym_func_btf_id and
// bpf_object__resolve_ksym_var_btf_id).
func (m *matcher) extern(id btf.ID) (*Need, error) {
	rec := m.local.Record(id)
	n := &Need{Kind: "ksym", Name: m.local.NameUpTo(id, longestName)}
	local := rec.Type()
	switch rec.Kind() {
	case btf.KindFunc:
		n.Kind = "kfunc"
	case btf.KindVar:
		var r btf.Record
		var err error
		if local, r, err = m.local.skip(local); err != nil || r == nil { // of type void: its address is in /proc/kallsyms
			return nil, err
		}
	default:
		return nil, nil
	}
	target, found := m.target.Find(rec.Kind(), essential(n.Name))
	if n.Absent = !found; !found {
		return n, nil
	}
	to := m.target.Record(target).Type()
	if rec.Kind() == btf.KindVar {
		var err error
		if to, _, err = m.target.skip(to); err != nil {
			return nil, err
		}
	}
	ok, err := m.typesCompatible(local, to, maxDepth)
	switch {
	case errors.Is(err, ErrWork):
		return nil, err
	case err != nil:
		n.Err = err
	case !ok:
		n.Err = fmt.Errorf("its type is not compatible with that of the kernel, type %d", m.target.Record(target).Type())
	}
	return n, nil
}

// structOps looks for a struct of functions of a section (libbpf: find_struct_ops_kern_types).
func (m *matcher) structOps(v btf.Secinfo, section string) (*Need, error) {
	lid, l, err := m.local.skip(m.local.Record(v.Var).Type())
	if err != nil || l.Kind() != btf.KindStruct {
		return nil, err
	}
	n := &Need{Kind: "struct_ops", Name: m.local.NameUpTo(lid, longestName)}
	name := essential(n.Name)
	tid, found := m.target.Find(btf.KindStruct, name)
	if _, wrapped := m.target.Find(btf.KindStruct, kernelOps+name); !found || !wrapped {
		n.Absent = true
		return n, nil
	}
	members := make(map[string]btf.RawMember)
	for _, tm := range m.target.Record(tid).Members() {
		text, err := m.target.name(tm.Name)
		if err != nil {
			return nil, err
		}
		members[text] = tm
	}
	var problems []string
	for _, lm := range l.Members() {
		text, err := m.local.name(lm.Name)
		if err != nil {
			return nil, err
		}
		tm, ok := members[text]
		if !ok {
			size, err := m.local.size(lm.Type)
			if err != nil {
				problems = append(problems, named(text)+" has no size")
				continue
			}
			n.Missing = append(n.Missing, MissingMember{text, section, v.Offset + lm.Offset/8, size})
			continue
		}
		problem, err := m.opsMember(lm, tm)
		if err != nil {
			return nil, err
		}
		if problem != "" {
			problems = append(problems, named(text)+" "+problem)
		}
	}
	if problems != nil {
		n.Err = errors.New(strings.Join(problems[:min(len(problems), 8)], ", "))
	}
	return n, nil
}

// opsMember says why a member cannot be that of the kernel, "" if it can (libbpf:
// bpf_map__init_kern_struct_ops).
func (m *matcher) opsMember(lm, tm btf.RawMember) (problem string, err error) {
	lid, l, tid, t, err := m.skipBoth(lm.Type, tm.Type)
	if err != nil {
		return "", err
	}
	switch {
	case lm.Width != 0 || tm.Width != 0:
		return "is a bit-field", nil
	case l.Kind() != t.Kind():
		return fmt.Sprintf("is a %v in the program and a %v in the kernel", l.Kind(), t.Kind()), nil
	case l.Kind() == btf.KindPtr:
		return "", nil
	}
	lsize, lerr := m.local.size(lid)
	tsize, terr := m.target.size(tid)
	if lerr != nil || terr != nil {
		return "has no size", nil
	}
	if lsize != tsize {
		return fmt.Sprintf("has %d bytes in the program and %d in the kernel", lsize, tsize), nil
	}
	return "", nil
}
