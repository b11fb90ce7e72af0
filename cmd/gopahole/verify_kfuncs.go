package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/verify/kfuncs"
)

// A kfuncResult is the audit of the kernel functions of a file. Why says why there
// is none.
type kfuncResult struct {
	report *kfuncs.Audit
	why    string
}

func (r *kfuncResult) complete() bool { return r.report != nil && r.report.Complete() }

// audit looks for the functions that a file offers in its types. It tells say what is to be
// warned of. The error is about a file that cannot be read.
func (v *verifier) audit(in *btfInput, say func(warning string)) (*kfuncResult, error) {
	if in.elf == nil {
		return &kfuncResult{why: "raw BTF says nothing of kernel functions: they are in .BTF_ids of the ELF file"}, nil
	}
	m := module.New(in.elf)
	err := module.Run(v.context(), m, module.ReadIDs(module.DebugFiles{Dirs: v.debugDirs}))
	if stripped := (*module.StrippedError)(nil); errors.As(err, &stripped) {
		return &kfuncResult{why: stripped.Error()}, nil
	}
	for _, w := range m.Warnings { // other errors are those of the audit, if it has them
		if _, ok := w.(module.NoContentsWarning); ok {
			return &kfuncResult{why: ".BTF_ids has no contents, as in a debug file: the file that it belongs to has them"}, nil
		}
		say(warningText(in.name, w))
	}
	set, err := kfuncs.ReadFile(m.Files[0])
	if err != nil {
		return nil, fileError(in.name, err)
	}
	types, err := v.types(in)
	if err != nil {
		return &kfuncResult{why: err.Error()}, nil
	}
	return &kfuncResult{report: kfuncs.Check(types, set)}, nil
}

// untagged returns a warning that a file lists kernel functions and tags none of them, "" if
// it does not. That it has no section that tells, or no types, is no reason for a warning.
func (v *verifier) untagged(in *btfInput) string {
	if in.elf == nil || v.quiet {
		return ""
	}
	m := module.New(in.elf)
	err := module.Run(v.context(), m, module.ReadIDs(module.DebugFiles{Dirs: v.debugDirs}))
	if err != nil || m.Table == nil {
		return ""
	}
	if m.BTF, err = v.types(in); err != nil {
		return ""
	}
	m.Warnings = nil
	if module.Run(v.context(), m, module.CheckKfuncs()) != nil || len(m.Warnings) == 0 {
		return ""
	}
	return warningText(in.name, m.Warnings[0])
}

// types parses the BTF of a file, on its own base or that of the command line.
func (v *verifier) types(in *btfInput) (*btf.Types, error) {
	var base *btf.Types
	var err error
	switch {
	case in.sections.Base != nil:
		base, err = btf.ParseLoose(in.sections.Base, nil)
	case len(v.chain) > 0:
		base, err = v.baseTypes()
	}
	if err != nil {
		return nil, err
	}
	return btf.ParseLoose(in.sections.BTF, base)
}

// text is the result in lines for people.
func (r *kfuncResult) text(verbose bool) string {
	if r.report == nil {
		return fmt.Sprintf("kfuncs: not audited: %s\n", r.why)
	}
	rep := r.report
	var b strings.Builder
	fmt.Fprintf(&b, "kfuncs: %d, complete %d", rep.Total, rep.Total-len(rep.Gaps))
	for _, p := range []kfuncs.Part{kfuncs.Func, kfuncs.Tag, kfuncs.Impl, kfuncs.Entry} {
		if n := rep.Lacks[p]; n > 0 {
			fmt.Fprintf(&b, ", without %v %d", p, n)
		}
	}
	if rep.Moved > 0 {
		fmt.Fprintf(&b, "; .BTF_ids is filled in, and sorted: its IDs say whose the flags of %d are", rep.Moved)
	}
	b.WriteString("\n")
	for _, f := range rep.Gaps {
		fmt.Fprintf(&b, "  %s: no %s\n", quote.Name(f.Name), strings.Join(partNames(f.Missing), ", no "))
	}
	return b.String()
}

func partNames(parts []kfuncs.Part) (names []string) {
	for _, p := range parts {
		names = append(names, p.String())
	}
	return names
}
