package verify

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/relocate"
)

// judgeInline adds to a report on .BTF what a kernel does with .BTF.inline, which is split
// from it. own are the options by which .BTF was judged.
//
// Of a module the kernel checks it, and moves it with the module onto vmlinux. If that
// fails it warns, and loads the module without: that is an InlineRefused. That of vmlinux
// it shows unseen, and a kernel that was asked for the BTF of a program has none.
func (r *Report) judgeInline(m *btf.Sections, vmlinux *Base, own Options) {
	if m.Inline == nil || r.Refusal != nil || own.Load {
		return
	}
	if release := cmp.Or(own.Release, kernel.Newest()); release.LastKind < btf.KindLocsec {
		r.noteInline("this kernel does not know the section, and does not look at it")
		return
	}
	main, _ := NewBase(m.BTF, own)
	if main == nil {
		return // what r has said
	}
	own.Base, own.More = main, 0
	rep := Check(m.Inline, own)
	for _, more := range rep.More {
		if more.Class == Hazard {
			more.Section = btf.InlineSection
			r.More = append(r.More, more)
		}
	}
	f := rep.Refusal
	if why := rep.Undecided(); f == nil && why != nil {
		r.noteInline(why.Cause)
		return
	}
	ofModule := m.Base != nil || vmlinux != nil
	if f == nil && m.Base != nil && r.Relocation != nil && r.Relocation.Outcome == relocate.Relocates {
		f = inlineMoves(m, vmlinux)
	}
	if f == nil {
		return
	}
	f.Class, f.Section = InlineRefused, btf.InlineSection
	if ofModule {
		f.Cause += "; the kernel warns, loads the module, and has no BTF inline of it"
	} else {
		f.Class, f.Cause = Note, f.Cause+"; a kernel shows that of vmlinux without a look at it, and who reads it is misled"
	}
	r.More = append(r.More, *f)
}

// noteInline adds a note about .BTF.inline.
func (r *Report) noteInline(cause string) {
	r.More = append(r.More, Finding{Class: Note, Section: btf.InlineSection, Cause: cause})
}

// inlineMoves returns why BTF inline cannot be moved onto vmlinux with its module, which
// can.
func inlineMoves(m *btf.Sections, vmlinux *Base) *Finding {
	refuse := func(err error) *Finding {
		f := &Finding{Errno: kernel.EINVAL, Cause: fmt.Sprintf("it cannot be moved onto vmlinux: %v", err)}
		if moved := (*relocate.Error)(nil); errors.As(err, &moved) {
			f.ID, f.Errno, f.Message, f.Line = moved.ID, moved.Errno, moved.Message, moved.Message
		}
		return f
	}
	target, err := vmlinux.target()
	if err != nil {
		return refuse(err)
	}
	var types *btf.Types
	for _, raw := range [][]byte{m.Base, m.BTF, m.Inline} {
		if types, err = btf.ParseLoose(raw, types); err != nil {
			return refuse(err)
		}
	}
	if _, _, err := relocate.Inline(types, target); err != nil {
		return refuse(err)
	}
	return nil
}
