package verify

import (
	"sync"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// A Loader is a kernel that loads modules, as far as BTF goes: it has the BTF of
// vmlinux. Which release the kernel is, each call says, for BTF does not tell. A nil
// Loader is a kernel of which no BTF is known.
//
// Several goroutines may use a Loader at the same time. It checks the BTF of vmlinux
// once for each row of rules that it is asked about, and keeps what that takes: about
// the size of the BTF.
type Loader struct {
	vmlinux []byte     // raw; nil until somebody asks for that of types
	types   *btf.Types // nil if vmlinux was given raw
	deeper  bool       // modules are split from more than vmlinux

	mu     sync.Mutex
	judged map[loaderRules]*judgedBase
}

// loaderRules is what the judgement on vmlinux depends on.
type loaderRules struct {
	release *kernel.Release
	load    bool
}

// A judgedBase is vmlinux by the rules of a release. Without base it was refused.
type judgedBase struct {
	base   *Base
	report *Report
}

// NewLoader returns the kernel with this raw BTF. More bases are what modules are
// split from in addition, each of them from the one before: the BTF of other modules,
// say. No kernel looks at those. To it, its own BTF is the base of every module
// (Linux: btf_parse_module), and so what is split from more suits none, unless it has
// a distilled base.
func NewLoader(vmlinux []byte, more ...[]byte) *Loader {
	return &Loader{vmlinux: vmlinux, deeper: len(more) > 0, judged: make(map[loaderRules]*judgedBase)}
}

// LoaderOf returns the kernel whose types, or the first of their bases, these are.
func LoaderOf(types *btf.Types) *Loader {
	l := NewLoader(nil)
	for ; types.Base() != nil; types = types.Base() {
		l.deeper = true
	}
	l.types = types
	return l
}

// base returns vmlinux by the rules in o, nil with the report of its refusal.
func (l *Loader) base(o Options) (*Base, *Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rules := loaderRules{o.Release, o.Load}
	j := l.judged[rules]
	if j == nil {
		j = new(judgedBase)
		o.Base = nil
		if l.vmlinux == nil && l.types != nil {
			l.vmlinux = l.types.Bytes()
		}
		j.base, j.report = NewBase(l.vmlinux, o)
		l.judged[rules] = j
	}
	return j.base, j.report
}

// Module says what the kernel of release v does with the BTF of a module: see [Module].
// A kernel that refuses its own BTF has none to load a module onto: then the Refusal is
// about the Section "vmlinux". A nil Loader judges BTF without .BTF.base as that of a
// vmlinux, and does not know how a module with .BTF.base relocates.
//
// There may be no row of rules for the release. Then the rows that come near it are
// asked, and the verdict is known only if it follows from theirs: between two rows both
// have to end in the same way, and if the release is not known (the zero Version) all
// rows have to refuse the module. For a kernel that is newer than all rows the newest ones
// are asked, and the verdict is a presumption, or Unknown if they do not end in the same way
// or if BTF has kinds that they do not know; for one that is older than all rows it is
// Unknown.
//
// Of the options, Base and Release do not count.
func (l *Loader) Module(v kernel.Version, m *btf.Sections, o Options) *Report {
	return judge(v, func(r *kernel.Release) *Report {
		o := o
		o.Release = r
		if l == nil {
			return Module(m, nil, o)
		}
		base, refused := l.base(o)
		if base == nil {
			return withoutVmlinux(refused)
		}
		rep := Module(m, base, o)
		if l.deeper {
			rep.splitDeeper(m, base)
		}
		return rep
	})
}

// Vmlinux says what the kernel of release v does with its own BTF. For options, and
// for releases without rules, see [Loader.Module].
func (l *Loader) Vmlinux(v kernel.Version, o Options) *Report {
	return judge(v, func(r *kernel.Release) *Report {
		o := o
		o.Release = r
		_, rep := l.base(o)
		return rep
	})
}

// withoutVmlinux is what a kernel does with any module that has BTF when it refused
// the BTF of vmlinux, of which own is the report: it returns that error (kernel:
// bpf_get_btf_vmlinux).
func withoutVmlinux(own *Report) *Report {
	f := *own.Refusal
	f.Section = "vmlinux"
	f.Cause = "the kernel accepts no module with BTF when it has none itself, and refuses that of vmlinux: " + f.Cause
	return &Report{Rows: own.Rows, Refusal: &f}
}

// splitDeeper completes the report on a module that was split from more than vmlinux.
func (r *Report) splitDeeper(m *btf.Sections, vmlinux *Base) {
	const why = "it is split from more than vmlinux, and a kernel takes its own BTF alone for the base"
	switch {
	case r.BaseIgnored, r.Has(Undecided):
	case m.Base != nil:
		if r.Relocation != nil && r.Refusal != nil {
			r.Refusal.Cause += "; types of other modules are not in it"
		}
	case r.Refusal != nil:
		r.Refusal.Cause = why + ": encode it on vmlinux, or give it a .BTF.base"
	case r.Types > 0 && GuessOrigin(m.BTF).IDs != vmlinux.NumIDs():
		r.More = append([]Finding{{Class: Hazard, Cause: why + ": by luck it looks like such types, " +
			"and every name and type in it is another one to the kernel"}}, r.More...)
	}
}
