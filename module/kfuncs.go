package module

import (
	"context"

	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/dedup"
	"github.com/gopahole/gopahole/libbpf"
)

// HideImplicit shows BPF programs the kernel functions that the encoder has tagged
// without the parameters that the verifier fills in, as builds of Linux 7.0 to 7.2 do.
func HideImplicit() Step {
	return Step{"hide implicit arguments", func(_ context.Context, m *Module) (err error) {
		m.BTF, err = btfids.ImplicitArgs(m.BTF, m.Table)
		return err
	}}
}

// TagKfuncs tags the kernel functions that sets of .BTF_ids list and does what
// HideImplicit does, as builds of Linux 7.3 do, and those tags that the encoder has
// made already are merged with others. An entry that stands for no function is a
// btfids.SetWarning. compat is the libbpf that merges. The error is a *btfids.KfuncError, or a *StepError of "dedup BTF".
func TagKfuncs(compat libbpf.Version) Step {
	return Step{"tag kernel functions", func(ctx context.Context, m *Module) error {
		types, warnings, err := btfids.TagKfuncs(m.BTF, m.Table)
		if err != nil {
			return err
		}
		for _, w := range warnings {
			m.warn(w)
		}
		if m.BTF, err = dedup.Dedup(ctx, types, dedup.Options{Compat: compat}); err != nil {
			return &StepError{"dedup BTF", err}
		}
		return nil
	}}
}

// An UntaggedWarning says that sets of .BTF_ids list kernel functions and none has a
// tag, so that no BPF program can call them.
type UntaggedWarning struct{}

func (UntaggedWarning) String() string {
	return "sets of " + btfids.SectionName + " list kernel functions, and the BTF has no tag bpf_kfunc: BPF programs cannot call them"
}

// CheckKfuncs warns of an encoder that was not asked for tags in a build that relies on
// them.
func CheckKfuncs() Step {
	return Step{"check kernel functions", func(_ context.Context, m *Module) error {
		if m.Table.ListsKfuncs(m.BTF) && !btfids.HasKfuncTag(m.BTF) {
			m.warn(UntaggedWarning{})
		}
		return nil
	}}
}
