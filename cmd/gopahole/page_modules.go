package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/report"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/relocate"
	"github.com/gopahole/gopahole/verify"
)

// splitAccepted is the verdict on split BTF that a kernel takes as it is: there is nothing to
// relocate.
const splitAccepted = "accepted"

// maxDetails is how many types that do not fit are listed of a module.
const maxDetails = 8

// addModules adds the table of modules and kernels.
func (p *pager) addModules(found []operand, own *btf.Types) error {
	if len(found) == 0 {
		return nil
	}
	targets, err := p.targets(own)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return &verbUsageError{fmt.Sprintf("%s is no kernel that modules could be loaded on: --kernels names some", p.subject)}
	}
	dir := commonDir(found)
	r := &report.Relocation{Command: program + " relocate --check"}
	for _, t := range targets {
		r.Command += " --base=" + t.name
		r.Kernels = append(r.Kernels, report.Kernel{Label: t.label(r.Kernels), Name: t.name, Rules: t.title()})
	}
	r.Command += " " + strings.Join(p.modules, " ")
	var sizes []report.ModuleSize
	err = inOrder(p.command, p.o.jobs, found, func(i int, m **pageModule) { *m = judgeModule(found[i], targets) }, func(i int, m **pageModule) error {
		name := strings.TrimPrefix(found[i].path, dir)
		r.Add((*m).row(name))
		if s := (*m).sections; s != nil {
			sizes = append(sizes, report.ModuleSize{Path: strings.Split(filepath.ToSlash(name), "/"), BTF: len(s.BTF), Base: len(s.Base)})
		}
		if err := (*m).err; err == nil || errors.Is(err, errBare) {
			p.codes.add(nil)
		} else {
			p.codes.add(&unreadableError{err})
			p.complain(err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if dir != "" {
		p.fact("Modules from", "%s", dir)
	}
	p.fact("Modules", "%s", report.Count(len(found)))
	p.page.Relocation = r
	if len(sizes) > 0 {
		p.page.Sizes = append(p.page.Sizes, report.ByModule(sizes))
	}
	return nil
}

// A pageKernel is one that modules are judged on.
type pageKernel struct {
	*targetKernel
	release string // "" if nobody says it
}

// targets are the kernels: that of the base or FILE, and those of --kernels, each once.
func (p *pager) targets(own *btf.Types) ([]*pageKernel, error) {
	var targets []*pageKernel
	seen := make(map[string]bool)
	add := func(option, name string) error {
		if seen[realPath(name)] {
			return nil
		}
		seen[realPath(name)] = true
		t, err := (&relocateRun{command: p.command, version: p.version}).loadTarget([]string{name})
		if err != nil {
			return &unreadableError{fmt.Errorf("%s%w", option, err)}
		}
		targets = append(targets, &pageKernel{t, releaseOf(name)})
		return nil
	}
	if len(p.o.bases) > 0 {
		if err := add("--base ", p.o.bases[0]); err != nil {
			return nil, err
		}
	} else if own != nil && own.Base() == nil && !isModuleName(p.subject) {
		seen[realPath(p.subject)] = true
		targets = append(targets, &pageKernel{p.ownTarget(own), releaseOf(p.subject)})
	}
	found, err := findKernels(p.kernels)
	if err != nil {
		return nil, &unreadableError{fmt.Errorf("--kernels %w", err)}
	}
	for _, name := range found {
		if err := add("--kernels ", name); err != nil {
			return nil, err
		}
	}
	return targets, nil
}

// ownTarget is FILE as a kernel: with the BTF that it has, or that it would get.
func (p *pager) ownTarget(own *btf.Types) *targetKernel {
	if t, err := (&relocateRun{command: p.command, version: p.version}).loadTarget([]string{p.subject}); err == nil {
		return t
	}
	t := &targetKernel{name: p.subject, version: p.version, loader: verify.LoaderOf(own)}
	if t.version == (kernel.Version{}) {
		t.version, _ = kernel.ParseVersion(releaseOf(p.subject))
	}
	return t
}

// label is what a kernel is called at the head of its column.
func (t *pageKernel) label(others []report.Kernel) string {
	label := cmp.Or(t.release, filepath.Base(t.name))
	plain := label
	for n := 2; slices.ContainsFunc(others, func(k report.Kernel) bool { return k.Label == label }); n++ {
		label = fmt.Sprintf("%s (%d)", plain, n)
	}
	return label
}

// A pageModule is a module and what each kernel makes of it.
type pageModule struct {
	*relocatable
	release string // of the kernel that it is for, if its BTF is split from that
	checked []*checked
	others  []bool // kernels that take it and are others than that
}

func (m *pageModule) fate() fate {
	if errors.Is(m.err, errBare) {
		return fateSkipped
	}
	return fateOf(m.err)
}

// judgeModule asks all kernels about a module: also about one that has no distilled base, and
// suits one of them at most.
func judgeModule(o operand, targets []*pageKernel) *pageModule {
	m := &pageModule{relocatable: loadOperand(o)}
	if errors.Is(m.err, errNotDistilled) {
		if in, err := readModuleOrBTF(o.path); err == nil {
			m.relocatable = &relocatable{name: o.path, sections: in.sections}
			m.release = in.release()
			in.close()
		}
	}
	for _, t := range targets {
		c := check(m.relocatable, t.targetKernel)
		m.checked = append(m.checked, c)
		m.others = append(m.others, m.release != "" && t.release != "" && m.release != t.release && c.verdict() == relocate.Relocates.String())
	}
	return m
}

// row is the module in the table.
func (m *pageModule) row(name string) *report.Module {
	row := &report.Module{Name: name}
	for i, c := range m.checked {
		row.Verdicts = append(row.Verdicts, m.verdict(i))
		reason := report.Reason{Kernels: []int{i}, Text: c.why(), Details: c.details()}
		switch {
		case m.err != nil:
			reason.Text = strings.TrimPrefix(reason.Text, m.name+": ")
		case m.others[i]:
			reason.Text = fmt.Sprintf("it is for %s, and split from the types of that: the kernel does not notice, but IDs may mean others", m.release)
		case c.report == nil && reason.Text != "":
			reason.Text = scanWhy(c.rep) // the likely cause before the words of the kernel
		}
		if reason.Text == "" && reason.Details == nil {
			continue
		}
		same := slices.IndexFunc(row.Reasons, func(r report.Reason) bool {
			return r.Text == reason.Text && slices.Equal(r.Details, reason.Details)
		})
		if same < 0 {
			row.Reasons = append(row.Reasons, reason)
		} else {
			row.Reasons[same].Kernels = append(row.Reasons[same].Kernels, i)
		}
	}
	if len(row.Reasons) == 1 && len(row.Reasons[0].Kernels) == len(m.checked) {
		row.Reasons[0].Kernels = nil
	}
	return row
}

// verdict is that of a kernel.
func (m *pageModule) verdict(i int) report.Verdict {
	v := report.Verdict{Word: m.checked[i].verdict(), Class: report.Bad}
	switch v.Word {
	case relocate.Relocates.String():
		v.Class = report.Good
		if m.sections.Base == nil {
			v.Word = splitAccepted
		}
		if m.others[i] {
			v.Class = report.Unknown
		}
	case unknown, noBTF:
		v.Class = report.Unknown
	}
	return v
}

// details are the types that do not fit, and dangers that the kernel does not look at.
func (c *checked) details() (details []string) {
	if c.report == nil {
		return nil
	}
	for _, d := range c.report.Defects {
		details = append(details, "danger: "+d.Text)
	}
	if f := c.inlineRefused(); f != nil {
		details = append(details, "BTF inline is refused: "+f.Cause)
	}
	if c.report.OK() {
		return details
	}
	left := 0
	for i := range c.report.Distilled {
		d := &c.report.Distilled[i]
		switch {
		case d.State == relocate.Matched:
		case len(details) >= maxDetails:
			left++
		default:
			details = append(details, fmt.Sprintf("%s %s: %s", strings.ToLower(d.Kind.String()), d.Name, d.Explain()))
		}
	}
	if left > 0 {
		details = append(details, fmt.Sprintf("and %d more types", left))
	}
	return details
}

// commonDir returns the directory that all modules are below, with a slash at its end, "" for
// none.
func commonDir(found []operand) string {
	dir, _ := filepath.Split(found[0].path)
	for _, o := range found {
		for dir != "" && !strings.HasPrefix(o.path, dir) {
			dir, _ = filepath.Split(strings.TrimSuffix(dir, string(filepath.Separator)))
		}
	}
	return dir
}
