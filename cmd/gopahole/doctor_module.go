package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/inspect/setup"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/module"
)

// module says of a module whether it comes with BTF that its kernel takes, and whether it can be given some.
func (d *doctor) module(ctx context.Context, name string) error {
	f, err := elffile.Open(name)
	if err != nil {
		return &unreadableError{fileError(name, err)}
	}
	defer f.Close()
	release, err := module.Release(f)
	if err != nil {
		return &unreadableError{fileError(name, fmt.Errorf("%w: a module says for which kernel it is, other files are no matter of this verb", err))}
	}
	diagnosed := &diagnosis{jsonHead: d.jsonHead(name), Kernel: release, what: "a module for Linux " + release}
	base, baseErr := d.kernelOf(release)
	debug := checkDebug(f)
	checks := []setup.Check{debug}
	if baseErr != nil {
		checks = append(checks, setup.Check{Name: setup.Vmlinux, State: setup.Unknown, Text: baseErr.Error(), Cure: "--base names the BTF of the kernel"})
	} else {
		checks = append(checks, setup.Check{Name: setup.Vmlinux, Text: "the BTF of the kernel is in " + base})
		verdict, err := d.checkBTF(name, base, debug.State == setup.Fine)
		if err != nil {
			return err
		}
		checks = append(checks, verdict)
	}
	if signed, err := f.Signed(); err == nil && signed {
		checks = append(checks, setup.Check{Name: setup.Signed, State: setup.Note, Text: "it is signed: a change of its BTF makes the signature wrong",
			Cure: "sign it last; " + program + " gen --drop_signature takes a signature off"})
	}
	return d.print(diagnosed, checks)
}

// kernelOf finds the BTF of a release in the system.
func (d *doctor) kernelOf(release string) (string, error) {
	if len(d.bases) > 0 {
		return d.bases[0], nil
	}
	return kernelIn(filepath.Join("/lib/modules", release))
}

// checkDebug says whether BTF could be made of a file.
func checkDebug(f *elffile.File) setup.Check {
	if dwarf2btf.HasDWARF(f) {
		return setup.Check{Name: setup.Debug, Text: "it has debugging information, of which BTF can be made"}
	}
	return setup.Check{Name: setup.Debug, State: setup.Note, Text: "it has no debugging information: it was built without -g, or stripped",
		Cure: "BTF is made before a module is stripped, or from its separate debug file (--debug_dir)"}
}

// checkBTF says what the kernel with the BTF in a file makes of a module.
func (d *doctor) checkBTF(name, base string, encodable bool) (setup.Check, error) {
	v, err := d.verifierOn(base, kernel.Version{})
	if err != nil {
		return setup.Check{}, &unreadableError{err}
	}
	defer v.chain[0].close()
	m := v.scan(operand{path: name})
	c := setup.Check{Name: setup.BTF, Text: m.state.String()}
	switch {
	case m.state == scanUnreadable:
		return c, &unreadableError{fileError(name, errors.New(m.why))}
	case m.state.inOrder() && m.kfuncs != nil && m.kfuncs.report == nil:
		c.State, c.Text = setup.Unknown, "it has BTF, and it is not known whether programs can call its kernel functions"
	case m.state.inOrder() && m.kfuncs != nil && !m.kfuncs.complete():
		c.State, c.Cure = setup.Problem, incompleteCure(base)
		c.Text = fmt.Sprintf("programs cannot call %d of its %d kernel functions", len(m.kfuncs.report.Gaps), m.kfuncs.report.Total)
	case m.state.inOrder():
		c.Text = "it has BTF that its kernel takes: " + c.Text
	default:
		c.State, c.Cure = setup.Problem, m.state.cure(base)
		if m.state == scanUnknown {
			c.State = setup.Unknown
		}
		if m.state == scanBare && encodable {
			c.Cure = fmt.Sprintf("%s gen --base=%s %s", program, base, name)
		}
		c.Text = fmt.Sprintf("%s: %s", c.Text, cmp.Or(m.why, "nobody says why"))
	}
	return c, nil
}
