package verify

import (
	"errors"
	"fmt"
	"sync"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/relocate"
)

// Module says what a kernel makes of the BTF of a module: it takes .BTF.base, if
// there is one, for the base of .BTF, and moves the result onto vmlinux. Without
// .BTF.base, .BTF is split from vmlinux (Linux: btf_parse_module).
//
// Without vmlinux (nil) a module with .BTF.base is judged as far as that goes;
// Relocation is then nil.
func Module(m *btf.Sections, vmlinux *Base, o Options) *Report {
	o.Base = vmlinux
	if m.Base == nil {
		return Check(m.BTF, o)
	}
	if o.Order == nil && vmlinux != nil {
		o.Order = vmlinux.b.order
	}
	o.Base = nil
	base, rep := NewBase(m.Base, o)
	for i := range rep.More {
		rep.More[i].Section = sectionBase
	}
	if base == nil {
		rep.Verdict.Section = sectionBase
		return rep
	}
	more := rep.More
	o.Base = base
	rep = Check(m.BTF, o)
	rep.More = append(keep(more), rep.More...)
	if base.NumIDs() == 0 {
		rep.More = append(rep.More, Finding{
			Class: Danger, Section: sectionBase,
			Cause: "it has no types, and to a kernel no void either: the first type of .BTF takes its place",
		})
	}
	if !rep.Accepted() {
		return rep
	}
	if vmlinux == nil {
		rep.More = append(rep.More, Finding{Class: Note, Cause: "not moved: without the BTF of a kernel it is not known whether .BTF.base fits one"})
		return rep
	}
	if err := rep.relocate(m, vmlinux); err != nil {
		rep.More = append(rep.More, Finding{Class: Undecided, Cause: fmt.Sprintf("whether it can be moved onto vmlinux: %v", err)})
	}
	return rep
}

const sectionBase = ".BTF.base"

// keep leaves out what is of no interest in a distilled base, which nobody looks
// up names in.
func keep(more []Finding) (kept []Finding) {
	for _, f := range more {
		if f.Class != Note {
			kept = append(kept, f)
		}
	}
	return kept
}

// relocate moves the types onto vmlinux. The error is about what package btf or
// relocate cannot read.
func (r *Report) relocate(m *btf.Sections, vmlinux *Base) error {
	target, err := vmlinux.target()
	if err != nil {
		return err
	}
	distilled, err := btf.ParseLoose(m.Base, nil)
	if err != nil {
		return err
	}
	split, err := btf.ParseLoose(m.BTF, distilled)
	if err != nil {
		return err
	}
	if r.Relocation, err = relocate.Check(split, target); err != nil {
		return err
	}
	switch rel := r.Relocation; rel.Outcome {
	case relocate.Relocates:
	case relocate.Refused:
		r.Verdict = &Finding{
			ID: rel.Error.ID, Errno: Errno(rel.Error.Errno), Message: rel.Error.Message, Line: rel.Error.Message, Cause: relocationCause(rel),
		}
	default:
		r.More = append(r.More, Finding{Class: Danger, Cause: fmt.Sprintf("the kernel %v: %s", rel.Outcome, rel.Why)})
	}
	return nil
}

// relocationCause says how many types are in the way, and what is with the one
// that the kernel names.
func relocationCause(rel *relocate.Report) string {
	text := rel.Error.Reason
	bad := 0
	for i := range rel.Distilled {
		d := &rel.Distilled[i]
		if d.State == relocate.Matched {
			continue
		}
		bad++
		if d.ID == rel.Error.ID && text == "" {
			text = fmt.Sprintf("%v: %s", d.State, d.Explain())
		}
	}
	if bad > 1 {
		text += fmt.Sprintf("; %d of %d types of .BTF.base do not fit this kernel", bad, len(rel.Distilled))
	}
	return text + "; the kernel has changed what the module was built with: build the module for it"
}

// relocation is what a Base is to modules with a .BTF.base, made when the first
// one asks.
type relocation struct {
	once   sync.Once
	target *relocate.Target
	err    error
}

func (b *Base) target() (*relocate.Target, error) {
	b.moved.once.Do(func() {
		if b.b.base != nil {
			b.moved.err = errors.New("vmlinux is split BTF itself")
			return
		}
		types, err := btf.ParseLoose(b.b.raw, nil)
		if err != nil {
			b.moved.err = fmt.Errorf("vmlinux: %w", err)
			return
		}
		b.moved.target = relocate.NewTarget(types)
	})
	return b.moved.target, b.moved.err
}
