package module

import (
	"context"
	"fmt"

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
		m.BTF = types // what it was is not needed any more
		if types, err = dedup.Dedup(ctx, types, dedup.Options{Compat: compat}); err != nil {
			return &StepError{"dedup BTF", err}
		}
		m.BTF = types
		return nil
	}}
}

// UntaggedMeans is what a missing tag means for users of a kernel function.
const UntaggedMeans = "vmlinux.h does not declare them, and those with implicit arguments cannot be called"

// An UntaggedWarning says that sets of .BTF_ids list kernel functions and they have no
// tag. C programs then do not find them in vmlinux.h, which bpftool makes by the tags, and
// since Linux 7.0 the kernel refuses programs that call one with implicit arguments, as
// only tagged ones get the prototype that it looks for.
type UntaggedWarning struct{ btfids.Untagged }

// All reports whether none has a tag, as when the encoder was not asked for them.
func (w UntaggedWarning) All() bool { return len(w.Names) == w.Of }

func (w UntaggedWarning) String() string {
	if w.All() {
		return "sets of " + btfids.SectionName + " list kernel functions, and the BTF has no tag bpf_kfunc: " + UntaggedMeans
	}
	return fmt.Sprintf("%d of the %d kernel functions in sets of %s have no tag bpf_kfunc, such as %s: %s",
		len(w.Names), w.Of, btfids.SectionName, w.Names[0], UntaggedMeans)
}

// CheckKfuncs warns of kernel functions without a tag, as when an encoder was not asked for
// tags in a build that relies on them.
func CheckKfuncs() Step {
	return Step{"check kernel functions", func(_ context.Context, m *Module) error {
		if u := m.Table.Untagged(m.BTF); len(u.Names) > 0 {
			m.warn(UntaggedWarning{u})
		}
		return nil
	}}
}
