package verify

import (
	"cmp"
	"errors"
	"fmt"
	"sync"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/relocate"
)

// Module says what a kernel does with the BTF of a module (kernel: btf_parse_module).
// If there is a .BTF.base, that is the base of .BTF, and the kernel relocates the types
// onto vmlinux. Otherwise, and in a kernel that does not know .BTF.base, the base is
// vmlinux.
//
// What it makes of .BTF.inline does not keep it from loading the module: see InlineRefused.
//
// Without vmlinux (nil) a module with .BTF.base is judged as far as that is possible:
// how it relocates is not known, and Relocation is nil.
func Module(m *btf.Sections, vmlinux *Base, o Options) *Report {
	release := cmp.Or(o.Release, kernel.Newest())
	support := kernel.UnknownSupport
	if vmlinux != nil {
		support = vmlinux.support()
	}
	o.Base = vmlinux
	switch {
	case support == kernel.NoModuleBTF && !o.AssumeModules:
		o.AssumeModules = true
		return notLookedAt(Module(m, vmlinux, o))
	case support == kernel.NoModuleBTF:
		support = kernel.UnknownSupport
	}
	switch {
	case m.Base == nil:
		rep := Check(m.BTF, o)
		rep.judgeInline(m, vmlinux, o)
		return rep
	case support == kernel.NoDistilledBase, support == kernel.UnknownSupport && !release.Base:
		return ignoringBase(m, o)
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
		rep.Refusal.Section = sectionBase
		return rep
	}
	more := rep.More
	o.Base = base
	rep = Check(m.BTF, o)
	rep.More = append(keep(more), rep.More...)
	if support == kernel.DistilledBase && !release.Base {
		rep.More = append(rep.More, Finding{
			Class: Note,
			Cause: fmt.Sprintf("the types of vmlinux say that it knows .BTF.base, which Linux %v does not: "+
				"the types count, as a distribution may have carried the change back", release),
		})
	}
	if base.NumIDs() == 0 {
		rep.More = append(rep.More, Finding{
			Class: Hazard, Section: sectionBase,
			Cause: "it has no types, and to a kernel no void either: the first type of .BTF takes its place",
		})
	}
	if rep.Refusal != nil {
		return rep
	}
	if vmlinux == nil {
		rep.More = append(rep.More, Finding{Class: Undecided, Cause: "not moved: " +
			"without the BTF of a kernel it is not known whether .BTF.base fits one"})
		return rep
	}
	if err := rep.relocate(m, vmlinux); err != nil {
		rep.More = append(rep.More, Finding{Class: Undecided, Cause: fmt.Sprintf("whether it can be moved onto vmlinux: %v", err)})
	}
	rep.judgeInline(m, vmlinux, o)
	return rep
}

// ignoringBase is what a kernel makes of a module whose .BTF.base it does not know: it
// reads .BTF as types on top of its own, which it is not. In most cases that fails
// somewhere.
func ignoringBase(m *btf.Sections, o Options) *Report {
	why := "this kernel does not know .BTF.base (Linux does from " + sinceBase + " on) and takes .BTF for types on top of its own"
	if o.Base == nil {
		return undecided(cmp.Or(o.Release, kernel.Newest()), why+", and what comes of that depends on those: --base names them")
	}
	rep := Check(m.BTF, o)
	rep.BaseIgnored = true
	switch {
	case rep.Refusal != nil:
		rep.Refusal.Cause = why + ": build the module for this kernel, on top of its vmlinux"
	case rep.Types > 0:
		rep.More = append([]Finding{{Class: Hazard, Cause: why + ", and by luck it looks like some: " +
			"every name and type in it is another one to the kernel"}}, rep.More...)
	}
	return rep
}

// notLookedAt is what becomes of a report when the kernel does not look at the BTF of
// modules.
func notLookedAt(rep *Report) *Report {
	cause := "this kernel does not look at the BTF of modules: its struct module has no btf_data, " +
		"as without CONFIG_DEBUG_INFO_BTF_MODULES"
	if rep.Verdict() != Unknown {
		cause += fmt.Sprintf("; if it did, it would be %s", word(rep))
	}
	return undecided(rep.Rows[0], cause)
}

func undecided(r *kernel.Release, cause string) *Report {
	return &Report{Rows: []*kernel.Release{r}, More: []Finding{{Class: Undecided, Cause: cause}}}
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
		r.Refusal = &Finding{
			ID: rel.Refusal.ID, Errno: rel.Refusal.Errno, Message: rel.Refusal.Message, Line: rel.Refusal.Message, Cause: relocationCause(rel),
		}
	default:
		r.More = append(r.More, Finding{Class: Hazard, Cause: fmt.Sprintf("the kernel %v: %s", rel.Outcome, rel.Why)})
	}
	return nil
}

// relocationCause says how many types are in the way, and what is with the one
// that the kernel names.
func relocationCause(rel *relocate.Result) string {
	text := rel.Refusal.Reason
	bad := 0
	for i := range rel.Distilled {
		d := &rel.Distilled[i]
		if d.State == relocate.Matched {
			continue
		}
		bad++
		if d.ID == rel.Refusal.ID && text == "" {
			text = fmt.Sprintf("%v: %s", d.State, d.Explain())
		}
	}
	if bad > 1 {
		text += fmt.Sprintf("; %d of %d types of .BTF.base do not fit this kernel", bad, len(rel.Distilled))
	}
	return text + "; the kernel has changed what the module was built with: build the module for it"
}

// relocation is what relocating modules onto a Base needs. It is made for the first
// module.
type relocation struct {
	parse   sync.Once
	types   *btf.Types
	err     error // why there are none
	support kernel.Support

	once   sync.Once
	target *relocate.Target
}

// parsed returns the types of a Base. The error says why package btf cannot read what
// the kernel may have accepted.
func (b *Base) parsed() (*btf.Types, error) {
	m := &b.moved
	m.parse.Do(func() {
		switch m.types, m.err = btf.ParseLoose(b.b.raw, nil); {
		case b.b.base != nil:
			m.err = errors.New("vmlinux is split BTF itself")
		case m.err != nil:
			m.err = fmt.Errorf("vmlinux: %w", m.err)
		default:
			m.support = kernel.SupportOf(m.types)
		}
	})
	return m.types, m.err
}

// support is what the types of vmlinux tell of the kernel.
func (b *Base) support() kernel.Support {
	_, _ = b.parsed() // Untold then
	return b.moved.support
}

func (b *Base) target() (*relocate.Target, error) {
	types, err := b.parsed()
	if err != nil {
		return nil, err
	}
	b.moved.once.Do(func() { b.moved.target = relocate.NewTarget(types) })
	return b.moved.target, nil
}
